# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a server asks to be left alone, read from the headers of its answers.

Four spellings are in use: `Retry-After` (RFC 9110 §10.2.3, seconds or a date); `RateLimit: "api";r=0;t=120`, as the
Hugging Face hub sends it (drafts 8 and later of the IETF's RateLimit fields; datasets.md §5.1); `RateLimit: limit=100,
remaining=0, reset=120` (draft 7); and a header for each value, `RateLimit-Remaining` or `X-RateLimit-Remaining` beside
`…-Reset`, in seconds or as a Unix time.
"""

import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

BUSY = frozenset({429, 503})
"""Too many requests; not available now."""

_MOST_DIGITS = 15
_REMAINING = re.compile(r"\b(?:r|remaining)\s*=\s*(\d+)")
_RESET = re.compile(r"\b(?:t|reset)\s*=\s*(\d+)")
_FAMILIES = ("RateLimit", "X-RateLimit", "X-Rate-Limit")
_UNIX_TIME_FROM = 10**9
"""A reset this large is a point in time: as a wait it would be thirty years."""


def pause_asked(status: int, headers: Mapping[str, str]) -> float:
    """Seconds that the server asks to be left alone, 0 when it does not ask.

    Asked by a server that refuses (429, 503) and says until when, and by one that answers, but says that nothing is
    left of our share.
    """
    shares = list(_shares(headers))
    if status in BUSY:
        asked = [_retry_after(headers["Retry-After"].strip())] if "Retry-After" in headers else []
        asked += [seconds for _, seconds in shares]
        return max(asked[0], 1.0) if asked else 0.0  # whoever is busy and says "at once" is not hammered
    return max((seconds for remaining, seconds in shares if remaining == 0), default=0.0)


def _retry_after(text: str) -> float:
    if _is_number(text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - time.time()


def _shares(headers: Mapping[str, str]) -> Iterator[tuple[int | None, float]]:
    """For each share that the server speaks of: what is left of it, and seconds until it is whole again."""
    for share in re.split(r',(?=\s*")', headers.get("RateLimit", "")):
        remaining, reset = _REMAINING.search(share), _RESET.search(share)
        if reset and _is_number(reset[1]):
            yield int(remaining[1]) if remaining and _is_number(remaining[1]) else None, float(reset[1])
    for family in _FAMILIES:
        left, until = (headers.get(f"{family}-{name}", "").strip() for name in ("Remaining", "Reset"))
        if _is_number(until):
            yield int(left) if _is_number(left) else None, _seconds_until(int(until))


def _seconds_until(reset: int) -> float:
    return max(reset - time.time(), 0.0) if reset >= _UNIX_TIME_FROM else float(reset)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
