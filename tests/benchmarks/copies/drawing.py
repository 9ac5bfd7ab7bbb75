"""What edits are made of: saving again, placing on another picture, writing over, warping, mixing."""

import io
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_TRIES, _LIGHT = 20, 150
WORDS = ("SAMPLE", "follow for more", "© someone else", "when you see it", "do not repost", "wow", "best of the week")


def saved(picture: Image.Image, kind: str, quality: int) -> Image.Image:
    """The picture after it was saved as `kind` and opened again."""
    file = io.BytesIO()
    picture.save(file, kind, quality=quality)
    return Image.open(file).convert("RGB")


def scaled(picture: Image.Image, long_edge: int) -> Image.Image:
    """The whole picture with its longer side `long_edge` pixels."""
    scale = long_edge / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def cropped(picture: Image.Image, share: float, random: np.random.Generator) -> Image.Image:
    """A part of the same shape, of `share` of the area, from anywhere where there is something to see."""
    width, height = (max(8, round(side * share**0.5)) for side in picture.size)
    whole = contrast(picture)
    for _ in range(_TRIES):
        left = int(random.integers(0, max(picture.width - width, 0) + 1))
        top = int(random.integers(0, max(picture.height - height, 0) + 1))
        part = picture.crop((left, top, left + width, top + height))
        if contrast(part) >= whole / 2:
            break
    return part


def contrast(picture: Image.Image) -> float:
    """Standard deviation of a small grey copy; nobody crops to an empty sky."""
    return float(np.asarray(picture.convert("L").resize((32, 32), Image.Resampling.BOX), np.float32).std())


def set_to_shape(picture: Image.Image, ratio: float) -> Image.Image:
    """The middle of the picture, as wide by as tall as `ratio`."""
    width, height = picture.size
    wide, tall = min(width, round(height * ratio)), min(height, round(width / ratio))
    left, top = (width - wide) // 2, (height - tall) // 2
    return picture.crop((left, top, left + wide, top + tall))


def padded(
    picture: Image.Image, margins: tuple[float, float, float, float], colour: tuple[int, int, int]
) -> Image.Image:
    """With margins left, top, right, bottom, as shares of the picture's sides."""
    width, height = picture.size
    left, top, right, bottom = (round(m * side) for m, side in zip(margins, (width, height) * 2, strict=True))
    ground = Image.new("RGB", (width + left + right, height + top + bottom), colour)
    ground.paste(picture, (left, top))
    return ground


def pasted(picture: Image.Image, ground: Image.Image, share: float, random: np.random.Generator) -> Image.Image:
    """The picture set into another one, of which it fills about `share`."""
    out = scaled(ground, 900).copy()
    scale = (share * out.width * out.height / (picture.width * picture.height)) ** 0.5
    scale = min(scale, out.width / picture.width, out.height / picture.height)
    small = picture.resize((max(8, int(picture.width * scale)), max(8, int(picture.height * scale))))
    left = int(random.integers(0, out.width - small.width + 1))
    top = int(random.integers(0, out.height - small.height + 1))
    out.paste(small, (left, top))
    return out


def written(
    picture: Image.Image,
    words: str,
    place: tuple[float, float],
    size: float,
    opacity: float,
    colour: int | None = None,
) -> Image.Image:
    """Words over the picture; `place` of their middle and their `size` are shares of its width and height.

    Without a `colour`, white on what is dark and black on what is light, so that they can be read.
    """
    layer = Image.new("L", picture.size, 0)
    font = ImageFont.load_default(max(8, round(size * picture.height)))
    at = (place[0] * picture.width, place[1] * picture.height)
    ImageDraw.Draw(layer).text(at, words, fill=round(255 * opacity), font=font, anchor="mm")
    if colour is None:
        under = np.asarray(picture.convert("L"))[np.asarray(layer) > 0]
        colour = 0 if under.size and under.mean() > _LIGHT else 255
    return Image.composite(Image.new("RGB", picture.size, (colour,) * 3), picture, layer)


def any_words(random: np.random.Generator) -> str:
    """One of a few sayings."""
    return WORDS[int(random.integers(len(WORDS)))]


def array(picture: Image.Image) -> NDArray[np.float32]:
    """Float pixels."""
    return np.asarray(picture, np.float32)


def image(pixels: NDArray[np.floating]) -> Image.Image:
    """Back to a picture."""
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def warped(
    picture: Image.Image, corners: Sequence[tuple[float, float]], ground: tuple[int, int, int] = (255, 255, 255)
) -> Image.Image:
    """With its corners (left top, right top, right bottom, left bottom) moved by these shares of the sides, inwards."""
    width, height = picture.size
    before = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    after = before + inwards * np.array(corners, np.float32) * np.array([width, height], np.float32)
    matrix = cv2.getPerspectiveTransform(before, after)
    laid = cv2.warpPerspective(np.asarray(picture), matrix, picture.size, flags=cv2.INTER_AREA, borderValue=ground)
    return Image.fromarray(laid)


def hue_turned(picture: Image.Image, degrees: float) -> Image.Image:
    """Hues turned about the grey axis, lightness kept as HSV keeps it."""
    hsv = np.asarray(picture.convert("HSV")).copy()
    hsv[..., 0] = (hsv[..., 0].astype(np.int64) + round(degrees * 256 / 360)) % 256
    return Image.fromarray(hsv, "HSV").convert("RGB")


def blocks_over(picture: Image.Image, share: float, random: np.random.Generator) -> Image.Image:
    """Blocks of plain colours until `share` of the area is covered."""
    out = picture.copy()
    pen = ImageDraw.Draw(out)
    covered = np.zeros((picture.height, picture.width), np.bool_)
    while covered.mean() < share:
        wide, tall = (max(4, int(side * random.uniform(0.12, 0.35))) for side in picture.size)
        left, top = int(random.integers(0, picture.width - wide)), int(random.integers(0, picture.height - tall))
        pen.rectangle((left, top, left + wide, top + tall), fill=tuple(int(v) for v in random.integers(0, 256, 3)))
        covered[top : top + tall, left : left + wide] = True
    return out


def strokes_over(picture: Image.Image, strokes: int, random: np.random.Generator) -> Image.Image:
    """Broad bent strokes of one colour each."""
    out = picture.copy()
    pen = ImageDraw.Draw(out)
    for _ in range(strokes):
        points = [(float(x) * picture.width, float(y) * picture.height) for x, y in random.random((3, 2))]
        colour = tuple(int(value) for value in random.integers(0, 256, 3))
        pen.line(points, fill=colour, width=max(4, round(0.04 * max(picture.size))), joint="curve")
    return out
