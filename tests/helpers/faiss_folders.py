"""Small FAISS indexes of many kinds, and the folders in which clip-retrieval and autofaiss keep them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from faiss.contrib.ondisk import merge_ondisk

DIMENSION = 16
LISTS = 8

EXACT = ("Flat", "IDMap,Flat")
KINDS = (
    *EXACT,
    "IVF8,Flat",
    "IVF8_HNSW4,Flat",
    "SQ8",
    "HNSW8",
    "OPQ4_16,IVF8,PQ4x4",
    "PQ8x4fs",
    "IVF8,PQ8x4fs",
    "RR16,IVF8,RaBitQ",
    "IVF8,SQ8,RFlat",
)


def unit_vectors(count: int, seed: int = 0, dimension: int = DIMENSION) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def make_index(key: str, held: np.ndarray, metric: int = faiss.METRIC_INNER_PRODUCT) -> faiss.Index:
    """An index by FAISS's own name of its kind, trained and filled; rows are numbered from 0."""
    faiss.omp_set_num_threads(1)
    index = faiss.index_factory(held.shape[1], key, metric)
    index.train(held)
    if key.startswith("IDMap"):
        index.add_with_ids(held, np.arange(len(held)))
    else:
        index.add(held)
    return index


def save(index: faiss.Index, place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    faiss.write_index(index, str(place))
    return place


def save_parts(folder: Path, held: np.ndarray, name: Callable[[int], str], count: int = 3) -> list[Path]:
    """The same empty index filled by pieces, with rows numbered through, as autofaiss does it on many machines."""
    trained = make_index(f"IVF{LISTS},Flat", held)
    places = []
    for number, rows in enumerate(np.array_split(np.arange(len(held)), count)):
        part = faiss.clone_index(trained)
        part.reset()
        part.add_with_ids(held[rows], rows)
        places.append(save(part, folder / name(number)))
    return places


def save_merged(folder: Path, held: np.ndarray) -> Path:
    """The form with lists on disk, moved after it was made."""
    made = folder.with_name(f"{folder.name} as it was made")
    faiss.set_deserialization_vector_byte_limit(
        1 << 40
    )  # it is the process's, and a test before may have opened a file
    parts = save_parts(made / "parts", held, lambda number: f"{number:02d}.index")
    trained = make_index(f"IVF{LISTS},Flat", held)
    trained.reset()
    (made / "merged").mkdir()
    merge_ondisk(trained, [str(part) for part in parts], str(made / "merged" / "merged_index.ivfdata"))
    faiss.write_index(trained, str(made / "merged" / "populated.index"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    return (made / "merged").rename(folder)


def write_report(place: Path, parameters: str = f"nprobe={LISTS}") -> None:
    """As autofaiss writes it, but for figures that nobody reads."""
    place.write_text(json.dumps({"index_key": "…", "index_param": parameters, "nb vectors": 1}), encoding="utf-8")


def metadata_table(rows: Sequence[int]) -> pa.Table:
    """Rows as img2dataset and `clip-retrieval inference` write them."""
    return pa.table(
        {
            "image_path": [f"{row:09d}" for row in rows],
            "caption": [f"picture {row}" for row in rows],
            "url": [f"https://pictures.example/{row}.jpg" for row in rows],
            "width": [100 + row for row in rows],
            "height": [200 + row for row in rows],
            "sha256": [f"{row:064x}" for row in rows],
        }
    )


def write_metadata(folder: Path, count: int, files: int = 3, groups: int = 40) -> None:
    """Parquet files whose names sort as their numbers do."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, rows in enumerate(np.array_split(np.arange(count), files)):
        pq.write_table(metadata_table(rows.tolist()), folder / f"metadata_{number:04d}.parquet", row_group_size=groups)
