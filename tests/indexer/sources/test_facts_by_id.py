"""Id files that give only an id lead to the address of a row, through a table beside the index with the same ids."""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.core.errors import Cancelled
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.matching.thresholds import REACH
from indexer.sources.base import Candidate, RowFacts, RowId, Source
from indexer.sources.faiss_folder import FaissFolderSource
from indexer.sources.id_lookup import IdLookup
from indexer.sources.local_tables import open_local
from tests.contracts.source_contract import SourceContract
from tests.helpers.embeddings import queries_for
from tests.helpers.faiss_folders import make_index, save, unit_vectors
from tests.helpers.monitors import WatchfulMonitor, stop_after

B32 = "ViT-B-32,laion2b_s34b_b79k"
COUNT = 120
HELD = unit_vectors(COUNT, dimension=512)
ASKED = unit_vectors(5, seed=1, dimension=512)
BEST = np.argsort(-(ASKED @ HELD.T), axis=1, kind="stable")[:, :4].tolist()
READING = "reading which row has which id"


def uids(rows: Sequence[int]) -> pa.Array:
    """As DataComp writes them: 32 hexadecimal digits that say nothing of the order."""
    return pa.array([hashlib.md5(b"%d" % row).hexdigest() for row in rows])


KINDS: dict[str, Callable[[Sequence[int]], pa.Array]] = {
    "texts": uids,
    "numbers": lambda rows: pa.array([row * 7919 - 300_000 for row in rows], pa.int64()),
    "bytes": lambda rows: pa.array([hashlib.md5(b"%d" % row).digest() for row in rows], pa.binary(16)),
    "texts of a dictionary": lambda rows: uids(rows).dictionary_encode(),
}


def write_ids(folder: Path, ids: Callable[[Sequence[int]], pa.Array] = uids, **more: list[str]) -> None:
    """The id files of autofaiss: chosen columns, and the row of the index in `i`."""
    (folder / "id_mapping").mkdir(parents=True)
    for number, rows in enumerate(np.array_split(np.arange(COUNT), 2)):
        table = pa.table({"id": ids(rows.tolist()), "i": pa.array(rows, pa.int64())})
        for name, values in more.items():
            table = table.append_column(name, pa.array(values)[int(rows[0]) : int(rows[-1]) + 1])
        name = f"part-{number:08d}-904a3d98-da02-11ee-9c19-42010a0a0a09.parquet"
        pq.write_table(table, folder / "id_mapping" / name)


def write_data(
    folder: Path, ids: Callable[[Sequence[int]], pa.Array] = uids, without: Sequence[int] = (), within: str = "data"
) -> None:
    """Tables of ids, addresses, captions, sizes and vectors, in an order of their own."""
    (folder / within).mkdir(exist_ok=True)
    shuffled = [row for row in np.random.default_rng(3).permutation(COUNT).tolist() if row not in without]
    for number, part in enumerate(np.array_split(np.array(shuffled), 3)):
        rows = part.tolist()
        columns = {
            "id": ids(rows),
            "url": [f"https://pictures.example/{row}.jpg" for row in rows],
            "text": [f"picture {row}" for row in rows],
            "original_width": [100 + row for row in rows],
            "original_height": [200 + row for row in rows],
            "embedding": pa.FixedSizeListArray.from_arrays(pa.array(HELD[part].ravel()), 512),
        }
        pq.write_table(pa.table(columns), folder / within / f"part.{number}.parquet", row_group_size=17)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a flat index of `HELD`, and nothing beside it yet."""
    save(make_index("Flat", HELD), tmp_path / "a set" / "faiss")
    return tmp_path / "a set"


@pytest.fixture
def opened() -> Iterator[Callable[[Path], FaissFolderSource]]:
    """Opens folders, and closes them after the test."""
    held: list[Source] = []

    def open_it(folder: Path) -> FaissFolderSource:
        held.append(one := FaissFolderSource(folder, "a folder", B32))
        return one

    yield open_it
    for one in held:
        one.close()


def ask(source: Source, monitor: Monitor | None = None) -> list[Candidate]:
    reach = replace(REACH, content_count=4)
    return list(source.search(queries_for(source, ASKED), [Lane.NEURAL], reach, monitor or Monitor()))


def addresses(source: Source) -> list[list[int]]:
    """The pictures that the addresses of the found rows name, work by work."""
    found: dict[str, list[int]] = {}
    for one in ask(source):
        url = source.facts(one.row).url
        assert url
        found.setdefault(one.work, []).append(int(url.removeprefix("https://pictures.example/").removesuffix(".jpg")))
    return list(found.values())


def facts_without_address(source: Source) -> RowFacts:
    """The search goes on; its rows have no address."""
    candidates = ask(source)
    assert len(candidates) == len(ASKED) * 4
    facts = source.facts(candidates[0].row)
    assert facts.url is None
    return facts


class TestContract(SourceContract):
    lanes = (Lane.NEURAL,)

    @classmethod
    def fill(cls) -> None:
        save(make_index("Flat", HELD), cls.room / "set" / "faiss")
        write_ids(cls.room / "set")
        write_data(cls.room / "set")

    @classmethod
    def setup_class(cls) -> None:
        super().setup_class()
        cls.work = queries_for(cls.source, HELD[:1])[0]

    @classmethod
    def make_any(cls) -> Source:
        return FaissFolderSource(cls.room / "set", "a folder", B32)


@pytest.mark.parametrize("ids", KINDS.values(), ids=KINDS)
def test_rows_lead_to_their_address_by_their_id(folder: Path, opened, ids) -> None:
    write_ids(folder, ids)
    write_data(folder, ids)
    assert addresses(opened(folder)) == BEST


@pytest.mark.parametrize("within", ["", "tables", "more/tables"])
def test_the_tables_may_lie_elsewhere_beside_the_index(folder: Path, opened, within: str) -> None:
    (folder / within).mkdir(parents=True, exist_ok=True)
    write_ids(folder)
    write_data(folder, within=within)
    assert addresses(opened(folder)) == BEST


def test_what_the_table_says_is_told_with_where_it_stands_and_the_row_stays_the_same(folder: Path, opened) -> None:
    write_ids(folder)
    before = opened(folder).facts(RowId("86"))
    write_data(folder)
    facts = opened(folder).facts(RowId("86"))
    assert (facts.url, facts.caption) == ("https://pictures.example/86.jpg", "picture 86")
    assert (facts.width, facts.height) == (186, 286)
    assert (facts.row, facts.row_key) == (before.row, before.row_key), "answers given before stay with their row"
    (note,) = facts.notes
    assert note.startswith("What is said of it stands in data/part.")
    assert note.endswith(", which has the same id.")


def test_the_whole_id_decides_not_its_hash(folder: Path, opened, monkeypatch: pytest.MonkeyPatch) -> None:
    crowded = {hashlib.md5(b"%d" % row).hexdigest(): row % 3 for row in range(COUNT)}
    hashes = lambda values: np.array([crowded.get(value, 0) for value in values], np.uint64)  # noqa: E731
    monkeypatch.setattr("indexer.sources.id_lookup._hashes", hashes)
    write_ids(folder)
    write_data(folder)
    assert addresses(opened(folder)) == BEST


def test_ids_are_read_once_when_rows_are_first_proposed(folder: Path, opened) -> None:
    write_ids(folder)
    write_data(folder)
    source, first, second = opened(folder), WatchfulMonitor(), WatchfulMonitor()
    ask(source, first)
    ask(source, second)
    told = [one for one in first.told if one.stage == READING]
    assert (told[-1].done, told[-1].total) == (COUNT, COUNT)
    assert not [one for one in second.told if one.stage == READING]


def test_facts_asked_without_a_search_come_too(folder: Path, opened) -> None:
    write_ids(folder)
    write_data(folder)
    assert opened(folder).facts(RowId("7")).url == "https://pictures.example/7.jpg"


def test_the_reading_of_ids_can_be_stopped_and_asked_for_again(folder: Path, opened) -> None:
    write_ids(folder)
    write_data(folder)
    source, whole = opened(folder), WatchfulMonitor()
    checks = stop_after(10**6)
    ask(opened(folder), checks)
    ask(opened(folder), whole)
    stopped = [stop_after(count) for count in range(checks.checks)]
    for monitor in stopped:
        fresh = opened(folder)
        with pytest.raises(Cancelled):
            ask(fresh, monitor)
        assert addresses(fresh) == BEST
    assert any(one.stage == READING for monitor in stopped for one in monitor.told), "some were stopped amid it"
    assert addresses(source) == BEST


def test_without_the_tables_it_is_said_what_to_fetch(folder: Path, opened) -> None:
    write_ids(folder)
    (note,) = facts_without_address(opened(folder)).notes
    assert note == (
        "Its address is not known: the id files of the index give only id. Fetch the tables of the data set that have "
        "this column and the addresses, and put them into a folder “data” beside the index."
    )


def test_id_files_of_numbers_alone_are_told(folder: Path, opened) -> None:
    write_ids(folder)
    for place in (folder / "id_mapping").iterdir():
        pq.write_table(pq.read_table(place, columns=["i"], partitioning=None), place)
    assert facts_without_address(opened(folder)).notes == (
        "Its address is not known: the id files of the index hold nothing but numbers of rows.",
    )


def test_an_id_that_no_table_has_is_told(folder: Path, opened) -> None:
    write_ids(folder)
    write_data(folder, without=[BEST[0][0]])
    note = "Its address is not known: the tables beside the index have no row with its id."
    assert facts_without_address(opened(folder)).notes == (note,)


def test_ids_of_another_kind_lead_nowhere(folder: Path, opened) -> None:
    write_ids(folder, KINDS["numbers"])
    write_data(folder, KINDS["texts"])
    assert "give only id" in facts_without_address(opened(folder)).notes[0]


def damage_pages(place: Path) -> None:
    """Its end stays, so that it opens; nothing before it can be read."""
    data = place.read_bytes()
    end = int.from_bytes(data[-8:-4], "little") + 8
    place.write_bytes(b"PAR1" + b"\xff" * (len(data) - end - 4) + data[-end:])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no table at all": lambda place: place.write_bytes(b"PAR1 and nothing else"),
    "damaged inside": damage_pages,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_table_costs_its_own_addresses_and_a_sentence(folder: Path, opened, damage) -> None:
    write_ids(folder)
    write_data(folder)
    damage(folder / "data" / "part.1.parquet")
    source = opened(folder)
    facts = [source.facts(RowId(str(row))) for row in range(COUNT)]
    assert sum(one.url is not None for one in facts) == COUNT * 2 // 3
    (note,) = {note for one in facts if one.url is None for note in one.notes}
    assert note.startswith("Its address is not known: a table beside the index could not be read (")
    assert "part.1.parquet" in note
    assert "damaged" in note


def test_a_table_that_was_removed_since_costs_a_sentence(folder: Path, opened) -> None:
    write_ids(folder)
    write_data(folder)
    source = opened(folder)
    assert source.health(Monitor()).answers
    shutil.rmtree(folder / "data")
    (note,) = facts_without_address(source).notes
    assert "could not be read (part.0.parquet: there is no such file)" in note
    assert not source.health(Monitor()).answers


def test_tables_that_add_nothing_are_not_read(folder: Path, opened) -> None:
    """As in the published index of DataComp's pictures: its id files give the address itself."""
    write_ids(folder, url=[f"https://pictures.example/{row}.jpg" for row in range(COUNT)])
    (folder / "data").mkdir()
    ids = uids(range(COUNT))
    pq.write_table(pa.table({"id": ids, "url": ["https://wrong.example/"] * COUNT}), folder / "data" / "0.parquet")
    source, monitor = opened(folder), WatchfulMonitor()
    ask(source, monitor)
    assert not [one for one in monitor.told if one.stage == READING]
    assert addresses(source) == BEST


def test_what_the_id_files_say_goes_before_what_the_tables_say(folder: Path, opened) -> None:
    write_ids(folder, url=[f"https://other.example/{row}.jpg" for row in range(COUNT)])
    write_data(folder)
    facts = opened(folder).facts(RowId("5"))
    assert (facts.url, facts.caption) == ("https://other.example/5.jpg", "picture 5")


IDS = st.one_of(
    st.lists(st.none() | st.text(max_size=9), min_size=1, max_size=60),
    st.lists(st.none() | st.integers(-(1 << 63), (1 << 63) - 1), min_size=1, max_size=60),
)


@given(ids=IDS, cut=st.integers(0, 60))
def test_every_id_is_found_and_a_missing_one_never_is(ids: list[object], cut: int) -> None:
    with TemporaryDirectory() as room:
        places = [Path(room, name) for name in ("a.parquet", "b.parquet")]
        kind = pa.array(ids).type
        for place, part in zip(places, (ids[:cut], ids[cut:]), strict=True):
            pq.write_table(pa.table({"id": pa.array(part, kind)}), place, row_group_size=7)
        with closing(open_local(places, Path(room), Monitor())) as tables:
            lookup = IdLookup(tables, "id", Monitor())
            for number, value in enumerate(ids):
                assert value is None or number in lookup.candidates(value)
            assert not {ids[row] for row in lookup.candidates("another")} & {None}
