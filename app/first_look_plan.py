# SPDX-License-Identifier: GPL-3.0-or-later
"""`check --first-look`: the plan told, what it needs fetched, and the sources that it searches."""

from collections.abc import Iterator
from dataclasses import dataclass

import click

from app.dataset_fetching import fetch_dataset
from app.documents.wording import LANE_WORDS
from app.jobs.supervise import JobFailed
from app.paths import places
from indexer.building.dataset_contract import DatasetAsked
from indexer.core.types import Lane
from indexer.matching.contract import CheckSettings
from indexer.sources.catalogue import read_catalogue
from indexer.sources.first_look import FirstLook, Have, Step, first_look
from indexer.sources.registry import Registry

_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class LookOptions:
    """How a first look is prepared.

    Attributes:
        mbit: speed of the line, in Mbit/s.
        ask_first: before anything is fetched.
        mirror: address of a copy of the hub, None for the hub itself.
    """

    mbit: float
    ask_first: bool = True
    mirror: str | None = None


def prepare_first_look(settings: CheckSettings, options: LookOptions) -> tuple[str, ...]:
    """Tell the plan, fetch what it needs, and return what `--source` takes. A set that cannot be had costs itself only.

    Raises:
        click.Abort: the user does not want what it needs fetched.
        JobStopped: the user stopped; what came is kept.
    """
    look = first_look(read_catalogue().records, options.mbit, _have(settings))
    click.echo("\n".join(_plan(look, options.mbit)))
    missing = [] if settings.offline else list(look.to_fetch)
    if missing and options.ask_first:
        click.confirm(f"Fetch {_size(sum(step.download for step in missing))} now?", abort=True)
    for step in missing:
        _fetch(step, settings, options)
    mirror = f"#viewer={options.mirror}" if options.mirror else ""
    return tuple(source + (mirror if "://" in source else "") for source in look.sources)


def _have(settings: CheckSettings) -> Have:
    here = places()
    models = here.models.glob("*.safetensors") if here.models.is_dir() else ()
    return Have(
        published=bool(settings.exports),
        names=bool(settings.names),
        sites=bool(settings.sites),
        weights=frozenset(place.name.removesuffix(".safetensors") for place in models),
        ready=frozenset(Registry(here.registry).names()),
    )


def _fetch(step: Step, settings: CheckSettings, options: LookOptions) -> None:
    """One set. Why it could not be had is told now; that it was not searched, the check will say by its name."""
    asked = DatasetAsked(
        step.dataset,
        step.through,
        places().datasets / step.source,
        ledger=places().new_ledger(),
        base=options.mirror,
        allow_private_hosts=settings.allow_private_hosts,
    )
    try:
        fetch_dataset(asked, options.mbit, ask_first=False)
    except JobFailed as problem:
        click.echo(f"{step.name}: not fetched, because {problem.failed.because}", err=True)


def _plan(look: FirstLook, mbit: float) -> Iterator[str]:
    yield "First look, in this order:" if look.steps else "Nothing can be looked at first with what you gave."
    for step in look.steps:
        yield f"  {_named(step)}: {_cost(step)}; answers {_ways(step.lanes)} – {step.reason}"
    if look.download:
        yield f"  in all {_size(look.download)}, about {_minutes(look.seconds)} at {mbit:g} Mbit/s"
    if look.later:
        yield "Left for later:"
        yield from (f"  {_named(step)}: {step.because}" for step in look.later)


def _named(step: Step) -> str:
    """The set; with the columns that are fetched, since another step may ask the same set where it is."""
    recipe = read_catalogue().find(step.dataset).recipe(step.through)
    return f"{step.name}, its {' and '.join(recipe.columns)}" if recipe and recipe.columns else step.name


def _cost(step: Step) -> str:
    if step.is_ready:
        return "asked where it is, nothing to fetch" if "://" in step.source else "already here"
    return f"{_size(step.download)}, about {_minutes(step.seconds)}"


def _ways(lanes: tuple[Lane, ...]) -> str:
    return ", ".join(LANE_WORDS[lane] for lane in lanes)


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{max(1, round(size_bytes / 1e6)):,} MB"


def _minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / _MINUTE_S))
    return "a minute" if minutes == 1 else f"{minutes} minutes"
