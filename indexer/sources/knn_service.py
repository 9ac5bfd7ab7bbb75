# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of kind lookup service: a server of the clip-retrieval protocol, asked by content only.

What leaves this machine is a work's content fingerprint, never a picture, and not before the service has shown which
fingerprints it understands.
"""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256

import numpy as np

from indexer.core.errors import InputProblem, SourceProblem, SourceUnreachable
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.clip_models import KNOWN, ClipSpace
from indexer.images.variants import Orientation
from indexer.net.network import Network
from indexer.net.sockets import NotReached
from indexer.sources.base import Candidate, Description, EmbedWords, Health, Query, Reach, RowFacts, RowId, Source
from indexer.sources.knn_address import parse_address
from indexer.sources.knn_answers import NearRow, RowColumns, columns_of
from indexer.sources.knn_model import declared_space
from indexer.sources.knn_probe import Probe, Verdict
from indexer.sources.knn_protocol import KnnProtocol, KnnRefused

_NOT_HERE = {
    Lane.EXACT: "a lookup service is asked by content only, and not for checksums of files",
    Lane.PERCEPTUAL: "a lookup service is asked by content only, and not for fingerprints of other kinds",
    Lane.LOCAL: "a lookup service is asked by content only, and not for parts of pictures",
    Lane.LOCATION: "a lookup service is asked by content only, and cannot be asked for addresses",
    Lane.ATTRIBUTION: "a lookup service is asked by content only, and cannot be asked for names",
}
_PURPOSE = "to ask a lookup service for rows near to a work's content fingerprint"
_MOST_LISTED = 12


class KnnServiceSource(Source):
    """Asks one index of a service.

    The protocol does not say how many rows an index has: `rows` is 0 and `rows_with` is empty.

    Args:
        written: its address as the user wrote it, see `knn_address`.
        network: what may be asked.
        monitor: whether to stop while it is opened.
        name: what the user called it, None for what they wrote.

    Raises:
        SourceProblem: it cannot be used.
    """

    def __init__(
        self, written: str, network: Network, monitor: Monitor | None = None, *, name: str | None = None
    ) -> None:
        self._name, watch = name or written, monitor or Monitor()
        with self._told():
            self._address = parse_address(written)
            self._protocol = KnnProtocol(self._address.base, network)
        try:
            with self._told():
                self._index = self._choose(self._protocol.index_names(watch))
                self._probe = Probe(self._protocol, self._index)
                self._dimension = self._probe.find_dimension(self._likely_dimensions(), watch)
        except BaseException:
            self.close()
            raise
        self._space, self._no_space = self._declared()
        self._verdict = Verdict(unverified="it was not tried out")
        self._rows: dict[int, RowColumns] = {}

    def describe(self) -> Description:
        """What the user and the service say of it."""
        identity = sha256("\n".join(map(str, (self._address.base, self._index, self._address.model))).encode())
        return Description(self._name, self._index, "", 0, identity.hexdigest(), rows_with={}, space=self._space)

    def why_not(self, lane: Lane) -> str | None:
        """Content only, and that only with a model that can be the service's."""
        return _NOT_HERE.get(lane) or self._why_not_content()

    def probe(self, embed: EmbedWords, monitor: Monitor) -> None:
        """Try plain sentences in both ways, see `knn_probe`."""
        if self._why_not_content() is None:
            with self._told():
                self._verdict = self._probe.compare_models(embed, monitor)

    def caveat(self, lane: Lane) -> str | None:
        """The size is never known; the model may be the user's word only."""
        if self.why_not(lane):
            return None
        unverified = self._verdict.unverified
        word = f", and its model is as declared, unverified ({unverified})" if unverified else ""
        return f"the service does not say how many rows it has{word}"

    def search(
        self, queries: Sequence[Query], lanes: Sequence[Lane], reach: Reach, monitor: Monitor
    ) -> Iterator[Candidate]:
        """Near content, one question a work. What the service says of rows is kept until the next search."""
        space = self._space
        if Lane.NEURAL not in lanes or space is None:
            return
        self._rows.clear()
        with self._told():
            for query in queries:
                monitor.check()
                vector = np.frombuffer(query.embeddings.get(space.key, b""), np.float32)
                if not len(vector):
                    continue
                near = self._protocol.near_vector(self._index, vector, reach.content_count, _PURPOSE, monitor)
                self._keep_columns(near, monitor)
                for row in near:
                    number = RowId(str(row.id))
                    yield Candidate(query.work, number, Kind.CLIP, Orientation.UPRIGHT, 1.0 - row.similarity)

    def facts(self, row: RowId) -> RowFacts:
        """The row's number in the service's index, and what the service says of it."""
        number = int(row)
        with self._told():
            if number not in self._rows:
                self._keep_columns([NearRow(number, 0.0)], Monitor())
        said = self._rows[number]
        return RowFacts(
            row=f"index {self._index}, row {number}",
            row_key=f"knn:{self._address.place}/{self._index}#{number}",
            url=said.url,
            caption=said.caption,
            width=said.width,
            height=said.height,
            sha256=said.sha256,
            md5=said.md5,
            notes=said.notes,
        )

    def health(self, monitor: Monitor) -> Health:
        """Whether it still lists its index, and how soon it says so."""
        began = time.monotonic()
        try:
            with self._told():
                names = self._protocol.index_names(monitor)
        except SourceProblem as problem:
            return Health(answers=False, words=problem.because)
        if self._index not in names:
            return Health(answers=False, words=f"it no longer has the index {self._index}; it has {_listed(names)}")
        took_s = math.ceil(10 * (time.monotonic() - began)) / 10
        return Health(answers=True, words=f"it has the index {self._index} and answered within {took_s:g} seconds")

    def close(self) -> None:
        """Close all connections."""
        self._protocol.close()

    def _choose(self, names: Sequence[str]) -> str:
        """The index that is asked: the one that the user named, or the only one."""
        wanted = self._address.index
        if not names:
            raise InputProblem(self._name, "the service has no index")
        if wanted is None and len(names) > 1:
            because = f"the service has several indexes, {_listed(names)}; write which one, as #index=NAME"
            raise InputProblem(self._name, because)
        if wanted is not None and wanted not in names:
            raise InputProblem(self._name, f"the service has no index {wanted}; it has {_listed(names)}")
        return wanted or names[0]

    def _declared(self) -> tuple[ClipSpace | None, str | None]:
        """The space that the user declares, or why there is none."""
        try:
            return declared_space(self._address.model, self._dimension), None
        except InputProblem as problem:
            return None, problem.because

    def _likely_dimensions(self) -> Iterator[int]:
        if self._address.dimension:
            yield self._address.dimension
        yield from (model.dimension for model in KNOWN if model.name == self._address.model)

    def _why_not_content(self) -> str | None:
        if self._space is None:
            return self._no_space
        if self._verdict.is_other_model:
            return (
                f"its answers show that it was not made with {self._space.name}: of {self._verdict.compared} plain "
                f"sentences, {self._verdict.differing} lead to other rows than that model's fingerprints of them"
            )
        return None

    def _keep_columns(self, near: Sequence[NearRow], monitor: Monitor) -> None:
        """Remember what rows say; those that came without are asked for together, and may stay without."""
        self._rows |= {row.id: row.columns for row in near if row.columns}
        missing = [row.id for row in near if row.id not in self._rows]
        if not missing:
            return
        try:
            said = self._protocol.columns(self._index, missing, monitor)
        except KnnRefused:  # one row that it does not know is enough for that
            said = {}
        self._rows |= {number: said.get(number) or columns_of({}) for number in missing}

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong in asking or in reading ends the source with a sentence."""
        try:
            yield
        except InputProblem as problem:
            kind = SourceUnreachable if isinstance(problem.__cause__, NotReached) else SourceProblem
            raise kind(self._name, problem.because) from problem


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return ", ".join(names[:_MOST_LISTED]) + more if names else "none"
