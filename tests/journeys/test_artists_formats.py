"""A folder as artists have it: every kind of file of their programs is looked for, or skipped with a reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.app.test_check_command import in_letters, read
from tests.helpers.artist_files import (
    CMYK,
    LAB,
    RGB,
    Photoshop,
    channels_of,
    clip,
    heic,
    krita,
    lab_channels,
    openraster,
    procreate,
    psd,
    zipped,
)
from tests.helpers.indexes import build_index
from tests.helpers.pictures import as_bytes, draw, recompressed, save_all
from tests.helpers.program import run

NOT_MERGED = (
    "it is a Photoshop document that was saved without a flattened picture inside; save it again with “Maximize "
    "compatibility” turned on, or save a PNG or JPEG copy beside it, to have it checked"
)
SIZE, SMALL = (480, 360), (240, 180)
KINDS = (
    *("photo.heic", "turned.HEIC", "painting.psd", "layers.psd", "print.psd", "lab.psd", "deep.psd", "light.psd"),
    *("poster.psb", "sketch.kra", "sketch.ora", "ipad.procreate", "manga.clip", "no ending", "wrong ending.jpg"),
)
FADING = Image.linear_gradient("L").resize(SIZE).point(lambda value: min(255, value + 90))
PREVIEWS = ("ipad.procreate", "manga.clip")

pytestmark = pytest.mark.journey


def work(name: str) -> Image.Image:
    """What is to be seen in the file of this name."""
    picture = draw(300 + KINDS.index(name), SIZE)
    if name == "layers.psd":
        return Image.composite(picture, Image.new("RGB", SIZE, "white"), FADING)
    return picture


def files() -> dict[str, bytes]:
    """One work a kind, each another picture."""
    on_white = [*channels_of(work("layers.psd")), np.asarray(FADING)]
    ink = [255 - channel for channel in channels_of(work("print.psd").convert("CMYK"))]
    deep = [channel.astype(np.uint16) * 257 for channel in channels_of(work("deep.psd"))]
    light = [(channel / 255) ** 2.2 for channel in channels_of(work("light.psd"))]
    tiny = as_bytes(draw(1, (40, 30)))
    return {
        "photo.heic": heic(work("photo.heic")),
        "turned.HEIC": heic(work("turned.HEIC").transpose(Image.Transpose.ROTATE_90), orientation=6),
        "painting.psd": psd(work("painting.psd")),
        "layers.psd": Photoshop(layers=-1).of(*on_white),
        "print.psd": Photoshop(CMYK).of(*ink),
        "lab.psd": Photoshop(LAB).of(*lab_channels(work("lab.psd"))),
        "deep.psd": Photoshop(RGB, 16, layers=2, in_deep_block=True).of(*deep),
        "light.psd": Photoshop(RGB, 32).of(*light),
        "poster.psb": psd(work("poster.psb"), is_large=True),
        "sketch.kra": krita(as_bytes(work("sketch.kra")), tiny),
        "sketch.ora": openraster(as_bytes(work("sketch.ora")), tiny),
        "ipad.procreate": procreate(as_bytes(work("ipad.procreate").resize(SMALL))),
        "manga.clip": clip(as_bytes(work("manga.clip").resize(SMALL))),
        "no ending": psd(work("no ending")),
        "wrong ending.jpg": krita(as_bytes(work("wrong ending.jpg"))),
    }


def spoilt() -> dict[str, tuple[bytes, str]]:
    """Files that cannot be used, each with the reason to be given."""
    picture = draw(2, (96, 64))
    save_a_copy = "save a PNG or JPEG copy beside it to have it checked"
    cut_off = {
        "half.psd": (psd(picture), "the Photoshop file is damaged or cut off"),
        "half.kra": (krita(as_bytes(picture)), "the Krita file is damaged or cut off"),
        "half.clip": (clip(as_bytes(picture)), "the Clip Studio file is damaged or cut off"),
    }
    return {name: (data[: len(data) // 2], because) for name, (data, because) in cut_off.items()} | {
        "not merged.psd": (
            psd(picture, is_merged=False),
            NOT_MERGED,
        ),
        "empty.kra": (
            krita(None),
            f"the Krita document holds no picture of itself; {save_a_copy}",
        ),
        "brushes.zip": (
            zipped({"brush.png": as_bytes(picture)}),
            "it is an archive or layered document, not a picture",
        ),
        "other.xcf": (
            b"gimp xcf v011\0" + bytes(90),
            f"it is a GIMP document, which this version does not read; {save_a_copy}",
        ),
    }


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the check of the whole folder says against a data set of recompressed copies among strangers."""
    place = tmp_path_factory.mktemp("formats")
    folder = place / "art"
    folder.mkdir()
    for name, data in (files() | {name: data for name, (data, _) in spoilt().items()}).items():
        (folder / name).write_bytes(data)
    copies = {f"copy of {name}.png": recompressed(work(name), 85) for name in KINDS}
    save_all(place / "set", copies | {f"other {number}.jpg": draw(900 + number, SIZE) for number in range(30)})
    index = place / "index"
    build_index(place / "set", index)
    done = run("check", folder, "--source", index, "--json", place / "out.json")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return read(place / "out.json") | {"said": done.stdout}


def test_every_file_is_looked_for_or_skipped_with_its_reason(answer: dict[str, Any]) -> None:
    seen = {Path(artwork["path"]).name: artwork["skipped"] for artwork in answer["artworks"]}
    assert seen == dict.fromkeys(KINDS) | {name: because for name, (_, because) in spoilt().items()}


@pytest.mark.parametrize("name", KINDS)
def test_a_listed_copy_is_found_whatever_the_work_is_kept_as(name: str, answer: dict[str, Any]) -> None:
    row, grade, _ = in_letters(answer)[name]
    assert row == f"copy of {name}.png"
    assert grade in ("same_image", "edited_copy")


@pytest.mark.parametrize("name", KINDS)
def test_the_size_is_that_of_what_was_read(name: str, answer: dict[str, Any]) -> None:
    (artwork,) = (artwork for artwork in answer["artworks"] if Path(artwork["path"]).name == name)
    assert (artwork["width"], artwork["height"]) == (SMALL if name in PREVIEWS else SIZE)


def test_where_only_a_preview_could_be_read_that_is_said(answer: dict[str, Any]) -> None:
    noted = {Path(artwork["path"]).name: artwork["note"] for artwork in answer["artworks"] if artwork["note"]}
    assert set(noted) == set(PREVIEWS)
    assert "only the preview of 240 × 180 pixels inside the file was looked at" in answer["said"]
