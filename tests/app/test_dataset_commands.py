"""`exhibit-a datasets …` by the real command line: the list, a card, what is set up here and how it is, tokens."""

import io
import json
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from app.dataset_commands import datasets
from indexer.building.contract import PictureBuild
from indexer.building.pictures import build_from_pictures
from indexer.core.progress import Monitor
from indexer.sources.catalogue import read_catalogue
from tests.helpers.hub import COMMIT, LocalHub
from tests.helpers.keyrings import LockedKeyring, MemoryKeyring, in_use
from tests.helpers.pictures import draw, save_all
from tests.helpers.program import COMMAND, end_when, run
from tests.helpers.tables import coyo_rows, proper_codes


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ix")
    pictures = save_all(root / "pictures", {f"{number}.png": draw(number, (120, 90)) for number in range(3)})
    build_from_pictures(PictureBuild(pictures, root / "ix", "three"), Monitor())
    return root / "ix"


def here(*arguments: str | Path, exit_code: int = 0) -> str:
    """Within this process, which is faster than a new one."""
    done = CliRunner().invoke(datasets, list(map(str, arguments)))
    assert done.exit_code == exit_code, done.output
    return done.output


def refused(*arguments: str | Path) -> str:
    return here(*arguments, exit_code=1)


def test_the_list_says_of_every_set_what_it_could_answer_in_plain_words() -> None:
    lines = here("list").splitlines()
    for record in read_catalogue().records:
        at = next(number for number, line in enumerate(lines) if line.split() and line.split()[0] == record.slug)
        assert f"{record.rows.value:,} rows" in lines[at]
        assert record.name in lines[at + 1]
    coyo = next(number for number, line in enumerate(lines) if line.startswith("coyo-700m"))
    assert lines[coyo + 2] == "  could answer: fingerprints of whole pictures, web addresses, names"
    assert "withdrawn since 2023-12-19" in next(line for line in lines if line.startswith("laion2b-en "))
    for technical in ("perceptual", "neural", "attribution", "Lane"):
        assert technical not in "\n".join(lines)


def test_whoever_reads_no_further_is_told_nothing() -> None:
    """As `exhibit-a datasets list | head` does."""
    process = subprocess.Popen([*COMMAND, "datasets", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert said == b""


def test_a_card_shows_how_sure_each_fact_is_and_where_it_was_read() -> None:
    done = run("datasets", "show", "coyo-700m")
    assert done.returncode == 0, done.stderr
    card = done.stdout
    assert "rows          746,972,269 [documented: kakaobrain/coyo-dataset README]" in card
    assert "imagehash.phash(8)" in card
    assert "[inferred: kakaobrain/coyo-dataset issue 14 and README samples]" in card
    assert "[unverified: " in card
    assert "This data set is named by the makers of Karlo as a source of its training data" in card
    assert "13.0 GB, about 1 h 9 min at 25 Mbit/s" in card
    assert "[from memory, unverified]" in here("show", "sbu")
    assert "13.0 GB, about 17 h 18 min at 1.67 Mbit/s" in here("show", "coyo-700m", "--mbit", "1.67")


def test_every_fact_of_every_card_carries_its_mark() -> None:
    for record in read_catalogue().records:
        card = here("show", record.slug)
        facts = [line for line in card.splitlines() if line.startswith("   ") or line[2:14].strip()][2:]
        unmarked = [
            line
            for line in facts
            if not line.rstrip().endswith("]") and not line.startswith(("  can answer", "  That a", "  No model"))
        ]
        assert unmarked == [], record.slug
        assert "by the makers of" in card or "not by the makers of" in card or "No model is known" in card


def test_an_unknown_name_is_answered_with_one_that_is_near() -> None:
    said = refused("show", "coyo")
    assert said == "coyo: the catalogue holds no data set of that name; perhaps you mean coyo-700m or laion-coco.\n"


def test_what_is_set_up_here_is_told_asked_and_forgotten(index: Path, tmp_path: Path, own_home: Path) -> None:
    assert refused("check") == "No data set is set up here yet, so there is nothing to ask.\n"
    assert "No data set is set up here yet." in here("list", "--here")
    gone = tmp_path / "gone"
    gone.mkdir()
    here("add", "mine", index)
    here("add", "danbooru2023", gone, "--revision", "0123abc")
    gone.rmdir()
    listed = here("list", "--here")
    assert "– here as danbooru2023" in listed
    assert "mine" in listed
    assert "coyo" not in listed
    kept = json.loads((own_home / "data" / "registry.json").read_text())["sets"]
    assert kept["danbooru2023"]["revision"] == "0123abc"
    assert kept["mine"]["opens"] == str(index)
    asked = run("datasets", "check")
    assert asked.returncode == 0, "one of two answers"
    mine = next(line for line in asked.stdout.splitlines() if line.startswith("mine: "))
    assert mine.startswith("mine: answers: ")
    assert "danbooru2023: does not answer: " in asked.stdout
    assert refused("check", "danbooru2023").endswith("None of them answers.\n")
    assert here("remove", "mine") == f"mine: forgotten. What it opened stays: {index}\n"
    assert index.is_dir()
    assert refused("remove", "mine") == "mine: no data set of that name is set up here.\n"


def test_a_name_that_is_set_up_anew_says_what_it_opened_before(index: Path) -> None:
    assert here("add", "mine", index) == f"mine: set up, opens {index}.\n"
    assert here("add", "mine", index) == f"mine: set up, opens {index}.\n"
    said = here("add", "mine", "https://example.org/knn")
    assert said == (
        f"mine: set up, opens https://example.org/knn. Before, mine opened {index}, which stays where it is.\n"
    )


def test_what_is_set_up_must_be_there_and_be_known(index: Path, tmp_path: Path) -> None:
    assert "there is no such folder or file" in refused("add", "mine", tmp_path / "nothing")
    assert "perhaps you mean" in refused("add", "mine", index, "--dataset", "coyo")
    here("add", "friend", "https://example.org/knn-service", "--dataset", "laion2b-en")
    assert "here as friend" in here("list", "--here")


def test_a_damaged_list_of_what_is_set_up_is_one_sentence(own_home: Path) -> None:
    place = own_home / "data" / "registry.json"
    place.parent.mkdir(parents=True)
    place.write_text("{")
    done = run("datasets", "list")
    assert done.returncode == 1
    assert (
        done.stderr == f"{place}: it is damaged: it should be the list of data sets that are set up here, and is not.\n"
    )


def test_a_token_goes_from_the_keyboard_to_the_keyring_and_is_never_shown(own_home: Path) -> None:
    ring = MemoryKeyring()
    with in_use(ring):
        done = CliRunner().invoke(datasets, ["token", "huggingface.co"], input="hf_Secret123\n")
        assert done.output == "huggingface.co: kept in this computer's keyring.\n"
        assert list(ring.kept.values()) == ["hf_Secret123"]
        assert here("token", "huggingface.co", "--forget") == "huggingface.co: forgotten.\n"
        assert here("token", "huggingface.co", "--forget") == "huggingface.co: there was none.\n"
        refusal = CliRunner().invoke(datasets, ["token", "huggingface.co"], input="two words\n")
        assert refusal.exit_code == 1
        assert "is no access token" in refusal.output
        assert "two words" not in refusal.output
    assert ring.kept == {}
    assert not any(b"hf_Secret123" in file.read_bytes() for file in own_home.rglob("*") if file.is_file())
    with in_use(LockedKeyring()):
        locked = CliRunner().invoke(datasets, ["token", "huggingface.co"], input="hf_Secret123\n")
        assert "did not take the access token" in locked.output


def coyo(hub: LocalHub, files: int) -> None:
    name = "data/part-{:05d}-17da4908-939c-46e5-91d0-15f256041956-c000.snappy.parquet"
    content = {}
    for number in range(files):
        buffer = io.BytesIO()
        pq.write_table(coyo_rows(proper_codes(2000, number), 2000 * number), buffer)
        content[name.format(number)] = buffer.getvalue()
    hub.publish("kakaobrain/coyo-700m", content)


def test_a_set_is_fetched_after_its_cost_was_told_and_is_set_up_then(tmp_path: Path, own_home: Path) -> None:
    out = tmp_path / "coyo"
    with LocalHub() as hub:
        coyo(hub, 2)
        asked = ("datasets", "get", "coyo-700m", "--out", out, "--from", hub.url, "--allow-private-hosts")
        unsure = run(*asked)
        assert unsure.returncode == 1
        assert f"  from      kakaobrain/coyo-700m at {hub.url}, version {COMMIT[:12]}, 2 files" in unsure.stdout
        assert "about 1 min at 25 Mbit/s" in unsure.stdout
        assert not out.exists(), "nobody said yes"
        done = run(*asked, "--yes")
        assert done.returncode == 0, done.stderr
        assert f"{out / 'index'}: 2 files read, 4,000 rows. “check --source coyo-700m” searches it." in done.stdout
    entry = json.loads((own_home / "data" / "registry.json").read_text())["sets"]["coyo-700m"]
    assert (entry["opens"], entry["revision"]) == (str(out / "index"), COMMIT)
    assert "COYO-700M – here as coyo-700m" in here("list", "--here")
    ledgers = "".join(place.read_text() for place in (own_home / "data" / "ledgers").iterdir())
    assert "/tree/" in ledgers
    assert "part-00001" in ledgers


@pytest.mark.full
def test_a_fetching_that_was_killed_is_finished_by_the_same_command(tmp_path: Path) -> None:
    out = tmp_path / "coyo"
    with LocalHub() as hub:
        coyo(hub, 3)
        asked = ["datasets", "get", "coyo-700m", "--out", out, "--from", hub.url, "--allow-private-hosts", "--yes"]
        end_when(
            asked, lambda: len(hub.fetched("part-00001-17da4908-939c-46e5-91d0-15f256041956-c000.snappy.parquet")) > 0
        )
        assert not (out / "index").exists()
        assert (out / "provenance.json").exists()
        done = run(*asked)
        assert done.returncode == 0, done.stderr
        assert "3 files read, 6,000 rows" in done.stdout


def test_offline_nothing_of_a_set_is_fetched(tmp_path: Path) -> None:
    done = run("datasets", "get", "coyo-700m", "--out", tmp_path / "coyo", "--offline", "--yes")
    assert done.returncode == 1
    assert "offline" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "coyo").exists()
