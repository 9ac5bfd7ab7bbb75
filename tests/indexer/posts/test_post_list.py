"""Lists of links to posts, as people write them or save them from a table."""

import codecs
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.core.errors import InputProblem
from indexer.core.types import Skipped
from indexer.posts import post_list
from indexer.posts.moments import post_moment
from indexer.posts.post_list import PostLink, read_post_list

WIXMP = "https://images-wixmp.example/f/lake.png/v1/fill/w_1280,h_720,q_80,strp/lake.png"


def read(place: Path, text: str | bytes) -> list[PostLink | Skipped]:
    file = place / "posts.txt"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_post_list(str(file))


def why_not(place: Path, text: str | bytes) -> str:
    with pytest.raises(InputProblem) as caught:
        read(place, text)
    return caught.value.because


@pytest.mark.parametrize(
    "text",
    [
        "# my posts\n\nhttps://a.example/1\n  https://b.example/2  \r\n#https://c.example/3\n",
        "https://a.example/1\rhttps://b.example/2",
        "url\nhttps://a.example/1\nhttps://b.example/2",
        codecs.BOM_UTF8 + b"<https://a.example/1#top>\n'https://b.example/2'\n",
        codecs.BOM_UTF16_LE + "https://a.example/1\nhttps://b.example/2".encode("utf-16-le"),
    ],
)
def test_one_address_a_line_is_enough(text: str | bytes, tmp_path: Path) -> None:
    assert read(tmp_path, text) == [PostLink("https://a.example/1"), PostLink("https://b.example/2")]


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/1,2019-05-02,lake.png",
        "https://a.example/1, lake.png, 2019-05-02",
        "https://a.example/1;2019-05-02;lake.png",
        "https://a.example/1\t2019-05-02\tlake.png",
        '"https://a.example/1","2019-05-02","lake.png"',
        "Date;File name;Title;Link\n2019-05-02;lake.png;Lake, large;https://a.example/1",
        "file\tpublished\tURL\nlake.png\t2019-05-02\thttps://a.example/1",
    ],
)
def test_date_and_file_may_stand_beside_the_address_in_any_kind_of_table(text: str, tmp_path: Path) -> None:
    assert read(tmp_path, text) == [PostLink("https://a.example/1", "2019-05-02", "lake.png")]


def test_commas_within_an_address_do_not_end_it(tmp_path: Path) -> None:
    assert read(tmp_path, f"{WIXMP}\n{WIXMP}?token=1,2019-05-02") == [
        PostLink(WIXMP),
        PostLink(f"{WIXMP}?token=1", "2019-05-02"),
    ]


def test_an_address_may_lack_its_beginning(tmp_path: Path) -> None:
    assert read(tmp_path, "www.deviantart.com/luna/art/Lake-1") == [
        PostLink("https://www.deviantart.com/luna/art/Lake-1")
    ]


def test_what_is_no_address_is_told_by_its_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    text = "My posts of 2019\nhttps://a.example/1\nfile:///etc/passwd\nlake\nhttp://[\nhttps://\nftp://a.example/1"
    link, *wrong = read(tmp_path, text)
    assert link == PostLink("https://a.example/1")
    assert wrong == [Skipped(f"line {number}", "it is not a web address") for number in (1, 3, 4, 5, 6, 7)]


def test_a_date_that_may_mean_two_days_is_told_and_not_guessed(tmp_path: Path) -> None:
    assert read(tmp_path, "url,date\nhttps://a.example/1,02/05/2019") == [
        PostLink("https://a.example/1"),
        Skipped("line 2", "“02/05/2019” is neither a date such as 2019-05-02 nor the name of a picture file"),
    ]


def test_an_address_that_stands_there_twice_counts_once_as_it_stood_first(tmp_path: Path) -> None:
    first, second, note = read(tmp_path, "https://a.example/1,2019-05-02\nhttps://a.example/2\nhttps://a.example/1#x")
    assert (first, second) == (PostLink("https://a.example/1", "2019-05-02"), PostLink("https://a.example/2"))
    assert note.because == "left out: 1 of its lines, since their addresses stand in it already"


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("", "no line of it is a web address"),
        ("url,date\n", "no line of it is a web address"),
        ("# https://a.example/1", "no line of it is a web address"),
        (b"PK\x03\x04\x00\xff\xfe", "it is not a text file; save the list as text or CSV (UTF-8)"),
        (b"SQLite format 3\0", "it is not a text file; save the list as text or CSV (UTF-8)"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8", "it is not a text file; save the list as text or CSV (UTF-8)"),
    ],
)
def test_what_is_no_list_of_posts_is_told(text: str | bytes, because: str, tmp_path: Path) -> None:
    assert why_not(tmp_path, text) == because


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    for place, because in ((tmp_path / "no.txt", "there is no such file"), (tmp_path, "it cannot be opened as a file")):
        with pytest.raises(InputProblem) as caught:
            read_post_list(str(place))
        assert caught.value.because == because


def test_a_list_of_a_data_set_is_not_taken_for_one_of_posts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_list, "MOST_LINKS", 3)
    links = [f"https://a.example/{number}" for number in range(4)]
    assert len(read(tmp_path, "\n".join(links[:3]))) == 3
    assert why_not(tmp_path, "\n".join(links)).startswith("it lists more than 3 addresses")
    monkeypatch.setattr(post_list, "_LIST_BYTES", 1 << 20)
    assert (
        why_not(tmp_path, "#" * (1 << 20) + "\nhttps://a.example")
        == "it is larger than 1 MB, which no list of posts is"
    )


@given(st.one_of(st.binary(), st.text().map(str.encode), st.text(alphabet='htps:/.,;\t"\n#19-url').map(str.encode)))
def test_whatever_stands_in_a_list_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any posts.txt"
    file.write_bytes(data)
    try:
        entries = read_post_list(str(file))
    except InputProblem:
        return
    assert all(entry.address.lower().startswith("http") for entry in entries if isinstance(entry, PostLink))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2019-05-02", "2019-05-02"),
        ("2019-05-02T23:00:00-05:00", "2019-05-03T04:00:00Z"),
        ("2019-05-02T23:00:00", "2019-05-02"),
        (f"{(datetime.now(UTC) + timedelta(days=30)).date()}", None),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01", None),
        ("02/05/2019", None),
        ("last week", None),
        (None, None),
    ],
)
def test_only_what_can_be_the_day_of_a_post_counts_as_one(written: str | None, meant: str | None) -> None:
    assert post_moment(written) == meant
