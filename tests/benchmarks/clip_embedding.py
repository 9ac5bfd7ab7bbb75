"""Images per second through the program's own way to content fingerprints, on the full ViT-B-32-quickgelu.

    python -m tests.benchmarks.clip_embedding [PICTURES]

The weights are drawn with a seed and written as a safetensors file of 605 MB into a temporary folder: the time of a
network does not depend on its numbers. What is measured is open_clip in float32, as it runs in the program's own child
process, first from ready squares and then from picture files; beside it open_clip called directly, the yardstick.
"""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil

from indexer.core.progress import Monitor
from indexer.fingerprints.clip_child import BATCH, ClipChild
from indexer.fingerprints.clip_models import find_model
from indexer.fingerprints.clip_weights import Weights, read_weights
from indexer.fingerprints.embedding import Embedder
from indexer.fingerprints.value_cache import ValueCache
from tests.helpers.children import run_child
from tests.helpers.clip import as_vector, picture_of
from tests.helpers.pictures import draw, save_all

PAIR = "ViT-B-32-quickgelu,openai"

MAKE = """
import sys
import open_clip, torch
from safetensors.torch import save_file
torch.manual_seed(1)
save_file(open_clip.create_model(sys.argv[2]).state_dict(), sys.argv[1])
"""

DIRECT = """
import sys, time
import numpy as np, open_clip, torch
from safetensors.torch import load_file
model = open_clip.create_model(sys.argv[2])
model.load_state_dict(load_file(sys.argv[1]))
model.eval()
torch.set_num_threads(int(sys.argv[4]))
batch = torch.from_numpy(np.load(sys.argv[3])).permute(0, 3, 1, 2).float().div(255)
mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (model.visual.image_mean, model.visual.image_std))
with torch.inference_mode():
    model.encode_image((batch - mean) / std)
    begun = time.perf_counter()
    for _ in range(int(sys.argv[5])):
        vectors = model.encode_image((batch - mean) / std, normalize=True)
    print(len(batch) * int(sys.argv[5]) / (time.perf_counter() - begun))
np.save(sys.argv[3] + ".vectors.npy", vectors.numpy())
"""


def main(arguments: Sequence[str]) -> None:
    """Print one line for each measurement."""
    count = int(arguments[0]) if arguments else 96
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = find_model(PAIR)
        made = run_child(MAKE, folder / "w.safetensors", model.model, timeout_s=600)
        if made.returncode:
            raise SystemExit(made.stderr)
        begun = time.perf_counter()
        weights = read_weights(folder / "w.safetensors", model)
        print(
            f"{PAIR}, {weights.size_bytes / 1e6:.0f} MB of seeded weights, {os.cpu_count()} processors, batch {BATCH}"
        )
        print(f"file checked in {time.perf_counter() - begun:.2f} s")
        _from_squares(weights, folder, rounds=max(1, count // BATCH))
        _from_files(weights, folder, count)


def _from_squares(weights: Weights, folder: Path, rounds: int) -> None:
    squares = np.random.default_rng(1).integers(0, 256, (BATCH, 224, 224, 3), dtype=np.uint8)
    with ClipChild(weights) as child:
        begun = time.perf_counter()
        vectors = child.embed_squares(list(squares), Monitor())
        print(f"first batch, with starting the process and loading: {time.perf_counter() - begun:.1f} s")
        begun = time.perf_counter()
        for _ in range(rounds):
            child.embed_squares(list(squares), Monitor())
        print(f"child process, ready squares: {rounds * BATCH / (time.perf_counter() - begun):.2f} pictures a second")
        (process,) = psutil.Process().children()[-1:]
        memory = process.memory_info()
        print(f"child process, private memory: {(memory.rss - memory.shared) / 1e6:.0f} MB")
    np.save(folder / "squares.npy", squares)
    threads = str(os.cpu_count() or 1)
    direct = run_child(
        DIRECT, weights.path, weights.model.model, folder / "squares.npy", threads, str(rounds), timeout_s=1200
    )
    if direct.returncode:
        raise SystemExit(direct.stderr)
    print(f"open_clip called directly: {float(direct.stdout):.2f} pictures a second")
    apart = np.abs(np.load(folder / "squares.npy.vectors.npy") - vectors).max()
    print(f"largest difference of any number of their vectors: {apart:.1e}")


def _from_files(weights: Weights, folder: Path, count: int) -> None:
    pictures = {f"{number:04d}.jpg": draw(number, (1200, 900)) for number in range(count)}
    asked = [picture_of(place) for place in sorted(save_all(folder / "set", pictures).iterdir())]
    with ValueCache(folder / "e.sqlite") as cache, Embedder(weights, cache) as embedder:
        list(embedder.embed(asked[:1], Monitor()))
        for what in ("picture files of 1 megapixel", "the same again, remembered"):
            begun = time.perf_counter()
            found = list(embedder.embed(asked[1:], Monitor()))
            print(f"{what}: {len(found) / (time.perf_counter() - begun):.2f} pictures a second")
        if any(one.because or not np.isfinite(as_vector(one.vectors[1])).all() for one in found):
            raise SystemExit("a picture has no vector")


if __name__ == "__main__":
    main(sys.argv[1:])
