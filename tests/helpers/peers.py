"""The real programs of others, in an environment of their own, and what the tests have them make."""

import json
import os
import signal
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from platformdirs import user_cache_path

from tests.helpers.children import run_child
from tests.helpers.pictures import draw

REQUIREMENTS = ("clip-retrieval==2.45.0", "autofaiss==2.18.0", "setuptools<81")
"""The last releases; the first imports `pkg_resources`, which newer setuptools have not."""

PLACE_VARIABLE = "EXHIBIT_A_PEERS"
ARCHITECTURE = "ViT-B-32-quickgelu"
PICTURES = 48
SHARD = 16
"""Pictures in each archive that the real program reads, and so rows in each file of metadata that it writes."""

_SEED = """
import sys
import open_clip, torch
from safetensors.torch import save_file
place, architecture, seed = sys.argv[1:]
torch.manual_seed(int(seed))
model = open_clip.create_model(architecture, pretrained=None)
save_file({name: value.half().contiguous() for name, value in model.state_dict().items()}, place)
"""


@dataclass(frozen=True, slots=True)
class PeerIndex:
    """What the real programs made of drawn pictures.

    Attributes:
        pictures: `NNN.png`, with its caption in `NNN.txt` and its columns in `NNN.json`.
        embeddings: by `clip-retrieval inference`: `img_emb/`, `text_emb/`, `metadata/`.
        folder: by `clip-retrieval index`: `image.index`, `text.index`, `image.json`, `metadata/`.
        weights: of the model with which both were made.
    """

    pictures: Path
    embeddings: Path
    folder: Path
    weights: Path


@dataclass(frozen=True, slots=True)
class Peers:
    """The environment in `place`; `room` is where its programs write."""

    place: Path
    room: Path

    def run(self, program: str, *arguments: str | Path, timeout_s: float = 1500) -> str:
        """Run one of its programs to the end, in the room, and return what it printed."""
        done = subprocess.run(
            self._command(program, arguments),
            cwd=self.room,
            env=self._variables(),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def make_index(self, weights: Path) -> PeerIndex:
        """Draw pictures, and have them embedded and indexed."""
        made = PeerIndex(self.room / "pictures", self.room / "embeddings", self.room / "index", weights)
        made.pictures.mkdir()
        draw_samples(made.pictures)
        shards = pack(made.pictures, self.room)
        self.run(
            "clip-retrieval",
            "inference",
            *("--input_dataset", self.room / f"{{{shards[0].stem}..{shards[-1].stem}}}.tar"),
            *("--input_format", "webdataset", "--wds_image_key", "png", "--enable_metadata", "True"),
            *("--write_batch_size", str(SHARD), "--wds_number_file_per_input_file", str(SHARD)),
            *("--num_prepro_workers", "0", "--batch_size", "8"),
            *("--clip_model", clip_model(weights), "--output_folder", made.embeddings),
        )
        self.run("clip-retrieval", "index", "--embeddings_folder", made.embeddings, "--index_folder", made.folder)
        return made

    @contextmanager
    def serve(self, indexes: dict[str, PeerIndex], columns: Sequence[str]) -> Iterator[str]:
        """The real server over indexes by name; gives its address. The weights are those of the first."""
        port = _free_port()
        paths = self.room / f"indices {port}.json"
        paths.write_text(json.dumps({name: str(index.folder) for name, index in indexes.items()}))
        weights = next(iter(indexes.values())).weights
        arguments = [
            *("back", "--port", str(port), "--indices_paths", paths),
            *("--clip_model", clip_model(weights), "--use_jit", "False", "--enable_mclip_option", "False"),
            *("--provide_safety_model", "False", "--provide_violence_detector", "False"),
            *("--provide_aesthetic_embeddings", "False", "--columns_to_return", json.dumps(list(columns))),
        ]
        with (self.room / f"server {port}.log").open("w+") as log:
            server = subprocess.Popen(
                self._command("clip-retrieval", arguments),
                cwd=self.room,
                env=self._variables(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                _wait_for(f"http://127.0.0.1:{port}", server, Path(log.name))
                yield f"http://127.0.0.1:{port}"
            finally:
                os.killpg(server.pid, signal.SIGTERM)
                server.wait(timeout=60)

    def _command(self, program: str, arguments: Sequence[str | Path]) -> list[str]:
        return [str(self.place / "bin" / program), *map(str, arguments)]

    def _variables(self) -> dict[str, str]:
        """Nothing of ours, and nothing that would ask the network."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "WANDB_MODE": "disabled"}
        return kept | offline | {"HOME": str(self.room), "CUDA_VISIBLE_DEVICES": ""}


def peers_place() -> Path:
    """Where the environment lies, or belongs."""
    said = os.environ.get(PLACE_VARIABLE)
    return Path(said) if said else user_cache_path("exhibit-a") / "peers"


def is_complete(place: Path) -> bool:
    """Whether everything was installed there, and in these versions."""
    mark = place / "complete"
    return mark.is_file() and mark.read_text().split("\n") == list(REQUIREMENTS)


def clip_model(weights: Path) -> str:
    """How clip-retrieval is told of weights in a file."""
    return f"open_clip:{ARCHITECTURE}/{weights}"


def seed_weights(place: Path, seed: int) -> Path:
    """Weights of the full architecture, in half precision, made by our open_clip."""
    done = run_child(_SEED, place, ARCHITECTURE, str(seed), timeout_s=600)
    assert done.returncode == 0, done.stderr
    return place


def draw_samples(folder: Path) -> None:
    """Pictures with captions and columns; every fifth has no size, so that the real tables get gaps."""
    for number in range(PICTURES):
        name = f"{number:03}"
        draw(number, (240, 180)).save(folder / f"{name}.png")
        (folder / f"{name}.txt").write_text(f"drawing {name}")
        columns: dict[str, object] = {"url": f"https://example.org/{name}.png"}
        if number % 5:
            columns |= {"width": 240, "height": 180}
        (folder / f"{name}.json").write_text(json.dumps(columns))


def pack(folder: Path, room: Path) -> list[Path]:
    """The pictures in archives, as img2dataset writes them."""
    files = sorted(folder.iterdir())
    names = sorted({place.stem for place in files})
    archives = []
    for start in range(0, len(names), SHARD):
        archives.append(room / f"{start // SHARD}.tar")
        with tarfile.open(archives[-1], "w") as archive:
            for place in files:
                if place.stem in names[start : start + SHARD]:
                    archive.add(place, place.name)
    return archives


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path, limit_s: float = 600) -> None:
    """Until it answers; it loads the model first."""
    ends = time.monotonic() + limit_s
    while server.poll() is None and time.monotonic() < ends:
        try:
            with urlopen(f"{address}/indices-list", timeout=30):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"the server did not start: {log.read_text()[-3000:]}")
