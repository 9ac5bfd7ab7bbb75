"""Columns in HDF5 are read as clip-retrieval wrote them, and never from anywhere else."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.tables.hdf5_table import Hdf5Table

COUNT = 40_000


@pytest.fixture
def place(tmp_path: Path) -> Path:
    with h5py.File(tmp_path / "metadata.hdf5", "w") as file:
        group = file.create_group("dataset")
        group.create_dataset("url", data=[f"https://é.example/{row}" for row in range(COUNT)], compression="gzip")
        group.create_dataset("width", data=np.arange(COUNT), compression="gzip")
    return tmp_path / "metadata.hdf5"


def refusal(place: Path) -> str:
    with pytest.raises(InputProblem) as caught:
        Hdf5Table(place)
    return caught.value.because


def test_rows_are_read_one_by_one_and_in_blocks(place: Path) -> None:
    table = Hdf5Table(place)
    assert (table.name, table.rows(), table.columns) == ("metadata.hdf5", COUNT, ("url", "width"))
    assert table.row(39_999, ["width", "url"]) == {"width": 39_999, "url": "https://é.example/39999"}
    blocks = list(table.blocks(["url"], Monitor(), first=17))
    assert [block.first for block in blocks][:2] == [17, 17 + (1 << 14)]
    assert sum(len(block.data) for block in blocks) == COUNT - 17
    assert blocks[0].data.column(0)[0].as_py() == "https://é.example/17"
    table.close()
    table.close()


def test_a_row_that_is_not_there_is_told(place: Path) -> None:
    table = Hdf5Table(place)
    with pytest.raises(InputProblem, match="no row 40,000"):
        table.row(COUNT, ["url"])
    table.close()


def test_a_link_to_another_file_is_not_followed(place: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "hostile.hdf5", "w") as file:
        file.create_group("dataset")["url"] = h5py.ExternalLink(str(place), "/dataset/url")
    assert "no plain list of values in this file" in refusal(tmp_path / "hostile.hdf5")


def test_a_group_in_another_file_is_not_followed(place: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "hostile.hdf5", "w") as file:
        file["dataset"] = h5py.ExternalLink(str(place), "/dataset")
    assert "no group dataset" in refusal(tmp_path / "hostile.hdf5")


def test_values_kept_in_any_other_file_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(80))
    with h5py.File(tmp_path / "hostile.hdf5", "w") as file:
        external = [(str(tmp_path / "secret"), 0, 80)]
        file.create_group("dataset").create_dataset("url", (10,), np.int64, external=external)
    assert "no plain list of values in this file" in refusal(tmp_path / "hostile.hdf5")


def test_pieces_too_large_to_unpack_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "hostile.hdf5", "w") as file:
        file.create_group("dataset").create_dataset("n", (1 << 28,), "i8", chunks=(1 << 24,), compression="gzip")
    assert "too large" in refusal(tmp_path / "hostile.hdf5")


def test_columns_of_different_lengths_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "odd.hdf5", "w") as file:
        group = file.create_group("dataset")
        group["a"], group["b"] = np.arange(3), np.arange(4)
    assert refusal(tmp_path / "odd.hdf5") == "it holds no columns of one length"


@pytest.mark.parametrize("data", [b"", b"\x89HDF\r\n\x1a\n", b"PAR1 something else"])
def test_another_file_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "odd.hdf5").write_bytes(data)
    assert "damaged" in refusal(tmp_path / "odd.hdf5")
    assert refusal(tmp_path / "gone.hdf5") == "the file is no longer there"


def test_a_file_that_is_cut_short_is_told(place: Path) -> None:
    data = place.read_bytes()
    place.write_bytes(data[: len(data) // 2])
    assert "damaged" in refusal(place)


def test_a_damaged_piece_is_told_when_it_is_met(tmp_path: Path) -> None:
    """Numbers only: with texts, HDF5's own library may search for ever, which a job is stopped for."""
    with h5py.File(tmp_path / "metadata.hdf5", "w") as file:
        file.create_group("dataset").create_dataset("n", data=np.arange(COUNT), compression="gzip", fletcher32=True)
    data = (tmp_path / "metadata.hdf5").read_bytes()
    (tmp_path / "metadata.hdf5").write_bytes(data[:-4000] + bytes(2000) + data[-2000:])
    table = Hdf5Table(tmp_path / "metadata.hdf5")
    with pytest.raises(InputProblem, match="damaged"):
        list(table.blocks(["n"], Monitor()))
    table.close()
