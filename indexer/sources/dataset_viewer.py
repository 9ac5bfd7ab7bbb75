# SPDX-License-Identifier: GPL-3.0-or-later
"""The dataset viewer source: a set on the Hugging Face hub, searched by the hub's own service without a download.

The service looks through the first 5 GB of a part (`datasets.md` §5.1), and says so; what lies behind was *not
searched*. Only checksums, fingerprints, addresses and names are asked for, each in the ledger; never a picture.
"""

from collections.abc import Iterator, Sequence

from indexer.core.errors import SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.links.finder import Finder
from indexer.net.network import Network
from indexer.sources.base import Candidate, Description, Health, Mention, Query, Reach, RowFacts, RowId, Source
from indexer.sources.hash_columns import METHOD
from indexer.sources.viewer_address import read_address
from indexer.sources.viewer_answers import Row, read_validity
from indexer.sources.viewer_asking import Asker
from indexer.sources.viewer_facts import row_facts
from indexer.sources.viewer_opening import open_set
from indexer.sources.viewer_persons import mentions_of
from indexer.sources.viewer_service import ViewerLimits, ViewerService
from indexer.sources.viewer_works import equal_digests, near_hashes
from indexer.tables.columns import Columns
from indexer.tables.recognise import recognise

_NOT_HERE = {
    Lane.LOCAL: "the hub's service compares no parts of pictures",
    Lane.NEURAL: "the hub's service compares no content fingerprints (CLIP)",
}
_MISSING = {
    Lane.EXACT: "this set has no column of file checksums that the service can be asked for",
    Lane.PERCEPTUAL: "this set has no column of picture fingerprints that the service can be asked for",
    Lane.LOCATION: "this set has no column of web addresses that the service can be asked for",
    Lane.ATTRIBUTION: "this set has no column of names or texts that the service can be asked for",
}


class DatasetViewerSource(Source):
    """Searches one part of one set.

    Args:
        written: the set, as `viewer_address` says.
        network: what may be asked.
        monitor: whether to stop while it is opened.
        columns: what the set's columns say; None to tell it from their names.
        name: what the user called it, None for what they wrote.
        limits: how far one question is followed.

    Raises:
        SourceProblem: it cannot be asked, or the service has no index of it.
        Cancelled: the user stopped.
    """

    def __init__(
        self,
        written: str,
        network: Network,
        monitor: Monitor | None = None,
        *,
        columns: Columns | None = None,
        name: str | None = None,
        limits: ViewerLimits | None = None,
    ) -> None:
        self._name = name or written
        self._address = read_address(written)
        if network.offline:
            raise SourceProblem(self._name, "offline is switched on")
        self._service = ViewerService(self._address, self._name, network, limits or ViewerLimits())
        try:
            self._opened = open_set(self._service, self._name, columns, recognise, monitor or Monitor())
        except BaseException:
            self._service.close()
            raise
        self._asker = Asker(self._service, self._opened)

    def describe(self) -> Description:
        """What it is; its rows are all of the part, those with a fingerprint only what the service looks through."""
        opened = self._opened
        kinds = [kind for kind, _ in self._opened.digests] + [Kind.PHASH for _ in self._opened.hashes]
        looked_through = opened.rows if opened.kept is None else opened.kept
        return Description(
            name=self._name,
            dataset=self._address.dataset,
            version=f"{opened.part}, {opened.revision or 'revision unknown'}",
            rows=opened.rows,
            identity=f"{self._address.viewer} {self._address.dataset} {opened.identity}",
            rows_with=dict.fromkeys(kinds, looked_through),
        )

    def why_not(self, lane: Lane) -> str | None:
        """None where the set has a column for it, and the service takes such questions."""
        opened = self._opened
        if lane in _NOT_HERE:
            return _NOT_HERE[lane]
        if lane is Lane.ATTRIBUTION:
            askable = opened.accounts or opened.captions or opened.places or opened.is_searched_by_words
            return None if askable else _MISSING[lane]
        if not opened.validity.filter:
            return "the service can only search this set for words, not for checksums or addresses"
        if lane is Lane.PERCEPTUAL and opened.hashes and not opened.takes_hamming:
            return "the service does not compare the fingerprints of this set"
        if lane is Lane.LOCATION and opened.texts and not opened.takes_pieces:
            return "the service does not look for pieces of the addresses of this set"
        columns = {Lane.EXACT: opened.digests, Lane.PERCEPTUAL: opened.hashes, Lane.LOCATION: opened.places}[lane]
        return None if columns else _MISSING[lane]

    def search(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        """Equal checksums first, then near hashes."""
        if Lane.EXACT in lanes:
            for kind, feature in self._opened.digests:
                yield from equal_digests(self._asker, kind, feature, queries, monitor)
        if Lane.PERCEPTUAL in lanes and self._opened.takes_hamming:
            for feature in self._opened.hashes:
                yield from near_hashes(self._asker, feature, queries, reach, monitor)

    def mentions(self, finder: Finder, lanes: Sequence[Lane], monitor: Monitor) -> Iterator[Mention]:
        """Rows with an address, an account or a name of the person; handles stand in addresses, too."""
        asked = [lane for lane in (Lane.LOCATION, Lane.ATTRIBUTION) if lane in lanes and self.why_not(lane) is None]
        return mentions_of(self._asker, finder, asked, monitor)

    def why_not_whole(self, lane: Lane) -> str | None:
        """What of the set this lane did not reach."""
        if self.why_not(lane):
            return None
        reasons = list(self._asker.shortfall.cut[lane])
        if self._asker.shortfall.partial:
            reasons.insert(0, f"only the first part of it was searched: {self._kept_words()}")
        return "; ".join(reasons) or None

    def caveat(self, lane: Lane) -> str | None:
        """What was chosen, could not be asked, or changed meanwhile."""
        if self.why_not(lane):
            return None
        reasons = list(self._asker.shortfall.unasked[lane])
        if self._opened.parts > 1:
            others = self._opened.parts - 1
            reasons.append(f"only its part {self._opened.part} was searched, and it has {others:,} more")
        if len(self._service.revisions) > 1:
            reasons.append("the set was changed while it was searched")
        if lane is Lane.PERCEPTUAL:
            reasons.append(METHOD)
        if lane is Lane.ATTRIBUTION and self._opened.is_searched_by_words:
            reasons.append("its texts are searched word by word, so a name that is also an everyday word may be missed")
        return "; ".join(reasons) or None

    def inferred(self, lane: Lane) -> str | None:
        """Nobody documents how such a column was computed (`datasets.md` §2.3)."""
        return METHOD if lane is Lane.PERCEPTUAL and self._opened.hashes else None

    def health(self, monitor: Monitor) -> Health:
        """What the service says of the set now."""
        purpose = f"to ask whether {self._address.dataset} can be searched"
        try:
            validity = self._service.read("is-valid", {}, read_validity, purpose, monitor)
        except SourceProblem as problem:
            return Health(answers=False, words=problem.because)
        abilities = {"rows by their columns": validity.filter, "words": validity.search}
        able = [what for what, is_there in abilities.items() if is_there]
        if not able:
            return Health(answers=False, words="the service answers, but keeps no index of this set at present")
        return Health(answers=True, words=f"the service answers, and searches this set for {' and for '.join(able)}")

    def facts(self, row: RowId) -> RowFacts:
        """From the answer that proposed the row; otherwise the service is asked for it.

        Raises:
            SourceProblem: it has no such row, or does not answer.
        """
        found = self._asker.kept(row) or self._fetch(row)
        return row_facts(found, self._opened, self._address.dataset, self._asker.found_in(row))

    def close(self) -> None:
        """Close all connections."""
        self._service.close()

    def _fetch(self, row: RowId) -> Row:
        purpose = f"to read a row of {self._address.dataset} again"
        page = self._service.page("rows", self._opened.part, {"offset": str(row), "length": 1}, purpose, Monitor())
        for found in page.rows:
            if str(found.number) == row:
                return found
        raise SourceProblem(self._name, f"the service has no row {row} of this set")

    def _kept_words(self) -> str:
        """How much of the part the service looks through."""
        opened, least = self._opened, "at least " if self._opened.at_least else ""
        if opened.kept is None or opened.kept >= opened.rows:
            return f"the service keeps only the first rows of {least}{opened.rows:,}"
        return f"the service keeps the first {opened.kept:,} of {least}{opened.rows:,} rows"
