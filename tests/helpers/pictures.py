"""Test pictures, drawn with fixed seeds: they have shapes, edges and tones like real ones, and no two are alike."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def draw(seed: int, size: tuple[int, int] = (480, 360)) -> Image.Image:
    """A picture of soft ground, shapes and strokes; the same seed and size give the same pixels."""
    random = np.random.default_rng(seed)
    width, height = size
    coarse = random.integers(0, 256, (5, 6, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for _ in range(14):
        x, y = random.uniform(0, width), random.uniform(0, height)
        reach = random.uniform(0.05, 0.25) * min(size)
        colour = tuple(int(value) for value in random.integers(0, 256, 3))
        shape = random.integers(0, 3)
        box = (x - reach, y - reach, x + reach * random.uniform(0.3, 1), y + reach)
        if shape == 0:
            pen.ellipse(box, fill=colour)
        elif shape == 1:
            pen.rectangle((min(box[0], box[2]), box[1], max(box[0], box[2]), box[3]), fill=colour)
        else:
            points = [(x + random.normal(0, reach), y + random.normal(0, reach)) for _ in range(4)]
            pen.line(points, fill=colour, width=max(1, int(reach / 8)), joint="curve")
    return picture.filter(ImageFilter.GaussianBlur(0.6))


def as_bytes(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The picture as a file of this kind."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def recompressed(picture: Image.Image, quality: int = 70) -> Image.Image:
    """The picture as it comes back from a JPEG."""
    return Image.open(io.BytesIO(as_bytes(picture.convert("RGB"), "JPEG", quality=quality))).convert("RGB")


def save_all(folder: Path, pictures: dict[str, Image.Image]) -> Path:
    """Save pictures under their names; the ending chooses the kind."""
    for name, picture in pictures.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        picture.save(place)
    return folder
