"""A Photoshop document gives its flattened picture, in the colours that its artist saw, or says why it gives none."""

import io
import struct

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from indexer.core.errors import InputProblem
from indexer.images.colour import BLACK, WHITE
from indexer.images.loading import Limits, srgb_pixels
from indexer.images.photoshop import NOT_MERGED
from tests.helpers.artist_files import (
    BITMAP,
    CMYK,
    DUOTONE,
    GREY,
    INDEXED,
    LAB,
    MULTICHANNEL,
    RGB,
    Photoshop,
    channels_of,
    lab_channels,
    laid_on_white,
    psd,
)
from tests.helpers.odd_files import swapped_profile
from tests.helpers.pictures import draw
from tests.indexer.images.looking import difference, is_same, on_white, open_all, open_one

PICTURE = draw(7, (95, 61))  # an odd width, so that rows of bits and bytes do not end together
GREYS = PICTURE.convert("L")
LARGE_OR_NOT = pytest.mark.parametrize("is_large", [False, True], ids=["psd", "psb"])
PACKED_OR_NOT = pytest.mark.parametrize("is_packed", [False, True], ids=["raw", "packed"])


def see_through(mode: str = "RGBA") -> Image.Image:
    """A picture that fades from nothing to itself."""
    picture = PICTURE.convert(mode)
    picture.putalpha(Image.linear_gradient("L").resize(PICTURE.size))
    return picture


def refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(InputProblem) as caught:
        open_all(data, limits or Limits())
    return caught.value.because


@LARGE_OR_NOT
@PACKED_OR_NOT
def test_eight_bits_are_read_as_they_are(is_large: bool, is_packed: bool) -> None:
    facts = {"is_large": is_large, "is_packed": is_packed}
    assert is_same(on_white(psd(PICTURE, **facts)), PICTURE)
    assert is_same(on_white(psd(GREYS, **facts)), GREYS)


@LARGE_OR_NOT
@PACKED_OR_NOT
def test_sixteen_bits_are_read_by_their_full_range(is_large: bool, is_packed: bool) -> None:
    deep = [channel.astype(np.uint16) * 257 for channel in channels_of(PICTURE)]
    assert is_same(on_white(Photoshop(RGB, 16, is_large, is_packed).of(*deep)), PICTURE)
    assert is_same(on_white(Photoshop(GREY, 16, is_large, is_packed).of(deep[0])), PICTURE.getchannel(0))


@LARGE_OR_NOT
@PACKED_OR_NOT
def test_thirty_two_bits_are_linear_light(is_large: bool, is_packed: bool) -> None:
    """The curve is that of the sRGB standard, written out here for a few values and used for a whole picture."""
    values = np.asarray(PICTURE) / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    data = Photoshop(RGB, 32, is_large, is_packed, profile=swapped_profile()).of(*np.moveaxis(light, 2, 0))
    assert is_same(on_white(data), PICTURE)
    assert "icc_profile" not in open_one(data).original.info


def test_light_beyond_white_and_what_is_no_number_are_bounded() -> None:
    light = np.array([[np.nan, np.inf, -np.inf, 12.0, -1.0, 0.2140]], np.float32)
    read = np.asarray(open_one(Photoshop(GREY, 32).of(light)).original)
    assert read.tolist() == [[0, 255, 0, 255, 0, 127]]


@PACKED_OR_NOT
def test_a_bitmap_is_black_where_its_bits_are_set(is_packed: bool) -> None:
    ink = np.asarray(GREYS) < 128
    expected = Image.fromarray(np.where(ink, 0, 255).astype(np.uint8))
    assert is_same(on_white(Photoshop(BITMAP, 1, is_packed=is_packed).of(ink)), expected)


def test_a_duotone_is_read_as_grey() -> None:
    assert is_same(on_white(Photoshop(DUOTONE, colour_table=bytes(500)).of(np.asarray(GREYS))), GREYS)


def test_indexed_colours_are_looked_up() -> None:
    palette = PICTURE.quantize(200)
    table = np.zeros((256, 3), np.uint8)
    entries = np.frombuffer(palette.palette.tobytes(), np.uint8).reshape(-1, 3)
    table[: len(entries)] = entries
    data = Photoshop(INDEXED, colour_table=table.T.tobytes()).of(np.asarray(palette))
    assert is_same(on_white(data), palette.convert("RGB"))


def test_the_see_through_colour_of_indexed_colours_shows_the_background() -> None:
    indices = np.array([[0, 1, 2]], np.uint8)
    data = Photoshop(INDEXED, colour_table=bytes(range(256)) * 3, transparent_index=1).of(indices)
    opened = open_one(data)
    assert opened.is_see_through
    assert np.asarray(opened.on(WHITE))[0].tolist() == [[0] * 3, [255] * 3, [2] * 3]


@pytest.mark.parametrize("depth", [8, 16])
def test_cmyk_is_the_right_way_round(depth: int) -> None:
    ink = PICTURE.convert("CMYK")
    stored = [255 - channel.astype(np.uint16) for channel in channels_of(ink)]
    data = Photoshop(CMYK, depth).of(*(channel * (257 if depth == 16 else 1) for channel in stored))
    assert open_one(data).original.mode == "CMYK"
    assert is_same(on_white(data), ink.convert("RGB"))


@pytest.mark.parametrize("depth", [8, 16])
def test_lab_colours_come_back(depth: int) -> None:
    channels = [channel.astype(np.uint16) * (257 if depth == 16 else 1) for channel in lab_channels(PICTURE)]
    assert difference(on_white(Photoshop(LAB, depth).of(*channels)), PICTURE) < 2


def test_a_colour_profile_is_kept_for_the_pixel_hash() -> None:
    pixels = srgb_pixels(io.BytesIO(psd(PICTURE, profile=swapped_profile())), "a file")
    assert pixels is not None
    red, green, _, _ = pixels.split()
    assert difference(red, PICTURE.getchannel("G")) < 12
    assert difference(green, PICTURE.getchannel("R")) < 12


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_colours_that_photoshop_laid_on_white_are_laid_on_it_once(mode: str) -> None:
    """White showed through twice would be a paler picture than the artist's own export."""
    picture = see_through(mode)
    opened = open_one(Photoshop(RGB if mode == "RGBA" else GREY, layers=-1).of(*laid_on_white(picture)))
    assert opened.is_see_through
    for ground in (WHITE, BLACK):
        expected = Image.new("RGB", picture.size, ground)
        expected.paste(picture.convert("RGBA"), mask=picture.getchannel("A"))
        assert difference(opened.on(ground), expected) < 1


def test_colours_that_another_program_stored_as_they_are_are_kept() -> None:
    """Krita 5.1 writes them so."""
    picture = see_through()
    assert open_one(Photoshop(layers=-1).of(*channels_of(picture))).original.tobytes() == picture.tobytes()


@LARGE_OR_NOT
@pytest.mark.parametrize("depth", [16, 32])
def test_a_deep_file_tells_in_a_block_of_its_own_that_it_is_see_through(depth: int, is_large: bool) -> None:
    full = 65535 if depth == 16 else 1.0
    colour, alpha = np.full((4, 6), full), np.linspace(0, full, 24).reshape(4, 6)
    facts = Photoshop(RGB, depth, is_large, layers=-2, in_deep_block=True)
    opened = open_one(facts.of(colour, colour, colour, alpha))
    assert opened.original.mode == "RGBA"
    expected = np.round(np.linspace(0, 255, 24)).reshape(4, 6)
    assert np.abs(np.asarray(opened.original.getchannel("A")) - expected).max() <= 1


@pytest.mark.parametrize("layers", [None, 3])
@LARGE_OR_NOT
def test_a_saved_selection_is_not_taken_for_transparency(layers: int | None, is_large: bool) -> None:
    selection = np.zeros(PICTURE.size[::-1])
    data = Photoshop(RGB, is_large=is_large, layers=layers).of(*channels_of(PICTURE), selection, selection)
    assert is_same(on_white(data), PICTURE)
    assert not open_one(data).is_see_through


def test_a_file_that_says_nothing_of_being_flattened_is_believed_to_be() -> None:
    assert is_same(on_white(psd(PICTURE, is_merged=None)), PICTURE)


def test_a_file_without_a_flattened_picture_says_what_to_turn_on() -> None:
    assert refused(psd(Image.new("RGB", (64, 64), "white"), is_merged=False, layers=4)) == NOT_MERGED
    assert "Maximize compatibility" in NOT_MERGED


@pytest.mark.parametrize(
    "data",
    [
        Photoshop(MULTICHANNEL).of(*channels_of(PICTURE)),
        Photoshop(RGB).of(*channels_of(PICTURE)[:2]),
        Photoshop(BITMAP, 8).of(np.asarray(GREYS)),
        psd(PICTURE).replace(b"8BPS\0\1", b"8BPS\0\3", 1),
        psd(PICTURE, colour_table=b"")[:26],
    ],
    ids=["multichannel", "too few channels", "odd depth", "a later version", "only a header"],
)
def test_what_is_not_read_of_photoshop_is_said(data: bytes) -> None:
    assert refused(data).startswith(("it begins like Photoshop, but is damaged or of a form", "the Photoshop file is"))


@pytest.mark.parametrize("compression", [2, 3, 77])
def test_another_compression_is_refused(compression: int) -> None:
    data = bytearray(psd(PICTURE, is_packed=False))
    pixels = PICTURE.width * PICTURE.height * 3
    data[-pixels - 2 : -pixels] = struct.pack(">H", compression)
    assert refused(bytes(data)) == "the Photoshop file is damaged or cut off"


def test_its_size_is_held_against_the_limit_before_a_pixel_is_read() -> None:
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 2, 3, 60_000, 60_000, 8, 3)
    data = head + bytes(4 + 4 + 8) + b"\0\1"
    assert refused(data) == "it has 3600 megapixels (60000 × 60000); the most is 200"


def test_sections_that_claim_more_than_the_file_has_are_not_asked_for() -> None:
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 2, 3, 60, 60, 8, 3)
    for claim in (b"\xff" * 4, bytes(4) + b"\xff" * 4, bytes(8) + b"\xff" * 8):
        assert refused(head + claim) == "the Photoshop file is damaged or cut off"


@pytest.mark.parametrize(
    "data",
    [
        psd(PICTURE),
        psd(GREYS, is_packed=False),
        psd(PICTURE, is_large=True, layers=2),
        Photoshop(RGB, 16, layers=1, in_deep_block=True).of(*(c.astype(np.uint16) * 257 for c in channels_of(PICTURE))),
        Photoshop(layers=-1).of(*laid_on_white(see_through())),
        Photoshop(BITMAP, 1).of(np.asarray(GREYS) < 128),
    ],
    ids=["psd", "grey", "psb", "deep", "see-through", "bitmap"],
)
def test_another_reader_sees_the_same(data: bytes) -> None:
    """The judge is psd-tools, which knows nothing of the writer in these tests."""
    judged = PSDImage.open(io.BytesIO(data)).topil(apply_icc=False)
    assert judged is not None
    ours = open_one(data).original
    assert ours.size == judged.size
    assert ("A" in ours.mode) == ("A" in judged.mode)
    assert np.abs(np.asarray(ours.convert("RGBA"), int) - np.asarray(judged.convert("RGBA"), int)).mean() < 1


@pytest.mark.parametrize("depth", [8, 16, 32])
def test_what_another_program_writes_is_read(depth: int) -> None:
    """Again psd-tools, this time as the writer."""
    written = PSDImage.new("RGB", PICTURE.size, depth=depth) if depth != 8 else PSDImage.frompil(PICTURE)
    out = io.BytesIO()
    written.save(out)
    expected = PICTURE if depth == 8 else Image.new("RGB", PICTURE.size)
    assert is_same(on_white(out.getvalue()), expected)


def test_a_large_document_is_averaged_for_fingerprints_and_reported_in_full() -> None:
    size = (5000, 3400)
    opened = open_one(psd(Image.linear_gradient("L").resize(size)), may_reduce=True)
    assert (opened.width, opened.height) == size
    assert opened.original.width < 5000


def test_lab_of_the_helper_is_lab() -> None:
    """The channels that the test of Lab colours writes are those of CIE Lab with offsets of 128, white at 255."""
    white, neutral = (channel[0, 0] for channel in lab_channels(Image.new("RGB", (1, 1), "white"))[:2])
    assert (white, neutral) == (255, 128)
