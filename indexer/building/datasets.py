# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches a published data set by a recipe of the catalogue, and makes it searchable: `exhibit-a datasets get`.

    OUT/provenance.json      what was read, in which version, from where
    OUT/index                the index, where the recipe makes one
    OUT/files                the files, where whole files are wanted, called as in the set
    OUT/indices_paths.json   which model made their vectors, where the catalogue knows one

What was interrupted goes on: a file from where it broke off, an index from the last file that was read whole.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from indexer.building.column_copies import copy_columns
from indexer.building.contract import TableBuild
from indexer.building.dataset_contract import DatasetAsked, DatasetFetched, DatasetOffered
from indexer.building.recipes import Plan, check_disk, free_bytes, make_plan, network_of
from indexer.building.table_columns import build_from_table
from indexer.core.clock import utc_now
from indexer.core.errors import InputProblem, StorageProblem
from indexer.core.files import write_atomically
from indexer.core.hashing import sha256_of_file
from indexer.core.progress import Monitor, Progress
from indexer.net.download import Downloader, Wanted
from indexer.net.ledger import Ledger
from indexer.net.network import Network
from indexer.sources.dataset import RecipeKind
from indexer.sources.folder_model import PATHS_NAME, declaration_of
from indexer.sources.hub_files import RemoteFileFacts
from indexer.sources.provenance import (
    FORMAT,
    FileRead,
    Provenance,
    program_words,
    read_provenance,
    write_provenance,
)

INDEX, FILES = "index", "files"
_OF_VECTORS = frozenset({RecipeKind.FAISS, RecipeKind.EMBEDDINGS})


def offer_dataset(asked: DatasetAsked, monitor: Monitor) -> DatasetOffered:
    """What it would cost; nothing of the set is fetched but lists and the end of one table.

    Raises:
        InputProblem: there is no such set, recipe or column, or its place does not answer.
        StorageProblem: something else lies where it should go.
        Cancelled: the user stopped.
    """
    earlier = _earlier(asked)
    plan = make_plan(asked, network_of(asked), earlier, monitor)
    here = _bytes_here(plan, asked.out)
    return DatasetOffered(
        files=len(plan.listing.files),
        download=max(0, plan.download - here),
        disk=plan.disk,
        free=free_bytes(asked.out),
        revision=plan.listing.revision,
        place=plan.place,
    )


def get_dataset(asked: DatasetAsked, monitor: Monitor) -> DatasetFetched:
    """Fetch it, and build what the recipe says.

    Raises:
        InputProblem, IndexProblem: it could not be fetched or used; what has come is kept.
        StorageProblem: it does not fit, cannot be written, or something else lies there.
        Cancelled: the user stopped; what has come is kept.
    """
    network, earlier = network_of(asked), _earlier(asked)
    plan = make_plan(asked, network, earlier, monitor)
    here = _bytes_here(plan, asked.out)
    check_disk(plan, asked.out, here)
    provenance = _begun(plan, earlier)
    write_provenance(asked.out, provenance)
    if not (plan.is_ranged and plan.kinds):
        provenance = _fetch_files(plan, provenance, asked.out / FILES, network, monitor)
    _declare_model(plan, asked.out)
    rows = _build(plan, asked.out, network, monitor) if plan.kinds else None
    write_provenance(asked.out, replace(provenance, finished_utc=utc_now()))
    opens = asked.out / (INDEX if plan.kinds else FILES)
    downloaded = max(0, plan.download - here)
    return DatasetFetched(opens, rows, len(plan.listing.files), downloaded, plan.listing.revision)


def _earlier(asked: DatasetAsked) -> Provenance | None:
    """What an earlier run left there, of the same set and recipe.

    Raises:
        StorageProblem: something else lies there.
    """
    earlier = read_provenance(asked.out)
    if earlier is None:
        if asked.out.exists() and (not asked.out.is_dir() or any(asked.out.iterdir())):
            raise StorageProblem(asked.out, "something else lies there; choose a folder that is empty or new")
        return None
    if earlier.dataset != asked.slug or (asked.recipe and earlier.recipe != asked.recipe):
        raise StorageProblem(asked.out, f"{earlier.dataset} ({earlier.recipe}) lies there; choose another folder")
    return earlier


def _begun(plan: Plan, earlier: Provenance | None) -> Provenance:
    """What is written down before anything is fetched; checksums of files that came before are kept.

    Copies of other columns are no files that came before.
    """
    columns = plan.columns if plan.is_ranged or plan.kinds else ()
    is_other = earlier is not None and plan.is_ranged and earlier.columns != columns
    known = earlier.files if earlier and not is_other else {}
    files = {}
    for file in plan.listing.files:
        read = FileRead(file.url, file.size, file.sha256, None, is_whole=not plan.is_ranged)
        before = known.get(file.path)
        same = before is not None and (before.size, before.publisher_sha256) == (read.size, read.publisher_sha256)
        files[file.path] = replace(read, sha256=before.sha256, ranges=before.ranges) if before and same else read
    return Provenance(
        format=FORMAT,
        dataset=plan.record.slug,
        recipe=plan.recipe.name,
        place=plan.place,
        revision=plan.listing.revision,
        columns=columns,
        begun_utc=earlier.begun_utc if earlier else utc_now(),
        program=program_words(),
        files=files,
    )


def _fetch_files(plan: Plan, provenance: Provenance, folder: Path, network: Network, monitor: Monitor) -> Provenance:
    """Every file that is not here yet, whole, or the wanted columns of it."""
    with Downloader(
        Ledger(network.ledger),
        offline=network.offline,
        allow_private_hosts=network.allow_private_hosts,
        pacing=network.pacing,
    ) as downloader:
        for number, file in enumerate(plan.listing.files, start=1):
            monitor.check()
            monitor.progress(Progress(f"file {number} of {len(plan.listing.files)}: {file.path}", 0))
            place, read = _place_of(folder, file), provenance.files[file.path]
            if not _is_here(place, read):
                if plan.is_ranged:
                    ranges = copy_columns(file.url, plan.columns, place, network, plan.token, monitor)
                    read = replace(read, sha256=sha256_of_file(place), ranges=ranges)
                else:
                    purpose = f"a file of the data set {plan.record.slug}"
                    wanted = Wanted(file.url, file.sha256)
                    came = downloader.download(wanted, place, purpose, monitor, plan.token)
                    read = replace(read, sha256=came.sha256)
                provenance = provenance.with_file(file.path, read)
                write_provenance(folder.parent, provenance)
    return provenance


def _is_here(place: Path, read: FileRead) -> bool:
    """Whether it came before; a whole file also by its size."""
    if not read.sha256 or not place.is_file():
        return False
    return not read.is_whole or read.size is None or place.stat().st_size == read.size


def _build(plan: Plan, out: Path, network: Network, monitor: Monitor) -> int:
    """An index of the wanted columns, from the addresses themselves or from the files that were fetched."""
    files = plan.listing.files
    tables = [file.url if plan.is_ranged else str(_place_of(out / FILES, file)) for file in files]
    build = TableBuild(
        tables=tuple(tables),
        out=out / INDEX,
        dataset=plan.record.name,
        version=plan.listing.revision[:12],
        kinds=tuple(plan.kinds),
        columns=plan.kinds,
        revision=plan.listing.revision or None,
        checksums={ending: file.sha256 for file in files if file.sha256 for ending in _endings(file.path)},
        ledger=None if network.offline else network.ledger,
        allow_private_hosts=network.allow_private_hosts,
    )
    return build_from_table(build, monitor).rows


def _declare_model(plan: Plan, out: Path) -> None:
    """Say beside vectors which model made them, as clip-retrieval does; without it nothing can be compared with them.

    Raises:
        StorageProblem: it cannot be written.
    """
    models = {vectors.model for vectors in plan.record.vectors}
    if plan.recipe.kind not in _OF_VECTORS or len(models) != 1 or not all(models):
        return
    place = out / PATHS_NAME
    try:
        write_atomically(place, declaration_of(FILES, models.pop()))
    except OSError as problem:
        raise StorageProblem(place, f"it cannot be written ({problem.strerror or problem})") from problem


def _endings(path: str) -> Sequence[str]:
    """Every name that a file of several may go by."""
    parts = PurePosixPath(path).parts
    return ["/".join(parts[at:]) for at in range(len(parts))]


def _bytes_here(plan: Plan, out: Path) -> int:
    """Bytes of whole files, or parts of files, that came before."""
    if plan.is_ranged and plan.kinds:
        return 0
    places = [_place_of(out / FILES, file) for file in plan.listing.files]
    return sum(one.stat().st_size for place in places for one in _with_partial(place) if one.is_file())


def _with_partial(place: Path) -> tuple[Path, Path]:
    return place, place.with_name(place.name + ".partial")


def _place_of(folder: Path, file: RemoteFileFacts) -> Path:
    """Where a file of the set goes; a server may call it anything, so it must not lead out of the folder.

    Raises:
        InputProblem: it would.
    """
    parts = PurePosixPath(file.path).parts
    is_plain = all(part not in ("..", "/") and not set(part) & set('\\:*?"<>|\0') for part in parts)
    if not parts or not is_plain:
        raise InputProblem(file.path, "a file of that set has a name that cannot be used on this machine")
    return folder.joinpath(*parts)
