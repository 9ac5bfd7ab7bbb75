# SPDX-License-Identifier: GPL-3.0-or-later
"""`exhibit-a index …`: indexes built, looked at and searched by words."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from app.build_command import build
from app.documents.visible import make_visible
from app.documents.wording import LANE_WORDS, count_words
from app.jobs.orders import FindWordsJob, SelfTestJob, VerifyIndexJob
from app.jobs.protocol import NearRow
from app.paths import places
from app.selftest_summary import describe_self_test
from app.terminal import COULD_NOT, follow, told_plainly
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.clip_models import space_of
from indexer.index.manifest import BuiltFrom, Manifest
from indexer.matching.contract import CheckPlaces, CheckSettings
from indexer.matching.self_test_record import SelfTest, SelfTestAsked

_FOLDER = click.Path(path_type=Path)
_LANE_WIDTH = max(map(len, LANE_WORDS.values()))


@click.group()
def index() -> None:
    """Build and look at indexes."""


index.add_command(build)


@index.command("info")
@click.argument("folder", type=_FOLDER)
def info(folder: Path) -> None:
    """Say what an index folder holds, after holding every file in it against its checksum."""
    with told_plainly():
        manifest = next(event for event in follow(VerifyIndexJob(folder)) if isinstance(event, Manifest))
    made = manifest.made
    click.echo(f"{manifest.dataset} {manifest.version}".strip() + (" (sample)" if manifest.sample else ""))
    click.echo(f"  rows      {manifest.rows:,}, and {manifest.skipped:,} files skipped")
    click.echo(f"  made      {made.utc} by {made.tool} {made.version}")
    if manifest.built_from is BuiltFrom.TABLE:
        click.echo("\n".join(_tables(manifest)))
    else:
        click.echo(f"  pictures  {manifest.pictures_root or 'place not recorded'}")
    if manifest.base_url:
        click.echo(f"  address   {manifest.base_url}")
    for record in manifest.lanes:
        space = space_of(record.parameters) if record.kind == Kind.CLIP else None
        model = f", model {space.name}" if space else ""
        click.echo(f"  {LANE_WORDS[record.lane]:<{_LANE_WIDTH}}  {record.kind:<10} {record.rows:>12,} rows{model}")
    size = sum(file.bytes for file in manifest.files.values())
    click.echo(f"  files     {len(manifest.files)}, {size / 1e6:,.1f} MB, all as they were written")


@index.command("find")
@click.argument("folder", type=str, metavar="INDEX")
@click.option("--text", "words", required=True, help="What the pictures show, in English words.")
@click.option("--weights", help="The file of the weights of the index's model; else the one that was fetched.")
@click.option("--count", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many rows.")
@click.option("--allow-private-hosts", is_flag=True, help="Also ask this machine and its own network.")
@click.option("--offline", is_flag=True, help="Nothing may leave this machine.")
def find(folder: str, words: str, weights: str | None, count: int, *, allow_private_hosts: bool, offline: bool) -> None:
    """Print the rows of INDEX whose content is nearest to words. They are no findings, and count for nothing."""
    if not words.strip():
        raise click.UsageError("--text needs at least one word.")
    here = places()
    kept = CheckPlaces(here.fingerprints, here.checkpoints, here.new_ledger(), here.models, registry=here.registry)
    settings = CheckSettings(
        *("", (folder,), (Lane.NEURAL,)),
        weights=(weights,) if weights else (),
        offline=offline,
        allow_private_hosts=allow_private_hosts,
    )
    job = FindWordsJob(settings, words, count, kept)
    with told_plainly():
        near = [event for event in follow(job) if isinstance(event, NearRow)]
    click.echo(f"Nearest to “{make_visible(words)}”, with the cosine of each row:")
    for one in near:
        address = f"  {make_visible(one.address)}" if one.address and one.address != one.row else ""
        click.echo(f"  {one.cosine:.3f}  {make_visible(one.row)}{address}")
    click.echo("These rows are similar in content only, and count for nothing: none of them is a finding.")


@index.command("selftest")
@click.argument("folder", type=str, metavar="INDEX")
@click.option(
    "--pictures", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where its pictures lie."
)
@click.option(
    "--rows", type=click.IntRange(1, 2000), default=200, show_default=True, help="How many rows are asked for."
)
@click.option("--seed", default=0, show_default=True, help="Which rows: the same for the same number.")
def selftest(folder: str, pictures: Path | None, rows: int, seed: int) -> None:
    """Ask INDEX for rows that it says it holds, and say which are found; pictures at hand are altered and asked too.

    INDEX is an index of this program, a folder of clip-retrieval or autofaiss, or a folder of embeddings, which may be
    written with its model as FOLDER#model=MODEL,TAG; none is needed.
    """
    asked = SelfTestAsked(folder, pictures.absolute() if pictures else None, rows, seed, places().registry)
    job = SelfTestJob(asked)
    with told_plainly():
        test = next(event for event in follow(job) if isinstance(event, SelfTest))
    click.echo("\n".join(describe_self_test(test)))
    for problem in test.problems:
        click.echo(f"Wrong with this index: {make_visible(problem)}.", err=True)
    if test.problems:
        sys.exit(COULD_NOT)


def _tables(manifest: Manifest) -> Iterator[str]:
    """What the rows were read from, and which values were of no use."""
    tables = manifest.tables
    first = f", the first of them {tables[0].place or tables[0].name}" if tables else ""
    yield f"  tables    {count_words(len(tables), 'file', 'files')}{first}"
    if manifest.revision:
        yield f"  revision  {manifest.revision}"
    if any(table.is_remote for table in tables):
        yield "  compared  read by ranges; no file was held against its publisher’s checksum as a whole"
    left_out = {name: sum(getattr(table, name) for table in tables) for name in ("empty", "malformed", "degenerate")}
    if any(left_out.values()):
        yield "  left out  " + ", ".join(f"{count:,} {name}" for name, count in left_out.items() if count)
