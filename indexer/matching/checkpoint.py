# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check has found so far, on disk after each batch, so that a check that was killed goes on where it was.

One file a check, named by what was asked; a changed portfolio, source or setting makes another name, since chance
hits, and so grades, depend on all of them.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from indexer.matching.contract import Found


@dataclass(frozen=True, slots=True)
class Batch:
    """Works that were searched for, the sources that answered, and what was found."""

    works: tuple[str, ...]
    answered: tuple[str, ...]
    found: tuple[Found, ...]


class Checkpoint:
    """An append-only file of batches below `folder`; a half-written last line is ignored.

    Args:
        asked: everything that the answers depend on.
    """

    def __init__(self, folder: Path, asked: Iterable[str]) -> None:
        digest = hashlib.sha256("\n".join(asked).encode()).hexdigest()
        self._path = folder / f"check-{digest[:32]}.jsonl"
        self._path.parent.mkdir(parents=True, exist_ok=True)

    def batches(self) -> list[Batch]:
        """What an earlier, interrupted check left."""
        if not self._path.exists():
            return []
        left = []
        for line in self._path.read_bytes().splitlines():
            try:
                left.append(msgspec.json.decode(line, type=Batch))
            except msgspec.DecodeError:
                break
        self._path.write_bytes(b"".join(msgspec.json.encode(batch) + b"\n" for batch in left))
        return left

    def add(self, batch: Batch) -> None:
        """Write down a finished batch before it is reported."""
        with self._path.open("ab") as stream:
            stream.write(msgspec.json.encode(batch) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def done(self) -> None:
        """The check is finished; nothing is left to go on with."""
        self._path.unlink(missing_ok=True)
