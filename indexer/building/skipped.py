# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build did not take, each with its reason, beside the index."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from indexer.core.types import Skipped

SKIPPED_NAME = "skipped.jsonl"


def write_skipped(folder: Path, skipped: Iterable[Skipped]) -> int:
    """Write `skipped.jsonl` and return how many it names."""
    count = 0
    with (folder / SKIPPED_NAME).open("wb") as stream:
        for one in skipped:
            stream.write(msgspec.json.encode(one) + b"\n")
            count += 1
    return count
