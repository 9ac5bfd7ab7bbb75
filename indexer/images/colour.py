# SPDX-License-Identifier: GPL-3.0-or-later
"""From whatever a file holds to plain 8-bit pixels: alpha on a background, 16-bit scaled, CMYK the right way round.

No colour profile is applied: COYO's hashes were made without (DESIGN §4). The pixel hash, which wants sRGB, does
its own conversion in `srgb_rgba`.
"""

import io

import numpy as np
from PIL import Image, ImageChops, ImageCms

WHITE = (255, 255, 255)
BLACK = (0, 0, 0)

_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")


def has_alpha(image: Image.Image) -> bool:
    """Whether any pixel may be seen through."""
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def flatten(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    """The picture as mode `RGB` or `L`, transparent parts over `background`."""
    if image.mode in _DEEP_MODES:
        return _scale_to_eight_bits(image)
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
    alpha = image.convert("RGBA").getchannel("A") if has_alpha(image) else None
    profile = image.info.get("icc_profile")
    colours = _cmyk_upright(image) if image.mode == "CMYK" else image
    colours = _from_lab(image) if image.mode == "LAB" else colours
    if profile and colours.mode in ("RGB", "RGBA", "L", "LA", "CMYK"):
        colours = _apply_profile(colours, profile)
    elif colours.mode in _DEEP_MODES:
        colours = _scale_to_eight_bits(colours)
    result = colours.convert("RGBA")
    if alpha is not None:
        result.putalpha(alpha)
    return result


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image:
    without_alpha = image.convert("RGB") if image.mode == "RGBA" else image
    without_alpha = without_alpha.convert("L") if without_alpha.mode == "LA" else without_alpha
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    try:
        changed = ImageCms.profileToProfile(without_alpha, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except ImageCms.PyCMSError as problem:
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


def _scale_to_eight_bits(image: Image.Image) -> Image.Image:
    """Deep grey to `L` by its own range; Pillow's `convert` clips every value above 255 to white."""
    values = np.asarray(image, dtype=np.float64)
    values = np.where(np.isfinite(values), values, 0.0)
    top = float(values.max(initial=0.0))
    if image.mode.startswith("I;16") or (image.mode == "I" and top > 255):
        full = max(65535.0, top)
    elif image.mode == "F" and top <= 1.0:
        full = 1.0
    else:
        full = max(255.0, top)
    return Image.fromarray((np.clip(values, 0, full) * (255.0 / full) + 0.5).astype(np.uint8))
