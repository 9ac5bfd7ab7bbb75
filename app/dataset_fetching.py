# SPDX-License-Identifier: GPL-3.0-or-later
"""A data set fetched and set up under its name, after saying what that costs: `datasets get`, and first looks."""

import click

from app.dataset_card import offer_lines
from app.documents.visible import make_visible
from app.jobs.orders import GetDatasetJob, OfferDatasetJob
from app.paths import places
from app.terminal import follow
from indexer.building.dataset_contract import DatasetAsked, DatasetFetched, DatasetOffered
from indexer.core.clock import utc_now
from indexer.sources.catalogue import find_recipe, read_catalogue
from indexer.sources.first_look import registered_name
from indexer.sources.registry import Entry, Registry


def fetch_dataset(asked: DatasetAsked, mbit: float, *, ask_first: bool) -> str:
    """Fetch by one recipe, and return the name under which the set is set up from now on.

    Raises:
        click.Abort: the user does not want it.
        JobFailed, JobStopped: it could not be fetched, or was stopped; what came is kept.
    """
    record = read_catalogue().find(asked.slug)
    recipe = find_recipe(record, asked.recipe)
    offer = next(event for event in follow(OfferDatasetJob(asked)) if isinstance(event, DatasetOffered))
    click.echo("\n".join(offer_lines(record, recipe, offer, mbit)))
    if ask_first:
        click.confirm("Fetch it?", abort=True)
    fetched = next(event for event in follow(GetDatasetJob(asked)) if isinstance(event, DatasetFetched))
    name = registered_name(record, recipe)
    before = set_up(name, Entry(str(fetched.opens), record.slug, fetched.revision, utc_now()))
    rows = f", {fetched.rows:,} rows" if fetched.rows is not None else ""
    click.echo(f"{fetched.opens}: {fetched.files} files read{rows}. “check --source {name}” searches it.{before}")
    return name


def set_up(name: str, entry: Entry) -> str:
    """Set `name` up from now on, and return a sentence about what it opened before; empty where that is the same.

    Raises:
        InputProblem: it is no name, or the list of what is set up here cannot be read.
        StorageProblem: that cannot be written.
    """
    registry = Registry(places().registry)
    before = registry.find(name)
    registry.add(name, entry)
    if before is None or before.opens == entry.opens:
        return ""
    return f" Before, {name} opened {make_visible(before.opens)}, which stays where it is."
