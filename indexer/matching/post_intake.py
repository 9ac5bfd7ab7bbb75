# SPDX-License-Identifier: GPL-3.0-or-later
"""From lists of the artist's posts to renditions of their works: fetched anew in each check, at the pace of `net`."""

from collections.abc import Iterator, Sequence

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor, Progress
from indexer.exports.archive import Archive
from indexer.exports.base import LayoutBasis, PublishedFile
from indexer.matching.contract import CheckEvent, ExportRead, RenditionFound
from indexer.matching.export_intake import ExportIntake
from indexer.net.network import Network
from indexer.posts.fetching import PostFetcher
from indexer.posts.post_archive import PostArchive
from indexer.posts.post_list import read_post_list

SOURCE = (
    "each picture was fetched today from the address that you named, or from where its page says that its picture is;"
    " the platform may have saved it again since, or show programs a smaller copy"
)
"""Why it is only inferred that what a post shows now is the file as it was published."""

_STAGE = "fetching your posts"
_OFFLINE = "offline is switched on, and the posts in it would have to be fetched"


def read_posts(lists: Sequence[str], intake: ExportIntake, network: Network, monitor: Monitor) -> Iterator[CheckEvent]:
    """Yield what `ExportIntake.take` does for the picture of each post, and how each list fared.

    Args:
        lists: files of links, as the user wrote them.

    Raises:
        Cancelled: the user stopped.
        StorageProblem: the ledger cannot be written.
    """
    for written in dict.fromkeys(lists):
        try:
            if network.offline:
                raise InputProblem(written, _OFFLINE)
            entries = read_post_list(written)
        except InputProblem as problem:
            yield ExportRead(written, because=problem.because)
            continue
        with PostFetcher(network, monitor) as fetcher, PostArchive(written, entries, fetcher) as archive:
            yield from _read(archive, intake, monitor)


def _read(archive: PostArchive, intake: ExportIntake, monitor: Monitor) -> Iterator[CheckEvent]:
    notes: list[str] = []
    for event in intake.take(_one_by_one(archive, monitor), LayoutBasis.INFERRED):
        yield event
        if isinstance(event, RenditionFound):
            notes += _contradiction(event, archive.links[event.place].file)
    notes += [f"{skipped.path}: {skipped.because}" for skipped in archive.skipped]
    yield ExportRead(archive.shown, None, LayoutBasis.INFERRED, SOURCE, notes=tuple(notes))


def _one_by_one(archive: PostArchive, monitor: Monitor) -> Iterator[tuple[Archive, PublishedFile]]:
    monitor.progress(Progress(_STAGE, 0, len(archive.links)))
    for file in archive.fetched():
        yield archive, file
        monitor.progress(Progress(_STAGE, archive.done, len(archive.links)))


def _contradiction(found: RenditionFound, named: str | None) -> Iterator[str]:
    """Fingerprints decide which work a post shows; where the artist's list says another, they should look."""
    shown = _file_name(found.artwork)
    if named and not found.stands_alone and _file_name(named) != shown:
        yield f"{found.place}: your list says that it shows {named}, but its picture is that of {shown}"


def _file_name(path: str) -> str:
    """Without the number of a page."""
    return path.replace("\\", "/").rpartition("/")[2].partition("#")[0]
