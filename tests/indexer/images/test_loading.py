"""Every kind of picture opens as the artist sees it: upright, in its own colours, at its full size."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from indexer.core.errors import InputProblem
from indexer.images.colour import BLACK, WHITE
from indexer.images.loading import (
    LARGE_PIXELS,
    REDUCED_EDGE,
    Limits,
    open_file,
    open_pictures,
    open_view,
    srgb_pixels,
)
from tests.helpers.odd_files import (
    ORIENTATION,
    animation,
    as_stored,
    black_png,
    cmyk_jpeg,
    deep_tiff,
    lab_tiff,
    one_of_each_kind,
    swapped_profile,
    tiff_pages,
    turned,
)
from tests.helpers.pictures import as_bytes, draw
from tests.indexer.images.looking import difference, is_same, on_white, open_all, open_one

SIZE = (96, 64)
PICTURE = draw(1, SIZE)
ORIENTATIONS = range(1, 9)
TURNED_KINDS = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {},
    "WEBP": {"lossless": True},
    "TIFF": {},
    "AVIF": {"quality": 95},
}


@pytest.mark.parametrize("kind", one_of_each_kind())
def test_every_kind_opens_at_its_full_size(kind: str) -> None:
    first = open_all(one_of_each_kind()[kind])[0]
    assert (first.frame, first.width, first.height, first.original.size) == (1, *SIZE, SIZE)
    assert first.on(WHITE).size == SIZE
    assert first.on(WHITE).mode in ("L", "RGB")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_a_kind_without_loss_gives_every_value_back(kind: str) -> None:
    assert is_same(on_white(as_bytes(PICTURE, kind)), PICTURE)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd", "lzma"])
def test_a_packed_tiff_gives_every_value_back(compression: str) -> None:
    assert is_same(on_white(as_bytes(PICTURE, "TIFF", compression=compression)), PICTURE)


def test_a_tiff_of_the_large_form_gives_every_value_back() -> None:
    data = as_bytes(PICTURE, "TIFF", big_tiff=True)
    assert data.startswith(b"II+\x00")
    assert is_same(on_white(data), PICTURE)


def test_a_webp_without_loss_gives_every_value_back() -> None:
    assert is_same(on_white(as_bytes(PICTURE, "WEBP", lossless=True)), PICTURE)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("WEBP", {"quality": 95}),
        ("AVIF", {"quality": 95}),
    ],
)
def test_a_kind_with_loss_looks_the_same(kind: str, options: dict[str, object]) -> None:
    assert difference(on_white(as_bytes(PICTURE, kind, **options)), PICTURE) < 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP"])
def test_a_grey_picture_stays_grey(kind: str) -> None:
    opened = open_one(as_bytes(PICTURE.convert("L"), kind))
    assert opened.on(WHITE).mode == "L"
    assert difference(opened.on(WHITE), PICTURE.convert("L")) < 3


def test_a_gif_keeps_the_colours_of_its_palette() -> None:
    few = PICTURE.quantize(16)
    assert is_same(on_white(as_bytes(few, "GIF")), few.convert("RGB"))


def test_a_drawing_in_black_and_white_is_black_and_white() -> None:
    drawing = PICTURE.convert("1")
    opened = open_one(as_bytes(drawing, "PNG")).on(WHITE)
    assert opened.mode == "L"
    assert np.array_equal(np.asarray(opened) > 0, np.asarray(drawing))


@pytest.mark.parametrize("adobe", [True, False])
@pytest.mark.parametrize("progressive", [True, False])
def test_a_cmyk_jpeg_has_its_colours_with_and_without_photoshop_s_mark(adobe: bool, progressive: bool) -> None:
    opened = on_white(cmyk_jpeg(PICTURE, adobe=adobe, progressive=progressive))
    assert difference(opened, PICTURE) < 6


@pytest.mark.parametrize("adobe", [True, False])
def test_a_large_cmyk_jpeg_has_its_colours_also_where_it_is_averaged(adobe: bool) -> None:
    large = PICTURE.resize((4800, 3600), Image.Resampling.NEAREST)
    assert large.width * large.height > LARGE_PIXELS
    opened = open_one(cmyk_jpeg(large, adobe=adobe), may_reduce=True)
    assert opened.original.width < large.width
    assert difference(opened.on(WHITE), large.resize(opened.original.size, Image.Resampling.BOX)) < 6


def test_a_cmyk_tiff_has_its_colours() -> None:
    layers = PICTURE.convert("CMYK")
    assert is_same(on_white(as_bytes(layers, "TIFF")), layers.convert("RGB"))


def test_a_lab_tiff_has_its_colours() -> None:
    assert difference(on_white(lab_tiff(PICTURE)), PICTURE) < 3


def test_sixteen_bits_of_grey_are_scaled_and_not_cut() -> None:
    grey = np.asarray(PICTURE.convert("L"))
    opened = on_white(deep_tiff(grey.astype(np.uint16) * 257))
    assert is_same(opened, Image.fromarray(grey))


def test_sixteen_bits_of_grey_in_a_png_are_scaled_and_not_cut() -> None:
    grey = np.asarray(PICTURE.convert("L"))
    opened = on_white(as_bytes(Image.fromarray(grey.astype(np.uint16) * 257), "PNG"))
    assert is_same(opened, Image.fromarray(grey))


def test_sixteen_bits_of_colour_are_scaled_and_not_cut() -> None:
    values = np.asarray(PICTURE)
    assert is_same(on_white(deep_tiff(values.astype(np.uint16) * 257)), PICTURE)


@pytest.mark.parametrize("full", [1.0, 255.0])
def test_numbers_with_a_point_are_scaled_by_their_own_range(full: float) -> None:
    grey = np.asarray(PICTURE.convert("L")).astype(np.float32)
    opened = on_white(deep_tiff(grey / np.float32(255) * np.float32(full)))
    assert difference(opened, PICTURE.convert("L")) < 1


def test_numbers_that_are_none_are_black() -> None:
    values = np.full((64, 96), 0.5, np.float32)
    values[0, :3] = np.nan, np.inf, -np.inf
    shown = np.asarray(open_one(deep_tiff(values)).on(WHITE))
    assert shown[0, :4].tolist() == [0, 0, 0, 128]


def test_see_through_parts_lie_on_the_ground_that_is_asked_for() -> None:
    layer = PICTURE.convert("RGBA")
    layer.putalpha(Image.linear_gradient("L").resize(SIZE))
    opened = open_one(as_bytes(layer, "PNG"))
    assert opened.is_see_through
    for ground in (WHITE, BLACK):
        expected = Image.alpha_composite(Image.new("RGBA", SIZE, ground), layer)
        assert difference(opened.on(ground), expected) < 1


def test_see_through_grey_lies_on_the_ground_that_is_asked_for() -> None:
    layer = Image.merge("LA", (PICTURE.convert("L"), Image.new("L", SIZE, 0)))
    opened = open_one(as_bytes(layer, "PNG"))
    assert opened.on(WHITE).getextrema() == ((255, 255),) * 3
    assert opened.on(BLACK).getextrema() == ((0, 0),) * 3


def test_a_palette_with_a_see_through_colour_shows_the_ground_there() -> None:
    few = PICTURE.quantize(8)
    clear = np.asarray(few) == 3
    opened = open_one(as_bytes(few, "PNG", transparency=3))
    assert opened.is_see_through
    assert (np.asarray(opened.on(BLACK))[clear] == 0).all()
    assert (np.asarray(opened.on(WHITE))[clear] == 255).all()
    assert (np.asarray(opened.on(WHITE))[~clear] == np.asarray(few.convert("RGB"))[~clear]).all()


def test_a_palette_whose_colours_are_half_see_through_shows_half_of_the_ground() -> None:
    plain = Image.new("P", SIZE, 1)
    plain.putpalette([0, 0, 0, 0, 0, 0])
    opened = open_one(as_bytes(plain, "PNG", transparency=bytes([255, 128])))
    assert opened.on(WHITE).getpixel((0, 0)) == (127, 127, 127)
    assert opened.on(BLACK).getpixel((0, 0)) == (0, 0, 0)


def test_a_colour_that_a_png_declares_see_through_shows_the_ground() -> None:
    plain = Image.new("RGB", SIZE, (10, 20, 30))
    opened = open_one(as_bytes(plain, "PNG", transparency=(10, 20, 30)))
    assert opened.on(WHITE).getextrema() == ((255, 255),) * 3


def test_an_ordinary_picture_is_the_same_on_every_ground() -> None:
    opened = open_one(as_bytes(PICTURE))
    assert opened.is_plain
    assert not opened.is_see_through
    assert is_same(opened.on(WHITE), opened.on(BLACK))


@pytest.mark.parametrize("kind", TURNED_KINDS)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_photo_is_turned_upright(kind: str, orientation: int) -> None:
    data = turned(as_stored(PICTURE, orientation), orientation, kind, **TURNED_KINDS[kind])
    opened = open_one(data)
    assert (opened.width, opened.height) == SIZE
    assert difference(opened.on(WHITE), PICTURE) < 4


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_reduced_photo_is_turned_upright_and_keeps_its_full_size(orientation: int) -> None:
    photo = draw(2, (3200, 2400))
    opened = open_one(turned(as_stored(photo, orientation), orientation, "JPEG"), may_reduce=True)
    assert (opened.width, opened.height) == photo.size
    assert difference(opened.on(WHITE), photo.convert("L").resize((1600, 1200), Image.Resampling.BOX)) < 3


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    assert is_same(on_white(turned(PICTURE, orientation, "PNG")), PICTURE)


def test_a_broken_exif_block_does_not_cost_the_picture() -> None:
    assert is_same(on_white(as_bytes(PICTURE, "PNG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff junk")), PICTURE)


def test_a_turned_see_through_picture_is_turned_with_its_ground() -> None:
    layer = PICTURE.convert("RGBA")
    layer.paste((0, 0, 0, 0), (0, 0, 48, 64))
    opened = open_one(turned(as_stored(layer, 6), 6, "PNG"))
    assert difference(opened.on(WHITE), Image.alpha_composite(Image.new("RGBA", SIZE, WHITE), layer)) < 1


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
@pytest.mark.parametrize(
    ("frames", "looked_at"),
    [(2, [1, 2]), (5, [1, 2, 3, 4, 5]), (9, [1, 3, 5, 7, 9]), (12, [1, 4, 7, 9, 12])],
)
def test_an_animation_is_looked_at_from_its_first_frame_to_its_last(kind: str, frames: int, looked_at: list) -> None:
    opened = open_all(animation(kind, frames))
    assert [one.frame for one in opened] == looked_at
    assert {one.frames for one in opened} == {frames}


@pytest.mark.parametrize(("kind", "most"), [("GIF", 22), ("WEBP", 10), ("PNG", 0), ("AVIF", 12)])
def test_each_frame_shows_its_own_picture(kind: str, most: int) -> None:
    for opened in open_all(animation(kind, 9)):
        assert difference(opened.on(WHITE), draw(opened.frame, SIZE)) <= most


def test_frames_stay_as_they_were_while_later_ones_are_read() -> None:
    stream = io.BytesIO(animation("PNG", 5))
    pictures = open_pictures(stream, "a file")
    first = next(pictures)
    list(pictures)
    assert is_same(first.on(WHITE), draw(1, SIZE))


def test_every_page_of_a_tiff_shows_its_own_picture_and_size() -> None:
    sizes = [(96, 64), (40, 80), (64, 64)]
    pages = [draw(number, size) for number, size in enumerate(sizes)]
    opened = open_all(tiff_pages(pages))
    assert [one.frame for one in opened] == [1, 2, 3]
    for one, page in zip(opened, pages, strict=True):
        assert (one.width, one.height) == page.size
        assert is_same(one.on(WHITE), page)


def test_pages_of_different_modes_show_their_own_colours() -> None:
    pages = [PICTURE, PICTURE.convert("L"), PICTURE.convert("1"), PICTURE.convert("CMYK"), PICTURE.convert("RGBA")]
    opened = open_all(tiff_pages(pages))
    assert [one.original.mode for one in opened] == ["RGB", "L", "1", "CMYK", "RGBA"]
    for one, page in zip(opened, pages, strict=True):
        assert is_same(one.on(WHITE), page.convert("RGB"))


def test_a_page_that_is_a_small_copy_of_another_is_left_out() -> None:
    pages = [PICTURE, PICTURE.resize((48, 32)), draw(5, SIZE)]
    opened = open_all(tiff_pages(pages, small_copies=[2]))
    assert [one.frame for one in opened] == [1, 3]
    assert is_same(opened[1].on(WHITE), pages[2])


def test_a_tiff_that_consists_of_a_small_copy_is_looked_at() -> None:
    assert [one.frame for one in open_all(tiff_pages([PICTURE], small_copies=[1]))] == [1]


def test_pages_are_turned_each_by_its_own_mark() -> None:
    pages = [as_stored(draw(number, SIZE), number) for number in ORIENTATIONS]
    out = io.BytesIO()
    with AppendingTiffWriter(out) as writer:
        for number, page in zip(ORIENTATIONS, pages, strict=True):
            page.save(writer, "TIFF", tiffinfo={ORIENTATION: number})
            writer.newFrame()
    for one in open_all(out.getvalue()):
        assert (one.width, one.height) == SIZE
        assert is_same(one.on(WHITE), draw(one.frame, SIZE))


def test_only_so_many_pages_are_looked_at() -> None:
    data = tiff_pages([draw(number, (16, 16)) for number in range(7)])
    assert [one.frame for one in open_all(data, Limits(max_pages=4))] == [1, 2, 3, 4]


def test_the_gain_map_of_a_phone_s_photo_is_no_picture_of_its_own() -> None:
    data = as_bytes(PICTURE, "MPO", save_all=True, append_images=[draw(2, (48, 32))], quality=95)
    opened = open_one(data)
    assert (opened.frame, opened.frames, opened.width, opened.height) == (1, 1, *SIZE)
    assert difference(opened.on(WHITE), PICTURE) < 4


def test_a_large_jpeg_is_decoded_smaller_only_where_that_is_allowed() -> None:
    data = as_bytes(draw(3, (3200, 2400)), "JPEG")
    assert open_one(data).original.size == (3200, 2400)
    reduced = open_one(data, may_reduce=True)
    assert (reduced.width, reduced.height) == (3200, 2400)
    assert reduced.original.size == (1600, 1200)
    assert reduced.original.mode == "L"


def test_a_phone_s_photo_with_a_gain_map_is_decoded_smaller_too() -> None:
    data = as_bytes(draw(3, (3200, 2400)), "MPO", save_all=True, append_images=[draw(2, (48, 32))])
    assert open_one(data, may_reduce=True).original.size == (1600, 1200)


@pytest.mark.parametrize("size", [(1499, 1000), (2999, 2000), (3000, 400), (400, 5999)])
def test_a_reduced_jpeg_keeps_its_long_edge(size: tuple[int, int]) -> None:
    reduced = open_one(as_bytes(Image.new("RGB", size), "JPEG"), may_reduce=True)
    assert max(reduced.original.size) >= min(REDUCED_EDGE, max(size))


def test_a_large_picture_of_another_kind_is_averaged() -> None:
    opened = open_one(black_png(5000, 4000), may_reduce=True)
    assert (opened.width, opened.height, opened.original.size) == (5000, 4000, (2500, 2000))


@pytest.mark.parametrize("depth", [np.uint16, np.float32])
def test_a_large_deep_picture_is_averaged_too(depth: type) -> None:
    grey = np.asarray(PICTURE.convert("L").resize((4800, 3600), Image.Resampling.NEAREST))
    scaled = grey.astype(depth) * depth(257 if depth is np.uint16 else 1)
    opened = open_one(deep_tiff(scaled), may_reduce=True)
    assert opened.original.size == (2400, 1800)
    expected = Image.fromarray(grey).resize((2400, 1800), Image.Resampling.BOX)
    assert difference(opened.on(WHITE), expected) < 1


def test_a_view_is_upright_small_and_knows_the_full_size() -> None:
    photo = draw(4, (2400, 1600))
    data = turned(as_stored(photo, 6), 6, "JPEG", quality=95)
    view = open_view(io.BytesIO(data), "a file", 1, 600)
    assert (view.width, view.height, view.image.size, view.image.mode) == (2400, 1600, (600, 400), "RGB")
    assert difference(view.image, photo.resize((600, 400), Image.Resampling.LANCZOS)) < 3


def test_a_view_of_a_small_picture_is_the_picture() -> None:
    assert is_same(open_view(io.BytesIO(as_bytes(PICTURE)), "a file", 1, 600).image, PICTURE)


def test_a_view_of_a_see_through_picture_lies_on_white() -> None:
    data = as_bytes(Image.new("RGBA", SIZE, (0, 0, 0, 0)))
    assert open_view(io.BytesIO(data), "a file", 1, 600).image.getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize("frame", [1, 4, 9])
def test_a_view_can_be_of_a_later_frame(frame: int) -> None:
    view = open_view(io.BytesIO(animation("PNG", 9)), "a file", frame, 600)
    assert is_same(view.image, draw(frame, SIZE))


def test_a_view_of_a_frame_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputProblem, match="the PNG file is damaged"):
        open_view(io.BytesIO(animation("PNG", 3)), "a file", 7, 600)


def test_srgb_pixels_are_upright_and_have_an_opaque_layer() -> None:
    pixels = srgb_pixels(io.BytesIO(turned(as_stored(PICTURE, 5), 5, "PNG")), "a file")
    assert pixels is not None
    assert pixels.mode == "RGBA"
    assert is_same(pixels, PICTURE)
    assert pixels.getchannel("A").getextrema() == (255, 255)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_has_no_srgb_pixels(kind: str) -> None:
    assert srgb_pixels(io.BytesIO(animation(kind, 3)), "a file") is None


def test_a_phone_s_photo_with_a_gain_map_has_srgb_pixels() -> None:
    data = as_bytes(PICTURE, "MPO", save_all=True, append_images=[draw(2, (48, 32))], quality=95)
    pixels = srgb_pixels(io.BytesIO(data), "a file")
    assert pixels is not None
    assert difference(pixels, PICTURE) < 4


def test_the_srgb_pixels_of_a_tiff_are_those_of_its_first_page() -> None:
    pixels = srgb_pixels(io.BytesIO(tiff_pages([PICTURE, draw(2, SIZE)])), "a file")
    assert pixels is not None
    assert is_same(pixels, PICTURE)


def _exchanged(picture: Image.Image) -> Image.Image:
    red, green, blue = picture.convert("RGB").split()
    return Image.merge("RGB", (green, red, blue))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_colour_profile_is_applied_to_srgb_pixels(mode: str) -> None:
    picture = PICTURE.quantize(32) if mode == "P" else PICTURE.convert(mode)
    data = as_bytes(picture, "PNG", icc_profile=swapped_profile())
    pixels = srgb_pixels(io.BytesIO(data), "a file")
    assert pixels is not None
    assert difference(pixels, _exchanged(picture)) < 2


def test_a_colour_profile_is_not_applied_to_what_is_fingerprinted() -> None:
    assert is_same(on_white(as_bytes(PICTURE, "PNG", icc_profile=swapped_profile())), PICTURE)


@pytest.mark.parametrize("profile", [b"no profile at all", swapped_profile()[:200]])
def test_a_picture_whose_profile_cannot_be_used_has_no_srgb_pixels(profile: bytes) -> None:
    assert srgb_pixels(io.BytesIO(as_bytes(PICTURE, "PNG", icc_profile=profile)), "a file") is None


def test_a_grey_picture_with_a_profile_for_colours_has_no_srgb_pixels() -> None:
    data = as_bytes(PICTURE.convert("L"), "PNG", icc_profile=swapped_profile())
    assert srgb_pixels(io.BytesIO(data), "a file") is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (as_bytes(PICTURE.convert("L"), "PNG"), PICTURE.convert("L")),
        (as_bytes(PICTURE.convert("1"), "PNG"), PICTURE.convert("1")),
        (deep_tiff(np.asarray(PICTURE.convert("L")).astype(np.uint16) * 257), PICTURE.convert("L")),
        (cmyk_jpeg(PICTURE, adobe=True), PICTURE),
        (cmyk_jpeg(PICTURE, adobe=False), PICTURE),
        (lab_tiff(PICTURE), PICTURE),
    ],
    ids=["grey", "black and white", "deep grey", "cmyk", "cmyk without a mark", "lab"],
)
def test_srgb_pixels_of_other_colours(data: bytes, expected: Image.Image) -> None:
    pixels = srgb_pixels(io.BytesIO(data), "a file")
    assert pixels is not None
    assert pixels.mode == "RGBA"
    assert difference(pixels, expected) < 6


def test_srgb_pixels_keep_what_is_see_through() -> None:
    layer = PICTURE.convert("RGBA")
    layer.putalpha(Image.linear_gradient("L").resize(SIZE))
    for options in ({}, {"icc_profile": swapped_profile()}):
        pixels = srgb_pixels(io.BytesIO(as_bytes(layer, "PNG", **options)), "a file")
        assert pixels is not None
        assert is_same(pixels.getchannel("A"), layer.getchannel("A"))


def test_the_position_of_the_stream_does_not_matter() -> None:
    stream = io.BytesIO(as_bytes(PICTURE))
    stream.seek(30)
    assert len(list(open_pictures(stream, "a file"))) == 1


def test_a_file_is_opened_for_reading(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"123")
    with open_file(tmp_path / "a.png", "a.png") as stream:
        assert stream.read() == b"123"
