"""A listed source that remembers what it was asked, and can be told to fail."""

from collections.abc import Iterator, Mapping, Sequence

from indexer.core.errors import SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.sources.base import Candidate, Description, Query, Reach, RowFacts, RowId
from tests.helpers.listed_source import ListedSource


class MoodySource(ListedSource):
    """Stops answering where `fails_at` says: "describe", "facts", or the name of a work.

    Attributes:
        asked: the works that it was asked for, in order.
        closed: how often it was closed.
    """

    def __init__(self, files: Mapping[str, bytes], name: str = "moody", fails_at: str | None = None) -> None:
        super().__init__(files, name)
        self.fails_at = fails_at
        self.asked: list[str] = []
        self.closed = 0

    def describe(self) -> Description:
        self._maybe_fail("describe")
        return super().describe()

    def search(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        for query in queries:
            self.asked.append(query.work)
            self._maybe_fail(query.work)
            yield from super().search([query], lanes, reach, monitor)

    def facts(self, row: RowId) -> RowFacts:
        self._maybe_fail("facts")
        return super().facts(row)

    def close(self) -> None:
        self.closed += 1

    def _maybe_fail(self, where: str) -> None:
        if self.fails_at == where:
            raise SourceProblem(self._name, "it went away")
