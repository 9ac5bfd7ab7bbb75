# SPDX-License-Identifier: GPL-3.0-or-later
"""What the id files of an index do not say of a row, from the tables beside it that have the same column of ids.

autofaiss writes id files with the columns that its caller chose and `i`, the row of the index (`datasets.md` §3.2).
Where the caller chose an id, the address stands in another table, such as those of a folder `data`, under the same id.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from indexer.core.errors import InputProblem, SourceProblem
from indexer.core.progress import Monitor
from indexer.sources.base import RowFacts
from indexer.sources.id_lookup import IdLookup
from indexer.sources.local_tables import open_local
from indexer.sources.table_rows import TableRows
from indexer.tables.origin import reading
from indexer.tables.recognise import recognise
from indexer.tables.table_set import TableSet

_DEPTHS = ("*.parquet", "*/*.parquet", "*/*/*.parquet")
_FACTS = ("url", "caption", "width", "height", "sha256", "md5", "phash")


class FactsById:
    """Completes the facts of rows that are known by their id. Nothing but the ends of files is read before it must be.

    A table that cannot be read costs its facts, and a note says so; never the search.

    Args:
        folder: of the index; tables are looked for in it and two folders deep.
        id_files: the files that give each row of the index its ids.
        id_columns: their columns but for `i`.

    Attributes:
        key: the column of ids that both have, None when there are no tables to look in.
        places: these tables.
    """

    def __init__(self, folder: Path, id_files: Sequence[Path], id_columns: Sequence[str]) -> None:
        self._folder, self._id_columns = folder, id_columns
        self._unread: list[str] = []
        self.key, self.places = self._find(id_files)
        self._tables: TableSet | None = None
        self._lookup: IdLookup | None = None
        self._rows: TableRows | None = None

    def prepare(self, monitor: Monitor) -> None:
        """Read the ids, so that facts come at once. Does nothing the second time.

        Raises:
            Cancelled: the user stopped; it can be asked for again.
        """
        if self.key is None or self._rows is not None:
            return
        if self._tables is None:
            try:
                self._tables = open_local(self.places, self._folder, monitor)
            except InputProblem as problem:
                self._unread.append(f"{Path(problem.path).name}: {problem.because}")
                self.key = None
                return
        self._lookup = IdLookup(self._tables, self.key, monitor)
        self._unread += self._lookup.unread
        columns = recognise(self._tables.columns)
        self._rows = TableRows(self._tables, columns, self._folder.absolute().name, "", also=(self.key,))

    def complete(self, facts: RowFacts, values: Mapping[str, object]) -> RowFacts:
        """The facts, with what the tables say of the same id.

        Args:
            facts: what the id files say.
            values: of the row of the id files, `key` among them.
        """
        self.prepare(Monitor())
        theirs = None
        try:
            theirs = self._find_row(values)
        except SourceProblem as problem:
            self._unread.append(problem.because)
        if theirs is None:
            note = None if facts.url else self._why_no_address()
        else:
            note = f"What is said of it stands in {theirs.row}, which has the same {self.key}."
            facts = _filled(facts, theirs)
        return replace(facts, notes=(*facts.notes, note)) if note else facts

    def close(self) -> None:
        """Close the tables."""
        if self._tables:
            self._tables.close()

    def _find(self, id_files: Sequence[Path]) -> tuple[str | None, tuple[Path, ...]]:
        """The first column that leads somewhere, and the tables that have it."""
        ids = pq.read_schema(id_files[0])
        schemas = dict(self._schemas(set(id_files)))
        for key in self._id_columns:
            places = [place for place, schema in schemas.items() if _has_same(ids, schema, key) and _adds(ids, schema)]
            if places:
                return key, tuple(places)
        return None, ()

    def _schemas(self, without: set[Path]) -> Iterator[tuple[Path, pa.Schema]]:
        for place in sorted({place for depth in _DEPTHS for place in self._folder.glob(depth)} - without, key=str):
            try:
                with reading(place.relative_to(self._folder).as_posix()):
                    schema = pq.read_schema(place)
            except InputProblem as problem:
                self._unread.append(f"{problem.path}: {problem.because}")
            else:
                yield place, schema

    def _find_row(self, values: Mapping[str, object]) -> RowFacts | None:
        """The row of the very same id.

        Raises:
            SourceProblem: a table was damaged or removed.
        """
        if self._lookup is None or self._rows is None or self.key is None:
            return None
        wanted = values.get(self.key)
        for number in self._lookup.candidates(wanted) if wanted is not None else ():
            found = self._rows.values(number)
            if found.get(self.key) == wanted:
                return self._rows.facts(number, values=found)
        return None

    def _why_no_address(self) -> str:
        if self._unread:
            return f"Its address is not known: a table beside the index could not be read ({self._unread[0]})."
        if self.key:
            return f"Its address is not known: the tables beside the index have no row with its {self.key}."
        if not self._id_columns:
            return "Its address is not known: the id files of the index hold nothing but numbers of rows."
        return (
            f"Its address is not known: the id files of the index give only {' and '.join(self._id_columns)}. Fetch "
            "the tables of the data set that have this column and the addresses, and put them into a folder “data” "
            "beside the index."
        )


def _has_same(ids: pa.Schema, schema: pa.Schema, key: str) -> bool:
    """Whether both have the column, and with values that can be equal."""
    if key not in ids.names or key not in schema.names:
        return False
    kind = _kind(ids.field(key).type)
    return kind is not None and kind == _kind(schema.field(key).type)


def _adds(ids: pa.Schema, schema: pa.Schema) -> bool:
    """Whether a table says something that the id files do not."""
    known, told = recognise(ids.names), recognise(schema.names)
    return any(getattr(told, fact) and not getattr(known, fact) for fact in _FACTS)


def _kind(column: pa.DataType) -> str | None:
    if pa.types.is_dictionary(column):
        column = column.value_type
    if pa.types.is_string(column) or pa.types.is_large_string(column):
        return "text"
    if pa.types.is_binary(column) or pa.types.is_large_binary(column) or pa.types.is_fixed_size_binary(column):
        return "bytes"
    return "number" if pa.types.is_integer(column) else None


def _filled(facts: RowFacts, theirs: RowFacts) -> RowFacts:
    missing = {fact: getattr(theirs, fact) for fact in _FACTS if getattr(facts, fact) is None}
    return replace(facts, **missing)
