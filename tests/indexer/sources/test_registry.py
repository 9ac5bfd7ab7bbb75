"""The data sets that were set up here: kept by name, never half-written, told in a sentence when damaged."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.core.errors import InputProblem, StorageProblem
from indexer.sources.registry import Entry, Registry
from tests.helpers.permissions import CANNOT_FORBID, WHY, folder_for_everybody, ordinary_user

COYO = Entry("/data/coyo", "coyo-700m", "0123abc", "2026-11-25T03:00:00Z")
MINE = Entry("https://example.org/knn", "", "", "2026-11-25T03:00:00Z")


def test_nothing_is_set_up_before_something_is(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry.json")
    assert registry.names() == ()
    assert registry.find("coyo-700m") is None
    assert not (tmp_path / "registry.json").exists(), "looking writes nothing"


def test_what_is_set_up_is_found_by_its_name_also_by_the_next_program(tmp_path: Path) -> None:
    place = tmp_path / "data" / "registry.json"
    Registry(place).add("mine", MINE)
    Registry(place).add("coyo-700m", COYO)
    assert Registry(place).names() == ("coyo-700m", "mine")
    assert Registry(place).find("coyo-700m") == COYO
    assert list(Registry(place).entries()) == ["coyo-700m", "mine"]
    assert [file.name for file in place.parent.iterdir()] == ["registry.json"]


def test_a_name_that_is_set_up_again_means_the_newer_one(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry.json")
    registry.add("mine", COYO)
    registry.add("mine", MINE)
    assert registry.find("mine") == MINE


def test_a_set_that_is_forgotten_keeps_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "coyo"
    folder.mkdir()
    registry = Registry(tmp_path / "registry.json")
    registry.add("coyo-700m", Entry(str(folder), "coyo-700m", "", "2026-11-25T03:00:00Z"))
    assert registry.remove("coyo-700m").opens == str(folder)
    assert registry.names() == ()
    assert folder.is_dir()
    with pytest.raises(InputProblem, match="no data set of that name is set up here"):
        registry.remove("coyo-700m")


@pytest.mark.parametrize("name", ["", "a b", "../x", "a/b", ".x", "hf://x", "x" * 81, "ä"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputProblem, match="only letters, digits, dots and hyphens"):
        Registry(tmp_path / "registry.json").add(name, MINE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary() | st.text().map(str.encode) | st.just(b'{"format": 1, "sets": {"x": {"opens": 3}}}'))
def test_a_damaged_file_is_told_in_a_sentence_and_left_alone(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "registry.json"
    place.write_bytes(content)
    for use in (Registry(place).names, lambda: Registry(place).add("mine", MINE)):
        with pytest.raises(InputProblem, match="it is damaged: it should be the list of data sets"):
            use()
    assert place.read_bytes() == content


def test_a_file_of_another_version_and_one_that_is_no_list_are_refused(tmp_path: Path) -> None:
    place = tmp_path / "registry.json"
    place.write_text('{"format": 2, "sets": {}}')
    with pytest.raises(InputProblem, match="written by another version"):
        Registry(place).names()
    place.write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(InputProblem, match="far too large"):
        Registry(place).names()
    with pytest.raises(InputProblem, match="it cannot be read"):
        Registry(tmp_path).names()


@pytest.mark.skipif(CANNOT_FORBID, reason=WHY)
def test_a_place_that_cannot_be_written_is_told() -> None:
    with folder_for_everybody() as folder:
        folder.chmod(0o555)
        with ordinary_user(), pytest.raises(StorageProblem, match="it cannot be written"):
            Registry(folder / "registry.json").add("mine", MINE)
