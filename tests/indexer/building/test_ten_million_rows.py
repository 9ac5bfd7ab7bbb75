"""Ten million rows, read by range requests from Parquet files, killed twice: the index is that of brute force."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.building.contract import Built
from indexer.index.manifest import read_manifest
from tests.helpers.many_rows import Served, assert_is_brute_force, serve

ROWS, FILES, ROWS_A_GROUP = 10_000_000, 10, 250_000

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def ten_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serve(tmp_path_factory.mktemp("ten million"), ROWS, FILES, ROWS_A_GROUP)


def test_ten_million_rows_over_ranges_killed_twice_equal_brute_force(ten_files: Served, tmp_path: Path) -> None:
    out = tmp_path / "index"
    ten_files.kill_at(out, f"reading table 4 of {FILES} 250000")
    ten_files.kill_at(out, f"reading table 8 of {FILES} 500000")
    assert not out.exists()
    assert ten_files.build(out) == Built(rows=ROWS, skipped=0, resumed=7)
    tables = read_manifest(out).tables
    travelled, size = sum(table.bytes_read for table in tables), sum(table.bytes or 0 for table in tables)
    print(f"{travelled / 1e6:.0f} MB of {size / 1e6:.0f} MB travelled")
    assert 16 * ROWS / 2 < travelled < 0.25 * size, "the column of hashes is a fifth of the files"
    assert_is_brute_force(out, ten_files.codes, 300)
