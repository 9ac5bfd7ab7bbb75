"""A small CLIP model with seeded weights: open_clip's real architecture, so small that a test can wait for it.

PyTorch is only ever used in processes of their own, here as in the program, since FAISS is used in this one.
"""

import json
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from indexer.core.hashing import sha256_of_file
from indexer.fingerprints.clip_models import KNOWN, ClipModel, Interpolation
from indexer.fingerprints.embedding import Picture
from tests.helpers.children import run_child
from tests.helpers.pictures import draw

ARCHITECTURE: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}

SMALL = ClipModel("small-for-tests", "seed1", 32, image_size=64, architecture=ARCHITECTURE)

SIZES = [(480, 360), (360, 480), (301, 233), (64, 64), (97, 64), (64, 200), (40, 31), (63, 5), (3, 70), (224, 224)]
EDGES = (64, 224)
TEXTS = ["a drawing of a fox", "zwei Hunde, 犬", ""]

_SCRIPT = """
import json, sys
from pathlib import Path
import numpy as np, open_clip, torch
from open_clip.pretrained import get_pretrained_cfg
from open_clip.transform import image_transform
from PIL import Image
from safetensors.torch import save_file
folder, asked = Path(sys.argv[1]), json.loads(sys.argv[2])
torch.manual_seed(1)
model = open_clip.CLIP(**asked["architecture"]).eval()
save_file(model.state_dict(), folder / "small.safetensors")
tables = {}
for pair in asked["pairs"]:
    name, tag = pair.split(",")
    tables[pair] = {"model": open_clip.get_model_config(name), "weights": get_pretrained_cfg(name, tag)}
(folder / "tables.json").write_text(json.dumps(tables))
shown = []
for place in sorted(folder.glob("*.png")):
    with Image.open(place) as picture:
        for kind in asked["interpolations"]:
            for edge in asked["edges"]:
                see = image_transform(edge, False, mean=(0, 0, 0), std=(1, 1, 1), interpolation=kind)
                np.save(folder / f"{place.stem}.{kind}.{edge}.npy", see(picture).permute(1, 2, 0).numpy())
        shown.append(open_clip.image_transform(model.visual.image_size, False)(picture))
words = open_clip.SimpleTokenizer(context_length=asked["architecture"]["text_cfg"]["context_length"])(asked["texts"])
with torch.no_grad():
    np.save(folder / "pictures.npy", model.encode_image(torch.stack(shown), normalize=True).numpy())
    np.save(folder / "texts.npy", model.encode_text(words, normalize=True).numpy())
"""


def ask_open_clip(folder: Path) -> Path:
    """Have open_clip itself write down what the tests compare with, in one process.

    `small.safetensors`: seeded weights. `N.png`: pictures of `SIZES`, every fourth grey. `N.KIND.EDGE.npy`: what its
    transform makes of them. `pictures.npy`, `texts.npy`: vectors of them and of `TEXTS`. `tables.json`: what it says of
    each known pair.
    """
    for number, size in enumerate(SIZES):
        picture = draw(number, size)
        (picture.convert("L") if number % 4 == 3 else picture).save(folder / f"{number}.png")
    asked = {
        "architecture": ARCHITECTURE,
        "pairs": [record.name for record in KNOWN],
        "interpolations": list(Interpolation),
        "edges": EDGES,
        "texts": TEXTS,
    }
    done = run_child(_SCRIPT, folder, json.dumps(asked), timeout_s=250)
    assert done.returncode == 0, done.stderr
    return folder


def describe(weights: Path, model: ClipModel = SMALL) -> Path:
    """Write the description that belongs beside weights of a model that the program does not know."""
    place = weights.with_suffix(".json")
    place.write_bytes(msgspec.json.encode(model))
    return place


def write_tensors(place: Path, shapes: Mapping[str, Sequence[int]], value: float = 0.0) -> Path:
    """A safetensors file written by hand: every number of every part is `value`."""
    header, at, numbers = {}, 0, []
    for name, shape in shapes.items():
        length = 4 * prod(shape)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + length]}
        numbers.append(np.full(prod(shape), value, np.float32).tobytes())
        at += length
    text = json.dumps(header).encode()
    place.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(numbers))
    return place


def picture_of(place: Path, frames: tuple[int, ...] = (1,)) -> Picture:
    """A file as it is asked for."""
    return Picture(place, place.name, sha256_of_file(place), frames)


def as_vector(row: bytes) -> np.ndarray:
    return np.frombuffer(row, np.float32)
