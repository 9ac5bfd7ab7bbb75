"""Fits confidence to labelled pairs, and writes the file that the program reads.

    python -m tests.benchmarks.copies.fit PAIRS… [--unseen PAIRS …] --out FILE [--listed-share 0.05]
        [--pictures-a-work N] [--note WORDS]

PAIRS are files that `python -m tests.benchmarks.copies --pairs` wrote, one run each; `--unseen` takes those of
`tests.benchmarks.copies.unseen`, where no picture was at hand and hashes stood alone. For each measure a logistic curve
is fitted: of copies, each pair that has the measure; of the works, the strongest false match of each, since works are
independent of each other and pairs are not. One false match more is put where matches begin to count, because so many
works without one do not show that there is none. A weak prior keeps the slope finite where both are wholly apart.
"""

import argparse
import shlex
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from indexer.core.about import this_tool
from indexer.core.types import Grade
from indexer.matching.confidence import FORMAT, ConfidenceScales, Measure, Scale, rarity, strength
from indexer.matching.thresholds_unseen import LISTED_SHARE
from tests.benchmarks.copies.error_rates import collections_of
from tests.benchmarks.copies.pairs import Asked, Pair, read_runs

_SLOPE_PRIOR = 2.5
"""Standard deviation of the slope before anything was seen, of a measure in units of its own spread."""

_STEPS = 200
_COPIES = (Grade.IDENTICAL_FILE, Grade.SAME_IMAGE, Grade.EDITED_COPY)
Lines = Sequence[Pair | Asked]
Values = NDArray[np.float64]
ValueOf = Callable[[Pair], float | None]


@dataclass(frozen=True, slots=True)
class Labelled:
    """What one scale is fitted to.

    Attributes:
        right: the measure of every copy that has one.
        wrong: of every work that has a false match, the strongest.
        counted: the least measure among the copies that counted; None where none did.
        copies, works_with_copies, works: all of them, matched or not.
        clean, false: works without copies, and those of them that got a match that counts.
        pictures: that each work was held against, the fewest; 0 where that is not known.
    """

    right: Values
    wrong: Values
    counted: float | None
    copies: int
    works_with_copies: int
    works: int
    clean: int
    false: int
    pictures: int


def main() -> int:
    asked = _arguments()
    try:
        compared, unseen = read_runs(asked.pairs), read_runs(asked.unseen)
        fitted = fit_all(compared, unseen, asked.listed_share, asked.note, asked.pictures_a_work)
    except (ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    asked.out.write_bytes(msgspec.json.format(msgspec.json.encode(fitted), indent=1) + b"\n")
    for scale in fitted.scales:
        print(
            f"{scale.by}: log ratio = {scale.intercept:.3f} + {scale.slope:.4f} × {scale.by}, below {scale.most:.2f}; "
            f"{scale.copies} copies, {scale.works_without_copies} clean works, {scale.false_works} of them false"
        )
    return 0


def _arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("pairs", type=Path, nargs="*", help="of runs in which pictures were compared")
    options.add_argument("--unseen", type=Path, action="append", default=[], help="of runs in which none was")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--listed-share", type=float, default=LISTED_SHARE)
    options.add_argument(
        "--pictures-a-work", type=int, default=0, help="that each work was held against, where pairs do not say it"
    )
    options.add_argument("--note", default="", help="what must be known of it, kept in the file")
    return options.parse_args()


def fit_all(
    compared: Lines, unseen: Lines, listed_share: float = LISTED_SHARE, note: str = "", pictures_a_work: int = 0
) -> ConfidenceScales:
    """The scales that these lines bear.

    Args:
        pictures_a_work: that each work was held against, for lines that do not say it.

    Raises:
        ValueError: they bear none, in a sentence.
    """
    works = Counter(line.collection for line in unseen if isinstance(line, Asked))
    asked: list[tuple[Measure, Lines, ValueOf]] = [
        (Measure.STRENGTH, compared, _strength),
        (Measure.RARITY, unseen, lambda pair: _rarity(pair, works[pair.collection])),
    ]
    scales = tuple(
        fit(by, labelled)
        for by, lines, value_of in asked
        if len((labelled := label(lines, value_of, pictures_a_work)).right)
    )
    if not scales:
        raise ValueError("no copy in these pairs has a strength, or a figure of chance: there is nothing to fit")
    return ConfidenceScales(
        FORMAT,
        datetime.now(UTC).date().isoformat(),
        this_tool(),
        f"python -m tests.benchmarks.copies.fit {shlex.join(Path(word).name for word in sys.argv[1:])}",
        tuple(collections_of([*compared, *unseen], {})),
        scales,
        listed_share,
        note,
    )


def label(lines: Lines, value_of: ValueOf, pictures_a_work: int = 0) -> Labelled:
    """What the lines say of one measure; `pictures_a_work` of those that do not say it."""
    pairs = [line for line in lines if isinstance(line, Pair)]
    asked = [line for line in lines if isinstance(line, Asked)]
    clean = {(line.collection, line.work) for line in asked if not line.has_copies}
    wrong: dict[tuple[str, str], float] = defaultdict(lambda: -np.inf)
    right, counted = [], []
    for pair in pairs:
        value = value_of(pair)
        if value is None:
            continue
        if pair.is_copy:
            right.append(value)
            counted += [value] if pair.grade in _COPIES else []
        else:
            work = (pair.collection, pair.work)
            wrong[work] = max(wrong[work], value)
    false = {(pair.collection, pair.work) for pair in pairs if not pair.is_copy and pair.grade in _COPIES}
    return Labelled(
        np.array(right),
        np.array(list(wrong.values())),
        min(counted, default=None),
        sum(pair.is_copy for pair in pairs),
        sum(line.has_copies for line in asked),
        len(asked),
        len(clean),
        len(false & clean),
        min((line.pictures or pictures_a_work for line in asked), default=0),
    )


def fit(by: Measure, labelled: Labelled) -> Scale:
    """A logistic curve through what was labelled.

    Raises:
        ValueError: no work without copies was asked for, or the measure does not rise from wrong to right.
    """
    if not labelled.clean:
        raise ValueError("these pairs hold no work without copies, so nothing shows how often a match is wrong")
    if not labelled.pictures:
        raise ValueError("these pairs do not say how many pictures each work was held against: give --pictures-a-work")
    begins = labelled.counted if labelled.counted is not None else float(labelled.right.min())
    wrong = np.append(labelled.wrong, begins)
    values = np.concatenate([labelled.right, wrong])
    truth = np.arange(len(values)) < len(labelled.right)
    middle, spread = float(np.median(values)), max(float(values.std()), 1e-6)
    level, slope = _logistic((values - middle) / spread, truth.astype(np.float64))
    if slope <= 0:
        raise ValueError(
            f"the {by} of copies is no larger than that of other pictures: nothing can be calibrated by it"
        )
    level -= float(np.log(labelled.copies / labelled.works))
    return Scale(
        by,
        level - slope * middle / spread,
        slope / spread,
        labelled.copies,
        labelled.works_with_copies,
        labelled.clean,
        labelled.false,
        labelled.pictures,
    )


def _logistic(values: Values, truth: Values) -> tuple[float, float]:
    """Level and slope by Newton's method, halved where it overshoots; the prior is on the slope alone."""
    design = np.stack([np.ones_like(values), values], axis=1)
    ridge = np.diag([1e-6, 1 / _SLOPE_PRIOR**2])
    weights = np.zeros(2)

    def badness(at: Values) -> float:
        scores = design @ at
        return float(np.logaddexp(0, scores).sum() - truth @ scores + at @ ridge @ at / 2)

    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-np.clip(design @ weights, -500, 500)))
        slope = design.T @ (likely - truth) + ridge @ weights
        bend = (design * (likely * (1 - likely))[:, None]).T @ design + ridge
        step = np.linalg.solve(bend, slope)
        while badness(weights - step) > badness(weights) and np.abs(step).max() > 1e-12:
            step /= 2
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    return float(weights[0]), float(weights[1])


def _strength(pair: Pair) -> float | None:
    return strength(pair.scores["strength"]) if pair.verified and "strength" in pair.scores else None


def _rarity(pair: Pair, works: int) -> float | None:
    return None if pair.verified or pair.chance is None or not works else rarity(pair.chance, works)


if __name__ == "__main__":
    sys.exit(main())
