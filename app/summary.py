# SPDX-License-Identifier: GPL-3.0-or-later
"""A check's answer in plain words, for the terminal."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from app.check_result import CheckResult
from app.documents.by_chance import drawer_words, is_behind
from app.documents.own_works import also_words, control_words
from app.documents.visible import make_visible
from app.documents.wording import GRADE_WORDS, LANE_WORDS, count_words, rows_words, set_words
from app.export_summary import export_lines
from indexer.core.types import Coverage, Grade, Match
from indexer.matching.contract import SourceOpened

_MOST_ROWS = 40
_MOST_SKIPPED = 10


def summarise(result: CheckResult) -> str:
    """The summary, as lines of text. A source's words stand in it, and must not steer the terminal."""
    return "\n".join(make_visible(line) for line in _lines(result))


def _lines(result: CheckResult) -> Iterator[str]:
    yield from _what_was_checked(result)
    yield ""
    yield from _what_was_found(result)
    yield ""
    yield from _what_was_looked_at(result)
    if result.controls:
        yield ""
        yield "What your own works say of the search:"
        yield from (f"  {words}" for told in result.controls.values() for words in control_words(told))
    if result.exports:
        yield ""
        yield from export_lines(result)
    if any(artwork.note for artwork in result.searched):
        yield ""
        yield from _what_is_noted(result)
    if result.skipped:
        yield ""
        yield from _what_was_skipped(result)
    yield ""
    yield "This says what is listed there, and how it was compared. It does not say that any model was trained on it."


def _what_was_checked(result: CheckResult) -> Iterator[str]:
    looked = len(result.searched)
    skipped = (
        f" ({count_words(len(result.skipped), 'file', 'files')} not looked at, see below)" if result.skipped else ""
    )
    said = "looked for" if result.finished_utc else "read before you stopped"
    yield f"Your pictures: {looked} {said}{skipped}."
    for source in _searched_sources(result):
        listed = f"{count_words(source.rows, 'picture', 'pictures')} listed" if source.rows else rows_words(source.rows)
        yield f"Searched in:   {set_words(source.dataset, source.version)}: {listed}."
    if result.resumed:
        before = count_words(result.resumed, "picture", "pictures")
        yield f"Gone on from an interrupted check: {before} had been searched before."
    if result.finished_utc is None:
        yield "Stopped before the end: what follows is only a part of the answer."


def _searched_sources(result: CheckResult) -> list[SourceOpened]:
    """Those that answered something, be it for a part of their rows; one that could only be opened is not one."""
    names = {coverage.source for coverage in result.coverage.values() if coverage.searched}
    names |= {match.source for match in result.matches.values()}
    return [source for source in result.sources.values() if source.name in names]


def _why_nothing_is_shown(result: CheckResult) -> str:
    """Not searched never reads as not found."""
    if result.finished_utc is None:
        return "Nothing had been found when you stopped. That says nothing about what was not searched yet."
    if not _searched_sources(result):
        return "Nothing was searched, so nothing can be said yet; the reasons stand below."
    return "No match was found. That says nothing about lists that were not searched, and is no proof of absence."


def _what_was_found(result: CheckResult) -> Iterator[str]:
    copies = [match for match in result.matches.values() if match.may_enter_letter and match.artwork]
    listed = [match for match in result.matches.values() if match.grade is Grade.LISTED]
    if not copies and not listed:
        yield _why_nothing_is_shown(result)
    if copies:
        works = len(result.works_with_copies)
        rows = count_words(len(copies), "row", "rows")
        yield f"Found: {works} of your {count_words(len(result.searched), 'picture', 'pictures')}, in {rows}."
        for grade, count in Counter(match.grade for match in sorted(copies, key=_strength)).items():
            yield f"  {count:5d}  {GRADE_WORDS[grade]}"
        yield ""
        yield from _rows(copies, result)
    if listed:
        yield f"Listed: {count_words(len(listed), 'row holds', 'rows hold')} an address or account that you named."
        yield from _addresses(listed, result)
    yield from _not_counted(result)


def _strength(match: Match) -> int:
    return list(Grade).index(match.grade)


def _addresses(matches: list[Match], result: CheckResult) -> Iterator[str]:
    for match in matches[:_MOST_ROWS]:
        yield f"  {_place_of(match, result)}: {match.url or 'no address'}"
    if len(matches) > _MOST_ROWS:
        yield f"  … and {len(matches) - _MOST_ROWS} more rows (all of them with --json or --csv)"


def _place_of(match: Match, result: CheckResult) -> str:
    """The row; with its data set where there are several."""
    dataset, _ = result.datasets.get(match.source, ("", ""))
    is_said = len(result.sources) < 2 or not dataset or dataset in match.row
    return match.row if is_said else f"{dataset}, {match.row}"


def _rows(matches: list[Match], result: CheckResult) -> Iterator[str]:
    """By work, the strongest row of each copy first; the other rows of that copy stand below it."""
    copies: dict[tuple[str | None, int | str], list[Match]] = {}
    for match in sorted(matches, key=lambda one: (one.artwork or "", one.site or "", _strength(one))):
        copies.setdefault((match.artwork, match.copy or f"{match.source} {match.row}"), []).append(match)
    width = max(len(_short(match.artwork or "")) for match in matches)
    lines = [line for rows in copies.values() for line in _copy_lines(sorted(rows, key=_strength), result, width)]
    yield from lines[:_MOST_ROWS]
    if len(lines) > _MOST_ROWS:
        yield f"  … and {len(lines) - _MOST_ROWS} more lines (all of them with --json or --csv)"


def _copy_lines(rows: list[Match], result: CheckResult, width: int) -> Iterator[str]:
    """One copy, and where else the same one is listed."""
    first, *others = rows
    edit = f" ({first.edit})" if first.edit else ""
    unseen = "" if first.verified else ", picture not seen"
    site = f" on {first.site}" if first.site else ""
    found = f"{GRADE_WORDS[first.grade]}{edit}{unseen}: {_place_of(first, result)}{site}"
    yield f"  {_short(first.artwork or ''):<{width}}  {found}"
    for other in others:
        at = f" on {other.site}" if other.site and other.site != first.site else ""
        yield f"  {'':<{width}}  – the same copy: {_place_of(other, result)}{at}"
    doubts = dict.fromkeys(match.caution for match in rows)
    yield from (f"  {'':<{width}}  – {words}" for words in (also_words(rows), *doubts) if words)


def _not_counted(result: CheckResult) -> Iterator[str]:
    grades = result.by_grade
    if grades[Grade.NAMED]:
        rows = count_words(grades[Grade.NAMED], "row holds", "rows hold")
        yield f"Not counted: {rows} a name of yours, which may be somebody else’s; see each with --json or --csv."
    behind = [match.chance for match in result.matches.values() if is_behind(match) and match.chance is not None]
    if grades[Grade.POSSIBLE] > len(behind):
        rows = count_words(grades[Grade.POSSIBLE] - len(behind), "row", "rows")
        yield f"Not counted: {rows} {GRADE_WORDS[Grade.POSSIBLE]}."
    if behind:
        yield f"Not counted: {drawer_words(behind)}: fingerprints are near, the pictures were not compared."
    unseen = sum(match.grade is Grade.LOOKS_ALIKE and not match.verified for match in result.matches.values())
    if grades[Grade.LOOKS_ALIKE] > unseen:
        compared = grades[Grade.LOOKS_ALIKE] - unseen
        rows = count_words(compared, "row that looked similar was", "rows that looked similar were")
        yield f"Not counted: {rows} compared and {'is' if compared == 1 else 'are'} different."
    if unseen:
        yield f"Not counted: {count_words(unseen, 'row', 'rows')} with similar content, whose pictures were not seen."


def _what_was_looked_at(result: CheckResult) -> Iterator[str]:
    yield "What we looked at:"
    by_source: dict[str, list[Coverage]] = defaultdict(list)
    for coverage in result.coverage.values():
        by_source[coverage.source].append(coverage)
    for source, lanes in by_source.items():
        yield f"  {source}"
        outcomes: dict[str, list[str]] = defaultdict(list)
        for coverage in lanes:
            outcomes[_outcome(coverage)].append(LANE_WORDS[coverage.lane])
        for outcome, names in outcomes.items():
            said, _, why = outcome.partition(" – ")
            yield f"    {said}: {'; '.join(names)}{' – ' if why else ''}{why}"


def _outcome(coverage: Coverage) -> str:
    if coverage.because:
        return f"{'searched in part' if coverage.partly else 'not searched'} – because {coverage.because}"
    return f"searched – {coverage.note}" if coverage.note else "searched"


def _what_is_noted(result: CheckResult) -> Iterator[str]:
    yield "Looked at, but:"
    noted = [artwork for artwork in result.searched if artwork.note]
    for artwork in noted[:_MOST_SKIPPED]:
        yield f"  {_short(artwork.path)}: {artwork.note}"
    if len(noted) > _MOST_SKIPPED:
        yield f"  … and {len(noted) - _MOST_SKIPPED} more (all of them with --json)"


def _what_was_skipped(result: CheckResult) -> Iterator[str]:
    yield "Not looked at:"
    for artwork in result.skipped[:_MOST_SKIPPED]:
        yield f"  {_short(artwork.path)}: {artwork.skipped}"
    if len(result.skipped) > _MOST_SKIPPED:
        yield f"  … and {len(result.skipped) - _MOST_SKIPPED} more (all of them with --json)"


def _short(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
