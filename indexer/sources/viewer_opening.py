# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out, before any work is asked, what the dataset viewer has of a set: which part, columns and rows.

Nothing of the artist's is sent meanwhile.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from indexer.core.errors import SourceProblem, SourceUnreachable
from indexer.core.progress import Monitor
from indexer.sources.viewer_answers import (
    Page,
    Size,
    Split,
    Validity,
    read_parquet_files,
    read_size,
    read_splits,
    read_validity,
)
from indexer.sources.viewer_opened import Opened
from indexer.sources.viewer_queries import column, contains, near
from indexer.sources.viewer_service import QuestionRefused, ViewerService
from indexer.tables.columns import Columns

_SAMPLE_ROWS = 20
"""Enough to see how a column writes its hashes."""

_FLAT = 0x8000000000000000
"""The hash of a plain white picture (`datasets.md` §2.3): says nothing of anybody's work, and can be asked for."""

_NOBODYS = "https://example.org/"
"""An address that is kept for examples (RFC 2606)."""


class Recognise(Protocol):
    """Tells from the names of columns what they say."""

    def __call__(self, columns: Sequence[str], /) -> Columns:
        """The columns by what they say."""


def open_set(
    service: ViewerService, name: str, columns: Columns | None, recognise: Recognise, monitor: Monitor
) -> Opened:
    """Ask the service about the set.

    Args:
        service: for one set.
        name: what the user called it.
        columns: what its columns say, None to tell it from their names.
        recognise: tells it.
        monitor: whether to stop.

    Raises:
        SourceProblem: nothing there can be searched, or it cannot be asked.
        Cancelled: the user stopped.
    """
    dataset = service.address.dataset
    validity = _validity(service, name, monitor)
    splits = service.read("splits", {}, read_splits, f"to ask which parts {dataset} has", monitor)
    part = _choose(splits, service, name)
    size = _size(service, part, monitor)
    page = _first_page(service, part, validity, monitor)
    _check_revision(service, name)
    kept = page.total if validity.filter else None
    rows = size.rows if size else kept or len(page.rows)
    opened = Opened(
        part=part,
        parts=len(splits),
        validity=validity,
        revision=next(iter(service.revisions), None),
        rows=max(rows, kept or 0),
        at_least=size.at_least if size else True,
        kept=kept,
        partial=page.partial or (kept is not None and kept < rows),
        columns=columns or recognise([feature.name for feature in page.features]),
        features={feature.name: feature for feature in page.features},
        samples=page.rows,
        files=_files(service, part, monitor),
    )
    return _with_abilities(service, opened, monitor)


def _validity(service: ViewerService, name: str, monitor: Monitor) -> Validity:
    """A gated set may be said to be searchable only to those whom it is open to."""
    while True:
        purpose = f"to ask whether {service.address.dataset} can be searched"
        validity = service.read("is-valid", {}, read_validity, purpose, monitor)
        if validity.filter or validity.search:
            return validity
        if validity.viewer or not service.show_token():
            because = "the service keeps no index of this set, so it cannot be searched there"
            raise SourceProblem(name, f"{because}; if it is gated, {service.how_to_open()}")


def _choose(splits: Sequence[Split], service: ViewerService, name: str) -> Split:
    """The part that was asked for; otherwise `default` and `train`, or what comes first."""
    asked = service.address
    fitting = [one for one in splits if asked.config in (None, one.config) and asked.split in (None, one.split)]
    if not fitting:
        listed = ", ".join(str(one) for one in splits[:6])
        raise SourceProblem(name, f"the set has no such part; it has {listed or 'none that the service knows'}")
    return min(
        fitting, key=lambda one: (one.config != "default", one.config != fitting[0].config, one.split != "train")
    )


def _size(service: ViewerService, part: Split, monitor: Monitor) -> Size | None:
    def read(content: object) -> Size | None:
        return read_size(content, part)

    try:
        return service.read("size", {}, read, f"to ask how many rows {service.address.dataset} has", monitor)
    except SourceUnreachable:
        raise
    except SourceProblem:  # it is counted apart from the rest, and can fail alone
        return None


def _files(service: ViewerService, part: Split, monitor: Monitor) -> tuple[str, ...]:
    """Addresses of the files that the part is kept in; none where they cannot be had, since only notes name them."""
    purpose = f"to ask which files {service.address.dataset} is kept in"
    try:
        files = service.read("parquet", {}, read_parquet_files, purpose, monitor)
    except SourceUnreachable:
        raise
    except SourceProblem:
        return ()
    return tuple(one.url for one in files if (one.config, one.split) == (part.config, part.split))


def _first_page(service: ViewerService, part: Split, validity: Validity, monitor: Monitor) -> Page:
    """Columns and some rows. An index asked without a condition also tells how many rows it holds."""
    purpose = f"to see the columns of {service.address.dataset}"
    if validity.filter:
        try:
            return service.page("filter", part, {"offset": 0, "length": _SAMPLE_ROWS}, purpose, monitor)
        except QuestionRefused:
            pass  # it insists on a condition; the first rows tell the columns as well
    page = service.page("first-rows", part, {}, purpose, monitor)
    return replace(page, total=None)


def _check_revision(service: ViewerService, name: str) -> None:
    wanted, held = service.address.revision, next(iter(service.revisions), None)
    if wanted and held is None:
        raise SourceProblem(name, f"the service does not say which revision it holds, and {wanted} was asked for")
    if wanted and held and not held.startswith(wanted):
        raise SourceProblem(name, f"the service holds revision {held[:12]} of it, and {wanted[:12]} was asked for")


def _takes(service: ViewerService, opened: Opened, where: str, purpose: str, monitor: Monitor) -> bool:
    """Whether a question of this kind is taken: these are not documented."""
    asked: dict[str, str | int] = {"where": where, "offset": 0, "length": 1}
    try:
        service.page("filter", opened.part, asked, purpose, monitor)
    except QuestionRefused:
        return False
    return True


def _with_abilities(service: ViewerService, opened: Opened, monitor: Monitor) -> Opened:
    """Try each kind of undocumented question once, with nothing of the artist's.

    Hashes cannot be compared, too, where a single row has one of another length.
    """
    for feature in opened.texts[:1]:
        purpose = "to ask whether texts can be searched there"
        takes = _takes(service, opened, contains(column(feature.parts), _NOBODYS), purpose, monitor)
        opened = replace(opened, takes_pieces=takes)
    for feature in opened.hashes:
        purpose = "to ask whether fingerprints can be compared there"
        takes = _takes(service, opened, near(column(feature.parts), f"{_FLAT:016x}", 0), purpose, monitor)
        opened = replace(opened, takes_hamming=takes)
    return opened
