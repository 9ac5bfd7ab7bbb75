"""Which rows of a block speak of a person: the same as when every value is judged, and the strongest reason first."""

from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import given, settings

from indexer.core.errors import Cancelled
from indexer.core.progress import Monitor
from indexer.core.types import Basis, Lane
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.sources.table_mentions import Spotted, Spotter
from indexer.sources.table_rows import Shown, addresses_in, texts_in
from indexer.tables.base import Block
from indexer.tables.columns import Columns
from tests.helpers.monitors import stop_after

LUNA = Finder(Person(("Luna Vale", "flickr:lunavale"), ("https://lunavale.art", "https://www.deviantart.com/lunavale")))
BOTH = (Lane.LOCATION, Lane.ATTRIBUTION)
COLUMNS = Columns(url=("url", "page"), caption=("text",), accounts={"account": "flickr"})
OWN, SOMEBODYS = "https://lunavale.art/1.jpg", "https://example.com/1.jpg"


def block_of(*rows: dict[str, Any], first: int = 0) -> Block:
    names = ("url", "page", "text", "account")
    return Block(first, pa.RecordBatch.from_pylist([{name: row.get(name) for name in names} for row in rows]))


def spot(block: Block, *lanes: Lane, columns: Columns = COLUMNS) -> list[Spotted]:
    data = block.data
    for place, kind in enumerate(data.schema.types):
        if pa.types.is_null(kind):
            data = data.set_column(place, data.schema.names[place], pa.nulls(len(data), pa.string()))
    return list(Spotter(columns, LUNA, lanes or BOTH).spot(Block(block.first, data), Monitor()))


def test_each_row_is_told_once_a_lane_rows_in_their_order() -> None:
    rows = [{"url": SOMEBODYS}, {"url": OWN, "page": OWN, "text": "by Luna Vale"}, {"account": "lunavale"}]
    told = [(one.number, one.hit.lane, one.hit.basis) for one in spot(block_of(*rows, first=100))]
    assert told == [
        (101, Lane.LOCATION, Basis.ADDRESS),
        (101, Lane.ATTRIBUTION, Basis.NAME),
        (102, Lane.ATTRIBUTION, Basis.ACCOUNT),
    ]


def test_an_own_account_goes_before_a_name_that_may_be_anybodys() -> None:
    (spotted,) = spot(block_of({"text": "by Luna Vale", "account": "lunavale"}))
    assert (spotted.hit.basis, spotted.hit.is_own, spotted.shown) == (Basis.ACCOUNT, True, Shown("account"))


def test_only_the_columns_that_a_question_needs_are_read() -> None:
    assert Spotter(COLUMNS, LUNA, [Lane.LOCATION]).columns == ("url", "page")
    assert Spotter(COLUMNS, LUNA, BOTH).columns == ("url", "page", "account", "text")
    assert Spotter(COLUMNS, Finder(Person(names=("Luna Vale",))), [Lane.ATTRIBUTION]).columns[-1] == "text"
    assert Spotter(COLUMNS, Finder(Person()), BOTH).columns == ()
    assert Spotter(COLUMNS, LUNA, []).columns == ()


def test_of_a_list_the_very_item_is_told() -> None:
    rows = [{"url": None}, {"url": []}, {"url": [SOMEBODYS, None, OWN]}]
    (spotted,) = spot(block_of(*rows))
    assert (spotted.number, spotted.shown) == (2, Shown("url", 1)), "counted among the addresses that are there"


def test_addresses_within_a_text_of_json_are_found() -> None:
    (spotted,) = spot(block_of({"page": f'[null, {{"document_url": "https://a.test", "src": "{OWN}"}}]'}))
    assert spotted.shown == Shown("page", 1)


TEXTS = st.sampled_from(
    [None, "", "by Luna Vale", "LUNA  VALE", "lunavale", "Luna", "Lüna Vale", "luna_vale_art", "nothing", "x" * 30]
)
ADDRESSES = st.sampled_from(
    [
        None, "", OWN, OWN.upper(), SOMEBODYS, "https://www.deviantart.com/lunavale/art/owl-1", "lunavale.art",
        "https://LUNAVALE.art./a?b", "https://notlunavale.art/", "//lunavale.art/x", "https://lunavale.art.example.com/",
    ]
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"url": ADDRESSES, "page": st.none() | st.lists(ADDRESSES, max_size=3), "text": TEXTS, "account": TEXTS}
        ),
        min_size=1,
        max_size=12,
    ),
    skipped=st.integers(0, 3),
    packed=st.booleans(),
)
def test_it_finds_what_judging_every_value_finds(rows: list[dict[str, Any]], skipped: int, packed: bool) -> None:
    """From a slice of a block, as readers give them, and from columns that say each value once."""
    text = pa.string()
    kinds = [("url", text), ("page", pa.list_(text)), ("text", text), ("account", text)]
    data = pa.RecordBatch.from_pylist(rows, pa.schema(kinds)).slice(skipped)
    if packed:
        data = data.set_column(0, "url", data.column("url").dictionary_encode())
    told = {(one.number, one.hit.lane) for one in spot(Block(0, data))}
    expected = set()
    for number, row in enumerate(rows[skipped:]):
        hits = [LUNA.in_address(one) for name in ("url", "page") for one in addresses_in(row[name])]
        hits += [LUNA.in_text(one) for one in texts_in(row["text"])]
        hits += [LUNA.in_account("flickr", one) for one in texts_in(row["account"])]
        expected |= {(number, hit.lane) for hit in hits if hit}
    assert told == expected


def test_columns_of_numbers_and_pictures_say_nothing() -> None:
    data = pa.RecordBatch.from_pydict(
        {"url": [1, 2], "page": [b"\xff", b""], "text": [{"a": 1}, None], "account": [0.5, 1]}
    )
    assert list(Spotter(COLUMNS, LUNA, BOTH).spot(Block(0, data), Monitor())) == []


def test_a_stop_takes_effect_within_a_block_full_of_candidates() -> None:
    block = block_of(*({"url": OWN, "page": "", "text": "", "account": ""} for _ in range(2000)))
    spotter = Spotter(COLUMNS, LUNA, BOTH)
    with pytest.raises(Cancelled):
        list(spotter.spot(block, stop_after(2)))


def test_a_person_with_hundreds_of_names_is_looked_for_in_parts() -> None:
    many = Finder(Person(tuple(f"Artist Number{number}x" for number in range(300))))
    block = block_of({"text": "by Artist Number299x", "url": "", "page": "", "account": ""})
    (spotted,) = Spotter(COLUMNS, many, BOTH).spot(block, Monitor())
    assert spotted.hit.asked == "Artist Number299x"
