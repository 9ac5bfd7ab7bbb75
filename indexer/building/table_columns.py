# SPDX-License-Identifier: GPL-3.0-or-later
"""An index from columns of hashes and digests of many files: `exhibit-a index build --from hashes|table`.

Only those columns are read, of files here or on other computers. A row of the index is a row of the files, counted
from the first file on, so that nothing but the number is kept of it.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from indexer.building.contract import Built, TableBuild
from indexer.building.places import check_apart, check_content_kept, check_free, partial_of
from indexer.building.skipped import write_skipped
from indexer.building.table_inputs import Input, find_inputs
from indexer.building.table_journal import COLUMNS_NAME, ReadTable, TableJournal
from indexer.building.table_parts import write_lanes
from indexer.building.table_reading import Reading, TableReader
from indexer.building.unfinished import JOURNAL_NAME, storage_problems
from indexer.core.about import this_tool
from indexer.core.clock import utc_now
from indexer.core.errors import IndexProblem
from indexer.core.files import swap_in_folder
from indexer.core.progress import Monitor, Progress
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
from indexer.tables.asked_file import is_address


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
                reading = TableReader(build, journal, watch).read(inputs)
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


def _write_parts(
    build: TableBuild, reading: Reading, journal: TableJournal, folder: Path, monitor: Monitor
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


def _manifest(build: TableBuild, reading: Reading, lanes: tuple[LaneRecord, ...], skipped: int) -> Manifest:
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
        facts.state.bytes,
        None if build.shareable and not is_address(one.place) else one.place,
        build.checksums.get(one.name),
        facts.state.validator,
        facts.bytes_read,
        facts.empty,
        facts.malformed,
        facts.degenerate,
    )


def _first_reason(reading: Reading) -> str:
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
