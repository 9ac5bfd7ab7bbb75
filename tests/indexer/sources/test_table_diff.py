"""What became of an artist's rows from one version of a data set to the next."""

from pathlib import Path

import pytest

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.links.contract import Person
from indexer.links.finder import Finder
from indexer.sources.table_diff import TableVersion, changes_of_person
from indexer.tables.opening import find_tables, open_table
from indexer.tables.recognise import recognise
from indexer.tables.table_set import TableSet
from tests.helpers.published_tables import CC12M_HASHES, LAION_JOINED, RELAION, Entry, Published

LUNA = Finder(Person(("Luna Vale",), ("https://lunavale.art",)))
LANES = (Lane.LOCATION, Lane.ATTRIBUTION)


def version(published: Published, folder: Path, *entries: Entry) -> TableVersion:
    published.write(folder, entries)
    tables = TableSet([open_table(place, None, Monitor()) for place in find_tables(folder)])
    return TableVersion(tables, recognise(tables.columns))


def test_rows_of_mine_that_came_and_went_from_laion_to_re_laion(tmp_path: Path) -> None:
    stays, goes = Entry("https://lunavale.art/1.jpg", "owl"), Entry("https://cdn.example.com/2.jpg", "by Luna Vale")
    comes, other = Entry("https://lunavale.art/3.jpg", "new"), Entry("https://cdn.example.com/4.jpg")
    old = version(LAION_JOINED, tmp_path / "old", other, stays, goes)
    new = version(RELAION, tmp_path / "new", other, comes, stays)
    told = list(changes_of_person(old, new, LUNA, LANES, Monitor()))
    assert [(change.key, change.came, change.went) for change in told] == [
        ((goes.url, goes.text), False, True),
        ((stays.url, stays.text), False, False),
        ((comes.url, comes.text), True, False),
    ]
    assert told[1].in_old is not None
    assert told[1].in_old.row == 1
    old.tables.close()
    new.tables.close()


def test_versions_without_anything_in_common_are_not_compared(tmp_path: Path) -> None:
    old = version(LAION_JOINED, tmp_path / "old", Entry("https://lunavale.art/1.jpg"))
    new = version(CC12M_HASHES, tmp_path / "new", Entry("https://lunavale.art/1.jpg"))
    with pytest.raises(InputProblem, match="no address and text in common"):
        list(changes_of_person(old, new, LUNA, LANES, Monitor()))
    old.tables.close()
    new.tables.close()
