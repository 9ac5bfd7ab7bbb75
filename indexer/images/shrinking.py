# SPDX-License-Identifier: GPL-3.0-or-later
"""Smaller copies: thumbnails for reports, and whole-block averages for pictures too large to fingerprint in full."""

import io
import math

from PIL import Image

from indexer.images.colour import has_alpha

THUMBNAIL_EDGE = 320
_JPEG_QUALITY = 82
_STRIP_BLOCKS = 64


def jpeg_thumbnail(view: Image.Image, edge: int = THUMBNAIL_EDGE) -> bytes:
    """`view` as a JPEG whose long edge is at most `edge` pixels, without any metadata."""
    small = view.convert("RGB")
    small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return out.getvalue()


def average_blocks(image: Image.Image, max_pixels: int) -> Image.Image:
    """`image` averaged over whole square blocks until it has at most `max_pixels`; the same object if it has.

    Works strip by strip, so that a see-through picture of 200 megapixels needs no second copy of itself.
    Deep grey modes, which Pillow cannot average, come back unchanged.
    """
    factor = math.ceil(math.sqrt(image.width * image.height / max_pixels))
    if factor <= 1 or image.mode.startswith("I;16"):
        return image
    mode = "RGBA" if has_alpha(image) else ("L" if image.mode in ("1", "L") else "RGB")
    if image.mode in ("I", "F", "CMYK", "LAB"):
        return image.reduce(factor)
    small = Image.new(mode, (math.ceil(image.width / factor), math.ceil(image.height / factor)))
    strip = factor * _STRIP_BLOCKS
    for top in range(0, image.height, strip):
        part = image.crop((0, top, image.width, min(top + strip, image.height))).convert(mode)
        averaged = part.convert("RGBa").reduce(factor).convert("RGBA") if mode == "RGBA" else part.reduce(factor)
        small.paste(averaged, (0, top // factor))
    return small
