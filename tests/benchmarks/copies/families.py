"""One picture of each family: of those that show the same, or a part of the same, the first is kept.

Judged by rules that are not ours: equal bytes, equal names but for digits, pHash (ImageHash), and OpenCV's own SIFT
with a robust affine transform, so that two sizes or two crops of one picture do not count as strangers.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SHORTEST_EDGE, MOST_PIXELS, LEAST_CONTRAST = 96, 60_000_000, 8.0
FAMILY_BITS, FAMILY_INLIERS = 12, 12
_ENDINGS = {".png", ".jpg", ".jpeg", ".webp"}
_VIEW, _KEYPOINTS = 320, 200
_GROUNDS = ((255, 255, 255), (232, 226, 214), (44, 48, 58), (190, 205, 220))

Image.MAX_IMAGE_PIXELS = None  # pictures that are too large are left out by their size


def load(path: Path) -> Image.Image:
    """The picture as mode RGB; one that is transparent lies on a ground that its name decides."""
    with Image.open(path) as opened:
        layer = opened.convert("RGBA")
    if layer.getchannel("A").getextrema()[0] == 255:
        return layer.convert("RGB")
    ground = _GROUNDS[hashlib.sha256(path.name.encode()).digest()[0] % len(_GROUNDS)]
    return Image.alpha_composite(Image.new("RGBA", layer.size, (*ground, 255)), layer).convert("RGB")


@dataclass(slots=True)
class _Known:
    """What is known of the pictures that were kept."""

    contents: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    hashes: list[int] = field(default_factory=list)
    features: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = field(default_factory=list)


def one_of_each_family(paths: Sequence[Path], *, geometry: bool = True) -> Iterator[Path]:
    """The first of each family, in the order given; what is tiny, huge or flat is left out.

    Args:
        geometry: also hold keypoints against each other, which takes time in the square of the number of pictures.
    """
    known = _Known()
    for path in paths:
        if path.suffix.lower() not in _ENDINGS or not _is_usable(path):
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        name = f"{path.parent}/{re.sub(r'[^a-z]+', ' ', path.stem.lower()).strip()}"
        if content in known.contents or name in known.names:
            continue
        known.contents.add(content)
        picture = load(path)
        phash = int(str(imagehash.phash(picture)), 16)
        mirrored = int(str(imagehash.phash(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT))), 16)
        grey = np.asarray(_small(picture).convert("L"))
        if grey.std() < LEAST_CONTRAST or _is_near(known, phash) or _is_near(known, mirrored):
            continue
        features = _features(grey)
        if geometry and any(_shows_same(features, other) for other in known.features):
            continue
        known.names.add(name)
        known.hashes.append(phash)
        known.features.append(features)
        yield path


def _is_usable(path: Path) -> bool:
    try:
        with Image.open(path) as picture:
            width, height = picture.size
    except OSError:
        return False
    return min(width, height) >= SHORTEST_EDGE and width * height <= MOST_PIXELS


def _is_near(known: _Known, phash: int) -> bool:
    if not known.hashes:
        return False
    return int(np.bitwise_count(np.array(known.hashes, np.uint64) ^ np.uint64(phash)).min()) <= FAMILY_BITS


def _small(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((_VIEW, _VIEW), Image.Resampling.LANCZOS)
    return small


def _features(grey: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    sift: Any = cv2.SIFT_create(_KEYPOINTS)  # type: ignore[attr-defined]
    found, descriptors = sift.detectAndCompute(grey, None)
    if descriptors is None:
        return np.empty((0, 2), np.float32), np.empty((0, 128), np.float32)
    lengths = np.linalg.norm(descriptors, axis=1, keepdims=True)
    return np.array([point.pt for point in found], np.float32), descriptors / np.maximum(lengths, 1e-6)


def _shows_same(
    one: tuple[NDArray[np.float32], NDArray[np.float32]], other: tuple[NDArray[np.float32], NDArray[np.float32]]
) -> bool:
    (here, codes), (there, others) = one, other
    if min(len(here), len(there)) < FAMILY_INLIERS:
        return False
    likeness = codes @ others.T
    best = likeness.argmax(axis=1)
    top = np.partition(likeness, -2, axis=1)[:, -2:]
    clear = np.arccos(np.clip(top[:, 1], -1, 1)) < 0.75 * np.arccos(np.clip(top[:, 0], -1, 1))
    if clear.sum() < FAMILY_INLIERS:
        return False
    _, agree = cv2.estimateAffinePartial2D(here[clear], there[best[clear]], ransacReprojThreshold=4.0)
    if agree is None:
        return False
    places = np.unique((there[best[clear]][agree.ravel() > 0] // 4).astype(np.int64), axis=0)
    return len(places) >= FAMILY_INLIERS
