# SPDX-License-Identifier: GPL-3.0-or-later
"""The model itself: open_clip's architecture filled with weights from a file. Only ever imported in a child process.

PyTorch and FAISS in one process bring two OpenMP runtimes, which is a known crash (DESIGN §4). Nothing here can reach
a hub: the architecture comes from open_clip's own tables, the weights from a file that was checked before.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from indexer.core.errors import ModelProblem
from indexer.fingerprints.clip_models import ClipModel
from indexer.fingerprints.clip_weights import why_shapes_differ

Vectors = NDArray[np.float32]
_SHORTEST = 1e-6
_FOREIGN_TEXT = ("hf_model_name", "hf_tokenizer_name")
_MOST_THREADS = 8


class LoadedModel:
    """A model ready to embed.

    Args:
        record: what the pair decides.
        weights: a safetensors file.

    Raises:
        ModelProblem: the file holds other weights than this architecture's.
    """

    def __init__(self, record: ClipModel, weights: Path) -> None:
        torch.set_num_threads(min(_MOST_THREADS, os.cpu_count() or 1))
        self._record = record
        self._config = _configuration(record)
        self._model: Any = _build(record, deepcopy(self._config))  # open_clip has no types
        _fill(self._model, weights)
        self._model.eval()
        self._mean = torch.tensor(record.mean).view(1, 3, 1, 1)
        self._std = torch.tensor(record.std).view(1, 3, 1, 1)

    def embed_squares(self, squares: NDArray[np.uint8]) -> Vectors:
        """Vectors (pictures, dimension) of length 1.

        Args:
            squares: shape (pictures, size, size, 3), see `squares.Square`.

        Raises:
            ModelProblem: the weights give no numbers.
        """
        with torch.inference_mode():
            pixels = torch.from_numpy(squares).permute(0, 3, 1, 2).float().div(255)
            return self._unit(self._model.encode_image((pixels - self._mean) / self._std))

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Vectors (sentences, dimension) of length 1, comparable with those of pictures.

        Raises:
            ModelProblem: the model's words are of a kind that this program has not, or the weights give no numbers.
        """
        text = self._config.get("text_cfg", {})
        if any(text.get(name) for name in _FOREIGN_TEXT):
            raise ModelProblem(self._record.name, "its dictionary of words does not come with open_clip")
        tokenize = open_clip.SimpleTokenizer(context_length=int(text.get("context_length", 77)))
        with torch.inference_mode():
            return self._unit(self._model.encode_text(tokenize(list(texts))))

    def _unit(self, features: torch.Tensor) -> Vectors:
        vectors: Vectors = features.float().numpy()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths < _SHORTEST).any():
            raise ModelProblem(self._record.name, "these weights give no usable numbers; the file is damaged")
        if vectors.shape[1] != self._record.dimension:
            because = f"these weights give {vectors.shape[1]} numbers a picture, and not {self._record.dimension}"
            raise ModelProblem(self._record.name, because)
        return np.ascontiguousarray(vectors / lengths)


def _configuration(record: ClipModel) -> dict[str, Any]:
    """open_clip's configuration of the architecture, with the activation that the pair decides."""
    config = dict(record.architecture) or open_clip.get_model_config(record.model)
    if config is None:
        raise ModelProblem(record.name, "open_clip knows no such model")
    if bool(config.get("quick_gelu", False)) != record.quick_gelu:
        raise ModelProblem(record.name, "its activation is not the one that this pair has")
    edge = config.get("vision_cfg", {}).get("image_size", 224)
    if edge not in (record.image_size, [record.image_size] * 2):
        raise ModelProblem(record.name, f"it looks at squares of {edge} pixels, and not of {record.image_size}")
    if config.get("vision_cfg", {}).get("timm_model_name") or config.get("text_cfg", {}).get("hf_model_name"):
        raise ModelProblem(record.name, "parts of it come from other libraries, which this program does not use")
    return dict(config)


def _build(record: ClipModel, config: dict[str, Any]) -> nn.Module:
    """The architecture with empty parameters: filling them with chance first would take time and twice the memory."""
    kind = open_clip.CustomTextCLIP if config.pop("custom_text", False) else open_clip.CLIP
    try:
        with _empty_parameters():
            model: nn.Module = kind(**config)
    except (TypeError, ValueError, AssertionError, RuntimeError, AttributeError) as problem:
        raise ModelProblem(record.name, f"open_clip cannot make this architecture ({problem})") from problem
    return model


@contextmanager
def _empty_parameters() -> Iterator[None]:
    """Make parameters without memory; buffers, which no weights file holds, are made as usual."""
    register = nn.Module.register_parameter

    def register_empty(self: nn.Module, name: str, param: nn.Parameter | None) -> None:
        register(self, name, param)
        if param is not None:
            self._parameters[name] = nn.Parameter(param.to("meta"), requires_grad=False)

    nn.Module.register_parameter = register_empty  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.register_parameter = register  # type: ignore[method-assign]


def _fill(model: nn.Module, weights: Path) -> None:
    """Put the file's numbers in, all of them and no others; those of 32 bits stay where the file is mapped."""
    try:
        state = load_file(weights)
    except SafetensorError as problem:
        raise ModelProblem(weights, f"it is damaged: {problem}") from problem
    except OSError as problem:
        raise ModelProblem(weights, f"it cannot be read ({problem.strerror or problem})") from problem
    wanted = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    because = why_shapes_differ({name: tuple(value.shape) for name, value in state.items()}, wanted)
    if because:
        raise ModelProblem(weights, f"it holds the weights of another model: {because}")
    model.load_state_dict({name: value.float() for name, value in state.items()}, strict=True, assign=True)
