"""A small CLIP model with seeded weights: open_clip's real architecture, so small that a test can wait for it."""

import json
from pathlib import Path
from typing import Any

import msgspec

from indexer.fingerprints.clip_models import ClipModel

ARCHITECTURE: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}

SMALL = ClipModel("small-for-tests", "seed1", 32, image_size=64, architecture=ARCHITECTURE)

_MAKE = """
import json, sys
import open_clip, torch
from safetensors.torch import save_file
torch.manual_seed(int(sys.argv[3]))
model = open_clip.CLIP(**json.loads(sys.argv[1]))
save_file(model.state_dict(), sys.argv[2])
"""


def make_weights(place: Path, architecture: dict[str, Any] = ARCHITECTURE, seed: int = 1) -> Path:
    """Write a safetensors file of weights drawn with this seed, by PyTorch in a process of its own."""
    from tests.helpers.children import run_child

    done = run_child(_MAKE, json.dumps(architecture), place, str(seed))
    assert done.returncode == 0, done.stderr
    return place


def describe(weights: Path, model: ClipModel = SMALL) -> Path:
    """Write the description that belongs beside weights of a model that the program does not know."""
    place = weights.with_suffix(".json")
    place.write_bytes(msgspec.json.encode(model))
    return place
