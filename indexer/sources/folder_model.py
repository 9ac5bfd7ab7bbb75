# SPDX-License-Identifier: GPL-3.0-or-later
"""Of which model the vectors in a stranger's folder are: by the user's word, else by what clip-retrieval wrote beside.

Nothing is guessed: a model that is not named with its tag is another space of vectors than the one that is meant
(`datasets.md` §1.7).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import msgspec

from indexer.core.errors import InputProblem
from indexer.fingerprints.clip_models import KNOWN, ClipSpace
from indexer.sources.knn_model import declared_space

PATHS_NAME = "indices_paths.json"
UNVERIFIED = "which model made its vectors is as it was declared, and not verified"

_LARGEST_PATHS_BYTES = 1 << 20
_OPENAI = {
    "ViT-B/32": "ViT-B-32-quickgelu,openai",
    "ViT-L/14": "ViT-L-14-quickgelu,openai",
}
"""clip-retrieval's names of OpenAI's weights, which need the activation that they were made with."""

_OPEN_CLIP = "open_clip:"


class _Options(msgspec.Struct):
    """The parts of an entry of `indices_paths.json` that are used (`datasets.md` §1.6)."""

    indice_folder: str = ""
    clip_model: str = ""


def space_of_folder(folder: Path, pair: str | None, dimension: int) -> ClipSpace:
    """The space of a folder's vectors.

    Args:
        folder: the index folder; what names the model lies in it or beside it.
        pair: `MODEL,TAG` that the user wrote, None for none.
        dimension: numbers in each vector.

    Raises:
        InputProblem: it is not said, or cannot be; `because` is written to follow "not searched, because".
    """
    said = pair or _declared_beside(folder)
    if said is None:
        raise InputProblem(folder, f"nothing says which model made its vectors; {how_to_declare(dimension)}")
    return declared_space(said, dimension)


def how_to_declare(dimension: int) -> str:
    """What to write so that the model is known, with the known models of this dimension."""
    names = [model.name for model in KNOWN if model.dimension == dimension]
    have = (
        f"which {' and '.join(names)} {'has' if len(names) == 1 else 'have'} too" if names else "as no known model has"
    )
    return f"write it after the folder as #model=MODEL,TAG (its vectors have {dimension} numbers, {have})"


def pair_of(clip_model: str) -> str:
    """The pair that clip-retrieval's name of a model stands for.

    Raises:
        InputProblem: it stands for no certain one.
    """
    if clip_model in _OPENAI:
        return _OPENAI[clip_model]
    model, _, tag = clip_model.removeprefix(_OPEN_CLIP).partition("/")
    if not clip_model.startswith(_OPEN_CLIP) or not model:
        raise InputProblem(clip_model, f"its vectors were made with {clip_model!r}, a model that is not known here")
    if not tag:
        because = (
            f"its {PATHS_NAME} names the model {model} without a tag, and clip-retrieval then takes whichever comes "
            f"last in its list, which changes; write the one that was used after the folder as #model={model},TAG"
        )
        raise InputProblem(clip_model, because)
    if tag == "openai" and not model.endswith("-quickgelu"):
        model += "-quickgelu"
    return f"{model},{tag}"


def declaration_of(folder: str, pair: str) -> bytes:
    """The content of a `PATHS_NAME` that says of the folder beside it which model made its vectors."""
    entry = _Options(folder, _OPEN_CLIP + pair.replace(",", "/"))
    return msgspec.json.format(msgspec.json.encode({folder: entry}), indent=2) + b"\n"


def _declared_beside(folder: Path) -> str | None:
    """The model of the entry for this folder, by the last part of its path, since folders are moved."""
    for place in (folder / PATHS_NAME, folder.parent / PATHS_NAME):
        entries = _read_paths(place)
        named = {one.clip_model for one in _entries_of(entries, folder) if one.clip_model}
        if len(named) > 1:
            raise InputProblem(folder, f"its {PATHS_NAME} names several models for it ({', '.join(sorted(named))})")
        if named:
            return pair_of(named.pop())
    return None


def _entries_of(entries: Mapping[str, str | _Options], folder: Path) -> Iterator[_Options]:
    """Entries that are only a path say nothing: whoever wrote them gave the model to the server in another way."""
    for entry in entries.values():
        if isinstance(entry, _Options):
            written = PurePosixPath(entry.indice_folder.replace("\\", "/")).name
            if written in ("", ".", folder.name) or len(entries) == 1:
                yield entry


def _read_paths(place: Path) -> Mapping[str, str | _Options]:
    try:
        if place.stat().st_size > _LARGEST_PATHS_BYTES:
            return {}
        return msgspec.json.decode(place.read_bytes(), type=dict[str, str | _Options])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
