"""What `matching.md` §6.1 says to add to its list, and Copydays' attacks (§6.2)."""

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from tests.benchmarks.copies import drawing
from tests.benchmarks.copies.drawing import array, cropped, image, saved, scaled, set_to_shape
from tests.benchmarks.copies.edits import Apply, Group, Recipe, recipe

_TONES = "toned saturated recoloured"
_SEEN_FROM = "tilted turned stretched embedded cropped"


def _more(name: str, apply: Apply, must: str = "", may: str = "") -> Recipe:
    return recipe(Group.MORE, f"more: {name}", apply, must, may)


def _laid(way: Image.Transpose) -> Apply:
    return lambda work, *_: work.transpose(way)


def _without_profile(work: Image.Image, *_: object) -> Image.Image:
    """A picture of Display P3 whose profile was thrown away: its colours look weaker. Matrices of CSS Color 4 §10."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    p3_to_xyz = np.array([[0.4866, 0.2657, 0.1982], [0.2290, 0.6917, 0.0793], [0.0, 0.0451, 1.0439]])
    encoded = array(work) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    moved = np.clip(linear @ (np.linalg.inv(p3_to_xyz) @ to_xyz).T, 0, 1)
    again = np.where(moved <= 0.0031308, 12.92 * moved, 1.055 * moved ** (1 / 2.4) - 0.055)
    return image(255 * again)


def _veiled(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    """Small changes of high frequency, as cloaks against training make them."""
    signs = random.choice([-4.0, 4.0], array(work).shape)
    return image(array(work) + signs)


def _graded(work: Image.Image, *_: object) -> Image.Image:
    """Teal shadows and orange lights, with an S curve, as films are graded."""
    light = array(work) / 255
    curved = light * light * (3 - 2 * light)
    grey = curved.mean(axis=2, keepdims=True)
    tint = (1 - grey) * np.array([-0.06, 0.02, 0.08]) + grey * np.array([0.08, 0.02, -0.08])
    return image(255 * (curved + tint))


def _recoloured_areas(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    """Each of six colours of the picture becomes another one, as a line drawing is filled anew."""
    flat = work.quantize(6)
    palette = random.integers(60, 256, (6, 3)).astype(np.float32)
    fill = palette[np.asarray(flat) % 6]
    own = np.asarray(flat.convert("RGB"), np.float32)
    grey = (array(work).mean(axis=2) - own.mean(axis=2))[..., None]
    return image(fill + grey)


def _from_screen(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    """A photograph of a screen: at an angle, with its grid of lines, soft and brighter."""
    down, across = np.mgrid[: work.height, : work.width]
    grid = 1 - 0.06 * (np.sin(across * 2.09) + np.sin(down * 1.93))
    seen = drawing.warped(
        image(array(work) * grid[..., None]),
        [(float(a), float(b)) for a, b in random.uniform(0.01, 0.08, (4, 2))],
        (30, 30, 34),
    )
    return image(255 * (array(seen.filter(ImageFilter.GaussianBlur(1.2))) / 255) ** 0.8)


def _twice_as_large(work: Image.Image, *_: object) -> Image.Image:
    return scaled(work, 2 * max(work.size)).filter(ImageFilter.UnsharpMask(2, 120, 2))


MORE: tuple[Recipe, ...] = (
    _more("WebP 20", lambda work, *_: saved(work, "WEBP", 20), "", "posterised blurred"),
    _more("AVIF 40", lambda work, *_: saved(work, "AVIF", 40), "", "blurred"),
    _more(
        "JPEG twice, shifted by 3 pixels",
        lambda work, *_: saved(saved(work, "JPEG", 50).crop((3, 3, *work.size)), "JPEG", 50),
        "",
        "cropped",
    ),
    _more("palette of 64", lambda work, *_: work.quantize(64).convert("RGB"), "", "posterised grainy"),
    _more("profile lost", _without_profile, "", _TONES),
    _more("turned by 180", _laid(Image.Transpose.ROTATE_180), "turned"),
    _more("turned by 270", _laid(Image.Transpose.ROTATE_270), "turned"),
    _more("rows and columns exchanged", _laid(Image.Transpose.TRANSPOSE), "mirrored turned"),
    _more("4:5 from the middle", lambda work, *_: set_to_shape(work, 0.8), "", "cropped"),
    _more("16:9 from the middle", lambda work, *_: set_to_shape(work, 16 / 9), "", "cropped"),
    _more("cloaked", _veiled, "", "grainy sharpened"),
    _more("twice as large, sharpened", _twice_as_large, "", "sharpened"),
    _more("graded like a film", _graded, "", _TONES),
    _more("areas filled anew", _recoloured_areas, "", f"{_TONES} posterised covered inverted greyed"),
    _more("photographed from a screen", _from_screen, "", f"blurred grainy {_TONES} {_SEEN_FROM}"),
)


def _copydays(name: str, apply: Apply, must: str = "", may: str = "") -> Recipe:
    return recipe(Group.COPYDAYS, f"Copydays: {name}", apply, must, may)


def _small_jpeg(quality: int) -> Apply:
    """First scaled to a sixteenth of the pixels, as that set does."""
    return lambda work, *_: saved(scaled(work, max(work.size) // 4), "JPEG", quality)


def _spattered(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    """Painted over with a few broad strokes."""
    return drawing.strokes_over(work, 6, random)


def _scanned(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    """Printed in grey and scanned askew."""
    grey = ImageOps.autocontrast(work.convert("L"), cutoff=2).convert("RGB").filter(ImageFilter.GaussianBlur(1))
    askew = grey.rotate(float(random.uniform(-3, 3)), Image.Resampling.BICUBIC, expand=True, fillcolor=(255, 255, 255))
    return saved(image(array(askew) * 0.9 + 16 + random.normal(0, 6, array(askew).shape)), "JPEG", 60)


def _without(share: float) -> Apply:
    return lambda work, _, random: cropped(work, 1 - share, random)


def _tilted_and_soft(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    corners = [(float(a), float(b)) for a, b in random.uniform(0.05, 0.12, (4, 2))]
    return drawing.warped(work, corners).filter(ImageFilter.GaussianBlur(2 * max(work.size) / 512))


def _noisy_and_recoloured(work: Image.Image, _: Image.Image, random: np.random.Generator) -> Image.Image:
    turned = array(drawing.hue_turned(work, 60))
    return image(turned + random.normal(0, 25, turned.shape))


_BAD_JPEG = "posterised blurred grainy sharpened toned recoloured saturated greyed"

COPYDAYS: tuple[Recipe, ...] = (
    *(_copydays(f"JPEG {quality}", _small_jpeg(quality), "", _BAD_JPEG) for quality in (3, 5, 8, 10, 15)),
    *(_copydays(f"JPEG {quality}", _small_jpeg(quality)) for quality in (20, 30, 50, 75)),
    *(
        _copydays(f"{gone} % cropped away", _without(gone / 100), "cropped")
        for gone in (10, 15, 20, 30, 40, 50, 60, 70, 80)
    ),
    _copydays("strong: painted over", _spattered, "covered"),
    _copydays("strong: printed in grey, scanned", _scanned, "", f"greyed grainy blurred {_TONES} {_SEEN_FROM}"),
    _copydays("strong: angle and blur", _tilted_and_soft, "", f"blurred {_SEEN_FROM}"),
    _copydays("strong: noise and colours", _noisy_and_recoloured, "grainy", f"sharpened {_TONES}"),
)
