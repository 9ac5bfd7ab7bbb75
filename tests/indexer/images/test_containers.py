"""A painting program's document gives the picture of itself that it holds, and nothing else of it is believed."""

import io
import sqlite3
import struct
import time
import zipfile
import zlib

import pytest

from indexer.core.errors import InputProblem
from indexer.images.containers import recognise_archive
from indexer.images.formats import HEAD_BYTES, KRITA, OPENRASTER, PROCREATE, ZIP, recognise
from indexer.images.loading import Limits, open_view, srgb_pixels
from tests.helpers.artist_files import (
    clip,
    clip_around,
    krita,
    openraster,
    procreate,
    psd,
    zipped,
)
from tests.helpers.odd_files import PNG_HEAD, png_chunk, png_claiming
from tests.helpers.pictures import as_bytes, draw
from tests.indexer.images.looking import is_same, on_white, open_all, open_one

PICTURE = draw(7, (96, 64))
PNG = as_bytes(PICTURE)
SMALL = as_bytes(PICTURE.resize((24, 16)))
DOCUMENTS = {"Krita": krita, "OpenRaster": openraster, "Procreate": procreate, "Clip Studio": clip}
SAVE_A_COPY = "save a PNG or JPEG copy beside it to have it checked"

_UNKNOWN = "archive or layered document"

document = pytest.mark.parametrize("kind", DOCUMENTS)


def refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(InputProblem) as caught:
        open_all(data, limits or Limits())
    return caught.value.because


@document
def test_the_picture_inside_is_the_picture(kind: str) -> None:
    data = DOCUMENTS[kind](PNG)
    opened = open_one(data)
    assert (opened.width, opened.height) == PICTURE.size
    assert is_same(on_white(data), PICTURE)
    assert is_same(open_view(io.BytesIO(data), "a file", 1, 96).image, PICTURE)


@document
def test_a_jpeg_inside_is_read_as_well(kind: str) -> None:
    assert open_one(DOCUMENTS[kind](as_bytes(PICTURE, "JPEG"))).original.format == "JPEG"


@pytest.mark.parametrize("write", [krita, openraster])
def test_the_merged_picture_is_taken_before_the_preview(write) -> None:
    opened = open_one(write(PNG, SMALL))
    assert (opened.width, opened.is_preview) == (96, False)


@pytest.mark.parametrize(
    "data",
    [krita(None, SMALL), openraster(None, SMALL), procreate(SMALL), clip(SMALL)],
    ids=["krita", "openraster", "procreate", "clip"],
)
def test_a_preview_is_used_where_there_is_nothing_better_and_said_to_be_one(data: bytes) -> None:
    opened = open_one(data)
    assert (opened.width, opened.height, opened.is_preview) == (24, 16, True)


def test_a_preview_has_no_pixel_hash_and_a_merged_picture_has_that_of_its_export() -> None:
    assert srgb_pixels(io.BytesIO(procreate(PNG)), "a file") is None
    merged, exported = (srgb_pixels(io.BytesIO(data), "a file") for data in (krita(PNG, SMALL), PNG))
    assert merged is not None
    assert exported is not None
    assert merged.tobytes() == exported.tobytes()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (krita(PNG), KRITA),
        (openraster(PNG), OPENRASTER),
        (procreate(PNG), PROCREATE),
        (zipped({"mimetype": b"image/openraster\n", "mergedimage.png": PNG}), OPENRASTER),
        (zipped({"mimetype": b"application/epub+zip", "QuickLook/Thumbnail.png": PNG, "Document.archive": b""}), ZIP),
        (zipped({"QuickLook/Thumbnail.png": PNG}), ZIP),
        (zipped({"a.png": PNG}), ZIP),
        (zipped({}), ZIP),
    ],
    ids=["krita", "openraster", "procreate", "new line", "a book", "another's thumbnail", "pictures", "nothing"],
)
def test_a_document_is_known_by_what_is_inside(data: bytes, kind: object) -> None:
    assert recognise_archive(io.BytesIO(data)) is kind


@pytest.mark.parametrize("data", [zipped({"a.png": PNG}), zipped({"mimetype": b"application/epub+zip"})])
def test_an_archive_of_other_things_is_no_picture(data: bytes) -> None:
    assert refused(data) == "it is an archive or layered document, not a picture"


@pytest.mark.parametrize(
    ("data", "name"),
    [(krita(None), "Krita"), (openraster(None), "OpenRaster"), (clip(None), "Clip Studio")],
    ids=["krita", "openraster", "clip"],
)
def test_a_document_without_a_picture_of_itself_says_what_to_do(data: bytes, name: str) -> None:
    assert refused(data) == f"the {name} document holds no picture of itself; {SAVE_A_COPY}"


@document
@pytest.mark.parametrize(
    "inner",
    [b"no picture", krita(PNG), psd(PICTURE), as_bytes(PICTURE, "GIF"), b""],
    ids=["text", "another document", "photoshop", "gif", "nothing"],
)
def test_only_a_png_or_a_jpeg_is_looked_for_inside(kind: str, inner: bytes) -> None:
    assert (
        refused(DOCUMENTS[kind](inner))
        == f"the picture inside the {kind} file is neither a PNG nor a JPEG; {SAVE_A_COPY}"
    )


@document
def test_the_size_of_the_picture_inside_is_held_against_the_limit(kind: str) -> None:
    because = refused(DOCUMENTS[kind](png_claiming(60_000, 60_000)))
    assert because == "it has 3600 megapixels (60000 × 60000); the most is 200"


@document
def test_a_damaged_picture_inside_is_the_documents_damage(kind: str) -> None:
    assert refused(DOCUMENTS[kind](PNG[: len(PNG) // 2])) == f"the {kind} file is damaged or cut off"


def test_a_picture_that_unpacks_to_more_than_the_limit_is_not_unpacked() -> None:
    bomb = krita(PNG_HEAD + bytes(50 << 20))
    assert len(bomb) < 1 << 20
    started = time.monotonic()
    assert refused(bomb, Limits(max_bytes=1 << 20)).startswith("the picture inside it is larger than ")
    assert time.monotonic() - started < 2


def test_what_unpacks_to_much_and_is_no_picture_is_not_unpacked() -> None:
    bomb = krita(bytes(100 << 20))
    started = time.monotonic()
    assert "neither a PNG nor a JPEG" in refused(bomb)
    assert time.monotonic() - started < 1


def test_a_member_that_lies_about_its_size_is_not_believed() -> None:
    data = bytearray(krita(PNG))
    entry = data.rindex(b"PK\x01\x02", 0, data.rindex(b"mergedimage.png"))
    struct.pack_into("<I", data, entry + 24, len(PNG) - 100)
    assert refused(bytes(data)) == "the Krita file is damaged or cut off"


def test_a_comment_inside_the_inner_picture_that_unpacks_to_gigabytes_is_refused() -> None:
    at = len(PNG_HEAD) + 25
    bomb = PNG[:at] + png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80 << 20), 9)) + PNG[at:]
    assert refused(openraster(bomb)) == "the OpenRaster file is damaged or cut off"


def test_a_password_is_said() -> None:
    data = bytearray(krita(PNG))
    local = data.rindex(b"PK\x03\x04", 0, data.index(b"mergedimage.png"))
    central = data.rindex(b"PK\x01\x02", 0, data.rindex(b"mergedimage.png"))
    data[local + 6] |= 1
    data[central + 8] |= 1
    assert refused(bytes(data)) == f"it is protected with a password; {SAVE_A_COPY}"


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_packing_that_no_painting_program_uses_is_refused(packing: int) -> None:
    parts = {"mimetype": b"application/x-krita", "mergedimage.png": PNG}
    assert refused(zipped(parts, packing)) == "the Krita file is damaged or cut off"


def test_names_that_lead_out_of_the_archive_lead_nowhere(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    parts = {"mimetype": b"application/x-krita", "../mergedimage.png": PNG, "/mergedimage.png": PNG}
    assert "holds no picture of itself" in refused(zipped(parts))
    assert list(tmp_path.iterdir()) == []


def test_many_members_do_not_make_it_slow() -> None:
    parts = {"mimetype": b"application/x-krita"} | {f"layers/{number}": b"" for number in range(30_000)}
    started = time.monotonic()
    assert "holds no picture of itself" in refused(zipped(parts))
    assert time.monotonic() - started < 5


def test_an_archive_cut_off_says_so() -> None:
    for data, name in ((krita(PNG), "Krita"), (openraster(PNG), "OpenRaster"), (procreate(PNG), _UNKNOWN)):
        assert refused(data[: len(data) // 2]) == f"the {name} file is damaged or cut off"


def test_a_document_that_was_packed_again_by_another_program_is_still_known() -> None:
    """Its type no longer stands in the first bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mergedimage.png", PNG)
        archive.writestr("mimetype", "application/x-krita" + " " * 20)
    assert recognise(out.getvalue()[:HEAD_BYTES]) is ZIP
    assert is_same(on_white(out.getvalue()), PICTURE)


def test_a_database_with_a_log_beside_it_is_read() -> None:
    """In that mode SQLite asks for a second file, which a document cannot have."""
    data = bytearray(_database(clip(PNG)))
    assert data[18:20] == b"\x01\x01"
    data[18:20] = b"\x02\x02"
    assert is_same(on_white(clip_around(bytes(data))), PICTURE)


def _database(document: bytes) -> bytes:
    at = document.index(b"CHNKSQLi")
    (size,) = struct.unpack_from(">Q", document, at + 8)
    return document[at + 16 : at + 16 + size]


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS ImageData FROM n WHERE i < 0"


@pytest.mark.parametrize(
    "view",
    [
        ENDLESS,
        "SELECT zeroblob(900000000) AS ImageData",
        "SELECT readfile('/etc/passwd') AS ImageData",
        "SELECT load_extension('x') AS ImageData",
        "SELECT CanvasWidth AS ImageData FROM Canvas",
    ],
    ids=["endless", "huge", "a file", "an extension", "another table"],
)
def test_a_strangers_schema_runs_nothing(view: str) -> None:
    def change(database: sqlite3.Connection) -> None:
        database.execute("DROP TABLE CanvasPreview")
        database.execute(f"CREATE VIEW CanvasPreview AS {view}")

    started = time.monotonic()
    assert refused(clip(None, change)) == "the Clip Studio file is damaged or cut off"
    assert time.monotonic() - started < 2


def test_rows_without_end_are_not_read_to_their_end() -> None:
    def change(database: sqlite3.Connection) -> None:
        database.executemany("INSERT INTO CanvasPreview (ImageData) VALUES (?)", [(None,)] * 400_000)

    started = time.monotonic()
    assert refused(clip(None, change)) == "the Clip Studio file is damaged or cut off"
    assert time.monotonic() - started < 5


def test_a_preview_that_is_no_data_is_none() -> None:
    def change(database: sqlite3.Connection) -> None:
        database.execute("INSERT INTO CanvasPreview (ImageData) VALUES ('text')")

    assert "holds no picture of itself" in refused(clip(None, change))


@pytest.mark.parametrize(
    "data",
    [
        clip_around(b""),
        clip_around(b"SQLite format 3\0"),
        clip_around(bytes(5000)),
        clip(PNG)[:24],
        clip(PNG).replace(b"CHNKSQLi", b"CHNKsqli"),
        clip(PNG, lambda database: database.execute("DROP TABLE CanvasPreview")),
        struct.pack(">8sQQ", b"CSFCHUNK", 40, 24) + struct.pack(">8sQ", b"CHNKExta", 2**64 - 1),
        struct.pack(">8sQQ", b"CSFCHUNK", 40, 24) + struct.pack(">8sQ", b"CHNKExta", 0) * 300_000,
    ],
    ids=["empty", "only a head", "zeros", "only a beginning", "no database", "no table", "a huge claim", "many chunks"],
)
def test_a_clip_studio_file_without_a_database_that_can_be_read_is_damaged(data: bytes) -> None:
    assert refused(data) == "the Clip Studio file is damaged or cut off"
