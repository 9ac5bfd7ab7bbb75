# SPDX-License-Identifier: GPL-3.0-or-later
"""Every capability without a window: `exhibit-a …`.

Exit codes: 0 done, with matches or without · 1 could not be done, one sentence on standard error · 2 wrong usage ·
130 stopped by the user, partial results kept.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec

from app.check_result import CheckResult
from app.checking import run_check
from app.console import ProgressLine, stop_on_ctrl_c
from app.first_look_plan import LookOptions, prepare_first_look
from app.jobs.orders import FingerprintJob
from app.paths import places
from app.summary import summarise
from app.terminal import COULD_NOT, STOPPED, follow, told_plainly
from indexer.core.about import DISTRIBUTION, this_tool
from indexer.core.files import write_atomically
from indexer.core.types import Lane
from indexer.fingerprints.base import FingerprintRecord
from indexer.matching.contract import CheckSettings
from indexer.sources.first_look import USUAL_MBIT

_FOLDER = click.Path(path_type=Path)
_OUTPUT = click.Path(path_type=Path, dir_okay=False)


class _Lanes(click.ParamType[tuple[Lane, ...]]):
    """A list such as `exact,perceptual`."""

    name = "lanes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Lane, ...]:  # noqa: ANN401
        if isinstance(value, tuple):
            return value
        try:
            return tuple(Lane(word.strip()) for word in str(value).split(","))
        except ValueError:
            known = ", ".join(Lane)
            self.fail(f"{value!r} is not a list of ways of looking; known are {known}", param, ctx)


class _Program(click.Group):
    """Groups of commands are read when they are called, so that a check does not wait for what it needs nothing of."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, for the help."""
        return sorted([*super().list_commands(ctx), *_READ_LATE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        read = _READ_LATE.get(cmd_name)
        return read() if read else super().get_command(ctx, cmd_name)


def _index() -> click.Command:
    from app.index_commands import index  # when it is called

    return index


def _datasets() -> click.Command:
    from app.dataset_commands import datasets  # when it is called

    return datasets


def _models() -> click.Command:
    from app.model_commands import models  # when it is called

    return models


def _calibrate() -> click.Command:
    from app.model_commands import calibrate  # when it is called

    return calibrate


_READ_LATE: Mapping[str, Callable[[], click.Command]] = {
    "index": _index,
    "datasets": _datasets,
    "models": _models,
    "calibrate": _calibrate,
}


@click.group(cls=_Program, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(this_tool().version, prog_name=DISTRIBUTION)
@click.option("--self-test", is_flag=True, help="Try every part of the program on its own samples, and say what works.")
@click.pass_context
def program(context: click.Context, *, self_test: bool) -> None:
    """Find out whether your pictures are listed in the data sets that image generators were trained on.

    Everything runs on this machine. Without a command the window opens.
    """
    if self_test:
        from app.self_test import run_self_test  # only this option needs the demo's code

        context.exit(run_self_test(click.echo))
    if context.invoked_subcommand is None:
        from app.gui.main import main as open_window  # the command line must start where there is no screen

        context.exit(open_window())


@program.command()
@click.argument("folder", type=str)
@click.option(
    "--source",
    "sources",
    multiple=True,
    help="Where to look: an index, a table, a folder of vectors, an address, or the name of a data set set up here; "
    "may be given again.",
)
@click.option("--first-look", is_flag=True, help="Look first where it is most likely to tell something, within 3 GB.")
@click.option(
    "--mbit", type=click.FloatRange(min=0.1), default=USUAL_MBIT, help="Speed of your line, for --first-look."
)
@click.option("--mirror", help="Address of a copy of the hub, for --first-look.")
@click.option("--yes", is_flag=True, help="Do not ask before --first-look fetches.")
@click.option("--case", "case_file", type=_OUTPUT, help="Case file to create, or to add to.")
@click.option("--json", "json_file", type=_OUTPUT, help="Write everything as JSON.")
@click.option("--csv", "csv_file", type=_OUTPUT, help="Write the matches as a table.")
@click.option("--name", "names", multiple=True, help="Your name or a handle of yours; may be given again.")
@click.option("--site", "sites", multiple=True, help="A site of yours; may be given again.")
@click.option(
    "--export", "exports", multiple=True, help="An archive of your account on a platform; may be given again."
)
@click.option(
    "--posts", multiple=True, help="A list of links to posts of yours, which are fetched; may be given again."
)
@click.option(
    "--fetch",
    type=click.Choice(["never", "matches", "similar"]),
    default="never",
    show_default=True,
    help="Whether pictures of matching rows may be fetched to compare them; similar: those of similar content too.",
)
@click.option("--pictures", type=click.Path(exists=True, file_okay=False), help="Where the data set's pictures lie.")
@click.option("--allow-private-hosts", is_flag=True, help="Also fetch from this machine and its own network.")
@click.option("--offline", is_flag=True, help="Nothing may leave this machine.")
@click.option("--weights", multiple=True, help="Weights of the model that an index was made with; may be given again.")
@click.option("--lanes", type=_Lanes(), default=tuple(Lane), help="Ways of looking, such as exact,perceptual.")
def check(folder: str, case_file: Path | None, json_file: Path | None, csv_file: Path | None, **asked: Any) -> None:  # noqa: ANN401
    """Search for the pictures of FOLDER in one or more sources and print what was found."""
    look = LookOptions(asked.pop("mbit"), ask_first=not asked.pop("yes"), mirror=asked.pop("mirror"))
    looks_first = asked.pop("first_look")
    settings = _settings(folder, asked)
    if not all((folder, *settings.sources)):
        raise click.UsageError("FOLDER and --source may not be empty; a point is the folder that you are in.")
    if not settings.sources and not looks_first:
        raise click.UsageError("Say where to look: --source, or --first-look.")
    for place in (case_file, json_file, csv_file):
        _must_have_folder(place)
    if looks_first:
        with told_plainly():
            settings = replace(settings, sources=(*prepare_first_look(settings, look), *settings.sources))
    with told_plainly(), stop_on_ctrl_c() as stop:
        with ProgressLine() as line:
            result = run_check(settings, places(), case_file, line.show, stop)
        _write_results(result, json_file, csv_file)
        click.echo(summarise(result))
    if result.finished_utc is None:
        sys.exit(STOPPED)
    if not result.matches and not any(coverage.searched for coverage in result.coverage.values()):
        click.echo("No source could be searched." if result.searched else "There was no picture to look for.", err=True)
        sys.exit(COULD_NOT)


@program.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE…")
@click.option("--json", "json_file", type=_OUTPUT, help="Write the records as JSON.")
def fingerprint(paths: tuple[str, ...], json_file: Path | None) -> None:
    """Print every fingerprint of pictures."""
    _must_have_folder(json_file)
    with told_plainly():
        records = [event for event in follow(FingerprintJob(paths)) if isinstance(event, FingerprintRecord)]
    for record in records:
        click.echo(_record_lines(record))
    if json_file:
        write_atomically(json_file, msgspec.json.format(msgspec.json.encode(records), indent=2) + b"\n")
    if all(record.skipped for record in records):
        sys.exit(COULD_NOT)


@program.command()
@click.option("--out", type=_FOLDER, default=Path("exhibit-a-demo"), show_default=True, help="Where everything goes.")
@click.option("--pictures", default=2000, hidden=True, help="Pictures in the sample data set.")
@click.option("--window", is_flag=True, help="Then open the sample case in the window.")
def demo(out: Path, pictures: int, *, window: bool) -> None:
    """Walk the whole journey on built-in samples, offline: search, compare, report, letter."""
    from app.demo.journey import CASE, describe_demo, run_demo  # only this command needs the demo's code

    with told_plainly(), stop_on_ctrl_c() as stop:
        with ProgressLine() as line:
            result = run_demo(out, pictures, line.show, stop)
        click.echo(describe_demo(out, result))
    if result.finished_utc is None:
        sys.exit(STOPPED)
    if window:
        from app.gui.main import main as open_window  # the command line must start where there is no screen

        sys.exit(open_window([str(out / CASE)]))


def main() -> None:
    """The console script."""
    program(prog_name=DISTRIBUTION)


def _claims_only_what_is_theirs(sites: Sequence[str], names: Sequence[str]) -> None:
    """A site of everybody is refused, a name that many have is told."""
    from indexer.links.names import why_not_name  # the rules of links take a tenth of the program's start
    from indexer.links.sites import why_not_site

    for site in sites:
        if because := why_not_site(site):
            raise click.UsageError(f"--site {site}: {because}.")
    for name in names:
        if because := why_not_name(name):
            click.echo(f"--name {name}: {because}.", err=True)


def _settings(folder: str, asked: dict[str, Any]) -> CheckSettings:
    """What is asked, once nothing in it would claim what is everybody's."""
    if asked["sites"] or asked["names"]:
        _claims_only_what_is_theirs(asked["sites"], asked["names"])
    fetch = asked.pop("fetch")
    return CheckSettings(folder, fetch=fetch != "never", fetch_similar=fetch == "similar", **asked)


def _write_results(result: CheckResult, json_file: Path | None, csv_file: Path | None) -> None:
    if json_file:
        result.write_json(json_file)
    if csv_file:
        result.write_csv(csv_file)


def _must_have_folder(place: Path | None) -> None:
    """A result that could not be written at the end would be lost; better to say so before the search."""
    if place and not place.absolute().parent.is_dir():
        click.echo(f"{place}: there is no folder {place.absolute().parent} to write it to.", err=True)
        sys.exit(COULD_NOT)


def _record_lines(record: FingerprintRecord) -> str:
    if record.skipped:
        return f"{record.path}\n  skipped, because {record.skipped}"
    plain = f"\n  too plain to search by {', '.join(record.too_plain)}" if record.too_plain else ""
    return (
        f"{record.path}\n  size        {record.width} × {record.height}\n  sha256      {record.sha256}\n"
        f"  md5         {record.md5}\n  pixel hash  {record.pixel_hash}\n  phash       {record.phash}\n"
        f"  pdq         {record.pdq}\n  pdq quality {record.pdq_quality}{plain}"
    )
