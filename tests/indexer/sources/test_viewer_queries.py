"""Questions in the language of `/filter`: only what its grammar takes, and nothing within reach is left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.core.errors import SourceProblem
from indexer.core.types import Lane
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.sources.viewer_address import VIEWER, ViewerAddress, read_address
from indexer.sources.viewer_answers import Feature, OddAnswer, own_words, read_page
from indexer.sources.viewer_persons import account_patterns, address_patterns, name_condition
from indexer.sources.viewer_queries import (
    HEX_DIGITS,
    WHERE_CHARACTERS,
    any_of,
    chance_within,
    column,
    contains,
    equals,
    near,
    sendable,
    spelled_like,
)
from indexer.tables.hash_values import as_hex
from tests.helpers.viewer_grammar import Refused, understand

ACCEPTED = {
    '"a"=1 AND ("b"=2 OR "c"=3)': {"a": 1, "b": 0, "c": 3},
    '"a" is not null': {"a": 1},
    "\"a\"='-5'": {"a": "-5"},
    '"a">30': {"a": 31},
    "\"a\"='O''Hara'": {"a": "O'Hara"},
    "\"h\".hamming('c7b0d0685fe58b23')<5": {"h": "c7b0d0685fe58b20"},
    "\"u\".contains('artist')=true": {"u": "https://artist.test"},
    '"a"."b"=1': {"a": {"b": 1}},
}
"""Conditions, and a row of which each is true."""

REFUSED = [
    '(("a"=1))',
    'NOT "a"=1',
    '"a" IN (1, 2)',
    '"a"=-5',
    "\"a\"='x;y'",
    "\"a\"='x--y'",
    "\"a\"='x/*y'",
    "\"a\"='x*/y'",
    "a=1",
    '"a"="b"',
    "",
]


@pytest.mark.parametrize(("where", "row"), ACCEPTED.items())
def test_the_played_service_takes_what_the_real_one_takes(where: str, row: dict[str, object]) -> None:
    assert understand(where)(row)


@pytest.mark.parametrize("where", REFUSED)
def test_the_played_service_refuses_what_the_real_one_refuses(where: str) -> None:
    with pytest.raises(Refused):
        understand(where)


@given(st.text(), st.text())
def test_any_text_that_can_be_sent_is_taken_and_means_itself(value: str, other: str) -> None:
    piece = sendable(value)
    if piece is None or piece != value:
        return
    test = understand(equals(column(["a"]), value))
    assert test({"a": value})
    assert test({"a": other}) == (other == value)
    assert understand(contains(column(["a"]), value))({"a": f"x{value}y"})


@given(st.text(alphabet="ab;-/*%'\"é", max_size=24), st.text(max_size=6), st.text(max_size=6))
def test_what_is_sent_finds_every_row_that_holds_the_needle(needle: str, before: str, after: str) -> None:
    piece = sendable(needle)
    if piece is not None:
        assert understand(contains(column(["a"]), piece))({"a": before + needle + after})


@pytest.mark.parametrize("needle", ["a;b", "--", "a--cd", "/*x*/", ";;;;;;;;"])
def test_a_needle_of_which_too_little_can_be_sent_is_not_asked_for(needle: str) -> None:
    assert sendable(needle) is None


@pytest.mark.parametrize("name", ['with "quotes"', "a.b", "two words"])
def test_any_name_of_a_column_can_be_written(name: str) -> None:
    assert understand(equals(column([name]), "x"))({name: "x"})


@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63), max_size=10))
def test_whatever_is_within_reach_in_bits_is_within_what_is_asked(code: int, flipped: set[int]) -> None:
    """`hamming()` counts characters: it lets more through, never less."""
    other = code
    for bit in flipped:
        other ^= 1 << bit
    where = near(column(["h"]), f"{code:016x}", 10)
    assert understand(where)({"h": f"{other:016x}"})


def test_the_share_of_chance_answers_is_that_of_random_hashes() -> None:
    """Counted over hashes of which every digit is as likely as any other, like those of a seeded generator."""
    digits = np.random.default_rng(5).integers(0, 16, (200_000, HEX_DIGITS))
    differ = (digits != digits[0]).sum(axis=1)
    for most in (11, 12, 13, 16):
        assert chance_within(most) == pytest.approx((differ <= most).mean(), rel=0.1)
    assert chance_within(0) == 16.0**-16


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=90), max_size=60))
def test_terms_are_joined_without_one_being_lost_or_the_address_growing_too_long(terms: list[str]) -> None:
    joined = list(any_of(terms))
    assert [term for where in joined for term in where.split(" or ")] == terms
    assert all(len(where) <= WHERE_CHARACTERS for where in joined)


MD5 = "0123456789abcdef0123456789abcdef"
UUID = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize(
    ("samples", "written"),
    [
        ([], [MD5]),
        ([MD5], [MD5]),
        (["FFEE" * 8], [MD5.upper()]),
        (["ffeeddcc-bbaa-9988-7766-554433221100"], [UUID]),
        (["no hash", "ff"], [MD5]),
        ([MD5, "FFEE" * 8, "", " - "], [MD5, MD5.upper()]),
    ],
)
def test_a_hash_is_written_as_the_column_writes_hashes(samples: list[str], written: list[str]) -> None:
    assert spelled_like(MD5, samples) == written
    assert {as_hex(one, 32) for one in written} == {MD5}


SHOPS = Person(("Luna Vale", "deviantart:luna-vale"), ("https://www.luna-vale.org/art", "https://luna.tumblr.com"))


@pytest.mark.parametrize(
    ("person", "address"),
    [
        (SHOPS, "https://cdn.luna-vale.org/art/2020/x.jpg"),
        (SHOPS, "http://LUNA-VALE.org/Art"),
        (SHOPS, "https://www.deviantart.com/luna-vale/art/Moon-123"),
        (SHOPS, "https://luna.tumblr.com/post/1234/moon"),
        (Person(("luna_vale",)), "https://www.instagram.com/luna_vale/"),
        (Person((), ("bücher.example",)), "https://xn--bcher-kva.example/a.png"),
    ],
)
def test_what_the_finder_finds_in_an_address_is_asked_for(person: Person, address: str) -> None:
    hit = Finder(person).in_address(address)
    assert hit is not None
    patterns = address_patterns(person, hit.lane)
    assert any(understand(contains(column(["u"]), str(sendable(one))))({"u": address}) for one in patterns)


@pytest.mark.parametrize("account", ["luna-vale", "Luna_Vale", "luna vale"])
def test_what_the_finder_finds_in_an_account_is_asked_for(account: str) -> None:
    assert Finder(SHOPS).in_account("deviantart", account)
    patterns = account_patterns(SHOPS, "deviantart")
    assert any(understand(contains(column(["u"]), pattern))({"u": account}) for pattern in patterns)


TEXTS = ["moon by Luna Vale, 2020", "LUNA-VALE", "luna_vale", "by Lúna Vale", "Luna\nVale"]


@pytest.mark.parametrize("text", TEXTS)
def test_what_the_finder_finds_in_a_text_is_asked_for(text: str) -> None:
    assert Finder(SHOPS).in_text(text)
    assert any(understand(where)({"t": text}) for where in name_condition('"t"', "Luna Vale"))


def test_a_name_is_asked_for_with_all_its_words() -> None:
    """`luna` alone stands in thousands of texts, of which the service gives the first only."""
    for where in name_condition('"t"', "Luna Vale"):
        assert not understand(where)({"t": "the lunar surface"})
        assert len(where) <= WHERE_CHARACTERS


@given(st.text(max_size=30))
def test_any_name_makes_conditions_that_can_be_sent(name: str) -> None:
    for where in name_condition('"t"', name):
        understand(where)
    for lane in (Lane.LOCATION, Lane.ATTRIBUTION):
        for pattern in address_patterns(Person((name,), (name,)), lane):
            piece = sendable(pattern)
            assert piece is None or understand(contains('"u"', piece))


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("hf://datasets/laion/laion-art", ViewerAddress("laion/laion-art")),
        ("hf://datasets/wikiart/", ViewerAddress("wikiart")),
        (
            "hf://datasets/a/b#config=c&split=d%20e&revision=f&viewer=http://127.0.0.1:9/",
            ViewerAddress("a/b", "c", "d e", "f", "http://127.0.0.1:9"),
        ),
    ],
)
def test_a_set_of_the_hub_is_written_as_an_address(written: str, address: ViewerAddress) -> None:
    assert read_address(written) == address


def test_a_token_goes_to_the_hubs_own_viewer_or_to_the_named_service_alone() -> None:
    assert read_address("hf://datasets/a/b").viewer == VIEWER
    assert read_address("hf://datasets/a/b").token_host == "huggingface.co"
    assert read_address("hf://datasets/a/b#viewer=https://viewer.example").token_host == "viewer.example"


@pytest.mark.parametrize(
    "written",
    [
        "hf://datasets/",
        "hf://datasets/a/b/c",
        "hf://datasets/../etc",
        "hf://datasets/a b",
        "hf://models/a/b",
        "hf://datasets/a/b#colour=red",
        "hf://datasets/a/b#train",
        "hf://datasets/a/b#viewer=file:///etc/passwd",
    ],
)
def test_what_is_no_set_of_the_hub_is_told(written: str) -> None:
    with pytest.raises(SourceProblem) as caught:
        read_address(written)
    assert not caught.value.because.endswith(".")


def test_columns_within_columns_and_lists_are_told_apart() -> None:
    text = {"dtype": "string", "_type": "Value"}
    kinds = {
        "url": text,
        "id": {"dtype": "int64", "_type": "Value"},
        "images": {"feature": text, "_type": "List"},
        "tags": [text],
        "info": {"raw_url": text, "size": {"dtype": "int32", "_type": "Value"}},
        "more": [{"raw_url": text}],
        "picture": {"_type": "Image"},
    }
    features = [{"feature_idx": 0, "name": name, "type": kind} for name, kind in kinds.items()]
    row = {
        "url": "u",
        "images": ["a", None, "b"],
        "info": {"raw_url": "c"},
        "more": [{"raw_url": "d"}, {}],
        "id": 2**60,
    }
    page = read_page({"features": features, "rows": [{"row_idx": 2**60, "row": row, "truncated_cells": ["url"]}]})
    found = {one.name: one for one in page.features}
    assert [name for name, one in found.items() if one.is_text] == ["url", "info.raw_url"]
    assert page.rows[0].number == 2**60
    texts = {name: list(page.rows[0].texts(one)) for name, one in found.items()}
    assert texts["url"] == [], "a value that was cut is none"
    assert (texts["images"], texts["info.raw_url"], texts["more.raw_url"]) == (["a", "b"], ["c"], ["d"])
    assert (texts["id"], texts["tags"], texts["picture"]) == ([str(2**60)], [], [])


@pytest.mark.parametrize(
    "content",
    [None, [], {"rows": []}, {"features": [], "rows": [{"row_idx": -1, "row": {}}]}, {"features": 3, "rows": []}],
)
def test_an_odd_page_is_told(content: object) -> None:
    with pytest.raises(OddAnswer):
        read_page(content)


def test_the_services_own_words_are_short_and_harmless() -> None:
    assert own_words({"error": "Not\x1b[31m found.\n"}) == "“Not [31m found”"
    said = own_words({"error": "x" * 999})
    assert said is not None
    assert len(said) < 180
    assert own_words({"error": ["x"]}) is None


def test_a_column_deep_inside_lists_of_lists_is_read_without_falling_over() -> None:
    deep: object = "x"
    for _ in range(900):
        deep = [deep]
    page = read_page({"features": [], "rows": [{"row_idx": 0, "row": {"a": deep}}]})
    assert list(page.rows[0].texts(Feature(("a",), "string", many=True))) == []
