"""What a method is worth on a labelled set: recall by edit, precision, false works, micro-AP, edits named rightly.

A *claim* says that a listed picture is a copy of a work, with a score. A copy counts as found when it is claimed for
its own work. A claim for another work, or of a picture that is no copy, is false.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from indexer.core.types import EditKind
from tests.benchmarks.copies.labelled import Copy

_Label = TypeVar("_Label")


@dataclass(frozen=True, slots=True)
class Claim:
    """A method says that `file` is a copy of `work`; the larger the score, the surer it is.

    Attributes:
        named: kinds of edit that were named; None where the method names none.
    """

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
        found_of_work: by group, of each work the copies found.
        precision: of the accepted claims, those that are true.
        false_works: works without copies that got an accepted claim.
        micro_ap: area under precision by recall over all claims, accepted or not.
        recall_at: the largest recall at which precision is still this high.
        named_rightly: by edit, of the accepted true claims that name edits.
        kinds_named: by kind of edit, how often it was named where it had to be; named where it may not be counts too,
            as not right.
    """

    by_edit: Mapping[str, Counted]
    by_group: Mapping[str, Counted]
    found_of_work: Mapping[str, Sequence[Counted]]
    precision: Counted
    false_works: Counted
    micro_ap: float
    recall_at: Mapping[float, float]
    named_rightly: Mapping[str, Counted]
    kinds_named: Mapping[EditKind, Counted]


def measure(
    claims: Sequence[Claim],
    copies: Collection[Copy],
    works_without: Collection[str],
    precisions: Sequence[float] = (0.9, 1.0),
) -> Measured:
    """Hold claims against the labels.

    Args:
        works_without: works of which nothing is listed.
    """
    by_file = {copy.file: copy for copy in copies}
    best = _best_of_each_pair(claims)
    accepted = [claim for claim in best if claim.is_accepted]
    true = [claim for claim in accepted if is_true(claim, by_file)]
    found = {claim.file for claim in true}
    ranked = [(claim.score, is_true(claim, by_file)) for claim in best]
    return Measured(
        _found_by(copies, found, lambda copy: copy.edit),
        _found_by(copies, found, lambda copy: copy.group),
        _found_of_works(copies, found),
        Counted(len(true), len(accepted)),
        Counted(len({claim.work for claim in accepted} & set(works_without)), len(works_without)),
        average_precision(ranked, len(copies)),
        {level: recall_at_precision(ranked, len(copies), level) for level in precisions},
        _named_rightly(true, by_file),
        _kinds_named(true, by_file),
    )


def is_true(claim: Claim, copies: Mapping[str, Copy]) -> bool:
    """Whether the picture was made from that very work."""
    return claim.file in copies and copies[claim.file].work == claim.work


def is_named_rightly(named: frozenset[EditKind], copy: Copy) -> bool:
    """Whether all that must be was named, and nothing that may not."""
    return copy.must <= named <= (copy.must | copy.may)


def average_precision(ranked: Iterable[tuple[float, bool]], positives: int) -> float:
    """Mean over all positives of the precision at each; of equal scores the false ones come first."""
    hits, total = 0, 0.0
    for seen, (_, truth) in enumerate(sorted(ranked, key=lambda one: (-one[0], one[1])), 1):
        hits += truth
        total += hits / seen if truth else 0.0
    return total / max(positives, 1)


def recall_at_precision(ranked: Iterable[tuple[float, bool]], positives: int, least: float) -> float:
    """The largest recall that some score, as a threshold, reaches while precision is `least` or more."""
    return max((recall for precision, recall in _at_thresholds(ranked, positives) if precision >= least), default=0.0)


def _at_thresholds(ranked: Iterable[tuple[float, bool]], positives: int) -> Iterator[tuple[float, float]]:
    """Precision and recall at each score, from the largest on; no threshold tells equal scores apart."""
    by_score: dict[float, list[bool]] = defaultdict(list)
    for score, truth in ranked:
        by_score[score].append(truth)
    hits = seen = 0
    for score in sorted(by_score, reverse=True):
        hits, seen = hits + sum(by_score[score]), seen + len(by_score[score])
        yield hits / seen, hits / max(positives, 1)


def _best_of_each_pair(claims: Iterable[Claim]) -> list[Claim]:
    best: dict[tuple[str, str], Claim] = {}
    for claim in claims:
        known = best.get((claim.work, claim.file))
        if known is None or (claim.is_accepted, claim.score) > (known.is_accepted, known.score):
            best[claim.work, claim.file] = claim
    return list(best.values())


def _found_by(copies: Iterable[Copy], found: Collection[str], label: Callable[[Copy], str]) -> dict[str, Counted]:
    return _counted((label(copy), copy.file in found) for copy in copies)


def _found_of_works(copies: Iterable[Copy], found: Collection[str]) -> dict[str, Sequence[Counted]]:
    of_work = _counted(((copy.group, copy.work), copy.file in found) for copy in copies)
    groups: dict[str, list[Counted]] = defaultdict(list)
    for (group, _), counted in of_work.items():
        groups[group].append(counted)
    return dict(groups)


def _named_rightly(true: Iterable[Claim], copies: Mapping[str, Copy]) -> dict[str, Counted]:
    return _counted(
        (copies[claim.file].edit, is_named_rightly(claim.named, copies[claim.file]))
        for claim in true
        if claim.named is not None
    )


def _kinds_named(true: Iterable[Claim], copies: Mapping[str, Copy]) -> dict[EditKind, Counted]:
    return _counted(
        (kind, kind in claim.named and kind in copies[claim.file].must)
        for claim in true
        if claim.named is not None
        for kind in copies[claim.file].must | (claim.named - copies[claim.file].may)
    )


def _counted(answers: Iterable[tuple[_Label, bool]]) -> dict[_Label, Counted]:
    counts: dict[_Label, list[int]] = defaultdict(lambda: [0, 0])
    for label, is_right in answers:
        counts[label][0] += is_right
        counts[label][1] += 1
    return {label: Counted(right, of) for label, (right, of) in counts.items()}
