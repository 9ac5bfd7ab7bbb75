# SPDX-License-Identifier: GPL-3.0-or-later
"""How folders of embeddings are laid out: which files hold vectors, and which table's rows they belong to.

layout          vectors                              rows
clip-retrieval  `img_emb/*.npy`                      `metadata/*.parquet`, one for each (`datasets.md` §1.6)
PD12M           `embeddings/pd12m.NN.npy`            `metadata/pd12m.NNN.parquet`, ten for each (§2.7, inferred)
DataComp        `*.npz`                              the `.parquet` of the same name (§2.4)
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from indexer.core.errors import InputProblem

DATACOMP_MEMBERS = {"ViT-L-14-quickgelu,openai": "l14_img", "ViT-B-32-quickgelu,openai": "b32_img"}
"""The array of each model; the first is taken when the user names none (`datasets.md` §1.7, §2.4)."""

_PD12M_PAIR = "ViT-L-14-quickgelu,openai"
_PD12M_FILES = 10
_PD12M_NAME = re.compile(r"pd12m\.(\d+)\.\w+")


@dataclass(frozen=True, slots=True)
class EmbeddingFiles:
    """What lies in a folder of embeddings.

    Attributes:
        vectors, tables: in the order of their rows; row number i of all vectors is row number i of all tables.
        members: `.npz` arrays by the model that made them; empty for `.npy` files.
        pair: the model, where the set's publisher names it.
        note: what is inferred about this layout, None for nothing.
    """

    vectors: tuple[Path, ...]
    tables: tuple[Path, ...]
    members: dict[str, str] | None = None
    pair: str | None = None
    note: str | None = None

    @property
    def root(self) -> Path:
        """The folder of the tables, which their names are relative to."""
        return self.tables[0].parent


def find_embeddings(folder: Path) -> EmbeddingFiles | None:
    """The files of a folder of embeddings; None when it is none.

    Raises:
        InputProblem: it is one, and files are missing of it.
    """
    for look in _LAYOUTS:
        found = look(folder)
        if found:
            return found
    return None


def _pd12m(folder: Path) -> EmbeddingFiles | None:
    vectors = _sorted(folder / "embeddings", "pd12m.*.npy")
    if not vectors:
        return None
    tables = _sorted(folder / "metadata", "pd12m.*.parquet")
    there = {_number(place) // _PD12M_FILES for place in tables}
    for place in vectors:
        if _number(place) not in there:
            raise InputProblem(folder, f"the rows that belong to its {place.name} are not there")
    wanted = {_number(place) for place in vectors}
    used = tuple(place for place in tables if _number(place) // _PD12M_FILES in wanted)
    note = "which rows its vectors belong to is inferred from the names of the files, not documented"
    return EmbeddingFiles(vectors, used, pair=_PD12M_PAIR, note=note)


def _clip_retrieval(folder: Path) -> EmbeddingFiles | None:
    vectors = _sorted(folder / "img_emb", "*.npy") or _sorted(folder, "img_emb*.npy")
    if not vectors:
        return None
    tables = _sorted(folder / "metadata", "*.parquet") or _sorted(folder, "metadata*.parquet")
    if not tables:
        raise InputProblem(folder, "it has vectors and no metadata that says which pictures they are of")
    for vector, table in zip_longest(vectors, tables):
        if vector is None or table is None or _digits(vector) != _digits(table):
            missing = (vector or table).name
            raise InputProblem(folder, f"its vectors and its metadata do not pair: {missing} has no counterpart")
    return EmbeddingFiles(vectors, tables)


def _datacomp(folder: Path) -> EmbeddingFiles | None:
    within = next((place for place in (folder, folder / "metadata") if _sorted(place, "*.npz")), None)
    if within is None:
        return None
    vectors = _sorted(within, "*.npz")
    tables = tuple(place.with_suffix(".parquet") for place in vectors)
    missing = next((place for place in tables if not place.is_file()), None)
    if missing:
        raise InputProblem(folder, f"the rows that belong to its {missing.stem}.npz are not there ({missing.name})")
    return EmbeddingFiles(vectors, tables, members=DATACOMP_MEMBERS)


_LAYOUTS: Sequence[Callable[[Path], EmbeddingFiles | None]] = (_pd12m, _clip_retrieval, _datacomp)


def _sorted(folder: Path, pattern: str) -> tuple[Path, ...]:
    """By path as text, which is the order in which clip-retrieval reads them."""
    return tuple(sorted((place for place in folder.glob(pattern) if place.is_file()), key=str))


def _digits(place: Path) -> str:
    """The number at the end of a name, as it is written."""
    match = re.search(r"(\d+)$", place.stem)
    return match[1] if match else ""


def _number(place: Path) -> int:
    match = _PD12M_NAME.fullmatch(place.name)
    return int(match[1]) if match else -1
