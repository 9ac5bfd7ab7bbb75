"""When a picture was made, as its file says."""

import io
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from indexer.fingerprints.intake import fingerprint_file
from indexer.images.dates import created_in
from indexer.images.loading import open_pictures
from tests.helpers.pictures import draw

XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description {}/></x:xmpmeta>'


def created(data: bytes) -> str | None:
    return next(open_pictures(io.BytesIO(data), "picture")).created


def jpeg(exif: dict[int, str] | None = None, xmp: str = "") -> bytes:
    """A JPEG with these tags of the EXIF block and this XMP packet."""
    tags = Image.Exif()
    tags[0x0132] = "2025:12:31 00:00:00"  # of the last change
    tags._ifds[0x8769] = exif or {}
    out = io.BytesIO()
    draw(1, (64, 48)).save(out, "JPEG", exif=tags, **({"xmp": xmp.encode()} if xmp else {}))
    return out.getvalue()


def test_a_camera_s_date_is_read_and_that_of_the_last_change_is_not() -> None:
    assert created(jpeg({0x9003: "2021:08:30 10:00:00"})) == "2021-08-30"
    assert created(jpeg()) is None


def test_the_earliest_of_several_dates_counts() -> None:
    xmp = XMP.format('xmp:CreateDate="2019-02-03T10:00:00+02:00" xmp:ModifyDate="2010-01-01T00:00:00Z"')
    assert created(jpeg({0x9003: "2021:08:30 10:00:00"}, xmp)) == "2019-02-03"


@pytest.mark.parametrize(
    "written",
    [
        XMP.format('xmp:CreateDate="2019-02-03T10:00:00"'),
        XMP.format("").replace("/>", "><xmp:CreateDate>2019-02-03</xmp:CreateDate></rdf:Description>"),
        XMP.format("photoshop:DateCreated='2019-02-03'"),
    ],
)
def test_a_painting_program_s_date_is_read_however_its_packet_is_written(written: str) -> None:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", written)
    out = io.BytesIO()
    draw(1, (64, 48)).save(out, "PNG", pnginfo=info)
    assert created(out.getvalue()) == "2019-02-03"


@pytest.mark.parametrize("written", ["0000:00:00 00:00:00", "2021:13:45 00:00:00", "yesterday", "", "\x00\xff"])
def test_a_clock_that_was_never_set_gives_no_date(written: str) -> None:
    assert created(jpeg({0x9003: written})) is None


def test_metadata_that_cannot_be_read_costs_the_date_and_not_the_picture() -> None:
    image = draw(1, (64, 48))
    image.info["xmp"] = object()
    assert created_in(image) is None


def test_the_date_comes_with_the_fingerprints(tmp_path: Path) -> None:
    place = tmp_path / "a.jpg"
    place.write_bytes(jpeg({0x9003: "2021:08:30 10:00:00"}))
    assert fingerprint_file(place, "a.jpg").created == "2021-08-30"
