"""One check of three sources of three kinds, one of them dead: an index of pictures, a table of links, a service."""

import csv
import hashlib
import json
import socket
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.indexes import build_index
from tests.helpers.pictures import draw, recompressed, save_all
from tests.helpers.program import run

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any], dict[str, str]]:
    """What the program prints, the JSON that it writes, and how each source was written."""
    room = tmp_path_factory.mktemp("three")
    mine = save_all(room / "mine", {"fox.png": draw(1), "heron.png": draw(2), "stone.png": draw(3)})
    pictures = save_all(room / "pictures", {f"{seed}.png": draw(seed) for seed in range(40, 50)})
    (pictures / "a fox, saved again.jpg").write_bytes(recompressed_bytes(1))
    build_index(pictures, room / "index")
    sources = {"index": str(room / "index"), "table": str(table_of_links(room, mine)), "dead": dead_address()}
    written = [option for source in sources.values() for option in ("--source", source)]
    done = run(
        "check", mine, *written, "--site", "lunavale.example", "--name", "deviantart:lunavale", "--name", "Luna Vale",
        "--allow-private-hosts", "--json", room / "found.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((room / "found.json").read_text(encoding="utf-8")), sources


def recompressed_bytes(seed: int) -> bytes:
    import io

    out = io.BytesIO()
    recompressed(draw(seed)).save(out, "JPEG", quality=70)
    return out.getvalue()


def table_of_links(room: Path, mine: Path) -> Path:
    """As DataComp has them: addresses, texts, and the SHA-256 of each file; the heron is listed as it is."""
    place = room / "links.csv"
    rows = [(f"https://pictures.example/{number}.jpg", f"picture {number}", f"{number:064x}") for number in range(500)]
    rows[17] = ("https://elsewhere.example/heron.png", "a bird", sha256(mine / "heron.png"))
    rows[100] = ("https://cdn.lunavale.example/shop/1-300x300.jpg?utm_source=x", "mug", rows[100][2])
    rows[200] = ("https://pictures.example/200.jpg", "Portrait, in the manner of Luna Vale", rows[200][2])
    with place.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("url", "text", "sha256"), *rows])
    return place


def sha256(place: Path) -> str:
    return hashlib.sha256(place.read_bytes()).hexdigest()


def dead_address() -> str:
    """Of a service that is not there any more."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/#index=laion&model=ViT-L-14-quickgelu,openai"


Result = tuple[str, dict[str, Any], dict[str, str]]


def test_two_sources_give_their_matches(result: Result) -> None:
    _, found, sources = result
    graded = defaultdict(set)
    for match in found["matches"]:
        graded[match["source"]].add((match["grade"], Path(match["artwork"] or "").name, match["url"]))
    assert ("same_image", "fox.png", "a fox, saved again.jpg") in graded[sources["index"]]
    assert graded[sources["table"]] == {
        ("identical_file", "heron.png", "https://elsewhere.example/heron.png"),
        ("listed", "", "https://cdn.lunavale.example/shop/1-300x300.jpg?utm_source=x"),
        ("named", "", "https://pictures.example/200.jpg"),
    }
    assert sources["dead"] not in graded


def test_the_third_is_not_searched_because(result: Result) -> None:
    said, found, sources = result
    dead = [entry for entry in found["coverage"] if entry["source"] == sources["dead"]]
    assert {entry["searched"] for entry in dead} == {False}
    assert len({entry["because"] for entry in dead}) == 1
    assert "not searched: the very same file; fingerprints of whole pictures" in said
    assert dead[0]["because"] in said


def test_what_was_searched_names_set_rows_and_ways_of_looking(result: Result) -> None:
    _, found, sources = result
    searched = {(entry["source"], entry["lane"]): entry["rows"] for entry in found["coverage"] if entry["searched"]}
    assert searched == {
        (sources["index"], "exact"): 11,
        (sources["index"], "perceptual"): 11,
        (sources["index"], "local"): 11,
        (sources["table"], "exact"): 500,
        (sources["table"], "location"): 500,
        (sources["table"], "attribution"): 500,
    }


def test_the_summary_tells_copies_addresses_and_names_apart(result: Result) -> None:
    said, _, _ = result
    assert "Found: 2 of your 3 pictures, in 2 rows." in said
    assert "Listed: 1 row holds an address or account that you named." in said
    assert "Not counted: 1 row holds a name of yours, which may be somebody else’s" in said
    assert "trained on it" in said.splitlines()[-1]
