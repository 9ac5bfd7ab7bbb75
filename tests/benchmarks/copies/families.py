"""One picture of each family: of those that show the same, or a part of the same, the first is kept.

Judged by rules that are not ours: equal bytes; names equal but for digits, and alike at a glance; pHash, by ImageHash,
of the picture and of its edges, which stay where colours change or light and dark are exchanged; and OpenCV’s own SIFT
with a robust affine transform, so that two sizes or two crops of one picture are no strangers.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import faiss
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SHORTEST_EDGE, MOST_PIXELS, LEAST_CONTRAST = 96, 60_000_000, 8.0
FAMILY_BITS, FAMILY_INLIERS = 12, 12
_ENDINGS = {".png", ".jpg", ".jpeg", ".webp"}
_VIEW, _KEYPOINTS = 320, 200
_ASKED, _NEAREST, _CLEARLY, _VOTES = 60, 10, 0.7, 3
_GROUNDS = ((255, 255, 255), (232, 226, 214), (44, 48, 58), (190, 205, 220))
_MANY, _TRAINED = 10_000, 60_000
_NAMESAKES = 0.5
"""Cosine of miniatures above which pictures whose names differ in digits only are taken for versions of one."""


Image.MAX_IMAGE_PIXELS = None  # pictures that are too large are left out by their size

Descriptors = NDArray[np.uint8]


def load(path: Path) -> Image.Image:
    """The picture as mode RGB; one that is transparent lies on a ground that its name decides."""
    with Image.open(path) as opened:
        layer = opened.convert("RGBA")
    if layer.getchannel("A").getextrema()[0] == 255:
        return layer.convert("RGB")
    ground = _GROUNDS[hashlib.sha256(path.name.encode()).digest()[0] % len(_GROUNDS)]
    return Image.alpha_composite(Image.new("RGBA", layer.size, (*ground, 255)), layer).convert("RGB")


@dataclass(frozen=True, slots=True)
class Kept:
    """One picture of a family.

    Attributes:
        size: width and height.
        miniature: 256 grey values without mean, of length 1.
    """

    path: Path
    size: tuple[int, int]
    miniature: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What tells families apart; keypoints as the picture is, and of its mirror image.

    Attributes:
        hashes, mirrored: pHashes of the picture and of its edges.
    """

    kept: Kept
    content: str
    hashes: tuple[int, int]
    mirrored: tuple[int, int]
    points: tuple[NDArray[np.float32], NDArray[np.float32]]
    codes: tuple[Descriptors, Descriptors]

    @property
    def name(self) -> str:
        """Folder and name but for digits and signs."""
        path = self.kept.path
        return f"{path.parent}/{re.sub(r'[^a-z]+', ' ', path.stem.lower()).strip()}"


def one_of_each_family(paths: Sequence[Path], workers: int) -> list[Kept]:
    """The first of each family, in the order given; what is tiny, huge, flat or no picture is left out."""
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        seen = [one for one in pool.map(_see, paths, chunksize=8) if one]
    related = _related(seen)
    kept: list[int] = []
    names: dict[str, list[_Seen]] = defaultdict(list)
    contents: set[str] = set()
    for number, one in enumerate(seen):
        namesakes = any(float(one.kept.miniature @ other.kept.miniature) > _NAMESAKES for other in names[one.name])
        near = _near_hashes(one, [seen[other] for other in kept])
        if one.content in contents or namesakes or near or related[number].intersection(kept):
            continue
        kept.append(number)
        names[one.name].append(one)
        contents.add(one.content)
    return [seen[number].kept for number in kept]


def _see(path: Path) -> _Seen | None:
    if path.suffix.lower() not in _ENDINGS or not _is_usable(path):
        return None
    picture = load(path)
    small = picture.copy()
    small.thumbnail((_VIEW, _VIEW), Image.Resampling.LANCZOS)
    grey = np.asarray(small.convert("L"))
    if grey.std() < LEAST_CONTRAST:
        return None
    ahead, mirrored = _features(grey), _features(np.ascontiguousarray(grey[:, ::-1]))
    return _Seen(
        Kept(path, picture.size, miniature(small)),
        hashlib.sha256(path.read_bytes()).hexdigest(),
        _hashes(picture),
        _hashes(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
        (ahead[0], mirrored[0]),
        (ahead[1], mirrored[1]),
    )


def _hashes(picture: Image.Image) -> tuple[int, int]:
    small = picture.convert("L")
    small.thumbnail((_VIEW, _VIEW), Image.Resampling.LANCZOS)
    edges = Image.fromarray(cv2.morphologyEx(np.asarray(small), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    return int(str(imagehash.phash(picture)), 16), int(str(imagehash.phash(edges)), 16)


def _is_usable(path: Path) -> bool:
    try:
        with Image.open(path) as picture:
            width, height = picture.size
    except OSError:
        return False
    return min(width, height) >= SHORTEST_EDGE and width * height <= MOST_PIXELS


def miniature(picture: Image.Image) -> NDArray[np.float32]:
    """256 grey values without their mean, of length 1: what lies near is alike at a glance."""
    grey = np.asarray(picture.convert("L").resize((16, 16), Image.Resampling.BOX), np.float32).ravel()
    without_mean = grey - grey.mean()
    unit: NDArray[np.float32] = without_mean / max(float(np.linalg.norm(without_mean)), 1e-6)
    return unit


def _features(grey: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Descriptors]:
    """Keypoints, strongest first, and their descriptors."""
    cv2.setNumThreads(1)
    sift: Any = cv2.SIFT_create(_KEYPOINTS)  # type: ignore[attr-defined]
    found, codes = sift.detectAndCompute(grey, None)
    if codes is None:
        return np.empty((0, 2), np.float32), np.empty((0, 128), np.uint8)
    strongest = np.argsort([-point.response for point in found], kind="stable")
    return np.array([point.pt for point in found], np.float32)[strongest], codes[strongest].astype(np.uint8)


def _near_hashes(one: _Seen, kept: Sequence[_Seen]) -> bool:
    if not kept:
        return False
    codes = np.array([other.hashes for other in kept], np.uint64)
    ways = np.array([one.hashes, one.mirrored], np.uint64)
    return int(np.bitwise_count(codes ^ ways[:, None]).min()) <= FAMILY_BITS


def _related(seen: Sequence[_Seen]) -> dict[int, set[int]]:
    """For each picture those of which it shows a part: proposed by votes of keypoints, confirmed by geometry."""
    related: dict[int, set[int]] = defaultdict(set)
    for (one, other), way in _proposed(seen):
        if _shows_same(seen[one].points[way], seen[one].codes[way], seen[other].points[0], seen[other].codes[0]):
            related[one].add(other)
            related[other].add(one)
    return related


def _proposed(seen: Sequence[_Seen]) -> Iterator[tuple[tuple[int, int], int]]:
    owner = np.repeat(np.arange(len(seen)), [len(one.codes[0]) for one in seen])
    if not len(owner):
        return
    index = _index_of(np.concatenate([one.codes[0] for one in seen]).astype(np.float32))
    for number, one in enumerate(seen):
        for way, codes in enumerate(one.codes):
            if len(codes):
                distances, found = index.search(codes[:_ASKED].astype(np.float32), _NEAREST)
                clear = distances < _CLEARLY * distances[:, -1:]
                yield from (((number, other), way) for other in _voted(owner[found], clear, number))


def _voted(owners: NDArray[np.int64], clear: NDArray[np.bool_], asked: int) -> list[int]:
    """Pictures for which enough keypoints of another one vote: each once, by neighbours nearer than the usual ones."""
    votes: dict[int, int] = defaultdict(int)
    for row, is_near in zip(owners, clear, strict=True):
        for other in set(row[is_near].tolist()) - {asked}:
            votes[other] += 1
    return [other for other, count in votes.items() if count >= _VOTES]


def _index_of(codes: NDArray[np.float32]) -> Any:  # FAISS has no types
    if len(codes) < _MANY:
        index: Any = faiss.IndexFlatL2(codes.shape[1])
    else:
        index = faiss.index_factory(codes.shape[1], f"IVF{round(2 * len(codes) ** 0.5)},SQ8")
        index.train(codes[:: max(1, len(codes) // _TRAINED)])
        index.nprobe = 8
    index.add(codes)
    return index


def _shows_same(here: NDArray[np.float32], codes: Descriptors, there: NDArray[np.float32], others: Descriptors) -> bool:
    if min(len(here), len(there)) < FAMILY_INLIERS:
        return False
    one, other = (_unit(each) for each in (codes, others))
    likeness = one @ other.T
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


def _unit(codes: Descriptors) -> NDArray[np.float32]:
    floats = codes.astype(np.float32)
    unit: NDArray[np.float32] = floats / np.maximum(np.linalg.norm(floats, axis=1, keepdims=True), 1e-6)
    return unit
