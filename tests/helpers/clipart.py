"""Real pictures for journeys: Debian's openclipart-png, reduced to one picture a family by rules that are not ours.

The package holds thousands of true duplicates. Two pictures are one family when they have the same bytes, the same
name but for digits and signs, a pHash within 12 bits (computed by ImageHash alone), or stand together in
`same_drawing.json`: pairs that were disputed once and looked at.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

FOLDER = Path("/usr/share/openclipart/png")
MISSING = "the pictures of Debian's package openclipart-png are not installed"
SAME_DRAWING = Path(__file__).with_name("same_drawing.json")
SHARED_PARTS = Path(__file__).with_name("shared_parts.json")

Image.MAX_IMAGE_PIXELS = None  # the package holds pictures of 600 megapixels, which are left out by their size

SHORTEST_EDGE, MOST_PIXELS = 64, 4_000_000
FAMILY_BITS = 12


def load(path: Path) -> Image.Image:
    """The picture as mode RGB on white."""
    with Image.open(path) as picture:
        layer = picture.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


@cache
def one_of_each_family() -> tuple[Path, ...]:
    """Pictures of which no two are of one family, in the order of paths: the first of each family is kept."""
    disputed = _disputed()
    kept: dict[str, Path] = {}
    hashes: list[int] = []
    stems: set[str] = set()
    contents: set[str] = set()
    for path in _usable():
        name = str(path.relative_to(FOLDER))
        stem = re.sub(r"[^a-z]+", " ", path.stem.lower()).strip()
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        if stem in stems or content in contents or disputed.get(name, set()) & kept.keys():
            continue
        phash = int(str(imagehash.phash(load(path))), 16)
        if hashes and int(np.bitwise_count(np.array(hashes, np.uint64) ^ np.uint64(phash)).min()) <= FAMILY_BITS:
            continue
        kept[name] = path
        hashes.append(phash)
        stems.add(stem)
        contents.add(content)
    return tuple(kept.values())


def shared_parts() -> set[tuple[str, str]]:
    """Names of a work and another picture that somebody looked at, and saw a part of one drawing in both.

    A folder's arrow by itself, a letter in several formulas, one sign for a missing picture: clip art is made so.
    """
    return {(work, other) for work, other in json.loads(SHARED_PARTS.read_text())}


def _disputed() -> dict[str, set[str]]:
    """For each disputed picture the others of its pairs."""
    others: dict[str, set[str]] = {}
    for one, other in json.loads(SAME_DRAWING.read_text()):
        others.setdefault(one, set()).add(other)
        others.setdefault(other, set()).add(one)
    return others


def _usable() -> Iterator[Path]:
    for path in sorted(FOLDER.rglob("*.png")):
        if path.is_symlink():
            continue
        with Image.open(path) as picture:
            width, height = picture.size
        if min(width, height) >= SHORTEST_EDGE and width * height <= MOST_PIXELS:
            yield path
