# SPDX-License-Identifier: GPL-3.0-or-later
"""An index from vectors that a data set ships: `exhibit-a index build --from embeddings`.

Nothing is computed but lengths, so it takes as long as copying does: a build that was stopped begins anew. Its rows are
those of the set's table, which stays where it lies.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from indexer.building.contract import Built, EmbeddingsBuild
from indexer.building.places import check_apart, check_content_kept, check_free, partial_of
from indexer.building.unfinished import JOURNAL_NAME, hold, storage_problems
from indexer.core.about import this_tool
from indexer.core.clock import utc_now
from indexer.core.errors import IndexProblem, InputProblem
from indexer.core.files import swap_in_folder
from indexer.core.progress import Monitor, Progress
from indexer.fingerprints.base import Kind
from indexer.fingerprints.clip_models import ClipSpace
from indexer.index.flat_file import FlatFileWriter
from indexer.index.manifest import (
    FORMAT,
    BuiltFrom,
    LaneRecord,
    Made,
    Manifest,
    TableRecord,
    record_files,
    write_manifest,
)
from indexer.sources.embedding_files import Embeddings

_STAGE = "copying vectors"


def build_from_embeddings(build: EmbeddingsBuild, monitor: Monitor | None = None) -> Built:
    """Build the index; the finished folder appears at once, whole. What `Built.skipped` counts is rows.

    Raises:
        InputProblem: there is no such folder of embeddings, it is damaged, or nothing says which model made them.
        IndexProblem, StorageProblem: the index cannot be put where it should go.
        Cancelled: the user stopped; nothing is left behind.
    """
    watch = monitor or Monitor()
    out = build.out.resolve()
    partial = partial_of(out)
    with storage_problems(partial), closing(Embeddings(build.embeddings, build.model, watch)) as held:
        if held.space is None:
            raise InputProblem(build.embeddings, held.because or "nothing says which model made them")
        check_apart(build.embeddings, out, "folder of embeddings")
        check_free(out)
        check_content_kept(out, held.space)
        with _unfinished(partial):
            manifest = _write_parts(build, held, held.space, partial, watch)
            write_manifest(partial, replace(manifest, files=record_files(partial, leave_out=JOURNAL_NAME)))
        for lock in partial.glob(JOURNAL_NAME + "*"):
            lock.unlink()
        swap_in_folder(partial, out)
    return Built(manifest.rows, manifest.rows - manifest.lanes[0].rows, 0)


@contextmanager
def _unfinished(partial: Path) -> Iterator[None]:
    """Hold the empty folder; remove it when anything goes wrong. What a killed build left is cleared first.

    Raises:
        IndexProblem: another build's work lies there, or another program is at work.
    """
    if (partial / JOURNAL_NAME).exists():
        raise IndexProblem(partial, "it holds an unfinished index of something else; remove it or choose another place")
    partial.mkdir(parents=True, exist_ok=True)
    with closing(hold(partial)):
        for stale in partial.iterdir():
            if not stale.name.startswith(JOURNAL_NAME):
                stale.unlink()
        try:
            yield
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def _write_parts(
    build: EmbeddingsBuild, held: Embeddings, space: ClipSpace, folder: Path, monitor: Monitor
) -> Manifest:
    """Write everything but the manifest, and give it without its files."""
    starts = np.array([held.tables.start_of(number) for number in range(len(held.tables.tables))])
    usable = np.zeros(len(starts), np.int64)
    with FlatFileWriter(folder, Kind.CLIP, held.dimension) as writer:
        for vectors, rows in held.blocks(monitor):
            writer.add(vectors, rows)
            usable += np.bincount(np.searchsorted(starts, rows, "right") - 1, minlength=len(starts))
            monitor.progress(Progress(_STAGE, int(rows[-1]) + 1 if len(rows) else 0, held.rows))
        count = writer.finish()
    if not count:
        raise IndexProblem(build.out, "none of its vectors can be used")
    tool = this_tool()
    return Manifest(
        format=FORMAT,
        dataset=build.dataset,
        version=build.version,
        rows=held.rows,
        made=Made(utc_now(), tool.name, tool.version),
        lanes=(LaneRecord(Kind.CLIP.lane, Kind.CLIP, count, space.as_parameters()),),
        files={},
        sample=build.sample,
        built_from=BuiltFrom.TABLE,
        tables=tuple(_record(build, held, number, int(usable[number])) for number in range(len(starts))),
        column_names=held.tables.columns,
        revision=build.revision,
    )


def _record(build: EmbeddingsBuild, held: Embeddings, number: int, usable: int) -> TableRecord:
    place, table = held.files.tables[number], held.tables.tables[number]
    rows = held.tables.start_of(number + 1) - held.tables.start_of(number)
    facts = place.stat()
    return TableRecord(
        table.name,
        rows,
        facts.st_size,
        None if build.shareable else str(place.absolute()),
        validator=str(facts.st_mtime_ns),
        malformed=rows - usable,
    )
