# SPDX-License-Identifier: GPL-3.0-or-later
"""Instagram: pictures of posts in `media/posts/YYYYMM/`, the posts in `posts_1.json`; until 2019 `media.json`."""

import re
from collections.abc import Iterator

import msgspec

from indexer.core.types import Skipped
from indexer.exports.archive import Archive, canonical
from indexer.exports.base import ExportLayout, ExportReader, LayoutBasis, Mention, is_picture
from indexer.exports.listed import iso_moment, moment, read_entries

_POSTS = re.compile(r"(^|/)(content|media)/(posts(_\d+)?|archived_posts)\.json$")
_OLD_POSTS = re.compile(r"(^|/)media(_\d+)?\.json$")
_PICTURES = re.compile(r"(^|/)(media/(posts|archived_posts|other)|photos)/\d{6}/[^/]+$")
_OURS = re.compile(r"(^|/)(your_instagram_activity/|content/posts_\d+\.json$|media/posts/\d{6}/|photos/\d{6}/)")


class _Media(msgspec.Struct):
    uri: str = ""
    creation_timestamp: float | None = None


class _Post(msgspec.Struct):
    """A post. One of a single picture may have its time at the picture only."""

    media: list[_Media] = []
    creation_timestamp: float | None = None


class _OldPhoto(msgspec.Struct):
    path: str = ""
    taken_at: str | None = None


class InstagramReader(ExportReader):
    """Posts and posts that were archived later. Stories, messages and profile pictures are left out: stories may show
    what others made, and none of them is published for long or to everybody.
    """

    layout = ExportLayout(
        "Instagram",
        LayoutBasis.DOCUMENTED,
        "described by public readers of such archives from 2018 to 2026; Instagram itself publishes no description",
    )
    manifests = "posts_1.json"

    def recognises(self, archive: Archive) -> bool:
        """By the folders that only Instagram has."""
        return any(_OURS.search(name) for name in archive.names)

    def is_list_of_posts(self, name: str) -> bool:
        """By its name."""
        return bool(_POSTS.search(name) or _OLD_POSTS.search(name))

    def mentions(self, archive: Archive) -> Iterator[Mention | Skipped]:
        """Each picture of each post. The archive holds neither addresses nor numbers of posts."""
        for name in archive.names:
            if _POSTS.search(name):
                for post in read_entries(archive, name, _Post, ("ig_archived_post_media",)):
                    yield from [post] if isinstance(post, Skipped) else _of_post(post)
            elif _OLD_POSTS.search(name):
                for photo in read_entries(archive, name, _OldPhoto, ("photos",)):
                    if isinstance(photo, Skipped):
                        yield photo
                    elif is_picture(photo.path):
                        yield Mention(canonical(photo.path), iso_moment(photo.taken_at))

    def by_place(self, name: str) -> Mention | None:
        """A picture in a folder of posts was published; the folder's month is not said to be that of the post."""
        return Mention(name) if _PICTURES.search(name) else None


def _of_post(post: _Post) -> Iterator[Mention]:
    for media in post.media:
        if is_picture(media.uri):
            yield Mention(canonical(media.uri), moment(media.creation_timestamp or post.creation_timestamp))
