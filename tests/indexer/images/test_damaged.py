"""A damaged file gives pictures or a sentence, never anything else; the artist is told which file it was."""

import io
import re
import struct
import sys
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from indexer.core.errors import InputProblem
from indexer.fingerprints.intake import fingerprint_picture
from indexer.images.colour import BLACK, WHITE
from indexer.images.loading import NO_MEMORY, Limits, open_pictures
from tests.helpers.artist_files import one_of_each_document
from tests.helpers.odd_files import PNG_HEAD, animation, one_of_each_kind, png_chunk, tiff_pages
from tests.helpers.pictures import as_bytes, draw
from tests.indexer.images.looking import is_same, open_all

pytestmark = pytest.mark.logs_warnings  # Pillow logs what it finds wrong in a TIFF

PAINTED = [kind for kind in one_of_each_document() if kind != "heic"]
KINDS = one_of_each_kind() | one_of_each_document()

SMALL = Limits(max_pixels=2_000_000)
"""Damage to a size must not make the test slow."""

MEMORY_BYTES = 1 << 30
TENTHS = range(1, 11)


@pytest.fixture(autouse=True, scope="module")
def little_memory() -> Iterator[None]:
    """As in a worker: a damaged size that asks for too much is refused by the system."""
    if sys.platform != "linux":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    with open("/proc/self/statm") as statm:  # noqa: PTH123
        held = int(statm.read().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (held + MEMORY_BYTES, hard))
    yield
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def pictures_or_sentence(data: bytes, *, may_reduce: bool = True) -> str | int:
    """How many pictures came, or why none did; anything else is a failure of the test."""
    because = None
    try:
        opened = open_all(data, SMALL, may_reduce=may_reduce)
    except InputProblem as problem:
        because = problem.because
    if because is not None:
        assert re.fullmatch(r"[a-z][^\n]+[^.\s]", because)
        return because
    for one in opened:
        one.on(BLACK)
        fingerprint_picture(one)
    return len(opened)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tenths", TENTHS)
def test_a_file_cut_off_anywhere_gives_pictures_or_a_sentence(kind: str, tenths: int) -> None:
    data = KINDS[kind]
    pictures_or_sentence(data[: len(data) * tenths // 10 - 1])
    pictures_or_sentence(data[: len(data) * tenths // 10 - 1], may_reduce=False)


@pytest.mark.parametrize(
    "kind", ["jpeg", "progressive jpeg", "cmyk jpeg", "png", "see-through png", "gif", "bmp", *PAINTED]
)
@pytest.mark.parametrize("tenths", range(2, 9))
def test_a_picture_of_which_a_part_is_missing_is_not_shown_as_if_it_were_whole(kind: str, tenths: int) -> None:
    data = KINDS[kind]
    assert str(pictures_or_sentence(data[: len(data) * tenths // 10])).endswith("file is damaged or cut off")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", range(1, 24))
def test_the_first_bytes_alone_give_a_sentence(kind: str, length: int) -> None:
    assert isinstance(pictures_or_sentence(KINDS[kind][:length]), str)


@settings(max_examples=400, deadline=None)
@given(
    kind=some.sampled_from(sorted(KINDS)),
    changes=some.lists(some.tuples(some.integers(0, 10**6), some.integers(0, 255)), min_size=1, max_size=6),
)
@example(kind="animated gif", changes=[(10, 255), (300, 1)])
def test_flipped_bytes_give_pictures_or_a_sentence(kind: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(KINDS[kind])
    for place, value in changes:
        data[place % len(data)] = value
    pictures_or_sentence(bytes(data))


@settings(max_examples=300, deadline=None)
@given(
    kind=some.sampled_from(sorted(KINDS)),
    changes=some.lists(some.tuples(some.integers(0, 120), some.integers(0, 255)), min_size=1, max_size=4),
)
def test_flipped_bytes_in_the_head_give_pictures_or_a_sentence(kind: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(KINDS[kind])
    for place, value in changes:
        data[place % len(data)] = value
    pictures_or_sentence(bytes(data))


@settings(max_examples=150, deadline=None)
@given(
    kind=some.sampled_from(sorted(KINDS)),
    cut=some.integers(0, 10**6),
    again=some.integers(0, 10**6),
    tail=some.binary(max_size=40),
)
def test_parts_repeated_and_strangers_appended_give_pictures_or_a_sentence(
    kind: str, cut: int, again: int, tail: bytes
) -> None:
    data = KINDS[kind]
    pictures_or_sentence(data[: cut % len(data)] + data[again % len(data) :] + tail)


@settings(max_examples=200, deadline=None)
@given(some.sampled_from([data[:16] for data in KINDS.values()]), some.binary(max_size=300))
def test_any_bytes_behind_a_true_beginning_give_pictures_or_a_sentence(head: bytes, rest: bytes) -> None:
    pictures_or_sentence(head + rest)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "gif"])
def test_a_stranger_s_bytes_behind_a_picture_do_not_cost_it(kind: str) -> None:
    assert pictures_or_sentence(KINDS[kind] + b"<script>" * 100) == 1


def test_a_damaged_later_page_keeps_the_pages_before_it() -> None:
    pages = [draw(number, (96, 64)) for number in range(3)]
    data = bytearray(tiff_pages(pages, compression="tiff_adobe_deflate"))
    second = _strip_of_page(bytes(data), 2)
    data[second : second + 200] = bytes(200)
    seen = []
    with pytest.raises(InputProblem, match="the TIFF file is damaged or cut off"):
        _collect(bytes(data), seen)
    assert len(seen) == 1
    assert is_same(seen[0].on(WHITE), pages[0])


def test_a_later_page_whose_directory_is_cut_off_gives_the_pages_before_it_or_a_sentence() -> None:
    data = tiff_pages([draw(number, (96, 64)) for number in range(3)])
    for cut in range(100, 2000, 100):
        pictures_or_sentence(data[:-cut])


def test_pages_that_point_at_each_other_in_a_circle_end() -> None:
    data = bytearray(tiff_pages([draw(number, (32, 32)) for number in range(2)]))
    first = struct.unpack_from("<I", data, 4)[0]
    second_link = _next_link(data, first)
    second = struct.unpack_from("<I", data, second_link)[0]
    struct.pack_into("<I", data, _next_link(data, second), first)
    assert pictures_or_sentence(bytes(data)) == 2


def test_a_comment_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = zlib.compress(bytes(80 << 20), 9)
    whole = as_bytes(draw(1, (64, 64)))
    ihdr_end = len(PNG_HEAD) + 25
    data = whole[:ihdr_end] + png_chunk(b"zTXt", b"Comment\x00\x00" + bomb) + whole[ihdr_end:]
    assert pictures_or_sentence(data) == "the PNG file is damaged or cut off"


@pytest.mark.skipif(sys.platform != "linux", reason="the memory limit of this test is Linux's")
def test_a_frame_that_asks_for_too_much_memory_says_so() -> None:
    data = bytearray(animation("GIF", 9))
    passed_over = _second_frame_of_gif(bytes(data))
    struct.pack_into("<HH", data, passed_over + 5, 65535, 65535)
    assert pictures_or_sentence(bytes(data)) == NO_MEMORY


def _collect(data: bytes, seen: list) -> None:
    seen.extend(open_pictures(io.BytesIO(data), "a file"))


def _next_link(data: bytes | bytearray, directory: int) -> int:
    """Where a TIFF directory says which one follows."""
    (count,) = struct.unpack_from("<H", data, directory)
    return directory + 2 + 12 * count


def _strip_of_page(data: bytes, page: int) -> int:
    """Where the pixels of a page begin."""
    directory = struct.unpack_from("<I", data, 4)[0]
    for _ in range(page - 1):
        directory = struct.unpack_from("<I", data, _next_link(data, directory))[0]
    (count,) = struct.unpack_from("<H", data, directory)
    entries = (struct.unpack_from("<HHII", data, directory + 2 + 12 * number) for number in range(count))
    return next(value for tag, _, _, value in entries if tag == 273)


def _second_frame_of_gif(data: bytes) -> int:
    """Where the second frame says its place and size."""
    first = data.index(b"\x2c\x00\x00\x00\x00")
    return data.index(b"\x2c\x00\x00\x00\x00", first + 1)
