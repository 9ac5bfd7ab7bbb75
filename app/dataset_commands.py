# SPDX-License-Identifier: GPL-3.0-or-later
"""`exhibit-a datasets …`: which published data sets are known, what each can answer, and how to search it from here."""

import sys
from pathlib import Path
from typing import Any

import click

from app.dataset_card import card_lines, list_lines
from app.dataset_fetching import fetch_dataset, set_up
from app.diff_command import diff
from app.documents.visible import make_visible
from app.jobs.orders import HealthJob
from app.jobs.protocol import SourceHealth
from app.jobs.supervise import JobFailed
from app.paths import places
from app.seal_command import seal
from app.terminal import COULD_NOT, follow, told_plainly
from indexer.building.dataset_contract import DatasetAsked
from indexer.core.clock import utc_now
from indexer.core.errors import InputProblem
from indexer.sources.catalogue import find_recipe, read_catalogue
from indexer.sources.first_look import USUAL_MBIT
from indexer.sources.registry import Entry, Registry

_MBIT = click.FloatRange(min=0.1)


@click.group()
def datasets() -> None:
    """Published data sets: what is known of each, and how to search it from here."""


datasets.add_command(diff)
datasets.add_command(seal)


@datasets.command("list")
@click.option("--here", "only_here", is_flag=True, help="Only those that are set up here.")
def list_datasets(*, only_here: bool) -> None:
    """Say which data sets are known, what each could answer, and which are set up here."""
    with told_plainly():
        entries = Registry(places().registry).entries()
        records = read_catalogue().records
        for record in records:
            here = [name for name, entry in entries.items() if entry.dataset == record.slug]
            if here or not only_here:
                click.echo("\n".join(list_lines(record, here)))
        known = {record.slug for record in records}
        for name, entry in entries.items():
            if entry.dataset not in known:
                click.echo(f"{name:<32}set up here, not in the catalogue\n  {make_visible(entry.opens)}")
        if only_here and not entries:
            click.echo(
                "No data set is set up here yet. Fetch one with “datasets get”, or name one with “datasets add”."
            )


@datasets.command()
@click.argument("name")
@click.option("--mbit", type=_MBIT, default=USUAL_MBIT, show_default=True, help="Speed of your line, in Mbit/s.")
def show(name: str, mbit: float) -> None:
    """Show all that is known of a data set, how sure each fact is, and where it was read."""
    with told_plainly():
        click.echo("\n".join(card_lines(read_catalogue().find(name), mbit)))


@datasets.command()
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--allow-private-hosts", is_flag=True, help="Also ask this machine and its own network.")
@click.option("--offline", is_flag=True, help="Nothing may leave this machine.")
def check(names: tuple[str, ...], *, allow_private_hosts: bool, offline: bool) -> None:
    """Ask each data set that is set up here, or those named, how it is; none of your data is used."""
    with told_plainly():
        asked = names or Registry(places().registry).names()
        if not asked:
            click.echo("No data set is set up here yet, so there is nothing to ask.", err=True)
            sys.exit(COULD_NOT)
        answers = [
            _tell_health(_health_job(name, offline=offline, allow_private_hosts=allow_private_hosts)) for name in asked
        ]
    if not any(answers):
        click.echo("None of them answers.", err=True)
        sys.exit(COULD_NOT)


@datasets.command()
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to make.")
@click.option("--recipe", default="", help="Which of its recipes, as “datasets show” names them; else the first.")
@click.option("--columns", default="", help="Columns of fingerprints or checksums to read, such as md5,sha256.")
@click.option("--from", "base", help="Address of a mirror that has it: of the hub, or of a folder with its files.")
@click.option("--mbit", type=_MBIT, default=USUAL_MBIT, show_default=True, help="Speed of your line, in Mbit/s.")
@click.option("--yes", is_flag=True, help="Do not ask before fetching.")
@click.option("--allow-private-hosts", is_flag=True, help="Also fetch from this machine and its own network.")
@click.option("--offline", is_flag=True, help="Nothing may leave this machine.")
def get(name: str, recipe: str, columns: str, mbit: float, *, yes: bool, **asked: Any) -> None:  # noqa: ANN401
    """Fetch a data set, after saying what it costs, and make it searchable; what was interrupted goes on."""
    with told_plainly():
        record = read_catalogue().find(name)
        chosen = find_recipe(record, recipe)
        wanted = tuple(filter(None, (word.strip() for word in columns.split(","))))
        asked["out"] = asked["out"].absolute()
        order = DatasetAsked(record.slug, chosen.name, columns=wanted, ledger=places().new_ledger(), **asked)
        fetch_dataset(order, mbit, ask_first=not yes)


@datasets.command()
@click.argument("name")
@click.argument("opens", metavar="PATH|ADDRESS")
@click.option("--dataset", default="", help="Its name in the catalogue, when that is another one.")
@click.option("--revision", default="", help="Which version it is.")
def add(name: str, opens: str, dataset: str, revision: str) -> None:
    """Set a data set up under NAME: a folder or file on this machine, or an address. “check --source NAME” opens it."""
    with told_plainly():
        known = {record.slug for record in read_catalogue().records}
        slug = read_catalogue().find(dataset).slug if dataset else name if name in known else ""
        entry = Entry(_as_place(opens), slug, revision, utc_now())
        before = set_up(name, entry)
        click.echo(f"{name}: set up, opens {make_visible(entry.opens)}.{before}")


@datasets.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget a data set that was set up here. Its files stay where they are."""
    with told_plainly():
        entry = Registry(places().registry).remove(name)
        click.echo(f"{name}: forgotten. What it opened stays: {make_visible(entry.opens)}")


@datasets.command()
@click.argument("host")
@click.option("--forget", is_flag=True, help="Remove the token instead.")
def token(host: str, *, forget: bool) -> None:
    """Keep the access token of your account at HOST in this computer's keyring; it is asked for, and never shown."""
    from indexer.net.tokens import forget_token, store_token  # the keyring library is slow to load

    with told_plainly():
        if forget:
            click.echo(f"{host}: {'forgotten' if forget_token(host) else 'there was none'}.")
            return
        store_token(host, _ask_for_token(host))
        click.echo(f"{host}: kept in this computer's keyring.")


def _health_job(name: str, *, offline: bool, allow_private_hosts: bool) -> HealthJob:
    """What is set up under that name, or else what `--source` would open for it."""
    here = places()
    entry = Registry(here.registry).find(name)
    opens = entry.opens if entry else name
    return HealthJob(name, opens, here.registry, here.new_ledger(), offline, allow_private_hosts)


def _tell_health(job: HealthJob) -> bool:
    """Ask one source in a process of its own; whatever happens there costs a sentence."""
    try:
        health = next(event for event in follow(job) if isinstance(event, SourceHealth))
    except JobFailed as problem:
        health = SourceHealth(job.name, answers=False, words=problem.failed.because)
    click.echo(f"{job.name}: {'answers' if health.answers else 'does not answer'}: {make_visible(health.words)}")
    return health.answers


def _as_place(opens: str) -> str:
    """An address as it is; a path in full, since a check may be started from elsewhere."""
    if "://" in opens:
        return opens
    path = Path(opens).absolute()
    if not path.exists():
        raise InputProblem(opens, "there is no such folder or file")
    return str(path)


def _ask_for_token(host: str) -> str:
    """From the keyboard, unseen, or from what is piped in."""
    if sys.stdin.isatty():
        return str(click.prompt(f"Access token for {host}", hide_input=True))
    return sys.stdin.readline()
