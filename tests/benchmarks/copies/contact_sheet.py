"""All edits of one picture on one sheet, so that a person can see whether each is what its name says.

python -m tests.benchmarks.copies.contact_sheet PICTURE OTHER SHEET.png [--groups common,hard] [--seed 0]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.benchmarks.copies.drawing import scaled
from tests.benchmarks.copies.edits import Recipe
from tests.benchmarks.copies.families import load
from tests.benchmarks.copies.suites import recipes_of

_CELL, _LABEL, _ACROSS = 230, 34, 8
_LONG_EDGE = 1000


def sheet(work: Image.Image, other: Image.Image, recipes: Sequence[Recipe], seed: int) -> Image.Image:
    """The work first, then a copy for each recipe, with its name, size and the kinds that must be named."""
    down = -(-(len(recipes) + 1) // _ACROSS)
    out = Image.new("RGB", (_ACROSS * _CELL, down * (_CELL + _LABEL)), (90, 90, 90))
    copies = [(one.apply(work, other, np.random.default_rng((seed, at))), one) for at, one in enumerate(recipes)]
    _put(out, 0, work, f"the work\n{work.width} x {work.height}")
    for at, (copy, one) in enumerate(copies, 1):
        must = " ".join(sorted(one.must)) or "-"
        _put(out, at, copy, f"{one.name[:40]}\n{copy.width} x {copy.height}, {must}")
    return out


def _put(out: Image.Image, at: int, picture: Image.Image, words: str) -> None:
    left, top = at % _ACROSS * _CELL, at // _ACROSS * (_CELL + _LABEL)
    small = scaled(picture, _CELL - 8)
    out.paste(small, (left + (_CELL - small.width) // 2, top + _LABEL + (_CELL - small.height) // 2))
    ImageDraw.Draw(out).text((left + 4, top + 2), words, fill="white", font=ImageFont.load_default(12))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("picture", type=Path)
    options.add_argument("other", type=Path)
    options.add_argument("sheet", type=Path)
    options.add_argument("--groups", default="common,hard")
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    work, other = (scaled(load(path), _LONG_EDGE) for path in (asked.picture, asked.other))
    sheet(work, other, list(recipes_of(asked.groups).values()), asked.seed).save(asked.sheet)
    return 0


if __name__ == "__main__":
    sys.exit(main())
