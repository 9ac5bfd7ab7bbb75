# SPDX-License-Identifier: GPL-3.0-or-later
"""`exhibit-a index build`: an index from pictures, from columns of tables, or from vectors."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from app.documents.wording import count_words
from app.jobs.orders import BuildEmbeddingsJob, BuildJob, BuildTableJob, Job
from app.paths import places
from app.terminal import follow, told_plainly
from indexer.building.contract import BuildSize, Built, ClipChoice, EmbeddingsBuild, PictureBuild, TableBuild
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.fingerprints.clip_models import weights_place

_PLACE = click.Path(path_type=Path)
_KINDS = {"hashes": (Kind.PHASH,), "table": ()}
"""Of a table: its fingerprints of looks alone, or all columns of fingerprints and checksums that it has."""

_IN_COLUMNS = tuple(kind for kind in Kind if kind is Kind.PHASH or kind.lane is Lane.EXACT)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options as they are written, in the order of the function below."""

    out: Path
    dataset: str
    version: str
    shareable: bool
    base_url: str | None
    model: str | None
    weights: Path | None
    columns: tuple[str, ...]
    revision: str | None
    allow_private_hosts: bool
    offline: bool
    no_parts: bool


@click.command("build")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT…")
@click.option(
    "--from", "kind", type=click.Choice(["images", *_KINDS, "embeddings"]), required=True, help="What INPUT holds."
)
@click.option("--out", type=_PLACE, required=True, help="The index folder to make.")
@click.option("--dataset", default="", help="Name of the data set; the name of INPUT when left out.")
@click.option("--dataset-version", "version", default="", help="Its version.")
@click.option("--shareable", is_flag=True, help="Leave out where INPUT lies on this machine.")
@click.option("--base-url", help="Address below which the same pictures can be fetched.")
@click.option(
    "--model", metavar="M,TAG", help="CLIP model: to make content fingerprints with, or that made the vectors."
)
@click.option("--weights", type=_PLACE, help="The file of its weights, .safetensors; else the one that was fetched.")
@click.option("--column", "columns", multiple=True, metavar="KIND=NAME", help="Which column of a table is what.")
@click.option("--revision", help="Version of a table, as its publisher names it, such as a commit.")
@click.option("--allow-private-hosts", is_flag=True, help="Also read tables of this machine's own network.")
@click.option("--offline", is_flag=True, help="Nothing may leave this machine.")
@click.option(
    "--no-parts",
    is_flag=True,
    help="Of pictures: a much smaller index, in which crops, collages and screenshots are not found.",
)
def build(inputs: tuple[str, ...], kind: str, **options: object) -> None:
    """Build an index. A build that was interrupted goes on when it is started again.

    From images: INPUT is a folder of pictures. From hashes or a table: files, folders of them, patterns, addresses, or
    text files that list addresses; of these only the columns of fingerprints and checksums are read, also over the net.
    From embeddings: INPUT is a folder of vectors beside the tables of their rows, as data sets ship them.
    """
    asked = _Asked(**options)  # type: ignore[arg-type]  # click has just made them of these types
    job = _ORDERS[kind](inputs, asked, kind)
    with told_plainly():
        for event in follow(job):
            if isinstance(event, BuildSize):
                click.echo(_foreseen(event))
            if isinstance(event, Built):
                click.echo(_told(event, asked.out, kind))


def _from_images(inputs: tuple[str, ...], asked: _Asked, _: str) -> Job:
    if len(inputs) != 1 or not Path(inputs[0]).is_dir():
        raise click.UsageError("--from images needs one INPUT, a folder of pictures that exists.")
    if asked.columns or asked.revision:
        raise click.UsageError("--column and --revision are for tables.")
    if asked.weights and not asked.model:
        raise click.UsageError("--weights needs --model M,TAG: a file does not say which model it belongs to.")
    weights = asked.weights or weights_place(places().models, asked.model or "")
    return BuildJob(
        PictureBuild(
            Path(inputs[0]),
            asked.out,
            asked.dataset or Path(inputs[0]).absolute().name,
            asked.version,
            asked.shareable,
            asked.base_url,
            clip=ClipChoice(asked.model, weights) if asked.model else None,
            parts=not asked.no_parts,
        )
    )


def _from_embeddings(inputs: tuple[str, ...], asked: _Asked, _: str) -> Job:
    if len(inputs) != 1 or not Path(inputs[0]).is_dir():
        raise click.UsageError("--from embeddings needs one INPUT, a folder of vectors that exists.")
    if asked.base_url or asked.weights or asked.columns or asked.no_parts:
        raise click.UsageError("--base-url, --weights, --column and --no-parts say nothing about vectors.")
    place, version, shareable = Path(inputs[0]), asked.version, asked.shareable
    return BuildEmbeddingsJob(
        EmbeddingsBuild(
            place,
            asked.out,
            asked.dataset or place.absolute().name,
            asked.model,
            version,
            shareable,
            revision=asked.revision,
        )
    )


def _from_table(inputs: tuple[str, ...], asked: _Asked, kind: str) -> Job:
    if asked.base_url or asked.model or asked.weights or asked.no_parts:
        raise click.UsageError("--base-url, --model, --weights and --no-parts are for pictures.")
    return BuildTableJob(
        TableBuild(
            inputs,
            asked.out,
            asked.dataset or Path(inputs[0]).name,
            asked.version,
            asked.shareable,
            kinds=_KINDS[kind],
            columns=dict(_column(written) for written in asked.columns),
            revision=asked.revision,
            ledger=None if asked.offline else places().new_ledger(),
            allow_private_hosts=asked.allow_private_hosts,
        )
    )


_ORDERS: dict[str, Callable[[tuple[str, ...], _Asked, str], Job]] = {
    "images": _from_images,
    "hashes": _from_table,
    "table": _from_table,
    "embeddings": _from_embeddings,
}


def _column(written: str) -> tuple[Kind, str]:
    kind, mark, name = written.partition("=")
    if not mark or not name or kind not in _IN_COLUMNS:
        raise click.UsageError(f"--column {written}: write KIND=NAME, where KIND is one of {', '.join(_IN_COLUMNS)}.")
    return Kind(kind), name


def _foreseen(size: BuildSize) -> str:
    total = size.fingerprint_bytes + (size.parts_bytes if size.with_parts else 0)
    parts = f"parts of pictures {_size(size.parts_bytes)}"
    if not size.with_parts:
        parts = f"without the {_size(size.parts_bytes)} for parts of pictures, so crops and collages will not be found"
    return (
        f"About {_size(total)} for {count_words(size.files, 'picture', 'pictures')}: "
        f"fingerprints {_size(size.fingerprint_bytes)}, {parts}. Reading them takes {_duration(size.seconds)}."
    )


def _size(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return "under a minute"
    if seconds < 5400:
        return f"about {count_words(round(seconds / 60), 'minute', 'minutes')}"
    return f"about {count_words(round(seconds / 3600), 'hour', 'hours')}"


def _told(built: Built, out: Path, kind: str) -> str:
    resumed = f" ({count_words(built.resumed, 'file', 'files')} had been read before)" if built.resumed else ""
    if kind == "embeddings":
        left_out = f", {built.skipped:,} left out, whose vectors are none" if built.skipped else ""
        return f"{out}: {built.rows:,} rows indexed{left_out}."
    skipped = f"\nEach skipped file stands with its reason in {out / 'skipped.jsonl'}." if built.skipped else ""
    what = "rows" if kind in _KINDS else "pictures"
    files = count_words(built.skipped, "file", "files")
    return f"{out}: {built.rows:,} {what} indexed, {files} skipped{resumed}.{skipped}"
