# SPDX-License-Identifier: GPL-3.0-or-later
"""Goes through the files of a table, one after another, and leaves the values of each in the journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.building.column_reading import Tally, Unfit, choose_columns, read_columns
from indexer.building.contract import TableBuild
from indexer.building.table_inputs import Input
from indexer.building.table_journal import ReadTable, TableJournal
from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Skipped
from indexer.fingerprints.base import Kind
from indexer.net.network import Network
from indexer.tables.asked_file import AskedFile, is_address


@dataclass(slots=True)
class Reading:
    """What has come of the files so far.

    Attributes:
        read: every file that was read whole, in order. All have their fingerprints in columns of the same names.
        skipped: what cannot be used.
        resumed: how many were read by an earlier start and have not changed since.
    """

    read: dict[Input, ReadTable]
    skipped: list[Skipped]
    resumed: int = 0

    @property
    def columns(self) -> Mapping[Kind, str]:
        """Those of the first file, which count for all."""
        return next(iter(self.read.values())).columns if self.read else {}


class TableReader:
    """Reads files into the journal."""

    def __init__(self, build: TableBuild, journal: TableJournal, monitor: Monitor) -> None:
        self._build, self._journal, self._monitor = build, journal, monitor
        allowed = build.allow_private_hosts
        self._network = Network(build.ledger, allow_private_hosts=allowed) if build.ledger else None
        self._reading = Reading({}, [])

    def read(self, inputs: Sequence[Input]) -> Reading:
        """All files.

        Raises:
            InputProblem: one on another computer cannot be read at the moment; the others are kept.
            Cancelled: the user stopped.
        """
        for number, one in enumerate(inputs, start=1):
            self._monitor.check()
            stage = f"reading table {number} of {len(inputs)}"
            self._monitor.progress(Progress(stage, 0))
            try:
                with AskedFile(one.place, one.name, self._network, self._monitor) as file:
                    self._take(one, file, stage)
            except Unfit as problem:
                self._reading.skipped.append(Skipped(one.name, str(problem)))
            except InputProblem as problem:
                if is_address(one.place):
                    because = f"{problem.because} ({self._kept(len(inputs))})"
                    raise InputProblem(one.place, because) from problem
                self._reading.skipped.append(Skipped(one.name, problem.because))
        return self._reading

    def _take(self, one: Input, file: AskedFile, stage: str) -> None:
        """What was read of the file before, while that still holds; else read it."""
        known = self._journal.recall(one.place)
        if known and known.state == file.state and self._choose(known.column_names) == known.columns:
            self._reading.resumed += 1
        else:
            known = self._read_whole(one, file, stage)
            self._journal.add(one.place, known)
        self._reading.read[one] = known

    def _read_whole(self, one: Input, file: AskedFile, stage: str) -> ReadTable:
        table = file.open_table()
        columns = self._choose(table.columns)
        with self._journal.writer(one.place, list(columns)) as writer:
            rows, tallies = read_columns(table, columns, writer, stage, self._monitor)
            writer.finish()
        tally = Tally.together(tallies.values())
        return ReadTable(
            state=file.state,
            columns=columns,
            column_names=table.columns,
            rows=rows,
            usable=writer.written,
            bytes_read=file.bytes_travelled,
            empty=tally.empty,
            malformed=tally.malformed,
            degenerate=tally.degenerate,
        )

    def _choose(self, names: Sequence[str]) -> Mapping[Kind, str]:
        """The columns to read. Without one that others have, its rows could not be found, and nobody would notice."""
        columns = choose_columns(names, self._build.kinds, self._build.columns)
        agreed = self._reading.columns
        if agreed and columns != agreed:
            ours, others = (", ".join(one.values()) for one in (columns, agreed))
            raise Unfit(f"its columns of fingerprints are {ours}, and not {others} as before")
        return columns

    def _kept(self, total: int) -> str:
        return f"{len(self._reading.read)} of {total} tables were read and are kept; the same command goes on"
