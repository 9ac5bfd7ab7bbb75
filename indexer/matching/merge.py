# SPDX-License-Identifier: GPL-3.0-or-later
"""One finding from many: which work has a row by best right, and which rows list one and the same copy.

Works of one artist resemble one another: a sketch and its final, versions of a series, one picture in two files. A row
that shows one of them may come near to all; it is counted once, for the work that is nearest, and names the others. A
row that shows two different works side by side, or one pasted on the other, is a copy of both.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from indexer.core.types import LETTER_GRADES, EditKind, Grade, Match
from indexer.links.addresses import normalise
from indexer.links.sites import site_of
from indexer.matching.contract import Placed
from indexer.matching.thresholds import PASTED_LIKE, PASTED_MOST, ROOM_FOR_BOTH, SAME_PLACE

_GRADES = {grade: place for place, grade in enumerate(Grade)}
_MAY_BE_COPIES = LETTER_GRADES | {Grade.POSSIBLE}
_WHOLE = (0.0, 0.0, 1.0, 1.0)
_BOX = ("place_left", "place_top", "place_right", "place_bottom")


class _Key(NamedTuple):
    """Rows that have one of these in common list one copy. `artwork` is None for rows of which no picture was seen."""

    artwork: str | None
    kind: str
    value: str


def place_matches(matches: Sequence[Match]) -> Iterator[Placed]:
    """Where each match stands among all of them, but for those that merely hold a name or are similar and stand alone.

    The same for any order of the matches.
    """
    taken, also = _share_out(matches)
    standing = [match for match in matches if _key_of(match) not in taken and match.grade in _MAY_BE_COPIES]
    copies = _number_copies(standing)
    for match in standing:
        key = _key_of(match)
        yield Placed(*key, copies[key], site_of(match.url), also.get(key, ()))
    for match in matches:
        key = _key_of(match)
        if key in taken:
            yield Placed(*key, taken=True)
        elif key in also and match.grade not in _MAY_BE_COPIES:
            yield Placed(*key, site=site_of(match.url), also=also[key])


def right(match: Match) -> tuple[object, ...]:
    """Sorts the matches of one row, the work with the best right to it first.

    The strongest grade; what was compared before what was not; the nearest by what was measured; the fewest edits; the
    path, so that the answer is always the same.
    """
    least = dict.fromkeys(("residual", "pdq_distance", "phash_distance"), math.inf) | dict(match.scores)
    nearness = (
        -match.scores.get("strength", 0.0),
        -(match.confidence or 0.0),
        -match.scores.get("blocks_alike", 0.0),
        least["residual"],
        least["pdq_distance"],
        least["phash_distance"],
    )
    return _GRADES[match.grade], not match.verified, nearness, len(match.edits), match.artwork or ""


_MatchKey = tuple[str | None, str, str]


def _key_of(match: Match) -> _MatchKey:
    return match.artwork, match.source, match.row


def _share_out(matches: Iterable[Match]) -> tuple[set[_MatchKey], dict[_MatchKey, tuple[str, ...]]]:
    """Matches whose row another work has by better right, and for those that keep it the works that lost it."""
    rows: dict[tuple[str, str], list[Match]] = defaultdict(list)
    for match in matches:
        if match.artwork is not None:
            rows[match.source, match.row].append(match)
    taken: set[_MatchKey] = set()
    also: dict[_MatchKey, tuple[str, ...]] = {}
    for rivals in rows.values():
        if len(rivals) == 1:
            continue
        kept: dict[_MatchKey, list[str]] = {}
        holders: list[Match] = []
        for match in sorted(rivals, key=right):
            holder = next((one for one in holders if _are_rivals(one, match)), None)
            if holder is None:
                holders.append(match)
            else:
                taken.add(_key_of(match))
                kept.setdefault(_key_of(holder), []).append(match.artwork or "")
        also |= {key: tuple(names) for key, names in kept.items()}
    return taken, also


def _are_rivals(holder: Match, other: Match) -> bool:
    """Whether both show the same place of the row's picture, so that no more than one of them is what is shown there.

    Where each has something else mixed in, and there is room for both, one may shine through the other.
    """
    if _mixed_in(holder) and _mixed_in(other) and _mixed_in(holder) + _mixed_in(other) >= ROOM_FOR_BOTH:
        return False
    if _is_pasted_on(holder, other) or _is_pasted_on(other, holder):
        return False
    mine, theirs = _box(holder), _box(other)
    if mine is None or theirs is None:  # set into another picture, nobody knows where
        shares = [match.scores.get("picture_share", 1.0) for match in (holder, other)]
        return sum(shares) - 1.0 >= SAME_PLACE * min(shares)  # so much they share wherever they lie
    width = min(mine[2], theirs[2]) - max(mine[0], theirs[0])
    height = min(mine[3], theirs[3]) - max(mine[1], theirs[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (mine, theirs))
    return width > 0 and height > 0 and width * height >= SAME_PLACE * smaller


def _is_pasted_on(top: Match, ground: Match) -> bool:
    """Whether what covers the one is about as large as what is seen of the other, which was set into the picture."""
    share, behind = _amount(top, EditKind.EMBEDDED), _box(ground)
    if behind is None or not 0 < share <= PASTED_MOST:
        return False
    hidden = share * (1 - _amount(top, EditKind.COVERED)) / ((behind[2] - behind[0]) * (behind[3] - behind[1]) or 1.0)
    return PASTED_LIKE * hidden <= _amount(ground, EditKind.COVERED) <= hidden / PASTED_LIKE


def _amount(match: Match, kind: EditKind) -> float:
    """How much of an edit was measured; 0 where it was not made, or nobody could measure it."""
    return next((edit.amount for edit in match.edits if edit.kind is kind and edit.amount is not None), 0.0)


def _mixed_in(match: Match) -> float:
    """Share of something else that was blended with the work; half where nobody measured how much."""
    shares = [0.5 if edit.amount is None else edit.amount for edit in match.edits if edit.kind is EditKind.BLENDED]
    return max(shares, default=0.0)


def _box(match: Match) -> tuple[float, float, float, float] | None:
    """Where the work lies in the row's picture, in shares of its width and height; None where that is not known."""
    if all(name in match.scores for name in _BOX):
        left, top, right_edge, bottom = (match.scores[name] for name in _BOX)
        return left, top, right_edge, bottom
    is_set_in = any(edit.kind is EditKind.EMBEDDED for edit in match.edits)
    return None if is_set_in else _WHOLE


def _number_copies(standing: Sequence[Match]) -> dict[_MatchKey, int]:
    """A number for each copy, from 1: by grade, work, site and row, so that it is the same for any order."""
    ordered = sorted(
        standing,
        key=lambda match: (
            _GRADES[match.grade],
            match.artwork or "",
            site_of(match.url) or "",
            match.source,
            match.row,
        ),
    )
    groups = _Groups()
    for match in ordered:
        if match.artwork is not None:
            groups.join(_key_of(match), [_Key(match.artwork, kind, value) for kind, value in _marks(match)])
    at_address: dict[tuple[str, str], str] = {}
    for match in reversed(ordered):
        if match.artwork is not None:
            at_address |= dict.fromkeys(_marks(match), match.artwork)
    for match in ordered:
        if match.artwork is None:
            marks = _marks(match)
            shown = next((at_address[mark] for mark in marks if mark in at_address), None)
            groups.join(_key_of(match), [_Key(shown, kind, value) for kind, value in marks])
    numbers: dict[int, int] = {}
    return {_key_of(match): numbers.setdefault(groups.of(_key_of(match)), len(numbers) + 1) for match in ordered}


def _marks(match: Match) -> list[tuple[str, str]]:
    """What two rows that list one copy have in common: its bytes, its row's own key, or its address."""
    marks = [("bytes", digest) for digest in match.recorded]
    if match.grade is Grade.IDENTICAL_FILE:
        marks.append(("bytes", "as the work has them"))
    marks.append(("row", match.row_key))
    if match.url and "://" in match.url:
        marks.append(("address", normalise(match.url)))
    return marks


class _Groups:
    """Things that belong together because each has something in common with another."""

    def __init__(self) -> None:
        self._above: list[int] = []
        self._by_key: dict[_Key, int] = {}
        self._number: dict[_MatchKey, int] = {}

    def join(self, one: _MatchKey, keys: Iterable[_Key]) -> None:
        """Take a thing in, with everything that it may have in common with others."""
        number = self._number[one] = len(self._above)
        self._above.append(number)
        for key in keys:
            known = self._by_key.setdefault(key, number)
            self._above[self._top(known)] = self._top(number)

    def of(self, one: _MatchKey) -> int:
        """Equal for things of one group."""
        return self._top(self._number[one])

    def _top(self, number: int) -> int:
        while self._above[number] != number:
            self._above[number] = self._above[self._above[number]]
            number = self._above[number]
        return number
