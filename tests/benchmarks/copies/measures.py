"""What a method is worth on a labelled set: recall by edit, precision, false works, micro-AP, edits named rightly.

A *claim* says that a listed picture is a copy of a work, with a score. A copy counts as found when it is claimed for
its own work. A claim for another work, or of a picture that is no copy, is false.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from indexer.core.types import EditKind
from tests.benchmarks.copies.edits import Recipe


@dataclass(frozen=True, slots=True)
class Claim:
    """A method says that `file` is a copy of `work`; the larger the score, the surer it is."""

    work: str
    file: str
    score: float
    is_accepted: bool = True
    named: frozenset[EditKind] | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Found of so many."""

    found: int
    of: int

    @property
    def share(self) -> float:
        """0–1; 1 of nothing."""
        return self.found / self.of if self.of else 1.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One method on one set.

    Attributes:
        by_edit, by_group: copies found.
        precision: of the accepted claims, those that are true.
        false_works: works without copies that got an accepted claim.
        micro_ap: area under precision by recall over all claims, accepted or not.
        recall_at: the largest recall at which precision is still this high.
        named_rightly: by edit, of the accepted true claims that name edits.
    """

    by_edit: Mapping[str, Counted]
    by_group: Mapping[str, Counted]
    precision: Counted
    false_works: Counted
    micro_ap: float
    recall_at: Mapping[float, float]
    named_rightly: Mapping[str, Counted]


def measure(
    claims: Sequence[Claim],
    copies: Mapping[str, tuple[str, Recipe]],
    works_without: Collection[str],
    precisions: Sequence[float] = (0.9, 1.0),
) -> Measured:
    """Hold claims against the labels.

    Args:
        copies: by listed file, its work and what was done to it.
        works_without: works of which nothing is listed.
    """
    best = _best_of_each_pair(claims)
    accepted = [claim for claim in best if claim.is_accepted]
    true = [claim for claim in accepted if is_true(claim, copies)]
    found = {claim.file for claim in true}
    false_works = {claim.work for claim in accepted} & set(works_without)
    ranked = [(claim.score, is_true(claim, copies)) for claim in best]
    return Measured(
        _found_by({file: recipe.name for file, (_, recipe) in copies.items()}, found),
        _found_by({file: recipe.group.value for file, (_, recipe) in copies.items()}, found),
        Counted(len(true), len(accepted)),
        Counted(len(false_works), len(works_without)),
        average_precision(ranked, len(copies)),
        {level: recall_at_precision(ranked, len(copies), level) for level in precisions},
        _named_rightly(true, copies),
    )


def is_true(claim: Claim, copies: Mapping[str, tuple[str, Recipe]]) -> bool:
    """Whether the picture was made from that very work."""
    return claim.file in copies and copies[claim.file][0] == claim.work


def average_precision(ranked: Iterable[tuple[float, bool]], positives: int) -> float:
    """Sum of precision over the steps of recall; what has the same score is taken together, as no order tells it."""
    return sum(precision * step for precision, step, _ in _steps(ranked, positives))


def recall_at_precision(ranked: Iterable[tuple[float, bool]], positives: int, least: float) -> float:
    """The largest recall that some score reaches while precision is `least` or more."""
    return max((recall for precision, _, recall in _steps(ranked, positives) if precision >= least), default=0.0)


def _steps(ranked: Iterable[tuple[float, bool]], positives: int) -> Iterable[tuple[float, float, float]]:
    """At each score from the largest on: precision, how far recall stepped, recall."""
    by_score: dict[float, list[bool]] = defaultdict(list)
    for score, truth in ranked:
        by_score[score].append(truth)
    hits = seen = 0
    for score in sorted(by_score, reverse=True):
        new = sum(by_score[score])
        hits, seen = hits + new, seen + len(by_score[score])
        yield hits / seen, new / max(positives, 1), hits / max(positives, 1)


def _best_of_each_pair(claims: Iterable[Claim]) -> list[Claim]:
    best: dict[tuple[str, str], Claim] = {}
    for claim in claims:
        known = best.get((claim.work, claim.file))
        if known is None or (claim.is_accepted, claim.score) > (known.is_accepted, known.score):
            best[claim.work, claim.file] = claim
    return list(best.values())


def _found_by(labels: Mapping[str, str], found: Collection[str]) -> dict[str, Counted]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for file, label in labels.items():
        counts[label][0] += file in found
        counts[label][1] += 1
    return {label: Counted(hits, of) for label, (hits, of) in counts.items()}


def _named_rightly(true: Iterable[Claim], copies: Mapping[str, tuple[str, Recipe]]) -> dict[str, Counted]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for claim in true:
        if claim.named is not None:
            _, recipe = copies[claim.file]
            counts[recipe.name][0] += recipe.is_named_rightly(claim.named)
            counts[recipe.name][1] += 1
    return {name: Counted(hits, of) for name, (hits, of) in counts.items()}
