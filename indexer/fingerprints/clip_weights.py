# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of weights, looked at before anything is loaded from it. Only safetensors is read: a header and numbers.

The older forms (.bin, .pt, .ckpt) are pickles, which can run code when they are opened. They are refused by content,
whatever they are called.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

import msgspec

from indexer.core.errors import ModelProblem
from indexer.core.hashing import sha256_of_file
from indexer.fingerprints.clip_models import ClipModel, ClipSpace

_LENGTH_BYTES = 8
_LARGEST_HEADER_BYTES = 100_000_000
"""The format's own limit."""

_PICKLES = (b"\x80", b"PK\x03\x04", b"\x1f\x8b")
"""How a pickle, a zip of pickles (PyTorch's own form) and a packed one begin."""

_PICKLE_ENDINGS = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_BYTES = {"F32": 4, "F16": 2, "BF16": 2}

_IMAGE_PROJECTION = "visual.proj"
"""Its second side is the model's dimension, in every architecture of open_clip's own."""

NOT_SAFETENSORS = "it is not a safetensors file"
PICKLE = (
    "it is of an older form (.bin, .pt, .ckpt) that can run foreign code when it is opened; "
    "get the same weights as a .safetensors file"
)


@dataclass(frozen=True, slots=True)
class Tensor:
    """One entry of the header: how numbers are written, the shape, first and last byte behind the header."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Weights:
    """A file of weights that fits a model, known by its checksum."""

    path: Path
    sha256: str
    size_bytes: int
    model: ClipModel

    @property
    def space(self) -> ClipSpace:
        """What vectors made with it must have in common with others to be compared."""
        model = self.model
        return ClipSpace(model.model, model.tag, model.dimension, self.sha256, model.preprocessing)

    @property
    def are_the_published(self) -> bool:
        """Whether these are known to be the weights that the pair's makers publish."""
        published = self.model.published
        return published is not None and published.sha256 == self.sha256


def read_weights(path: Path, model: ClipModel) -> Weights:
    """Look at a file and take its checksum; the shapes of all its parts are held against the model when it is loaded.

    Raises:
        ModelProblem: it is not there, not whole, of a refused form, or of another dimension.
    """
    try:
        tensors = read_header(path)
        _check_dimension(path, tensors, model)
        return Weights(path, sha256_of_file(path), path.stat().st_size, model)
    except OSError as problem:
        raise ModelProblem(path, _why_not_read(path, problem)) from problem


def read_header(path: Path) -> dict[str, Tensor]:
    """The parts of a safetensors file by name.

    Raises:
        ModelProblem: it is none, or not whole.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        length_field = stream.read(_LENGTH_BYTES)
        if length_field.startswith(_PICKLES) or path.suffix.lower() in _PICKLE_ENDINGS:
            raise ModelProblem(path, PICKLE)
        length = int.from_bytes(length_field, "little")
        if len(length_field) < _LENGTH_BYTES or not 2 <= length <= _LARGEST_HEADER_BYTES:
            raise ModelProblem(path, NOT_SAFETENSORS if size else "the file is empty")
        header = stream.read(length)
    tensors = _parse(path, header, cut_off=len(header) < length)
    _check_length(path, tensors, size - _LENGTH_BYTES - length)
    return tensors


def _parse(path: Path, header: bytes, *, cut_off: bool) -> dict[str, Tensor]:
    if cut_off:
        raise ModelProblem(path, "it is cut off in its first part" if header[:1] == b"{" else NOT_SAFETENSORS)
    try:
        entries = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        entries.pop("__metadata__", None)
        return {name: msgspec.json.decode(entry, type=Tensor) for name, entry in entries.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ModelProblem(path, NOT_SAFETENSORS) from problem


def _check_length(path: Path, tensors: Mapping[str, Tensor], present: int) -> None:
    """Hold the promised bytes against those that are there."""
    for name, tensor in tensors.items():
        first, last = tensor.data_offsets
        width = _BYTES.get(tensor.dtype)
        if width and (min(tensor.shape, default=0) < 0 or last - first != prod(tensor.shape) * width):
            raise ModelProblem(path, f"it is damaged: its part {name} is not as long as it says")
    promised = max((tensor.data_offsets[1] for tensor in tensors.values()), default=0)
    if not promised:
        raise ModelProblem(path, "it holds no weights")
    if present < promised:
        raise ModelProblem(path, f"it is cut off: {present / 1e6:.1f} of {promised / 1e6:.1f} MB are there")
    if present > promised:
        raise ModelProblem(path, f"it is damaged: {present - promised:,} bytes stand behind its end")


def _check_dimension(path: Path, tensors: Mapping[str, Tensor], model: ClipModel) -> None:
    projection = tensors.get(_IMAGE_PROJECTION)
    if projection and projection.shape and projection.shape[-1] != model.dimension:
        found = projection.shape[-1]
        because = f"it gives {found} numbers a picture, and {model.name} gives {model.dimension}; it is another model"
        raise ModelProblem(path, because)


def why_shapes_differ(tensors: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]]) -> str | None:
    """What keeps weights of these shapes from being those of a model with `wanted` ones; None when nothing does."""
    missing, foreign = sorted(wanted.keys() - tensors.keys()), sorted(tensors.keys() - wanted.keys())
    if missing:
        return f"parts of the model are missing ({len(missing)} of {len(wanted)}, the first is {missing[0]})"
    if foreign:
        return f"parts of it are none of the model's ({len(foreign)}, the first is {foreign[0]})"
    for name, shape in wanted.items():
        if tensors[name] != shape:
            return f"its part {name} has the shape {_shown(tensors[name])}, and the model's {_shown(shape)}"
    return None


def _shown(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "of a single number"


def _why_not_read(path: Path, problem: OSError) -> str:
    if not path.exists():
        return "there is no such file"
    if path.is_dir():
        return "it is a folder, not a file of weights"
    return f"it cannot be read ({(problem.strerror or 'unknown reason').lower()})"
