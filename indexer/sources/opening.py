# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the user wrote after `--source` to a source, by this table.

what is written                         what it is
a folder with an `index.json`           an index that this program built
anything else                           not searched, because… (said in one sentence)
"""

from dataclasses import dataclass
from pathlib import Path

from indexer.core.errors import SourceProblem
from indexer.net.network import Network
from indexer.sources.base import Source
from indexer.sources.picture_index import PictureIndexSource


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What the user said about sources.

    Attributes:
        pictures: folder of the candidates' pictures, None for the index's own.
        network: what may be asked of other computers, None for nothing at all.
        registry: file of the data sets that were set up here by name, None for none.
    """

    pictures: Path | None = None
    network: Network | None = None
    registry: Path | None = None


def open_source(written: str, options: SourceOptions) -> Source:
    """Open a source.

    Raises:
        SourceProblem: there is none, or it cannot be used.
    """
    if "://" in written:
        raise SourceProblem(written, "this version searches index folders only, not addresses of services")
    if "/" not in written and "\\" not in written and not _is_begun(Path(written)):
        raise SourceProblem(
            written, "there is no index folder of that name, and no data set of that name is set up here"
        )
    return PictureIndexSource(Path(written), written, options.pictures)


def _is_begun(folder: Path) -> bool:
    """Whether there is an index of that name, be it only an unfinished one."""
    try:
        return folder.exists() or Path(f"{folder}.partial").exists()
    except OSError:  # a name that no folder can have
        return False
