"""The contract of sources that ask another computer, kept by the lookup service."""

from dataclasses import replace

import numpy as np

from indexer.core.types import Lane
from indexer.fingerprints.clip_models import ClipSpace
from indexer.net.network import Network
from indexer.sources.base import Source
from indexer.sources.knn_service import KnnServiceSource
from tests.contracts.remote_source_contract import RemoteSourceContract
from tests.helpers.knn_server import KnnIndex, KnnServer
from tests.helpers.pictures import draw
from tests.helpers.queries import query_of
from tests.helpers.server import LocalServer

SPACE = ClipSpace("drawings", "1", 256)


class TestKnnServiceSource(RemoteSourceContract):
    lanes = (Lane.NEURAL,)
    vectors: np.ndarray

    @classmethod
    def setup_class(cls) -> None:
        queries = [query_of(draw(seed, (96, 72))) for seed in range(30)]
        drawn = [query.fingerprints.miniature[0] for query in queries]
        cls.vectors = np.stack([np.frombuffer(vector, np.float32) for vector in drawn])
        cls.work = replace(queries[3], embeddings={SPACE.key: drawn[3]})
        super().setup_class()

    @classmethod
    def serve(cls) -> LocalServer:
        metadata = [{"url": f"https://example.org/{row}.png", "caption": f"drawing {row}"} for row in range(30)]
        return KnnServer({"drawings": KnnIndex(cls.vectors, metadata, rows_with_metadata=3)})

    @classmethod
    def open_at(cls, server: LocalServer, network: Network) -> Source:
        return KnnServiceSource(f"{server.url}#model=drawings,1&dimension=256", network)
