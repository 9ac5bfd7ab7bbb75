"""Which work has a row, and which rows are one copy: the same for any order in which matches come."""

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from indexer.core.types import Basis, Edit, EditKind, Grade, Match
from indexer.matching.contract import Placed
from indexer.matching.merge import place_matches

RESIZED = Edit(EditKind.RESIZED, 0.5)


def match(artwork: str | None, row: str = "1", source: str = "list", **changes: object) -> Match:
    facts = {"row_key": f"{source}#{row}", "url": None, "caption": None, "grade": Grade.SAME_IMAGE, "verified": True}
    return Match(artwork, source, row, **(facts | changes))  # type: ignore[arg-type]


def listed(row: str, url: str, source: str = "table") -> Match:
    return match(None, row, source, grade=Grade.LISTED, url=url, verified=False, basis=(Basis.ADDRESS,))


def placed(*matches: Match) -> dict[tuple[str | None, str], Placed]:
    """By work and row."""
    return {(one.artwork, one.row): one for one in place_matches(matches)}


def holder(*matches: Match) -> tuple[str | None, tuple[str, ...]]:
    """The one work that keeps the row, and those that its match names."""
    (kept,) = [one for one in place_matches(matches) if not one.taken]
    return kept.artwork, kept.also


# A row has one work


def test_a_row_of_a_final_is_not_taken_by_its_sketch_and_names_it() -> None:
    final = match("final.png", scores={"residual": 0.01})
    sketch = match("sketch.png", grade=Grade.EDITED_COPY, scores={"residual": 0.2})
    assert holder(sketch, final) == ("final.png", ("sketch.png",))


def test_a_row_with_the_very_bytes_of_a_work_is_never_taken_by_a_similar_one() -> None:
    same_file = match("a.png", grade=Grade.IDENTICAL_FILE, confidence=None)
    similar = match("b.png", confidence=0.999, scores={"strength": 1e6, "blocks_alike": 1.0, "residual": 0.0})
    assert holder(similar, same_file) == ("a.png", ("b.png",))


def test_what_was_compared_goes_before_what_was_not() -> None:
    assert holder(match("a.png", verified=False), match("b.png"))[0] == "b.png"


def test_of_two_equal_grades_the_nearer_one_has_the_row() -> None:
    assert holder(match("a.png", scores={"strength": 3.0}), match("b.png", scores={"strength": 9.0}))[0] == "b.png"
    assert holder(match("a.png", confidence=0.8), match("b.png", confidence=0.9))[0] == "b.png"
    assert holder(match("a.png", scores={"residual": 0.1}), match("b.png", scores={"residual": 0.01}))[0] == "b.png"
    assert (
        holder(match("a.png", scores={"phash_distance": 4}), match("b.png", scores={"phash_distance": 0}))[0] == "b.png"
    )


def test_then_the_one_that_needs_fewer_edits_then_the_first_path() -> None:
    assert holder(match("a.png", edits=(RESIZED,)), match("b.png"))[0] == "b.png"
    assert holder(match("b.png"), match("a.png")) == ("a.png", ("b.png",))


def test_one_picture_in_two_files_keeps_each_row_once_whichever_file_found_it_first() -> None:
    found = placed(match("x.jpg", "1"), match("x.png", "1"), match("x.png", "2"))
    assert [key for key, one in found.items() if not one.taken] == [("x.jpg", "1"), ("x.png", "2")]


def test_a_work_that_is_only_similar_gives_way_too() -> None:
    assert holder(match("a.png"), match("b.png", grade=Grade.LOOKS_ALIKE)) == ("a.png", ("b.png",))


def test_two_works_that_are_only_similar_to_a_row_are_told_once_and_count_as_no_copy() -> None:
    alike = {"grade": Grade.LOOKS_ALIKE}
    found = placed(match("a.png", **alike), match("b.png", **alike))
    assert found["a.png", "1"].also == ("b.png",)
    assert found["a.png", "1"].copy is None
    assert found["b.png", "1"].taken


# Unless it shows two


def box(left: float, right: float) -> dict[str, float]:
    return {"place_left": left, "place_right": right, "place_top": 0.0, "place_bottom": 1.0}


SET_IN = {"grade": Grade.EDITED_COPY, "edits": (Edit(EditKind.EMBEDDED, 0.4),)}


def test_a_collage_of_two_works_is_a_copy_of_both() -> None:
    found = placed(match("a.png", scores=box(0, 0.45), **SET_IN), match("b.png", scores=box(0.5, 1), **SET_IN))
    assert not any(one.taken or one.also for one in found.values())


def test_two_versions_of_a_work_at_one_place_of_a_collage_are_one() -> None:
    first = match("v1.png", scores=box(0, 0.45), **SET_IN)
    assert holder(first, match("v2.png", scores=box(0.01, 0.46), **SET_IN)) == ("v1.png", ("v2.png",))


def test_works_set_in_at_places_that_nobody_knows_are_both_kept_unless_they_must_overlap() -> None:
    def at(name: str, share: float) -> Match:
        return match(name, scores={"picture_share": share}, **SET_IN)

    assert not any(one.taken for one in placed(at("a.png", 0.4), at("b.png", 0.4)).values())
    assert holder(at("a.png", 0.9), at("b.png", 0.8))[0] == "a.png"


def test_two_works_blended_into_one_are_both_there() -> None:
    blended = {"grade": Grade.EDITED_COPY, "edits": (Edit(EditKind.BLENDED, 0.4),)}
    first = match("a.png", **blended)
    rest = match("b.png", grade=Grade.EDITED_COPY, edits=(Edit(EditKind.BLENDED, 0.55),))
    assert not any(one.taken for one in placed(first, rest).values())
    assert holder(first, match("b.png", **blended)) == ("a.png", ("b.png",)), "they cannot both be so much of it"
    whole = match("b.png")
    assert holder(first, whole) == ("b.png", ("a.png",)), "where one is all of it, nothing was mixed in"


def pasted(share: float, around: float = 0.0) -> Match:
    """A character set into the left part of a picture; `around`: what was seen around it instead of its own ground."""
    edits = (Edit(EditKind.EMBEDDED, share), *([Edit(EditKind.COVERED, around)] if around else []))
    return match("character.png", grade=Grade.EDITED_COPY, edits=edits, scores=box(0, share) | {"strength": 90.0})


def ground(covered: float, left: float = 0.0) -> Match:
    """A background that is written or pasted over, and fills the picture from `left` on."""
    edits = (Edit(EditKind.COVERED, covered),)
    return match("background.png", grade=Grade.EDITED_COPY, edits=edits, scores=box(left, 1) | {"strength": 60.0})


def test_a_character_on_a_background_is_a_copy_of_both() -> None:
    for one, other in ((pasted(0.2), ground(0.2)), (pasted(0.5), ground(0.46)), (pasted(0.1), ground(0.11))):
        assert not any(found.taken or found.also for found in placed(one, other).values())
        assert not any(found.taken or found.also for found in placed(other, one).values())


def test_a_character_cut_out_of_its_own_ground_covers_no_more_than_is_seen_of_it() -> None:
    assert not any(found.taken for found in placed(pasted(0.2, around=0.31), ground(0.138)).values())


def test_of_a_background_that_fills_half_of_the_picture_twice_as_much_is_covered() -> None:
    behind = match("background.png", grade=Grade.EDITED_COPY, edits=(Edit(EditKind.COVERED, 0.4),), scores=box(0, 0.5))
    assert not any(found.taken for found in placed(pasted(0.2), behind).values())


def test_a_detail_of_a_work_is_no_second_copy_because_the_work_is_covered_by_something_else() -> None:
    for covered in (0.0, 0.05, 0.4):
        found = placed(pasted(0.2), ground(covered))
        assert found["character.png", "1"].also == ("background.png",)
    assert placed(pasted(0.8), ground(0.8))["background.png", "1"].taken, "too little is left to tell the ground by"


# Rows that are one copy


def test_the_same_address_in_two_sets_is_one_copy_however_it_is_written() -> None:
    found = placed(
        match("a.png", "1", "first", url="https://www.luna.example/fox.jpg"),
        match("a.png", "2", "second", url="http://luna.example:80/fox.jpg?utm_source=x"),
        match("a.png", "3", "second", url="http://luna.example/other.jpg"),
    )
    assert found["a.png", "1"].copy == found["a.png", "2"].copy != found["a.png", "3"].copy


def test_equal_bytes_are_one_copy_wherever_they_lie() -> None:
    md5 = {"recorded": ("md5:" + "a" * 32,)}
    found = placed(
        match("a.png", "1", url="https://one.example/x.jpg", **md5),
        match("a.png", "2", url="https://two.example/y.jpg", **md5),
        match("a.png", "3", url="https://three.example/z.jpg", recorded=("md5:" + "b" * 32,)),
    )
    assert found["a.png", "1"].copy == found["a.png", "2"].copy != found["a.png", "3"].copy


def test_rows_that_have_the_very_bytes_of_a_work_are_one_copy_though_one_set_has_md5_and_another_sha256() -> None:
    same = {"grade": Grade.IDENTICAL_FILE}
    found = placed(
        match("a.png", "1", recorded=("md5:" + "a" * 32,), **same),
        match("a.png", "2", recorded=("sha256:" + "b" * 64,), **same),
        match("b.png", "3", **same),
    )
    assert found["a.png", "1"].copy == found["a.png", "2"].copy != found["b.png", "3"].copy


def test_the_same_row_opened_twice_is_one_copy() -> None:
    found = placed(match("a.png", "1", "hashes", row_key="k"), match("a.png", "x", "pictures", row_key="k"))
    assert len({one.copy for one in found.values()}) == 1


def test_a_row_listed_by_its_address_joins_the_copy_that_lies_there() -> None:
    url = "https://luna.example/fox.jpg"
    found = placed(match("a.png", "1", url=url), listed("9", url), listed("10", "https://luna.example/owl.jpg"))
    assert found["a.png", "1"].copy == found[None, "9"].copy != found[None, "10"].copy


def test_one_address_never_joins_two_works() -> None:
    url = "https://luna.example/fox.jpg"
    found = placed(match("a.png", "1", url=url), match("b.png", "2", url=url), listed("9", url))
    assert found["a.png", "1"].copy == found[None, "9"].copy != found["b.png", "2"].copy


def test_a_path_below_an_index_s_folder_is_no_address() -> None:
    found = placed(match("a.png", "1", "one", url="cats/1.png"), match("a.png", "2", "two", url="cats/1.png"))
    assert found["a.png", "1"].copy != found["a.png", "2"].copy
    assert found["a.png", "1"].site is None


def test_a_copy_says_on_whose_site_it_lies() -> None:
    found = placed(match("a.png", url="https://images-wixmp.luna.co.uk/x.jpg"))
    assert found["a.png", "1"].site == "luna.co.uk"


def test_rows_that_only_hold_a_name_are_no_copies() -> None:
    assert placed(match(None, grade=Grade.NAMED, verified=False)) == {}


SOME = st.builds(
    match,
    st.sampled_from(["a.png", "b.png", "c.png", None]),
    st.sampled_from("123"),
    st.sampled_from(["one", "two"]),
    grade=st.sampled_from([grade for grade in Grade if grade is not Grade.NAMED]),
    url=st.sampled_from([None, "https://x.example/1.jpg", "https://y.example/2.jpg"]),
    scores=st.dictionaries(st.sampled_from(["residual", "strength"]), st.floats(0, 1)),
    edits=st.sampled_from([(), (RESIZED,)]),
)


@given(st.lists(SOME, unique_by=lambda one: (one.artwork, one.source, one.row)), st.randoms())
def test_no_order_of_the_matches_changes_anything_and_no_row_is_lost(matches: Sequence[Match], random: Random) -> None:
    shuffled = random.sample(matches, len(matches))
    told = list(place_matches(matches))
    assert sorted(told, key=repr) == sorted(place_matches(shuffled), key=repr)
    of_works = [one for one in matches if one.artwork]
    taken = {(one.artwork, one.source, one.row) for one in told if one.taken}
    rows_left = {(one.source, one.row) for one in of_works if (one.artwork, one.source, one.row) not in taken}
    assert rows_left == {(one.source, one.row) for one in of_works}
    named = [name for one in told for name in one.also]
    assert len(named) == len(taken), "whoever lost a row is named where it stands"
