"""Published vectors and ready indexes, fetched from a loopback copy of their layouts, answer once they are here."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.building.dataset_contract import DatasetAsked
from indexer.building.datasets import get_dataset, offer_dataset
from indexer.core.errors import StorageProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.matching.thresholds import REACH
from indexer.sources.base import RowFacts
from indexer.sources.opening import SourceOptions, open_source
from tests.helpers.embeddings import npy, queries_for
from tests.helpers.faiss_folders import make_index, metadata_table, save, unit_vectors, write_report
from tests.helpers.hub import COMMIT, LocalHub

FONDANT = "fondant-ai/datacomp-small-clip"
ROWS = 600


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with LocalHub() as running:
        yield running


def asked(slug: str, out: Path, hub: LocalHub, recipe: str = "") -> DatasetAsked:
    return DatasetAsked(slug, recipe, out, out.with_name("ledger.jsonl"), base=hub.url, allow_private_hosts=True)


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, row_group_size=90)
    return buffer.getvalue()


def ready_index(room: Path, held: np.ndarray) -> Mapping[str, bytes | Path]:
    """The layout of the ready index: id files with the address and the index's row, vectors in tables beside them."""
    write_report(room / "index_infos.json")
    urls = [f"https://pictures.test/{row}.jpg" for row in range(ROWS)]
    files: dict[str, bytes | Path] = {
        "faiss": save(make_index("IVF8,SQ8", held), room / "faiss"),
        "index_infos.json": room / "index_infos.json",
        "README.md": b"# CLIP index",
    }
    for number in range(3):
        part = slice(number * 200, number * 200 + 200)
        name = f"id_mapping/part-{number:08d}-904a3d98-da02-11ee-9c19-42010a0a0a09.parquet"
        files[name] = parquet(pa.table({"url": urls[part], "i": pa.array(range(ROWS)[part], pa.int64())}))
    ids = [hashlib.md5(b"%d" % row).hexdigest() for row in range(ROWS)]
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(held.ravel()), held.shape[1])
    files["data/part.0.parquet"] = parquet(pa.table({"id": ids, "url": urls, "embedding": vectors}))
    return files


def nearest(opens: Path, vector: np.ndarray) -> RowFacts:
    """What the source, opened by its path alone, says of the row that is nearest to a work."""
    with closing(open_source(str(opens), SourceOptions())) as source:
        assert source.why_not(Lane.NEURAL) is None
        found = source.search(queries_for(source, vector[None]), [Lane.NEURAL], REACH, Monitor())
        best = min(found, key=lambda one: one.distance)
        assert best.distance < 0.05
        return source.facts(best.row)


def test_the_ready_index_of_datacomps_pictures_leads_to_the_address_of_a_planted_one(
    hub: LocalHub, tmp_path: Path
) -> None:
    held, work = unit_vectors(ROWS, dimension=512), unit_vectors(1, seed=8, dimension=512)[0]
    held[417] = work + unit_vectors(1, seed=9, dimension=512)[0] * 0.1
    held[417] /= np.linalg.norm(held[417])
    files = ready_index(tmp_path, held)
    hub.publish(FONDANT, files)
    request = asked("fondant-datacomp-small", tmp_path / "out", hub)
    offer = offer_dataset(request, Monitor())
    wanted = [data for path, data in files.items() if not path.startswith(("data/", "README"))]
    sizes = [len(data) if isinstance(data, bytes) else data.stat().st_size for data in wanted]
    assert (offer.files, offer.download) == (5, sum(sizes))
    fetched = get_dataset(request, Monitor())
    assert (fetched.files, fetched.revision) == (5, COMMIT)
    assert hub.fetched("data/part.0.parquet") == [], "the vectors beside the index are not asked for"
    facts = nearest(fetched.opens, work)
    assert facts.url == "https://pictures.test/417.jpg"
    assert facts.row.startswith("id_mapping/part-00000002-")


def test_the_model_is_known_wherever_the_folder_is_moved(hub: LocalHub, tmp_path: Path) -> None:
    held = unit_vectors(ROWS, dimension=512)
    hub.publish(FONDANT, ready_index(tmp_path, held))
    get_dataset(asked("fondant-datacomp-small", tmp_path / "out", hub), Monitor())
    moved = (tmp_path / "out").rename(tmp_path / "elsewhere")
    with closing(open_source(str(moved / "files"), SourceOptions())) as source:
        space = source.describe().space
        assert space
        assert space.name == "ViT-B-32,laion2b_s34b_b79k"
        assert "as it was declared, and not verified" in (source.caveat(Lane.NEURAL) or "")


def test_fetched_vectors_are_searched_with_the_model_that_the_catalogue_names(hub: LocalHub, tmp_path: Path) -> None:
    held = unit_vectors(3, dimension=1024)
    files = {"img_emb_000.npy": npy(held), "metadata_000.parquet": parquet(metadata_table([0, 1, 2]))}
    hub.publish("nousr/laion-1m-vit-h-14", files)
    fetched = get_dataset(asked("nousr-laion-1m-vit-h-14", tmp_path / "out", hub), Monitor())
    assert nearest(fetched.opens, held[1]).url == "https://pictures.example/1.jpg"


def test_where_a_set_has_vectors_of_two_models_none_is_declared(hub: LocalHub, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, l14_img=np.zeros((2, 768), np.float16), b32_img=np.zeros((2, 512), np.float16))
    table = parquet(metadata_table([0, 1]))
    hub.publish("mlfoundations/datacomp_small", {"00ab.npz": buffer.getvalue(), "00ab.parquet": table})
    get_dataset(asked("datacomp-small", tmp_path / "out", hub, "embeddings"), Monitor())
    assert sorted(place.name for place in (tmp_path / "out").iterdir()) == ["files", "provenance.json"]


def test_a_place_that_cannot_be_written_is_told(hub: LocalHub, tmp_path: Path) -> None:
    hub.publish(FONDANT, ready_index(tmp_path, unit_vectors(ROWS, dimension=512)))
    request = asked("fondant-datacomp-small", tmp_path / "out", hub)
    get_dataset(request, Monitor())
    (tmp_path / "out" / "indices_paths.json").unlink()
    (tmp_path / "out" / "indices_paths.json").mkdir()
    with pytest.raises(StorageProblem, match="it cannot be written"):
        get_dataset(request, Monitor())
