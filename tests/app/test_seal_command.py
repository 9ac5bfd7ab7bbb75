"""`exhibit-a datasets seal`: the whole file that a found row stands in is fetched, compared and written down."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.dataset_commands import datasets
from tests.helpers.hub import COMMIT, LocalHub
from tests.helpers.program import run
from tests.helpers.published_tables import RELAION, Entry
from tests.helpers.server import LocalServer

SET = "laion/relaion2B-en-research-safe"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    RELAION.write(tmp_path / "published", [Entry("https://lunavale.example/1.jpg", "an owl")])
    (place,) = (tmp_path / "published").rglob("*.parquet")
    return place


@pytest.fixture
def hub(table: Path) -> Iterator[LocalHub]:
    with LocalHub() as served:
        served.publish(SET, {table.name: table})
        yield served


def here(*arguments: str | Path, answer: str | None = None) -> Result:
    return CliRunner().invoke(datasets, ["seal", *map(str, arguments), "--allow-private-hosts"], input=answer)


def test_the_note_of_a_row_read_from_afar_leads_to_its_sealed_file(hub: LocalHub, table: Path, tmp_path: Path) -> None:
    address = f"{hub.url}/datasets/{SET}/resolve/{COMMIT}/{table.name}"
    mine = tmp_path / "mine"
    mine.mkdir()
    found = tmp_path / "found.json"
    done = run(
        "check", mine, "--source", address, "--site", "lunavale.example", "--allow-private-hosts", "--csv", found
    )
    note = f"“exhibit-a datasets seal {address}” fetches the whole file and compares it."
    assert note in found.read_text(encoding="utf-8-sig"), done.stderr
    out = tmp_path / "kept" / "part.parquet"
    sealed = run("datasets", "seal", address, "--out", out, "--yes", "--allow-private-hosts")
    assert sealed.returncode == 0, sealed.stderr
    checksum = hashlib.sha256(table.read_bytes()).hexdigest()
    assert f"SHA-256 {checksum}, which is what its publisher states." in sealed.stdout
    assert out.read_bytes() == table.read_bytes()
    assert json.loads(out.with_name("part.parquet.seal.json").read_text())["verdict"] == "agrees"


def test_nothing_is_fetched_before_its_size_was_told_and_confirmed(hub: LocalHub, table: Path, tmp_path: Path) -> None:
    address = f"{hub.url}/datasets/{SET}/resolve/main/{table.name}"
    unsure = here(address, "--out", tmp_path / "x", answer="n\n")
    assert unsure.exit_code == 1
    assert f"revision   {COMMIT}" in unsure.output
    assert f"download   {table.stat().st_size / 1e3:,.1f} kB" in unsure.output
    assert "publisher  states SHA-256" in unsure.output
    assert hub.fetched(table.name) == []
    assert not (tmp_path / "x").exists()
    sure = here(address, "--out", tmp_path, answer="y\n")
    assert sure.exit_code == 0, sure.output
    assert (tmp_path / table.name).read_bytes() == table.read_bytes(), "a folder gets the file under its own name"


def test_what_was_sealed_is_never_replaced(hub: LocalHub, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.seal.json"
    out.write_text("kept")
    done = here(f"{hub.url}/datasets/{SET}/resolve/main/{table.name}", "--out", tmp_path / "x", "--yes")
    assert done.exit_code == 1
    assert "what was sealed is not replaced" in done.output
    assert out.read_text() == "kept"
    assert hub.seen == []


def test_a_file_that_is_not_what_its_publisher_states_is_told(hub: LocalHub, table: Path, tmp_path: Path) -> None:
    hub.sets[SET][table.name] = b"what the publisher has put there"
    done = here(f"{hub.url}/datasets/{SET}/resolve/main/{table.name}", "--out", tmp_path / "x", "--yes")
    assert done.exit_code == 1
    assert "which is not what its publisher states" in done.output
    assert json.loads((tmp_path / "x.seal.json").read_text())["verdict"] == "disagrees"


def test_a_file_elsewhere_on_the_web_is_sealed_without_a_publishers_word(tmp_path: Path) -> None:
    with LocalServer() as server:
        done = here(server.answers("/links.tsv", b"a\tb\n"), "--out", tmp_path / "links.tsv", "--yes")
    assert done.exit_code == 0, done.output
    assert "publisher  states no checksum that could be compared" in done.output
    assert "for which its publisher states no checksum." in done.output


@pytest.mark.parametrize("address", ["part-00000.parquet", "file:///etc/passwd", "https://"])
def test_what_is_no_address_of_a_file_is_one_sentence(address: str, tmp_path: Path) -> None:
    done = here(address, "--out", tmp_path / "x", "--yes")
    assert done.exit_code == 1
    assert len(done.output.strip().splitlines()) == 1, done.output
    assert "Traceback" not in done.output
