"""What a run says: the table of methods, and for our own search each edit, each kind, each error by name."""

from collections.abc import Iterator, Sequence

from tests.benchmarks.copies.detail import found_by_detail
from tests.benchmarks.copies.intervals import Interval, clustered
from tests.benchmarks.copies.labelled import LabelledSet
from tests.benchmarks.copies.measures import Claim, Counted, Measured, is_named_rightly
from tests.benchmarks.copies.ours import Searched

_HEADS = ("collection", "method", "{groups}", "precision", "false works", "micro-AP", "recall at 90 % precision",
          "at 100 %", "ms a picture, built", "ms a work, searched", "bytes a picture")  # fmt: skip


def size_of(labelled: LabelledSet) -> str:
    """What a set holds, in a line."""
    return (
        f"{labelled.name}: {len(labelled.with_copies)} works with {len(labelled.copies)} copies, "
        f"{len(labelled.without_copies)} without ({len(labelled.sorts)} of them hard negatives), "
        f"{labelled.others} other pictures"
    )


def heads(groups: Sequence[str]) -> list[str]:
    """The first row of the table."""
    return [cell for head in _HEADS for cell in (groups if head == "{groups}" else [head])]


def row(groups: Sequence[str], title: str, labelled: LabelledSet, searched: Searched, measured: Measured) -> list[str]:
    """One method on one set."""
    listed = len(labelled.copies) + labelled.others
    works = len(labelled.with_copies) + len(labelled.without_copies)
    return [
        *(labelled.name, title),
        *(f"{measured.by_group[group].share:.3f}" if group in measured.by_group else "–" for group in groups),
        f"{measured.precision.share:.3f}",
        _of(measured.false_works),
        f"{measured.micro_ap:.3f}",
        *(f"{recall:.3f}" for recall in measured.recall_at.values()),
        f"{searched.build_s * 1000 / listed:.0f}",
        f"{searched.search_s * 1000 / works:.0f}",
        f"{searched.bytes / listed:,.0f}",
    ]


def table(groups: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> Iterator[str]:
    """The methods side by side."""
    lines = [heads(groups), *rows]
    if markdown:
        yield f"| {' | '.join(lines[0])} |"
        yield f"|{'---|' * len(lines[0])}"
        yield from (f"| {' | '.join(line)} |" for line in lines[1:])
        return
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    for line in lines:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()


def details(labelled: LabelledSet, searched: Searched, measured: Measured) -> Iterator[str]:
    """All that our own search did on one set, errors one by one."""
    yield from searched.notes
    for group, works in measured.found_of_work.items():
        yield f"recall of {group}: {_of(measured.by_group[group])}, {_bounds(clustered(works))} (clustered by work)"
    for name, works, groups in found_by_detail(labelled, searched.claims):
        counts = ", ".join(f"{group} {_of(counted)}" for group, counted in groups.items())
        yield f"works with {name} (SIFT, 512 pixels): {works} works, found of {counts}"
    yield f"{'edit':44}{'found':>14}{'named rightly':>16}"
    for name, counted in measured.by_edit.items():
        yield f"{name:44}{_of(counted):>14}{_of(measured.named_rightly.get(name, Counted(0, 0))):>16}"
    yield f"{'kind of edit':44}{'named rightly':>14}"
    for kind, counted in sorted(measured.kinds_named.items()):
        yield f"{kind.value:44}{_of(counted):>14}"
    yield from _false_of_sorts(labelled, searched)
    yield from _errors(labelled, searched)


def _false_of_sorts(labelled: LabelledSet, searched: Searched) -> Iterator[str]:
    false = {claim.work for claim in searched.claims if claim.is_accepted}
    for sort in sorted(set(labelled.sorts.values())):
        works = {work for work, its in labelled.sorts.items() if its == sort}
        yield f"false works, {sort}: {len(false & works)} of {len(works)}"


def _errors(labelled: LabelledSet, searched: Searched) -> Iterator[str]:
    by_file = {copy.file: copy for copy in labelled.copies}
    accepted = [claim for claim in searched.claims if claim.is_accepted]
    for claim in accepted:
        copy = by_file.get(claim.file)
        if copy is None or copy.work != claim.work:
            yield f"FALSE: {claim.work} in {claim.file} ({copy.work if copy else 'no copy'}), {claim.score:.6f}"
    found = {(claim.work, claim.file) for claim in accepted}
    for copy in labelled.copies:
        if (copy.work, copy.file) not in found:
            yield f"missed: {copy.work} in {copy.file}, {copy.edit}"
    for claim in accepted:
        yield from _wrong_names(claim, labelled)


def _wrong_names(claim: Claim, labelled: LabelledSet) -> Iterator[str]:
    copy = next((copy for copy in labelled.copies if (copy.work, copy.file) == (claim.work, claim.file)), None)
    if copy and claim.named is not None and not is_named_rightly(claim.named, copy):
        lacking, wrong = sorted(copy.must - claim.named), sorted(claim.named - copy.must - copy.may)
        told = [*(f"not {kind}" for kind in lacking), *(f"wrongly {kind}" for kind in wrong)]
        yield f"named: {claim.file}, {copy.edit}: {', '.join(told)}"


def _of(counted: Counted) -> str:
    return f"{counted.found} of {counted.of}"


def _bounds(interval: Interval) -> str:
    return f"{100 * interval.low:.1f}–{100 * interval.high:.1f} %"
