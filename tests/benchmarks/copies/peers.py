"""What others use, on the same set: pHash, PDQ, imagededup's hashes, and plain SIFT with a robust affine transform."""

import importlib.util
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import faiss
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from indexer.fingerprints.pdq import pdq_orientations
from tests.benchmarks.copies.labelled import LabelledSet
from tests.benchmarks.copies.measures import Claim
from tests.benchmarks.copies.ours import Searched

SIFT_KEYPOINTS, SIFT_VIEW, SIFT_INLIERS, SIFT_LOOKS = 400, 512, 12, 60
_Codes = NDArray[np.uint64]
_Describe = Callable[[Path], bytes]


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def phash_code(path: Path) -> bytes:
    """ImageHash's pHash of 64 bits."""
    return bytes.fromhex(str(imagehash.phash(_opened(path))))


def pdq_code(path: Path) -> bytes:
    """PDQ's 256 bits."""
    return pdq_orientations(_opened(path))[0][0]


def imagededup_code(name: str, path: Path) -> bytes:
    """One of imagededup's hashes of 64 bits."""
    from imagededup import methods  # type: ignore[import-not-found,unused-ignore]

    code: str = getattr(methods, name)(verbose=False).encode_image(image_array=np.asarray(_opened(path)))
    return bytes.fromhex(code)


def search_by_hash(labelled: LabelledSet, describe: _Describe, bits: int) -> Searched:
    """Claims within `bits`; the ranking goes twice as far."""
    start = time.perf_counter()
    listed = sorted(labelled.listed.iterdir())
    theirs = _all(describe, listed)
    built = time.perf_counter()
    works = sorted(labelled.works.iterdir())
    claims = list(_near(works, _all(describe, works), listed, theirs, bits))
    return Searched(tuple(claims), built - start, time.perf_counter() - built, theirs.nbytes)


def _all(describe: _Describe, paths: Sequence[Path]) -> _Codes:
    """Codes (pictures, words)."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        codes = list(pool.map(describe, paths, chunksize=16))
    return np.frombuffer(b"".join(codes), np.uint64).reshape(len(paths), -1)


def _near(works: Sequence[Path], ours: _Codes, listed: Sequence[Path], theirs: _Codes, bits: int) -> Iterator[Claim]:
    for work, code in zip(works, ours, strict=True):
        distances = np.bitwise_count(theirs ^ code).sum(axis=1)
        for at in np.flatnonzero(distances <= 2 * bits):
            yield Claim(work.name, listed[int(at)].name, -float(distances[at]), bool(distances[at] <= bits))


def search_by_sift(labelled: LabelledSet) -> Searched:
    """Every keypoint of a work votes for the listed picture of its nearest; those with votes are fitted."""
    start = time.perf_counter()
    listed = sorted(labelled.listed.iterdir())
    theirs = _features_of(listed)
    owner = np.repeat(np.arange(len(listed)), [len(points) for points, _ in theirs])
    index: Any = faiss.IndexFlatL2(128) if len(owner) < 200_000 else faiss.index_factory(128, "IVF1024,SQ8")
    codes = np.concatenate([codes for _, codes in theirs])
    if not index.is_trained:
        index.train(codes[:: max(1, len(codes) // 100_000)])
        index.nprobe = 16
    index.add(codes)
    built = time.perf_counter()
    claims = []
    works = sorted(labelled.works.iterdir())
    for work, (points, own) in zip(works, _features_of(works), strict=True):
        claims += list(_voted(work, points, own, index, owner, listed, theirs))
    return Searched(tuple(claims), built - start, time.perf_counter() - built, codes.nbytes)


def _voted(
    work: Path, points: NDArray[np.float32], own: NDArray[np.float32], index: Any, owner: NDArray[np.int64],
    listed: Sequence[Path], theirs: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> Iterator[Claim]:  # fmt: skip
    if not len(own):
        return
    votes = np.bincount(owner[index.search(own, 20)[1].ravel()], minlength=len(listed))
    for at in np.argsort(-votes)[:SIFT_LOOKS].tolist():
        inliers = _inliers(points, own, *theirs[at])
        if inliers:
            yield Claim(work.name, listed[at].name, float(inliers), inliers >= SIFT_INLIERS)


def _inliers(
    points: NDArray[np.float32], own: NDArray[np.float32], others: NDArray[np.float32], codes: NDArray[np.float32]
) -> int:
    if len(codes) < 3 or len(own) < 3:
        return 0
    squared = (own**2).sum(1)[:, None] + (codes**2).sum(1)[None] - 2 * own @ codes.T
    best = squared.argmin(axis=1)
    two = np.partition(squared, 1, axis=1)[:, :2]
    clear = two[:, 0] < 0.64 * two[:, 1]
    if clear.sum() < 3:
        return 0
    agree: Any = cv2.estimateAffine2D(points[clear], others[best[clear]], ransacReprojThreshold=4.0)[1]
    return 0 if agree is None else int(agree.sum())


def _features_of(paths: Sequence[Path]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        return list(pool.map(_sift, paths, chunksize=16))


def _sift(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    picture = _opened(path)
    picture.thumbnail((SIFT_VIEW, SIFT_VIEW))
    cv2.setNumThreads(1)
    sift: Any = cv2.SIFT_create(SIFT_KEYPOINTS)  # type: ignore[attr-defined]
    found, codes = sift.detectAndCompute(np.asarray(picture.convert("L")), None)
    if codes is None:
        return np.empty((0, 2), np.float32), np.empty((0, 128), np.float32)
    return np.array([one.pt for one in found], np.float32), codes


PEERS: Mapping[str, tuple[str, Callable[[LabelledSet], Searched]]] = {
    "phash8": ("pHash ≤ 8", partial(search_by_hash, describe=phash_code, bits=8)),
    "phash12": ("pHash ≤ 12", partial(search_by_hash, describe=phash_code, bits=12)),
    "pdq": ("PDQ ≤ 31", partial(search_by_hash, describe=pdq_code, bits=31)),
    "sift": ("SIFT voted in FAISS, robust affine, 12 inliers", search_by_sift),
    **{
        f"imagededup-{name.lower()}": (
            f"imagededup {name} ≤ 10",
            partial(search_by_hash, describe=partial(imagededup_code, name), bits=10),
        )
        for name in ("PHash", "DHash", "AHash", "WHash")
    },
}
"""What is printed and what is run, by the name that is asked for; 10 bits are imagededup's own default."""


def why_not(name: str) -> str | None:
    """Why a method cannot be run here, in words that follow "not run, because"; None when it can."""
    if name == "imagededup-cnn":
        return "its network needs weights that are downloaded when it starts, and none ship with it"
    if name.startswith("imagededup") and importlib.util.find_spec("imagededup") is None:
        return "imagededup is not installed"
    return None
