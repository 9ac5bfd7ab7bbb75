"""Which variants of a work are worth asking a set of hashes for: what each finds, and what it costs in chance hits.

    python -m tests.benchmarks.hash_variants --pictures DIR … [--works 150] [--seed S]

Copies are made of each picture as they go round: cropped, with a border cut off or put on, mirrored, turned; then
shrunk to 400 pixels and saved as JPEG of quality 80. Their pHash is held against that of the work in its eight
orientations alone, and with a group of variants beside them. It prints

- of each kind of copy the share that is found within 2, 4, 6, 8, 10 and 12 bits, for each group;
- how many hashes each group adds to a work, and pairs with strangers' copies within 8, 10 and 12 bits, in a million;
- for sets of several sizes the largest distances at which a row that nobody saw keeps its letter, of whole works and of
  variants, and how many altered copies are found within those;
- how often a whole copy comes nearer to another form than to the work as it is, and would be called cropped.

Seen on 150 portraits (wesnoth-data), 150 drawings (tuxpaint-stamps-default) and 66 wallpapers, % within 4 bits:

    copy                          in eight orientations    as asked        hashes more
    own border cut off            5, 27, 10                100, 100, 90    1 where there is a border
    middle square                 17, 4, 0                 100, 99, 98     1 where oblong
    on a white square             14, 10, 0                100, 86, 95     1 where oblong
    cropped to 90 %, any place    21, 13, 33               63, 57, 67      5
    one side less 10 %            0, 0, 0                  80, 77, 79      the same 5
    cropped to 80 %, any place    1, 0, 0                  19, 5, 18       the same 5
    all altered copies            16, 14, 15               44, 44, 45      7 at most, instead of 8 then 15

Not asked, because they do not pay: four corners of 85 % (2 to 3 of 100 copies more for four hashes); white frames of 5
and 10 % (95 of 100 copies with such a border, but strangers come up to nine times as near, since frames are alike, and
other widths are missed). Where 747 million rows are asked for 30 works, whole works and forms both keep their letter
within 2 bits, which 7 of 100 altered copies reached and 28 reach now; whole works keep theirs as far as before.
"""

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from indexer.fingerprints.base import Kind
from indexer.fingerprints.form_hashes import form_hashes
from indexer.fingerprints.phash import phash, phash_orientations, shrink
from indexer.images.forms import Form
from indexer.images.variants import Orientation
from indexer.matching.chance import Chance, RowsAsked
from indexer.matching.thresholds import FORM_BITS, REACH
from indexer.matching.thresholds_unseen import CHANCE_FOR_LETTER
from tests.benchmarks.published_copies import (
    ALTERED,
    AS_THEY_ARE,
    BORDERED,
    PLAIN,
    as_published,
    framed,
    keep,
    pictures_in,
)
from tests.benchmarks.timing import print_table

NEVER = 64
"""Bits to a work that a group has no hash of."""

BITS = (2, 4, 6, 8, 10, 12)
SETS = ((1_000_000, 30), (10_000_000, 30), (747_000_000, 1), (747_000_000, 30), (747_000_000, 100))
"""Rows and works asked together; 747 million are those of COYO-700M."""

WHOLE, BORDER, SQUARE, PARTS, CORNERS = "whole × 8", "+ no border", "+ square", "+ parts", "+ corners"
FRAMED, SHEET, OURS = "+ white frames", "+ square sheet", "as asked"
GROUPS = {
    WHOLE: (WHOLE,),
    BORDER: (WHOLE, BORDER),
    SQUARE: (WHOLE, SQUARE),
    PARTS: (WHOLE, PARTS),
    CORNERS: (WHOLE, CORNERS),
    FRAMED: (WHOLE, FRAMED),
    SHEET: (WHOLE, SHEET),
    OURS: (WHOLE, BORDER, SQUARE, SHEET, PARTS),
}
OF_FORM = {Form.WITHOUT_BORDER: BORDER, Form.SQUARE: SQUARE, Form.ON_SQUARE: SHEET}

Codes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Copies:
    """All copies of one kind: of which work each is, and its pHash."""

    work: NDArray[np.int64]
    code: Codes


def code_of(picture: Image.Image) -> int:
    return phash(shrink(picture))


def asked_for(picture: Image.Image) -> dict[str, list[int]]:
    """The hashes of a work, by the group that they belong to."""
    made: dict[str, list[int]] = defaultdict(list)
    made[WHOLE] = list(phash_orientations(shrink(picture)))
    for one in form_hashes(picture, picture.size):
        made[OF_FORM.get(one.form, PARTS)].append(one.phash)
    chance = random.Random(0)
    corners = [keep(0.85, across, down) for across in (0, 1) for down in (0, 1)]
    frames = [framed(0.05, "white"), framed(0.1, "white")]
    for group, alters in ((CORNERS, corners), (FRAMED, frames)):
        made[group] = [code_of(variant) for alter in alters if (variant := alter(picture, chance))]
    return made


def copies_of(pictures: Sequence[Image.Image], seed: int) -> Iterator[tuple[str, Copies]]:
    for name, alter in ALTERED.items():
        chance = random.Random(f"{name} {seed}")
        made = [(number, alter(picture, chance)) for number, picture in enumerate(pictures)]
        seen = [(number, code_of(as_published(copy))) for number, copy in made if copy]
        works, codes = zip(*seen, strict=True) if seen else ((), ())
        yield name, Copies(np.array(works, np.int64), np.array(codes, np.uint64))


def distances(asked: Sequence[dict[str, list[int]]], groups: Sequence[str], copies: Copies) -> NDArray[np.int64]:
    """Of each copy, to the nearest hash of its work."""
    return np.array(
        [
            min(((one ^ int(code)).bit_count() for group in groups for one in asked[work][group]), default=NEVER)
            for work, code in zip(copies.work, copies.code, strict=True)
        ],
        np.int64,
    )


def shares(found: NDArray[np.int64]) -> str:
    return "/".join(f"{100 * (found <= bits).mean():.0f}" for bits in BITS)


def print_found(asked: Sequence[dict[str, list[int]]], copies: dict[str, Copies]) -> None:
    rows = [
        (name, str(len(one.work)), *(shares(distances(asked, groups, one)) for groups in GROUPS.values()))
        for name, one in copies.items()
        if len(one.work)
    ]
    print_table(f"Copies found, % within {'/'.join(map(str, BITS))} bits", ("copy", "copies", *GROUPS), rows)


def print_bordered(pictures: Sequence[Image.Image]) -> None:
    """Works that have a border, which a copy has not."""
    rows = []
    inside = Copies(np.arange(len(pictures)), np.array([code_of(as_published(one)) for one in pictures], np.uint64))
    for name, border in BORDERED.items():
        asked = [asked_for(border(picture, number)) for number, picture in enumerate(pictures)]
        rows.append(
            (name, str(len(pictures)), *(shares(distances(asked, GROUPS[one], inside)) for one in (WHOLE, BORDER)))
        )
    print_table("Works that are given a border", ("border", "copies", WHOLE, BORDER), rows)


def print_strangers(asked: Sequence[dict[str, list[int]]], copies: dict[str, Copies]) -> None:
    works = np.concatenate([one.work for one in copies.values()])
    codes = np.concatenate([one.code for one in copies.values()])
    rows = []
    for group in ("upright alone", *asked[0]):
        near, pairs = dict.fromkeys((8, 10, 12), 0), 0
        for number, one in enumerate(asked):
            for code in one[WHOLE][:1] if group == "upright alone" else one[group]:
                apart = np.bitwise_count(codes[works != number] ^ np.uint64(code))
                pairs += len(apart)
                for bits in near:
                    near[bits] += int((apart <= bits).sum())
        a_work = pairs / len(asked) / max(1, len(codes) * (1 - 1 / len(asked)))
        rows.append((group, f"{a_work:.1f}", *(f"{1e6 * count / max(pairs, 1):.1f}" for count in near.values())))
    print_table(
        "Hashes a work, and strangers near them in a million", ("group", "hashes", *map(str, (8, 10, 12))), rows
    )


def letter_bits(rows: int, works: int, variants: float, *, variant: bool) -> int:
    """The largest distance at which the whole check expects no more than chance allows a letter; below 0 for none."""
    asked = RowsAsked(Kind.PHASH, rows, forms=True)
    check = Chance({Kind.PHASH: len(Orientation) * works}, (asked,), works, round(variants * works))
    within = range(0, (FORM_BITS if variant else REACH.phash_bits) + 1, 2)
    few = [bits for bits in within if check.expected(Kind.PHASH, bits, form=variant) <= CHANCE_FOR_LETTER]
    return max(few, default=-1)


def print_letters(asked: Sequence[dict[str, list[int]]], copies: dict[str, Copies]) -> None:
    """What is found with a letter, where variants are asked only within `FORM_BITS`."""
    kinds = [one for name, one in copies.items() if len(one.work) and name not in AS_THEY_ARE]
    whole = np.concatenate([distances(asked, (WHOLE,), one) for one in kinds])
    table = []
    for name in (WHOLE, BORDER, SQUARE, SHEET, PARTS, CORNERS, OURS):
        groups = GROUPS[name][1:]
        other = np.concatenate([distances(asked, groups, one) for one in kinds])
        variants = sum(len(one[group]) for one in asked for group in groups) / len(asked)
        cells = []
        for rows, works in SETS:
            near = letter_bits(rows, works, variants, variant=False)
            nearer = letter_bits(rows, works, variants, variant=True)
            cells.append(f"{near}, {nearer}: {100 * ((whole <= near) | (other <= nearer)).mean():.0f} %")
        proposed = f"{100 * ((whole <= FORM_BITS) | (other <= FORM_BITS)).mean():.0f} %"
        table.append((name, f"{len(Orientation) + variants:.1f}", proposed, *cells))
    heads = ("group", "hashes", f"within {FORM_BITS}", *(f"{rows / 1e6:.0f} M, {works} works" for rows, works in SETS))
    print_table("Bits within which whole works, variants keep a letter: altered copies found so", heads, table)


def print_named_wrongly(asked: Sequence[dict[str, list[int]]], plain: Copies) -> None:
    whole = distances(asked, (WHOLE,), plain)
    other = distances(asked, GROUPS[OURS][1:], plain)
    print(f"\nWhole copies nearer to the work in another form: {int((other < whole).sum())} of {len(whole)}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pictures", type=Path, nargs="+", required=True, help="folders of pictures")
    options.add_argument("--works", type=int, default=150)
    options.add_argument("--seed", type=int, default=0)
    wanted = options.parse_args()
    pictures = pictures_in(wanted.pictures, wanted.works, wanted.seed)
    if len(pictures) < 2:
        print("these folders hold too few pictures", file=sys.stderr)
        return 1
    asked = [asked_for(picture) for picture in pictures]
    copies = dict(copies_of(pictures, wanted.seed))
    print(f"{len(pictures)} works, {sum(bool(one[BORDER]) for one in asked)} of them with an even border")
    print_found(asked, copies)
    print_bordered(pictures)
    print_strangers(asked, copies)
    print_letters(asked, copies)
    print_named_wrongly(asked, copies[PLAIN])
    return 0


if __name__ == "__main__":
    sys.exit(main())
