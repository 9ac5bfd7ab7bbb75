"""What is said of an archive, in plain words."""

from dataclasses import replace

import pytest

from app.check_result import CheckResult
from app.export_summary import export_lines, export_sentence
from indexer.matching.contract import ExportRead, RenditionFound

READ = ExportRead("insta.zip", "Instagram", "documented", "described by readers")
ONE = RenditionFound(
    "art/1.png", False, "insta.zip", "1.jpg", "Instagram", "documented", None, None, None, "2019-05-02", "a", "b"
)
ALONE = replace(ONE, artwork="insta.zip/2.jpg", place="2.jpg", stands_alone=True, published=None)

APART = "1 stands for works that are not in it"


@pytest.mark.parametrize(
    ("found", "rest"),
    [
        ([], "no picture of a post was found in it."),
        ([ONE], "1 picture, 1 of them shows a work of this folder, first published 2019-05-02."),
        (
            [ONE, replace(ONE, published="2018-01-01T10:00:00Z"), ALONE],
            f"3 pictures, 2 of them show works of this folder, {APART}, first published 2018-01-01.",
        ),
        ([ALONE, ALONE], "2 pictures, 0 of them show works of this folder, 2 stand for works that are not in it."),
    ],
)
def test_an_archive_is_one_plain_sentence(found: list[RenditionFound], rest: str) -> None:
    assert export_sentence(READ, found) == f"From your Instagram archive (insta.zip): {rest}"


def test_an_inferred_layout_is_said_with_its_source() -> None:
    inferred = replace(READ, basis="inferred", source="no description was found")
    assert export_sentence(inferred, [ONE]).endswith("What this rests on is inferred: no description was found.")


def test_a_list_of_posts_is_told_as_one() -> None:
    posts = ExportRead("posts.txt", None, "inferred", "each was fetched today")
    assert export_sentence(posts, []) == "From your list of posts (posts.txt): no picture could be fetched."
    assert export_sentence(posts, [ONE]) == (
        "From your list of posts (posts.txt): 1 picture, 1 of them shows a work of this folder, first published"
        " 2019-05-02. What this rests on is inferred: each was fetched today."
    )


def test_an_archive_that_was_not_read_says_why() -> None:
    because = ExportRead("a.zip", because="it is locked")
    assert export_sentence(because, []) == "a.zip: not read, because it is locked."


def test_remarks_stand_below_their_archive_and_are_not_endless() -> None:
    result = CheckResult()
    result.take(replace(READ, notes=tuple(f"note {number}" for number in range(12))))
    lines = list(export_lines(result))
    assert lines[2] == "    note 0"
    assert lines[-1] == "    … and 2 more remarks (all of them with --json)"
