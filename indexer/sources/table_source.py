# SPDX-License-Identifier: GPL-3.0-or-later
"""The table source: a published list of links, texts or hashes, gone through where it lies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.core.errors import InputProblem, SourceProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Lane, Skipped
from indexer.fingerprints.base import Kind
from indexer.images.variants import Orientation
from indexer.links.finder import Finder
from indexer.net.network import Network
from indexer.sources.base import (
    Candidate,
    Description,
    Health,
    Mention,
    Query,
    Reach,
    RowFacts,
    RowId,
    Source,
)
from indexer.sources.hash_columns import DIGITS, METHOD, hash_columns
from indexer.sources.probes import (
    MOST_EQUAL,
    TOO_MANY_EQUAL,
    digest_probes,
    near_phashes,
    phash_probes,
    unconfirmed_words,
)
from indexer.sources.provenance import copied_from
from indexer.sources.table_files import TableFiles, open_files, unread_words
from indexer.sources.table_hashes import MOST_ROWS, TableHashes
from indexer.sources.table_mentions import Spotted, Spotter
from indexer.sources.table_rows import Shown, TableRows
from indexer.tables.columns import Columns
from indexer.tables.hash_values import as_hex
from indexer.tables.recognise import recognise

_NOT_HERE = {
    Lane.LOCAL: "this is a table, which holds no keypoints, so parts of pictures cannot be looked for in it",
    Lane.NEURAL: "this is a table, which holds no content fingerprints (CLIP)",
}

_SWAPPED = (
    "width and height may stand in each other's place, as in LAION's first releases, so hold sizes "
    "against each other in either order"
)


@dataclass(frozen=True, slots=True)
class TableChoice:
    """Which table is to be searched, and what it is.

    Attributes:
        written: what the user called it.
        places: paths or addresses of its files; a folder stands for all tables below it.
        columns: what each column says; None to be told by their names.
    """

    written: str
    places: tuple[str | Path, ...]
    dataset: str
    version: str = ""
    columns: Columns | None = None


class TableSource(Source):
    """Goes through the columns that a question needs. Links and names take one pass a check, hashes one in all.

    Attributes:
        files, columns: what it consists of and what its columns say, for whoever goes through it in another way.

    Args:
        network: what may be asked of other computers; None for nothing at all.

    Raises:
        SourceProblem: none of its files can be read, or none of their columns is known.
        Cancelled: the user stopped.
    """

    def __init__(self, choice: TableChoice, network: Network | None, monitor: Monitor) -> None:
        self._choice = choice
        self.files: TableFiles = open_files(choice.written, choice.places, network, monitor)
        self._tables = self.files.tables
        self.columns = choice.columns or recognise(self._tables.columns)
        self._kinds = {kind: name for kind, name in hash_columns(self.columns).items() if name in self._tables.columns}
        copies = {name: url for place in choice.places for name, url in _copies_in(place).items()}
        self._rows = TableRows(self._tables, self.columns, choice.dataset, choice.version, copied_from=copies)
        self._hashes: TableHashes | None = None
        self._unread: dict[Lane, tuple[Skipped, ...]] = {}
        self._uncompared: set[int] = set()
        self._shown: dict[int, tuple[Shown, ...]] = {}
        if all(self.why_not(lane) for lane in Lane) and not self._kinds:
            self.close()
            names = ", ".join(self._tables.columns[:10])
            raise SourceProblem(choice.written, f"none of its columns is known ({names})")

    def describe(self) -> Description:
        """Rows with a kind of fingerprint are counted as all rows, which is at most too many."""
        rows = self._tables.rows()
        rows_with = dict.fromkeys(self._kinds, rows) if rows <= MOST_ROWS else {}
        choice = self._choice
        return Description(choice.written, choice.dataset, choice.version, rows, self.files.identity, rows_with)

    def why_not(self, lane: Lane) -> str | None:
        """None where a column says something of it, and going through it is not too much for a check."""
        if lane in _NOT_HERE:
            return _NOT_HERE[lane]
        if lane in (Lane.LOCATION, Lane.ATTRIBUTION):
            return self._why_not_read(lane)
        if not any(kind.lane is lane for kind in self._kinds):
            kind = "checksums of files" if lane is Lane.EXACT else "fingerprints of pictures"
            return f"this table has no column of {kind}"
        return self._why_too_long("build an index of it first: exhibit-a index build --from hashes")

    def search(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        """Equal digests first, then near hashes."""
        asked = [lane for lane in lanes if lane in (Lane.EXACT, Lane.PERCEPTUAL)]
        if not queries or not asked:
            return
        monitor.check()
        hashes = self._read_hashes(monitor)
        if Lane.EXACT in asked:
            yield from self._equal_digests(hashes, queries, monitor)
        if Lane.PERCEPTUAL in asked and hashes.near is not None:
            yield from near_phashes(hashes.near, phash_probes(queries), queries, reach, monitor)

    def mentions(self, finder: Finder, lanes: Sequence[Lane], monitor: Monitor) -> Iterator[Mention]:
        """File after file; one that is damaged ends where the damage is, and the others go on."""
        monitor.check()
        spotter = Spotter(self.columns, finder, lanes)
        unread: list[Skipped] = []
        for number, file in enumerate(self.files.files):
            try:
                for spotted in self._spotted_in(number, spotter, monitor):
                    self._remember(spotted)
                    yield Mention(RowId(str(spotted.number)), spotted.hit)
            except InputProblem as problem:
                unread.append(Skipped(file.name, problem.because))
        self._unread.update(dict.fromkeys(lanes, tuple(unread)))
        self._raise_if_nothing_was_read(unread)

    def why_not_whole(self, lane: Lane) -> str | None:
        """Files that could not be read, or have none of the columns that are looked through; too many equal rows."""
        untold = (*self.files.unread, *self._without_columns(lane), *self._unread.get(lane, ()))
        unread = {one.path: one for one in untold}
        words = unread_words(list(unread.values()), len(self.files.files) + len(self.files.unread))
        equal = unconfirmed_words({TOO_MANY_EQUAL: self._uncompared}) if lane is Lane.EXACT else None
        return "; ".join(filter(None, (words, equal))) or None

    def caveat(self, lane: Lane) -> str | None:
        """What is not known of hashes and sizes."""
        if lane is Lane.LOCATION and "WIDTH" in self._tables.columns and "hash" not in self._tables.columns:
            return _SWAPPED
        return "; ".join(_left_out(self._hashes, lane)) or None if self._hashes else None

    def inferred(self, lane: Lane) -> str | None:
        """Nobody documents how such a column was computed (`datasets.md` §2.3)."""
        return METHOD if lane is Lane.PERCEPTUAL and Kind.PHASH in self._kinds else None

    def health(self, monitor: Monitor) -> Health:
        """Whether its first file is still there and as it was."""
        first = self.files.files[0]
        try:
            first.check(monitor)
        except InputProblem as problem:
            return Health(answers=False, words=f"{first.name} cannot be read at the moment, because {problem.because}")
        count = len(self.files.files)
        files = "one file" if count == 1 else f"{count:,} files"
        return Health(answers=True, words=f"{_rows(self._tables.rows())} can be read, in {files}")

    def facts(self, row: RowId) -> RowFacts:
        """Read from the row's file."""
        number = int(row)
        return self._rows.facts(number, self._shown.get(number, ()))

    def close(self) -> None:
        """Close all files."""
        self.files.shelf.close()

    def _why_not_read(self, lane: Lane) -> str | None:
        if not any(name in self._tables.columns for name in self._names_of(lane)):
            return f"this table has no column of addresses{'' if lane is Lane.LOCATION else ', texts or accounts'}"
        if not any(file.is_remote for file in self.files.files):
            return None
        return self._why_too_long("get the table first: exhibit-a datasets get", "to fetch for each check")

    def _names_of(self, lane: Lane) -> Sequence[str]:
        """The columns that a lane looks through."""
        columns = self.columns
        if lane is Lane.LOCATION:
            return columns.url
        if lane is Lane.ATTRIBUTION:
            return (*columns.url, *columns.caption, *columns.accounts)
        return [name for kind, name in self._kinds.items() if kind.lane is lane]

    def _without_columns(self, lane: Lane) -> Iterator[Skipped]:
        """Files of another kind than the rest, whose rows nobody looked at."""
        names = self._names_of(lane)
        for file in self.files.files:
            if file.rows() and not any(name in file.columns for name in names):
                yield Skipped(file.name, f"it has no column called {' or '.join(names)}")

    def _why_too_long(self, instead: str, what: str = "to go through for each check") -> str | None:
        rows = self._tables.rows()
        return f"it lists {rows:,} rows, too many {what}; {instead}" if rows > MOST_ROWS else None

    def _spotted_in(self, file: int, spotter: Spotter, monitor: Monitor) -> Iterator[Spotted]:
        columns = [name for name in spotter.columns if name in self.files.files[file].columns]
        if not columns:
            return
        for block in self._tables.blocks_of(file, spotter.columns, monitor):
            monitor.progress(Progress("looking through links and names", block.first, self._tables.rows()))
            yield from spotter.spot(block, monitor)

    def _remember(self, spotted: Spotted) -> None:
        """Only where a row has several values: the first of a row's only value is shown anyway."""
        if spotted.shown.item or spotted.shown.column not in (*self.columns.url[:1], *self.columns.caption[:1]):
            self._shown[spotted.number] = (*self._shown.get(spotted.number, ()), spotted.shown)

    def _read_hashes(self, monitor: Monitor) -> TableHashes:
        """Once: one pass over all columns of hashes."""
        if self._hashes is None:
            made, unread = TableHashes(self._kinds), []
            for number, file in enumerate(self.files.files):
                if not any(name in file.columns for name in self._kinds.values()):
                    continue
                try:
                    for block in self._tables.blocks_of(number, list(self._kinds.values()), monitor):
                        monitor.progress(Progress("reading fingerprints", block.first, self._tables.rows()))
                        made.add(block)
                except InputProblem as problem:
                    unread.append(Skipped(file.name, problem.because))
            self._raise_if_nothing_was_read(unread)
            made.sort(monitor)
            self._unread |= dict.fromkeys((Lane.EXACT, Lane.PERCEPTUAL), tuple(unread))
            self._hashes = made
        return self._hashes

    def _raise_if_nothing_was_read(self, unread: Sequence[Skipped]) -> None:
        if len(unread) == len(self.files.files):
            raise SourceProblem(self._choice.written, unread[0].because)

    def _equal_digests(self, hashes: TableHashes, queries: Sequence[Query], monitor: Monitor) -> Iterator[Candidate]:
        for query in queries:
            for kind, digest, rendition in digest_probes(query, self._kinds):
                rows = hashes.candidates(kind, digest)
                self._uncompared.update(rows[MOST_EQUAL:])
                for number in rows[:MOST_EQUAL]:
                    monitor.check()
                    if self._is_equal(number, kind, digest):
                        yield Candidate(query.work, RowId(str(number)), kind, Orientation.UPRIGHT, 0.0, rendition)

    def _is_equal(self, number: int, kind: Kind, digest: str) -> bool:
        """The whole value, read back: only its beginning is held in memory."""
        try:
            value = self._tables.row(number, [self._kinds[kind]])[self._kinds[kind]]
        except InputProblem as problem:
            raise SourceProblem(self._choice.written, problem.because) from problem
        return as_hex(value, DIGITS[kind]) == digest


def _copies_in(place: str | Path) -> Mapping[str, str]:
    """What is known of a fetched folder whose files hold some columns only."""
    return copied_from(Path(place)) if "://" not in str(place) else {}


def _left_out(hashes: TableHashes, lane: Lane) -> Iterator[str]:
    """Rows whose hash is not searched."""
    if lane is Lane.PERCEPTUAL and hashes.degenerate:
        yield f"the fingerprint of {_rows(hashes.degenerate)} is that of a flat picture, which is not searched"
    malformed: Mapping[Kind, int] = hashes.malformed
    count = sum(number for kind, number in malformed.items() if kind.lane is lane)
    if count:
        yield f"the fingerprint of {_rows(count)} is not of the form that it should be, and was passed over"


def _rows(count: int) -> str:
    return "one row" if count == 1 else f"{count:,} rows"
