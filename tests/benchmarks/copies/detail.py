"""Copies found by how much there is to see in the work: an even sky has many likenesses, and nothing to tell it by.

Detail is counted by a rule that is not ours: the points that OpenCV's own SIFT finds at 512 pixels.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from PIL import Image

from tests.benchmarks.copies.families import load
from tests.benchmarks.copies.labelled import LabelledSet
from tests.benchmarks.copies.measures import Claim, Counted, is_true

STEPS = (0, 50, 100, 200, 400, 1_000_000)
"""Points at which classes begin: flat signs and blurred grounds have under 50, paintings and photographs over 200."""

_EDGE = 512


def points_of(picture: Image.Image) -> int:
    """How many points OpenCV's SIFT finds with its own defaults at 512 pixels."""
    small = picture.copy()
    small.thumbnail((_EDGE, _EDGE))
    sift: Any = cv2.SIFT_create()  # type: ignore[attr-defined]
    return len(sift.detect(np.asarray(small.convert("L")), None))


def found_by_detail(labelled: LabelledSet, claims: Sequence[Claim]) -> Iterator[tuple[str, int, dict[str, Counted]]]:
    """For each class of works: its name, how many works there are, and copies found by group of edits."""
    by_file = {copy.file: copy for copy in labelled.copies}
    found = {claim.file for claim in claims if claim.is_accepted and is_true(claim, by_file)}
    points = {work: points_of(load(labelled.works / work)) for work in labelled.with_copies}
    for least, below in pairwise(STEPS):
        works = {work for work, count in points.items() if least <= count < below}
        name = f"{least} points and more" if below == STEPS[-1] else f"{least} to {below - 1} points"
        yield name, len(works), {group: _found(labelled, works, group, found) for group in labelled.groups}


def _found(labelled: LabelledSet, works: set[str], group: str, found: set[str]) -> Counted:
    files = [copy.file for copy in labelled.copies if copy.work in works and copy.group == group]
    return Counted(sum(file in found for file in files), len(files))
