# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keypoints of a picture an index keeps and which of a work it is asked with, and the form in which they cross.

A row of an index is looked at once, at `ROW_EDGE`. A work is looked at at several sizes, because a copy may be a small
part of it, where its details count, or a thumbnail, where only its large shapes are left.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from indexer.fingerprints.keypoints import KEYPOINT_RECIPE, Keypoints, find_keypoints

ROW_EDGE, ROW_FOUND, ROW_MOST = 512, 800, 300
"""Long edge at which a row is looked at, how many keypoints are found, and how many of these it keeps at most."""

_CELLS_ACROSS = 6
"""Kept keypoints are taken in turn from so many cells each way, the strongest of each first, so that a small picture
in a large one keeps some as well."""

WORK_LOOKS = ((800, 900), (320, 500))
"""Long edges at which a work is looked at, and how many keypoints of each look are asked for at most."""

PARTS_RECIPE = f"{KEYPOINT_RECIPE}, {ROW_MOST} of {ROW_FOUND} at {ROW_EDGE}"
"""Version of what an index keeps. What a work is asked with may change without it."""

ASKED_RECIPE = f"{KEYPOINT_RECIPE}, {' and '.join(f'{most} at {edge}' for edge, most in WORK_LOOKS)}"
"""Version of what a work is asked with, under which it is remembered."""

_SIZE = struct.Struct("<HH")
_RECORD = np.dtype([("point", "<f4", 2), ("size", "<f4"), ("angle", "<f4"), ("descriptor", "u1", 128)])


def row_keypoints(picture: Image.Image, most: int = ROW_MOST) -> bytes:
    """What an index keeps of an upright picture, packed; see `unpack`."""
    found, size = _look(picture, ROW_EDGE, ROW_FOUND)
    return _pack(_chosen(found, _spread(found, size)[:most]), size)


def work_keypoints(picture: Image.Image) -> tuple[bytes, ...]:
    """What a work is asked with, one packed look for each of `WORK_LOOKS`; a small picture is not looked at twice."""
    looks: dict[tuple[int, int], bytes] = {}
    for edge, most in WORK_LOOKS:
        size = _shrunk(picture.size, edge)
        if size not in looks:
            looks[size] = _pack(*_look(picture, edge, most))
    return tuple(looks.values())


def count_keypoints(looks: Sequence[bytes]) -> int:
    """How many a work is asked with, in its richest look; a flat picture has none."""
    return max(((len(packed) - _SIZE.size) // _RECORD.itemsize for packed in looks), default=0)


def unpack(packed: bytes) -> tuple[Keypoints, tuple[int, int]]:
    """Keypoints in pixels of the view, and the view's width and height.

    Raises:
        ValueError: it was not packed here.
    """
    if len(packed) < _SIZE.size or (len(packed) - _SIZE.size) % _RECORD.itemsize:
        raise ValueError("these are no keypoints")
    width, height = _SIZE.unpack_from(packed)
    records = np.frombuffer(packed, _RECORD, offset=_SIZE.size)
    return Keypoints(records["point"], records["size"], records["angle"], records["descriptor"]), (width, height)


def _look(picture: Image.Image, edge: int, most: int) -> tuple[Keypoints, tuple[int, int]]:
    grey = picture.convert("L")
    size = _shrunk(grey.size, edge)
    if size != grey.size:
        grey = grey.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return find_keypoints(np.asarray(grey), most), size


def _spread(found: Keypoints, size: tuple[int, int]) -> NDArray[np.int64]:
    """Numbers of keypoints: the strongest of each cell, then the second of each, and so on."""
    columns, lines = (
        np.clip(found.points[:, axis] * _CELLS_ACROSS // size[axis], 0, _CELLS_ACROSS - 1) for axis in (0, 1)
    )
    cells = (lines * _CELLS_ACROSS + columns).astype(np.int64)
    order = np.argsort(cells, kind="stable")
    starts = np.flatnonzero(np.diff(cells[order], prepend=-1))
    turn = np.empty(len(found), np.int64)
    turn[order] = np.arange(len(found)) - np.repeat(starts, np.diff(np.append(starts, len(found))))
    return np.argsort(turn, kind="stable")


def _chosen(found: Keypoints, numbers: NDArray[np.int64]) -> Keypoints:
    points, sizes, angles = found.points[numbers], found.sizes[numbers], found.angles[numbers]
    return Keypoints(points, sizes, angles, found.descriptors[numbers])


def _pack(found: Keypoints, size: tuple[int, int]) -> bytes:
    records: NDArray[np.void] = np.empty(len(found), _RECORD)
    records["point"], records["size"], records["angle"] = found.points, found.sizes, found.angles
    records["descriptor"] = found.descriptors
    return _SIZE.pack(*size) + records.tobytes()


def _shrunk(size: Sequence[int], edge: int) -> tuple[int, int]:
    """With a long edge of at most `edge` pixels; nothing is made larger."""
    scale = min(1.0, edge / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
