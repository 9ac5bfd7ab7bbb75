"""`exhibit-a index build` from tables and from vectors, as a person uses it; from pictures: `test_index_command.py`."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.fingerprints.phash import phash
from tests.helpers.pictures import draw, save_all
from tests.helpers.program import run
from tests.helpers.server import LocalServer

OTHERS = [0xAAAA_AAAA_AAAA_AAAA, 0xCCCC_CCCC_CCCC_CCCC, 0xF0F0_F0F0_F0F0_F0F0]
"""As many ones as zeros, as a pHash has."""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return save_all(tmp_path / "mine", {"fox.png": draw(1)})


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """As COYO lays them: two files; the second one lists the fox."""
    folder = tmp_path / "set"
    folder.mkdir()
    for number, hashes in enumerate((OTHERS, [phash(draw(1)), 1 << 63])):
        width, height = draw(1).size
        rows = {
            "id": list(range(len(hashes))),
            "url": [f"https://pictures.example/{number}/{row}.jpg" for row in range(len(hashes))],
            "text": ["a picture"] * len(hashes),
            "width": [width] * len(hashes),
            "height": [height] * len(hashes),
            "image_phash": [f"{value:016x}" for value in hashes],
        }
        pq.write_table(pa.table(rows), folder / f"part-{number:05d}.parquet")
    return folder


def found_in(index: Path, mine: Path, *options: str) -> list[dict[str, object]]:
    done = run("check", mine, "--source", index, "--json", index.with_suffix(".json"), *options)
    assert done.returncode == 0, done.stderr
    return json.loads(index.with_suffix(".json").read_text(encoding="utf-8"))["matches"]


def test_from_hashes_of_a_folder_of_tables(mine: Path, tables: Path, tmp_path: Path) -> None:
    built = run("index", "build", tables, "--from", "hashes", "--out", tmp_path / "ix", "--dataset", "Links")
    assert (built.returncode, built.stdout) == (0, f"{tmp_path / 'ix'}: 5 rows indexed, 0 files skipped.\n")
    (match,) = found_in(tmp_path / "ix", mine)
    assert (match["grade"], match["verified"], match["url"]) == (
        "same_image",
        False,
        "https://pictures.example/1/0.jpg",
    )
    told = run("index", "info", tmp_path / "ix").stdout
    assert "2 files" in told
    assert "left out  1 degenerate" in told


def test_from_addresses_of_tables_listed_in_a_file(mine: Path, tables: Path, tmp_path: Path) -> None:
    with LocalServer(tables) as server:
        listed = tmp_path / "addresses.txt"
        listed.write_text("\n".join(f"{server.url}/{place.name}" for place in sorted(tables.iterdir())))
        built = run("index", "build", listed, "--from", "table", "--out", tmp_path / "ix", "--allow-private-hosts")
        assert built.returncode == 0, built.stderr
        (match,) = found_in(tmp_path / "ix", mine, "--allow-private-hosts")
        assert match["url"] == "https://pictures.example/1/0.jpg"
    assert "read by ranges" in run("index", "info", tmp_path / "ix").stdout


def test_offline_nothing_is_read_from_another_computer(tables: Path, tmp_path: Path) -> None:
    with LocalServer(tables) as server:
        address = f"{server.url}/part-00000.parquet"
        built = run("index", "build", address, "--from", "hashes", "--out", tmp_path / "ix", "--offline")
        assert server.seen == []
    assert built.returncode == 1
    assert "Traceback" not in built.stderr
    assert "nothing may be asked of the network" in built.stderr.splitlines()[-1]


def test_a_column_that_has_another_name_is_named(mine: Path, tables: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "renamed.parquet"
    table = pq.read_table(tables / "part-00001.parquet")
    pq.write_table(
        table.rename_columns([{"image_phash": "look"}.get(name, name) for name in table.column_names]), renamed
    )
    unnamed = run("index", "build", renamed, "--from", "hashes", "--out", tmp_path / "ix")
    assert unnamed.returncode == 1
    named = run("index", "build", renamed, "--from", "hashes", "--out", tmp_path / "ix", "--column", "phash=look")
    assert named.returncode == 0, named.stderr
    assert len(found_in(tmp_path / "ix", mine)) == 1


def test_from_embeddings(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "img_emb").mkdir(parents=True)
    (folder / "metadata").mkdir()
    vectors = np.random.default_rng(3).normal(size=(50, 512)).astype(np.float16)
    np.save(folder / "img_emb" / "img_emb_0.npy", vectors)
    pq.write_table(
        pa.table({"url": [f"https://p.example/{n}" for n in range(50)]}), folder / "metadata" / "metadata_0.parquet"
    )
    unnamed = run("index", "build", folder, "--from", "embeddings", "--out", tmp_path / "ix")
    assert unnamed.returncode == 1
    assert "model" in unnamed.stderr
    model = "ViT-B-32-quickgelu,openai"
    built = run("index", "build", folder, "--from", "embeddings", "--out", tmp_path / "ix", "--model", model)
    assert (built.returncode, built.stdout) == (0, f"{tmp_path / 'ix'}: 50 rows indexed.\n"), built.stderr
    assert model in run("index", "info", tmp_path / "ix").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing", "--from", "images"), "a folder of pictures that exists"),
        (("nothing", "--from", "embeddings"), "a folder of vectors that exists"),
        (("a.parquet", "--from", "hashes", "--model", "M,T"), "are for pictures"),
        (("a.parquet", "--from", "hashes", "--column", "clip=x"), "KIND is one of"),
        (("a.parquet", "--from", "hashes", "--column", "phash"), "write KIND=NAME"),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run("index", "build", *arguments, "--out", tmp_path / "ix")
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
