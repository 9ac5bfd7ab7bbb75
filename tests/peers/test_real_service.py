"""A real clip-retrieval server answers our lookup source."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.core.hashing import Digests
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import PictureFingerprints
from indexer.fingerprints.clip_models import find_model
from indexer.fingerprints.clip_weights import read_weights
from indexer.fingerprints.embedding import Embedder
from indexer.matching.thresholds import REACH
from indexer.net.network import Network
from indexer.sources.base import Candidate, Query, RowId
from indexer.sources.knn_probe import SENTENCES
from indexer.sources.knn_service import KnnServiceSource
from tests.helpers.clip import as_vector, picture_of
from tests.helpers.peers import PICTURES, PeerIndex, Peers, seed_weights

pytestmark = [pytest.mark.peer, pytest.mark.timeout(2400)]

MODEL = "ViT-B-32-quickgelu,openai"
"""Only the name: the weights are seeded ones, here and there."""

NOTHING_SEEN = PictureFingerprints(1, 1, 0, 0, (), (), (), 0, (), 0.0)


@pytest.fixture(scope="module")
def words(peer_weights: Path) -> list[bytes]:
    """Our own vectors of the sentences with which a service is tried out."""
    return embed_sentences(peer_weights)


@pytest.fixture(scope="module")
def works(peer_index: PeerIndex) -> np.ndarray:
    """Our own vectors of the pictures that the index was made of, (pictures, 512)."""
    with closing(Embedder(read_weights(peer_index.weights, find_model(MODEL)), workers=1)) as embedder:
        pictures = [picture_of(place) for place in sorted(peer_index.pictures.glob("*.png"))]
        return np.stack([as_vector(one.vectors[1]) for one in embedder.embed(pictures, Monitor())])


@pytest.fixture(scope="module")
def theirs(peer_index: PeerIndex) -> np.ndarray:
    """The vectors that the real program made, in the order of its files."""
    files = sorted((peer_index.embeddings / "img_emb").glob("*.npy"))
    return np.concatenate([np.load(place) for place in files]).astype(np.float32)


@pytest.fixture
def source(peer_server: str, tmp_path: Path) -> Iterator[KnnServiceSource]:
    with closing(open_at(f"{peer_server}/knn-service#index=drawings&model={MODEL}", tmp_path)) as one:
        yield one


def open_at(written: str, room: Path) -> KnnServiceSource:
    return KnnServiceSource(written, Network(room / "sent.jsonl", allow_private_hosts=True))


def embed_sentences(weights: Path) -> list[bytes]:
    with closing(Embedder(read_weights(weights, find_model(MODEL)), workers=1)) as embedder:
        return embedder.embed_texts(SENTENCES, Monitor())


def giving(vectors: list[bytes]) -> Callable[[Sequence[str]], list[bytes]]:
    return lambda _: vectors


def ask(source: KnnServiceSource, vectors: np.ndarray, count: int) -> list[Candidate]:
    space = source.describe().space
    assert space
    queries = [
        Query(f"{number:03}.png", Digests("", ""), NOTHING_SEEN, embeddings={space.key: vector.tobytes()})
        for number, vector in enumerate(vectors)
    ]
    return list(source.search(queries, [Lane.NEURAL], replace(REACH, content_count=count), Monitor()))


def test_it_gives_the_neighbours_of_brute_force(
    source: KnnServiceSource, works: np.ndarray, theirs: np.ndarray
) -> None:
    scores = works @ theirs.T
    candidates = ask(source, works, 10)
    for number, scored in enumerate(scores):
        found = [one for one in candidates if one.work == f"{number:03}.png"]
        assert [int(one.row) for one in found] == np.argsort(-scored)[:10].tolist()
        assert [1 - one.distance for one in found] == pytest.approx(np.sort(scored)[::-1][:10], abs=1e-4)


def test_our_vector_of_a_picture_is_theirs(works: np.ndarray, theirs: np.ndarray) -> None:
    """They keep half precision."""
    assert theirs.shape == (PICTURES, 512)
    assert (works * theirs).sum(1).min() > 0.999


def test_each_row_leads_to_its_picture(source: KnnServiceSource, works: np.ndarray) -> None:
    """Found as nearest, and asked for by its number alone; its caption, and sizes where the table has no gap."""
    for candidate in ask(source, works, 1):
        name = candidate.work.removesuffix(".png")
        facts = source.facts(candidate.row)
        assert (facts.url, facts.caption) == (f"https://example.org/{name}.png", f"drawing {name}")
        assert (facts.width, facts.height) == ((240, 180) if int(name) % 5 else (None, None))
        assert facts.row == f"index drawings, row {int(name)}"
    asked_anew = source.facts(RowId("41"))
    assert (asked_anew.url, asked_anew.width) == ("https://example.org/041.png", 240)


def test_more_neighbours_than_rows_are_all_rows(source: KnnServiceSource, works: np.ndarray) -> None:
    """FAISS fills up what is missing; no filler comes through."""
    found = ask(source, works[:1], 3 * PICTURES)
    assert sorted(int(one.row) for one in found) == list(range(PICTURES))


def test_words_show_that_the_model_is_the_declared_one(source: KnnServiceSource, words: list[bytes]) -> None:
    source.probe(giving(words), Monitor())
    assert source.why_not(Lane.NEURAL) is None
    assert source.caveat(Lane.NEURAL) == "the service does not say how many rows it has"


def test_words_show_that_the_model_is_another_one(source: KnnServiceSource, peers: Peers) -> None:
    """Of the same architecture, with other weights."""
    others = embed_sentences(seed_weights(peers.room / "seed 2.safetensors", 2))
    source.probe(giving(others), Monitor())
    assert (source.why_not(Lane.NEURAL) or "").startswith(f"its answers show that it was not made with {MODEL}: ")


def test_a_wrong_dimension_is_its_error_500_and_the_right_one_is_found(peer_server: str, tmp_path: Path) -> None:
    with closing(open_at(f"{peer_server}#index=again&dimension=768", tmp_path)) as one:
        assert (one.why_not(Lane.NEURAL) or "").startswith("the service does not name its model; write it as")
        assert "its vectors have 512 numbers, which ViT-B-32-quickgelu,openai and " in (one.why_not(Lane.NEURAL) or "")


def test_it_is_well(source: KnnServiceSource) -> None:
    assert source.health(Monitor()).words.startswith("it has the index drawings and answered within ")
