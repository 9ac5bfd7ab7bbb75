# SPDX-License-Identifier: GPL-3.0-or-later
"""An index from columns of hashes and digests of many files: `exhibit-a index build --from hashes|table`.

Only those columns are read, of files here or on other computers. A row of the index is a row of the files, counted
from the first file on, so that nothing but the number is kept of it.
"""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.building.column_reading import Unfit, choose_columns, read_columns
from indexer.building.contract import Built, TableBuild
from indexer.building.places import check_apart, check_content_kept, check_free, partial_of
from indexer.building.skipped import write_skipped
from indexer.building.table_inputs import Input, find_inputs
from indexer.building.table_journal import COLUMNS_NAME, ReadTable, TableJournal
from indexer.building.table_parts import write_lanes
from indexer.building.unfinished import JOURNAL_NAME, storage_problems
from indexer.core.about import this_tool
from indexer.core.clock import utc_now
from indexer.core.errors import IndexProblem, InputProblem
from indexer.core.files import swap_in_folder
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Skipped
from indexer.fingerprints.base import Kind
from indexer.index.manifest import (
    FORMAT,
    MANIFEST_NAME,
    BuiltFrom,
    LaneRecord,
    Made,
    Manifest,
    TableRecord,
    check_files,
    read_manifest,
    record_files,
    write_manifest,
)
from indexer.tables.file_state import FileState, is_address, state_of
from indexer.tables.opening import open_table


@dataclass(slots=True)
class _Reading:
    """What has come of the files so far. Files that are read all have the columns of the first one."""

    read: dict[Input, ReadTable]
    skipped: list[Skipped]
    resumed: int = 0

    @property
    def columns(self) -> Mapping[Kind, str]:
        return next(iter(self.read.values())).columns if self.read else {}


def build_from_table(build: TableBuild, monitor: Monitor | None = None) -> Built:
    """Build the index, or go on with one that was interrupted; the finished folder appears at once, whole.

    A file on this machine that is damaged, or has no such column, is skipped. One on another computer that cannot be
    read ends the build, since it may answer later: what was read is kept, and the same command goes on.

    Raises:
        InputProblem: there are no such files, or one of them cannot be read now.
        IndexProblem, StorageProblem: the index cannot be put where it should go, or no file has what it needs.
        Cancelled: the user stopped; every file that was read whole is kept for the next start.
    """
    watch = monitor or Monitor()
    out = build.out.resolve()
    partial = partial_of(out)
    with storage_problems(partial):
        inputs = find_inputs(build.tables)
        _check_place(build, inputs, out)
        finished = _finished_before(build, inputs, partial)
        if not finished:
            with TableJournal(partial) as journal:
                reading = _read_tables(build, inputs, journal, watch)
                manifest = _write_parts(build, reading, journal, partial, watch) if reading.read else None
            if manifest is None:
                shutil.rmtree(partial)
                raise IndexProblem(build.out, f"no table could be used: {_first_reason(reading)}")
            # The journal goes last: until every file has its checksum, a kill would lose all that was read.
            write_manifest(partial, replace(manifest, files=record_files(partial, leave_out=JOURNAL_NAME)))
            finished = Built(manifest.rows, manifest.skipped, reading.resumed)
        _put_in_place(partial, out)
    return finished


def _check_place(build: TableBuild, inputs: Sequence[Input], out: Path) -> None:
    for folder in filter(Path.is_dir, map(Path, build.tables)):
        check_apart(folder, out, "folder of tables")
    one_of_each_folder = {Path(one.place).parent: Path(one.place) for one in inputs if not is_address(one.place)}
    for file in one_of_each_folder.values():
        check_apart(file, out, "table")
    check_free(out)
    check_content_kept(out, None)


def _put_in_place(partial: Path, out: Path) -> None:
    """The last step: the journal goes, then what it speaks of, and the finished folder takes its place."""
    for journal_file in partial.glob(JOURNAL_NAME + "*"):
        journal_file.unlink()
    shutil.rmtree(partial / COLUMNS_NAME, ignore_errors=True)
    swap_in_folder(partial, out)


def _read_tables(build: TableBuild, inputs: Sequence[Input], journal: TableJournal, monitor: Monitor) -> _Reading:
    reading = _Reading({}, [])
    for number, one in enumerate(inputs, start=1):
        monitor.check()
        stage = f"reading table {number} of {len(inputs)}"
        monitor.progress(Progress(stage, 0))
        try:
            _read_table(build, one, stage, journal, reading, monitor)
        except Unfit as problem:
            reading.skipped.append(Skipped(one.name, str(problem)))
        except InputProblem as problem:
            if is_address(one.place):
                kept = f"{len(reading.read)} of {len(inputs)} tables were read and are kept; the same command goes on"
                raise InputProblem(one.place, f"{problem.because} ({kept})") from problem
            reading.skipped.append(Skipped(one.name, problem.because))
    return reading


def _read_table(
    build: TableBuild, one: Input, stage: str, journal: TableJournal, reading: _Reading, monitor: Monitor
) -> None:
    """Read one file, unless it was read before and has not changed since."""
    state = state_of(one.place, build.network, monitor)
    known = journal.recall(one.place)
    if known and FileState(known.bytes, known.validator) == state:
        columns = choose_columns(known.column_names, build.kinds, build.columns)
        if columns == known.columns:
            _check_agreed(reading, columns)
            reading.read[one], reading.resumed = known, reading.resumed + 1
            return
    with closing(open_table(one.place, build.network, monitor, one.name)) as table:
        columns = choose_columns(table.columns, build.kinds, build.columns)
        _check_agreed(reading, columns)
        with journal.writer(one.place, list(columns)) as writer:
            rows, tallies = read_columns(table, columns, writer, stage, monitor)
            writer.finish()
        facts = ReadTable(
            state.bytes,
            state.validator,
            columns,
            table.columns,
            rows,
            writer.written,
            0,
            sum(tally.empty for tally in tallies.values()),
            sum(tally.malformed for tally in tallies.values()),
            sum(tally.degenerate for tally in tallies.values()),
        )
    journal.add(one.place, facts)
    reading.read[one] = facts


def _check_agreed(reading: _Reading, columns: Mapping[Kind, str]) -> None:
    """Without a column, its rows could not be found by it, and nobody would notice."""
    if reading.columns and columns != reading.columns:
        agreed = ", ".join(reading.columns.values())
        raise Unfit(f"its columns of fingerprints are {', '.join(columns.values())}, and not {agreed} as before")


def _write_parts(
    build: TableBuild, reading: _Reading, journal: TableJournal, folder: Path, monitor: Monitor
) -> Manifest:
    """Write everything but the manifest, and give it without its files."""
    for stale in folder.iterdir():
        if stale.is_file() and not stale.name.startswith(JOURNAL_NAME):
            stale.unlink()
    monitor.progress(Progress("writing the index", 0))
    lanes = write_lanes(folder, journal, {one.place: facts for one, facts in reading.read.items()}, monitor)
    if not lanes:
        raise IndexProblem(build.out, "none of its columns of fingerprints holds a single one that can be used")
    return _manifest(build, reading, lanes, write_skipped(folder, reading.skipped))


def _manifest(build: TableBuild, reading: _Reading, lanes: tuple[LaneRecord, ...], skipped: int) -> Manifest:
    tool = this_tool()
    tables = tuple(_record(build, one, facts) for one, facts in reading.read.items())
    return Manifest(
        format=FORMAT,
        dataset=build.dataset,
        version=build.version,
        rows=sum(table.rows for table in tables),
        made=Made(utc_now(), tool.name, tool.version),
        lanes=lanes,
        files={},
        skipped=skipped,
        sample=build.sample,
        built_from=BuiltFrom.TABLE,
        tables=tables,
        columns={str(kind): column for kind, column in reading.columns.items()},
        column_names=next(iter(reading.read.values())).column_names,
        revision=build.revision,
    )


def _record(build: TableBuild, one: Input, facts: ReadTable) -> TableRecord:
    return TableRecord(
        one.name,
        facts.rows,
        facts.bytes,
        None if build.shareable and not is_address(one.place) else one.place,
        build.checksums.get(one.name),
        facts.validator,
        facts.bytes_read,
        facts.empty,
        facts.malformed,
        facts.degenerate,
    )


def _first_reason(reading: _Reading) -> str:
    first = reading.skipped[0]
    others = len(reading.skipped) - 1
    return f"{first.path}: {first.because}" + (f"; and {others} more" if others else "")


def _finished_before(build: TableBuild, inputs: Sequence[Input], partial: Path) -> Built | None:
    """What an earlier build of the same left whole, killed between its last two steps; None when there is none."""
    if (partial / JOURNAL_NAME).exists() or not (partial / MANIFEST_NAME).is_file():
        return None
    try:
        manifest = read_manifest(partial)
        check_files(partial, manifest)
    except IndexProblem:
        return None
    asked = (build.dataset, build.version, build.sample, build.revision)
    made = (manifest.dataset, manifest.version, manifest.sample, manifest.revision)
    expected = {one.name: None if build.shareable and not is_address(one.place) else one.place for one in inputs}
    found = {table.name: table.place for table in manifest.tables}
    is_same = asked == made and all(name in expected and expected[name] == found[name] for name in found)
    if not is_same or len(found) + manifest.skipped != len(inputs) or not _are_columns_asked(build, manifest.columns):
        return None
    return Built(manifest.rows, manifest.skipped, len(found))


def _are_columns_asked(build: TableBuild, columns: Mapping[str, str]) -> bool:
    is_every_kind = not build.kinds or set(build.kinds) == set(columns)
    return is_every_kind and all(columns.get(kind, column) == column for kind, column in build.columns.items())
