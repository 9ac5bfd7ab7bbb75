# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of foreseeable errors. Anything else is our bug.

    IndexerError
    ├── InputProblem        this one file, page or answer; the rest goes on
    │   └── ModelProblem    a model, or the file of its weights
    ├── SourceProblem       a source could not be asked
    │   └── SourceUnreachable
    ├── IndexProblem        an index folder cannot be used
    │   ├── IndexOutdated   made by a newer program, or in a form that is no longer read
    │   └── IndexDamaged    its files are not what its manifest says
    └── StorageProblem      disk full, no permission

Each holds the facts; the words for the user are made in `app/errors.py`. `Cancelled` is not an error: the user
asked for it, and nothing is shown.
"""

from pathlib import Path


class IndexerError(Exception):
    """Base of what the engine foresees. `str()` is one plain sentence without a full stop at the end."""


class InputProblem(IndexerError):
    """One file or page cannot be used.

    Attributes:
        path: what it is called.
        because: why, in one plain sentence, written to follow "skipped, because".
    """

    def __init__(self, path: str | Path, because: str) -> None:
        super().__init__(f"{path}: {because}")
        self.path = str(path)
        self.because = because


class ModelProblem(InputProblem):
    """A model or the file of its weights cannot be used; `path` is the file, or the model's name."""


class SourceProblem(IndexerError):
    """A source cannot be asked; `because` is written to follow "not searched, because"."""

    def __init__(self, source: str, because: str) -> None:
        super().__init__(f"{source}: {because}")
        self.source = source
        self.because = because


class SourceUnreachable(SourceProblem):
    """Nobody answers at the source's address."""


class IndexProblem(IndexerError):
    """An index folder cannot be used; `because` is written to follow "not searched, because"."""

    def __init__(self, path: str | Path, because: str) -> None:
        super().__init__(f"{path}: {because}")
        self.path = str(path)
        self.because = because


class IndexOutdated(IndexProblem):
    """The folder's format is not the one that this program reads."""


class IndexDamaged(IndexProblem):
    """The folder's files do not agree with its manifest."""


class StorageProblem(IndexerError):
    """Something could not be written or read on disk: full, no permission, gone."""

    def __init__(self, path: str | Path, because: str) -> None:
        super().__init__(f"{path}: {because}")
        self.path = str(path)
        self.because = because


class Cancelled(Exception):
    """The user stopped the work."""
