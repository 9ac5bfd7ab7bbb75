# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions in the small language of the dataset viewer's `/filter` (`datasets.md` §5.1).

A condition is a chain `TERM or TERM or …`, a term is `"column" operator value`. There is no IN, one level of brackets
at most, and whatever holds `;`, `--`, `/*` or `*/` is refused, quoted or not. `ilike`, `hamming()` and `is` are let
through without being documented: they may disappear.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from math import comb
from uuid import UUID

from indexer.tables.hash_values import as_hex

WHERE_CHARACTERS = 2_000
"""Of one condition. It travels in the address, percent-encoded; servers of the web refuse addresses above 8 kB."""

LEAST_CHARACTERS = 4
"""What has to be left of a word that cannot be sent whole; with less, half of the set would come."""

HEX_DIGITS = 16
"""Of a 64-bit hash."""

_REFUSED = re.compile(r";|--|/\*|\*/")
_WILD = re.compile("[%_]")


def can_be_sent(text: str) -> bool:
    """Whether the service would let this through."""
    return not _REFUSED.search(text)


def column(parts: Sequence[str]) -> str:
    """A column by its name, a column within it by a second name, and so on."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def text(value: str) -> str:
    """A text as a value."""
    return "'" + value.replace("'", "''") + "'"


def equals(name: str, value: str) -> str:
    """The column holds exactly this."""
    return f"{name}={text(value)}"


def contains(name: str, needle: str) -> str:
    """The column holds this somewhere, in small or capital letters.

    `%` and `_` in it stand for anything, so a few more rows may come.
    """
    return f"{name} ilike {text('%' + needle + '%')}"


def near(name: str, code: str, digits: int) -> str:
    """The column's hash differs in at most so many hex digits.

    `hamming()` counts differing characters, not bits (tested, `datasets.md` §5.1). No more hex digits than bits can
    differ, so nothing within as many bits is missed; the real bits have to be counted by whoever asks.
    """
    return f"{name}.hamming({text(code)})<{digits + 1}"


def chance_within(digits: int) -> float:
    """The share of all 64-bit hashes that differ from a given one in at most so many of their 16 hex digits.

    Counted as if hashes were random; those of real pictures are more alike, so that more come.
    """
    return float(sum(comb(HEX_DIGITS, count) * 15**count for count in range(digits + 1)) / 16**HEX_DIGITS)


def any_of(terms: Iterable[str], most: int | None = None) -> Iterator[str]:
    """Terms joined by `or` into conditions that are not too long to be sent, with at most so many terms each."""
    chain: list[str] = []
    for term in terms:
        too_long = sum(len(one) + 4 for one in chain) + len(term) > WHERE_CHARACTERS
        if chain and (too_long or len(chain) == most):
            yield " or ".join(chain)
            chain = []
        chain.append(term)
    if chain:
        yield " or ".join(chain)


def sendable(needle: str) -> str | None:
    """A needle for `contains` with `%` where it holds what is refused; None when too little of it would be left.

    Rows that hold the needle hold that, so none is missed; the others have to be sorted out by whoever asks.
    """
    written = _REFUSED.sub("%", needle)
    return written if written == needle or len(_WILD.sub("", written)) >= LEAST_CHARACTERS else None


def spelled_like(digest: str, samples: Iterable[str]) -> list[str]:
    """A hash, lower-case hex, as this column writes hashes: in capitals, or with the hyphens of a UUID.

    Args:
        digest: the hash.
        samples: values of the column. Without any, it is taken to write plain lower-case hex.
    """
    shown = [sample for sample in samples if as_hex(sample, len(digest))]
    ways = dict.fromkeys((sample != sample.lower(), "-" in sample) for sample in shown)
    return [_spelled(digest, in_capitals=way[0], as_uuid=way[1]) for way in ways or [(False, False)]]


def _spelled(digest: str, *, in_capitals: bool, as_uuid: bool) -> str:
    written = str(UUID(digest)) if as_uuid else digest
    return written.upper() if in_capitals else written
