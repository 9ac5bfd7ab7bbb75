# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check has found so far, on disk after each batch, so that a check that was killed goes on where it was.

One file a check, named by what was asked; a changed portfolio, source or setting makes another name, since chance
hits, and so grades, depend on all of them.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from indexer.core.errors import StorageProblem
from indexer.core.types import Lane
from indexer.matching.contract import Found


@dataclass(frozen=True, slots=True)
class Batch:
    """Works that were searched for, the sources that answered, and what was found.

    Attributes:
        without_content: by source, how many of the works were not looked for by their content, though they should be.
        recomputed: by source and row key, rows whose picture was fetched and its pHash computed again: whether it is
            the row's.
        mentioned: sources whose rows that speak of the artist are all in it, with what must be said of that.
        partly: by source and lane, why its answers so far cover only a part of it, which it forgets when it is closed.
    """

    works: tuple[str, ...]
    answered: tuple[str, ...]
    found: tuple[Found, ...]
    without_content: Mapping[str, int] = field(default_factory=dict)
    recomputed: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    mentioned: Mapping[str, str | None] = field(default_factory=dict)
    partly: Mapping[str, Mapping[Lane, str]] = field(default_factory=dict)


class Checkpoint:
    """An append-only file of batches below `folder`; a half-written last line is ignored.

    Args:
        asked: everything that the answers depend on.

    Raises:
        StorageProblem: when made or used, the disk is full, or the place cannot be written to.
    """

    def __init__(self, folder: Path, asked: Iterable[str]) -> None:
        digest = hashlib.sha256("\n".join(asked).encode()).hexdigest()
        self._path = folder / f"check-{digest[:32]}.jsonl"
        with self._refusal_is_told():
            self._path.parent.mkdir(parents=True, exist_ok=True)

    def batches(self) -> list[Batch]:
        """What an earlier, interrupted check left; what stands behind the first damaged line is cut off."""
        left: list[Batch] = []
        with self._refusal_is_told():
            if not self._path.exists():
                return left
            whole = 0
            for line in self._path.read_bytes().splitlines(keepends=True):
                batch = _batch_in(line)
                if batch is None:
                    break
                left.append(batch)
                whole += len(line)
            os.truncate(self._path, whole)
        return left

    def add(self, batch: Batch) -> None:
        """Write down a finished batch before it is reported."""
        with self._refusal_is_told(), self._path.open("ab") as stream:
            stream.write(msgspec.json.encode(batch) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def done(self) -> None:
        """The check is finished; nothing is left to go on with."""
        with self._refusal_is_told():
            self._path.unlink(missing_ok=True)

    @contextmanager
    def _refusal_is_told(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            because = f"what a check has found so far cannot be written down ({problem.strerror})"
            raise StorageProblem(self._path, because) from problem


def _batch_in(line: bytes) -> Batch | None:
    """None for a line that is not whole."""
    try:
        return msgspec.json.decode(line, type=Batch) if line.endswith(b"\n") else None
    except ValueError:  # not JSON, not a batch, or not even text
        return None
