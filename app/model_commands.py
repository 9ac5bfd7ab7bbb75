# SPDX-License-Identifier: GPL-3.0-or-later
"""`exhibit-a models` and `exhibit-a calibrate`: which CLIP models there are, their weights, what they are worth."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from app.jobs.orders import CalibrateJob, FetchWeightsJob, OfferWeightsJob
from app.paths import places
from app.terminal import COULD_NOT, follow, told_plainly
from indexer.fingerprints.clip_models import KNOWN, ClipModel, find_model, weights_place
from indexer.fingerprints.contract import WeightsAsked, WeightsFetched, WeightsOffered
from indexer.matching.binomial import Share
from indexer.matching.calibration import Calibration, calibration_place
from indexer.matching.contract import CalibrationAsked

_DOES_NOT_COUNT = (
    "This version cannot tell these weights from the published ones, so what is measured is kept, but does not count: "
    "what content fingerprints alone propose stays “similar, not counted” (not calibrated)."
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@click.group()
def models() -> None:
    """Models for content fingerprints (CLIP), and their weights."""


@models.command("list")
def list_models() -> None:
    """Say which models are known, which sets were made with them, and whether their weights are here."""
    folder = places().models
    for record in KNOWN:
        click.echo(record.name)
        click.echo(f"  numbers a picture  {record.dimension}")
        click.echo(f"  made with it       {', '.join(record.reproduces) or 'no published index that is known here'}")
        here = weights_place(folder, record.name)
        click.echo(f"  weights            {'here' if here.is_file() else 'not here'}{_published(record)}")
    click.echo(f"Weights are looked for in {folder}, under the model’s name: {KNOWN[0].name}.safetensors")


@models.command("get")
@click.argument("pair", metavar="M,TAG")
@click.option("--from", "url", help="Web address of the .safetensors file.")
@click.option("--sha256", default="", help="Its checksum, as its publisher states it.")
@click.option("--yes", is_flag=True, help="Do not ask before fetching.")
@click.option("--allow-private-hosts", is_flag=True, help="Also fetch from this machine and its own network.")
@click.option("--offline", is_flag=True, help="Nothing may leave this machine.")
def get(pair: str, url: str | None, sha256: str, *, yes: bool, allow_private_hosts: bool, offline: bool) -> None:
    """Fetch the weights of a model, after saying how large they are; an interrupted download goes on."""
    with told_plainly():
        record = find_model(pair)
        checksum = (sha256 or (record.published.sha256 if record.published else None) or "").lower()
        if not url or not _SHA256.fullmatch(checksum):
            click.echo(_how_to_bring(record), err=True)
            sys.exit(COULD_NOT)
        asked = WeightsAsked(
            record.name, url, checksum, places().models, places().new_ledger(), offline, allow_private_hosts
        )
        offer = next(event for event in follow(OfferWeightsJob(asked)) if isinstance(event, WeightsOffered))
        size = f"{offer.size_bytes / 1e6:,.0f} MB" if offer.size_bytes else "of a size that the server does not tell"
        click.echo(f"{record.name}: {size}, from {offer.url}")
        if not yes:
            click.confirm("Fetch it?", abort=True)
        fetched = next(event for event in follow(FetchWeightsJob(asked)) if isinstance(event, WeightsFetched))
        click.echo(f"{fetched.path}: {fetched.size_bytes / 1e6:,.1f} MB, as the checksum says.")


@click.command()
@click.option("--model", "pair", metavar="M,TAG", required=True, help="The model.")
@click.option("--weights", type=click.Path(path_type=Path), help="The file of its weights; else the one fetched.")
@click.option(
    "--pictures",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help="A folder of different pictures of one sort; may be repeated. None is changed, or shown to anybody.",
)
def calibrate(pair: str, weights: Path | None, pictures: tuple[Path, ...]) -> None:
    """Measure how near altered copies and unrelated pictures come with a model and its weights."""
    asked = CalibrationAsked(pair, weights or weights_place(places().models, pair), pictures)
    with told_plainly():
        model = find_model(pair, asked.weights)
        if not (model.published and model.published.sha256):
            click.echo(_DOES_NOT_COUNT)
        job = CalibrateJob(asked, places().calibrations)
        record = next(event for event in follow(job) if isinstance(event, Calibration))
        click.echo("\n".join(_measured(record)))
        click.echo(f"Kept in {calibration_place(places().calibrations, record.space)}")


def _published(record: ClipModel) -> str:
    if record.published is None:
        return ""
    known = "" if record.published.sha256 else "; its checksum is not known to this version"
    return f" (published: {record.published.file} of {record.published.repository}{known})"


def _how_to_bring(record: ClipModel) -> str:
    """What to do about weights that this program cannot fetch by itself."""
    published = record.published
    what = f"{published.file} of {published.repository} on the model hub" if published else "the file"
    return (
        f"{record.name}: this version knows no checksum for these weights, and fetches nothing that it could not "
        f"check. Get {what} and name it with --weights, or give address and checksum: --from URL --sha256 HEX."
    )


def _measured(record: Calibration) -> Iterator[str]:
    """The record in plain words, at the cosines where it changes."""
    yield f"{record.space.name}, weights {(record.space.weights_sha256 or '')[:12]}…"
    yield f"{record.asked} pictures were asked for, each held against {record.listed} unrelated ones."
    yield from _background(record)
    for score in _telling_scores(record):
        yield f"At {'a cosine' if not record.normalised else 'a lead'} of {score:.3f} and more:"
        yield f"  an unrelated picture comes this near for {_share(record.unrelated(score))} of the pictures"
        if len(record.collections) > 1:
            yield from (f"    {one.name}: {_share(one.unrelated(score))}" for one in record.collections)
        for copies in record.copies:
            yield f"  found, {copies.done}: {_share(copies.reaching(score))}"
    yield "In brackets: where the true share lies, 19 times out of 20."
    if record.are_the_published:
        yield "These are the published weights: checks use this measurement from now on."
    else:
        yield (
            "These weights are not known as the published ones. What content fingerprints alone propose "
            "stays “similar, not counted” (not calibrated)."
        )


def _background(record: Calibration) -> Iterator[str]:
    """Which way of scoring is used, and what both were worth."""
    if record.separation is None:
        return
    plain, normalised = (f"{share * 100:.1f} %" for share in (record.separation.plain, record.separation.normalised))
    yield (
        f"Of altered copies, {plain} come nearer than strangers do by the cosine alone, {normalised} by its lead over "
        f"the nearest of {record.background} background pictures; "
        f"{'the lead' if record.normalised else 'the cosine alone'} is used."
    )


def _telling_scores(record: Calibration) -> list[float]:
    """Where no picture has an unrelated one so near any more, and where one in twenty has, in the worst folder."""
    twentieth = max(one.nearest_unrelated[len(one.nearest_unrelated) * 19 // 20] for one in record.collections)
    beyond = max(one.nearest_unrelated[-1] for one in record.collections) + 0.001
    return sorted({twentieth, min(1.0, round(beyond, 3))})


def _share(share: Share) -> str:
    return f"{share.hits} of {share.of} ({share.low * 100:.1f}–{share.high * 100:.1f} %)"
