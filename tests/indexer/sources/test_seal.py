"""The file of a matched row is fetched whole, and held against what its publisher states of it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.net.ledger import entries
from indexer.net.network import Network
from indexer.sources.provenance import FORMAT, FileRead, Provenance, write_provenance
from indexer.sources.registry import Entry, Registry
from indexer.sources.seal import ask_publisher, offer_seal, seal
from indexer.sources.seal_contract import FileToSeal, SealAsked
from tests.helpers.hub import COMMIT, LATER, LocalHub
from tests.helpers.monitors import stop_after
from tests.helpers.server import LocalServer

SET, PATH = "painters/listed", "data/part 0 [a].parquet"
DATA = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(DATA).hexdigest()
RANGES = ((0, 4096), (900_000, len(DATA)))


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with LocalHub() as served:
        served.publish(SET, {PATH: DATA, "README.md": b"hello", "data/part 1.parquet": b"other"})
        yield served


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "sent.jsonl", allow_private_hosts=True)


def address(hub: LocalServer, revision: str = "main") -> str:
    return f"{hub.url}/datasets/{SET}/resolve/{revision}/data/part%200%20%5Ba%5D.parquet"


def test_the_hub_states_commit_size_and_checksum_of_a_file(hub: LocalHub, network: Network) -> None:
    file = ask_publisher(address(hub), network, Monitor())
    assert (file.revision, file.size, file.sha256) == (COMMIT, len(DATA), SHA256)
    assert f"/resolve/{COMMIT}/" in file.url, "a branch moves, a commit stays"


def test_a_file_that_agrees_is_sealed(hub: LocalHub, network: Network, tmp_path: Path) -> None:
    file = replace(ask_publisher(address(hub), network, Monitor()), ranges_read=RANGES)
    sealed = seal(file, tmp_path / "kept" / "part.parquet", network, Monitor())
    assert (tmp_path / "kept" / "part.parquet").read_bytes() == DATA
    assert sealed.agrees
    assert (sealed.size, sealed.sha256, sealed.file) == (len(DATA), SHA256, file)
    assert sealed.fetched_utc.endswith("Z")
    assert sealed.words.endswith(f"{len(DATA):,} bytes, SHA-256 {SHA256}, which is what its publisher states.")


def test_the_record_beside_the_file_can_be_read_without_this_program(
    hub: LocalHub, network: Network, tmp_path: Path
) -> None:
    file = replace(ask_publisher(address(hub), network, Monitor()), ranges_read=RANGES)
    sealed = seal(file, tmp_path / "part.parquet", network, Monitor())
    record = json.loads((tmp_path / "part.parquet.seal.json").read_text(encoding="utf-8"))
    assert record.pop("tool")["name"] == "exhibit-a"
    assert record.pop("server_mark") == sealed.validator
    assert record == {
        "format": 1,
        "file": "part.parquet",
        "address": file.url,
        "revision": COMMIT,
        "size": len(DATA),
        "sha256": SHA256,
        "publisher": {"size": len(DATA), "sha256": SHA256},
        "verdict": "agrees",
        "fetched_utc": sealed.fetched_utc,
        "ranges_read_before": [{"start": start, "end": end} for start, end in RANGES],
        "words": sealed.words,
    }


def test_what_was_read_of_the_file_before_is_known_from_the_set_that_is_here(
    hub: LocalHub, network: Network, tmp_path: Path
) -> None:
    url = address(hub, COMMIT)
    files = {PATH: FileRead(url, len(DATA), SHA256, ranges=RANGES), "other": FileRead("https://a.example/b", 1, None)}
    made = Provenance(FORMAT, "listed", "r", SET, COMMIT, ("url",), "2026-01-01T00:00:00Z", "p", files)
    write_provenance(tmp_path / "set", made)
    registry = tmp_path / "registry.json"
    Registry(registry).add("listed", Entry(str(tmp_path / "set" / "files"), "", COMMIT, "2026-01-01T00:00:00Z"))
    Registry(registry).add("far", Entry("https://a.example/knn", "", "", "2026-01-01T00:00:00Z"))
    for asked in (url, address(hub)):
        offer = offer_seal(SealAsked(asked, registry, network.ledger, allow_private_hosts=True), Monitor())
        assert offer.file.ranges_read == RANGES
        assert offer.download == len(DATA)


def test_a_file_that_disagrees_is_kept_and_told(hub: LocalHub, network: Network, tmp_path: Path) -> None:
    stated = replace(ask_publisher(address(hub), network, Monitor()), sha256="0" * 64)
    sealed = seal(stated, tmp_path / "part.parquet", network, Monitor())
    assert sealed.agrees is False
    assert sealed.sha256 == SHA256
    assert f"which is not what its publisher states ({len(DATA):,} bytes, SHA-256 {'0' * 64})" in sealed.words
    assert (tmp_path / "part.parquet").read_bytes() == DATA


def test_another_size_disagrees_as_well(hub: LocalHub, network: Network, tmp_path: Path) -> None:
    stated = replace(ask_publisher(address(hub), network, Monitor()), size=7)
    assert seal(stated, tmp_path / "part.parquet", network, Monitor()).agrees is False


def test_a_file_of_which_nothing_is_stated_is_neither(network: Network, tmp_path: Path) -> None:
    with LocalServer() as server:
        url = server.answers("/lists/links.tsv", DATA)
        file = ask_publisher(url, network, Monitor())
        assert file == FileToSeal(url)
        sealed = seal(file, tmp_path / "links.tsv", network, Monitor())
    assert sealed.agrees is None
    assert "for which its publisher states no checksum" in sealed.words
    record = json.loads((tmp_path / "links.tsv.seal.json").read_text(encoding="utf-8"))
    assert record["verdict"] == "the publisher states no checksum"


def test_a_commit_is_asked_for_as_it_is(hub: LocalHub, network: Network) -> None:
    hub.commit = LATER
    assert ask_publisher(address(hub, COMMIT), network, Monitor()).revision == COMMIT
    assert not any("/revision/" in request.path for request in hub.seen)


def test_a_branch_with_a_slash_in_its_name_is_resolved(hub: LocalHub, network: Network) -> None:
    hub.publish(SET, {PATH: DATA}, branch="refs/convert/parquet")
    assert ask_publisher(address(hub, "refs%2Fconvert%2Fparquet"), network, Monitor()).sha256 == SHA256


def test_a_mirror_that_does_not_speak_like_the_hub_states_nothing(network: Network) -> None:
    with LocalServer() as server:
        url = address(server)
        assert ask_publisher(url, network, Monitor()) == FileToSeal(url)


def test_a_file_that_is_gone_is_told(hub: LocalHub, network: Network) -> None:
    gone = address(hub).replace("part", "no%20part")
    with pytest.raises(InputProblem) as caught:
        ask_publisher(gone, network, Monitor())
    assert caught.value.because == "there is no such file in that version of the set any more"


def test_a_gated_file_needs_the_token_which_stands_nowhere(hub: LocalHub, network: Network, tmp_path: Path) -> None:
    hub.token = "hf_secretSECRET2"
    with pytest.raises(InputProblem, match="wants an agreement first"):
        ask_publisher(address(hub), network, Monitor())
    file = ask_publisher(address(hub), network, Monitor(), hub.token)
    assert seal(file, tmp_path / "part.parquet", network, Monitor(), hub.token).agrees
    for place in tmp_path.rglob("*"):
        assert place.is_dir() or hub.token.encode() not in place.read_bytes()


def test_offline_nothing_is_asked(hub: LocalHub, tmp_path: Path) -> None:
    offline = Network(tmp_path / "sent.jsonl", offline=True)
    with pytest.raises(InputProblem, match="offline is switched on"):
        ask_publisher(f"https://huggingface.co/datasets/{SET}/resolve/main/{PATH}", offline, Monitor())
    with pytest.raises(InputProblem, match="offline is switched on"):
        seal(FileToSeal(address(hub)), tmp_path / "x", offline, Monitor())
    assert hub.seen == []


def test_a_stop_ends_it(hub: LocalHub, network: Network, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        seal(FileToSeal(address(hub, COMMIT)), tmp_path / "part.parquet", network, stop_after(0))
    assert not (tmp_path / "part.parquet").exists()


def test_the_ledger_says_what_the_file_was_fetched_for(hub: LocalHub, network: Network, tmp_path: Path) -> None:
    seal(ask_publisher(address(hub), network, Monitor()), tmp_path / "part.parquet", network, Monitor())
    assert list(entries(network.ledger))[-1].purpose == "to keep the whole file that a found row stands in, as evidence"
