# SPDX-License-Identifier: GPL-3.0-or-later
"""What to search first: the sets that most likely tell this person something, within one evening's patience.

Order and reasons stand in the catalogue (`first_look` of a record). What this portfolio cannot be asked there, and
what is too large, is left for later and says why; nothing is dropped in silence.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from indexer.core.types import Lane
from indexer.sources.dataset import Dataset, Glance, Recipe

VIEWER = "viewer"
FIRST_LOOK_BYTES = 3_000_000_000
FIRST_LOOK_S = 20 * 60.0
"""All downloads of the first look together; at 25 Mbit/s both come to about the same."""

USUAL_MBIT = 25.0
"""Speed of a line that downloads are told for, where nobody names another."""


@dataclass(frozen=True, slots=True)
class Have:
    """What this portfolio can be asked by.

    Attributes:
        published: files as they were published are at hand, from account archives or own pages. A master file has
            another checksum than what a platform made of it.
        names, sites: the artist named some.
        weights: models for content fingerprints, `MODEL,TAG`, whose weights are here.
        ready: names of data sets that are set up here.
    """

    published: bool = False
    names: bool = False
    sites: bool = False
    weights: frozenset[str] = frozenset()
    ready: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One way into one set.

    Attributes:
        dataset: its slug.
        through: name of the recipe that fetches it, or `viewer` for the hub's own search.
        source: what `--source` takes: an address, or the name under which it is set up here once fetched.
        lanes: what it can answer for this portfolio; empty when nothing.
        download: bytes that still have to be fetched.
        seconds: that takes so long.
        reason: why it stands here.
        is_ready: it can be searched without fetching anything.
        because: why it is left for later, empty for a step of the first look.
    """

    dataset: str
    name: str
    through: str
    source: str
    lanes: tuple[Lane, ...]
    download: int
    seconds: float
    reason: str
    is_ready: bool
    because: str = ""


@dataclass(frozen=True, slots=True)
class FirstLook:
    """The steps to take now, in order of yield, and those for later."""

    steps: tuple[Step, ...]
    later: tuple[Step, ...]

    @property
    def download(self) -> int:
        """Bytes of all steps to take now."""
        return sum(step.download for step in self.steps)

    @property
    def seconds(self) -> float:
        """Their time on the line."""
        return sum(step.seconds for step in self.steps)

    @property
    def sources(self) -> tuple[str, ...]:
        """What a check's `--source` takes, once the steps of `to_fetch` are done."""
        return tuple(dict.fromkeys(step.source for step in self.steps))

    @property
    def to_fetch(self) -> tuple[Step, ...]:
        """What `datasets get` has to fetch before: dataset and recipe of each."""
        return tuple(step for step in self.steps if not step.is_ready)


def download_seconds(size_bytes: int, mbit: float) -> float:
    """How long so many bytes take on a line of so many million bits a second."""
    return size_bytes * 8 / (mbit * 1e6)


def answerable(lanes: Iterable[Lane], record: Dataset, have: Have) -> tuple[Lane, ...]:
    """Which of these lanes of a set this portfolio can be asked by."""
    model = any(vectors.model in have.weights for vectors in record.vectors)
    can = {
        Lane.EXACT: have.published,
        Lane.PERCEPTUAL: True,
        Lane.NEURAL: model,
        Lane.LOCATION: have.sites,
        Lane.ATTRIBUTION: have.names,
    }
    return tuple(lane for lane in lanes if can.get(lane, False))


def first_look(records: Sequence[Dataset], mbit: float, have: Have) -> FirstLook:
    """What to search first on a line of `mbit` million bits a second."""
    glances = [(glance, record) for record in records for glance in record.first_look]
    now: list[Step] = []
    later: list[Step] = []
    for glance, record in sorted(glances, key=lambda pair: pair[0].order):
        step = _step(glance, record, mbit, have)
        because = _why_later(step, record, now)
        (later if because else now).append(replace(step, because=because))
    return FirstLook(tuple(now), tuple(later))


def _step(glance: Glance, record: Dataset, mbit: float, have: Have) -> Step:
    recipe = record.recipe(glance.through)
    possible = recipe.lanes if recipe else _viewer_lanes(record)
    name = registered_name(record, recipe) if recipe else ""
    is_ready = recipe is None or name in have.ready
    download = 0 if recipe is None or is_ready else recipe.download
    return Step(
        dataset=record.slug,
        name=record.name,
        through=glance.through,
        source=name if recipe else f"hf://datasets/{record.viewer.repository if record.viewer else ''}",
        lanes=answerable(possible, record, have),
        download=download,
        seconds=download_seconds(download, mbit),
        reason=glance.reason,
        is_ready=is_ready,
    )


def registered_name(record: Dataset, recipe: Recipe) -> str:
    """Under which name a set is set up once that recipe was followed; the first recipe has the set's own name."""
    return record.slug if recipe is record.recipes[0] else f"{record.slug}-{recipe.name}"


def _viewer_lanes(record: Dataset) -> Iterator[Lane]:
    """The hub's viewer compares no content."""
    return (lane for lane in record.lanes if lane is not Lane.NEURAL)


def _why_later(step: Step, record: Dataset, now: Sequence[Step]) -> str:
    if not step.lanes:
        return _what_is_missing(record, step)
    before = sum(one.download for one in now), sum(one.seconds for one in now)
    too_large = before[0] + step.download > FIRST_LOOK_BYTES or before[1] + step.seconds > FIRST_LOOK_S
    if step.download and too_large:
        return f"it brings {step.download / 1e9:.1f} GB more, which is too much for a first look"
    return ""


def _what_is_missing(record: Dataset, step: Step) -> str:
    """What the portfolio would have to bring to be asked there."""
    recipe = record.recipe(step.through)
    lanes = recipe.lanes if recipe else record.lanes
    wants = []
    if Lane.LOCATION in lanes:
        wants.append("your sites")
    if Lane.ATTRIBUTION in lanes:
        wants.append("your names")
    if Lane.EXACT in lanes:
        wants.append("files as you published them, such as an archive of your account")
    if Lane.NEURAL in lanes and recipe:
        models = " or ".join(dict.fromkeys(vectors.model for vectors in record.vectors if vectors.model))
        wants.append(f"the weights of the model {models}")
    return f"it could be asked only with {' or '.join(wants)}"
