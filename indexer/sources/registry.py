# SPDX-License-Identifier: GPL-3.0-or-later
"""The data sets that were set up here, by name: one small file that says what to open for each.

`--source coyo-700m` is looked up here. The sets themselves lie wherever they were put; to forget a set removes its
line and nothing else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from indexer.core.errors import InputProblem, StorageProblem
from indexer.core.files import write_atomically
from indexer.core.wire import from_json, to_json

FORMAT = 1
_LARGEST_BYTES = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One data set that was set up here.

    Attributes:
        opens: what a check opens: an absolute folder or file, or an address.
        dataset: its slug in the catalogue, empty for a set that is not in it.
        revision: the version that was fetched, as a commit where its publisher has those; empty when unknown.
        added_utc: when.
    """

    opens: str
    dataset: str
    revision: str
    added_utc: str


@dataclass(frozen=True, slots=True)
class _Content:
    format: int
    sets: Mapping[str, Entry]


class Registry:
    """The file, read anew each time, since another window or command may have written it.

    Args:
        place: the file; it need not be there yet.
    """

    def __init__(self, place: Path) -> None:
        self._place = place

    def find(self, name: str) -> Entry | None:
        """What was set up under that name.

        Raises:
            InputProblem: the file cannot be read.
        """
        return self._read().sets.get(name)

    def names(self) -> tuple[str, ...]:
        """All names, in order.

        Raises:
            InputProblem: the file cannot be read.
        """
        return tuple(sorted(self._read().sets))

    def entries(self) -> Mapping[str, Entry]:
        """Everything, by name in order.

        Raises:
            InputProblem: the file cannot be read.
        """
        return dict(sorted(self._read().sets.items()))

    def add(self, name: str, entry: Entry) -> None:
        """Set `name` up, in place of what it was before.

        Raises:
            InputProblem: it is no name, or the file cannot be read.
            StorageProblem: the file cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise InputProblem(name, "a name here has only letters, digits, dots and hyphens, and begins with no dot")
        content = self._read()
        self._write(replace(content, sets={**content.sets, name: entry}))

    def remove(self, name: str) -> Entry:
        """Forget a set; its files stay where they are.

        Raises:
            InputProblem: there is none of that name, or the file cannot be read.
            StorageProblem: the file cannot be written.
        """
        content = self._read()
        entry = content.sets.get(name)
        if entry is None:
            raise InputProblem(name, "no data set of that name is set up here")
        self._write(replace(content, sets={key: value for key, value in content.sets.items() if key != name}))
        return entry

    def _read(self) -> _Content:
        try:
            if self._place.stat().st_size > _LARGEST_BYTES:
                raise InputProblem(self._place, "it is far too large to be the list of data sets that are set up here")
            content = from_json(self._place.read_bytes(), _Content)
        except FileNotFoundError:
            return _Content(FORMAT, {})
        except OSError as problem:
            raise InputProblem(self._place, f"it cannot be read ({problem.strerror or problem})") from problem
        except msgspec.DecodeError as problem:
            because = "it is damaged: it should be the list of data sets that are set up here, and is not"
            raise InputProblem(self._place, because) from problem
        if content.format != FORMAT:
            raise InputProblem(self._place, "it was written by another version of this program")
        return content

    def _write(self, content: _Content) -> None:
        try:
            write_atomically(self._place, msgspec.json.format(to_json(content), indent=2) + b"\n")
        except OSError as problem:
            raise StorageProblem(self._place, f"it cannot be written ({problem.strerror or problem})") from problem
