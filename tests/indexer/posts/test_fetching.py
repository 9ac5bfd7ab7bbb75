"""From a link to the picture that its post shows, over a real server on this computer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.net.ledger import entries
from indexer.net.network import Network
from indexer.posts.fetching import PostFetcher
from indexer.posts.post_list import PostLink
from tests.helpers.monitors import stop_after
from tests.helpers.pictures import as_bytes, draw
from tests.helpers.server import LocalServer
from tests.indexer.net.conftest import PUBLIC, Internet, QuickPacing

PICTURE = as_bytes(draw(1, (320, 240)), "JPEG", quality=80)
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "sent.jsonl", allow_private_hosts=True)


@pytest.fixture
def fetcher(network: Network) -> Iterator[PostFetcher]:
    with PostFetcher(network, Monitor()) as ready:
        yield ready


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[PostFetcher]:
    """As it is unless the user allows more."""
    with PostFetcher(Network(tmp_path / "sent.jsonl", pacing=QuickPacing()), Monitor()) as ready:
        yield ready


@pytest.fixture(autouse=True)
def picture(server: LocalServer) -> str:
    return server.answers("/picture", PICTURE)


def page(server: LocalServer, path: str = "/post", picture: str = "/picture", more: str = "") -> str:
    markup = f'<html><meta property="og:image" content="{picture}">{more}</html>'
    return server.answers(path, markup.encode(), headers=HTML)


def why_not(fetcher: PostFetcher, address: str) -> str:
    with pytest.raises(InputProblem) as caught:
        fetcher.fetch(PostLink(address))
    assert caught.value.path == address, "the sentence is about the link that the artist wrote"
    return caught.value.because


def visited(server: LocalServer) -> list[str]:
    return [seen.path for seen in server.seen]


def test_the_picture_that_a_page_names_is_fetched_and_nothing_else(server: LocalServer, fetcher: PostFetcher) -> None:
    link = page(server, more="<time datetime=2019-05-02><img src=/other.png><script src=/code.js></script>")
    post = fetcher.fetch(PostLink(link))
    assert (post.body, post.note) == (PICTURE, None)
    file = post.file
    assert (file.place, file.page, file.address) == (link, link, f"{server.url}/picture")
    assert (file.published, file.platform, file.post_id) == ("2019-05-02", "127.0.0.1", None)
    assert visited(server) == ["/robots.txt", "/post", "/picture"]


def test_the_ledger_says_in_plain_words_why_each_was_asked_for(
    server: LocalServer, fetcher: PostFetcher, network: Network
) -> None:
    fetcher.fetch(PostLink(page(server)))
    assert [entry.purpose for entry in entries(network.ledger)] == [
        "to see what programs may read there",
        "a post of yours, to find the picture as it was published",
        "the picture of a post of yours, as it was published",
    ]


def test_an_address_of_a_picture_is_asked_for_as_with_a_browser(server: LocalServer, fetcher: PostFetcher) -> None:
    server.answers("/robots.txt", b"User-agent: *\nDisallow: /")
    link = server.answers("/lake.jpg", PICTURE) + "?w=1"
    file = fetcher.fetch(PostLink(link, "2018-01-01")).file
    assert (file.address, file.page, file.published) == (link, None, "2018-01-01")
    assert visited(server) == ["/lake.jpg?w=1"]


def test_a_picture_is_known_by_what_it_holds_and_not_by_its_name(server: LocalServer, fetcher: PostFetcher) -> None:
    link = server.answers("/file/7", PICTURE, headers=HTML)
    assert fetcher.fetch(PostLink(link)).file.address == link


def test_a_page_that_is_called_like_a_picture_is_read_as_a_page(server: LocalServer, fetcher: PostFetcher) -> None:
    link = page(server, "/File:Lake.jpg")
    assert fetcher.fetch(PostLink(link)).file.page == link
    assert visited(server) == ["/File:Lake.jpg", "/robots.txt", "/File:Lake.jpg", "/picture"]


def test_a_page_that_moved_is_read_where_it_is_and_its_addresses_begin_there(
    server: LocalServer, fetcher: PostFetcher
) -> None:
    server.answers("/new/a.jpg", PICTURE)
    page(server, "/new/post", "a.jpg")
    link = server.redirects("/short", "/new/post")
    file = fetcher.fetch(PostLink(link)).file
    assert (file.page, file.address) == (link, f"{server.url}/new/a.jpg")


def test_the_artists_own_date_goes_before_that_of_the_page(server: LocalServer, fetcher: PostFetcher) -> None:
    link = page(server, more="<time datetime=2019-05-02>")
    assert fetcher.fetch(PostLink(link, "2012-12-12")).file.published == "2012-12-12"


def test_a_page_of_several_pictures_gives_its_first_and_says_so(server: LocalServer, fetcher: PostFetcher) -> None:
    link = page(server, more='<meta property="og:image" content="/second">')
    note = "its page names 2 pictures, of which the first was fetched; name the others by their own addresses"
    assert fetcher.fetch(PostLink(link)).note == note
    assert "/second" not in visited(server)


def test_a_page_in_utf_16_is_read_since_its_server_says_what_it_is(server: LocalServer, fetcher: PostFetcher) -> None:
    body = '<meta property="og:image" content="/picture">'.encode("utf-16")
    assert fetcher.fetch(PostLink(server.answers("/post", body, headers=HTML))).body == PICTURE


def test_a_page_that_names_no_picture_is_told(server: LocalServer, fetcher: PostFetcher) -> None:
    link = server.answers("/post", b"<html><img src='/picture'></html>", headers=HTML)
    assert why_not(fetcher, link).startswith("the page does not say to programs which picture it shows")


def test_a_page_that_its_site_keeps_from_programs_is_not_read(server: LocalServer, fetcher: PostFetcher) -> None:
    server.answers("/robots.txt", b"User-agent: *\nDisallow: /post")
    assert why_not(fetcher, page(server)) == "the site's robots.txt asks programs not to read this page"
    assert visited(server) == ["/robots.txt"]


@pytest.mark.parametrize(
    ("status", "words"), [(401, "unauthorized"), (403, "forbidden"), (404, "not found"), (410, "gone")]
)
def test_a_post_that_is_not_shown_to_programs_is_told(
    server: LocalServer, fetcher: PostFetcher, status: int, words: str
) -> None:
    link = server.answers("/post", b"<html>no", status, HTML)
    assert why_not(fetcher, link) == f"the server answered {status} ({words})"


def test_a_picture_that_is_only_shown_within_its_own_pages_is_told(server: LocalServer, fetcher: PostFetcher) -> None:
    server.answers("/picture", b"", 403)
    assert why_not(fetcher, page(server)) == "its picture was not fetched: the server answered 403 (forbidden)"
    assert "Referer" not in server.seen[-1].headers


@pytest.mark.parametrize("wall", ["/login", "/accounts/login/?next=/post", "/users/sign_in", "/signin.php"])
def test_a_page_that_leads_to_a_wall_gives_not_the_picture_of_the_wall(
    server: LocalServer, fetcher: PostFetcher, wall: str
) -> None:
    page(server, wall.partition("?")[0])
    assert why_not(fetcher, server.redirects("/post", wall)).startswith("the site asks to sign in before it shows")
    assert "/picture" not in visited(server)


def test_a_second_page_with_the_same_picture_is_suspected(server: LocalServer, fetcher: PostFetcher) -> None:
    first, second = page(server, "/1"), page(server, "/2")
    fetcher.fetch(PostLink(first))
    assert why_not(fetcher, second) == f"its page names the same picture as {first}, perhaps only the site's logo"
    assert visited(server).count("/picture") == 1


@pytest.mark.parametrize(
    ("body", "because"),
    [
        (b"<!DOCTYPE html><p>gone", "it is a web page, not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is an SVG drawing, which this version does not read;"),
        (b"PK\x03\x04" + bytes(60), "it is an archive or layered document, not a picture"),
        (b"", "it is not a picture in a format that this program knows"),
    ],
)
def test_a_page_whose_picture_is_none_is_told(
    server: LocalServer, fetcher: PostFetcher, body: bytes, because: str
) -> None:
    server.answers("/picture", body, headers={"Content-Type": "image/jpeg"})
    assert why_not(fetcher, page(server)).startswith(f"what its page names as its picture is none: {because}")


def test_a_link_to_something_else_is_told(server: LocalServer, fetcher: PostFetcher) -> None:
    assert why_not(fetcher, server.answers("/book", b"%PDF-1.7\0")) == "it is a PDF document, not a picture"


@pytest.mark.parametrize("address", ["169.254.169.254", "192.168.1.1"])
def test_a_page_cannot_lead_into_the_own_network(
    server: LocalServer, strict: PostFetcher, internet: Internet, address: str
) -> None:
    internet.names |= {"art.example": [[PUBLIC]], address: [[address]]}
    page(server, picture=f"http://{address}/a.png")
    assert f"a private network ({address})" in why_not(strict, "http://art.example/post")
    assert set(internet.contacted) == {PUBLIC}


def test_offline_nobody_is_asked(server: LocalServer, tmp_path: Path) -> None:
    with PostFetcher(Network(tmp_path / "sent.jsonl", offline=True), Monitor()) as fetcher:
        assert why_not(fetcher, page(server)) == "offline is switched on"
    assert server.seen == []


def test_a_stop_ends_the_fetching(server: LocalServer, network: Network) -> None:
    with PostFetcher(network, stop_after(0)) as fetcher, pytest.raises(Cancelled):
        fetcher.fetch(PostLink(page(server)))


@pytest.mark.parametrize(
    ("link", "picture", "platform", "post_id"),
    [
        (
            "http://www.deviantart.com/luna/art/Lake-777",
            "http://images-wixmp-1.wixmp.com/f/x.jpg",
            "DeviantArt",
            "777",
        ),
        ("http://www.artstation.com/artwork/EJ6Jn", "http://cdna.artstation.com/p/a.jpg", "ArtStation", "EJ6Jn"),
        ("http://x.com/luna/status/123", "http://pbs.twimg.com/media/ABC.jpg", "X (Twitter)", "123"),
        ("http://luna-art.example/lake", "http://luna-art.example/uploads/lake.jpg", "luna-art.example", None),
    ],
)
def test_platform_and_number_of_the_post_are_told_by_the_addresses(
    server: LocalServer,
    strict: PostFetcher,
    internet: Internet,
    link: str,
    picture: str,
    platform: str,
    post_id: str | None,
) -> None:
    internet.names |= {address.split("/")[2]: [[PUBLIC]] for address in (link, picture)}
    page(server, "/" + link.split("/", 3)[3], picture)
    server.answers("/" + picture.split("/", 3)[3], PICTURE)
    file = strict.fetch(PostLink(link)).file
    assert (file.platform, file.post_id) == (platform, post_id)
    assert (file.page, file.address) == (link, picture)
