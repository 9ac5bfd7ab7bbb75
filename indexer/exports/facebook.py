# SPDX-License-Identifier: GPL-3.0-or-later
"""Facebook: posts in `posts/your_posts….json`, albums in `posts/album/N.json`, with the pictures that they name."""

import re
from collections.abc import Iterator

import msgspec

from indexer.core.types import Skipped
from indexer.exports.archive import Archive, canonical
from indexer.exports.base import ExportLayout, ExportReader, LayoutBasis, Mention, is_picture
from indexer.exports.listed import moment, read_entries

_POSTS = re.compile(r"(^|/)posts/((your|profile)_posts\w*|your_posts)\.json$")
_PHOTOS = re.compile(r"(^|/)(posts|photos_and_videos)/(album/\d+|(your_)?(uncategorized_)?photos)\.json$")
_PICTURES = re.compile(r"(^|/)(posts/media|photos_and_videos)/(?!stickers_used/).+$")
_OURS = re.compile(
    r"(^|/)(your_facebook_activity/|your_activity_across_facebook/|this_profile's_activity_across_facebook/"
    r"|posts/your_posts\w*\.(json|html)$|photos_and_videos/)"
)


class _Photo(msgspec.Struct):
    uri: str = ""
    creation_timestamp: float | None = None


class _Data(msgspec.Struct):
    media: _Photo | None = None


class _Attachment(msgspec.Struct):
    data: list[_Data] = []


class _Post(msgspec.Struct):
    timestamp: float | None = None
    attachments: list[_Attachment] = []


class FacebookReader(ExportReader):
    """The account's own posts and albums."""

    layout = ExportLayout(
        "Facebook",
        LayoutBasis.DOCUMENTED,
        "described by public readers of such archives from 2018 to 2026; Facebook itself publishes no description",
    )
    manifests = "your_posts_1.json"

    def recognises(self, archive: Archive) -> bool:
        """By the folders that only Facebook has."""
        return any(_OURS.search(name) for name in archive.names)

    def is_list_of_posts(self, name: str) -> bool:
        """By its name."""
        return bool(_POSTS.search(name) or _PHOTOS.search(name))

    def mentions(self, archive: Archive) -> Iterator[Mention | Skipped]:
        """Each picture of posts and albums. The archive holds neither addresses nor numbers of posts."""
        for name in archive.names:
            if _POSTS.search(name):
                for post in read_entries(archive, name, _Post, ("status_updates",)):
                    yield from [post] if isinstance(post, Skipped) else _of_post(post)
            elif _PHOTOS.search(name):
                for photo in read_entries(archive, name, _Photo, ("photos", "other_photos_v2")):
                    yield from [photo] if isinstance(photo, Skipped) else _of_photo(photo, None)

    def by_place(self, name: str) -> Mention | None:
        """A picture among those of the posts was published; stickers are Facebook's own."""
        return Mention(name) if _PICTURES.search(name) else None


def _of_post(post: _Post) -> Iterator[Mention]:
    """With the time of the post: that of the picture may be that of an earlier upload to an album."""
    for attachment in post.attachments:
        for data in attachment.data:
            if data.media:
                yield from _of_photo(data.media, post.timestamp)


def _of_photo(photo: _Photo, posted: float | None) -> Iterator[Mention]:
    if is_picture(photo.uri) and "/stickers_used/" not in photo.uri:
        yield Mention(canonical(photo.uri), moment(posted or photo.creation_timestamp))
