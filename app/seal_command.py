# SPDX-License-Identifier: GPL-3.0-or-later
"""`exhibit-a datasets seal`: the whole published file that a found row stands in, kept and compared, as evidence."""

import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import click

from app.dataset_card import download_words
from app.documents.visible import make_visible
from app.jobs.orders import OfferSealJob, SealJob
from app.paths import places
from app.terminal import COULD_NOT, follow, told_plainly
from indexer.core.errors import StorageProblem
from indexer.sources.first_look import USUAL_MBIT
from indexer.sources.seal_contract import RECORD_ENDING, Seal, SealAsked, SealOffered


@click.command()
@click.argument("address")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to make, or a folder for it.")
@click.option("--yes", is_flag=True, help="Do not ask before fetching.")
@click.option("--allow-private-hosts", is_flag=True, help="Also fetch from this machine and its own network.")
@click.option("--offline", is_flag=True, help="Nothing may leave this machine.")
def seal(address: str, out: Path, *, yes: bool, allow_private_hosts: bool, offline: bool) -> None:
    """Fetch the whole file at ADDRESS that a found row stands in, and hold it against its publisher's checksum.

    A record of what came is written beside it. What was interrupted goes on.
    """
    with told_plainly():
        place = _free_place(out.absolute(), address)
        here = places()
        asked = SealAsked(address, here.registry, here.new_ledger(), offline, allow_private_hosts)
        offer = next(event for event in follow(OfferSealJob(asked)) if isinstance(event, SealOffered))
        click.echo("\n".join(_offer_lines(offer)))
        if not yes:
            click.confirm("Fetch it?", abort=True)
        sealed = next(event for event in follow(SealJob(asked, offer.file, place)) if isinstance(event, Seal))
        click.echo(make_visible(sealed.words))
        click.echo(f"The file is {place}, the record of it {place.name}{RECORD_ENDING} beside it.")
    if sealed.agrees is False:
        click.echo("What came is not what its publisher states, so it proves nothing of the published file.", err=True)
        sys.exit(COULD_NOT)


def _free_place(out: Path, address: str) -> Path:
    """Where the file goes; what was sealed before is never replaced.

    Raises:
        StorageProblem: something lies there.
    """
    name = PurePosixPath(unquote(urlsplit(address).path)).name or "file"
    place = out / name if out.is_dir() else out
    for one in (place, place.with_name(place.name + RECORD_ENDING)):
        if one.exists():
            raise StorageProblem(one, "it is there already, and what was sealed is not replaced; choose another place")
    return place


def _offer_lines(offer: SealOffered) -> Iterator[str]:
    file = offer.file
    size = "its server does not say" if offer.download is None else download_words(offer.download, USUAL_MBIT)
    yield make_visible(file.url)
    if file.revision:
        yield f"  revision   {file.revision}"
    yield f"  download   {size}"
    yield f"  publisher  states {f'SHA-256 {file.sha256}' if file.sha256 else 'no checksum that could be compared'}"
