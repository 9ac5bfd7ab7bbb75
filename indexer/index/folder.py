# SPDX-License-Identifier: GPL-3.0-or-later
"""An index folder as a whole: opened after all its checksums agree, closed again; nothing in it is ever changed."""

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from indexer.core.errors import IndexDamaged, IndexProblem
from indexer.index.bit_index import BitIndex, bit_index_files, open_bit_index
from indexer.index.exact_table import ExactTable, exact_table_files, open_exact_table
from indexer.index.keypoint_index import KeypointIndex, keypoint_index_files, open_keypoint_index
from indexer.index.manifest import MANIFEST_NAME, BuiltFrom, Manifest, check_files, read_manifest
from indexer.index.row_table import ROWS_NAME, RowTable
from indexer.index.vector_index import VectorIndex, open_vector_index, vector_index_files

Part = TypeVar("Part")


class IndexFolder:
    """An index, whatever it was built from.

    Raises:
        IndexProblem: it is not there, not finished, damaged, or made by a newer program; said in one sentence.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        check_files(folder, self.manifest)

    def exact_table(self, kind: str) -> ExactTable:
        """The table of digests of this kind."""
        return self._open(kind, exact_table_files(kind), lambda: open_exact_table(self.folder, kind))

    def bit_index(self, kind: str) -> BitIndex:
        """The hash index of this kind."""
        return self._open(kind, bit_index_files(kind), lambda: open_bit_index(self.folder, kind))

    def vector_index(self, kind: str) -> VectorIndex:
        """The vector index of this kind."""
        record = self.manifest.lane_of(kind)
        said = record.parameters.get("dimension", 0) if record else 0
        return self._open(kind, vector_index_files(kind), lambda: open_vector_index(self.folder, kind, int(said)))

    def keypoint_index(self, kind: str) -> KeypointIndex:
        """The index of keypoints of this kind."""
        return self._open(kind, keypoint_index_files(kind), lambda: open_keypoint_index(self.folder, kind))

    def close(self) -> None:
        """Close what was opened."""

    def _open(self, what: str, files: Iterable[str], opener: Callable[[], Part]) -> Part:
        """Checksums agreed, but the manifest is a stranger's as well: it may leave a file out or vouch for nonsense."""
        for name in files:
            if name not in self.manifest.files:
                raise IndexDamaged(self.folder, f"its file {name} is not listed in its {MANIFEST_NAME}")
        try:
            return opener()
        except Exception as problem:
            raise IndexDamaged(self.folder, f"its {what} cannot be read ({problem})") from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class PictureIndex(IndexFolder):
    """An index built from pictures, with a table of its rows.

    Raises:
        IndexProblem: as above, or it was built from something else.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if self.manifest.built_from is not BuiltFrom.IMAGES:
            raise IndexProblem(folder, "it was built from a table, not from pictures")

    @cached_property
    def rows(self) -> RowTable:
        """The facts of every row."""
        return self._open("rows", [ROWS_NAME], lambda: RowTable(self.folder))

    def close(self) -> None:
        """Close what was opened."""
        if "rows" in self.__dict__:
            self.rows.close()
