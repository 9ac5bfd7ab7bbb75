# SPDX-License-Identifier: GPL-3.0-or-later
"""From archives of the artist's accounts, and other published files, to renditions of their works.

Each published picture is copied out of its archive, fingerprinted like the portfolio, and given to the work that it
shows; one that shows none of the folder stands as a work of its own, under its path in the archive. Copies are removed
as soon as they were looked at, but for those that stand alone: the search looks at them again.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.core.errors import InputProblem, SourceProblem, StorageProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Artwork, Skipped
from indexer.exports.archive import Archive
from indexer.exports.base import LayoutBasis, PublishedFile
from indexer.exports.opening import RecognisedExport, open_export, put_together
from indexer.fingerprints.base import FileFingerprints
from indexer.fingerprints.cache import FingerprintCache
from indexer.fingerprints.intake import FingerprintedFile, fingerprint_files
from indexer.images.scanning import FoundFile
from indexer.matching.contract import CheckEvent, ExportRead, RenditionFound
from indexer.matching.portfolio import Work
from indexer.matching.renditions import Portfolio
from indexer.matching.views import ViewReader
from indexer.sources.base import Query, Rendition

_STAGE = "reading what you published"


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A published file, how the store of fingerprints knows it, and where it can be read now."""

    archive: Archive
    file: PublishedFile
    known_as: FoundFile
    place: Path
    is_known: bool

    @property
    def is_copy(self) -> bool:
        return self.place != self.known_as.path


class ExportIntake:
    """Takes in what was published, for one check.

    Args:
        works: of the folder.
        cache: the store of fingerprints.
        room: an empty folder for copies, which lives as long as the check.
    """

    def __init__(self, works: Sequence[Work], cache: FingerprintCache, room: Path, monitor: Monitor) -> None:
        self._folder = tuple(works)
        self._cache, self._room, self._monitor = cache, room, monitor
        self._portfolio = Portfolio(works)
        self._alone: dict[str, Work] = {}
        self._renditions: dict[str, list[Rendition]] = {}
        self._copies = 0

    @property
    def works(self) -> list[Work]:
        """The works of the folder, then those that stand alone, each with its renditions."""
        return [
            replace(work, query=replace(work.query, renditions=tuple(self._renditions.get(work.artwork.path, ()))))
            for work in (*self._folder, *self._alone.values())
        ]

    def read(self, exports: Sequence[str]) -> Iterator[CheckEvent]:
        """Yield each rendition, each work that stands alone, each file that cannot be used, and how each archive fared.

        Raises:
            Cancelled: the user stopped.
        """
        opened: dict[str, list[RecognisedExport]] = {}
        try:
            for written in dict.fromkeys(exports):
                export = self._open(written)
                if isinstance(export, ExportRead):
                    yield export
                else:
                    opened.setdefault(export.reader.layout.platform, []).append(export)
            for together in opened.values():
                yield from self._read_together(together)
        finally:
            for one in (one for together in opened.values() for one in together):
                one.archive.close()

    def _open(self, written: str) -> RecognisedExport | ExportRead:
        """The archive, or why it is not read."""
        try:
            with self._monitor.attempt(written):
                try:
                    return open_export(written)
                except InputProblem as problem:
                    return ExportRead(written, because=problem.because)
        except SourceProblem as problem:
            return ExportRead(written, because=problem.because)

    def _read_together(self, exports: Sequence[RecognisedExport]) -> Iterator[CheckEvent]:
        """All archives of one platform."""
        layout, first = exports[0].reader.layout, exports[0].archive.shown
        with self._monitor.attempt(first):  # if it ended an earlier attempt, it was not even opened
            found = put_together(exports, self._monitor)
        yield from self.take(self._counted(found.files), layout.basis)
        for export in exports:
            notes = found.notes if export is exports[0] else ()
            yield ExportRead(
                export.archive.shown,
                layout.platform,
                layout.basis,
                layout.source,
                notes=tuple(f"{note.path}: {note.because}" for note in notes),
            )

    def _counted(self, files: Sequence[tuple[Archive, PublishedFile]]) -> Iterator[tuple[Archive, PublishedFile]]:
        for done, file in enumerate(files, start=1):
            yield file
            self._monitor.progress(Progress(_STAGE, done, len(files)))

    def take(self, files: Iterable[tuple[Archive, PublishedFile]], basis: LayoutBasis) -> Iterator[CheckEvent]:
        """Yield a rendition for each file, each work that stands alone, and each file that cannot be used.

        Args:
            files: asked for one by one; each can be read from its archive at least until the next is asked for.
            basis: on what it rests that they are as published.

        Raises:
            Cancelled: the user stopped.
        """
        under_way: deque[_UnderWay | None] = deque()
        outcomes = fingerprint_files(self._copied_out(files, under_way), monitor=self._monitor)
        with ViewReader(self._monitor) as views:
            for outcome in outcomes:
                one = under_way.popleft()
                if isinstance(outcome, Skipped):
                    yield Artwork(outcome.path, skipped=outcome.because)
                elif one:
                    if not one.is_known:
                        self._cache.keep(one.known_as, outcome.fingerprints)
                    yield from self._place(one, outcome.fingerprints, basis, views)
                if one and one.is_copy and one.known_as.name not in self._alone:
                    one.place.unlink(missing_ok=True)

    def _copied_out(
        self, files: Iterable[tuple[Archive, PublishedFile]], under_way: deque[_UnderWay | None]
    ) -> Iterator[FoundFile | Skipped | FingerprintedFile]:
        """Each file at a place where it can be read, a few ahead of the fingerprinting that asks for it."""
        for archive, file in files:
            name = archive.called(file.place)
            try:
                one, made = self._at_hand(archive, file, name)
            except (InputProblem, StorageProblem) as problem:
                under_way.append(None)
                yield Skipped(name, problem.because)
                continue
            under_way.append(one)
            entry = replace(one.known_as, path=one.place)
            yield FingerprintedFile(entry, made) if made else entry

    def _at_hand(self, archive: Archive, file: PublishedFile, name: str) -> tuple[_UnderWay, FileFingerprints | None]:
        """The file where it can be read, with what an earlier check computed of it."""
        local = archive.local(file.place)
        known_as = FoundFile(
            local or archive.path / file.place, name, archive.size(file.place), archive.changed_ns(file.place)
        )
        place = local
        if place is None:
            self._copies += 1
            place = self._room / f"{self._copies:07d}"
            archive.copy_out(file.place, place)
        made = self._cache.find(known_as)
        return _UnderWay(archive, file, known_as, place, made is not None), made

    def _place(
        self, one: _UnderWay, made: FileFingerprints, basis: LayoutBasis, views: ViewReader
    ) -> Iterator[CheckEvent]:
        """Give the file to the work that it shows, or let it stand alone."""
        name, prints = one.known_as.name, made.pictures[0]
        work = self._portfolio.same_file(made.digests)
        if work is None:
            try:
                work = self._portfolio.shown_in(views.of_file(one.place, prints.frame).view, prints, views)
            except InputProblem as problem:
                yield Artwork(name, skipped=problem.because)
                return
        if work is None:
            size = prints.width, prints.height
            artwork = Artwork(
                *(name, made.digests.sha256, *size),
                created=made.created,
                plain=prints.is_too_plain,
                too_plain_for=prints.too_plain_for,
            )
            work = self._alone[name] = Work(artwork, one.place, Query(name, made.digests, prints))
            self._portfolio.add(work)
            yield artwork
        self._keep(work, Rendition(made.digests, _words(one.file, basis)))
        yield RenditionFound(
            artwork=work.artwork.path,
            stands_alone=work.artwork.path in self._alone,
            archive=one.archive.shown,
            place=one.file.place,
            platform=one.file.platform,
            basis=basis,
            address=one.file.address,
            page=one.file.page,
            post_id=one.file.post_id,
            published=one.file.published,
            sha256=made.digests.sha256,
            md5=made.digests.md5,
        )

    def _keep(self, work: Work, rendition: Rendition) -> None:
        known = self._renditions.setdefault(work.artwork.path, [])
        if all(one.digests != rendition.digests for one in known):
            known.append(rendition)


def _words(file: PublishedFile, basis: LayoutBasis) -> str:
    """Which file that is, as the reason of a match says it; no day of today, which would make it another check."""
    if file.is_fetched:
        of = f" of {file.published[:10]}" if file.published else ""
        return f"the file that {file.platform} gave for your post{of} ({file.place}) when this check was made"
    on = f" on {file.published[:10]}" if file.published else ""
    at = f" ({file.address or file.page})" if file.address or file.page else ""
    inferred = "" if basis is LayoutBasis.DOCUMENTED else ", as far as the archive's layout could be inferred,"
    return f"the file that you published on {file.platform}{on}{at}{inferred}"
