# SPDX-License-Identifier: GPL-3.0-or-later
"""`exhibit-a datasets diff`: which rows of mine came or went between two versions of a data set, as evidence."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from app.casefile.case import Case
from app.casefile.decisions import Mine
from app.diff_summary import TableDiff, describe_diff
from app.jobs.orders import DiffJob
from app.paths import places
from app.terminal import COULD_NOT, follow, told_plainly
from indexer.core.errors import InputProblem
from indexer.core.types import LETTER_GRADES, Grade
from indexer.sources.diff_contract import DiffAsked, RowCompared, VersionsCompared

_INPUT = click.Path(path_type=Path, exists=True, dir_okay=False)
_OUTPUT = click.Path(path_type=Path, dir_okay=False)


class _FoundRow(msgspec.Struct):
    """What is read of a match in a check's JSON."""

    grade: Grade
    url: str | None = None


class _FoundRows(msgspec.Struct):
    matches: list[_FoundRow]


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--name", "names", multiple=True, help="Your name or a handle of yours; may be given again.")
@click.option("--site", "sites", multiple=True, help="A site of yours; may be given again.")
@click.option(
    "--from-check", "checked", type=_INPUT, help="JSON of a check: the addresses that it found count as yours."
)
@click.option("--case", "case_file", type=_INPUT, help="Case file: rows that you called yours count as yours.")
@click.option("--json", "json_file", type=_OUTPUT, help="Write everything as JSON.")
@click.option("--csv", "csv_file", type=_OUTPUT, help="Write the rows as a table.")
@click.option("--no-checksums", is_flag=True, help="Do not read every file once more for its checksum.")
@click.option("--allow-private-hosts", is_flag=True, help="Also read from this machine and its own network.")
@click.option("--offline", is_flag=True, help="Nothing may leave this machine.")
def diff(
    old: str,
    new: str,
    checked: Path | None,
    case_file: Path | None,
    **options: Any,  # noqa: ANN401
) -> None:
    """Compare two versions of a table, OLD and NEW, and say which rows of yours NEW lists no longer, or lists newly.

    A version is whatever --source of a check would open as a table: a file, a folder, an address, or a name that is set
    up here. A row is known again by its address and the text beside it.
    """
    outputs = {"json": options.pop("json_file"), "csv": options.pop("csv_file")}
    with told_plainly():
        for place in outputs.values():
            if place and not place.absolute().parent.is_dir():
                raise InputProblem(place, f"there is no folder {place.absolute().parent} to write it to")
        addresses = {*(_found_in(checked) if checked else ()), *(_mine_in(case_file) if case_file else ())}
        here, checksums = places(), not options.pop("no_checksums")
        asked = DiffAsked(
            old,
            new,
            addresses=tuple(sorted(addresses)),
            registry=here.registry,
            ledger=here.new_ledger(),
            checksums=checksums,
            **options,
        )
        found = _compare(asked)
        if outputs["json"]:
            found.write_json(outputs["json"])
        if outputs["csv"]:
            found.write_csv(outputs["csv"])
        click.echo("\n".join(describe_diff(found)))
    if any(one.agrees is False for version in (found.versions.old, found.versions.new) for one in version.files):
        click.echo("A file is not what its publisher stated, so it proves nothing of the published version.", err=True)
        sys.exit(COULD_NOT)


def _compare(asked: DiffAsked) -> TableDiff:
    """Events may come twice after a restart; nothing is counted twice."""
    rows: dict[tuple[str, str], RowCompared] = {}
    versions: VersionsCompared | None = None
    for event in follow(DiffJob(asked)):
        if isinstance(event, RowCompared):
            rows[event.address, event.text] = event
        elif isinstance(event, VersionsCompared):
            versions = event
    if versions is None:
        raise InputProblem("versions", "they were not compared to the end")
    return TableDiff(asked, versions, tuple(rows.values()))


def _found_in(checked: Path) -> set[str]:
    """Addresses of the matches that may enter a letter; the others may be anybody's.

    Raises:
        InputProblem: it is no result of a check.
    """
    try:
        found = msgspec.json.decode(checked.read_bytes(), type=_FoundRows)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise InputProblem(checked, "it is not the JSON that a check writes") from problem
    return {match.url for match in found.matches if match.url and match.grade in LETTER_GRADES}


def _mine_in(case_file: Path) -> set[str]:
    """Addresses of the rows of which the artist said that the picture is theirs.

    Raises:
        StorageProblem: it is no case, or cannot be read.
    """
    with Case.open(case_file) as case:
        found = (one for one in case.findings.of_case() if one.answers.mine is Mine.MINE)
        return {one.match.url for one in found if one.match.url}
