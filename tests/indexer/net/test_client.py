"""Fetching: what comes back, what is refused, what is sent along, and what the ledger says of it."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.core.about import this_tool
from indexer.core.errors import Cancelled, InputProblem, StorageProblem
from indexer.core.progress import Monitor
from indexer.net.client import Client
from indexer.net.ledger import Ledger, LedgerEntry
from indexer.net.pacing import Pacing
from tests.helpers.server import LocalServer, Visit
from tests.indexer.net.conftest import PUBLIC, Internet, QuickPacing

Sent = Callable[[], list[LedgerEntry]]

METADATA = "http://169.254.169.254/latest/meta-data/"


def why_not(client: Client, url: str) -> str:
    """The sentence with which the fetch fails."""
    with pytest.raises(InputProblem) as caught:
        client.fetch(url, "to test")
    assert caught.value.path == url
    return caught.value.because


def test_a_file_is_fetched(server: LocalServer, client: Client) -> None:
    (server.folder / "a.png").write_bytes(b"picture")
    fetched = client.fetch(f"{server.url}/a.png#part", "to test")
    assert (fetched.status, fetched.body, fetched.content_type) == (200, b"picture", "image/png")
    assert fetched.url == f"{server.url}/a.png#part"
    assert fetched.final_url == f"{server.url}/a.png"
    assert fetched.fetched_utc.endswith("Z")


def test_an_answer_without_a_type_has_none(server: LocalServer, client: Client) -> None:
    assert client.fetch(server.answers("/x"), "to test").content_type is None


def test_an_empty_answer_is_an_answer(server: LocalServer, client: Client) -> None:
    fetched = client.fetch(server.answers("/nothing", status=204), "to test")
    assert (fetched.status, fetched.body) == (204, b"")


@pytest.mark.parametrize(
    ("status", "because"),
    [
        (404, "the server answered 404 (not found)"),
        (403, "the server answered 403 (forbidden)"),
        (500, "the server answered 500 (internal server error)"),
        (304, "the server answered 304 (not modified)"),
        (302, "the server answered 302 (found)"),
        (799, "the server answered 799"),
    ],
)
def test_an_answer_that_is_no_success_is_a_sentence(
    server: LocalServer, client: Client, status: int, because: str
) -> None:
    assert why_not(client, server.answers("/x", b"page", status)) == because
    assert len(server.seen) == 1


def test_redirects_are_followed_to_the_end(server: LocalServer, client: Client, sent: Sent) -> None:
    server.answers("/end/%C3%A4", b"there")
    server.redirects("/middle", "end/ä".encode().decode("latin-1"))  # as servers send it: raw UTF-8
    fetched = client.fetch(server.redirects("/start", f"{server.url}/middle", 301), "to test")
    assert fetched.body == b"there"
    assert fetched.final_url == f"{server.url}/end/%C3%A4"
    assert [entry.outcome and entry.outcome.status for entry in sent()] == [301, 302, 200]


def test_a_redirect_loop_ends(server: LocalServer, client: Client) -> None:
    assert why_not(client, server.redirects("/round", "/round")) == "it was redirected more than 5 times"
    assert len(server.seen) == 6


def test_a_redirect_to_a_file_is_refused(server: LocalServer, client: Client) -> None:
    because = why_not(client, server.redirects("/x", "file:///etc/passwd"))
    assert because == "only addresses that begin with http or https are fetched"


@pytest.mark.parametrize("location", ["http://[", "http://a:b/"])
def test_a_redirect_to_nowhere_is_one_sentence(server: LocalServer, client: Client, location: str) -> None:
    assert "web address" in why_not(client, server.redirects("/x", location))


@pytest.mark.parametrize(
    ("location", "words"),
    [
        (METADATA, "a private network (169.254.169.254)"),
        ("http://10.0.0.5/admin", "a private network (10.0.0.5)"),
        ("http://127.0.0.1:8080/", "this computer (127.0.0.1)"),
        ("http://[::ffff:10.0.0.5]/", "a private network (10.0.0.5)"),
        ("http://[::1]/", "this computer (::1)"),
    ],
    ids=["the keys of a cloud machine", "a router", "this computer", "a router in disguise", "this computer's IPv6"],
)
def test_a_redirect_to_a_private_address_is_refused(
    server: LocalServer, strict_client: Client, internet: Internet, sent: Sent, location: str, words: str
) -> None:
    host = location.split("/")[2].removesuffix(":8080").strip("[]")
    internet.names |= {"art.example": [[PUBLIC]], host: [[host]]}
    server.redirects("/x", location)
    because = why_not(strict_client, "http://art.example/x")
    assert because == f"the address leads to {words}, which is not fetched from unless allowed"
    assert internet.contacted == [PUBLIC]
    first, second = sent()
    assert first.outcome is not None
    assert (first.outcome.status, first.outcome.address) == (302, PUBLIC)
    assert second.outcome is not None
    assert (second.url, second.outcome.failure, second.outcome.address) == (location, because, None)


def test_this_computer_is_refused_unless_allowed(server: LocalServer, strict_client: Client, sent: Sent) -> None:
    assert why_not(strict_client, server.url) == (
        "the address leads to this computer (127.0.0.1), which is not fetched from unless allowed"
    )
    assert server.seen == []
    assert len(sent()) == 1  # a refusal is not tried a second time


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost"])
def test_other_spellings_of_this_computer_are_refused_too(strict_client: Client, host: str) -> None:
    assert "this computer (" in why_not(strict_client, f"http://{host}/")


def test_a_public_address_is_fetched_from(server: LocalServer, strict_client: Client, internet: Internet) -> None:
    internet.names["art.example"] = [[PUBLIC]]
    server.answers("/a", b"picture")
    assert strict_client.fetch("http://art.example/a", "to test").body == b"picture"
    assert server.seen[0].headers["Host"] == "art.example"


def test_the_address_that_was_judged_is_the_one_contacted(
    server: LocalServer, strict_client: Client, internet: Internet
) -> None:
    internet.names["art.example"] = [[PUBLIC], ["10.0.0.5"]]
    server.plays("/a", lambda visit: (visit.begin({"Connection": "close"}), visit.wfile.write(b"picture")))
    assert strict_client.fetch("http://art.example/a", "to test").body == b"picture"
    assert internet.asked == ["art.example"]
    assert "a private network (10.0.0.5)" in why_not(strict_client, "http://art.example/a")
    assert internet.contacted == [PUBLIC]


def test_a_host_with_a_public_and_a_private_address_is_refused(strict_client: Client, internet: Internet) -> None:
    internet.names["art.example"] = [[PUBLIC, "10.0.0.5"]]
    assert "a private network (10.0.0.5)" in why_not(strict_client, "http://art.example/a")
    assert internet.contacted == []


def test_the_next_address_of_a_host_is_tried_when_one_does_not_answer(
    server: LocalServer, client: Client, internet: Internet, sent: Sent
) -> None:
    internet.names["art.example"] = [["::1", "127.0.0.1"]]
    server.answers("/a", b"picture")
    assert client.fetch(f"http://art.example:{server.port}/a", "to test").body == b"picture"
    assert internet.contacted[-1] == "127.0.0.1"
    assert sent()[0].outcome is not None
    assert sent()[0].outcome.address == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "because"),
    [
        ("", "it is not a complete web address"),
        ("art.example/a.png", "it is not a complete web address"),
        ("http://", "it is not a complete web address"),
        ("http:///a.png", "it is not a complete web address"),
        ("http://art.example:99999/", "it is not a complete web address"),
        ("http://[::1/", "it is not a complete web address"),
        ("file:///etc/passwd", "only addresses that begin with http or https are fetched"),
        ("ftp://art.example/a", "only addresses that begin with http or https are fetched"),
        ("data:text/plain,a", "only addresses that begin with http or https are fetched"),
        ("httpx://art.example/", "only addresses that begin with http or https are fetched"),
        ("http://me:secret@art.example/", "it holds a user name or password"),
        ("http://me@art.example/", "it holds a user name or password"),
    ],
)
def test_an_address_that_cannot_be_fetched_is_refused_before_anything_is_sent(
    client: Client, internet: Internet, sent: Sent, url: str, because: str
) -> None:
    assert why_not(client, url) == because
    assert internet.asked == []
    assert sent() == []


def test_offline_nothing_is_looked_up_contacted_or_written(ledger: Ledger, internet: Internet, sent: Sent) -> None:
    internet.names["art.example"] = [[PUBLIC]]
    with Client(ledger, offline=True, allow_private_hosts=True) as client:
        for url in ("http://art.example/", f"http://{PUBLIC}/", "http://10.0.0.5/", "http://x.localhost/"):
            assert why_not(client, url) == "offline is switched on"
    assert (internet.asked, internet.contacted, sent()) == ([], [], [])


def test_offline_this_computer_is_not_the_network(server: LocalServer, ledger: Ledger) -> None:
    url = server.answers("/a", b"here")
    with Client(ledger, offline=True, allow_private_hosts=True) as client:
        assert client.fetch(url, "to test").body == b"here"
    with Client(ledger, offline=True) as client:
        assert why_not(client, url) == "offline is switched on"


def test_offline_a_redirect_does_not_leave_this_computer(server: LocalServer, ledger: Ledger) -> None:
    url = server.redirects("/a", f"http://{PUBLIC}/")
    with Client(ledger, offline=True, allow_private_hosts=True) as client:
        assert why_not(client, url) == "offline is switched on"


@example("http://\udcff/")
@example("http://a\n\r.example/")
@example("http://%zz@/")
@example("http://xn--\xad/")
@example("//[")
@given(st.one_of(st.text(), st.text().map("http://{}".format), st.text().map("https://art.example/{}".format)))
def test_no_text_makes_an_offline_fetch_raise_anything_else(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    with Client(Ledger(tmp_path_factory.getbasetemp() / "offline.jsonl"), offline=True) as client:
        why_not(client, text)


@given(st.one_of(st.text(), st.text().map("http://{}".format), st.text(max_size=9).map("https://{}.example/x".format)))
def test_no_text_makes_an_online_fetch_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "sent.jsonl")
    with pytest.MonkeyPatch.context() as patch, Client(ledger, pacing=QuickPacing()) as client:
        patch.setattr(socket, "getaddrinfo", Internet().look_up)
        why_not(client, text)


def test_only_what_is_needed_is_sent_along(
    server: LocalServer, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = tmp_path / "netrc"
    passwords.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(passwords))
    client.fetch(server.answers("/a"), "to test")
    assert dict(server.seen[0].headers) == {
        "Host": f"127.0.0.1:{server.port}",
        "User-Agent": f"exhibit-a/{this_tool().version}",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
    }


def test_no_cookie_is_sent_back_and_no_page_named(server: LocalServer, client: Client) -> None:
    server.answers("/end", headers={"Set-Cookie": "who=me; Path=/"})
    url = server.answers("/a", status=302, headers={"Set-Cookie": "who=me; Path=/", "Location": "/end"})
    for _ in range(2):
        client.fetch(url, "to test")
    assert len(server.seen) == 4
    for seen in server.seen:
        assert "Cookie" not in seen.headers
        assert "Referer" not in seen.headers


def test_the_proxies_of_the_environment_are_not_used(
    server: LocalServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert client.fetch(server.answers("/a", b"direct"), "to test").body == b"direct"


def test_a_connection_is_used_again_and_its_address_written_down_again(
    server: LocalServer, client: Client, sent: Sent
) -> None:
    url = server.answers("/a", b"x")
    for _ in range(3):
        client.fetch(url, "to test")
    assert len({seen.port for seen in server.seen}) == 1
    assert [entry.outcome and entry.outcome.address for entry in sent()] == ["127.0.0.1"] * 3


def test_the_ledger_has_a_request_before_it_leaves(server: LocalServer, client: Client, sent: Sent) -> None:
    written: list[LedgerEntry] = []

    def script(visit: Visit) -> None:
        written.extend(sent())
        visit.answer(b"x" * 1000)

    url = server.plays("/a", script) + "?name=Ada%20L"
    client.fetch(url, "to compare the picture")
    (entry,) = written
    assert entry.outcome is None
    assert (entry.method, entry.url, entry.host) == ("GET", url, "127.0.0.1")
    assert (entry.purpose, entry.body_bytes) == ("to compare the picture", 0)
    (entry,) = sent()
    assert entry.outcome is not None
    assert (entry.outcome.status, entry.outcome.failure, entry.outcome.address) == (200, None, "127.0.0.1")
    assert 1000 < entry.outcome.bytes_received < 1500


def test_nothing_is_sent_when_the_ledger_cannot_be_written(server: LocalServer, client: Client, ledger: Ledger) -> None:
    url = server.answers("/a")
    ledger.path.mkdir()
    with pytest.raises(StorageProblem):
        client.fetch(url, "to test")
    assert server.seen == []


def test_a_broken_connection_is_tried_once_more(server: LocalServer, client: Client, sent: Sent) -> None:
    def script(visit: Visit) -> None:
        if len(server.seen) > 1:
            visit.answer(b"second")
        visit.close_connection = True

    assert client.fetch(server.plays("/a", script), "to test").body == b"second"
    first, second = sent()
    assert first.outcome is not None
    assert (first.outcome.status, first.outcome.failure) == (None, "the server gave no usable answer")
    assert second.outcome is not None
    assert second.outcome.status == 200


def test_a_closed_port_is_tried_twice_and_told(server: LocalServer, client: Client, sent: Sent) -> None:
    url = server.url
    server.close()
    because = why_not(client, url)
    assert because.startswith("the server could not be reached (")
    assert [entry.outcome and entry.outcome.failure for entry in sent()] == [because] * 2


def test_an_answer_that_is_not_http_is_one_sentence(server: LocalServer, client: Client) -> None:
    def script(visit: Visit) -> None:
        visit.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        visit.close_connection = True

    assert why_not(client, server.plays("/a", script)) == "the server gave no usable answer"


def with_length(server: LocalServer, length: str) -> str:
    def script(visit: Visit) -> None:
        visit.begin({"Content-Length": length})
        visit.wfile.write(b"hello")
        visit.close_connection = True

    return server.plays("/a", script)


@pytest.mark.parametrize("length", ["-1", "x", "9" * 5000])
def test_a_length_that_is_no_number_is_passed_over(server: LocalServer, client: Client, length: str) -> None:
    assert client.fetch(with_length(server, length), "to test").body == b"hello"


def test_two_lengths_that_disagree_are_no_answer(server: LocalServer, client: Client) -> None:
    assert why_not(client, with_length(server, "5, 6")) == "the answer broke off before it was complete"


def test_every_request_waits_for_its_turn_before_it_is_written_down(
    server: LocalServer, ledger: Ledger, internet: Internet, sent: Sent
) -> None:
    turns: list[tuple[str, int]] = []

    class Counting(Pacing):
        def wait(self, host: str, check: Callable[[], None]) -> None:
            turns.append((host, len(sent())))

    internet.names["art.example"] = [[PUBLIC]]
    server.redirects("/a", "/b")
    server.answers("/b")
    with Client(ledger, pacing=Counting()) as client:
        client.fetch("http://art.example/a", "to test")
    assert turns == [("art.example", 0), ("art.example", 1)]


def test_a_stop_before_the_request_sends_nothing(server: LocalServer, ledger: Ledger, sent: Sent) -> None:
    class Stopped(Monitor):
        def check(self) -> None:
            raise Cancelled

    with Client(ledger, allow_private_hosts=True) as client, pytest.raises(Cancelled):
        client.fetch(server.url, "to test", Stopped())
    assert server.seen == []
    assert sent() == []
