"""What a stopped check had found is there when it goes on, and damage costs a part of it, never the check."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.core.errors import StorageProblem
from indexer.core.types import Basis, Edit, EditKind, Grade, Match
from indexer.matching.checkpoint import Batch, Checkpoint
from indexer.matching.contract import Found

ASKED = ("settings", "source 1", "a.png 12ab")

MATCH = Match(
    artwork="mine/a.png",
    source="./index",
    row="ä\nb.png",
    row_key="sha256:12ab",
    url=None,
    caption="a “caption”",
    grade=Grade.EDITED_COPY,
    verified=True,
    basis=(Basis.PIXELS, Basis.HASH),
    edit="mirrored",
    edits=(Edit(EditKind.MIRRORED), Edit(EditKind.TURNED, 90.0)),
    chance=1e-12,
    scores={"phash_distance": 2.0},
    reasons=("One sentence.",),
)
FIRST = Batch(("mine/a.png", "mine/b.png"), ("./index",), (Found(MATCH, "Set", "1", b"\xff\xd8\r\n", None),))
SECOND = Batch(("mine/c.png",), ("./index", "other"), ())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "checkpoints"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file after two batches."""
    folder = tmp_path_factory.mktemp("two")
    begin(folder, FIRST, SECOND)
    return file_in(folder).read_bytes()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("room")


def begin(folder: Path, *batches: Batch, asked: tuple[str, ...] = ASKED) -> None:
    checkpoint = Checkpoint(folder, asked)
    for batch in batches:
        checkpoint.add(batch)


def left_in(folder: Path, asked: tuple[str, ...] = ASKED) -> list[Batch]:
    return Checkpoint(folder, asked).batches()


def file_in(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_a_check_that_never_began_left_nothing(folder: Path) -> None:
    assert left_in(folder) == []


def test_what_was_found_comes_back_as_it_was(folder: Path) -> None:
    begin(folder, FIRST, SECOND)
    assert left_in(folder) == [FIRST, SECOND]
    assert left_in(folder) == [FIRST, SECOND], "looking at it changes nothing"


def test_a_finished_check_leaves_nothing(folder: Path) -> None:
    begin(folder, FIRST)
    Checkpoint(folder, ASKED).done()
    assert list(folder.iterdir()) == []
    Checkpoint(folder, ASKED).done()


@pytest.mark.parametrize("at", range(len(ASKED)))
def test_another_question_does_not_get_these_answers(folder: Path, at: int) -> None:
    begin(folder, FIRST)
    other = (*ASKED[:at], ASKED[at] + "0", *ASKED[at + 1 :])
    assert left_in(folder, other) == []
    begin(folder, SECOND, asked=other)
    assert left_in(folder) == [FIRST]
    assert left_in(folder, other) == [SECOND]


def test_wherever_a_kill_cuts_the_file_whole_batches_stay(room: Path, two: bytes) -> None:
    begin(room, FIRST)
    file = file_in(room)
    for cut in [*range(0, len(two), 5), *range(len(two) - 3, len(two) + 1)]:
        file.write_bytes(two[:cut])
        assert left_in(room) == [FIRST, SECOND][: two[:cut].count(b"\n")]


def test_after_a_cut_it_goes_on_behind_the_last_whole_batch(folder: Path, two: bytes) -> None:
    begin(folder, FIRST)
    file_in(folder).write_bytes(two[:-5])
    checkpoint = Checkpoint(folder, ASKED)
    assert checkpoint.batches() == [FIRST]
    checkpoint.add(SECOND)
    assert left_in(folder) == [FIRST, SECOND]


@settings(deadline=None)
@given(where=st.integers(0, 10**6), damage=st.binary(min_size=1, max_size=20))
def test_any_damage_leaves_the_batches_before_it(room: Path, two: bytes, where: int, damage: bytes) -> None:
    """Its lines end before the damage, so what they say is what was found."""
    begin(room, FIRST)
    at = where % len(two)
    file_in(room).write_bytes(two[:at] + damage + two[at + len(damage) :])
    whole = two[:at].count(b"\n")
    assert left_in(room)[:whole] == [FIRST, SECOND][:whole]


@pytest.mark.parametrize(
    "line",
    [b"null", b"[]", b"{}", b'{"works":["\xff"],"answered":[],"found":[]}', b"\xff\xfe", b"\0" * 4096],
    ids=["null", "a list", "nothing in it", "no text inside", "no text", "zeros, as after a power cut"],
)
def test_a_line_of_something_else_ends_what_is_read(folder: Path, two: bytes, line: bytes) -> None:
    begin(folder, FIRST)
    first, second = two.splitlines(keepends=True)
    file_in(folder).write_bytes(first + line + b"\n" + second)
    assert left_in(folder) == [FIRST]


def test_a_place_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageProblem, match="what a check has found so far cannot be written down"):
        Checkpoint(tmp_path / "file" / "checkpoints", ASKED)


def test_a_folder_in_its_place_is_a_sentence(folder: Path) -> None:
    begin(folder, FIRST)
    file = file_in(folder)
    file.unlink()
    file.mkdir()
    checkpoint = Checkpoint(folder, ASKED)
    for use in (checkpoint.batches, lambda: checkpoint.add(FIRST), checkpoint.done):
        with pytest.raises(StorageProblem, match="what a check has found so far cannot be written down"):
            use()
