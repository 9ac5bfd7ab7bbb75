"""Makes `pdq_golden.json` anew with the reference: `python -m tests.indexer.fingerprints.make_pdq_golden`.

The pictures are drawn with whole numbers and NumPy's frozen generator, so that no version of any library that draws
or shrinks can change them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALLEST_EDGE = 5
GOLDEN = Path(__file__).with_name("pdq_golden.json")

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Case:
    """A picture to draw: what, from which seed, of which width and height, in colour (RGB) or grey (L)."""

    drawing: str
    seed: int
    width: int
    height: int
    mode: str

    def pixels(self) -> Pixels:
        """Its pixels, of shape (height, width, 3) or (height, width)."""
        colours = DRAWINGS[self.drawing](self.seed, self.width, self.height)
        return colours if self.mode == "RGB" else np.ascontiguousarray(colours[..., 1])


def shapes(seed: int, width: int, height: int) -> Pixels:
    """Coarse fields of colour, rectangles and discs."""
    random = np.random.RandomState(seed)
    fields = random.randint(0, 256, (5, 6, 3))
    rows, columns = np.arange(height) * 5 // height, np.arange(width) * 6 // width
    made = fields[rows][:, columns].astype(np.uint8)
    y, x = np.mgrid[:height, :width]
    for _ in range(8):
        left, top = random.randint(0, width), random.randint(0, height)
        reach = random.randint(1, max(2, min(width, height) // 3))
        inside = (
            (x - left) ** 2 + (y - top) ** 2 <= reach**2
            if random.randint(2)
            else (abs(x - left) <= reach) & (abs(y - top) * 2 <= reach)
        )
        made[inside] = random.randint(0, 256, 3)
    return made


def noise(seed: int, width: int, height: int) -> Pixels:
    """Every value by chance."""
    return np.random.RandomState(seed).randint(0, 256, (height, width, 3)).astype(np.uint8)


def mirrored(seed: int, width: int, height: int) -> Pixels:
    """Left and right are the same: half of the coefficients are nothing but rounding."""
    made = shapes(seed, width, height)
    made[:, width - width // 2 :] = made[:, : width // 2][:, ::-1]
    return made


def mirrored_twice(seed: int, width: int, height: int) -> Pixels:
    """Above and below are the same as well."""
    made = mirrored(seed, width, height)
    made[height - height // 2 :] = made[: height // 2][::-1]
    return made


def clip_art(seed: int, width: int, height: int) -> Pixels:
    """A dark ring in the middle of white, as a stamp or a logo has it."""
    made = np.full((height, width, 3), 255, np.uint8)
    y, x = np.mgrid[:height, :width]
    reach = min(width, height) ** 2
    distance = (2 * x - width + 1) ** 2 + (2 * y - height + 1) ** 2
    made[(distance * 4 <= reach * 3) & (distance * 9 >= reach * (seed % 4 + 1))] = (20, 40, 90)
    return made


def gradient(seed: int, width: int, height: int) -> Pixels:
    """From dark to light: across, down, or both, as the seed says."""
    y, x = np.mgrid[:height, :width]
    across, down = x * 255 // max(1, width - 1), y * 255 // max(1, height - 1)
    grey = (across, down, (across + down) // 2)[seed % 3]
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)


def flat(seed: int, width: int, height: int) -> Pixels:
    """One colour."""
    return np.full((height, width, 3), seed, np.uint8)


def stripes(seed: int, width: int, height: int) -> Pixels:
    """Black and white, `seed` pixels wide."""
    y, x = np.mgrid[:height, :width]
    return np.repeat(((x // seed + y // (2 * seed)) % 2 * 255)[..., None], 3, axis=2).astype(np.uint8)


DRAWINGS: dict[str, Callable[[int, int, int], Pixels]] = {
    drawing.__name__: drawing
    for drawing in (shapes, noise, mirrored, mirrored_twice, clip_art, gradient, flat, stripes)
}

CASES = (
    *(Case("shapes", 1, width, height, "RGB") for width, height in ((1, 1), (4, 4), (4, 90), (90, 4))),
    *(Case("shapes", 2, width, height, "RGB") for width, height in ((5, 5), (6, 9), (9, 6), (31, 33))),
    *(Case("shapes", 3, width, height, "RGB") for width, height in ((63, 130), (64, 64), (65, 64), (64, 65))),
    *(Case("shapes", 4, width, height, "L") for width, height in ((64, 64), (127, 128), (128, 128), (129, 257))),
    *(Case("shapes", 5, width, height, "RGB") for width, height in ((640, 480), (480, 640), (1000, 37), (37, 1000))),
    *(Case("shapes", seed, 333, 222, "RGB") for seed in range(6, 10)),
    Case("shapes", 10, 1600, 1200, "RGB"),
    Case("shapes", 11, 1501, 1003, "L"),
    Case("noise", 1, 200, 150, "RGB"),
    Case("noise", 2, 64, 64, "L"),
    Case("mirrored", 1, 300, 200, "RGB"),
    Case("mirrored", 2, 301, 201, "RGB"),
    Case("mirrored", 3, 64, 64, "L"),
    Case("mirrored_twice", 1, 300, 200, "RGB"),
    Case("mirrored_twice", 2, 255, 257, "L"),
    Case("clip_art", 1, 400, 400, "RGB"),
    Case("clip_art", 2, 401, 399, "RGB"),
    Case("clip_art", 3, 512, 512, "L"),
    Case("gradient", 0, 256, 256, "RGB"),
    Case("gradient", 1, 300, 100, "L"),
    Case("gradient", 2, 100, 300, "RGB"),
    Case("flat", 0, 100, 80, "RGB"),
    Case("flat", 128, 100, 80, "L"),
    Case("flat", 255, 64, 64, "RGB"),
    Case("stripes", 8, 320, 240, "RGB"),
    Case("stripes", 1, 333, 100, "L"),
)


def by_reference(pixels: Pixels) -> tuple[tuple[str, ...], int]:
    """The reference's hashes of the eight orientations, in the order of `Orientation`, and its quality."""
    import pdqhash  # not on every machine

    colours = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
    if min(pixels.shape[:2]) < SMALLEST_EDGE:  # there its eight hashes are whatever was in memory, but the one is right
        hash_bits, quality = pdqhash.compute(np.ascontiguousarray(colours))
        return (_as_hex(hash_bits),) * 8, int(quality)
    hashes, quality = pdqhash.compute_dihedral(np.ascontiguousarray(colours))
    upright, turned_90, turned_180, turned_270, flipped_x, flipped_y, plus, minus = hashes
    ours = (upright, turned_270, turned_180, turned_90, flipped_y, minus, flipped_x, plus)  # it turns the other way
    return tuple(map(_as_hex, ours)), int(quality)


def _as_hex(hash_bits: NDArray[Any]) -> str:
    return np.packbits(hash_bits.astype(np.uint8)).tobytes().hex()


def as_record(case: Case) -> dict[str, Any]:
    """One entry of the file."""
    hashes, quality = by_reference(case.pixels())
    return {**vars(case), "pdq": hashes[0], "laid": hashes[1:], "quality": quality}


def main() -> None:
    """Write the file, one picture a line."""
    lines = ",\n".join(json.dumps(as_record(case)) for case in CASES)
    GOLDEN.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
