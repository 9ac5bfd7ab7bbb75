# SPDX-License-Identifier: GPL-3.0-or-later
"""The source over an index of hashes and digests of a table: rows are found here, and read where the table lies."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from indexer.core.errors import IndexProblem, InputProblem, SourceProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Lane, Skipped
from indexer.fingerprints.base import Kind
from indexer.fingerprints.quality import PHASH_ONES
from indexer.images.variants import Orientation
from indexer.index.folder import IndexFolder
from indexer.index.manifest import BuiltFrom, Manifest
from indexer.links.finder import Finder
from indexer.net.network import Network
from indexer.sources.base import Candidate, Description, Health, Mention, Query, Reach, RowFacts, RowId, Source
from indexer.sources.hash_columns import DIGITS, METHOD, with_hash_columns
from indexer.sources.own_content import OwnContent
from indexer.sources.probes import (
    MOST_EQUAL,
    TOO_MANY_EQUAL,
    Probe,
    digest_probes,
    near_by_kind,
    near_phashes,
    phash_probes,
    unconfirmed_words,
)
from indexer.sources.recorded_table import RecordedTable
from indexer.sources.table_files import unread_words
from indexer.sources.table_mentions import Spotted, Spotter
from indexer.sources.table_rows import Shown, TableRows
from indexer.tables.hash_values import as_hex
from indexer.tables.recognise import recognise
from indexer.tables.shelf import Shelf
from indexer.tables.table_set import TableSet

_NOT_HERE = {
    Lane.LOCAL: "this index holds no keypoints, so parts of pictures cannot be looked for in it",
}


class TableIndexSource(Source):
    """Searches an index that was built from a table.

    Args:
        folder: the index folder.
        name: what the user called it.
        tables: folder in which the files of the table lie, or the only file, instead of what the index says.
        network: what may be asked of other computers to read rows found; None for nothing at all.

    Raises:
        SourceProblem: the folder cannot be used.
    """

    def __init__(self, folder: Path, name: str, tables: Path | None = None, network: Network | None = None) -> None:
        self._name = name
        try:
            self._index = IndexFolder(folder)
        except IndexProblem as problem:
            raise SourceProblem(name, problem.because) from problem
        manifest = self._index.manifest
        if manifest.built_from is not BuiltFrom.TABLE:
            raise SourceProblem(name, "it was built from pictures, not from a table")
        if sum(table.rows for table in manifest.tables) != manifest.rows:
            raise SourceProblem(name, "the index is damaged (its tables have another number of rows than it says)")
        self._shelf = Shelf()
        self._files = [
            RecordedTable(number, one, manifest.column_names, tables, self._shelf, network)
            for number, one in enumerate(manifest.tables)
        ]
        self._tables = TableSet(self._files)
        self._content = OwnContent(self._index)
        self._kinds = {kind: manifest.columns[kind] for kind in DIGITS if _is_searchable(manifest, kind)}
        self._columns = with_hash_columns(recognise(manifest.column_names), self._kinds)
        self._rows = TableRows(self._tables, self._columns, manifest.dataset, manifest.version)
        self._shown: dict[int, tuple[Shown, ...]] = {}
        self._unconfirmed: dict[str, set[int]] = {}
        self._unread: list[Skipped] = []

    @property
    def index(self) -> IndexFolder:
        """What it searches."""
        return self._index

    def describe(self) -> Description:
        """What it is, from its manifest."""
        manifest = self._index.manifest
        searched = {*self._kinds, Kind.CLIP}
        rows_with = {Kind(record.kind): record.rows for record in manifest.lanes if record.kind in searched}
        return Description(
            self._name,
            manifest.dataset,
            manifest.version,
            manifest.rows,
            manifest.identity,
            rows_with,
            manifest.sample,
            self._content.space,
            manifest.made.utc,
            near_by_kind(manifest),
        )

    def why_not(self, lane: Lane) -> str | None:
        """None where it has fingerprints; its links and names are those of the table."""
        if lane in _NOT_HERE:
            return _NOT_HERE[lane]
        if lane in (Lane.LOCATION, Lane.ATTRIBUTION):
            return self._why_no_links(lane)
        if lane is Lane.NEURAL:
            return self._content.why_not()
        if not any(kind.lane is lane for kind in self._kinds):
            return "this index holds no fingerprints of that kind"
        return None

    def search(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        """Equal digests first, then near hashes, then near content."""
        with self._damage_is_told():
            if Lane.EXACT in lanes:
                for query in queries:
                    monitor.check()
                    yield from self._equal_digests(query, monitor)
            if Lane.PERCEPTUAL in lanes and Kind.PHASH in self._kinds:
                yield from self._near_hashes(queries, reach, monitor)
            if Lane.NEURAL in lanes:
                yield from self._content.near(queries, reach, monitor)

    def mentions(self, finder: Finder, lanes: Sequence[Lane], monitor: Monitor) -> Iterator[Mention]:
        """File after file of a table that lies here; one that is damaged ends where the damage is."""
        monitor.check()
        spotter = Spotter(self._columns, finder, lanes)
        self._unread.clear()
        for number, file in enumerate(self._files):
            monitor.progress(Progress("looking through links and names", number, len(self._files)))
            try:
                for block in self._tables.blocks_of(number, spotter.columns, monitor):
                    for spotted in spotter.spot(block, monitor):
                        self._remember(spotted)
                        yield Mention(RowId(str(spotted.number)), spotted.hit)
            except InputProblem as problem:
                self._unread.append(Skipped(file.name, problem.because))
        if self._unread and len(self._unread) == len(self._files):
            raise SourceProblem(self._name, self._unread[0].because)

    def why_not_whole(self, lane: Lane) -> str | None:
        """Files of the table that could not be read, and rows of which only a digest's beginning could be compared."""
        if lane in (Lane.LOCATION, Lane.ATTRIBUTION):
            return unread_words(self._unread, len(self._files))
        if not any(kind.lane is lane for kind in self._kinds):
            return None
        untold = (self._skipped_words(), unconfirmed_words(self._unconfirmed) if lane is Lane.EXACT else None)
        return "; ".join(filter(None, untold)) or None

    def _skipped_words(self) -> str | None:
        """What the build could not read is not among the rows here."""
        skipped = self._index.manifest.skipped
        files = "one file of the set" if skipped == 1 else f"{skipped:,} files of the set"
        return f"{files} could not be read when the index was built" if skipped else None

    def inferred(self, lane: Lane) -> str | None:
        """Nobody documents how such a column was computed (`datasets.md` §2.3), and a model may be only declared."""
        if lane is Lane.NEURAL:
            return self._content.caveat()
        return METHOD if lane is Lane.PERCEPTUAL else None

    def health(self, monitor: Monitor) -> Health:
        """It was held against its checksums when it was opened; whether its table is there is asked for one file."""
        first = self._files[0] if self._files else None
        because = first.why_not(monitor) if first else "it names none"
        whole = f"its {self._index.manifest.rows:,} rows can be searched here"
        if because:
            return Health(answers=True, words=f"{whole}; what they say cannot be read at the moment, because {because}")
        return Health(answers=True, words=f"{whole}, and its table is at hand")

    def facts(self, row: RowId) -> RowFacts:
        """Read from the table; when that is not at hand, only the row's number is known, and a note says why."""
        with self._damage_is_told():
            number = int(row)
            table, within = self._tables.locate(number)
        try:
            facts = self._rows.facts(number, self._shown.get(number, ()))
            self._check_as_indexed(number, facts)
        except SourceProblem as problem:
            key = f"{self._index.manifest.dataset}:{table.name}#{within}"
            note = f"What this row says could not be read, because {problem.because}."
            return RowFacts(f"{table.name} row {within:,}", key, notes=(note,))
        return replace(facts, notes=(*facts.notes, *self._revision_note())) if table.is_remote else facts

    def close(self) -> None:
        """Close the index and its tables."""
        self._shelf.close()
        self._index.close()

    def _equal_digests(self, query: Query, monitor: Monitor) -> Iterator[Candidate]:
        for kind, digest, rendition in digest_probes(query, self._kinds):
            for number in self._rows_of(kind, digest, monitor):
                yield Candidate(query.work, RowId(str(number)), kind, Orientation.UPRIGHT, 0.0, rendition)

    def _rows_of(self, kind: Kind, digest: str, monitor: Monitor) -> Iterator[int]:
        """Rows with this very digest: found by its first eight bytes, compared in the table."""
        column = self._kinds[kind]
        found = self._index.exact_table(kind).candidates(bytes.fromhex(digest))
        if len(found) > MOST_EQUAL:
            self._unconfirmed.setdefault(TOO_MANY_EQUAL, set()).update(found[MOST_EQUAL:])
        for number in found[:MOST_EQUAL]:
            monitor.check()
            self._tables.locate(number)  # a row beyond them is damage, and no matter of reading
            try:
                value = self._tables.row(number, [column])[column]
            except InputProblem as problem:
                self._unconfirmed.setdefault(problem.because, set()).add(number)
                continue
            if as_hex(value, DIGITS[kind]) == digest:
                yield number

    def _near_hashes(self, queries: Sequence[Query], reach: Reach, monitor: Monitor) -> Iterator[Candidate]:
        """Codes of 32 ones each differ by an even number of bits, so an odd radius reaches no further than an even one.

        Every code here has 32 ones; one of a work that has not is of a flat picture, and is not asked for.
        """
        probes = [probe for probe in phash_probes(queries) if _ones(probe) == PHASH_ONES]
        even = replace(reach, phash_bits=reach.phash_bits - reach.phash_bits % 2)
        yield from near_phashes(self._index.bit_index(Kind.PHASH), probes, queries, even, monitor)

    def _check_as_indexed(self, number: int, facts: RowFacts) -> None:
        """A file of the same size may have its rows in another order; its address must not be told for a hit here."""
        code = self._index.bit_index(Kind.PHASH).code_of(number) if Kind.PHASH in self._kinds else None
        if code is not None and facts.phash != int(code[0]):
            raise SourceProblem(self._name, "the file is no longer the one that this index was built from")

    def _why_no_links(self, lane: Lane) -> str | None:
        columns = self._columns
        names = columns.url if lane is Lane.LOCATION else (*columns.url, *columns.caption, *columns.accounts)
        if not any(name in self._tables.columns for name in names):
            return f"its table has no column of addresses{'' if lane is Lane.LOCATION else ', texts or accounts'}"
        remote = next((file for file in self._files if file.is_remote), None)
        if remote:
            return f"its links lie at {remote.place}; get the table first (exhibit-a datasets get)"
        reasons = [file.why_not(Monitor()) for file in self._files]
        return f"its table is not at hand ({reasons[0]})" if reasons and all(reasons) else None

    def _remember(self, spotted: Spotted) -> None:
        """Which value of the row is meant, where that is not the first anyway: a common name is in millions of rows."""
        first = (*self._columns.url[:1], *self._columns.caption[:1])
        if not spotted.shown.item and spotted.shown.column in first:
            return
        self._shown[spotted.number] = (*self._shown.get(spotted.number, ()), spotted.shown)

    def _revision_note(self) -> tuple[str, ...]:
        revision = self._index.manifest.revision
        return (f"Its file is that of revision {revision} of the data set.",) if revision else ()

    @contextmanager
    def _damage_is_told(self) -> Iterator[None]:
        """The folder may be a stranger's: checksums agree, and its arrays can still point anywhere."""
        try:
            yield
        except IndexProblem as problem:
            raise SourceProblem(self._name, problem.because) from problem
        except (ValueError, IndexError, OverflowError, OSError) as problem:
            raise SourceProblem(self._name, f"the index is damaged ({problem})") from problem


def _is_searchable(manifest: Manifest, kind: Kind) -> bool:
    return manifest.lane_of(kind) is not None and manifest.columns.get(kind) in manifest.column_names


def _ones(probe: Probe) -> int:
    return int.from_bytes(probe.code).bit_count()
