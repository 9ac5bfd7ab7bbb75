"""An array file of a stranger's is an array of the expected kind, or a sentence."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.index.arrays import open_array, write_array


def test_what_was_written_row_by_row_is_what_numpy_reads(tmp_path: Path) -> None:
    table = np.arange(12, dtype=np.uint32).reshape(3, 4)
    write_array(tmp_path / "a.npy", iter(table.astype(np.int64)), (3, 4), np.uint32)
    np.save(tmp_path / "b.npy", table)
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()
    assert np.array_equal(open_array(tmp_path / "a.npy", np.uint32, 2), table)


def test_an_opened_array_cannot_be_written_to(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    with pytest.raises(ValueError, match="read-only"):
        open_array(tmp_path / "a.npy", np.int64, 1)[0] = 7


def npz() -> bytes:
    out = io.BytesIO()
    np.savez(out, np.arange(3))
    return out.getvalue()


def empty_zip() -> bytes:
    out = io.BytesIO()
    zipfile.ZipFile(out, "w").close()
    return out.getvalue()


def with_header(header: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


NOT_ARRAYS = {
    "nothing": b"",
    "words": b"hello",
    "a zip of arrays": npz(),
    "an empty zip": empty_zip(),
    "a pickle": b"\x80\x04N.",
    "a header that is code": with_header(b"__import__('os').abort()\n"),
    "a header without an end": with_header(b"{'descr': '<i8', 'shape': (("),
    "a version of the future": b"\x93NUMPY\x09\x00" + bytes(100),
    "rows without end": with_header(b"{'descr': '<i8', 'fortran_order': False, 'shape': (999999999999,), }\n"),
    "fewer than no rows": with_header(b"{'descr': '<i8', 'fortran_order': False, 'shape': (-5,), }\n"),
    "a number of rows that no machine knows": with_header(
        b"{'descr': '<i8', 'fortran_order': False, 'shape': (" + b"9" * 40 + b",), }\n"
    ),
    "the other byte order": with_header(b"{'descr': '>i8', 'fortran_order': False, 'shape': (1,), }\n") + bytes(8),
}


@pytest.mark.parametrize("data", NOT_ARRAYS.values(), ids=NOT_ARRAYS)
def test_what_is_no_array_of_this_kind_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(ValueError, match=r"a\.npy"):
        open_array(tmp_path / "a.npy", np.int64, 1)


@given(start=st.sampled_from([b"", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00", b"PK\x03\x04"]), rest=st.binary())
def test_whatever_the_bytes_they_are_refused_or_an_array(
    start: bytes, rest: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.getbasetemp() / "any.npy"
    place.write_bytes(start + rest)
    with pytest.raises(ValueError, match=r"any\.npy"):
        open_array(place, np.int64, 1)


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_array(tmp_path / "a.npy", np.int64, 1)
