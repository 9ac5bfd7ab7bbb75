"""Names in captions and tags, in any script."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from indexer.links.names import AROUND, find_name, read_name, why_not_name


def stands_in(name: str, text: str) -> bool:
    read = read_name(name)
    assert read
    return find_name(read, text) is not None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Greg Rutkowski", "a castle by greg rutkowski, trending"),
        ("Greg Rutkowski", "GREG_RUTKOWSKI"),
        ("greg_rutkowski", "by Greg-Rutkowski."),
        ("greg-rutkowski", "1girl greg_rutkowski solo"),
        ("José", "a picture of Jose"),
        ("Jose", "by José, oil on canvas"),
        ("Jose García", "JOSÉ GARCIA"),
        ("José", unicodedata.normalize("NFD", "por José")),
        ("Élodie", "elodie's garden"),
        ("Łukasz", "art by Lukasz"),
        ("Lukasz Nowakowski", "Łukasz Nowakówski"),
        ("Großmann", "by GROSSMANN"),
        ("Grossmann", "von Großmann gemalt"),
        ("J.R. Vale", "by J.R. Vale"),
        ("O’Brien Vale", "o'brien vale"),
        ("Γιώργος", "ΓΙΩΡΓΟΣ"),
        ("Алёна Светлова", "художник АЛЕНА СВЕТЛОВА"),
        ("月野うさぎ", "これは月野うさぎの絵です"),
        ("김루나", "김루나가 그린 그림"),
        ("มาลี", "ภาพวาดของมาลีสวย"),
        ("@wlop", "wlop style"),
        ("deviantart:luna-art", "Cat by luna-art on DeviantArt"),
        ("u/lunavale", "posted by lunavale"),
    ],
)
def test_a_name_is_found(name: str, text: str) -> None:
    assert stands_in(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Luna", "lunar landscape"),
        ("Luna", "aluna"),
        ("Luna", "luna2"),
        ("Jose", "josefine"),
        ("Greg Rutkowski", "greg and rutkowski"),
        ("Greg Rutkowski", "gregrutkowski"),
        ("Greg Rutkowski", "rutkowski greg"),
        ("Алёна", "алёнами"),
        ("月野うさぎ", "月野"),
        ("がく", "かく"),
    ],
)
def test_a_part_of_another_word_is_not_the_name(name: str, text: str) -> None:
    assert not stands_in(name, text)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "no letters"),
        ("—", "no letters"),
        ("12345", "is a number"),
        ("Lu", "fewer than 3 letters"),
        ("月", "a single sign"),
        ("Rose", "an everyday word"),
        ("deviantart:rose", "an everyday word"),
        ("https://luna.example", "is an address"),
        ("devinatart:luna", "no platform called “devinatart”"),
    ],
)
def test_a_name_that_would_find_everybody_is_refused_with_the_reason(name: str, why: str) -> None:
    assert why in (why_not_name(name) or "")
    assert read_name(name) is None


def test_an_everyday_word_may_be_part_of_a_longer_name() -> None:
    assert why_not_name("Rose Vale") is None


def test_the_words_around_a_name_are_shown() -> None:
    name = read_name("Luna Vale")
    assert name
    place = find_name(name, "x" * 100 + " café\nby luna  vale,\tÖl " + "y" * 100)
    assert place
    assert place.words == "luna  vale"
    assert place.around.startswith("…x")
    assert "café by luna vale, Öl y" in place.around
    assert len(place.around) <= 2 * AROUND + len("…luna  vale…")


def test_what_a_folded_letter_does_to_lengths_does_not_shift_what_is_shown() -> None:
    name = read_name("Vale")
    assert name
    place = find_name(name, "ﬃ ß Æ œ ½ Vale ﬃ")
    assert place
    assert place.words == "Vale"


LETTERS = some.sampled_from([*"abeiknosuyzAEIKNOSUZ éèüñçłøßőİıσςΣЁёй月野うさぎ김루나-_.'’@:ﬃᾳ", "e\u0301"])
NAMES = some.one_of(some.text(max_size=12), some.lists(LETTERS, max_size=12).map("".join))


@settings(deadline=None)
@given(NAMES)
def test_any_text_is_either_a_name_or_has_a_reason(text: str) -> None:
    assert (read_name(text) is None) == (why_not_name(text) is not None)


@settings(deadline=None)
@given(NAMES, NAMES, NAMES)
@example("Γιώργος", "", "")
@example("Jose", "é ", " İ")
def test_a_text_that_holds_a_name_as_it_was_written_is_found_and_holds_a_needle(
    written: str, before: str, after: str
) -> None:
    name = read_name(written)
    if name is None:
        return
    for text in (f"{before} {written.rpartition(':')[2]} {after}", f"{before}{written}{after}".upper()):
        place = find_name(name, text)
        assert place is None or any(needle in text.lower() for needle in name.needles)
    assert all(needle == needle.lower() and needle for needle in name.needles)


@settings(deadline=None)
@given(some.text(alphabet="abcdefghiknosuz", min_size=3, max_size=10), some.booleans())
def test_a_plain_name_is_found_wherever_it_stands_between_spaces(written: str, shouted: bool) -> None:
    name = read_name(written)
    if name:
        text = f"by {written}, oil"
        assert find_name(name, text.upper() if shouted else text)
