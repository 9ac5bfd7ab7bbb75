"""What a stranger's server may answer instead of a picture: each costs one sentence, and the next picture is seen.

What is wrong with the conversation itself (redirects, endless and packed bodies, silence) is tried in
`tests/indexer/net`; here it is about the bytes that came.
"""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from indexer.core.errors import InputProblem
from indexer.matching.views import SeenPicture, ViewReader
from indexer.net.client import Client
from indexer.net.ledger import Ledger
from tests.helpers.odd_files import png_chunk, png_claiming
from tests.helpers.pictures import as_bytes, draw
from tests.helpers.server import LocalServer

PICTURE = draw(3, (90, 60))
SCRIPT = b"<script>alert(document.cookie)</script>"


class Stranger:
    """Fetches what a server answers and looks at it, as a check does with the picture of a row."""

    def __init__(self, server: LocalServer, client: Client, reader: ViewReader) -> None:
        self.server, self._client, self._reader = server, client, reader

    def shows(self, body: bytes, kind: str = "image/png") -> SeenPicture:
        url = self.server.answers("/picture.png", body, headers={"Content-Type": kind})
        return self._reader.of_bytes(self._client.fetch(url, "to test").body, url, 1)

    def why_not(self, body: bytes, kind: str = "image/png") -> str:
        with pytest.raises(InputProblem) as caught:
            self.shows(body, kind)
        assert self.shows(as_bytes(PICTURE)).view.image.size == PICTURE.size, "the next picture is seen"
        assert {seen.path for seen in self.server.seen} == {"/picture.png"}, "nothing else was fetched"
        return caught.value.because


@pytest.fixture
def stranger(tmp_path: Path, reader: ViewReader) -> Iterator[Stranger]:
    with LocalServer() as server, Client(Ledger(tmp_path / "sent.jsonl"), allow_private_hosts=True) as client:
        yield Stranger(server, client, reader)


def is_picture(seen: SeenPicture, picture: Image.Image = PICTURE) -> bool:
    return seen.view.image.tobytes() == picture.convert("RGB").tobytes()


def packed(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize("page", [b"<!DOCTYPE html>\n" + SCRIPT, b"<html>sign in</html>"])
def test_a_web_page_that_is_called_a_picture(stranger: Stranger, page: bytes) -> None:
    assert stranger.why_not(page) == "it is a web page, not a picture"


def test_a_web_page_that_hides_its_beginning(stranger: Stranger) -> None:
    assert stranger.why_not(b"\n  <!-- x --><html>" + SCRIPT) == "it is a text file, not a picture"


@pytest.mark.parametrize(
    "drawing",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>" + SCRIPT + b"</svg>",
        b"<?xml version='1.0'?><svg><image href='http://127.0.0.1:%d/tracked'/>" + SCRIPT + b"</svg>",
        b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg><text>&x;</text></svg>",
    ],
    ids=["script", "script and another picture", "a file of this computer"],
)
def test_a_drawing_with_scripts_is_not_drawn_and_leads_nowhere(stranger: Stranger, drawing: bytes) -> None:
    if b"%d" in drawing:
        drawing %= stranger.server.port
    because = stranger.why_not(drawing, "image/svg+xml")
    assert because.startswith(("it is an SVG drawing, which", "it is an XML or SVG file, which"))


def test_a_packed_drawing_is_not_unpacked(stranger: Stranger) -> None:
    drawing = gzip.compress(b"<svg>" + SCRIPT * 1000 + b"</svg>")
    assert stranger.why_not(drawing, "image/svg+xml") == "it is an archive, not a picture"


def test_what_it_is_is_told_by_its_bytes_and_not_by_what_the_server_calls_it(stranger: Stranger) -> None:
    for kind in ("text/html", "application/x-msdownload", "image/svg+xml"):
        assert is_picture(stranger.shows(as_bytes(PICTURE), kind))


def test_a_picture_that_is_an_archive_as_well_is_only_a_picture(stranger: Stranger) -> None:
    for kind in ("PNG", "GIF"):
        picture = as_bytes(PICTURE, kind)
        seen = stranger.shows(picture + packed(**{"mergedimage.png": as_bytes(draw(4)), "run.exe": b"MZ"}))
        assert is_picture(seen, Image.open(io.BytesIO(picture)))


def test_a_picture_that_is_a_script_as_well_is_only_a_picture(stranger: Stranger) -> None:
    """A GIF whose width reads as the beginning of a comment, so that a browser would run the whole as a script."""
    gif = bytearray(as_bytes(draw(3, (47, 42)), "GIF"))
    gif[6:8] = b"/*"
    seen = stranger.shows(bytes(gif) + b"*/=1;alert(1)", "text/javascript")
    assert seen.view.full_size == (int.from_bytes(b"/*", "little"), 42)


def test_a_picture_with_a_web_page_in_its_comment_is_only_a_picture(stranger: Stranger) -> None:
    data = as_bytes(PICTURE)
    at = 33  # behind the first chunk, which every PNG begins with
    assert is_picture(stranger.shows(data[:at] + png_chunk(b"tEXt", b"Comment\0<html>" + SCRIPT) + data[at:]))
    assert is_picture(stranger.shows(data + b"<html>" + SCRIPT))


@pytest.mark.parametrize(
    ("before", "because"),
    [
        (b"%PDF-1.7\n", "it is a PDF document, not a picture"),
        (b"<html>", "it is a web page, not a picture"),
        (b"MZ", "it is not a picture in a format that this program knows"),
        (b"#!/bin/sh\n", "it is not a picture in a format that this program knows"),
        (b"\x1f\x8b\x08", "it is an archive, not a picture"),
    ],
)
def test_a_picture_behind_something_else_is_that_something(stranger: Stranger, before: bytes, because: str) -> None:
    assert stranger.why_not(before + as_bytes(PICTURE)) == because


def test_a_postscript_program_is_never_run(stranger: Stranger) -> None:
    program = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n"
    assert "picture" in stranger.why_not(program)


def test_an_archive_that_unpacks_to_a_thousand_times_its_size(stranger: Stranger) -> None:
    bomb = packed(**{f"{number}.png": bytes(4 << 20) for number in range(8)})
    assert len(bomb) < 1 << 20
    assert stranger.why_not(bomb, "application/zip") == "it is an archive or layered document, not a picture"


def test_a_document_whose_picture_unpacks_to_a_thousand_times_its_size(stranger: Stranger) -> None:
    head = as_bytes(PICTURE)[:8]
    document = packed(mimetype=b"image/openraster", **{"mergedimage.png": head + bytes(32 << 20)})
    assert len(document) < 1 << 20
    assert "is damaged or of a form that this program does not read" in stranger.why_not(document)


def test_archives_within_archives(stranger: Stranger) -> None:
    inner = packed(**{"0.png": bytes(1 << 20)})
    for _ in range(30):
        inner = packed(**{"0.zip": inner, "1.zip": inner})
        if len(inner) > 1 << 20:
            break
    assert stranger.why_not(inner) == "it is an archive or layered document, not a picture"


def test_a_picture_that_claims_to_be_gigantic(stranger: Stranger) -> None:
    assert stranger.why_not(png_claiming(60_000, 60_000)) == ("it has 3600 megapixels (60000 × 60000); the most is 200")


def test_a_comment_that_unpacks_without_end(stranger: Stranger) -> None:
    data = as_bytes(PICTURE)
    bomb = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(16 << 20), 1))
    assert stranger.why_not(data[:33] + bomb + data[33:]) == "the PNG file is damaged or cut off"


def test_a_colour_profile_that_unpacks_without_end(stranger: Stranger) -> None:
    data = as_bytes(PICTURE)
    bomb = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(16 << 20), 1))
    assert stranger.why_not(data[:33] + bomb + data[33:]) == "the PNG file is damaged or cut off"


def test_a_picture_of_the_wrong_length(stranger: Stranger) -> None:
    data = as_bytes(PICTURE)
    assert stranger.why_not(data[:-40]) == "the PNG file is damaged or cut off"
    lying = data[:33] + struct.pack(">I4s", 1 << 31, b"IDAT") + data[33:]
    assert stranger.why_not(lying) == "the PNG file is damaged or cut off"
