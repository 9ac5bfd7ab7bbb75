# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check gave, gathered from its events, and written as the JSON and CSV of DESIGN §5."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from indexer.core.about import this_tool
from indexer.core.clock import utc_now
from indexer.core.files import write_atomically
from indexer.core.types import Artwork, Coverage, Grade, Lane, Match
from indexer.matching.contract import (
    CheckEvent,
    ExportRead,
    Found,
    OwnControls,
    Placed,
    RenditionFound,
    Resumed,
    SourceOpened,
)

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class CheckResult:
    """Answers of one check. Events may come twice after a restart; nothing is counted twice.

    Thumbnails are not kept here: a check of a large portfolio finds more than memory should hold.
    """

    started_utc: str = field(default_factory=utc_now)
    finished_utc: str | None = None
    sources: dict[str, SourceOpened] = field(default_factory=dict)
    artworks: dict[str, Artwork] = field(default_factory=dict)
    coverage: dict[tuple[str, Lane], Coverage] = field(default_factory=dict)
    matches: dict[tuple[str | None, str, str], Match] = field(default_factory=dict)
    datasets: dict[str, tuple[str, str]] = field(default_factory=dict)
    renditions: dict[tuple[str, str], RenditionFound] = field(default_factory=dict)
    exports: dict[str, ExportRead] = field(default_factory=dict)
    controls: dict[str, OwnControls] = field(default_factory=dict)
    resumed: int = 0

    def take(self, event: CheckEvent) -> None:
        """Add what an event says."""
        match event:
            case SourceOpened():
                self.sources[event.name] = event
                self.datasets[event.name] = (event.dataset, event.version)
            case Artwork():
                self.artworks[event.path] = event
            case Coverage():
                self.coverage[event.source, event.lane] = event
            case Found():
                found = event.match
                self.matches[found.artwork, found.source, found.row] = found
            case Placed():
                self._place(event)
            case OwnControls():
                self.controls[event.source] = event
            case RenditionFound():
                self.renditions[event.archive, event.place] = event
            case ExportRead():
                self.exports[event.archive] = event
            case Resumed():
                self.resumed = event.works

    def _place(self, placed: Placed) -> None:
        key = placed.artwork, placed.source, placed.row
        if placed.taken:
            self.matches.pop(key, None)
        elif key in self.matches:
            self.matches[key] = replace(self.matches[key], copy=placed.copy, site=placed.site, also=placed.also)

    def finish(self) -> None:
        """The check came to its end."""
        self.finished_utc = utc_now()

    def stopped(self, sources: Iterable[str]) -> None:
        """The check was ended before it could say how far it came: nothing counts as searched."""
        for source in sources:
            opened = self.sources.get(source)
            for lane in Lane:
                self.coverage.setdefault(
                    (source, lane),
                    Coverage(
                        source,
                        opened.dataset if opened else "",
                        opened.version if opened else "",
                        opened.rows if opened else 0,
                        lane,
                        searched=False,
                        because="you stopped the check",
                    ),
                )

    @property
    def searched(self) -> list[Artwork]:
        """Works that were looked for."""
        return [artwork for artwork in self.artworks.values() if artwork.skipped is None]

    @property
    def skipped(self) -> list[Artwork]:
        """Files that were not."""
        return [artwork for artwork in self.artworks.values() if artwork.skipped is not None]

    @property
    def by_grade(self) -> Counter[Grade]:
        """How many matches of each grade."""
        return Counter(match.grade for match in self.matches.values())

    @property
    def works_with_copies(self) -> set[str]:
        """Works that have at least one match which may enter a letter."""
        return {match.artwork for match in self.matches.values() if match.may_enter_letter and match.artwork}

    def write_json(self, place: Path) -> None:
        """Write the contract's JSON, readable by people."""
        write_atomically(place, msgspec.json.format(msgspec.json.encode(self._as_contract()), indent=2) + b"\n")

    def write_csv(self, place: Path) -> None:
        """Write one line a match, for spreadsheets; a cell that would be a formula there is made text."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(_COLUMNS)
        for match in self.matches.values():
            dataset = self.datasets.get(match.source, ("", ""))
            writer.writerow([as_cell(value_of(match, dataset)) for value_of in _COLUMNS.values()])
        write_atomically(place, out.getvalue().encode("utf-8-sig"))

    def _as_contract(self) -> dict[str, Any]:
        tool = this_tool()
        return {
            "tool": {"name": tool.name, "version": tool.version},
            "started_utc": self.started_utc,
            "finished_utc": self.finished_utc,
            "artworks": list(self.artworks.values()),
            "coverage": list(self.coverage.values()),
            "matches": [_match_as_contract(match) for match in self.matches.values()],
            "controls": list(self.controls.values()),
            "exports": list(self.exports.values()),
            "renditions": list(self.renditions.values()),
        }


def _match_as_contract(match: Match) -> dict[str, Any]:
    """Every field but the reasons, which are words for people and stand in case, CSV and report."""
    fields: dict[str, Any] = msgspec.to_builtins(match)
    del fields["reasons"]
    return fields


def as_cell(value: object) -> str:
    """A value for a spreadsheet; one that would be a formula there is made text."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


_COLUMNS: dict[str, Callable[[Match, tuple[str, str]], object]] = {
    "artwork": lambda match, _: match.artwork,
    "grade": lambda match, _: match.grade,
    "verified": lambda match, _: "yes" if match.verified else "no",
    "edit": lambda match, _: match.edit,
    "copy": lambda match, _: match.copy,
    "site": lambda match, _: match.site,
    "also_like": lambda match, _: "; ".join(match.also),
    "look_at_it": lambda match, _: match.caution,
    "dataset": lambda _, dataset: dataset[0],
    "version": lambda _, dataset: dataset[1],
    "source": lambda match, _: match.source,
    "row": lambda match, _: match.row,
    "row_key": lambda match, _: match.row_key,
    "url": lambda match, _: match.url,
    "caption": lambda match, _: match.caption,
    "chance": lambda match, _: match.chance,
    "basis": lambda match, _: " ".join(match.basis),
    "scores": lambda match, _: " ".join(f"{name}={value:g}" for name, value in match.scores.items()),
    "reasons": lambda match, _: " ".join(match.reasons),
}
