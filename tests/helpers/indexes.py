"""Small real indexes, and indexes as a stranger might make them: changed, and signed again so that checksums agree."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from indexer.building.contract import Built, PictureBuild
from indexer.building.pictures import build_from_pictures
from indexer.core.progress import Monitor
from indexer.index.manifest import Manifest, read_manifest, record_files, write_manifest
from tests.helpers.pictures import draw, save_all

SMALL_SET = 12


def save_small_set(folder: Path, count: int = SMALL_SET) -> Path:
    """A folder of drawn pictures, some of them in a folder of their own; `NN.png` is the drawing of seed NN."""
    return save_all(folder, {f"{'more/' if seed % 4 == 3 else ''}{seed:02d}.png": draw(seed) for seed in range(count)})


def build_index(pictures: Path, out: Path, monitor: Monitor | None = None, **options: Any) -> Built:
    """Build an index with one worker, so that a test does not wait for many to start."""
    return build_from_pictures(PictureBuild(pictures, out, **{"dataset": "Test set"} | options), monitor, workers=1)


def sign_again(folder: Path, **changes: Any) -> Manifest:
    """Write a manifest to which all files agree, with these fields changed: what a stranger can always do."""
    manifest = replace(read_manifest(folder), **{"files": record_files(folder)} | changes)
    write_manifest(folder, manifest)
    return manifest


def copy_index(index: Path, place: Path) -> Path:
    """A copy that a test may spoil."""
    return shutil.copytree(index, place)


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by name."""
    return {place.name: place.read_bytes() for place in sorted(folder.iterdir())}
