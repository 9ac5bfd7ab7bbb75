# SPDX-License-Identifier: GPL-3.0-or-later
"""What an index of a folder of pictures will about take, in bytes and time, before any picture is opened."""

import os

from indexer.building.contract import BuildSize, PictureBuild
from indexer.core.progress import Monitor
from indexer.fingerprints.picture_keypoints import ROW_MOST
from indexer.images.scanning import FoundFile, scan
from indexer.index.keypoint_file import BYTES_A_KEYPOINT

FINGERPRINT_BYTES, FIRST_BYTES = 1450, 5_250_000
"""A picture, measured: its miniature 1,032, pHash and PDQ 150, digests 64, its line in the table of rows 150; and once,
the tables by which hashes are looked up, 65,537 numbers for each 16 bits of them."""

KEYPOINTS_FOUND = 0.9
"""Of the most that a picture keeps, on average of paintings and photographs; plain pictures have fewer."""

FINGERPRINT_S, KEYPOINT_S = 0.04, 0.08
"""Seconds of one processor for a picture of a megapixel: reading and fingerprints of the whole, and keypoints."""


def about_size(build: PictureBuild, monitor: Monitor) -> BuildSize:
    """Count the files, and say what they will about take.

    Raises:
        InputProblem: there is no such folder.
        Cancelled: the user stopped.
    """
    files = sum(isinstance(entry, FoundFile) for entry in scan(build.pictures, monitor))
    seconds = FINGERPRINT_S + (KEYPOINT_S if build.parts else 0)
    parts = round(ROW_MOST * KEYPOINTS_FOUND * BYTES_A_KEYPOINT)
    return BuildSize(
        files,
        FIRST_BYTES + files * FINGERPRINT_BYTES,
        files * parts,
        build.parts,
        files * seconds / (os.cpu_count() or 1),
    )
