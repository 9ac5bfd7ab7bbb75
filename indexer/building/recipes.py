# SPDX-License-Identifier: GPL-3.0-or-later
"""From a recipe of the catalogue to a plan: which files, from where, how much of each, how much disk.

What the catalogue says of sizes is what was once written down; a plan asks the servers. Nothing is fetched here but
lists, sizes, and the end of one table, which says what share of its bytes the wanted columns are.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from indexer.building.dataset_contract import DatasetAsked
from indexer.core.errors import InputProblem, StorageProblem
from indexer.core.progress import Monitor, Progress
from indexer.fingerprints.base import Kind
from indexer.net.client import Client
from indexer.net.download import Downloader
from indexer.net.json_api import JsonApi
from indexer.net.ledger import Ledger
from indexer.net.network import Network
from indexer.net.remote_file import open_remote
from indexer.net.tokens import read_token
from indexer.sources.catalogue import find_recipe, read_catalogue
from indexer.sources.dataset import Dataset, Recipe, RecipeKind
from indexer.sources.hub_files import HUB, Hub, Listing, RemoteFileFacts
from indexer.sources.provenance import Provenance
from indexer.sources.web_folders import list_web_folder

_BY_COLUMNS = ".parquet"
_INDEXED = frozenset({RecipeKind.HASHES, RecipeKind.EXACT})


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    Attributes:
        kinds: column by kind of fingerprint, for an index; empty when files are all that is wanted.
        columns: those that are read; empty for all.
        place: where it comes from, for people: repository, address, or both.
        token: for that place, None for none.
        is_ranged: only columns are read, by parts of the files.
        download, disk: bytes, about.
    """

    record: Dataset
    recipe: Recipe
    kinds: Mapping[Kind, str]
    columns: tuple[str, ...]
    place: str
    listing: Listing
    token: str | None
    is_ranged: bool
    download: int
    disk: int


def network_of(asked: DatasetAsked) -> Network:
    """What this work may ask of the network."""
    return Network(asked.ledger, asked.offline, asked.allow_private_hosts)


def make_plan(asked: DatasetAsked, network: Network, earlier: Provenance | None, monitor: Monitor) -> Plan:
    """Ask what there is and how large it is.

    Args:
        earlier: what an interrupted run wrote down; the version that it began with is kept to.

    Raises:
        InputProblem: there is no such recipe or column, or the place does not answer.
        Cancelled: the user stopped.
    """
    record = read_catalogue().find(asked.slug)
    recipe = find_recipe(record, asked.recipe)
    kinds = _kinds(record, recipe, asked.columns) if recipe.kind in _INDEXED else {}
    with ExitStack() as stack:
        place, listing, token = _list(asked, recipe, network, earlier, stack, monitor)
        listing = replace(listing, files=tuple(_measured(listing.files, network, stack, monitor)))
    columns = tuple(kinds.values()) or asked.columns or recipe.columns
    is_ranged = bool(columns) and all(file.path.endswith(_BY_COLUMNS) for file in listing.files)
    total = sum(file.size or 0 for file in listing.files)
    download = total
    if is_ranged:
        download = int(total * _share(listing.files[0], columns, network, token, monitor))
    disk = download * recipe.disk // recipe.download
    return Plan(record, recipe, kinds, columns, place, listing, token, is_ranged, download, disk)


def free_bytes(folder: Path) -> int:
    """What is free where a folder is, or will be."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(there).free


def check_disk(plan: Plan, folder: Path, here: int) -> None:
    """Say before a long download that it will not fit; `here` bytes of it are there already.

    Raises:
        StorageProblem: it will not.
    """
    free = free_bytes(folder)
    if plan.disk - here > free:
        because = (
            f"about {(plan.disk - here) / 1e6:,.0f} MB more are needed, and only {free / 1e6:,.0f} MB are free there"
        )
        raise StorageProblem(folder, because)


def _kinds(record: Dataset, recipe: Recipe, columns: Sequence[str]) -> Mapping[Kind, str]:
    """Which columns are read, by what they hold."""
    known = {
        column: kind
        for group in record.columns
        for kind in (Kind.PHASH, Kind.SHA256, Kind.MD5, Kind.PIXEL_HASH)
        if (column := getattr(group, kind.value))
    }
    wanted = columns or recipe.columns
    unknown = [column for column in wanted if column not in known]
    if unknown:
        names = ", ".join(known)
        raise InputProblem(record.slug, f"no column {unknown[0]} of fingerprints or checksums is known; known: {names}")
    return {known[column]: column for column in wanted}


def _list(
    asked: DatasetAsked,
    recipe: Recipe,
    network: Network,
    earlier: Provenance | None,
    stack: ExitStack,
    monitor: Monitor,
) -> tuple[str, Listing, str | None]:
    """Where the files are, which, and the token for there."""
    if recipe.repository:
        base = asked.base or HUB
        token = read_token(urlsplit(base).hostname or "")
        hub = Hub(stack.enter_context(JsonApi(network)), base, token, monitor)
        revision = (earlier.revision if earlier else "") or hub.resolve(recipe.repository, recipe.revision)
        if revision:
            place = f"{recipe.repository} at {base}" if asked.base else recipe.repository
            return place, hub.list_files(recipe.repository, revision, recipe.files), token
    base = asked.base or recipe.base
    client = stack.enter_context(_client(network))
    return base, list_web_folder(base, recipe.files, client, monitor), None


def _client(network: Network) -> Client:
    return Client(
        Ledger(network.ledger),
        offline=network.offline,
        allow_private_hosts=network.allow_private_hosts,
        pacing=network.pacing,
    )


def _measured(
    files: Sequence[RemoteFileFacts], network: Network, stack: ExitStack, monitor: Monitor
) -> Iterator[RemoteFileFacts]:
    """Every file with its size, asked of its server where nobody said it."""
    downloader = stack.enter_context(
        Downloader(
            Ledger(network.ledger),
            offline=network.offline,
            allow_private_hosts=network.allow_private_hosts,
            pacing=network.pacing,
        )
    )
    for number, file in enumerate(files, start=1):
        if file.size is None:
            monitor.progress(Progress("asking how large the files are", number, len(files)))
            offer = downloader.offer(file.url, "how large a file of a data set is", monitor)
            yield replace(file, size=offer.size_bytes)
        else:
            yield file


def _share(
    file: RemoteFileFacts, columns: Sequence[str], network: Network, token: str | None, monitor: Monitor
) -> float:
    """What share of a table's bytes these columns are, as the end of the file says; all of it when that is unclear."""
    purpose = "how much of a table the wanted columns are"
    with open_remote(file.url, network, purpose, monitor, token) as stream:
        try:
            footer = pq.ParquetFile(pa.PythonFile(stream, mode="r"), pre_buffer=False).metadata
        except (pa.ArrowException, OSError, ValueError) as problem:
            raise InputProblem(file.url, "it is not the table that it is called") from problem
        groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
        chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
        named = [chunk for chunk in chunks if chunk.path_in_schema.partition(".")[0] in columns]
        if groups and not set(columns) <= {chunk.path_in_schema.partition(".")[0] for chunk in named}:
            raise InputProblem(file.url, f"it has no column {', '.join(columns)} any more")
        size: int = sum(chunk.total_compressed_size for chunk in named)
        return min(1.0, size / max(1, stream.size))
