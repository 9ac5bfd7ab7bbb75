# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build is asked and what it answers. Imports nothing heavy: the program's own process uses these types."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClipChoice:
    """The model for content fingerprints: `MODEL,TAG`, and the file of its weights."""

    pair: str
    weights: Path


@dataclass(frozen=True, slots=True)
class PictureBuild:
    """What to build.

    Attributes:
        pictures: the folder of pictures.
        out: the index folder to make; it must not lie inside `pictures`.
        dataset, version: what the set calls itself.
        shareable: leave the place of the pictures out of the manifest.
        base_url: address below which the same pictures can be fetched, None when there is none.
        sample: made by the demo.
        clip: also make content fingerprints with this model; None for none.
    """

    pictures: Path
    out: Path
    dataset: str
    version: str = ""
    shareable: bool = False
    base_url: str | None = None
    sample: bool = False
    clip: ClipChoice | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """What a build gave: rows, files skipped, files that an interrupted build had already read."""

    rows: int
    skipped: int
    resumed: int
