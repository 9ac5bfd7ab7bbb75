"""What one second look costs: true pairs and false pairs apart, pictures of 1,000 pixels, one core.

The work was looked at before, so that what is kept of it is ready; the candidate is decoded, and everything from its
pixels to the verdict counts. Processor time, so that others who use the machine do not.
"""

import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from indexer.images.shrinking import shrink_within
from indexer.matching.verify import second_look
from indexer.matching.view import VIEW_EDGE, View
from tests.benchmarks.copies.drawing import scaled
from tests.benchmarks.copies.families import load, miniature
from tests.benchmarks.copies.labelled import LabelledSet

EDGE = 1000
_RANKED = 300


def look_costs(labelled: LabelledSet, pairs: int, seed: int = 0) -> dict[str, list[float]]:
    """Milliseconds of each second look, of true pairs and of false ones: half of these are the nearest by miniature."""
    cv2.setNumThreads(1)
    chance = random.Random(seed)
    strangers = sorted(path for path in labelled.listed.iterdir() if not path.name.startswith("copy"))
    ranked = chance.sample(strangers, min(_RANKED, len(strangers)))
    small = np.stack([miniature(load(path)) for path in ranked])
    costs: dict[str, list[float]] = {"true pairs": [], "false pairs": []}
    for copy in chance.sample(labelled.copies, min(pairs, len(labelled.copies))):
        picture = load(labelled.works / copy.work)
        work = _view(picture)
        second_look(work, _view(load(chance.choice(strangers))))  # what is kept of the work is made here
        nearest = ranked[int(np.argmax(small @ miniature(picture)))]
        costs["true pairs"].append(_cost(work, labelled.listed / copy.file))
        costs["false pairs"].append(_cost(work, chance.choice((nearest, chance.choice(strangers)))))
    return costs


def cost_lines(costs: dict[str, list[float]]) -> Iterator[str]:
    """Median and spread, a line for each sort of pair."""
    for sort, figures in costs.items():
        if len(figures) > 1:
            deciles = statistics.quantiles(figures, n=10)
            yield (
                f"second look, {sort}: median {statistics.median(figures):.0f} ms "
                f"(10 %: {deciles[0]:.0f}, 90 %: {deciles[-1]:.0f}, most: {max(figures):.0f}; {len(figures)} pairs)"
            )


def _cost(work: View, path: Path) -> float:
    decoded = scaled(load(path), EDGE)
    start = time.process_time()
    second_look(work, _view(decoded))
    return (time.process_time() - start) * 1000


def _view(picture: Image.Image) -> View:
    return View(shrink_within(picture, VIEW_EDGE), picture.size)
