# SPDX-License-Identifier: GPL-3.0-or-later
"""X (Twitter): pictures in `data/tweets_media/<post>-<picture>`, posts in `data/tweets.js` after an assignment."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import msgspec

from indexer.core.types import Skipped
from indexer.exports.archive import Archive
from indexer.exports.base import ExportLayout, ExportReader, LayoutBasis, Mention, is_picture
from indexer.exports.listed import read_entries

_POSTS = re.compile(r"(^|/)tweets?(-part\d+)?\.js$")
_PICTURE = re.compile(r"(?:^|/)tweets?_media/((\d+)-([\w-]+\.\w+))$")
_DATE = re.compile(r"\w{3} (\w{3}) (\d\d) (\d\d):(\d\d):(\d\d) \+0000 (\d{4})$")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class _Media(msgspec.Struct):
    """`source_status_id_str` is there when the picture comes from another post."""

    media_url_https: str = ""
    media_url: str = ""
    type: str = "photo"
    source_status_id_str: str | None = None


class _Entities(msgspec.Struct):
    media: list[_Media] = []


class _Post(msgspec.Struct):
    """Since 2019 a post stands within an object whose one key is `tweet`."""

    tweet: "_Post | None" = None
    id_str: str = ""
    id: str = ""
    created_at: str = ""
    full_text: str = ""
    entities: _Entities | None = None
    extended_entities: _Entities | None = None


class TwitterReader(ExportReader):
    """Own posts with pictures. Posts of others that were passed on are in the archive too, and are told apart."""

    layout = ExportLayout(
        "X (Twitter)",
        LayoutBasis.DOCUMENTED,
        "described by public readers of such archives, first of all timhutton/twitter-archive-parser, which also"
        " gives the rule from a file's name to its address; X itself publishes no description",
    )
    manifests = "tweets.js"

    def recognises(self, archive: Archive) -> bool:
        """By the list of posts or the folder of their pictures."""
        return any(_POSTS.search(name) or _PICTURE.search(name) for name in archive.names)

    def is_list_of_posts(self, name: str) -> bool:
        """By its name."""
        return _POSTS.search(name) is not None

    def mentions(self, archive: Archive) -> Iterator[Mention | Skipped]:
        """Each picture of each post, with both addresses."""
        for name in archive.names:
            if not _POSTS.search(name):
                continue
            for post in read_entries(archive, name, _Post):
                yield from [post] if isinstance(post, Skipped) else _of_post(post.tweet or post)

    def by_place(self, name: str) -> Mention | None:
        """The file's name holds the post's number and the picture's name on pbs.twimg.com."""
        found = _PICTURE.search(name)
        if not found:
            return None
        key, post_id, picture = found.groups()
        return Mention(key, None, f"https://pbs.twimg.com/media/{picture}", _page(post_id), post_id)

    def keys_of(self, name: str) -> Iterator[str]:
        """The file's own name."""
        yield PurePosixPath(name).name


def _of_post(post: _Post) -> Iterator[Mention]:
    post_id = post.id_str or post.id
    entities = post.extended_entities or post.entities or _Entities()
    for media in entities.media:
        address = media.media_url_https or media.media_url
        picture = PurePosixPath(urlsplit(address).path).name
        if media.type == "photo" and is_picture(picture):
            own = not post.full_text.startswith("RT @") and media.source_status_id_str in (None, post_id)
            yield Mention(
                f"{post_id}-{picture}", _moment(post.created_at), address, _page(post_id), post_id, own, names_file=own
            )


def _page(post_id: str) -> str | None:
    return f"https://x.com/i/status/{post_id}" if post_id else None


def _moment(text: str) -> str | None:
    """Such as `Wed Oct 10 20:19:24 +0000 2018`, always in UTC."""
    found = _DATE.search(text)
    if not found or found[1] not in _MONTHS:
        return None
    month, day, hour, minute, second, year = found.groups()
    return f"{year}-{_MONTHS.index(month) + 1:02d}-{day}T{hour}:{minute}:{second}Z"
