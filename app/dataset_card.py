# SPDX-License-Identifier: GPL-3.0-or-later
"""A record of the catalogue in plain words: one entry of the list, and the whole card with how sure each fact is."""

from collections.abc import Iterable, Iterator

from app.documents.visible import make_visible
from app.documents.wording import LANE_WORDS, count_words
from indexer.building.dataset_contract import DatasetOffered
from indexer.core.types import Lane
from indexer.sources.dataset import (
    ColumnGroup,
    Count,
    Dataset,
    Extent,
    Fact,
    Mark,
    Place,
    Recipe,
    Sourced,
    Standing,
    State,
    Vectors,
)
from indexer.sources.first_look import download_seconds

_MARK_WORDS = {
    Mark.DOCUMENTED: "documented",
    Mark.INFERRED: "inferred",
    Mark.UNVERIFIED: "unverified",
    Mark.MEMORY: "from memory, unverified",
}
_STANDING_WORDS = {
    Standing.UP: "up",
    Standing.WITHDRAWN: "withdrawn",
    Standing.DOWN: "not to be had",
    Standing.UNKNOWN: "not known whether up",
}
_EXTENT_WORDS = {
    Extent.WHOLE: "searches all of it without a download",
    Extent.PART: "searches only its first part without a download",
    Extent.NONE: "does not search it",
}
_COLUMN_WORDS = {
    "url": "addresses", "caption": "texts", "width": "width", "height": "height", "sha256": "SHA-256 of the file",
    "md5": "MD5 of the file", "pixel_hash": "hash of the pixels", "phash": "fingerprint of the picture",
    "key": "number of the row",
}  # fmt: skip
_LABEL_WIDTH = 12
_MINUTE_S = 60


def list_lines(record: Dataset, here: Iterable[str]) -> Iterator[str]:
    """One entry of the list. `here` are the names under which it is set up."""
    about = "about " if record.rows.about else ""
    names = ", ".join(here)
    yield f"{record.slug:<32}{about}{record.rows.value:,} rows, {_state_in_short(record.state)}"
    yield f"  {record.name}" + (f" – here as {make_visible(names)}" if names else "")
    yield f"  could answer: {lanes_in_words(record.lanes) or 'nothing that this program asks'}"


def card_lines(record: Dataset, mbit: float) -> Iterator[str]:
    """The whole card, its downloads for a line of `mbit` million bits a second."""
    yield f"{record.name} ({record.slug})"
    yield f"  {record.about}"
    yield ""
    yield from _facts("rows", [(_count(record.rows), record.rows)])
    yield from _facts("version", [(version.words, version) for version in record.versions])
    if record.collected:
        yield from _facts("collected", [(f"until {record.collected.until}", record.collected)])
    yield from _facts("state", [(_state(record.state), record.state)])
    yield from _facts("where", [(_place(place), place) for place in record.places])
    yield from _facts("list licence", [(record.licence.words, record.licence)])
    yield from _facts("agreement", [(record.gate.words, record.gate)])
    yield from _facts("size", [(f"{size.of}: {size_words(size.bytes)}", size) for size in record.sizes])
    yield from _facts("columns", [(_columns(group), group) for group in record.columns])
    yield from _facts("vectors", [(_vectors(vectors), vectors) for vectors in record.vectors])
    yield _line("can answer", lanes_in_words(record.lanes) or "nothing that this program asks")
    yield from _facts("know", [(note.words, note) for note in record.notes])
    yield from _reading(record, mbit)
    yield ""
    yield from _models(record)


def offer_lines(record: Dataset, recipe: Recipe, offer: DatasetOffered, mbit: float) -> Iterator[str]:
    """What fetching it would cost, as its servers say."""
    yield f"{record.name}: {recipe.gives}."
    revision = f", version {make_visible(offer.revision[:12])}" if offer.revision else ""
    yield f"  from      {make_visible(offer.place)}{revision}, {count_words(offer.files, 'file', 'files')}"
    yield f"  download  {download_words(offer.download, mbit)}"
    yield f"  disk      about {size_words(offer.disk)}; {size_words(offer.free)} are free there"


def lanes_in_words(lanes: Iterable[Lane]) -> str:
    """`web addresses, names`."""
    return ", ".join(LANE_WORDS[lane] for lane in lanes)


def size_words(size_bytes: int) -> str:
    """`13.0 GB`; decimal, as lines and disks are sold."""
    for unit, power in (("TB", 12), ("GB", 9), ("MB", 6)):
        if size_bytes >= 10**power:
            return f"{size_bytes / 10**power:,.1f} {unit}"
    return f"{size_bytes / 1e3:,.1f} kB"


def time_words(seconds: float) -> str:
    """`1 h 9 min`, `2 days 3 h`; never less than a minute, since nobody can promise that."""
    minutes = max(1, round(seconds / _MINUTE_S))
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} day{'s' if days > 1 else ''} {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def download_words(size_bytes: int, mbit: float) -> str:
    """`13.0 GB, about 1 h 9 min at 25 Mbit/s`."""
    return f"{size_words(size_bytes)}, about {time_words(download_seconds(size_bytes, mbit))} at {mbit:g} Mbit/s"


def _reading(record: Dataset, mbit: float) -> Iterator[str]:
    """How it becomes something that can be searched."""
    ways: list[tuple[str, Sourced]] = []
    if record.viewer:
        ways.append((f"the hub’s viewer {_EXTENT_WORDS[record.viewer.extent]}", record.viewer))
    ways += [(_recipe(record, recipe, mbit), recipe) for recipe in record.recipes]
    yield from _facts("searched", ways or [("by hand only: name a copy of it as a source", _NOBODY_SAYS)])


_NOBODY_SAYS = Fact(words="", mark=Mark.DOCUMENTED, source="this version has no recipe for it")


def _recipe(record: Dataset, recipe: Recipe, mbit: float) -> str:
    command = f"exhibit-a datasets get {record.slug} --recipe {recipe.name}"
    cost = f"{download_words(recipe.download, mbit)}; {size_words(recipe.disk)} of disk"
    return f"{command}: {recipe.gives}; {cost}"


def _models(record: Dataset) -> Iterator[str]:
    if not record.models:
        yield "  No model is known whose makers name this data set."
    for link in record.models:
        yield f"  {link.sentence[0].upper()}{link.sentence[1:]}. {_mark(link)}"
    yield "  That a picture is listed does not say that a model saw it: makers drop rows, and links die."


def _facts(label: str, facts: Iterable[tuple[str, Sourced]]) -> Iterator[str]:
    for words, sourced in facts:
        yield _line(label, f"{words} {_mark(sourced)}")
        label = ""


def _line(label: str, words: str) -> str:
    return f"  {label:<{_LABEL_WIDTH}}  {words}"


def _mark(sourced: Sourced) -> str:
    """`[documented: README]`."""
    return f"[{_MARK_WORDS[sourced.mark]}{': ' if sourced.source else ''}{sourced.source}]"


def _count(count: Count) -> str:
    return f"{'about ' if count.about else ''}{count.value:,}"


def _state_in_short(state: State) -> str:
    since = f" since {state.withdrawn_since}" if state.standing is Standing.WITHDRAWN else f" ({state.seen})"
    return _STANDING_WORDS[state.standing] + since


def _state(state: State) -> str:
    since = f", withdrawn since {state.withdrawn_since}" if state.withdrawn_since else ""
    words = "" if state.words == _STANDING_WORDS[state.standing] else f": {state.words}"
    return f"{_STANDING_WORDS[state.standing]}, last seen {state.seen}{since}{words}"


def _place(place: Place) -> str:
    where = f"hub, {place.repository}" if place.repository else place.address
    return ": ".join(part for part in (where, place.layout) if part)


def _columns(group: ColumnGroup) -> str:
    said = [
        f"{words} in {_names(getattr(group, name))}" for name, words in _COLUMN_WORDS.items() if getattr(group, name)
    ]
    said += [f"{platform} account in {column}" for column, platform in group.accounts.items()]
    table = f"{group.table}: " if group.table else ""
    others = f"; also {', '.join(group.others)}" if group.others else ""
    return table + ("; ".join(said) or "nothing that this program reads") + others


def _names(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _vectors(vectors: Vectors) -> str:
    made = f"model {vectors.model}" if vectors.model else "no model that is known here makes the same"
    return f"{vectors.words}; {vectors.dimension} numbers a picture; {made}"
