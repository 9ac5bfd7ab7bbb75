"""What the tests share: the environment, seeded weights, an index of drawn pictures, and the real server over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.peers import PLACE_VARIABLE, PeerIndex, Peers, is_complete, peers_place, seed_weights

COLUMNS = ("url", "caption", "width", "height", "image_path")


@pytest.fixture(scope="session")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Peers:
    """The real programs."""
    place = peers_place()
    if not is_complete(place):
        pytest.skip(
            f"the programs of others are not at {place}; make them with python -m tests.peers.make_environment, or say "
            f"with {PLACE_VARIABLE} where they are"
        )
    return Peers(place, tmp_path_factory.mktemp("peers"))


@pytest.fixture(scope="session")
def peer_weights(peers: Peers) -> Path:
    """Of the model with which the index is made."""
    return seed_weights(peers.room / "seed 1.safetensors", 1)


@pytest.fixture(scope="session")
def peer_index(peers: Peers, peer_weights: Path) -> PeerIndex:
    """An index folder as `clip-retrieval inference` and `clip-retrieval index` make it. Not to be changed."""
    return peers.make_index(peer_weights)


@pytest.fixture(scope="session")
def peer_server(peers: Peers, peer_index: PeerIndex) -> Iterator[str]:
    """Address of the real server; it has that index under two names, `drawings` and `again`."""
    with peers.serve({"drawings": peer_index, "again": peer_index}, COLUMNS) as address:
        yield address
