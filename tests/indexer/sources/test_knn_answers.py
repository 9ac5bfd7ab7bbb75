"""Answers of a lookup service: what is read from them, and that nothing in them can do more than cost a sentence."""

import json
import math
from collections.abc import Callable, Sized
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.core.errors import InputProblem
from indexer.sources.knn_answers import (
    LONGEST_ADDRESS,
    LONGEST_TEXT,
    NearRow,
    RowColumns,
    columns_of,
    read_columns,
    read_index_names,
    read_near_rows,
)
from tests.contracts.remote_source_contract import JSON_VALUES
from tests.helpers.knn_server import FILLER

ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.integers() | JSON_VALUES,
            "similarity": st.floats() | st.integers() | JSON_VALUES,
            "url": JSON_VALUES,
            "TEXT": JSON_VALUES,
            "width": st.floats() | st.integers() | JSON_VALUES,
            "md5": JSON_VALUES,
            "metadata": JSON_VALUES,
        },
    ),
    max_size=5,
)


def ids(rows: list[NearRow]) -> list[int]:
    return [row.id for row in rows]


def row(number: object, similarity: object, **columns: object) -> dict[str, Any]:
    return {"id": number, "similarity": similarity, **columns}


# Rows


def test_rows_come_the_nearest_first() -> None:
    assert read_near_rows([row(1, 0.25), row(2, 0.5), row(3, -1)], 9) == [
        NearRow(2, 0.5),
        NearRow(1, 0.25),
        NearRow(3, -1.0),
    ]


def test_a_row_of_a_filler_and_one_without_a_number_for_its_nearness_are_no_rows() -> None:
    """A re-ordered index adds one of -3.4e38; a NaN has become None, or not; FAISS fills up with the id -1."""
    content = [FILLER, row(1, None), row(2, math.nan), row(3, math.inf), row(4, -1.02), row(-1, 0.5), row(5, 0.5)]
    assert ids(read_near_rows(content, 9)) == [5]


def test_a_similarity_may_exceed_one_a_little() -> None:
    assert read_near_rows([row(1, 1.03)], 9) == [NearRow(1, 1.03)]


@pytest.mark.parametrize("similarity", [3.0, 27, 10**400])
def test_what_is_no_cosine_is_refused(similarity: float) -> None:
    """Vectors that are not of length 1, or an index that measures distances: what is near cannot be told there."""
    with pytest.raises(InputProblem, match="its similarities are no cosines"):
        read_near_rows([row(1, similarity)], 9)


def test_an_id_keeps_all_its_digits() -> None:
    assert ids(read_near_rows(json.loads('[{"id": 9007199254740993, "similarity": 0.5}]'), 9)) == [2**53 + 1]


def test_a_row_that_comes_twice_counts_once() -> None:
    assert read_near_rows([row(1, 0.25), row(1, 0.5), row(1, 0.125)], 9) == [NearRow(1, 0.5)]


def test_no_more_rows_than_were_asked_for() -> None:
    assert ids(read_near_rows([row(number, 0.5 + number / 100) for number in range(9)], 3)) == [8, 7, 6]


@pytest.mark.parametrize("content", [None, {}, "x", 1, True, {"message": "Internal Server Error"}])
def test_what_is_no_list_of_rows(content: object) -> None:
    for read in (lambda said: read_near_rows(said, 9), read_columns):
        with pytest.raises(InputProblem, match="its answer is not a list of rows"):
            read(content)


@pytest.mark.parametrize(
    ("entry", "because"),
    [
        ([], "its answer holds something that is no row"),
        ("x", "its answer holds something that is no row"),
        ({"similarity": 0.5}, "its answer holds a row without a number"),
        (row("5", 0.5), "its answer holds a row without a number"),
        (row(5.0, 0.5), "its answer holds a row without a number"),
        (row(True, 0.5), "its answer holds a row without a number"),
        (row(2**63, 0.5), "its answer holds a row without a number"),
        ({"id": 5}, "its answer holds a row without a similarity"),
        (row(5, "0.5"), "its answer holds a row without a similarity"),
        (row(5, True), "its answer holds a row without a similarity"),
    ],
)
def test_a_row_that_is_none(entry: object, because: str) -> None:
    """No row is dropped in silence."""
    with pytest.raises(InputProblem) as caught:
        read_near_rows([row(1, 0.5), entry], 9)
    assert caught.value.because == because


# What rows say


def test_a_row_without_columns_is_told_apart_from_one_that_has_some() -> None:
    bare, said = read_near_rows([row(1, 0.5), row(2, 0.25, url="https://example.org/2.png")], 9)
    assert bare.columns is None
    assert said.columns == RowColumns(url="https://example.org/2.png")


@pytest.mark.parametrize(
    "said",
    [
        {"url": "https://example.org/a.png", "caption": "a fox", "width": 640, "height": 480},
        {"URL": "https://example.org/a.png", "TEXT": "a fox", "WIDTH": 640.0, "HEIGHT": 480.0},
        {"Url": "https://example.org/a.png", "text": "a fox", "width": 640, "height": 480, "caption": None},
        {
            "url": "https://example.org/a.png",
            "caption": "a fox",
            "width": 256,
            "height": 192,
            "original_width": 640,
            "original_height": 480,
            "image": "iVBORw0KGgo=",
            "NSFW": "UNLIKELY",
            "image_path": "000000123",
        },
    ],
)
def test_columns_are_known_under_any_capitals(said: dict[str, object]) -> None:
    assert columns_of(said) == RowColumns("https://example.org/a.png", "a fox", 640, 480)


def test_checksums_are_taken_where_they_are_some() -> None:
    good = columns_of({"url": "x", "sha256": "AB" * 32, "MD5": "cd" * 16})
    assert (good.sha256, good.md5) == ("ab" * 32, "cd" * 16)
    bad = columns_of({"url": "x", "sha256": "cd" * 16, "md5": 5})
    assert (bad.sha256, bad.md5) == (None, None)


@pytest.mark.parametrize("gap", [None, "", "  ", math.nan, -1, 0, 0.4, 2**40, True, [], "640"])
def test_gaps_are_gaps(gap: object) -> None:
    """`None` is what a NaN has become."""
    said = columns_of({"url": "x", "caption": gap if not isinstance(gap, str) else gap.strip("640"), "width": gap})
    assert (said.caption, said.width) == (None, None)


def test_a_row_that_says_nothing_says_so() -> None:
    assert columns_of({}).notes == ("The service says neither an address nor a caption of this row.",)


def test_a_picture_that_has_a_name_only() -> None:
    assert columns_of({"image_path": "0001/000123"}).notes == ("The service calls its picture 0001/000123.",)


def test_a_caption_is_cut_and_an_address_is_not() -> None:
    said = columns_of({"url": "https://example.org/" + "x" * LONGEST_ADDRESS, "caption": "y" * 100_000})
    assert said.url is None
    assert said.notes == (f"Its address is {LONGEST_ADDRESS + 20:,} characters long and was left out.",)
    assert said.caption == "y" * (LONGEST_TEXT - 1) + "…"


def test_halves_of_characters_become_whole_ones() -> None:
    """JSON can write them, and no file or database can hold them."""
    said = columns_of(json.loads(r'{"url": "https://example.org/\ud800", "caption": "a \udfff fox"}'))
    assert (said.url, said.caption) == ("https://example.org/\ufffd", "a \ufffd fox")


def test_columns_asked_for_by_id() -> None:
    said = read_columns([{"id": 2**53 + 1, "metadata": {"URL": "x"}}, {"id": 5, "metadata": {}}])
    assert said == {2**53 + 1: RowColumns("x"), 5: columns_of({})}


# Indexes


def test_names_of_indexes() -> None:
    assert read_index_names(["laion5B-L-14", "laion_400m"]) == ("laion5B-L-14", "laion_400m")
    assert read_index_names([]) == ()


@pytest.mark.parametrize("content", [None, {}, "laion5B", {"indices": ["a"]}, ["a", 1], ["a", None], [""], [["a"]]])
def test_what_is_no_list_of_names(content: object) -> None:
    with pytest.raises(InputProblem, match="what answers there is no lookup service: it gives no list of indexes"):
        read_index_names(content)


@pytest.mark.parametrize("content", [["x" * 300], ["x"] * 20_000])
def test_a_list_of_names_is_short(content: object) -> None:
    with pytest.raises(InputProblem, match="a list of indexes that is too long to be one"):
        read_index_names(content)


# Anything


def rows_or_sentence(read: Callable[[object], Sized], content: object) -> bool:
    """Whether what it gives is at most what was answered, or else one line of words."""
    try:
        return len(read(content)) <= len(content)  # type: ignore[arg-type]
    except InputProblem as problem:
        return bool(problem.because) and "\n" not in problem.because


@given(content=JSON_VALUES | ROWS)
def test_whatever_is_answered_there_are_rows_or_a_sentence(content: object) -> None:
    for read in (read_index_names, lambda said: read_near_rows(said, 5), read_columns):
        assert rows_or_sentence(read, content)


@given(said=st.dictionaries(st.sampled_from(["url", "URL", "text", "width", "sha256", "image_path"]), JSON_VALUES))
def test_whatever_a_row_says_it_can_be_written_down(said: dict[str, Any]) -> None:
    read = columns_of(said)
    for text in (read.url, read.caption, *read.notes):
        (text or "").encode()
    assert read.width is None or 0 < read.width < 2**31
