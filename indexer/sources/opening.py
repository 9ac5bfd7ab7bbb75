# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the user wrote after `--source` to a source, by this table.

what is written                              what it is
a name that was set up here                  whatever was set up (`exhibit-a datasets add`, `get`)
`hf://datasets/OWNER/NAME`                   that set on the hub, asked through its dataset viewer
`https://….parquet` and the like             a table on another computer
`https://…`                                  a lookup service (kNN, the protocol of clip-retrieval)
a folder with an `index.json`                an index that this program built, from pictures or from a table
a folder with `image.index` and the like     a FAISS index of clip-retrieval or autofaiss
a folder with vectors (`img_emb`, `.npz`)    embeddings as a data set ships them
a folder of tables, or one                   a table of links
anything else                                not searched, because… (said in one sentence)

What else has to be known stands behind a `#`, as in `FOLDER#model=ViT-L-14-quickgelu,openai`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from indexer.core.errors import IndexProblem, InputProblem, SourceProblem
from indexer.core.progress import Monitor
from indexer.index.foreign_layout import find_index
from indexer.index.manifest import MANIFEST_NAME, BuiltFrom, read_manifest
from indexer.net.network import Network
from indexer.sources.base import Source
from indexer.sources.dataset_viewer import DatasetViewerSource
from indexer.sources.embedding_layouts import find_embeddings
from indexer.sources.embeddings_folder import EmbeddingsFolderSource
from indexer.sources.faiss_folder import FaissFolderSource
from indexer.sources.knn_service import KnnServiceSource
from indexer.sources.picture_index import PictureIndexSource
from indexer.sources.registry import Registry
from indexer.sources.table_index import TableIndexSource
from indexer.sources.table_source import TableChoice, TableSource
from indexer.tables.opening import ENDINGS, TABLE_MARK, find_tables

_HUB = "hf://"


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What the user said about sources.

    Attributes:
        pictures: folder of the candidates' pictures, or of an index's tables; None for what the index says.
        network: what may be asked of other computers, None for nothing at all.
        registry: file of the data sets that were set up here by name, None for none.
    """

    pictures: Path | None = None
    network: Network | None = None
    registry: Path | None = None


def open_source(written: str, options: SourceOptions, monitor: Monitor | None = None) -> Source:
    """Open a source.

    Args:
        monitor: whether to stop; a service may take long to answer.

    Raises:
        SourceProblem: there is none, or it cannot be used.
        Cancelled: the user stopped.
    """
    watch = monitor or Monitor()
    opens = _set_up(written, options.registry) or written
    if "://" in opens:
        return _open_address(opens, written, options.network, watch)
    place, said = _split(opens)
    if "/" not in opens and "\\" not in opens and not _is_begun(place):
        raise SourceProblem(
            written,
            "there is nothing of that name here, and no data set of that name is set up; “exhibit-a datasets list” "
            "says which are known, “exhibit-a datasets show NAME” how to get one",
        )
    return _open_place(place, said, written, options, watch)


def _set_up(name: str, registry: Path | None) -> str | None:
    """What was set up here under that name; None where nothing was."""
    if registry is None:
        return None
    try:
        entry = Registry(registry).find(name)
    except InputProblem as problem:
        raise SourceProblem(name, f"the list of data sets set up here cannot be read: {problem.because}") from problem
    return entry.opens if entry else None


def _open_address(address: str, name: str, network: Network | None, monitor: Monitor) -> Source:
    if network is None:
        raise SourceProblem(name, "no other computer may be asked here")
    scheme, path = urlsplit(address).scheme, urlsplit(address).path.lower()
    if address.startswith(_HUB):
        return DatasetViewerSource(address, network, monitor, name=name)
    if scheme not in ("http", "https"):
        raise SourceProblem(name, "only addresses that begin with http, https or hf can be searched")
    if path.endswith(ENDINGS):
        return TableSource(TableChoice(name, (address,), Path(path).name), network, monitor)
    return KnnServiceSource(address, network, monitor, name=name)


def _open_place(place: Path, said: Mapping[str, str], name: str, options: SourceOptions, monitor: Monitor) -> Source:
    """A folder or a file of this machine. Our own manifest goes before whatever else lies there."""
    try:
        if (place / MANIFEST_NAME).exists():
            if read_manifest(place).built_from is BuiltFrom.TABLE:
                return TableIndexSource(place, name, options.pictures, options.network)
        elif any(find_index(folder) for folder in (place, place / "index")):
            return FaissFolderSource(place, name, said.get("model"))
        elif place.is_dir() and find_embeddings(place):
            return EmbeddingsFolderSource(place, name, said.get("model"))
        elif place.is_file() or (place.is_dir() and find_tables(place)):
            table = f"{place}{TABLE_MARK}{said['table']}" if "table" in said else place
            return TableSource(TableChoice(name, (table,), place.absolute().name), options.network, monitor)
    except (IndexProblem, InputProblem) as problem:
        raise SourceProblem(name, problem.because) from problem
    except OSError as problem:  # also a name that no folder can have
        raise SourceProblem(name, f"it cannot be looked at ({problem.strerror})") from problem
    return PictureIndexSource(place, name, options.pictures)


def _split(written: str) -> tuple[Path, Mapping[str, str]]:
    """A path, and what is said behind a `#`, unless something is called just so."""
    path, mark, said = written.rpartition("#")
    if not mark or "=" not in said or _is_there(Path(written)):
        return Path(written), {}
    return Path(path), dict(parse_qsl(said))


def _is_begun(folder: Path) -> bool:
    """Whether there is something of that name, be it only an unfinished index."""
    return _is_there(folder) or _is_there(Path(f"{folder}.partial"))


def _is_there(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:  # a name that no folder can have
        return False
