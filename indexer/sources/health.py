# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a source only to ask how it is; a source that cannot even be opened has that as its answer."""

from pathlib import Path

from indexer.core.errors import IndexProblem, InputProblem, SourceProblem
from indexer.core.progress import Monitor
from indexer.net.network import Network
from indexer.sources.base import Health
from indexer.sources.opening import SourceOptions, open_source


def ask_health(opens: str, network: Network, registry: Path, monitor: Monitor) -> Health:
    """How the source is that `--source` would open for these words.

    Raises:
        Cancelled: the user stopped.
    """
    try:
        with monitor.attempt(opens):
            source = open_source(opens, SourceOptions(network=network, registry=registry), monitor)
    except (InputProblem, IndexProblem, SourceProblem) as problem:
        return Health(answers=False, words=problem.because)
    try:
        return source.health(monitor)
    except (InputProblem, IndexProblem, SourceProblem) as problem:
        return Health(answers=False, words=problem.because)
    finally:
        source.close()
