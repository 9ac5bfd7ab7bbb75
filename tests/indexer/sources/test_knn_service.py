"""A lookup service asked over HTTP: what is sent, what is read, and each thing that services are known to do wrong."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.core.errors import Cancelled, SourceProblem, SourceUnreachable
from indexer.core.hashing import Digests
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import Kind, PictureFingerprints
from indexer.fingerprints.clip_models import KNOWN
from indexer.matching.thresholds import REACH
from indexer.net.ledger import entries
from indexer.net.network import Network
from indexer.sources import knn_protocol
from indexer.sources.base import Candidate, Query, RowFacts, RowId
from indexer.sources.knn_probe import SENTENCES
from indexer.sources.knn_service import KnnServiceSource
from tests.helpers.knn_server import FILLER, KnnIndex, KnnServer, say
from tests.helpers.monitors import StopWhen
from tests.helpers.pictures import draw
from tests.helpers.queries import query_of
from tests.helpers.server import LocalServer, Visit

ROWS = 24
MODEL = "drawings,1"
DECLARED = f"model={MODEL}&dimension=256"
WORDS_ONLY = PictureFingerprints(1, 1, 0, 0, (), (), (), 0, (), 0.0)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Real ones, of length 1: the miniatures of drawings."""
    drawn = [query_of(draw(seed, (96, 72))).fingerprints.miniature[0] for seed in range(ROWS)]
    return np.stack([np.frombuffer(vector, np.float32) for vector in drawn])


@pytest.fixture
def index(vectors: np.ndarray) -> KnnIndex:
    metadata = [{"url": f"https://example.org/{row}.png", "caption": f"drawing {row}"} for row in range(ROWS)]
    return KnnIndex(vectors, metadata, tower=tower_of(1))


@pytest.fixture
def server(index: KnnIndex) -> Iterator[KnnServer]:
    with KnnServer({"drawings": index}) as one:
        yield one


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "sent.jsonl", allow_private_hosts=True)


@pytest.fixture
def source(server: KnnServer, network: Network) -> Iterator[KnnServiceSource]:
    with closing(KnnServiceSource(f"{server.url}#{DECLARED}", network)) as one:
        yield one


def tower_of(seed: int, error: float = 0.0) -> Callable[[str], np.ndarray]:
    """A model's part that reads words: each sentence has a direction of its own; `error` is as of half precision."""

    def read(words: str) -> np.ndarray:
        chance = np.random.default_rng([seed, *words.encode()])
        vector = chance.standard_normal(256) + error * np.random.default_rng(0).standard_normal(256)
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    return read


def embed_with(tower: Callable[[str], np.ndarray]) -> Callable[[Sequence[str]], list[bytes]]:
    return lambda sentences: [tower(words).tobytes() for words in sentences]


def query_with(source: KnnServiceSource, vector: np.ndarray, work: str = "work.png") -> Query:
    space = source.describe().space
    assert space
    return Query(work, Digests("", ""), WORDS_ONLY, embeddings={space.key: vector.astype(np.float32).tobytes()})


def ask(source: KnnServiceSource, *vectors: np.ndarray, count: int = 5) -> list[Candidate]:
    queries = [query_with(source, vector, f"work {number}.png") for number, vector in enumerate(vectors)]
    return list(source.search(queries, [Lane.NEURAL], replace(REACH, content_count=count), Monitor()))


def facts(source: KnnServiceSource, candidates: Sequence[Candidate]) -> list[RowFacts]:
    return [source.facts(candidate.row) for candidate in candidates]


def why_not_opened(address: str, network: Network) -> str:
    with pytest.raises(SourceProblem) as caught:
        KnnServiceSource(address, network).close()
    assert caught.value.source == address
    return caught.value.because


def why_not_searched(source: KnnServiceSource, vector: np.ndarray) -> str:
    with pytest.raises(SourceProblem) as caught:
        ask(source, vector)
    return caught.value.because


# What it answers


def test_the_nearest_rows_are_those_of_brute_force(source: KnnServiceSource, vectors: np.ndarray) -> None:
    scores = vectors @ vectors[7]
    order = np.argsort(-scores)[:5]
    candidates = ask(source, vectors[7])
    assert [int(one.row) for one in candidates] == order.tolist()
    assert [one.distance for one in candidates] == pytest.approx(1 - scores[order], abs=1e-6)
    assert {(one.kind, one.work) for one in candidates} == {(Kind.CLIP, "work 0.png")}


def test_each_work_of_a_batch_gets_its_own_answer(source: KnnServiceSource, vectors: np.ndarray) -> None:
    nearest = {one.work: one.row for one in reversed(ask(source, vectors[3], vectors[4]))}
    assert nearest == {"work 0.png": "3", "work 1.png": "4"}


def test_the_facts_of_a_row(source: KnnServiceSource, server: KnnServer, vectors: np.ndarray) -> None:
    found = facts(source, ask(source, vectors[7], count=1))
    assert found == [
        RowFacts(
            row="index drawings, row 7",
            row_key=f"knn:127.0.0.1:{server.port}/drawings#7",
            url="https://example.org/7.png",
            caption="drawing 7",
        )
    ]


def test_facts_of_a_row_that_was_not_found_just_now_are_asked_for(source: KnnServiceSource) -> None:
    assert source.facts(RowId("21")).url == "https://example.org/21.png"


def test_a_flat_picture_is_not_asked_for(source: KnnServiceSource, server: KnnServer) -> None:
    asked = len(server.seen)
    assert ask(source, np.array([])) == []
    assert len(server.seen) == asked


def test_it_says_that_it_does_not_know_its_size(source: KnnServiceSource) -> None:
    about = source.describe()
    assert (about.dataset, about.version, about.rows, about.rows_with) == ("drawings", "", 0, {})
    assert (source.caveat(Lane.NEURAL) or "").startswith("the service does not say how many rows it has")
    assert source.caveat(Lane.EXACT) is None


def test_its_health(source: KnnServiceSource, server: KnnServer) -> None:
    health = source.health(Monitor())
    assert health.answers
    assert health.words.startswith("it has the index drawings and answered within 0.")
    server.indexes["others"] = server.indexes.pop("drawings")
    assert source.health(Monitor()).words == "it no longer has the index drawings; it has others"
    assert not source.health(Monitor()).answers
    server.close()
    assert not source.health(Monitor()).answers


# What is asked


def test_a_question_is_made_so_that_no_copy_is_hidden(
    source: KnnServiceSource, server: KnnServer, vectors: np.ndarray
) -> None:
    """Near rows twice over are what is looked for; filters and the aesthetic fields stay out."""
    ask(source, vectors[7], count=24)
    question = server.questions[-1]
    assert question.pop("embedding_input") == pytest.approx(vectors[7].tolist(), abs=1e-6)
    assert question == {
        "modality": "image",
        "num_images": 24,
        "num_result_ids": 24,
        "indice_name": "drawings",
        "deduplicate": False,
        "use_safety_model": False,
        "use_violence_detector": False,
    }


def test_near_copies_of_each_other_are_all_found(source: KnnServiceSource, index: KnnIndex) -> None:
    index.vectors = np.concatenate([index.vectors[:5], np.repeat(index.vectors[9:10], 3, axis=0)])
    assert [int(one.row) for one in ask(source, index.vectors[7], count=3)] == [5, 6, 7]


def test_a_vector_is_sent_with_length_one(source: KnnServiceSource, server: KnnServer, vectors: np.ndarray) -> None:
    """The service does not see to that: three times the vector would give three times the similarity."""
    long, short = ask(source, 3 * vectors[7]), ask(source, vectors[7])
    assert [one.distance for one in long] == pytest.approx([one.distance for one in short], abs=1e-5)
    assert all(math.hypot(*one["embedding_input"]) == pytest.approx(1) for one in server.questions)


def test_nothing_of_the_artist_is_sent_before_the_service_has_shown_what_it_is(
    server: KnnServer, network: Network
) -> None:
    """Only chance vectors and plain sentences; and the ledger says what for."""
    with closing(KnnServiceSource(f"{server.url}#{DECLARED}", network)) as source:
        source.probe(embed_with(tower_of(1)), Monitor())
        assert source.why_not(Lane.NEURAL) is None
    assert [one["text"] for one in server.questions if "text" in one] == list(SENTENCES)
    purposes = {entry.purpose for entry in entries(network.ledger) if entry.url.endswith("/knn-service")}
    assert purposes == {"to find out what a lookup service's index is made of; nothing of yours is sent"}


def test_what_stands_after_the_hash_sign_is_not_sent(source: KnnServiceSource, network: Network) -> None:
    assert all("#" not in entry.url for entry in entries(network.ledger))


@pytest.mark.parametrize("end", ["", "/", "/knn-service"])
def test_a_service_behind_a_path(index: KnnIndex, network: Network, end: str, vectors: np.ndarray) -> None:
    with KnnServer({"drawings": index}, "/knn/v2") as server:
        with closing(KnnServiceSource(f"{server.address}{end}#{DECLARED}", network)) as source:
            (found,) = facts(source, ask(source, vectors[7], count=1))
        assert found.row_key == f"knn:127.0.0.1:{server.port}/knn/v2/drawings#7"


# Which index


def test_the_only_index_is_taken(source: KnnServiceSource) -> None:
    assert source.describe().dataset == "drawings"


def test_an_index_is_chosen_by_its_name(server: KnnServer, index: KnnIndex, network: Network) -> None:
    server.indexes["laion5B-L-14"] = index
    with closing(KnnServiceSource(f"{server.url}#index=laion5B-L-14&{DECLARED}", network)) as source:
        assert source.describe().dataset == "laion5B-L-14"
    assert {question["indice_name"] for question in server.questions} == {"laion5B-L-14"}


def test_several_indexes_and_none_chosen(server: KnnServer, index: KnnIndex, network: Network) -> None:
    server.indexes["laion5B-L-14"] = index
    assert why_not_opened(f"{server.url}#{DECLARED}", network) == (
        "the service has several indexes, drawings, laion5B-L-14; write which one, as #index=NAME"
    )


def test_an_index_that_is_not_there(server: KnnServer, index: KnnIndex, network: Network) -> None:
    assert why_not_opened(f"{server.url}#index=laion5B", network) == "the service has no index laion5B; it has drawings"
    server.indexes |= {f"part {number:02}": index for number in range(20)}
    assert why_not_opened(f"{server.url}#index=laion5B", network).endswith("part 10 and 9 more")


def test_a_service_without_an_index(server: KnnServer, network: Network) -> None:
    server.indexes.clear()
    assert why_not_opened(server.url, network) == "the service has no index"


# Dimension and model


@pytest.mark.parametrize("dimension", [512, 768, 1024, 1152, 640, 256])
def test_the_dimension_is_found_out_with_chance_vectors(network: Network, dimension: int) -> None:
    with (
        KnnServer({"one": KnnIndex(np.eye(3, dimension, dtype=np.float32), [{"url": "x"}] * 3)}) as server,
        closing(KnnServiceSource(f"{server.url}#model=mine,1", network)) as source,
    ):
        space = source.describe().space
        assert space
        assert (space.name, space.dimension, space.weights_sha256) == ("mine,1", dimension, None)


def test_the_dimension_of_the_declared_model_is_tried_first(network: Network) -> None:
    with KnnServer({"one": KnnIndex(np.eye(3, 1024, dtype=np.float32), [{"url": "x"}] * 3)}) as server:
        KnnServiceSource(f"{server.url}#model=ViT-H-14,laion2b_s32b_b79k", network).close()
        assert [len(question["embedding_input"]) for question in server.questions] == [1024]


def test_an_unusual_dimension_can_be_written(network: Network) -> None:
    with KnnServer({"one": KnnIndex(np.eye(3, 32, dtype=np.float32), [{"url": "x"}] * 3)}) as server:
        with closing(KnnServiceSource(f"{server.url}#model=mine,1&dimension=32", network)) as source:
            assert source.why_not(Lane.NEURAL) is None
        because = why_not_opened(f"{server.url}#model=mine,1", network)
        assert because.startswith("it answers with an error (500) whatever it is asked; vectors of 512, 768, ")


def test_a_model_that_is_not_declared_is_not_guessed(network: Network) -> None:
    with (
        KnnServer({"one": KnnIndex(np.eye(3, 768, dtype=np.float32), [{"url": "x"}] * 3)}) as server,
        closing(KnnServiceSource(server.url, network)) as source,
    ):
        others = " and ".join(model.name for model in KNOWN if model.dimension == 768)
        assert source.why_not(Lane.NEURAL) == (
            "the service does not name its model; write it as #model=MODEL,TAG; "
            f"its vectors have 768 numbers, which {others} have too"
        )
        assert source.describe().space is None
        assert source.caveat(Lane.NEURAL) is None


def test_a_dimension_that_no_known_model_has(network: Network) -> None:
    with (
        KnnServer({"one": KnnIndex(np.eye(3, 1152, dtype=np.float32), [{"url": "x"}] * 3)}) as server,
        closing(KnnServiceSource(server.url, network)) as source,
    ):
        assert (source.why_not(Lane.NEURAL) or "").endswith("its vectors have 1152 numbers, as no known model has")


OTHER_LENGTH = (
    "the model that you wrote, ViT-H-14,laion2b_s32b_b79k, gives vectors of 1024 numbers; its vectors have 256 "
    "numbers, as no known model has"
)
OTHER_ACTIVATION = (
    "of the model ViT-L-14,openai that you wrote, these weights belong to another activation than ViT-L-14 has; the "
    "right pair is ViT-L-14-quickgelu,openai"
)
NO_TAG = (
    "of the model ViT-H-14 that you wrote, the model needs its tag, because each tag is another space of vectors; "
    "known: ViT-H-14,laion2b_s32b_b79k"
)


@pytest.mark.parametrize(
    ("declared", "because"),
    [("ViT-H-14,laion2b_s32b_b79k", OTHER_LENGTH), ("ViT-L-14,openai", OTHER_ACTIVATION), ("ViT-H-14", NO_TAG)],
)
def test_a_model_that_it_cannot_be(server: KnnServer, network: Network, declared: str, because: str) -> None:
    """Two names that look alike are two spaces of vectors (`datasets.md` §1.7)."""
    with closing(KnnServiceSource(f"{server.url}#model={declared}", network)) as source:
        assert source.why_not(Lane.NEURAL) == because


def test_the_declared_model_is_the_services_own(source: KnnServiceSource) -> None:
    """Even if the service calculates with fewer digits."""
    source.probe(embed_with(tower_of(1, error=1e-3)), Monitor())
    assert source.why_not(Lane.NEURAL) is None
    assert source.caveat(Lane.NEURAL) == "the service does not say how many rows it has"


def test_the_declared_model_is_another_one(source: KnnServiceSource) -> None:
    source.probe(embed_with(tower_of(2)), Monitor())
    assert source.why_not(Lane.NEURAL) == (
        f"its answers show that it was not made with {MODEL}: of 5 plain sentences, 5 lead to other rows than that "
        "model's fingerprints of them"
    )


def test_another_model_is_noticed_where_the_index_is_too_small_to_answer_with_other_rows(
    source: KnnServiceSource, index: KnnIndex
) -> None:
    index.vectors = index.vectors[:6]
    source.probe(embed_with(tower_of(1)), Monitor())
    assert source.why_not(Lane.NEURAL) is None
    source.probe(embed_with(tower_of(2)), Monitor())
    assert "not made with" in (source.why_not(Lane.NEURAL) or "")


def test_one_sentence_that_differs_is_forgiven(source: KnnServiceSource, index: KnnIndex) -> None:
    right, wrong = tower_of(1), tower_of(2)
    index.tower = lambda words: (wrong if words == SENTENCES[2] else right)(words)
    source.probe(embed_with(right), Monitor())
    assert source.why_not(Lane.NEURAL) is None
    index.tower = lambda words: (wrong if words in SENTENCES[2:4] else right)(words)
    source.probe(embed_with(right), Monitor())
    assert "of 5 plain sentences, 2 lead" in (source.why_not(Lane.NEURAL) or "")


def test_no_tower_for_words_here(source: KnnServiceSource, server: KnnServer) -> None:
    source.probe(lambda _: None, Monitor())
    assert source.why_not(Lane.NEURAL) is None
    assert source.caveat(Lane.NEURAL) == (
        "the service does not say how many rows it has, and its model is as declared, unverified (the part of the "
        "model that reads words is not at hand)"
    )


def test_no_tower_for_words_there(source: KnnServiceSource, index: KnnIndex) -> None:
    index.tower = None
    source.probe(embed_with(tower_of(1)), Monitor())
    assert source.why_not(Lane.NEURAL) is None
    assert "unverified (the service does not answer to words)" in (source.caveat(Lane.NEURAL) or "")


def test_an_empty_index_shows_nothing(source: KnnServiceSource, index: KnnIndex) -> None:
    index.vectors = index.vectors[:0]
    source.probe(embed_with(tower_of(1)), Monitor())
    assert "unverified (the service has no row for anything)" in (source.caveat(Lane.NEURAL) or "")
    assert ask(source, tower_of(1)("a fox")) == []


# The traps of the protocol


def test_the_word_nan_is_a_gap(source: KnnServiceSource, index: KnnIndex, vectors: np.ndarray) -> None:
    index.metadata = [
        {"url": f"https://example.org/{row}.png", "caption": math.nan, "width": math.nan} for row in range(ROWS)
    ]
    (found,) = facts(source, ask(source, vectors[7], count=1))
    assert (found.url, found.caption, found.width) == ("https://example.org/7.png", None, None)


def test_the_filler_of_a_reordered_index_is_no_row(
    source: KnnServiceSource, index: KnnIndex, vectors: np.ndarray
) -> None:
    index.extra = [FILLER, {"id": 3, "similarity": math.nan}]
    assert [one.row for one in ask(source, vectors[7], count=50)].count("3") == 1
    assert len(ask(source, vectors[7], count=50)) == ROWS


def test_ids_beyond_those_of_javascript(source: KnnServiceSource, index: KnnIndex, vectors: np.ndarray) -> None:
    index.first_id = 2**53 + 1
    (candidate,) = ask(source, vectors[8], count=1)
    assert candidate.row == "9007199254741001"
    assert source.facts(candidate.row).row_key.endswith("/drawings#9007199254741001")


def test_a_compressed_index_exceeds_one(source: KnnServiceSource, index: KnnIndex, vectors: np.ndarray) -> None:
    index.vectors = index.vectors * np.float32(1.02)
    assert ask(source, vectors[7], count=1)[0].distance == pytest.approx(-0.02, abs=1e-4)


def test_vectors_of_other_lengths_are_not_searched(
    source: KnnServiceSource, index: KnnIndex, vectors: np.ndarray
) -> None:
    index.vectors = index.vectors * 3
    assert why_not_searched(source, vectors[7]) == "its similarities are no cosines, so it cannot be told what is near"


def test_rows_that_come_without_metadata_are_asked_for_together(
    source: KnnServiceSource, index: KnnIndex, server: KnnServer, vectors: np.ndarray
) -> None:
    index.rows_with_metadata = 2
    candidates = ask(source, vectors[7])
    assert [one.url for one in facts(source, candidates)] == [
        f"https://example.org/{one.row}.png" for one in candidates
    ]
    (asked,) = [json.loads(seen.body) for seen in server.seen if seen.path == "/metadata"]
    assert asked == {"ids": [int(one.row) for one in candidates[2:]], "indice_name": "drawings"}


def test_rows_without_metadata_anywhere_are_rows_all_the_same(
    source: KnnServiceSource, index: KnnIndex, vectors: np.ndarray
) -> None:
    index.rows_with_metadata, index.knows_rows = 0, False
    for found in facts(source, ask(source, vectors[7])):
        assert (found.url, found.caption) == (None, None)
        assert found.notes == ("The service says neither an address nor a caption of this row.",)


def test_columns_in_capitals_and_pictures_in_the_answer(
    source: KnnServiceSource, index: KnnIndex, vectors: np.ndarray
) -> None:
    said: dict[str, Any] = {
        "URL": "https://example.org/x.png",
        "TEXT": "a fox",
        "WIDTH": 640,
        "HEIGHT": 480,
        "md5": "ab" * 16,
    }
    index.metadata = [said | {"image": "/9j/" + "A" * 100_000}] * ROWS
    (found,) = facts(source, ask(source, vectors[7], count=1))
    assert (found.url, found.caption, found.width, found.height) == ("https://example.org/x.png", "a fox", 640, 480)
    assert found.md5 == "ab" * 16


# What goes wrong


def test_an_error_for_one_work_ends_the_search_and_keeps_what_was_answered(
    source: KnnServiceSource, vectors: np.ndarray
) -> None:
    queries = [query_with(source, vectors[7], "first.png"), query_with(source, vectors[7][:100], "second.png")]
    answered: list[Candidate] = []
    with pytest.raises(SourceProblem) as caught:
        answered.extend(source.search(queries, [Lane.NEURAL], REACH, Monitor()))
    assert caught.value.because == "the service answered with an error (500) and does not say which"
    assert {one.work for one in answered} == {"first.png"}


@pytest.mark.parametrize(
    ("status", "body", "because"),
    [
        (200, b"<!doctype html><html>Welcome</html>", "it answered with a web page instead of data"),
        (200, b'[{"id": 1, "similarity": 0.', "its answer is not readable data"),
        (200, b'{"rows": []}', "its answer is not a list of rows"),
        (200, b"", "its answer is not a list of rows"),
        (500, b"<html>oops</html>", "the service answered with an error (500) and does not say which"),
        (502, b"<html>Bad gateway</html>", "the server answered 502 (bad gateway)"),
        (404, b"<html>Not found</html>", "there is no lookup service at that address (404)"),
        (405, b'{"message": "not allowed"}', "the server answered 405 (method not allowed)"),
    ],
)
def test_what_is_no_answer(
    source: KnnServiceSource, server: KnnServer, vectors: np.ndarray, status: int, body: bytes, because: str
) -> None:
    server.answers("/knn-service", body, status)
    assert why_not_searched(source, vectors[7]) == because


@pytest.mark.parametrize(
    ("status", "body", "because"),
    [
        (200, b"<html></html>", "it answered with a web page instead of data"),
        (200, b'{"a": 1}', "what answers there is no lookup service: it gives no list of indexes"),
        (404, b"<html></html>", "there is no lookup service at that address (404)"),
    ],
)
def test_what_is_no_lookup_service(network: Network, status: int, body: bytes, because: str) -> None:
    with LocalServer() as server:
        server.answers("/indices-list", body, status)
        assert why_not_opened(server.url, network) == because


def test_an_address_that_is_none(network: Network) -> None:
    assert why_not_opened("https://", network) == "it is not a complete web address"


def test_nobody_answers(network: Network) -> None:
    with LocalServer() as server:
        address = server.url
    with pytest.raises(SourceUnreachable):
        KnnServiceSource(address, network)


def test_a_service_that_stalls(
    server: KnnServer, network: Network, vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knn_protocol, "LIMITS", replace(knn_protocol.LIMITS, read_s=0.3))
    with closing(KnnServiceSource(f"{server.url}#{DECLARED}", network)) as source:
        server.plays("/knn-service", keep_silent)
        assert why_not_searched(source, vectors[7]) == "the server sent nothing for 0.3 seconds"


def test_a_service_that_sends_without_end(
    server: KnnServer, network: Network, vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knn_protocol, "LIMITS", replace(knn_protocol.LIMITS, max_bytes=1 << 20))
    with closing(KnnServiceSource(f"{server.url}#{DECLARED}", network)) as source:
        server.plays("/knn-service", send_without_end)
        assert why_not_searched(source, vectors[7]) == "the answer is larger than 1 MB"


def test_a_stop_ends_the_wait(source: KnnServiceSource, server: KnnServer, vectors: np.ndarray) -> None:
    server.plays("/knn-service", keep_silent)
    asked = len(server.seen)
    search = source.search(
        [query_with(source, vectors[7])], [Lane.NEURAL], REACH, StopWhen(lambda _: len(server.seen) > asked)
    )
    with pytest.raises(Cancelled):
        list(search)


def test_the_metadata_of_other_rows_is_not_taken_for_theirs(
    source: KnnServiceSource, index: KnnIndex, server: KnnServer, vectors: np.ndarray
) -> None:
    index.rows_with_metadata = 0
    server.plays("/metadata", lambda visit: say(visit, [{"id": 4711, "metadata": {"url": "https://example.org/?"}}]))
    assert {one.url for one in facts(source, ask(source, vectors[7]))} == {None}


def keep_silent(visit: Visit) -> None:
    visit.wait(60)


def send_without_end(visit: Visit) -> None:
    visit.begin({"Content-Type": "application/json"})
    visit.wfile.write(b"[")
    while not visit.wait(0):
        visit.wfile.write(b'{"id": 1, "similarity": 0.5},' * 1000)
