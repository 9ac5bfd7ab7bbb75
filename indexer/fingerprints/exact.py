# SPDX-License-Identifier: GPL-3.0-or-later
"""The pixel hash: MD5 of the decoded pixels, as Danbooru defines it (`datasets.md` §2.10).

SHA-256 and MD5 of the file are made in `indexer/core/hashing.py`, where the file is read anyway.
"""

import hashlib
from typing import BinaryIO

from indexer.images.loading import DEFAULT_LIMITS, Limits, srgb_pixels


def pixel_hash(stream: BinaryIO, name: str, file_md5: str, limits: Limits = DEFAULT_LIMITS) -> str:
    """MD5 over a PAM file of the upright sRGB pixels with alpha, lower-case hex; the file's MD5 for an animation.

    Survives stripped metadata and lossless re-encoding. A picture with a colour profile, or a JPEG, may differ from
    Danbooru's value by rounding, since libvips decodes there and Pillow here.

    Raises:
        InputProblem: the file is not a picture that can be read.
    """
    pixels = srgb_pixels(stream, name, limits)
    if pixels is None:
        return file_md5
    header = f"P7\nWIDTH {pixels.width}\nHEIGHT {pixels.height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    digest = hashlib.md5(header.encode("ascii"), usedforsecurity=False)
    digest.update(pixels.tobytes())
    return digest.hexdigest()
