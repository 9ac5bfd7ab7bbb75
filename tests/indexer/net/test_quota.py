"""What servers write about how long they want to be left alone, in the spellings that are in use."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.net.quota import pause_asked

NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "120"}, 120),
        (503, {"Retry-After": " 7 "}, 7),
        (429, {"Retry-After": "0"}, 1),
        (429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 1),
        (429, {"Retry-After": "soon"}, 1),
        (429, {"RateLimit": '"api";r=0;t=120', "RateLimit-Policy": '"fixed window";"api";q=1000;w=300'}, 120),
        (429, {"RateLimit": '"api"; r=0; t=120'}, 120),
        (429, {"RateLimit": '"api"'}, 0),
        (429, {}, 0),
        (503, {}, 0),
        (200, {"RateLimit": '"api";r=0;t=120'}, 120),
        (404, {"RateLimit": '"api";r=0;t=120'}, 120),
        (200, {"RateLimit": '"api";r=1;t=120'}, 0),
        (200, {"RateLimit": '"pages";r=5;t=200, "api";r=0;t=40'}, 40),
        (200, {"RateLimit": "limit=100, remaining=0, reset=33"}, 33),
        (200, {"RateLimit": "limit=100, remaining=10, reset=33"}, 0),
        (200, {"RateLimit-Remaining": "0", "RateLimit-Reset": "44"}, 44),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "55"}, 55),
        (200, {"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "66"}, 66),
        (200, {"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "55"}, 0),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, 1),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000000000"}, 0),
        (200, {"Retry-After": "120"}, 0),
        (200, {}, 0),
    ],
)
def test_a_pause_is_read_in_every_spelling(status: int, headers: dict[str, str], seconds: float) -> None:
    assert pause_asked(status, headers) == seconds


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (429, {"Retry-After": formatdate(NOW + 60, usegmt=True)}),
        (429, {"Retry-After": formatdate(NOW + 60).removesuffix(" -0000")}),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOW + 60)}),
    ],
)
def test_a_point_in_time_is_a_pause_until_then(
    monkeypatch: pytest.MonkeyPatch, status: int, headers: dict[str, str]
) -> None:
    monkeypatch.setattr("indexer.net.quota.time.time", lambda: float(NOW))
    assert pause_asked(status, headers) == 60


@given(
    st.sampled_from([200, 429, 503]),
    st.dictionaries(
        st.sampled_from(["Retry-After", "RateLimit", "RateLimit-Reset", "RateLimit-Remaining", "X-RateLimit-Reset"]),
        st.one_of(st.text(), st.integers().map(str), st.from_regex(r'"?\w*"?;r=\d*;t=\d*')),
    ),
)
def test_nothing_that_a_server_writes_makes_it_raise(status: int, headers: dict[str, str]) -> None:
    assert pause_asked(status, headers) >= 0
