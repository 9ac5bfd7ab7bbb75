"""A table as a source: links and names, digests and hashes, near and far away, whole and damaged."""

from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.matching.thresholds import REACH
from indexer.net.network import Network
from indexer.sources.base import Mention, Query, Source
from indexer.sources.table_source import TableChoice, TableSource
from tests.contracts.remote_source_contract import RemoteSourceContract
from tests.contracts.source_contract import SourceContract
from tests.helpers.pictures import as_bytes, draw
from tests.helpers.published_tables import COMMON_CATALOG, COYO, DATACOMP, Entry, Published
from tests.helpers.queries import query_of
from tests.helpers.server import LocalServer

WORK = as_bytes(draw(1), "JPEG")
LUNA = Finder(Person(names=("Luna Vale", "flickr:lunavale"), sites=("https://lunavale.art",)))


def entry_of(number: int, **said: Any) -> Entry:
    data = said.pop("data", f"file {number}".encode())
    return Entry(f"https://cdn.example.com/{number}.jpg", number=number, data=data, **said)


def hash_of(query: Query, bits: int = 0) -> str:
    """The work's pHash with so many bits changed, half of them ones, so that 32 are left."""
    value = query.fingerprints.phash[0]
    ones = [bit for bit in range(64) if value >> bit & 1][: bits // 2]
    noughts = [bit for bit in range(64) if not value >> bit & 1][: bits // 2]
    return f"{value ^ sum(1 << bit for bit in (*ones, *noughts)):016x}"


def open_source(place: Path | str, published: Published, network: Network | None = None) -> TableSource:
    return TableSource(TableChoice(str(place), (place,), published.name, "1"), network, Monitor())


def mentions_of(source: Source, finder: Finder = LUNA, *lanes: Lane) -> list[Mention]:
    return list(source.mentions(finder, lanes or (Lane.LOCATION, Lane.ATTRIBUTION), Monitor()))


def found(source: Source, query: Query, lane: Lane) -> list[tuple[str, Kind, float]]:
    return [
        (source.facts(one.row).row_key, one.kind, one.distance)
        for one in source.search([query], [lane], REACH, Monitor())
    ]


CATALOG_ENTRIES = [
    entry_of(1),
    entry_of(2, data=WORK, text="An owl"),
    entry_of(3, account="lunavale"),
    replace(entry_of(4), url="https://www.lunavale.art/owl.jpg", text="An owl by Luna Vale"),
]


class TestTheContractOfATable(SourceContract):
    """CommonCatalog has addresses, titles, accounts and digests."""

    lanes = (Lane.EXACT, Lane.LOCATION, Lane.ATTRIBUTION)
    finder = LUNA

    @classmethod
    def setup_class(cls) -> None:
        cls.room = TemporaryDirectory()
        cls.place = COMMON_CATALOG.write(Path(cls.room.name), CATALOG_ENTRIES)
        super().setup_class()
        cls.work = query_of(WORK)

    @classmethod
    def teardown_class(cls) -> None:
        super().teardown_class()
        cls.room.cleanup()

    @classmethod
    def make_any(cls) -> Source:
        return open_source(cls.place, COMMON_CATALOG)


class TestTheContractOfATableOfHashes(SourceContract):
    """COYO has addresses, texts and perceptual hashes."""

    lanes = (Lane.PERCEPTUAL, Lane.LOCATION, Lane.ATTRIBUTION)
    finder = LUNA

    @classmethod
    def setup_class(cls) -> None:
        cls.room = TemporaryDirectory()
        cls.work = query_of(WORK)
        entries = [replace(one, phash=hash_of(cls.work, 4) if one.number == 2 else "f0" * 8) for one in CATALOG_ENTRIES]
        cls.place = COYO.write(Path(cls.room.name), entries)
        super().setup_class()

    @classmethod
    def teardown_class(cls) -> None:
        super().teardown_class()
        cls.room.cleanup()

    @classmethod
    def make_any(cls) -> Source:
        return open_source(cls.place, COYO)


class TestTheContractOfATableFarAway(RemoteSourceContract):
    """DataComp's files on a server, the first so large that opening it does not fetch all of it."""

    lanes = (Lane.EXACT, Lane.LOCATION, Lane.ATTRIBUTION)
    finder = LUNA

    @classmethod
    def serve(cls) -> LocalServer:
        folder = Path(cls.room.name) / "served"
        if not folder.exists():
            folder.mkdir()
            letters = Random(1)
            padding = [entry_of(number, text=f"{letters.getrandbits(400_000):x}") for number in range(10, 50)]
            DATACOMP.write(folder, [*padding, *CATALOG_ENTRIES[1:]])
            cls.work = query_of(WORK)
        return LocalServer(folder)

    @classmethod
    def open_at(cls, server: LocalServer, network: Network) -> Source:
        addresses = [f"{server.url}/metadata/0000000{number}.parquet" for number in (0, 1)]
        return TableSource(TableChoice("far", tuple(addresses), "DataComp", "1"), network, Monitor())
