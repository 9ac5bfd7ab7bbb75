"""Pages are read where the site lets programs read them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.net.ledger import LedgerEntry
from indexer.net.network import Network
from indexer.net.pages import PageClient
from tests.helpers.monitors import StopWhen
from tests.helpers.server import LocalServer, Visit
from tests.indexer.net.conftest import PUBLIC, Internet, QuickPacing
from tests.indexer.net.test_limits import NEVER

FORBIDDEN = "the site's robots.txt asks programs not to read this page"


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "sent.jsonl", allow_private_hosts=True, pacing=QuickPacing())


@pytest.fixture
def pages(network: Network) -> Iterator[PageClient]:
    with PageClient(network) as ready:
        yield ready


@pytest.fixture
def page(server: LocalServer) -> str:
    return server.answers("/gallery", b"<p>my pictures")


def why_not(pages: PageClient, url: str) -> str:
    with pytest.raises(InputProblem) as caught:
        pages.fetch(url, "to test")
    return caught.value.because


def visited(server: LocalServer) -> list[str]:
    return [seen.path for seen in server.seen]


def test_a_page_is_read_after_the_site_was_asked_and_the_ledger_says_so(
    server: LocalServer, pages: PageClient, page: str, sent: Callable[[], list[LedgerEntry]]
) -> None:
    server.answers("/robots.txt", b"User-agent: *\nDisallow: /cart")
    assert pages.fetch(page, "to find the picture's page").body == b"<p>my pictures"
    assert visited(server) == ["/robots.txt", "/gallery"]
    assert [entry.purpose for entry in sent()] == [
        "to see what programs may read there",
        "to find the picture's page",
    ]


def test_a_page_that_the_site_asks_programs_not_to_read_is_not_read(
    server: LocalServer, pages: PageClient, page: str
) -> None:
    server.answers("/robots.txt", b"User-agent: *\nDisallow: /gallery")
    assert why_not(pages, page) == FORBIDDEN
    assert why_not(pages, page) == FORBIDDEN
    assert visited(server) == ["/robots.txt"], "the site was asked once"


def test_the_rules_of_a_site_hold_for_what_it_redirects_to(server: LocalServer, pages: PageClient, page: str) -> None:
    server.answers("/robots.txt", b"User-agent: *\nDisallow: /gallery")
    assert why_not(pages, server.redirects("/short", page)) == FORBIDDEN
    assert visited(server) == ["/robots.txt", "/short"]


def test_every_host_is_asked_for_itself(server: LocalServer, pages: PageClient, page: str) -> None:
    server.answers("/robots.txt", b"User-agent: *\nDisallow: /gallery")
    with LocalServer() as other:
        assert why_not(pages, other.redirects("/go", page)) == FORBIDDEN
        assert visited(other) == ["/robots.txt", "/go"]
    assert visited(server) == ["/robots.txt"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_site_without_rules_lets_everything_be_read(
    server: LocalServer, pages: PageClient, page: str, status: int
) -> None:
    server.answers("/robots.txt", b"User-agent: *\nDisallow: /", status)
    assert pages.fetch(page, "to test").status == 200


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_site_in_trouble_is_left_alone(server: LocalServer, pages: PageClient, page: str, status: int) -> None:
    server.answers("/robots.txt", b"", status)
    because = why_not(pages, page)
    assert because.startswith(f"the site's robots.txt cannot be read now (the server answered {status} (")
    assert because.endswith(", so the page is left alone")
    assert visited(server) == ["/robots.txt"]


def test_rules_without_end_are_no_leave_to_read(server: LocalServer, pages: PageClient, page: str) -> None:
    server.answers("/robots.txt", b"#" * (2 << 20))
    assert why_not(pages, page) == "the answer is larger than 1 MB"
    assert "/gallery" not in visited(server)


def test_a_site_that_is_gone_is_told_as_for_any_page(server: LocalServer, pages: PageClient) -> None:
    url = server.url + "/gallery"
    server.close()
    assert why_not(pages, url).startswith("the server could not be reached (")


def test_rules_that_lie_elsewhere_are_followed(server: LocalServer, pages: PageClient, page: str) -> None:
    server.answers("/rules", b"User-agent: exhibit-a\nDisallow: /gallery")
    server.redirects("/robots.txt", "/rules", 301)
    assert why_not(pages, page) == FORBIDDEN


def test_a_redirect_of_the_rules_into_the_own_network_is_refused(
    server: LocalServer, network: Network, internet: Internet
) -> None:
    internet.names |= {"art.example": [[PUBLIC]], "169.254.169.254": [["169.254.169.254"]]}
    server.redirects("/robots.txt", "http://169.254.169.254/latest/meta-data/")
    with PageClient(replace(network, allow_private_hosts=False)) as pages:
        assert "a private network (169.254.169.254)" in why_not(pages, "http://art.example/gallery")
    assert set(internet.contacted) == {PUBLIC}
    assert visited(server) == ["/robots.txt"]


def test_offline_no_site_is_asked(server: LocalServer, network: Network, internet: Internet) -> None:
    internet.names["art.example"] = [[PUBLIC]]
    with PageClient(replace(network, offline=True, allow_private_hosts=False)) as pages:
        assert why_not(pages, "http://art.example/gallery") == "offline is switched on"
    assert (internet.asked, server.seen) == ([], [])


def test_several_threads_ask_a_site_once_and_a_stop_takes_effect_in_each(
    server: LocalServer, pages: PageClient, page: str
) -> None:
    asked, stop = threading.Event(), threading.Event()

    def silent(visit: Visit) -> None:
        asked.set()
        visit.wait(NEVER)

    server.plays("/robots.txt", silent)
    ended: list[str] = []

    def read(monitor: Monitor) -> None:
        try:
            pages.fetch(page, "to test", monitor)
        except Cancelled:
            ended.append("stopped")

    threads = [threading.Thread(target=read, args=(StopWhen(lambda _: stop.is_set()),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    asked.wait()
    stop.set()
    for thread in threads:
        thread.join()
    assert ended == ["stopped"] * 2
    assert visited(server) == ["/robots.txt"]
