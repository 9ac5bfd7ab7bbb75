"""Questions and answers in JSON: what services send, what they should not send, and what never leaves."""

import gzip
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.net.json_api import ApiLimits, JsonApi
from indexer.net.ledger import LedgerEntry
from indexer.net.network import Network
from indexer.net.sockets import NotReached
from tests.helpers.monitors import stop_after
from tests.helpers.server import LocalServer, Visit
from tests.indexer.net.conftest import PUBLIC, Internet, QuickPacing
from tests.indexer.net.test_limits import NEVER

Sent = Callable[[], list[LedgerEntry]]

TOKEN = "hf_onlyForTheHub"


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "sent.jsonl", allow_private_hosts=True, pacing=QuickPacing())


@pytest.fixture
def api(network: Network) -> Iterator[JsonApi]:
    with JsonApi(network) as ready:
        yield ready


def why_not(api: JsonApi, url: str, *, posted: object = None) -> str:
    with pytest.raises(InputProblem) as caught:
        if posted is None:
            api.get(url, "to test", Monitor())
        else:
            api.post(url, posted, "to test", Monitor())
    assert caught.value.path == url
    return caught.value.because


def test_a_question_in_the_address_is_answered(server: LocalServer, api: JsonApi) -> None:
    answer = api.get(
        server.answers("/size", b'{"rows": [1, "\xc3\xa4", null]}') + "?dataset=a%2Fb", "to test", Monitor()
    )
    assert (answer.status, answer.content) == (200, {"rows": [1, "ä", None]})
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.headers["Accept"]) == ("GET", "/size?dataset=a%2Fb", "application/json")


def test_a_posted_question_is_answered(server: LocalServer, api: JsonApi) -> None:
    url = server.plays("/knn-service", lambda visit: visit.answer(b"[%d]" % len(json.loads(visit.body)["vector"])))
    answer = api.post(url, {"vector": [0.25, -1.5], "text": "ä"}, "to test", Monitor())
    assert answer.content == [2]
    (seen,) = server.seen
    assert (seen.method, seen.headers["Content-Type"]) == ("POST", "application/json")
    assert json.loads(seen.body) == {"vector": [0.25, -1.5], "text": "ä"}


def test_the_ledger_names_kind_and_size_of_what_is_posted_and_nothing_of_it(
    server: LocalServer, api: JsonApi, sent: Sent, network: Network
) -> None:
    url = server.answers("/knn-service", b"[]")
    api.post(url, {"text": "a private sentence"}, "to look for similar pictures", Monitor())
    (entry,) = sent()
    assert (entry.method, entry.url, entry.purpose) == ("POST", url, "to look for similar pictures")
    assert (entry.body_type, entry.body_bytes) == ("application/json", len(server.seen[0].body))
    assert "private sentence" not in network.ledger.read_text()


def test_a_large_question_is_sent_whole_to_a_service_that_reads_slowly(server: LocalServer, api: JsonApi) -> None:
    server.reads_after_s = 0.4  # several times the slice in which the program looks at its limits
    question = "x" * (16 << 20)  # more than the system keeps for a reader who is late
    assert api.post(server.answers("/knn", b"[7]"), question, "to test", Monitor()).content == [7]
    assert len(server.seen[0].body) == len(question) + 2


def test_a_service_that_does_not_read_is_given_up(server: LocalServer, network: Network) -> None:
    server.reads_after_s = NEVER
    with JsonApi(network, ApiLimits(read_s=0.3)) as api:
        because = why_not(api, server.answers("/knn", b"[]"), posted="x" * (16 << 20))
    assert because == "the server sent nothing for 0.3 seconds"


@pytest.mark.parametrize("status", [400, 404, 405, 422, 500, 502])
def test_the_words_of_a_refusal_are_handed_on(server: LocalServer, api: JsonApi, status: int) -> None:
    url = server.answers("/x", b'{"message": "Internal Server Error"}', status)
    assert api.get(url, "to test", Monitor()).content == {"message": "Internal Server Error"}
    assert api.post(url, {}, "to test", Monitor()).status == status
    assert len(server.seen) == 2


@pytest.mark.parametrize("body", [b"", b"<html>Bad Gateway</html>", b"no data", b"\xff"])
def test_a_refusal_without_data_is_a_refusal_all_the_same(server: LocalServer, api: JsonApi, body: bytes) -> None:
    answer = api.get(server.answers("/x", body, 502), "to test", Monitor())
    assert (answer.status, answer.content) == (502, None)


def test_an_empty_answer_holds_nothing(server: LocalServer, api: JsonApi) -> None:
    assert api.get(server.answers("/x", status=204), "to test", Monitor()).content is None
    assert api.get(server.answers("/y", b" \r\n"), "to test", Monitor()).content is None


def test_headers_are_found_in_upper_and_lower_case(server: LocalServer, api: JsonApi) -> None:
    answer = api.get(server.answers("/x", b"1", headers={"X-Error-Code": "Missing"}), "to test", Monitor())
    assert (answer.headers["x-error-code"], answer.headers.get("X-ERROR-CODE")) == ("Missing", "Missing")


def test_what_is_no_number_is_nothing(server: LocalServer, api: JsonApi) -> None:
    body = b'[{"a": NaN, "b": Infinity, "c": -Infinity, "d": 1e999, "e": -1e999, "f": 1.5, "g": -3.4028235e38}]'
    assert api.get(server.answers("/x", body), "to test", Monitor()).content == [
        {"a": None, "b": None, "c": None, "d": None, "e": None, "f": 1.5, "g": -3.4028235e38}
    ]


def test_large_ids_keep_all_their_digits(server: LocalServer, api: JsonApi) -> None:
    body = b"[9007199254740993, -9223372036854775808, 18446744073709551616]"
    assert api.get(server.answers("/x", body), "to test", Monitor()).content == [2**53 + 1, -(2**63), 2**64]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!doctype html><p>Sign in", None),
        (b"\n  <html>", "application/json"),
        (b"Welcome", "text/html; charset=utf-8"),
    ],
)
def test_a_web_page_is_not_data(server: LocalServer, api: JsonApi, body: bytes, kind: str | None) -> None:
    url = server.answers("/x", body, headers={"Content-Type": kind} if kind else {})
    assert why_not(api, url) == "it answered with a web page instead of data"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1, 2",
        b'{"a": 1}{"b": 2}',
        b"\xff\xfe\xfd",
        b"\x80abc",
        b"[" * 100_000,
        b"1" * 5000,
        b'{"a": tru}',
        b"\0",
    ],
)
def test_nonsense_is_not_data(server: LocalServer, api: JsonApi, body: bytes) -> None:
    assert why_not(api, server.answers("/x", body)) == "its answer is not readable data"


def test_very_deep_nesting_is_not_data(server: LocalServer, api: JsonApi) -> None:
    url = server.answers("/x", b'{"a":' * 200_000 + b"1" + b"}" * 200_000)
    assert why_not(api, url) == "its answer is not readable data"


def test_an_answer_of_very_many_values_is_refused_before_it_fills_the_memory(
    server: LocalServer, network: Network
) -> None:
    with JsonApi(network, ApiLimits(max_values=1000)) as api:
        assert (
            why_not(api, server.answers("/x", b"[" + b"{}," * 600 + b"{}]"))
            == "the answer holds more than 1,000 values"
        )
        assert api.get(server.answers("/y", json.dumps([1] * 900).encode()), "to test", Monitor()).content == [1] * 900


def test_a_packed_answer_is_read(server: LocalServer, api: JsonApi) -> None:
    url = server.answers("/x", gzip.compress(b"[1]"), headers={"Content-Encoding": "gzip"})
    assert api.get(url, "to test", Monitor()).content == [1]


def test_the_limits_are_those_of_the_design() -> None:
    assert ApiLimits() == ApiLimits(64 << 20, 4_000_000, connect_s=10, read_s=60, total_s=120, wait_s=300)


def test_an_answer_of_ten_gigabytes_is_not_even_begun(server: LocalServer, api: JsonApi) -> None:
    def script(visit: Visit) -> None:
        visit.begin({"Content-Length": str(10 << 30)})
        visit.wait(NEVER)

    url = server.plays("/x", script)
    assert why_not(api, url) == why_not(api, url, posted={}) == "the answer is larger than 64 MB"


def test_an_answer_without_end_is_ended(server: LocalServer, network: Network) -> None:
    def script(visit: Visit) -> None:
        visit.begin({})
        while not visit.wait(0):
            visit.wfile.write(b" " * 65536)

    with JsonApi(network, ApiLimits(max_bytes=1 << 20)) as api:
        assert why_not(api, server.plays("/x", script)) == "the answer is larger than 1 MB"


def test_a_small_answer_that_unpacks_to_a_huge_one_is_ended(server: LocalServer, network: Network) -> None:
    url = server.answers("/x", gzip.compress(b" " * (64 << 20), 1), headers={"Content-Encoding": "gzip"})
    with JsonApi(network, ApiLimits(max_bytes=1 << 20)) as api:
        assert why_not(api, url) == "the answer is larger than 1 MB"


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,"])
def test_a_service_that_stalls_for_twenty_minutes_is_given_up(
    server: LocalServer, network: Network, begun: bytes
) -> None:
    def stall(visit: Visit) -> None:
        visit.wfile.write(begun)
        visit.wait(20 * 60)

    url = server.plays("/x", stall)
    with JsonApi(network, ApiLimits(read_s=0.3)) as api:
        assert why_not(api, url, posted={}) == "the server sent nothing for 0.3 seconds"
    assert len(server.seen) == 1


def test_a_service_that_drips_for_twenty_minutes_is_given_up(server: LocalServer, network: Network) -> None:
    def drip(visit: Visit) -> None:
        visit.begin({"Content-Length": "100000"})
        visit.drip(b" " * 100_000, pause_s=0.02)

    with JsonApi(network, ApiLimits(total_s=0.4)) as api:
        assert why_not(api, server.plays("/x", drip)) == "the server took longer than 0.4 seconds"


def test_a_service_that_breaks_off_is_told(server: LocalServer, api: JsonApi) -> None:
    def script(visit: Visit) -> None:
        visit.answer(b"[1,", headers={"Content-Length": "80"})
        visit.close_connection = True

    assert why_not(api, server.plays("/x", script)) == "the answer broke off before it was complete"


def test_a_service_that_is_gone_is_told(server: LocalServer, api: JsonApi) -> None:
    url = server.url
    server.close()
    with pytest.raises(NotReached) as caught:
        api.post(url, {}, "to test", Monitor())
    assert caught.value.path == url
    assert caught.value.because.startswith("the server could not be reached (")


def test_a_service_that_refuses_is_not_one_that_is_gone(server: LocalServer, api: JsonApi) -> None:
    with pytest.raises(InputProblem) as caught:
        api.get(server.answers("/x", b"no data"), "to test", Monitor())
    assert not isinstance(caught.value, NotReached)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_posted_question_is_not_sent_on_to_another_address(server: LocalServer, api: JsonApi, status: int) -> None:
    server.answers("/other", b"[]")
    because = why_not(api, server.redirects("/x", "/other", status), posted={"text": "mine"})
    assert because == "the server sends the question on to another address, which is not followed"
    assert [seen.path for seen in server.seen] == ["/x"]


def test_a_question_in_the_address_is_followed_to_where_it_leads(server: LocalServer, api: JsonApi) -> None:
    server.answers("/new", b"[2]")
    assert api.get(server.redirects("/old", "/new"), "to test", Monitor()).content == [2]


def test_offline_nothing_is_asked(server: LocalServer, network: Network, internet: Internet, sent: Sent) -> None:
    internet.names["hub.example"] = [[PUBLIC]]
    with JsonApi(replace(network, offline=True)) as api:
        assert why_not(api, "http://hub.example/size") == "offline is switched on"
        assert why_not(api, "http://hub.example/knn", posted={}) == "offline is switched on"
    assert (internet.asked, server.seen, sent()) == ([], [], [])


def test_the_own_network_is_not_asked_unless_allowed(server: LocalServer, network: Network) -> None:
    with JsonApi(replace(network, allow_private_hosts=False)) as strict:
        assert "this computer (127.0.0.1), which is not fetched from" in why_not(strict, server.url, posted={})
    assert server.seen == []


def test_a_token_is_sent_and_written_nowhere(server: LocalServer, api: JsonApi, network: Network) -> None:
    api.get(server.answers("/x", b"1"), "to test", Monitor(), TOKEN)
    assert server.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in network.ledger.read_text()


def test_a_token_goes_on_to_another_page_of_its_host_and_to_no_other_host(
    server: LocalServer, api: JsonApi, network: Network
) -> None:
    with LocalServer() as stranger:  # the same computer, another port: somebody else may be listening there
        end = stranger.answers("/end", b"[3]")
        server.redirects("/middle", end)
        assert api.get(server.redirects("/x", "/middle"), "to test", Monitor(), TOKEN).content == [3]
        assert ["Authorization" in seen.headers for seen in server.seen] == [True, True]
        assert ["Authorization" in seen.headers for seen in stranger.seen] == [False]


def test_a_token_does_not_come_back_by_way_of_another_host(server: LocalServer, api: JsonApi) -> None:
    with LocalServer() as stranger:
        back = stranger.redirects("/back", server.answers("/end", b"[4]"))
        api.get(server.redirects("/x", back), "to test", Monitor(), TOKEN)
    assert [seen.headers.get("Authorization") for seen in server.seen] == [f"Bearer {TOKEN}", None]


def test_a_token_is_not_sent_unencrypted(server: LocalServer, network: Network, internet: Internet) -> None:
    internet.names["hub.example"] = [[PUBLIC]]
    with (
        JsonApi(network) as api,
        pytest.raises(InputProblem, match="is not encrypted, so the access token is not sent"),
    ):
        api.get("http://hub.example/size", "to test", Monitor(), TOKEN)
    assert (internet.asked, server.seen) == ([], [])


@pytest.mark.parametrize("token", ["", "two words", "hf_ä", "hf_x\r\nHost: evil.example", "hf_\0"])
def test_a_token_that_is_none_is_refused_without_being_repeated(server: LocalServer, api: JsonApi, token: str) -> None:
    with pytest.raises(InputProblem) as caught:
        api.get(server.answers("/x", b"1"), "to test", Monitor(), token)
    assert caught.value.because.startswith("the access token holds characters that no token has")
    assert not token or token not in repr(caught.value) + repr(caught.value.__cause__)
    assert server.seen == []


def busy_first(times: int, headers: dict[str, str], status: int = 429) -> Callable[[Visit], None]:
    """Refuses so many times, and then answers."""
    left = [None] * times

    def script(visit: Visit) -> None:
        if left:
            left.pop()
            visit.answer(b'{"error": "busy"}', status, headers)
        else:
            visit.answer(b"[5]")

    return script


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (429, {"Retry-After": "100"}),
        (503, {"Retry-After": "100"}),
        (429, {"RateLimit": '"api";r=0;t=100'}),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "100"}),
    ],
)
def test_a_busy_service_is_asked_again_when_it_says(
    server: LocalServer, network: Network, api: JsonApi, sent: Sent, status: int, headers: dict[str, str]
) -> None:
    url = server.plays("/x", busy_first(2, headers, status))
    assert api.post(url, {}, "to test", Monitor()).content == [5]
    assert network.pacing.now == pytest.approx(200)
    assert [entry.outcome and entry.outcome.status for entry in sent()] == [status, status, 200]


def test_a_service_that_is_busy_for_longer_is_left_alone_and_says_when_to_try_again(
    server: LocalServer, api: JsonApi
) -> None:
    url = server.answers("/x", status=429, headers={"Retry-After": "4000"})
    because = "the server takes no more questions for now; it may be asked again in 2 hours"
    assert why_not(api, url) == because
    assert why_not(api, url) == because
    assert len(server.seen) == 1, "the second question was not even sent"


@pytest.mark.parametrize(("pause", "words"), [(301, "6 minutes"), (90_000, "2 days"), (86_400, "24 hours")])
def test_the_pause_is_told_in_the_unit_in_which_people_wait(
    server: LocalServer, api: JsonApi, pause: int, words: str
) -> None:
    url = server.answers("/x", status=503, headers={"Retry-After": str(pause)})
    assert why_not(api, url).endswith(f"in {words}")


def test_a_service_that_is_busy_again_and_again_is_given_up_after_five_minutes(
    server: LocalServer, api: JsonApi, network: Network
) -> None:
    url = server.answers("/x", status=429, headers={"Retry-After": "70"})
    assert why_not(api, url).endswith("it may be asked again in 2 minutes")
    assert len(server.seen) == 5
    assert network.pacing.now == pytest.approx(4 * 70)


def test_a_service_that_is_busy_and_does_not_say_for_how_long_is_not_waited_for(
    server: LocalServer, api: JsonApi
) -> None:
    answer = api.get(server.answers("/x", b"{}", 429), "to test", Monitor())
    assert (answer.status, answer.content, len(server.seen)) == (429, {}, 1)


def test_the_next_question_waits_when_the_last_answer_was_the_last_of_our_share(
    server: LocalServer, network: Network
) -> None:
    url = server.answers("/x", b"[6]", headers={"RateLimit": '"api";r=0;t=120'})
    with JsonApi(network) as one, JsonApi(network) as other:
        assert one.get(url, "to test", Monitor()).content == [6]
        assert network.pacing.now == 0
        assert other.get(url, "to test", Monitor()).content == [6]
        assert network.pacing.now == pytest.approx(120)


def test_a_stop_takes_effect_while_a_busy_service_is_waited_for(
    server: LocalServer, network: Network, api: JsonApi
) -> None:
    url = server.answers("/x", status=429, headers={"Retry-After": "200"})
    with pytest.raises(Cancelled):
        api.get(url, "to test", stop_after(40))
    assert network.pacing.now < 10


@pytest.fixture(scope="module")
def service() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


JSON_LIKE = st.recursive(
    st.sampled_from(["NaN", "-Infinity", "1e999", "null", '"\\ud800"', "12", ""]),
    lambda inner: st.lists(inner).map(lambda parts: f"[{','.join(parts)}]") | inner.map('{{"a":{}}}'.format),
)


@settings(deadline=None)  # each asks over HTTP, on a machine that may be busy
@example(b"\xef\xbb\xbf[1]")
@example(b"[" * 5000)
@given(st.binary() | st.text().map(str.encode) | JSON_LIKE.map(str.encode))
def test_no_answer_makes_it_raise_anything_else(
    service: LocalServer, tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    network = Network(tmp_path_factory.getbasetemp() / "any answer.jsonl", allow_private_hosts=True)
    with JsonApi(network) as api:
        try:
            content = api.get(service.answers("/x", body), "to test", Monitor()).content
        except InputProblem:
            return
    assert all_finite(content)


def all_finite(content: Any) -> bool:
    if isinstance(content, float):
        return math.isfinite(content)
    parts = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return all(map(all_finite, parts))
