# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a source whose content is near to words: a way of looking around in a data set, never a finding."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from indexer.core.errors import SourceProblem
from indexer.core.hashing import Digests
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import PictureFingerprints
from indexer.fingerprints.clip_models import ClipSpace
from indexer.matching.content import ContentModels
from indexer.matching.contract import CheckPlaces, CheckSettings
from indexer.matching.thresholds import REACH
from indexer.net.network import Network
from indexer.sources.base import Query, RowFacts, Source
from indexer.sources.opening import SourceOptions, open_source

_NOTHING_SEEN = PictureFingerprints(1, 1, 0, 0, (), (), (), 0, (), 0.0)
"""Words have no picture: only the content lane can be asked for them."""


def nearest_to_words(
    settings: CheckSettings, words: str, count: int, places: CheckPlaces, monitor: Monitor
) -> Iterator[tuple[RowFacts, float]]:
    """The `count` rows of a source that are nearest to words, each with its cosine, the nearest first.

    Args:
        settings: the source, as in a check; weights that may be those of its model; what may be asked of the network.

    Raises:
        SourceProblem: it cannot be opened, holds no content fingerprints, or those of another model than it says, or
            that model's weights are not at hand.
        ModelProblem: the model has no tower for text that this program can use.
        Cancelled: the user stopped.
    """
    (source,) = settings.sources
    network = Network(places.ledger, settings.offline, settings.allow_private_hosts)
    with (
        closing(open_source(source, SourceOptions(network=network, registry=places.registry), monitor)) as opened,
        closing(ContentModels(settings, places, monitor)) as models,
    ):
        space = _space_of(opened, source)
        if because := models.why_not(space):
            raise SourceProblem(source, because)
        opened.probe(models.for_probe(space), monitor)
        space = _space_of(opened, source)
        vector = models.embed_words(words, space)
        query = Query(words, Digests("", ""), _NOTHING_SEEN, embeddings={space.key: vector})
        reach = replace(REACH, content_count=count)
        for near in opened.search([query], (Lane.NEURAL,), reach, monitor):
            yield opened.facts(near.row), 1.0 - near.distance


def _space_of(opened: Source, name: str) -> ClipSpace:
    """Of what space a source's content fingerprints are."""
    because, space = opened.why_not(Lane.NEURAL), opened.describe().space
    if because or space is None:
        raise SourceProblem(name, because or "its content fingerprints do not say which model made them")
    return space
