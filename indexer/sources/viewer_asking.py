# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts questions to the dataset viewer and goes through the answers, page by page, up to a limit that is told."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.sources.base import RowId
from indexer.sources.viewer_answers import Page, Row
from indexer.sources.viewer_opened import Opened
from indexer.sources.viewer_service import QuestionRefused, ViewerService


@dataclass(slots=True)
class Shortfall:
    """What was not looked at, found out while searching. Reasons, each once, in the order in which they came up.

    Attributes:
        cut: questions with more answers than were looked through, by lane.
        unasked: what could not be asked for, by lane.
        partial: the service looks through a first part of the set only.
    """

    cut: dict[Lane, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    unasked: dict[Lane, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, why, and for which lane.

    Attributes:
        endpoint, parameter: `filter` and `where`, or `search` and `query`.
        purpose: for the ledger.
    """

    text: str
    lane: Lane
    purpose: str
    endpoint: str = "filter"
    parameter: str = "where"


class Asker:
    """Asks about one opened set.

    Attributes:
        opened: the set.
        dataset: its name.
        shortfall: what was not looked at.
    """

    def __init__(self, service: ViewerService, opened: Opened) -> None:
        self._service, self.opened = service, opened
        self.dataset = service.address.dataset
        self.shortfall = Shortfall(partial=opened.partial)
        self._kept: dict[RowId, Row] = {}
        self._found: dict[RowId, dict[str, None]] = defaultdict(dict)
        self._answered: set[Lane] = set()

    def keep(self, row: Row, found: str | None = None) -> RowId:
        """Remember a row that is proposed, so that it need not be asked for again, and which of its texts was found."""
        number = RowId(str(row.number))
        self._kept.setdefault(number, row)
        if found is not None:
            self._found[number][found] = None
        return number

    def kept(self, number: RowId) -> Row | None:
        """A row that was proposed."""
        return self._kept.get(number)

    def found_in(self, number: RowId) -> list[str]:
        """Those of its texts for which it was proposed."""
        return list(self._found.get(number, ()))

    def rows(self, questions: Iterable[Question], monitor: Monitor) -> Iterator[Row]:
        """The rows that answer one of the questions, each once; what came is valid even if a later answer fails.

        Raises:
            SourceProblem: the service gives no usable answer.
            Cancelled: the user stopped.
        """
        seen: set[int] = set()
        for question in questions:
            for row in self._answers(question, monitor):
                if row.number not in seen:
                    seen.add(row.number)
                    yield row

    def _answers(self, question: Question, monitor: Monitor) -> Iterator[Row]:
        limits, offset, total, more = self._service.limits, 0, 0, ""
        while offset < limits.most_rows:
            asked: dict[str, str | int] = {question.parameter: question.text}
            asked |= {"offset": offset, "length": limits.page_rows}
            page = self._page(question, asked, monitor)
            if page is None:
                return
            yield from page.rows
            offset += len(page.rows)
            is_full = len(page.rows) >= limits.page_rows
            total, more = (page.total, "") if page.total is not None else (offset + is_full, " or more")
            if offset >= total:
                return
            if not is_full:  # a page is only short when it is the last
                words = f"the service counted {total:,} answers to a question and gave only {offset:,}"
                self.shortfall.cut[question.lane][words] = None
                return
        words = f"a question had {total:,}{more} answers, of which only the first {offset:,} were looked through"
        self.shortfall.cut[question.lane][words] = None

    def _page(self, question: Question, asked: Mapping[str, str | int], monitor: Monitor) -> Page | None:
        """A page of answers; None where the service does not take one question, after it had taken others like it."""
        try:
            page = self._service.page(question.endpoint, self.opened.part, asked, question.purpose, monitor)
        except QuestionRefused as problem:
            if question.lane not in self._answered:
                raise
            self.shortfall.cut[question.lane][f"for one question, {problem.because}"] = None
            return None
        self._answered.add(question.lane)
        self.shortfall.partial |= page.partial
        return page
