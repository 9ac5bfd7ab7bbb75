# SPDX-License-Identifier: GPL-3.0-or-later
"""What a long piece of work tells, and asks, whoever started it.

The engine calls a `Monitor`; the base class is the silent one that scripts and tests use. The program's job
process has one that writes JSON lines (`app/job_main.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage has come. `total` is None while nobody knows it."""

    stage: str
    done: int
    total: int | None = None


class Monitor:
    """The silent monitor: shows nothing, never cancels, lets everything be tried."""

    def progress(self, progress: Progress) -> None:
        """Report how far the work has come; called often, so an implementation thins it out."""

    def check(self) -> None:
        """Raise `Cancelled` when the user has asked to stop. Every loop over items calls it."""

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """Surround the opening of something that could bring this whole process down, such as a stranger's index.

        A monitor in a job process announces it, so that a job that died there is started again without it.

        Raises:
            SourceProblem: this very thing has ended an earlier attempt.
        """
        del what
        yield
