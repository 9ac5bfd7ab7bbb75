"""A labelled set on disk, and what is known of it.

works/            the portfolio: some have copies, the others none
listed/           copies, other pictures, and recombinations of those
set.json          what was asked, which works there are
copies.jsonl      for each copy: file, work, edit, group, seed, what must and what may be named
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from indexer.core.types import EditKind


@dataclass(frozen=True, slots=True)
class Copy:
    """One altered copy; `file` relative to `listed`, `work` relative to `works`; kinds that must and may be named."""

    file: str
    work: str
    edit: str
    group: str
    seed: int
    must: frozenset[EditKind] = frozenset()
    may: frozenset[EditKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a set should be.

    Attributes:
        works: half of them with copies.
        unrelated: further works without copies, to count false ones among.
        negatives: works of each sort of hard negative.
        in_pieces: parts of large pictures are the works.
        detail: of a work at least; points that OpenCV's SIFT finds at 512 pixels.
        drawn: from so many pictures of the collection, in chance order, or from all if 0: telling families apart in
            thousands takes hours.
    """

    works: int
    edits_per_work: int
    others: int
    seed: int
    in_pieces: bool = False
    unrelated: int = 0
    negatives: int = 0
    drawn: int = 0
    detail: int = 0


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Where a set lies, and what is known of it.

    Attributes:
        with_copies, without_copies: files of works.
        sorts: hard negatives among the works without copies: file and sort.
        others: how many listed pictures are no copies.
    """

    name: str
    folder: Path
    plan: Plan
    groups: tuple[str, ...]
    with_copies: tuple[str, ...]
    without_copies: tuple[str, ...]
    sorts: Mapping[str, str]
    copies: tuple[Copy, ...]
    others: int

    @property
    def works(self) -> Path:
        """The portfolio."""
        return self.folder / "works"

    @property
    def listed(self) -> Path:
        """What is searched."""
        return self.folder / "listed"


@dataclass(frozen=True, slots=True)
class _Facts:
    """What `set.json` holds."""

    name: str
    plan: Plan
    groups: tuple[str, ...]
    with_copies: tuple[str, ...]
    without_copies: tuple[str, ...]
    sorts: Mapping[str, str]
    others: int


def write_manifest(made: LabelledSet) -> None:
    """Write what is known of a set beside its pictures, the copies last: a set without them is unfinished."""
    facts = _Facts(*(getattr(made, field) for field in _Facts.__slots__))
    (made.folder / "set.json").write_bytes(msgspec.json.encode(facts))
    (made.folder / "copies.jsonl").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in made.copies))


def read_manifest(folder: Path) -> LabelledSet:
    """A set that was made before."""
    facts = msgspec.json.decode((folder / "set.json").read_bytes(), type=_Facts)
    lines = (folder / "copies.jsonl").read_bytes().splitlines()
    copies = tuple(msgspec.json.decode(line, type=Copy) for line in lines)
    return LabelledSet(folder=folder, copies=copies, **{field: getattr(facts, field) for field in _Facts.__slots__})
