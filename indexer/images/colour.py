# SPDX-License-Identifier: GPL-3.0-or-later
"""From whatever a file holds to plain 8-bit pixels: alpha on a background, 16-bit scaled, CMYK the right way round.

No colour profile is applied: COYO's hashes were made without (DESIGN §4). The pixel hash, which wants sRGB, does
its own conversion in `srgb_rgba`.
"""

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageCms

WHITE = (255, 255, 255)
BLACK = (0, 0, 0)

_SIXTEEN_BIT_MODES = ("I;16", "I;16L", "I;16B", "I;16N")
_DEEP_MODES = (*_SIXTEEN_BIT_MODES, "I", "F")
_STRIP_ROWS = 256


def has_alpha(image: Image.Image) -> bool:
    """Whether any pixel may be seen through."""
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def flatten(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    """The picture as mode `RGB` or `L`, transparent parts over `background`."""
    if image.mode in _DEEP_MODES:
        return scale_to_eight_bits(image)
    if has_alpha(image):
        layer = image.convert("RGBA")
        ground = Image.new("RGB", layer.size, background)
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    if image.mode == "CMYK":
        return _cmyk_upright(image).convert("RGB")
    if image.mode == "LAB":
        return _from_lab(image)
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def srgb_rgba(image: Image.Image) -> Image.Image:
    """The picture as sRGB `RGBA`: profile applied, opaque alpha added where there is none.

    Raises:
        ValueError: the embedded profile cannot be used.
    """
    alpha = image.convert("RGBA").getchannel("A") if has_alpha(image) and image.mode not in _DEEP_MODES else None
    colours = _without_alpha(image)
    profile = image.info.get("icc_profile")
    if profile and image.mode != "LAB":
        colours = _apply_profile(colours, profile)
    result = colours.convert("RGBA")
    if alpha is not None:
        result.putalpha(alpha)
    return result


def scale_to_eight_bits(image: Image.Image) -> Image.Image:
    """Deep grey to `L`, 16 bits by their full range, others by their own; Pillow's `convert` cuts at 255.

    Goes strip by strip, since the numbers in between take eight times the room of the picture.
    """
    full = _full_scale(image)
    result = Image.new("L", image.size)
    for top, values in _strips(image):
        scaled = np.clip(values, 0, full) * (255.0 / full) + 0.5
        result.paste(Image.fromarray(scaled.astype(np.uint8)), (0, top))
    return result


def _full_scale(image: Image.Image) -> float:
    """The value that stands for white."""
    if image.mode in _SIXTEEN_BIT_MODES:
        return 65535.0
    top = max(float(values.max(initial=0.0)) for _, values in _strips(image))
    if image.mode == "F" and top <= 1.0:
        return 1.0
    return max(65535.0 if image.mode == "I" and top > 255 else 255.0, top)


def _strips(image: Image.Image) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Rows of numbers with the row that they begin at; what is not a number is 0."""
    for top in range(0, image.height, _STRIP_ROWS):
        strip = image.crop((0, top, image.width, min(top + _STRIP_ROWS, image.height)))
        values = np.asarray(strip, dtype=np.float64)
        yield top, np.where(np.isfinite(values), values, 0.0)


def _without_alpha(image: Image.Image) -> Image.Image:
    """The picture as mode `L`, `RGB` or `CMYK`, in the colours that its profile speaks of."""
    if image.mode in _DEEP_MODES:
        return scale_to_eight_bits(image)
    if image.mode == "LAB":
        return _from_lab(image)
    if image.mode == "CMYK":
        return _cmyk_upright(image)
    if image.mode in ("L", "RGB"):
        return image
    if image.mode in ("1", "LA"):
        return image.convert("L")
    return image.convert("RGBA").convert("RGB")


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (OSError, ImageCms.PyCMSError) as problem:
        raise ValueError(str(problem)) from problem
    if changed is None:
        raise ValueError("the profile gave no picture")
    return changed


def _from_lab(image: Image.Image) -> Image.Image:
    changed = ImageCms.profileToProfile(
        image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    if changed is None:
        raise ValueError("the Lab colours could not be converted")
    return changed


def _cmyk_upright(image: Image.Image) -> Image.Image:
    """Pillow reads every CMYK JPEG as Adobe writes them, inverted; a file without Adobe's marker is not."""
    if image.format == "JPEG" and "adobe" not in image.info:
        return ImageChops.invert(image)
    return image
