# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens picture files safely: limits before pixels, the decoder chosen by content, every failure one sentence.

A decode that hangs or crashes cannot be stopped from inside; callers surround it with `Monitor.attempt`.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from indexer.core.errors import InputProblem
from indexer.images.colour import WHITE, flatten, has_alpha, srgb_rgba
from indexer.images.containers import recognise_archive
from indexer.images.dates import created_in
from indexer.images.formats import HEIC, PHOTOSHOP, TIFF, ZIP, Format, why_not_read
from indexer.images.opening import Source, open_source, recognise_stream
from indexer.images.shrinking import average_blocks, shrink_within

Image.MAX_IMAGE_PIXELS = None  # our own limit is checked first, and gives a sentence

REDUCED_EDGE = 1500
"""A JPEG may be decoded at half, a quarter or an eighth of its size as long as its long edge keeps this many pixels;
where that makes it no smaller it is decoded in full, and PDQ is exactly that of its reference.

Seen on 79 large pictures: at 1500 PDQ moves by at most 6 bits of 256 and pHash by at most 2; at 1024 PDQ moved by up
to 16. `tests/benchmarks/intake.py` prints how far both move on the pictures that it draws."""

LARGE_PIXELS = 16_000_000
"""A picture larger than this, of a format without scaled decoding, is averaged over whole blocks for fingerprints;
measured, that moves PDQ and pHash by at most 2 bits."""

NO_MEMORY = "opening it needs more memory than this program may use"

_JPEG_DECODERS = ("JPEG", "MPO")
"""Pillow's names of the formats of what one decoder opens: MPO is a JPEG with further pictures behind it."""

_ONE_PICTURE = (*_JPEG_DECODERS, HEIC.decoder, PHOTOSHOP.decoder)
"""Further pictures in a JPEG or HEIC are depth and gain maps, or others of a burst; the decoder opens the main one."""

_EXIF_ORIENTATION = 0x0112
_REDUCED_RESOLUTION_PAGE = 0x00FE  # TIFF NewSubfileType, bit 0: a small copy of another page

_EXIF_TURNS: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_QUARTER_TURNS = (_EXIF_TURNS[5], _EXIF_TURNS[6], _EXIF_TURNS[7], _EXIF_TURNS[8])


@dataclass(frozen=True, slots=True)
class Limits:
    """What one picture may cost (DESIGN §6)."""

    max_pixels: int = 200_000_000
    max_bytes: int = 2 << 30
    decode_s: float = 10.0
    max_pages: int = 64
    spread_frames: int = 5


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Opened:
    """One picture of a file, decoded.

    Attributes:
        frame: its number in the file, from 1.
        frames: how many the file holds.
        width, height: full size in pixels, after the EXIF turn, even where `original` was decoded smaller.
        original: the pixels as the decoder gives them, before turn and background.
        is_preview: a painting program's small copy of the picture, the only one that could be read of its document.
        created: day on which the file says that it was made, None where it says none.
    """

    frame: int
    frames: int
    width: int
    height: int
    original: Image.Image
    turn: Image.Transpose | None
    is_preview: bool = False
    created: str | None = None

    def on(self, background: tuple[int, int, int]) -> Image.Image:
        """Upright, 8 bits, transparent parts over `background`: mode `L` or `RGB`."""
        flat = flatten(self.original, background)
        return flat if self.turn is None else flat.transpose(self.turn)

    @property
    def is_see_through(self) -> bool:
        """Whether the background shows anywhere, so that two backgrounds can give two hashes."""
        return has_alpha(self.original)

    @property
    def is_plain(self) -> bool:
        """Whether `original` needs neither turn nor background: hashing it as opened adds nothing."""
        return self.turn is None and self.original.mode in ("L", "RGB") and not self.is_see_through


def open_pictures(
    stream: BinaryIO, name: str, *, limits: Limits = DEFAULT_LIMITS, may_reduce: bool = False
) -> Iterator[Opened]:
    """Decode the pictures in a file one after another: the first frame, frames spread over an animation, all pages.

    Args:
        stream: the file, at any position, seekable.
        name: what to call it in a reason.
        limits: sizes above which it is refused before any pixel is decoded.
        may_reduce: a large JPEG may come smaller and in grey (see `REDUCED_EDGE`); for fingerprints.

    Raises:
        InputProblem: not a picture, too large, damaged, cut off.
    """
    with _opened(stream, name, limits) as source:
        for frame in _frames_to_look_at(source.image, limits):
            yield _decode(source, frame, name, limits, reduce_to=REDUCED_EDGE if may_reduce else None)


@dataclass(frozen=True, slots=True)
class SmallView:
    """A picture upright on white, mode `RGB`, with the full size of the picture that it was made from."""

    image: Image.Image
    width: int
    height: int


def open_view(stream: BinaryIO, name: str, frame: int, max_edge: int, limits: Limits = DEFAULT_LIMITS) -> SmallView:
    """One picture of a file, its long edge at most `max_edge` pixels.

    Raises:
        InputProblem: as `open_pictures`; also when the file has no such frame.
    """
    with _opened(stream, name, limits) as source:
        opened = _decode(source, frame, name, limits, reduce_to=max_edge * 2, grey=False)
        view = shrink_within(opened.on(WHITE).convert("RGB"), max_edge)
        return SmallView(view, opened.width, opened.height)


def srgb_pixels(stream: BinaryIO, name: str, limits: Limits = DEFAULT_LIMITS) -> Image.Image | None:
    """The file's only picture upright as sRGB `RGBA`; None for an animation, a preview or an unusable colour profile.

    Raises:
        InputProblem: as `open_pictures`.
    """
    with _opened(stream, name, limits) as source:
        is_animated = not _is_tiff(source.image) and _count_frames(source.image) > 1
        if is_animated or source.is_preview:
            return None
        opened = _decode(source, 1, name, limits)
        try:
            pixels = srgb_rgba(opened.original)
        except ValueError:
            return None
        return pixels if opened.turn is None else pixels.transpose(opened.turn)


def open_file(path: Path, name: str) -> BinaryIO:
    """Open a file for reading.

    Raises:
        InputProblem: it is gone, or may not be read.
    """
    try:
        return path.open("rb")
    except OSError as problem:
        raise InputProblem(name, why_not_opened(problem)) from problem


def why_not_opened(problem: OSError) -> str:
    """The reason, in one sentence, why the operating system does not open a file or folder."""
    if isinstance(problem, FileNotFoundError):
        return "it disappeared while the folder was being read"
    if isinstance(problem, PermissionError):
        return "this program has no permission to read it"
    return f"the system cannot read it ({(problem.strerror or 'unknown reason').lower()})"


@contextmanager
def _opened(stream: BinaryIO, name: str, limits: Limits) -> Iterator[Source]:
    """An open file's image, whatever the file is; what its decoder throws becomes one sentence."""
    kind = recognise_stream(stream, name, limits.max_bytes)
    if kind is ZIP:
        with _decoding(name, kind):
            kind = recognise_archive(stream)
        if kind is ZIP:
            raise InputProblem(name, why_not_read(kind))
    with _decoding(name, kind):
        yield open_source(stream, kind, name, limits.max_bytes)


def _is_tiff(image: Image.Image) -> bool:
    return image.format == TIFF.decoder


def _count_frames(image: Image.Image) -> int:
    if image.format in _ONE_PICTURE:
        return 1
    return int(getattr(image, "n_frames", 1))


def _frames_to_look_at(image: Image.Image, limits: Limits) -> Iterator[int]:
    """Frame numbers from 1: every page of a TIFF, the first and some spread frames of an animation."""
    count = _count_frames(image)
    if _is_tiff(image):
        pages = range(1, min(count, limits.max_pages) + 1)
        yield from (page for page in pages if not _is_small_copy(image, page))
        return
    picks = min(count, limits.spread_frames)
    yield from sorted({1 + round(step * (count - 1) / max(1, picks - 1)) for step in range(picks)})


def _is_small_copy(image: Image.Image, frame: int) -> bool:
    if frame == 1:
        return False
    image.seek(frame - 1)
    tags = getattr(image, "tag_v2", {})
    return bool(int(tags.get(_REDUCED_RESOLUTION_PAGE, 0)) & 1)


def _decode(
    source: Source, frame: int, name: str, limits: Limits, *, reduce_to: int | None = None, grey: bool = True
) -> Opened:
    """Decode a frame; with `reduce_to`, a JPEG may come at a fraction that keeps that many pixels of edge."""
    image = source.image
    if frame > 1:  # the main picture of a HEIC, where it opens, need not be its first
        image.seek(frame - 1)
    width, height = image.size
    if width * height > limits.max_pixels:
        megapixels, most = width * height / 1e6, limits.max_pixels / 1e6
        raise InputProblem(name, f"it has {megapixels:.0f} megapixels ({width} × {height}); the most is {most:.0f}")
    if (
        reduce_to
        and max(width, height) >= 2 * reduce_to
        and image.format in _JPEG_DECODERS
        and image.mode in ("RGB", "L")
    ):
        scale = reduce_to / max(width, height)
        image.draft("L" if grey else image.mode, (max(1, int(width * scale)), max(1, int(height * scale))))
    before = image.size
    image.load()
    if image.size != before:  # the TIFF decoder turns a picture itself while loading
        width, height = image.size
    turn = _exif_turn(image)
    if turn in _QUARTER_TURNS:
        width, height = height, width
    frames = _count_frames(image)
    pixels = average_blocks(image, LARGE_PIXELS) if reduce_to else image
    own = pixels.copy() if frames > 1 and pixels is image else pixels
    created = created_in(image) if frame == 1 else None
    return Opened(frame, frames, width, height, own, turn, source.is_preview, created)


def _exif_turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _EXIF_TURNS.get(int(image.getexif().get(_EXIF_ORIENTATION, 1)))
    except Exception:  # noqa: BLE001 - a broken EXIF block must not cost the picture
        return None


@contextmanager
def _decoding(name: str, kind: Format) -> Iterator[None]:
    """Turn whatever a decoder throws at a damaged file into one sentence."""
    try:
        yield
    except InputProblem:
        raise
    except MemoryError as problem:
        raise InputProblem(name, NO_MEMORY) from problem
    except UnidentifiedImageError as problem:
        raise InputProblem(
            name, f"it begins like {kind.name}, but is damaged or of a form that this program does not read"
        ) from problem
    except OSError as problem:
        if problem.errno not in (None, errno.EINVAL):  # damage may send a reader to before the file's beginning
            raise InputProblem(name, why_not_opened(problem)) from problem
        raise InputProblem(name, f"the {kind.name} file is damaged or cut off") from problem
    except Exception as problem:
        raise InputProblem(name, f"the {kind.name} file is damaged or cut off") from problem
