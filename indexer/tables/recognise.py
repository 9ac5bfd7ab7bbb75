# SPDX-License-Identifier: GPL-3.0-or-later
"""Which column says what, told by its name: the names that published sets use.

Names are compared without regard to case. A name that means something else in other sets counts only beside the
columns that give its set away (`datasets.md` §2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.tables.columns import Columns


@dataclass(frozen=True, slots=True)
class _Alias:
    """A column's name, lower case, and which other columns must be there for it to mean this."""

    name: str
    beside: tuple[str, ...] = ()


_URL = (
    _Alias("image_info.raw_url"),  # MMC4, where `url` is the page's
    _Alias("url"),  # LAION, COYO, DataComp, CC3M, CC12M, Wukong, PD12M, CommonCatalog, img2dataset
    _Alias("image_url"),  # RedCaps, WIT, SBU as the hub has it
    _Alias("image_urls"),  # SBU
    _Alias("raw_url"),
    _Alias("images", ("texts", "general_metadata")),  # OBELICS: a list of addresses; elsewhere `images` is pictures
    _Alias("downloadurl"),  # CommonCatalog, YFCC100M
    _Alias("page_url"),  # WIT
    _Alias("pageurl"),  # CommonCatalog, YFCC100M
    _Alias("permalink"),  # RedCaps
    _Alias("document_url"),
    _Alias("metadata", ("texts", "general_metadata")),  # OBELICS: text of JSON, with the page and each picture
    _Alias("source", ("license", "hash", "mime_type")),  # PD12M
)

_CAPTION = (
    _Alias("text"),  # LAION, COYO, DataComp
    _Alias("raw_caption"),  # RedCaps, as it was written; its `caption` is cleaned
    _Alias("caption"),  # CC3M, CC12M, Wukong, PD12M, CommonCatalog, RedCaps, img2dataset
    _Alias("captions"),  # SBU
    _Alias("title"),  # CommonCatalog, YFCC100M
    _Alias("description"),  # CommonCatalog, YFCC100M
    _Alias("usertags"),  # CommonCatalog, YFCC100M
    _Alias("caption_attribution_description"),  # WIT: who made the picture
    _Alias("caption_reference_description"),  # WIT
    _Alias("caption_alt_text_description"),  # WIT
    _Alias("page_title"),  # WIT
    _Alias("text_list"),  # MMC4
    _Alias("texts"),  # OBELICS
    _Alias("top_caption"),  # laion-coco: made by a model, after TEXT
    _Alias("artist", ("genre", "style")),  # WikiArt
    _Alias("tag_string_character"),  # Danbooru
    _Alias("alt_text"),
)

_WIDTH = (_Alias("original_width"), _Alias("width"), _Alias("image_width"))
_HEIGHT = (_Alias("original_height"), _Alias("height"), _Alias("image_height"))
"""The original's size first: DataComp and img2dataset also have that of the reduced picture."""

_SHA256 = (_Alias("sha256"),)  # DataComp, CommonCatalog, CC12M's companion, img2dataset
_MD5 = (
    _Alias("md5"),  # Danbooru, LAION's -md5 tables, CC12M's companion, img2dataset
    _Alias("hash", ("mime_type", "license", "source")),  # PD12M; LAION's `hash` is a key of the text, never this
)
_PIXEL_HASH = (_Alias("pixel_hash"),)  # Danbooru
_PHASH = (
    _Alias("image_phash"),  # COYO-700M
    _Alias("imagehash"),  # COYO-Labeled-300M
    _Alias("phash"),
)

_KEY = (
    _Alias("photoid"),  # CommonCatalog, YFCC100M: the same in both, which have a `uid` that is an account
    _Alias("uid", ("sha256",)),  # DataComp: 32 hex digits
    _Alias("sample_id"),  # LAION-400M
    _Alias("image_id"),  # RedCaps
    _Alias("id", ("image_phash",)),  # COYO-700M
    _Alias("id", ("imagehash",)),  # COYO-Labeled-300M
    _Alias("id", ("mime_type", "license", "source")),  # PD12M
    _Alias("id", ("tag_string_artist",)),  # Danbooru
)

_ACCOUNTS = (
    (_Alias("unickname"), "flickr"),  # CommonCatalog, YFCC100M
    (_Alias("uid", ("unickname",)), "flickr"),  # the same; without `unickname` it is DataComp's id of a row
    (_Alias("author", ("subreddit",)), "reddit"),  # RedCaps
    (_Alias("tag_string_artist"), "danbooru"),  # Danbooru
)


def recognise(columns: Sequence[str]) -> Columns:
    """What each of a table's columns says, by their names. A column that means nothing known is left out."""
    known = {column.lower(): column for column in reversed(columns)}  # of two that differ in case, the first
    return Columns(
        url=_all(_URL, known) or _called_addresses(columns),
        caption=_all(_CAPTION, known),
        width=_first(_WIDTH, known),
        height=_first(_HEIGHT, known),
        sha256=_first(_SHA256, known),
        md5=_first(_MD5, known),
        pixel_hash=_first(_PIXEL_HASH, known),
        phash=_first(_PHASH, known),
        accounts={column: platform for alias, platform in _ACCOUNTS for column in _all((alias,), known)},
        key=_first(_KEY, known),
    )


def _called_addresses(columns: Sequence[str]) -> tuple[str, ...]:
    """In a table of no known set: whatever is called an address, but for that of a licence."""
    return tuple(name for name in columns if ("url" in name.lower() or "uri" in name.lower()) and "licen" not in name)


def _all(aliases: Sequence[_Alias], known: Mapping[str, str]) -> tuple[str, ...]:
    found = [alias for alias in aliases if alias.name in known and all(name in known for name in alias.beside)]
    return tuple(dict.fromkeys(known[alias.name] for alias in found))


def _first(aliases: Sequence[_Alias], known: Mapping[str, str]) -> str | None:
    return next(iter(_all(aliases, known)), None)
