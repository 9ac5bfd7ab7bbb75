"""A small table as sets of pictures on the hub have them: what a work, its copies, and other people's pictures left."""

from functools import cache
from typing import Any

from indexer.images.variants import Orientation, lay
from indexer.links.contract import Person
from indexer.sources.base import Query
from tests.helpers.pictures import as_bytes, draw
from tests.helpers.queries import query_of

WORK = draw(1)
ARTIST = Person(("Luna Vale", "flickr:lunavale"), ("https://www.luna-vale.org",))
PIXEL_HASH = "00112233445566778899aabbccddeeff"
INTEGER = {"dtype": "int64", "_type": "Value"}
KINDS = {"id": INTEGER, "width": INTEGER, "height": INTEGER}


def listed_rows() -> list[dict[str, Any]]:
    """Rows of a test's own, to be changed at will.

    Row 0 is the work itself, 1 a mirrored copy of it, 2 lies on the artist's site, 3 is theirs by account, 4 names
    them; the others speak of somebody else.
    """
    return [dict(row) for row in _drawn_rows()]


@cache
def _drawn_rows() -> list[dict[str, Any]]:
    other = [row_of(query_of(draw(seed)), url=f"https://elsewhere.example/{seed}.jpg") for seed in range(20, 25)]
    mirrored = query_of(as_bytes(lay(WORK, Orientation.MIRRORED), "JPEG", quality=80))
    rows = [
        row_of(query_of(WORK), url="https://elsewhere.example/w.png"),
        row_of(mirrored, url="https://elsewhere.example/m.jpg"),
        other[0] | {"url": "https://cdn.luna-vale.org/art/moon.jpg"},
        other[1] | {"unickname": "lunavale"},
        other[2] | {"text": "a moon, by Luna Vale"},
        other[3] | {"text": "a lunar valley in spring", "url": "https://luna-vale.org.elsewhere.example/x.jpg"},
        other[4] | {"unickname": "lunavalerie", "url": "https://elsewhere.example/?from=luna-vale.org"},
    ]
    rows[0]["pixel_hash"] = "00112233-4455-6677-8899-aabbccddeeff"
    return [{"id": 2**60 + number} | row for number, row in enumerate(rows)]


def row_of(query: Query, **others: object) -> dict[str, Any]:
    """What a set lists of a picture."""
    prints = query.fingerprints
    return {
        "url": "",
        "text": "a picture",
        "width": prints.width,
        "height": prints.height,
        "image_phash": f"{prints.phash[0]:016x}",
        "sha256": query.digests.sha256,
        "md5": query.digests.md5.upper(),
        "pixel_hash": "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "unickname": "somebody",
    } | others
