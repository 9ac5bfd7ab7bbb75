"""Pictures as others publish them: cropped, bordered, mirrored, turned, smaller; for `hash_variants`."""

import io
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from indexer.fingerprints.phash import phash_orientations, shrink
from indexer.fingerprints.quality import phash_is_meaningful
from indexer.images.draw_forms import inside_border
from indexer.images.variants import Orientation, lay

ENDINGS = {".png", ".jpg", ".jpeg", ".webp"}
EDGE, LEAST, COPY_EDGE, SAME = 800, 160, 400, 12
PLAIN = "nothing but smaller"
AS_THEY_ARE = ("mirrored", "turned 90°", PLAIN)

Alter = Callable[[Image.Image, random.Random], Image.Image | None]


def keep(share: float, across: float | None = None, down: float | None = None) -> Alter:
    """A crop that keeps this share of the area, at a place from 0 to 1 or at any."""

    def alter(picture: Image.Image, chance: random.Random) -> Image.Image:
        width, height = (round(length * share**0.5) for length in picture.size)
        left = round((picture.width - width) * (chance.random() if across is None else across))
        top = round((picture.height - height) * (chance.random() if down is None else down))
        return picture.crop((left, top, left + width, top + height))

    return alter


def cut_side(share: float) -> Alter:
    """One side cut off, any of the four, as where a signature or a caption was."""

    def alter(picture: Image.Image, chance: random.Random) -> Image.Image:
        box = [0, 0, *picture.size]
        side = chance.randrange(4)
        lost = round(share * picture.size[side % 2])
        box[side] += lost if side < 2 else -lost
        return picture.crop((box[0], box[1], box[2], box[3]))

    return alter


def middle_square(picture: Image.Image, _: random.Random) -> Image.Image | None:
    return ImageOps.fit(picture, (min(picture.size),) * 2) if is_oblong(picture) else None


def own_border_cut(picture: Image.Image, _: random.Random) -> Image.Image | None:
    inside = inside_border(np.asarray(picture.convert("L")))
    return picture.crop(inside) if inside else None


def framed(share: float, colour: str) -> Alter:
    return lambda picture, _: ImageOps.expand(picture, round(share * min(picture.size)), colour)


def on_sheet(colour: str) -> Alter:
    """On a square sheet, as shops and galleries show pictures."""

    def alter(picture: Image.Image, _: random.Random) -> Image.Image | None:
        return ImageOps.pad(picture, (max(picture.size),) * 2, color=colour) if is_oblong(picture) else None

    return alter


ALTERED: dict[str, Alter] = {
    **{f"middle {share} %": keep(share / 100, 0.5, 0.5) for share in (95, 90, 80, 70)},
    **{f"any place {share} %": keep(share / 100) for share in (95, 90, 80, 70)},
    **{f"one side less {share} %": cut_side(share / 100) for share in (5, 10, 15)},
    "middle square": middle_square,
    "own border cut off": own_border_cut,
    "mirrored": lambda picture, _: lay(picture, Orientation.MIRRORED),
    "turned 90°": lambda picture, _: lay(picture, Orientation.TURNED_90),
    "white border 5 %": framed(0.05, "white"),
    "white border 8 %": framed(0.08, "white"),
    "white border 15 %": framed(0.15, "white"),
    "black border 5 %": framed(0.05, "black"),
    "on a white square": on_sheet("white"),
    "on a black square": on_sheet("black"),
    PLAIN: lambda picture, _: picture,
}


def passe_partout(picture: Image.Image, seed: int) -> Image.Image:
    """Grained cardboard of 15 % with a dark edge around the picture."""
    wide = round(0.15 * min(picture.size))
    size = (picture.height + 2 * wide, picture.width + 2 * wide, 1)
    grain = np.random.default_rng(seed).normal(0, 2.5, size)
    board = Image.fromarray(np.clip(np.array([236, 228, 210]) + grain, 0, 255).astype(np.uint8))
    board.paste(ImageOps.expand(picture, 2, (90, 80, 60)), (wide - 2, wide - 2))
    return board


BORDERED: dict[str, Callable[[Image.Image, int], Image.Image]] = {
    "white, cut off": lambda picture, _: ImageOps.expand(picture, round(0.06 * min(picture.size)), "white"),
    "black, cut off": lambda picture, _: ImageOps.expand(picture, round(0.06 * min(picture.size)), "black"),
    "passe-partout, cut off": passe_partout,
}
"""Works that are given a border, of which the picture inside is the copy."""


def is_oblong(picture: Image.Image) -> bool:
    return max(picture.size) / min(picture.size) > 1.05


def as_published(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((COPY_EDGE, COPY_EDGE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=80)
    return Image.open(stream)


def pictures_in(folders: Sequence[Path], count: int, seed: int) -> list[Image.Image]:
    """Pictures that are neither plain nor another one again, in any orientation."""
    paths = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    random.Random(seed).shuffle(paths)
    taken: list[Image.Image] = []
    known = np.empty(0, np.uint64)
    for path in paths:
        picture = load(path)
        small = shrink(picture)
        codes = np.array(phash_orientations(small), np.uint64)
        is_clear = phash_is_meaningful(int(codes[0]), float(np.asarray(small, np.float64).std()))
        if min(picture.size) < LEAST or not is_clear or (np.bitwise_count(known ^ codes[0]) <= SAME).any():
            continue
        taken.append(picture)
        known = np.concatenate([known, codes])
        if len(taken) == count:
            break
    return taken


def load(path: Path) -> Image.Image:
    with Image.open(path) as source:
        source.draft("RGB", (EDGE, EDGE))
        picture = source.convert("RGBA")
    picture.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
