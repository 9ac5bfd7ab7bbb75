# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a whole answer: what was found, what was looked at and what was not, and one next step. Knows no Qt.

No answer here is called safe: a list that was not searched says nothing, and a search can miss a copy.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from app.casefile.runs import RunStatus
from app.documents.own_works import control_words, site_words
from app.documents.wording import LANE_WORDS, count_words, rows_words, set_words
from app.gui.models.case_view import CaseView
from indexer.core.types import Coverage, Grade

_MOST_SKIPPED = 12
_MOST_PLACES = 12
_LISTED = "That a row is listed does not say that any model was trained on it."


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, empty for the words at the top, and what stands below it."""

    heading: str
    lines: tuple[str, ...]


def has_matches(view: CaseView) -> bool:
    """Whether there is anything to look at and to answer."""
    return _counted(view) + _named(view) + view.rows.by_chance > 0


def headline(view: CaseView) -> str:
    """The answer in a few words."""
    if view.run is None:
        return "No check yet"
    if is_stopped(view) and not has_matches(view):
        return "Stopped before anything was found"
    if not view.looked_for:
        return "There was no picture to look for"
    if not has_matches(view):
        return "No match in what was searched" if view.was_searched else "Nothing was searched"
    if not _counted(view):
        named = "Nothing but a name of yours was found"
        return named if _named(view) else "Nothing was found that chance does not explain"
    return f"{count_words(_counted(view), 'row', 'rows')} found that may be yours"


def summary(view: CaseView) -> str:
    """One line for the head of a page."""
    if view.run is None:
        return "This case holds no check."
    stopped = " · stopped before the end, so this is a part of the answer" if is_stopped(view) else ""
    pictures = count_words(view.looked_for, "picture", "pictures")
    listed = f" · {_LISTED}" if has_matches(view) else ""
    sets = "; ".join(_searched_sets(view)) or ("a part of a data set" if has_matches(view) else "no data set")
    return f"{pictures} looked for in {sets}{stopped}{listed}"


def is_stopped(view: CaseView) -> bool:
    """Whether the check did not come to its end."""
    return view.run is not None and view.run.status is not RunStatus.FINISHED


def sections(view: CaseView) -> list[Section]:
    """Everything that belongs to the answer."""
    return [
        Section("", tuple(_meaning(view))),
        *([Section("Where your works are listed", tuple(_places(view)))] if view.places else []),
        *([Section("What we looked at", tuple(_lanes(view, searched=True)))] if view.was_searched else []),
        *([Section("What we did not look at", tuple(_lanes(view, searched=False)))] if _left_out(view) else []),
        *([Section("What your own works say of the search", tuple(_controls(view)))] if view.controls else []),
        *([Section("Files that could not be looked for", tuple(_skipped(view)))] if view.skipped else []),
        *([Section("Looked for with a limit", tuple(_noted(view)))] if view.noted else []),
        *([Section("What you can do next", (_next_step(view),))] if view.run else []),
    ]


def _meaning(view: CaseView) -> Iterator[str]:
    if is_stopped(view):
        yield "The check was stopped before its end. What it had found by then is kept."
        return
    if view.run is None:
        yield "A check that is made with this case will be shown here."
    elif not view.looked_for:
        yield "The folder holds no picture that this program can read."
    elif has_matches(view):
        yield f"These rows are listed there. {_LISTED}"
    elif not view.was_searched:
        yield "None of the chosen places could be searched, so nothing can be said yet. The reasons are below."
    else:
        yield "Nothing was found in the lists below, in the ways named there. This says nothing about any other list."
        yield "A copy can also be missed: one that was cropped, or changed a great deal, may not be recognised."
    if named := _named(view):
        hold, do = ("row holds", "does") if named == 1 else ("rows hold", "do")
        yield f"{named:,} {hold} a name of yours, which may be somebody else’s, and {do} not count."
    if view.rows.by_chance:
        rows = count_words(
            view.rows.by_chance, "row waits behind the others: it comes", "rows wait behind the others: they come"
        )
        yield f"{rows} no nearer than chance alone brings in a check of this size."
    alike = view.rows.grades[Grade.LOOKS_ALIKE]
    if alike:
        yield f"{count_words(alike, 'row is', 'rows are')} only similar, which counts for nothing."


def _lanes(view: CaseView, *, searched: bool) -> Iterator[str]:
    """One line for each data set and reason or remark; a single data set is named once, at the head."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in view.coverage:
        if one.searched is searched:
            groups[_name_of(one), _remark(one)].append(LANE_WORDS[one.lane])
    names = {_name_of(one) for one in view.coverage}
    for (name, remark), lanes in groups.items():
        line = f"{', '.join(lanes)}{remark}."
        yield f"{name}: {line}" if searched or len(names) > 1 else _as_sentence(line)


def _remark(coverage: Coverage) -> str:
    """Why it was not searched, or what must be said of a search that was done."""
    if coverage.because:
        return f", because {coverage.because}"
    return f"; {coverage.note}" if coverage.note else ""


def _places(view: CaseView) -> Iterator[str]:
    """By work, then by site; the first works only, since the list of rows has all of them."""
    for places in view.places[:_MOST_PLACES]:
        yield f"{_name_in(view, places.work)}: {site_words(places)}."
    if len(view.places) > _MOST_PLACES:
        yield f"… and {len(view.places) - _MOST_PLACES:,} more. The report names all of them."


def _controls(view: CaseView) -> Iterator[str]:
    return (words for told in view.controls for words in control_words(told))


def _skipped(view: CaseView) -> Iterator[str]:
    return _about_files(view, [(skipped.path, skipped.because) for skipped in view.skipped])


def _noted(view: CaseView) -> Iterator[str]:
    return _about_files(view, [(noted.path, noted.note) for noted in view.noted])


def _about_files(view: CaseView, files: list[tuple[str, str]]) -> Iterator[str]:
    """One sentence for each of the first files, by its name in the folder."""
    for path, words in files[:_MOST_SKIPPED]:
        yield f"{_name_in(view, path)}: {words}."
    if len(files) > _MOST_SKIPPED:
        yield f"… and {len(files) - _MOST_SKIPPED:,} more. The report names all of them."


def _name_in(view: CaseView, path: str) -> str:
    """A file's name in the folder that was checked."""
    return path.removeprefix(view.run.plan.folder if view.run else "").lstrip("/\\")


def _next_step(view: CaseView) -> str:
    if is_stopped(view):
        return "Go on with the check: it begins where it was stopped."
    if not view.looked_for:
        return "Start a new check with another folder."
    if not view.was_searched and not has_matches(view):
        return "Choose another place to search, or make the index again, and start a new check."
    if not has_matches(view):
        return (
            "Check the same folder against a further data set. Keep this case: your answers and this result stay in it."
        )
    if not _counted(view) and _named(view):
        return "Look at each row: does it speak of you? No removal request is written for a name alone."
    if not _counted(view):
        return "Open the rows behind “chance explains” if you like: no removal request is written for them alone."
    return (
        "Answer for each row whether the picture is yours. Then a removal request can be written from those that are."
    )


def _counted(view: CaseView) -> int:
    """Rows that may be the artist's, by more than a name, and by more than chance explains."""
    all_of_them = sum(
        count for grade, count in view.rows.grades.items() if grade not in (Grade.NAMED, Grade.LOOKS_ALIKE)
    )
    return all_of_them - view.rows.by_chance


def _named(view: CaseView) -> int:
    return view.rows.grades[Grade.NAMED]


def _left_out(view: CaseView) -> bool:
    return any(not one.searched for one in view.coverage)


def _searched_sets(view: CaseView) -> list[str]:
    return list(dict.fromkeys(_name_of(one) for one in view.coverage if one.searched))


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _name_of(coverage: Coverage) -> str:
    """A data set by its name; a place that could not be opened by where it is."""
    if not coverage.dataset:
        return coverage.source
    return f"{set_words(coverage.dataset, coverage.version)} ({rows_words(coverage.rows)})"
