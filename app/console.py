# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaks to a person at a terminal: progress with the time left, plain lines elsewhere, Ctrl-C as a request to stop."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from indexer.core.progress import Progress

_PLAIN_EVERY_S = 5.0


class ProgressLine:
    """Shows how far stages have come, on standard error: bars on a terminal, else a plain line every few seconds."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bars = _make_bars(console) if console.is_terminal else None
        self._tasks: dict[str, TaskID] = {}
        self._next_line = 0.0
        self._last = Progress("", 0)

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars:
            self._bars.stop()

    def show(self, progress: Progress) -> None:
        """Show one report."""
        if self._bars:
            self._draw(self._bars, progress)
        elif progress.stage != self._last.stage or time.monotonic() > self._next_line or _is_end(progress):
            if progress != self._last:
                sys.stderr.write(_as_line(progress) + "\n")
                sys.stderr.flush()
            self._next_line = time.monotonic() + _PLAIN_EVERY_S
            self._last = progress

    def _draw(self, bars: RichProgress, progress: Progress) -> None:
        if progress.stage not in self._tasks:
            self._tasks[progress.stage] = bars.add_task(progress.stage, total=progress.total)
        bars.update(self._tasks[progress.stage], completed=progress.done, total=progress.total)


def _make_bars(console: Console) -> RichProgress:
    return RichProgress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )


def _is_end(progress: Progress) -> bool:
    return progress.total is not None and progress.done >= progress.total


def _as_line(progress: Progress) -> str:
    return progress.stage + (f": {progress.done} of {progress.total}" if progress.total else "")


@contextmanager
def stop_on_ctrl_c() -> Iterator[threading.Event]:
    """The first Ctrl-C asks the job to stop and keeps what it found; a second one ends the program."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        sys.stderr.write("\nStopping; what was found so far is kept.\n")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
