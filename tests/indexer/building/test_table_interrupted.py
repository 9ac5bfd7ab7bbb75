"""A build over range requests that was killed goes on where it was, and its index is that of brute force."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.building.contract import Built
from indexer.core.errors import InputProblem
from indexer.index.folder import IndexFolder
from indexer.index.manifest import MANIFEST_NAME, read_manifest
from tests.helpers.indexes import content
from tests.helpers.many_rows import Served, assert_is_brute_force, save_many, serve
from tests.helpers.tables import build_table_index


@pytest.fixture(scope="module")
def six_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serve(tmp_path_factory.mktemp("six"), 60_000, 6, 5_000)


@pytest.fixture(scope="module")
def whole(six_files: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that nobody interrupted."""
    out = tmp_path_factory.mktemp("whole") / "index"
    assert six_files.build(out) == Built(rows=60_000, skipped=0, resumed=0)
    return out


def assert_same_but_for_the_time(out: Path, whole: Path) -> None:
    ours, others = content(out), content(whole)
    assert ours.keys() == others.keys()
    assert all(ours[name] == others[name] for name in ours if name != MANIFEST_NAME)
    assert read_manifest(out).tables == read_manifest(whole).tables


def test_the_index_is_that_of_brute_force(six_files: Served, whole: Path) -> None:
    assert_is_brute_force(whole, six_files.codes, 300)


def test_only_the_column_travels(six_files: Served, whole: Path) -> None:
    for table, place in zip(read_manifest(whole).tables, six_files.places, strict=True):
        assert table.bytes == place.stat().st_size
        assert table.validator == f'"{place.stat().st_mtime_ns:x}"'
        assert 0 < table.bytes_read < table.bytes * 0.75, "the file's head and end alone are half a megabyte of two"
        assert table.is_remote


def test_a_build_that_was_killed_reads_again_at_most_the_file_in_hand(
    six_files: Served, whole: Path, tmp_path: Path
) -> None:
    six_files.kill_at(tmp_path / "index", "reading table 4 of 6 5000")
    assert not (tmp_path / "index").exists()
    before = six_files.asked(0), six_files.asked(3)
    assert six_files.build(tmp_path / "index") == Built(rows=60_000, skipped=0, resumed=3)
    assert six_files.asked(0) == before[0] + 1, "what it is now was asked for, and nothing more"
    assert six_files.asked(3) > before[1] + 2
    assert_same_but_for_the_time(tmp_path / "index", whole)


@pytest.mark.parametrize("said", ["writing the index 0", "swap"])
def test_a_build_that_was_killed_at_its_end_reads_nothing_again(
    six_files: Served, whole: Path, tmp_path: Path, said: str
) -> None:
    six_files.kill_at(tmp_path / "index", said)
    assert six_files.build(tmp_path / "index") == Built(rows=60_000, skipped=0, resumed=6)
    assert_same_but_for_the_time(tmp_path / "index", whole)
    assert [place.name for place in tmp_path.iterdir()] == ["index"]


def test_a_file_that_changed_on_its_server_is_read_again(tmp_path: Path) -> None:
    serving = serve(tmp_path / "served", 2_000, 2, 1_000)
    served = next(serving)
    served.kill_at(tmp_path / "index", "reading table 2 of 2 0")
    name = served.places[0].name
    changed = save_many(tmp_path / "other", served.codes[::-1][:1000], 1, 1_000)[0].read_bytes()
    served.server.plays(f"/{name}", lambda visit: visit.answer_with_part(changed, '"changed"'))
    assert served.build(tmp_path / "index").resumed == 0
    with IndexFolder(tmp_path / "index") as index:
        assert index.bit_index("phash").search(served.codes[-1:, None], 0).row.tolist() == [0, 1999]
    assert next(serving, None) is None


def test_a_server_that_is_gone_ends_the_build_and_keeps_what_was_read(tmp_path: Path) -> None:
    serving = serve(tmp_path / "served", 2_000, 2, 1_000)
    served = next(serving)
    second = served.server.scripts[f"/{served.places[1].name}"]
    served.server.answers(f"/{served.places[1].name}", b"gone", 503)
    with pytest.raises(InputProblem) as caught:
        served.build(tmp_path / "index")
    assert caught.value.path.endswith(served.places[1].name)
    assert "(1 of 2 tables were read and are kept; the same command goes on)" in caught.value.because
    served.server.plays(f"/{served.places[1].name}", second)
    assert served.build(tmp_path / "index") == Built(rows=2_000, skipped=0, resumed=1)
    assert next(serving, None) is None


def test_without_a_ledger_nothing_is_asked_of_another_computer(six_files: Served, tmp_path: Path) -> None:
    before = len(six_files.server.seen)
    with pytest.raises(InputProblem, match="nothing may be asked of the network"):
        build_table_index(six_files.written, tmp_path / "index")
    assert len(six_files.server.seen) == before
