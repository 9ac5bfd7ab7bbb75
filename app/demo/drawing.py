# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the demo's two folders: `portfolio`, of an invented artist, and `dataset`, with altered copies among others.

What was copied, and how, is written to `truth.json`, so that anybody can hold the check's answers against it.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from PIL import Image

from app.demo.motifs import MOTIFS, draw
from app.demo.truth import DATASET, PORTFOLIO, TRUTH, Copy
from indexer.core.progress import Monitor, Progress
from indexer.core.workers import WorkerPool
from indexer.images.variants import Orientation, lay

_WORK_SIZE, _ROW_SIZE = (960, 720), (512, 384)
_DRAWING_LIMIT_S = 60.0
_FIRST_OTHER_SEED = 1000

_TITLES = {
    "ridges": ("Morning ridge", "The long valley", "Last light", "Above the tree line"),
    "current": ("Undertow", "Drift", "Northerly", "Eddies"),
    "herbarium": ("Three birches", "Sheet 12", "Hedgerow", "What grew here"),
    "night": ("Fourth floor", "Night bus", "Moon over the yards", "Lights out"),
    "mask": ("The listener", "Carnival", "Old king", "Grin"),
    "quilt": ("Grandmother's quilt", "Field map", "Twelve by nine", "Market day"),
}


def draw_demo(folder: Path, pictures: int, monitor: Monitor) -> None:
    """Draw everything below `folder`: the data set holds `pictures` pictures, copies among them.

    Raises:
        Cancelled: the user stopped.
    """
    portfolio, dataset = folder / PORTFOLIO, folder / DATASET
    portfolio.mkdir(parents=True, exist_ok=True)
    dataset.mkdir(parents=True, exist_ok=True)
    works = [_Sheet(motif, seed, _WORK_SIZE, str(portfolio / f"{title}.png")) for motif, seed, title in _titles()]
    copies = list(_copies())
    others = [_other_sheet(dataset, number) for number in range(pictures - len(copies))]
    _draw_all([*works, *others], monitor)
    for number, (title, done, alter) in enumerate(copies):
        alter(portfolio / f"{title}.png", dataset / _copy_name(number, done))
    (portfolio / "notes.txt").write_text("Ask the gallery about the frames.\n", encoding="utf-8")
    whole = (portfolio / "Drift.png").read_bytes()
    (portfolio / "Drift, broken download.png").write_bytes(whole[: len(whole) // 3])
    truth = [Copy(f"{title}.png", done, _copy_name(number, done)) for number, (title, done, _) in enumerate(copies)]
    (folder / TRUTH).write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=2) + b"\n")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One picture to draw. Crosses to a worker as MessagePack."""

    motif: str
    seed: int
    size: tuple[int, int]
    path: str


def serve_sheet(request: bytes) -> bytes:
    """A worker's side: draw one picture and save it."""
    sheet = msgspec.msgpack.decode(request, type=_Sheet)
    picture = draw(sheet.motif, sheet.seed, sheet.size)
    picture.save(sheet.path, quality=88)
    return b""


def _draw_all(sheets: list[_Sheet], monitor: Monitor) -> None:
    with WorkerPool[_Sheet](serve_sheet, os.cpu_count() or 1, _DRAWING_LIMIT_S) as pool:
        for done, _ in enumerate(pool.ordered(sheets, msgspec.msgpack.encode, monitor), start=1):
            monitor.progress(Progress("drawing the sample pictures", done, len(sheets)))


def _titles() -> Iterator[tuple[str, int, str]]:
    for motif, titles in _TITLES.items():
        for seed, title in enumerate(titles):
            yield motif, seed, title


def _other_sheet(dataset: Path, number: int) -> _Sheet:
    motif = list(MOTIFS)[number % len(MOTIFS)]
    folder = dataset / f"{number // 1000:02d}"
    folder.mkdir(exist_ok=True)
    return _Sheet(motif, _FIRST_OTHER_SEED + number, _ROW_SIZE, str(folder / f"{number:06d}.jpg"))


def _copy_name(number: int, done: str) -> str:
    return f"99/{990000 + number * 7:06d}.{'png' if done == 'identical' else 'jpg'}"


Alter = Callable[[Path, Path], None]


def _altered(change: Callable[[Image.Image], Image.Image], quality: int = 85) -> Alter:
    def alter(source: Path, target: Path) -> None:
        target.parent.mkdir(exist_ok=True)
        with Image.open(source) as picture:
            change(picture.convert("RGB")).save(target, quality=quality)

    return alter


def _identical(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(source.read_bytes())


def _cropped(share: float) -> Callable[[Image.Image], Image.Image]:
    """Keep this share of the area, from the upper right."""

    def crop(picture: Image.Image) -> Image.Image:
        width, height = round(picture.width * share**0.5), round(picture.height * share**0.5)
        return picture.crop((picture.width - width, 0, picture.width, height))

    return crop


def _scaled(share: float) -> Callable[[Image.Image], Image.Image]:
    def scale(picture: Image.Image) -> Image.Image:
        return picture.resize((round(picture.width * share), round(picture.height * share)), Image.Resampling.LANCZOS)

    return scale


def _laid(orientation: Orientation) -> Callable[[Image.Image], Image.Image]:
    return lambda picture: lay(picture, orientation)


def _copies() -> Iterator[tuple[str, str, Alter]]:
    """Which works are in the data set, and what was done to each copy."""
    yield "Morning ridge", "identical", _identical
    yield "Undertow", "recompressed", _altered(lambda picture: picture, quality=60)
    yield "Three birches", "resized to 50 %", _altered(_scaled(0.5))
    yield "Night bus", "mirrored", _altered(_laid(Orientation.MIRRORED))
    yield "The listener", "turned 90° clockwise", _altered(_laid(Orientation.TURNED_90))
    yield "Market day", "cropped to 80 %", _altered(_cropped(0.8))
    yield "Last light", "resized to 40 %", _altered(_scaled(0.4), quality=70)
    yield "Carnival", "identical", _identical
    yield "Eddies", "mirrored", _altered(_laid(Orientation.MIRRORED), quality=75)
    yield "Moon over the yards", "turned 180° clockwise", _altered(_laid(Orientation.TURNED_180))
    yield "Undertow", "resized to 30 %", _altered(_scaled(0.3))
