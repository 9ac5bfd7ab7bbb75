# SPDX-License-Identifier: GPL-3.0-or-later
"""Tumblr: pictures in `media/<post>[_n].ext`, posts in `posts.xml`, which lies in `posts.zip` until it is unpacked."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.parsers import expat

from indexer.core.errors import InputProblem
from indexer.core.types import Skipped
from indexer.exports.archive import Archive
from indexer.exports.base import ExportLayout, ExportReader, LayoutBasis, Mention
from indexer.exports.listed import iso_moment, moment
from indexer.exports.zipped import open_nested

_POSTS = re.compile(r"(^|/)posts\.xml$")
_NESTED = re.compile(r"(^|/)posts\.zip$")
_PICTURE = re.compile(r"(?:^|/)media/(\d+)(?:_\d+)?\.\w+$")
_OURS = re.compile(r"(^|/)(posts\.zip|posts/posts\.xml|posts/posts_index\.html|posts/html/\d+\.html|payload-0\.json)$")
_LONGEST_NUMBER = 18


class TumblrReader(ExportReader):
    """Own posts; what was reblogged from others is told apart where the archive has `posts.xml`."""

    layout = ExportLayout(
        "Tumblr",
        LayoutBasis.DOCUMENTED,
        "described by public readers of such archives, among them the viewers tumbl and TEV; Tumblr itself publishes"
        " no description",
    )
    manifests = "posts.xml (in posts.zip)"

    def recognises(self, archive: Archive) -> bool:
        """By the list of posts, packed or not, or by its pages."""
        return any(_OURS.search(name) for name in archive.names)

    def is_list_of_posts(self, name: str) -> bool:
        """By its name."""
        return bool(_POSTS.search(name) or _NESTED.search(name))

    def mentions(self, archive: Archive) -> Iterator[Mention | Skipped]:
        """Each post, by its number, which is what its pictures are called."""
        for name in archive.names:
            if _POSTS.search(name):
                yield from _posts(archive, name)
            elif _NESTED.search(name):
                yield from _nested_posts(archive, name)

    def by_place(self, name: str) -> Mention | None:
        """The file's name holds the post's number."""
        found = _PICTURE.search(name)
        return Mention(found[1], post_id=found[1]) if found else None

    def keys_of(self, name: str) -> Iterator[str]:
        """The number of the post."""
        if found := _PICTURE.search(name):
            yield found[1]


def _nested_posts(archive: Archive, name: str) -> Iterator[Mention | Skipped]:
    with TemporaryDirectory(prefix="exhibit-a-") as room:
        try:
            with open_nested(archive, name, Path(room)) as inner:
                for within in inner.names:
                    if _POSTS.search(within):
                        yield from _posts(inner, within)
        except InputProblem as problem:
            yield Skipped(name, problem.because)


def _posts(archive: Archive, name: str) -> Iterator[Mention | Skipped]:
    """Read to where the file breaks off; posts before that place count."""
    found: list[Mention] = []
    try:
        _parser(found).Parse(archive.read(name), True)  # noqa: FBT003 - expat takes no names
    except InputProblem as problem:
        yield Skipped(name, problem.because)
    except (expat.ExpatError, ValueError, LookupError) as problem:
        yield Skipped(name, f"it is damaged after {len(found)} posts ({problem})")
    yield from found


def _parser(found: list[Mention]) -> expat.XMLParserType:
    def begin(tag: str, fields: dict[str, str]) -> None:
        if tag == "post" and fields.get("id"):
            found.append(_mention(fields))

    def refuse(*_: object) -> None:
        raise ValueError("it defines entities, which no list of posts does")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EntityDeclHandler = refuse  # the means of files that swell in memory
    return parser


def _mention(fields: dict[str, str]) -> Mention:
    """The attributes are those of Tumblr's first programming interface (`/api/read`)."""
    seconds = fields.get("unix-timestamp", "")
    readable = seconds.isdecimal() and len(seconds) < _LONGEST_NUMBER
    passed_on = any(field.startswith("reblogged-") for field in fields) or fields.get("is_reblog") == "true"
    return Mention(
        fields["id"],
        (moment(int(seconds)) if readable else None) or iso_moment(fields.get("date-gmt")),
        page=fields.get("url-with-slug") or fields.get("url"),
        post_id=fields["id"],
        is_own=not passed_on,
        names_file=False,
    )
