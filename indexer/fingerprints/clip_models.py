# SPDX-License-Identifier: GPL-3.0-or-later
"""Which CLIP models are known: exact pairs of model and tag, as open_clip names them, and what each pair decides.

A pair decides dimension, activation and preprocessing; a weights file says nothing about them. Two pairs that look
alike give vectors that must not be compared, and open_clip at most warns (`datasets.md` §1.7), so a near miss is
refused here with the name of the right pair.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from indexer.core.errors import ModelProblem

Triple = tuple[float, float, float]

_OPENAI_MEAN: Triple = (0.48145466, 0.4578275, 0.40821073)
_OPENAI_STD: Triple = (0.26862954, 0.26130258, 0.27577711)
_INCEPTION: Triple = (0.5, 0.5, 0.5)
_QUICK = "-quickgelu"
_LARGEST_DESCRIPTION_BYTES = 1 << 20


class Interpolation(StrEnum):
    """How a picture is shrunk."""

    BICUBIC = "bicubic"
    BILINEAR = "bilinear"


@dataclass(frozen=True, slots=True)
class Published:
    """The weights file that the pair's makers publish.

    Attributes:
        repository, file: where it stands on the model hub, for people.
        sha256, size_bytes: None while this program knows no trustworthy figure. Only weights whose checksum is known
            here can be called the published ones.
    """

    repository: str
    file: str = "open_clip_model.safetensors"
    sha256: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ClipModel:
    """One pair.

    Attributes:
        dimension: numbers in each vector.
        image_size: edge in pixels of the square that the model looks at.
        quick_gelu: which activation the weights were made with.
        mean, std: of the colours, 0–1, red, green, blue.
        reproduces: published sets whose vectors are of this very space.
        architecture: open_clip's configuration, for a model that is none of open_clip's own.
    """

    model: str
    tag: str
    dimension: int
    image_size: int = 224
    quick_gelu: bool = False
    mean: Triple = _OPENAI_MEAN
    std: Triple = _OPENAI_STD
    interpolation: Interpolation = Interpolation.BICUBIC
    reproduces: tuple[str, ...] = ()
    published: Published | None = None
    architecture: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`MODEL,TAG`."""
        return f"{self.model},{self.tag}"

    @property
    def preprocessing(self) -> str:
        """All that is done to a picture's pixels before the model sees them; part of what makes two vectors comparable.

        The last number is this program's version of it.
        """
        mean, std = (" ".join(f"{value:g}" for value in values) for values in (self.mean, self.std))
        return f"{self.interpolation} {self.image_size}, mean {mean}, std {std}, on white, 1"


@dataclass(frozen=True, slots=True)
class ClipSpace:
    """What two vectors must have in common before they may be compared: model, weights, preprocessing.

    Attributes:
        weights_sha256: None where an index of strangers does not say which weights it was made with.
        preprocessing: None likewise.
    """

    model: str
    tag: str
    dimension: int
    weights_sha256: str | None = None
    preprocessing: str | None = None

    @property
    def name(self) -> str:
        """`MODEL,TAG`."""
        return f"{self.model},{self.tag}"

    @property
    def key(self) -> str:
        """One line that differs when anything differs."""
        return f"{self.name}, {self.dimension}, weights {self.weights_sha256}, {self.preprocessing}"

    def as_parameters(self) -> dict[str, str | int | float]:
        """What an index says of its vectors."""
        said: dict[str, str | int | float] = {"model": self.model, "tag": self.tag, "dimension": self.dimension}
        more = {"weights_sha256": self.weights_sha256, "preprocessing": self.preprocessing}
        return said | {name: value for name, value in more.items() if value is not None}


def space_of(parameters: Mapping[str, str | int | float]) -> ClipSpace | None:
    """The space that an index says its vectors are of; None when it says it badly, which a stranger's may."""
    try:
        return msgspec.convert(dict(parameters), type=ClipSpace)
    except msgspec.ValidationError:
        return None


KNOWN = (
    ClipModel(
        "ViT-B-32-quickgelu",
        "openai",
        512,
        quick_gelu=True,
        reproduces=("LAION-400M index", "clip-retrieval's default", "DataComp b32"),
        published=Published("timm/vit_base_patch32_clip_224.openai"),
    ),
    ClipModel(
        "ViT-L-14-quickgelu",
        "openai",
        768,
        quick_gelu=True,
        reproduces=("LAION-5B L/14", "ClickHouse's LAION sample", "SISAP challenge", "PD12M", "DataComp l14"),
        published=Published("timm/vit_large_patch14_clip_224.openai"),
    ),
    ClipModel(
        "ViT-H-14",
        "laion2b_s32b_b79k",
        1024,
        reproduces=("LAION-5B H/14", "nousr/laion-1m-vit-h-14"),
        published=Published("laion/CLIP-ViT-H-14-laion2B-s32B-b79K"),
    ),
    ClipModel(
        "ViT-B-32",
        "laion2b_s34b_b79k",
        512,
        reproduces=("fondant datacomp-small",),
        published=Published("laion/CLIP-ViT-B-32-laion2B-s34B-b79K"),
    ),
    ClipModel(
        "ViT-L-14",
        "laion2b_s32b_b82k",
        768,
        mean=_INCEPTION,
        std=_INCEPTION,
        published=Published("laion/CLIP-ViT-L-14-laion2B-s32B-b82K"),
    ),
    ClipModel(
        "ViT-B-32",
        "datacomp_xl_s13b_b90k",
        512,
        published=Published("laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K"),
    ),
    ClipModel(
        "ViT-L-14",
        "datacomp_xl_s13b_b90k",
        768,
        published=Published("laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K"),
    ),
)
"""`datasets.md` §1.7 says which pair reproduces which vectors; a test holds the rest against open_clip's own tables."""


def find_model(pair: str, weights: Path | None = None) -> ClipModel:
    """The record of a pair written as `MODEL,TAG`.

    Args:
        weights: a file beside which a description may lie, for a pair that is not in the table: the same name,
            ending in `.json`, holding the fields of `ClipModel`.

    Raises:
        ModelProblem: the pair is not known; the sentence names the one that was probably meant.
    """
    model, _, tag = (part.strip() for part in pair.partition(","))
    for record in KNOWN:
        if (record.model, record.tag) == (model, tag):
            return record
    if not is_known_name(model):
        described = _described(weights) if weights else None
        if described and (described.model, described.tag) == (model, tag):
            return described
    raise ModelProblem(pair, _why_unknown(model, tag))


def is_known_name(model: str) -> bool:
    """Whether a pair of that model stands in the table, with whatever tag and activation."""
    return any(model in (record.model, _without_quick(record.model)) for record in KNOWN)


def weights_place(models: Path, pair: str) -> Path:
    """Where the weights of a pair lie among those that were fetched or put there."""
    return models / f"{pair}.safetensors"


def _why_unknown(model: str, tag: str) -> str:
    same_model = [record for record in KNOWN if _without_quick(record.model) == _without_quick(model)]
    if not tag:
        meant = same_model or list(KNOWN)
        return f"the model needs its tag, because each tag is another space of vectors; known: {_names(meant)}"
    for record in same_model:
        if record.tag == tag:
            return f"these weights belong to another activation than {model} has; the right pair is {record.name}"
    return f"this pair of model and tag is not known; known: {_names(same_model or list(KNOWN))}"


def _names(records: list[ClipModel]) -> str:
    return " · ".join(record.name for record in records)


def _without_quick(model: str) -> str:
    return model.removesuffix(_QUICK)


def _described(weights: Path) -> ClipModel | None:
    """The description beside a weights file; None when there is none.

    Raises:
        ModelProblem: it is no such description, or neither it nor the weights are there.
    """
    place = weights.with_suffix(".json")
    if not place.is_file():
        if not weights.exists():
            raise ModelProblem(weights, "there is no such file")
        return None
    try:
        if place.stat().st_size > _LARGEST_DESCRIPTION_BYTES:
            raise ModelProblem(place, "it is far too large to describe a model")
        return msgspec.json.decode(place.read_bytes(), type=ClipModel)
    except OSError as problem:
        raise ModelProblem(place, f"it cannot be read ({problem.strerror})") from problem
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ModelProblem(place, f"it does not describe a model ({problem})") from problem
