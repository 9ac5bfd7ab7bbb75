"""Two versions of a table: rows that came, rows that went, and no claim about what could not be read."""

from collections.abc import Sequence
from pathlib import Path

import hypothesis.strategies as st
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.tables.diff import RowChange, RowRef, compare, find_rows
from indexer.tables.opening import open_table
from indexer.tables.table_set import TableSet
from tests.helpers.monitors import stop_after
from tests.helpers.published_tables import LAION_JOINED, RELAION, Entry, text_hash

Rows = Sequence[tuple[str, str]]
BY = ("URL", "TEXT")


def version(folder: Path, *files: Rows) -> TableSet:
    folder.mkdir(exist_ok=True)
    for number, rows in enumerate(files):
        table = pa.table({"URL": [url for url, _ in rows], "TEXT": [text for _, text in rows]})
        pq.write_table(table, folder / f"part-{number}.parquet", row_group_size=3)
    return TableSet([open_table(place, None, Monitor()) for place in sorted(folder.iterdir())])


def test_rows_that_came_went_and_stayed_are_told_with_their_places(tmp_path: Path) -> None:
    old = version(tmp_path / "old", [("a", "1"), ("b", "2")], [("c", "3")])
    new = version(tmp_path / "new", [("d", "4"), ("c", "3")], [("b", "other")])
    keys = [("b", "2"), ("c", "3"), ("d", "4"), ("e", "5")]
    assert list(compare((old, BY), (new, BY), keys, Monitor())) == [
        RowChange(("b", "2"), RowRef("part-0.parquet", 1), None),
        RowChange(("c", "3"), RowRef("part-1.parquet", 0), RowRef("part-0.parquet", 1)),
        RowChange(("d", "4"), None, RowRef("part-0.parquet", 0)),
    ]
    old.close()
    new.close()


SMALL = st.sampled_from(["", "a", "b", "ab", "ä"])
ROWS = st.lists(st.tuples(SMALL, SMALL), max_size=12)


@settings(max_examples=25, deadline=None)
@given(old=ROWS, new=ROWS, keys=st.lists(st.tuples(SMALL, SMALL), max_size=6))
def test_it_tells_what_two_sets_of_rows_would(
    tmp_path_factory: pytest.TempPathFactory, old: Rows, new: Rows, keys: Rows
) -> None:
    folder = tmp_path_factory.mktemp("versions")
    tables = [version(folder / "old", old[:5], old[5:]), version(folder / "new", new)]
    told = list(compare((tables[0], BY), (tables[1], BY), keys, Monitor()))
    assert [change.key for change in told] == sorted({key for key in keys if key in old or key in new})
    for change in told:
        assert change.came == (change.key not in old)
        assert change.went == (change.key not in new)
    for one in tables:
        one.close()


def test_laions_own_key_joins_its_versions(tmp_path: Path) -> None:
    mine, others = Entry("https://lunavale.art/1.jpg", "an owl"), [Entry("https://a.test"), Entry("https://b.test")]
    old = TableSet(
        [open_table(place, None, Monitor()) for place in _files(LAION_JOINED.write(tmp_path / "old", [*others, mine]))]
    )
    new = TableSet([open_table(place, None, Monitor()) for place in _files(RELAION.write(tmp_path / "new", others))])
    key = (str(text_hash(mine)),)
    (change,) = compare((old, ["hash"]), (new, ["hash"]), [key], Monitor())
    assert change.went
    assert change.in_old is not None
    assert change.in_old.row == 0
    old.close()
    new.close()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.parquet"))


def test_of_a_damaged_version_nothing_is_claimed(tmp_path: Path) -> None:
    version(tmp_path / "new", [("a", "1" * 50)] * 9).close()
    place = tmp_path / "new" / "part-0.parquet"
    data = bytearray(place.read_bytes())
    data[4:40] = bytes(36)
    place.write_bytes(data)
    new = TableSet([open_table(place, None, Monitor())])
    with pytest.raises(InputProblem, match="damaged"):
        find_rows(new, BY, [("z", "")], Monitor())
    new.close()


def test_a_version_without_the_keys_columns_is_said(tmp_path: Path) -> None:
    old = version(tmp_path / "old", [("a", "1")])
    with pytest.raises(InputProblem, match="it has no column hash"):
        find_rows(old, ["hash"], [("1",)], Monitor())
    old.close()


def test_a_stop_ends_it(tmp_path: Path) -> None:
    old = version(tmp_path / "old", [("a", "1")] * 9)
    with pytest.raises(Cancelled):
        find_rows(old, BY, [("a", "1")], stop_after(1))
    old.close()
