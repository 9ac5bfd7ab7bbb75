"""A listed source whose rows also have addresses, accounts and captions, so that persons can be looked for in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from indexer.core.errors import SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import LANES_OF_PERSONS, Lane
from indexer.links.finder import Finder
from indexer.sources.base import Mention, RowFacts, RowId
from tests.indexer.matching.moody_source import MoodySource


class TalkingSource(MoodySource):
    """What is said of a row is its address and its caption.

    Args:
        said: address and caption by the row's number.
        fails_after: stops answering after so many rows.
    """

    def __init__(
        self, files: Mapping[str, bytes], said: Mapping[int, tuple[str, str]], fails_after: int | None = None
    ) -> None:
        super().__init__(files, "talking")
        self._said, self._fails_after = said, fails_after

    def why_not(self, lane: Lane) -> str | None:
        return None if lane in LANES_OF_PERSONS else super().why_not(lane)

    def mentions(self, finder: Finder, lanes: Sequence[Lane], monitor: Monitor) -> Iterator[Mention]:
        self.asked.append("the person")
        for number, (address, caption) in enumerate(self._said.values()):
            monitor.check()
            if number == self._fails_after:
                raise SourceProblem(self._name, "it went away")
            for hit in (finder.in_address(address), finder.in_text(caption)):
                if hit and hit.lane in lanes:
                    yield Mention(RowId(str(list(self._said)[number])), hit)

    def facts(self, row: RowId) -> RowFacts:
        if int(row) not in self._said:
            return super().facts(row)
        address, caption = self._said[int(row)]
        known = super().facts(row) if int(row) < len(self._rows) else RowFacts(f"row {row}", f"key {row}")
        return replace(known, url=address, caption=caption)
