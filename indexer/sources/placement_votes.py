# SPDX-License-Identifier: GPL-3.0-or-later
"""How many places of a work agree on one placement of it in the picture of a row: Hough voting (Lowe 2004, §7.3).

A keypoint has a size and a direction, so each pair of like keypoints says by itself how large, how turned and where the
work would lie in the other picture. Pairs that say about the same vote together; chance pairs scatter.
"""

from dataclasses import dataclass, fields
from itertools import product

import numpy as np
from numpy.typing import NDArray

from indexer.index.keypoint_places import Places

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]
Chosen = Numbers | NDArray[np.bool_]

LEAST_VOTES = 3
"""Fewer agree by chance in any picture."""

_TURN_DEGREES, _CELL_SHARE = 40, 0.3
"""Width of a bin: of turns, and of where the work's middle would lie, as a share of the placed work's long edge. Sizes
share a bin within an octave. Bins overlap by half, so that no border tears a placement apart."""

_OCTAVES, _CELLS, _TURNS = 24, 128, 360 // _TURN_DEGREES
_PLACES_ACROSS = 64
"""Keypoints within one 64th of the work's long edge are one place: a spot described twice is one witness."""

_HALVES = (0.0, 0.5)


@dataclass(frozen=True, slots=True)
class Votes:
    """Rows, ascending, each with how many places of the work agree on one placement in it."""

    row: Numbers
    count: Numbers

    @staticmethod
    def most(parts: "list[Votes]") -> "Votes":
        """Each row of several counts once, with its highest."""
        rows = np.concatenate([part.row for part in parts]) if parts else np.empty(0, np.int64)
        counts = np.concatenate([part.count for part in parts]) if parts else np.empty(0, np.int64)
        order = np.lexsort((counts, rows))
        is_last = np.append(np.diff(rows[order]) > 0, np.ones(min(len(rows), 1), np.bool_))
        return Votes(rows[order][is_last], counts[order][is_last])


@dataclass(frozen=True, slots=True)
class _Guess:
    """What each pair says by itself.

    Attributes:
        octave: log₂ of how many times larger the work is in the row, in shares of the long edges.
        turn: degrees clockwise, 0–360.
        x, y: where the work's middle lies in the row.
        place: which place of the work it is of.
    """

    row: Numbers
    octave: Floats
    turn: Floats
    x: Floats
    y: Floats
    place: Numbers

    def only(self, chosen: Chosen) -> "_Guess":
        """Of some pairs."""
        return _Guess(*(getattr(self, field.name)[chosen] for field in fields(self)))


def count_votes(work: Places, other: Places, middle: tuple[float, float]) -> Votes:
    """Votes for each row that has `LEAST_VOTES` or more.

    Args:
        work, other: pairs of like keypoints; `work.row` means nothing.
        middle: of the work, in shares of its long edge.
    """
    guess = _guess(work, other, middle)
    guess = guess.only(_have_company(guess))
    parts = [_most_of_each_row(_bins(guess, *halves), guess.place) for halves in product(_HALVES, repeat=4)]
    votes = Votes.most(parts)
    enough = votes.count >= LEAST_VOTES
    return Votes(votes.row[enough], votes.count[enough])


def _guess(work: Places, other: Places, middle: tuple[float, float]) -> _Guess:
    times, turn = other.size / work.size, (other.angle - work.angle) % 360
    cosine, sine = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    across, down = middle[0] - work.x, middle[1] - work.y
    x = other.x + times * (cosine * across - sine * down)
    y = other.y + times * (sine * across + cosine * down)
    columns, lines = (np.clip((axis * _PLACES_ACROSS).astype(np.int64), 0, _PLACES_ACROSS - 1)
                      for axis in (work.x, work.y))  # fmt: skip
    return _Guess(other.row, np.log2(times), turn, x, y, lines * _PLACES_ACROSS + columns)


def _have_company(guess: _Guess) -> NDArray[np.bool_]:
    """Pairs that share size and turn with enough others of their row; most are chance, and end here."""
    found = np.zeros(len(guess.row), np.bool_)
    for halves in product(_HALVES, repeat=2):
        key = _sizes_and_turns(guess, *halves)
        keys, counts = _count_distinct(key, guess.place)
        enough = keys[counts >= LEAST_VOTES]
        at = np.searchsorted(enough, key)
        found |= (at < len(enough)) & (enough[np.minimum(at, len(enough) - 1)] == key) if len(enough) else False
    return found


def _sizes_and_turns(guess: _Guess, half_size: float, half_turn: float) -> Numbers:
    octave = np.clip(np.floor(guess.octave + half_size).astype(np.int64) + _OCTAVES // 2, 0, _OCTAVES - 1)
    turn = np.floor(guess.turn / _TURN_DEGREES + half_turn).astype(np.int64) % _TURNS
    key: Numbers = (guess.row * _OCTAVES + octave) * _TURNS + turn
    return key


def _bins(guess: _Guess, half_size: float, half_turn: float, half_x: float, half_y: float) -> Numbers:
    """One number for each bin of row, size, turn and place; a row's bins lie together."""
    key = _sizes_and_turns(guess, half_size, half_turn)
    large = np.exp2(np.floor(guess.octave + half_size) - half_size + 0.5)
    for axis, half in ((guess.x, half_x), (guess.y, half_y)):
        cell = np.floor(axis / (_CELL_SHARE * large) + half) + _CELLS // 2
        key = key * _CELLS + np.clip(cell, 0, _CELLS - 1).astype(np.int64)
    return key


def _most_of_each_row(bins: Numbers, place: Numbers) -> Votes:
    keys, counts = _count_distinct(bins, place)
    rows = keys // (_OCTAVES * _TURNS * _CELLS * _CELLS)
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    return Votes(rows[starts], np.maximum.reduceat(counts, starts) if len(starts) else counts)


def _count_distinct(key: Numbers, place: Numbers) -> tuple[Numbers, Numbers]:
    """How many places each key has, keys ascending."""
    both = np.sort(key * (_PLACES_ACROSS * _PLACES_ACROSS) + place)  # `np.unique` takes five times as long
    distinct = both[np.diff(both, prepend=-1) != 0] // (_PLACES_ACROSS * _PLACES_ACROSS)
    starts = np.flatnonzero(np.diff(distinct, prepend=-1))
    return distinct[starts], np.diff(np.append(starts, len(distinct)))
