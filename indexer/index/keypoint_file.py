# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the file of a `KeypointIndex`: inverted lists of FAISS, one byte a number, and whether a file has it.

The layout is that of FAISS's `index_write.cpp`: what is known of the index, then the lists: how many, bytes a code,
how many codes each has, and for each list its codes and their places.
"""

import os
from pathlib import Path
from typing import BinaryIO

import faiss
import numpy as np
from numpy.typing import NDArray

DESCRIPTOR = 128
"""Numbers of a keypoint's description."""

CODE_BYTES, PLACE_BYTES = 24, 8
"""Numbers of a code, a byte each, and its place, which is the number that FAISS keeps beside a code anyway.

Chosen by measurement, `tests/benchmarks/copies/keypoint_codes.py`: how many common and hard copies come before all but
four strangers, 16 works with 44 altered copies each, 300 keypoints a picture. 32 bytes: 0.998 and 0.980 · 24 bytes:
0.998 and 0.980 · 16 bytes: 0.996 and 0.980 · 48 numbers of half a byte: 0.998 and 0.984, but twice as slow."""

BYTES_A_KEYPOINT = CODE_BYTES + PLACE_BYTES
MOST_LISTS = 1 << 14

COUNT_AT, LISTS_AT, NUMBER_BYTES = 8, 37, 8
"""Where the count of codes stands, after kind and dimension, and the number of lists, after the metric."""

_EMPTY_LISTS_BYTES, _KEPT_LISTS_BYTES = 32, 20
"""What FAISS writes of lists that are all empty: `ilar`, how many, bytes a code, which stay; `sprs`, and no sizes."""

_WORD_BYTES = 4


def untrained_index(lists: int) -> faiss.IndexIVFScalarQuantizer:
    """With so many lists, none of which has a centre yet."""
    quantizer = faiss.IndexFlatL2(CODE_BYTES)
    return faiss.IndexIVFScalarQuantizer(quantizer, CODE_BYTES, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_L2)


def head_of_file(index: faiss.IndexIVFScalarQuantizer, sizes: NDArray[np.int64]) -> bytes:
    """Everything before the lists themselves, of a trained index without codes whose lists will have these sizes."""
    head = bytearray(faiss.serialize_index(index).tobytes())
    head[COUNT_AT : COUNT_AT + NUMBER_BYTES] = int(sizes.sum()).to_bytes(NUMBER_BYTES, "little")
    kept = head[: _KEPT_LISTS_BYTES - _EMPTY_LISTS_BYTES]
    return bytes(kept) + b"full" + len(sizes).to_bytes(NUMBER_BYTES, "little") + sizes.astype("<i8").tobytes()


def is_keypoint_file(place: Path) -> bool:
    """Whether every byte that FAISS takes for a length or a kind is as `head_of_file` puts it.

    FAISS would map any mixture, and read beyond it: a file that is cut off within its lists ends the process.
    """
    with place.open("rb") as stream:
        lists = int.from_bytes(stream.read(LISTS_AT + NUMBER_BYTES)[LISTS_AT:], "little")
        if not 0 < lists <= MOST_LISTS:
            return False
        zeros, others = (_filled(lists, byte)[: _KEPT_LISTS_BYTES - _EMPTY_LISTS_BYTES] for byte in (0x00, 0x3F))
        stream.seek(0)
        head = np.frombuffer(stream.read(len(zeros)), np.uint8)
        total = int.from_bytes(head[COUNT_AT : COUNT_AT + NUMBER_BYTES].tobytes(), "little")
        is_fixed = zeros == others
        is_fixed[COUNT_AT : COUNT_AT + NUMBER_BYTES] = False
        is_ours = len(head) == len(zeros) and bool((head == zeros)[is_fixed].all())
        return is_ours and _lists_fit(stream, lists, total)


def _filled(lists: int, byte: int) -> NDArray[np.uint8]:
    """An index without codes as bytes, whose centres and ranges are of this byte alone."""
    index = untrained_index(lists)
    value = np.full(1, byte * 0x01010101, np.uint32).view(np.float32)
    faiss.downcast_index(index.quantizer).add(np.full((lists, CODE_BYTES), value, np.float32))
    faiss.copy_array_to_vector(np.full(2 * CODE_BYTES, value, np.float32), index.sq.trained)
    index.is_trained = True
    filled: NDArray[np.uint8] = faiss.serialize_index(index)
    return filled


def _lists_fit(stream: BinaryIO, lists: int, total: int) -> bool:
    """Whether the sizes of the lists are those of the file."""
    said = stream.read(_WORD_BYTES + NUMBER_BYTES)
    if said != b"full" + lists.to_bytes(NUMBER_BYTES, "little"):
        return False
    sizes = np.frombuffer(stream.read(lists * NUMBER_BYTES).ljust(lists * NUMBER_BYTES, b"\xff"), "<u8")
    if sizes.max() > total or int(sizes.sum()) != total:
        return False
    before = stream.tell()
    return stream.seek(0, os.SEEK_END) == before + total * BYTES_A_KEYPOINT
