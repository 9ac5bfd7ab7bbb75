# SPDX-License-Identifier: GPL-3.0-or-later
"""Seals a source: the whole file that a matched row stands in is fetched, and held against its publisher's checksum.

A row is found by reading parts of a published file, or by a service that has read it; neither proves that the file, as
it is published, holds the row. The sealed file does, together with the record beside it.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from indexer.core.about import this_tool
from indexer.core.errors import InputProblem, StorageProblem
from indexer.core.files import write_atomically
from indexer.core.progress import Monitor
from indexer.net.download import Downloader, Wanted
from indexer.net.json_api import JsonApi
from indexer.net.ledger import Ledger
from indexer.net.network import Network
from indexer.net.tokens import read_token
from indexer.sources.hub_files import Hub
from indexer.sources.provenance import read_provenance
from indexer.sources.registry import Registry
from indexer.sources.seal_contract import RECORD_ENDING, FileToSeal, Ranges, Seal, SealAsked, SealOffered

FORMAT = 1
_HUB_FILE = re.compile(
    r"(?P<base>https?://[^/]+)/datasets/(?P<set>[^/?#]+(?:/[^/?#]+)?)/resolve/(?P<revision>[^/?#]+)/(?P<path>[^?#]+)"
)
"""How the hub and its mirrors address a file of a set; a revision with a slash in it is written with `%2F`."""

_COMMIT = re.compile("[0-9a-f]{40}")
_VERDICT = {True: "agrees", False: "disagrees", None: "the publisher states no checksum"}


def offer_seal(asked: SealAsked, monitor: Monitor) -> SealOffered:
    """Which file it is, what its publisher states of it, and how large it is, before it is fetched.

    Raises:
        InputProblem: it cannot be had; written to follow "because".
        Cancelled: the user stopped.
    """
    network = network_of(asked)
    file = ask_publisher(asked.address, network, monitor, token_for(asked.address))
    file = replace(file, ranges_read=ranges_read_before(file.url, Registry(asked.registry)))
    if file.size is not None:
        return SealOffered(file, file.size)
    with _downloader(network) as downloader:
        offer = downloader.offer(file.url, "to ask how large a file is", monitor, token_for(asked.address))
    return SealOffered(file, offer.size_bytes)


def ask_publisher(url: str, network: Network, monitor: Monitor, token: str | None = None) -> FileToSeal:
    """What the publisher states of a file. Of one on the hub, or on a mirror that speaks like it, that is its commit,
    size and SHA-256; of any other it is nothing.

    Args:
        url: the file's address.
        network: what may be asked.
        monitor: whether to stop.
        token: of the user's account there.

    Raises:
        InputProblem: the hub has no such file, or does not answer; written to follow "because".
        Cancelled: the user stopped.
    """
    parts = _HUB_FILE.fullmatch(url)
    if parts is None:
        return FileToSeal(url)
    repository, revision, path = (unquote(parts[name]) for name in ("set", "revision", "path"))
    with JsonApi(network) as api:
        hub = Hub(api, parts["base"], token, monitor)
        commit = revision if _COMMIT.fullmatch(revision) else hub.resolve(repository, revision)
        if commit is None:
            return FileToSeal(url)
        for file in hub.list_files(repository, commit, ["**"]).files:
            if file.path == path:
                return FileToSeal(file.url, commit, file.size, file.sha256)
    raise InputProblem(url, "there is no such file in that version of the set any more")


def ranges_read_before(url: str, registry: Registry) -> Ranges:
    """What was read of a file when a set was made that is set up here; empty where nothing is known of it.

    Raises:
        InputProblem: the list of sets that are set up here cannot be read.
    """
    for entry in registry.entries().values():
        made = None if "://" in entry.opens else read_provenance(Path(entry.opens).parent)
        for read in made.files.values() if made else ():
            if read.url == url and read.ranges:
                return read.ranges
    return ()


def seal(file: FileToSeal, place: Path, network: Network, monitor: Monitor, token: str | None = None) -> Seal:
    """Fetch the whole file to `place`, hold it against what is stated, and write the record beside it.

    One that disagrees is kept, and told.

    Raises:
        InputProblem: it was not fetched; written to follow "because".
        StorageProblem: it cannot be written.
        Cancelled: the user stopped; what has come is kept and gone on with the next time.
    """
    purpose = "to keep the whole file that a found row stands in, as evidence"
    with _downloader(network) as downloader:
        came = downloader.download(Wanted(file.url, None), place, purpose, monitor, token)
    sealed = Seal(file, came.size_bytes, came.sha256, came.validator, came.fetched_utc)
    _write_record(sealed, place)
    return sealed


def network_of(asked: SealAsked) -> Network:
    """What may be asked of other computers."""
    return Network(asked.ledger, asked.offline, asked.allow_private_hosts)


def token_for(url: str) -> str | None:
    """Of the user's account at that host."""
    return read_token(urlsplit(url).hostname or "")


def _write_record(sealed: Seal, place: Path) -> None:
    beside = place.with_name(place.name + RECORD_ENDING)
    try:
        write_atomically(beside, msgspec.json.format(msgspec.json.encode(_record(sealed, place)), indent=2) + b"\n")
    except OSError as problem:
        raise StorageProblem(beside, f"it cannot be written ({problem.strerror or problem})") from problem


def _record(sealed: Seal, place: Path) -> dict[str, Any]:
    """Everything in the open, to be read without this program. Bytes are counted from 0; a range ends before `end`."""
    file, tool = sealed.file, this_tool()
    return {
        "format": FORMAT,
        "tool": {"name": tool.name, "version": tool.version},
        "file": place.name,
        "address": file.url,
        "revision": file.revision,
        "size": sealed.size,
        "sha256": sealed.sha256,
        "publisher": {"size": file.size, "sha256": file.sha256},
        "verdict": _VERDICT[sealed.agrees],
        "server_mark": sealed.validator,
        "fetched_utc": sealed.fetched_utc,
        "ranges_read_before": [{"start": start, "end": end} for start, end in file.ranges_read],
        "words": sealed.words,
    }


def _downloader(network: Network) -> Downloader:
    return Downloader(
        Ledger(network.ledger),
        offline=network.offline,
        allow_private_hosts=network.allow_private_hosts,
        pacing=network.pacing,
    )
