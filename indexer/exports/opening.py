# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the user wrote after `--export` to the pictures that were published: opened, recognised, put together.

Large exports come in several files, of which one lists the posts and others hold their pictures. Archives of one
platform are therefore read together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.core.types import Skipped
from indexer.exports.archive import Archive, canonical
from indexer.exports.artstation import ArtStationReader
from indexer.exports.base import ExportReader, LayoutBasis, Mention, PublishedFile, is_picture
from indexer.exports.deviantart import DeviantArtReader
from indexer.exports.facebook import FacebookReader
from indexer.exports.instagram import InstagramReader
from indexer.exports.tumblr import TumblrReader
from indexer.exports.twitter import TwitterReader
from indexer.exports.zipped import open_archive

READERS: tuple[ExportReader, ...] = (
    TwitterReader(),
    InstagramReader(),
    FacebookReader(),
    TumblrReader(),
    DeviantArtReader(),
    ArtStationReader(),
)
"""Asked in this order: the two whose layout is only inferred come last."""


@dataclass(frozen=True, slots=True)
class RecognisedExport:
    """An open archive with the reader of its platform."""

    archive: Archive
    reader: ExportReader


def open_export(written: str) -> RecognisedExport:
    """Open an archive and tell whose it is.

    Raises:
        InputProblem: it cannot be opened, or is of no platform that this program knows.
    """
    archive = open_archive(Path(written), written)
    for reader in READERS:
        if reader.recognises(archive):
            return RecognisedExport(archive, reader)
    archive.close()
    known = ", ".join(reader.layout.platform for reader in READERS)
    raise InputProblem(written, f"it does not look like the archive of an account on {known}")


@dataclass(frozen=True, slots=True)
class Publications:
    """What archives of one platform say.

    Attributes:
        files: each published picture that is there, with the archive that holds it.
        notes: what could not be read or is left out, in one sentence each.
    """

    files: tuple[tuple[Archive, PublishedFile], ...]
    notes: tuple[Skipped, ...]


def put_together(exports: Sequence[RecognisedExport], monitor: Monitor) -> Publications:
    """Lists and pictures of all archives of one platform, held against each other.

    Raises:
        Cancelled: the user stopped.
    """
    reader = exports[0].reader
    notes = [note for export in exports for note in export.archive.skipped]
    mentions = _all_mentions(exports, notes, monitor)
    missing = {key for key, said in mentions.items() if said.names_file}
    files, others, unclaimed = [], 0, 0
    for export in exports:
        for name in export.archive.names:
            monitor.check()
            said = _said_of(name, reader, mentions)
            if said is None:
                unclaimed += is_picture(name)
                continue
            missing.discard(said.key)
            if said.is_own:
                files.append((export.archive, _published(name, reader.layout.platform, said)))
            else:
                others += 1
    shown = exports[0].archive.shown
    if not mentions:
        notes.append(Skipped(shown, _without_mentions(exports)))
    notes += _left_out(shown, len(missing), others, unclaimed if reader.layout.basis is LayoutBasis.INFERRED else 0)
    return Publications(tuple(files), tuple(notes))


def _all_mentions(exports: Sequence[RecognisedExport], notes: list[Skipped], monitor: Monitor) -> dict[str, Mention]:
    """What all lists say, by key; what could not be read is added to `notes`."""
    mentions: dict[str, Mention] = {}
    for export in exports:
        for said in export.reader.mentions(export.archive):
            monitor.check()
            if isinstance(said, Skipped):
                notes.append(said)
            else:
                mentions[said.key] = _earlier(mentions.get(said.key), said)
    return mentions


def _said_of(name: str, reader: ExportReader, mentions: dict[str, Mention]) -> Mention | None:
    """What is known of this file: that its place is one of others, else what a list says, else what its place says.

    None when it was not published.
    """
    if not is_picture(name):
        return None
    spelled = canonical(name)
    placed = reader.by_place(spelled)
    if placed and not placed.is_own:
        return placed
    return next((mentions[key] for key in reader.keys_of(spelled) if key in mentions), placed)


def _earlier(known: Mention | None, said: Mention) -> Mention:
    """Of two mentions of one picture the first publication, and of those the artist's own."""
    if known is None:
        return said
    return min(known, said, key=lambda one: (not one.is_own, one.published is None, one.published or ""))


def _published(name: str, platform: str, said: Mention) -> PublishedFile:
    return PublishedFile(name, platform, said.address, said.page, said.post_id, said.published)


def _without_mentions(exports: Sequence[RecognisedExport]) -> str:
    reader = exports[0].reader
    has_list = any(reader.is_list_of_posts(name) for export in exports for name in export.archive.names)
    because = "no list in it that could be read mentions a picture" if has_list else f"it holds no {reader.manifests}"
    return f"{because}, so neither dates and posts are known, nor which pictures are by others and were only passed on"


def _left_out(shown: str, missing: int, others: int, unclaimed: int) -> Iterator[Skipped]:
    if missing:
        because = f"{_pictures(missing)} that it lists {'is' if missing == 1 else 'are'} not in it"
        yield Skipped(shown, f"{because}; a large export comes in several files: name all of them")
    if others:
        yield Skipped(shown, f"left out: {_pictures(others)} in posts of others that were only passed on or kept")
    if unclaimed:
        whose = "it is yours" if unclaimed == 1 else "they are yours"
        yield Skipped(
            shown, f"left out: {_pictures(unclaimed)} of which neither a list nor the place says that {whose}"
        )


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"
