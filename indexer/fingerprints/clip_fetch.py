# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches the weights of a model to where checks and builds look for them: `exhibit-a models get`."""

from indexer.core.errors import ModelProblem
from indexer.core.progress import Monitor
from indexer.fingerprints.clip_models import find_model, weights_place
from indexer.fingerprints.clip_weights import read_weights
from indexer.fingerprints.contract import WeightsAsked, WeightsFetched, WeightsOffered
from indexer.net.download import Downloader, Wanted
from indexer.net.ledger import Ledger

_PURPOSE = "the weights of the model {pair}"


def offer_weights(asked: WeightsAsked, monitor: Monitor) -> WeightsOffered:
    """Ask how large the file is.

    Raises:
        InputProblem: there is no answer.
    """
    find_model(asked.pair)
    with _downloader(asked) as downloader:
        offer = downloader.offer(asked.url, f"the size of {_PURPOSE.format(pair=asked.pair)}", monitor)
        return WeightsOffered(offer.url, offer.size_bytes)


def fetch_weights(asked: WeightsAsked, monitor: Monitor) -> WeightsFetched:
    """Fetch them, or go on with it; what is not the model's is thrown away.

    Raises:
        InputProblem: they could not be fetched, or their checksum is another.
        ModelProblem: they are not of this model.
        StorageProblem: they cannot be written.
        Cancelled: the user stopped; what has come is kept.
    """
    model = find_model(asked.pair)
    place = weights_place(asked.models, asked.pair)
    with _downloader(asked) as downloader:
        downloader.download(Wanted(asked.url, asked.sha256), place, _PURPOSE.format(pair=asked.pair), monitor)
    try:
        weights = read_weights(place, model)
    except ModelProblem:
        place.unlink(missing_ok=True)
        raise
    return WeightsFetched(place, weights.size_bytes)


def _downloader(asked: WeightsAsked) -> Downloader:
    ledger = Ledger(asked.ledger)
    return Downloader(ledger, offline=asked.offline, allow_private_hosts=asked.allow_private_hosts)
