"""What every source that asks another computer keeps to, whatever that computer does."""

import json
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.core.errors import Cancelled, SourceProblem
from indexer.core.progress import Monitor
from indexer.matching.thresholds import REACH
from indexer.net.network import Network
from indexer.sources.base import Source
from tests.contracts.source_contract import SourceContract, assert_is_reason
from tests.helpers.monitors import StopWhen
from tests.helpers.server import LocalServer, Visit

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)

NO_ANSWERS: dict[str, tuple[int, bytes]] = {
    "a page instead of data": (200, b"<!doctype html><html><body>Welcome</body></html>"),
    "nothing": (200, b""),
    "half a list": (200, b'[{"id": 1, "url": "https://example.org/1.j'),
    "null": (200, b"null"),
    "a list of nothing known": (200, b'[[[1, "x", null]]]'),
    "not text": (200, b"\xff\xfe\x00\x80\x81"),
    "nested too deep": (200, b"[" * 200_000),
    "an error page": (502, b"<html>Bad gateway</html>"),
    "an error without a word": (500, b'{"message": "Internal Server Error"}'),
}


class RemoteSourceContract(SourceContract):
    """The suite: how the server is started and the source opened is all that a subclass has to say beside `lanes`.

    Attributes:
        server: answers as it should; `source` is opened there.
    """

    server: LocalServer

    @classmethod
    def serve(cls) -> LocalServer:
        """A server that answers as it should."""
        raise NotImplementedError

    @classmethod
    def open_at(cls, server: LocalServer, network: Network) -> Source:
        """A source of this kind that asks that server."""
        raise NotImplementedError

    @classmethod
    def fill(cls) -> None:
        cls.server = cls.serve()

    @classmethod
    def teardown_class(cls) -> None:
        super().teardown_class()
        cls.server.close()

    @classmethod
    def network(cls, *, offline: bool = False) -> Network:
        """What may be asked: this computer; offline nobody, since offline with private hosts still allows it."""
        return Network(cls.room / "sent.jsonl", offline=offline, allow_private_hosts=not offline)

    @classmethod
    def make_any(cls) -> Source:
        return cls.open_at(cls.server, cls.network())

    def use(self, source: Source, monitor: Monitor | None = None) -> None:
        """Everything that a check asks of a source."""
        watch = monitor or Monitor()
        source.describe()
        source.probe(lambda _: None, watch)
        rows = [one.row for one in source.search([self.work], self.lanes_of_works, REACH, watch)]
        rows += [one.row for one in source.mentions(self.finder, self.lanes_of_persons, watch)]
        for row in rows:
            source.facts(row)

    def test_with_the_offline_switch_on_nobody_is_asked(self) -> None:
        with self.serve() as server:
            with pytest.raises(SourceProblem) as caught:
                self.open_at(server, self.network(offline=True)).close()
            assert "offline" in caught.value.because
            assert server.seen == []

    def test_nothing_listens_there(self) -> None:
        with self.serve() as server:
            pass
        with pytest.raises(SourceProblem) as caught:
            self.open_at(server, self.network()).close()
        assert_is_reason(caught.value.because)

    def test_the_server_goes_in_the_middle(self) -> None:
        with self.serve() as server, closing(self.open_at(server, self.network())) as source:
            server.close()
            with pytest.raises(SourceProblem) as caught:
                self.use(source)
            assert_is_reason(caught.value.because)
            assert not source.health(Monitor()).answers

    @pytest.mark.parametrize("kind", NO_ANSWERS)
    def test_what_is_no_answer_is_told_in_a_sentence_when_it_is_opened(self, kind: str) -> None:
        with self.serve() as server:
            _answer_everything(server, *NO_ANSWERS[kind])
            with pytest.raises(SourceProblem) as caught:
                self.use(self.open_at(server, self.network()))
            assert_is_reason(caught.value.because)

    @pytest.mark.parametrize("kind", NO_ANSWERS)
    def test_what_is_no_answer_is_told_in_a_sentence_when_it_is_asked(self, kind: str) -> None:
        with self.serve() as server, closing(self.open_at(server, self.network())) as source:
            _answer_everything(server, *NO_ANSWERS[kind])
            try:
                self.use(source)
            except SourceProblem as problem:
                assert_is_reason(problem.because)
            assert_is_reason(source.health(Monitor()).words)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(value=JSON_VALUES)
    def test_whatever_is_answered_nothing_but_a_sentence_comes_of_it(self, value: object) -> None:
        """To opening, and to everything afterwards."""
        with self.serve() as server:
            for opened_before in (False, True):
                server.everything = None
                source = self.open_at(server, self.network()) if opened_before else None
                _answer_everything(server, 200, json.dumps(value).encode())
                try:
                    source = source or self.open_at(server, self.network())
                    self.use(source)
                except SourceProblem as problem:
                    assert_is_reason(problem.because)
                finally:
                    if source:
                        source.close()

    @pytest.mark.timeout(60)
    def test_a_stop_ends_the_wait_for_a_server_that_says_nothing(self) -> None:
        """The server would keep silent for longer than this test may take."""
        with self.serve() as server, closing(self.open_at(server, self.network())) as source:
            server.everything = _keep_silent
            asked = len(server.seen)
            with pytest.raises(Cancelled):
                self.use(source, StopWhen(lambda _: len(server.seen) > asked))


def _answer_everything(server: LocalServer, status: int, body: bytes) -> None:
    def play(visit: Visit) -> None:
        visit.answer(body, status, {"Content-Type": "application/json"})

    server.everything = play


def _keep_silent(visit: Visit) -> None:
    visit.wait(600)
