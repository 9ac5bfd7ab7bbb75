"""Queries that have nothing but a content fingerprint, and folders of embeddings as data sets ship them."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from indexer.core.errors import SourceProblem
from indexer.core.hashing import Digests
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import PictureFingerprints
from indexer.matching.thresholds import REACH
from indexer.sources.base import Candidate, Query, Source
from tests.helpers.faiss_folders import metadata_table

NOTHING_SEEN = PictureFingerprints(1, 1, 0, 0, (), (), (), 0, (), 0.0)


def queries_for(source: Source, vectors: np.ndarray) -> list[Query]:
    """A work for each vector, called `work N`."""
    space = source.describe().space
    assert space
    return [
        Query(f"work {number}", Digests("", ""), NOTHING_SEEN, embeddings={space.key: vector.astype("f4").tobytes()})
        for number, vector in enumerate(vectors)
    ]


def nearest(source: Source, vectors: np.ndarray, count: int) -> list[Candidate]:
    """What a source gives for each vector, nearest first."""
    reach = replace(REACH, content_count=count)
    return list(source.search(queries_for(source, vectors), [Lane.NEURAL], reach, Monitor()))


def rows_near(source: Source, vectors: np.ndarray, count: int) -> list[list[int]]:
    """By what the rows say, so that vector and row are held against each other."""
    found: dict[str, list[int]] = {f"work {number}": [] for number in range(len(vectors))}
    for one in nearest(source, vectors, count):
        caption = source.facts(one.row).caption
        assert caption
        found[one.work].append(int(caption.removeprefix("picture ")))
    return list(found.values())


def why_refused(opens: Callable[[], Source]) -> str:
    """The one sentence of a folder that is not opened."""
    with pytest.raises(SourceProblem) as caught:
        opens()
    assert not caught.value.because.endswith(".")
    return caught.value.because


def save_clip_retrieval(folder: Path, held: np.ndarray, files: int = 3, dtype: str = "f2") -> None:
    """As `clip-retrieval inference` writes: half precision, files numbered alike."""
    for part in ("img_emb", "text_emb", "metadata"):
        (folder / part).mkdir(parents=True)
    for number, rows in enumerate(np.array_split(np.arange(len(held)), files)):
        np.save(folder / "img_emb" / f"img_emb_{number}.npy", held[rows].astype(dtype))
        np.save(folder / "text_emb" / f"text_emb_{number}.npy", held[rows[::-1]].astype(dtype))
        pq.write_table(metadata_table(rows.tolist()), folder / "metadata" / f"metadata_{number}.parquet")


def save_pd12m(folder: Path, held: np.ndarray, first: int = 0, rows_a_table: int = 5) -> None:
    """As PD12M ships them: ten tables for each file of vectors, but for the last; `first` is the first of both."""
    (folder / "embeddings").mkdir(parents=True)
    (folder / "metadata").mkdir()
    for start in range(0, len(held), rows_a_table):
        name = f"pd12m.{first * 10 + start // rows_a_table:03d}.parquet"
        rows = range(start, min(start + rows_a_table, len(held)))
        pq.write_table(metadata_table(list(rows)), folder / "metadata" / name)
    for number, start in enumerate(range(0, len(held), rows_a_table * 10)):
        vectors = held[start : start + rows_a_table * 10].astype("f4")
        np.save(folder / "embeddings" / f"pd12m.{first + number:02d}.npy", vectors)


def save_datacomp(folder: Path, arrays: dict[str, np.ndarray], files: int = 2, *, packed: bool = True) -> None:
    """As DataComp ships them: an archive of arrays beside each table, of the same name; half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    count = len(next(iter(arrays.values())))
    for number, rows in enumerate(np.array_split(np.arange(count), files)):
        name = f"{number:032x}"
        pq.write_table(metadata_table(rows.tolist()), folder / f"{name}.parquet")
        write = np.savez_compressed if packed else np.savez
        write(folder / f"{name}.npz", **{key: array[rows].astype("f2") for key, array in arrays.items()})


def nearest_by_hand(asked: np.ndarray, held: np.ndarray, count: int) -> list[list[int]]:
    """Brute force over vectors as they lie on disk, whatever their length."""
    exact = held.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    return np.argsort(-(asked.astype(np.float64) @ exact.T), axis=1, kind="stable")[:, :count].tolist()


def npz_with(place: Path, name: str, data: bytes, method: int = zipfile.ZIP_DEFLATED) -> None:
    """An archive with one member of these bytes."""
    with zipfile.ZipFile(place, "w", method) as archive:
        archive.writestr(name, data)


def npy(array: np.ndarray) -> bytes:
    """The bytes of an array's file."""
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()
