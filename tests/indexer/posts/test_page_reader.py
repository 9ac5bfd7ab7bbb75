"""What a page says of its picture; pages are made by strangers."""

import codecs
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.posts.page_reader import PAGE_BYTES, Page, PageReader, read_page
from tests.helpers.monitors import stop_after

AT = "https://art.example/posts/7?x=1"
OG = '<meta property="og:image" content="https://cdn.example/a.png">'


def says(markup: str) -> Page:
    return read_page(markup.encode(), AT)


def data(content: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(content)}</script>'


@pytest.mark.parametrize(
    "markup",
    [
        OG,
        '<META CONTENT="https://cdn.example/a.png" NAME=" OG:Image "/>',
        "<meta property=og:image:url content=https://cdn.example/a.png>",
        '<meta property="og:image:secure_url" content="https://cdn.example/a.png">',
        '<meta name="twitter:image" content="https://cdn.example/a.png">',
        '<meta name="twitter:image:src" content="https://cdn.example/a.png">',
        '<meta property="og:image" content="//cdn.example/a.png#part">',
        '<base href="https://cdn.example/x/"><base href="/"><meta property="og:image" content="../a.png">',
        data({"@type": "ImageObject", "image": "https://cdn.example/a.png"}),
        data({"image": {"@type": "ImageObject", "url": "https://cdn.example/a.png"}}),
        data({"image": {"contentUrl": "https://cdn.example/a.png", "url": "https://art.example/page"}}),
        data(
            [
                {"@type": "WebSite", "image": "logo.png"},
                {"@type": "VisualArtwork", "image": ["https://cdn.example/a.png"]},
            ]
        ),
        data({"@graph": [{"@type": ["Organization"], "image": "logo.png"}, {"image": "https://cdn.example/a.png"}]}),
        '<script type="application/ld+json">{damaged</script>' + data({"image": "https://cdn.example/a.png"}),
        OG + '<meta name="twitter:image" content="https://cdn.example/other.png">' + data({"image": "third.png"}),
        OG + '<meta property="og:image:secure_url" content="https://cdn.example/a2.png">' + OG,
    ],
)
def test_the_picture_is_what_the_page_tells_programs(markup: str) -> None:
    assert says(f"<!doctype html><head>{markup}</head><img src='banner.png'>").pictures == (
        "https://cdn.example/a.png",
    )


def test_a_relative_address_begins_at_the_page() -> None:
    assert says('<meta property="og:image" content="../a&amp;b.png?w=1&amp;h=2">').pictures == (
        "https://art.example/a&b.png?w=1&h=2",
    )


def test_several_pictures_come_in_the_order_of_the_page() -> None:
    markup = "".join(f'<meta property="og:image" content="/{number}.png">' for number in (2, 1, 2))
    assert says(markup).pictures == ("https://art.example/2.png", "https://art.example/1.png")


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "<p>only words <img src=a.png>",
        "<meta property=og:image>",
        '<meta property="og:image" content=" ">',
        '<meta property="og:image" content="data:image/png;base64,AAAA">',
        '<meta property="og:image" content="file:///etc/passwd">',
        '<meta property="og:image" content="javascript:alert(1)">',
        '<meta property="og:image" content="http://[">',
        f'<meta property="og:image" content="https://a.example/{"a" * 9000}">',
        f"<!-- {OG} -->",
        f"<script>'{OG}'</script>",
        f"<textarea><title>{OG.replace('<', '&lt;')}</title></textarea>",
        data({"image": 7, "@type": 7, "@graph": 7}),
        data({"comment": {"image": "https://cdn.example/a.png"}}),
    ],
)
def test_a_page_that_names_no_picture_names_none(markup: str) -> None:
    assert says(markup) == Page()


@pytest.mark.parametrize(
    ("markup", "published"),
    [
        ('<meta property="article:published_time" content="2019-05-02T10:00:00+02:00">', "2019-05-02T08:00:00Z"),
        (data({"datePublished": "2019-05-02"}), "2019-05-02"),
        ("<time datetime=2019-05-02>May</time> <time datetime=2019-05-02>again</time><time>2020</time>", "2019-05-02"),
        (
            '<meta property="article:published_time" content="2019-05-02">'
            + data({"datePublished": "2020-01-01"})
            + "<time datetime=2021-01-01>",
            "2019-05-02",
        ),
        (
            data({"datePublished": "2019-05-02", "comment": {"@type": "Comment", "datePublished": "2020-01-01"}}),
            "2019-05-02",
        ),
        (data([{"datePublished": "2019-05-02"}, {"@type": "Comment", "datePublished": "2020-01-01"}]), "2019-05-02"),
        ("<time datetime=2019-05-02>post</time><time datetime=2020-01-01>comment</time>", None),
        (data([{"datePublished": "2019-05-02"}, {"datePublished": "2020-05-02"}]), None),
        ('<meta property="article:published_time" content="May 2nd">', None),
        ('<meta property="article:published_time" content="1970-01-01T00:00:00Z">', None),
        (data({"datePublished": 20190502}), None),
    ],
)
def test_the_date_is_taken_only_where_the_page_says_one_thing(markup: str, published: str | None) -> None:
    assert says(markup).published == published


@pytest.mark.parametrize(
    "body",
    [
        codecs.BOM_UTF8 + OG.encode(),
        codecs.BOM_UTF16_LE + OG.encode("utf-16-le"),
        "<title>絵</title>".encode("shift_jis") + OG.encode(),
        b"\xff\x00\xfe junk <" + OG.encode(),
    ],
)
def test_a_page_may_be_in_any_encoding(body: bytes) -> None:
    assert read_page(body, AT).pictures == ("https://cdn.example/a.png",)


HOSTILE = {
    "deep": b"<div>" * 500_000,
    "deep data": b'<script type="application/ld+json">' + b'[{"@graph":' * 100_000 + b"</script>",
    "unfinished comments": b"<!--" * 1_000_000,
    "unfinished tags": b"<a " * 1_000_000,
    "unfinished attributes": b"<meta " + b'a="' * 1_000_000,
    "entities": b"<p title='" + b"&amp" * 900_000 + b"'>" + b"&#99999999999;" * 10_000,
    "declarations": b"<![" * 100_000,
    "entity definitions": b'<!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b "&a;&a;">]>&a;',
    "attributes": b"<meta " + b"".join(b"a%d=1 " % number for number in range(300_000)) + b">",
    "pictures": b'<meta property="og:image:alt" content="a">' * 90_000,
    "binary": bytes(range(256)) * 10_000,
    "scripts": b"<script>" * 500_000,
    "processing": b"<?" * 1_000_000,
}


UNREADABLE = "the page is built in a way that this program cannot read"


def outcome(reader: PageReader, body: bytes) -> tuple[str, ...] | str:
    try:
        return reader.read(body, AT).pictures
    except InputProblem as problem:
        return problem.because


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_page_costs_its_own_sentence_and_little_time(kind: str) -> None:
    body = OG.encode() + HOSTILE[kind]
    with PageReader(Monitor(), read_s=1.0) as reader:
        assert outcome(reader, body) in (("https://cdn.example/a.png",), UNREADABLE), "what stood before it counts"
        assert outcome(reader, OG.encode()) == ("https://cdn.example/a.png",), "the next page is read"


def test_of_a_page_without_end_the_beginning_is_read() -> None:
    assert read_page(OG.encode() + b" " * (2 * PAGE_BYTES), AT).pictures
    assert not read_page(b" " * PAGE_BYTES + OG.encode(), AT).pictures


def test_a_page_that_takes_too_long_is_given_up() -> None:
    with PageReader(Monitor(), read_s=0.0) as reader:
        assert outcome(reader, b"<p>" * 1_000_000) == UNREADABLE


def test_a_stop_ends_the_reading() -> None:
    began = time.monotonic()
    with PageReader(stop_after(0)) as reader, pytest.raises(Cancelled):
        reader.read(HOSTILE["entities"], AT)
    assert time.monotonic() - began < 30


PIECES = [
    *"<>/!-[]?&#;'\"= ",
    *("<meta ", "property=", "og:image", " content=", "//[", "<![", "CDATA[", "<script", "</script", "&#x110000;"),
    *(' type="application/ld+json">', '{"image":', '"@graph":[', "}", "<base href=", "<time datetime=", "2019-05-02"),
]
MARKUP = st.lists(st.sampled_from(PIECES)).map("".join)


@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "replace")), MARKUP.map(str.encode)))
def test_whatever_a_page_holds_it_is_read(body: bytes) -> None:
    page = read_page(body, AT)
    assert all(picture.startswith(("http://", "https://")) for picture in page.pictures)
