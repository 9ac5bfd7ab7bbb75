# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist's own works say of the runs of a case: those that cannot be in a set, and those known to be in it."""

from collections.abc import Iterable

import msgspec

from app.casefile.database import Database
from app.casefile.runs import RunId
from indexer.matching.contract import OwnControls


class Controls:
    """The own controls of one case, one record for each run and source of which something could be said."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run_id: RunId, told: Iterable[OwnControls]) -> None:
        """Take in what a run says; the latest word on a source counts."""
        values = [(run_id, one.source, msgspec.json.encode(one)) for one in told]
        with self._database.transaction():
            self._database.write_many("INSERT OR REPLACE INTO controls VALUES (?, ?, ?)", values)

    def of_run(self, run_id: RunId) -> tuple[OwnControls, ...]:
        """What a run said, source by source."""
        rows = self._database.rows("SELECT body FROM controls WHERE run = ? ORDER BY rowid", (run_id,))
        return tuple(msgspec.json.decode(body, type=OwnControls) for (body,) in rows)
