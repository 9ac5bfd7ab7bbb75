# SPDX-License-Identifier: GPL-3.0-or-later
"""Work beside the window: one plain thread that does one thing after another, and hands over each outcome.

The thread owns no QObject and touches no widget; what it has to say crosses by queued signals. It opens cases, waits
for jobs and writes answers, so that the window never waits for a disk.
"""

import itertools
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from app.errors import FORESEEN, Explained, explain_exception

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Watch:
    """What a piece of work is handed: a wish to stop, and an ear for how far it has come."""

    stop: threading.Event
    tell: Callable[[object], None]


@dataclass(frozen=True, slots=True)
class _Task:
    number: int
    work: Callable[[Watch], object]
    stop: threading.Event


@dataclass(frozen=True, slots=True)
class _Outcome:
    number: int
    result: object = None
    problem: Explained | None = None


@dataclass(frozen=True, slots=True)
class _Waiting:
    then: Callable[[Any], None]
    otherwise: Callable[[Explained], None]
    stop: threading.Event


class JobRelay(QObject):
    """Does work in order, in one thread of its own.

    Signals:
        reported: the newest news of the work at hand. News that comes faster than the window reads it is passed over.
        ended: nothing is left to do.

    Args:
        log: where job processes write; named to the user only when something is our mistake.
    """

    reported = Signal(object)
    ended = Signal()
    _outcome_came = Signal(object)
    _news_came = Signal()

    def __init__(self, log: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._numbers = itertools.count()
        self._waiting: dict[int, _Waiting] = {}
        self._news: list[object] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._outcome_came.connect(self._on_outcome, Qt.ConnectionType.QueuedConnection)
        self._news_came.connect(self._on_news, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether something is under way or waits for its turn."""
        return bool(self._waiting)

    def do(
        self,
        work: Callable[[Watch], Result],
        then: Callable[[Result], None],
        otherwise: Callable[[Explained], None],
    ) -> None:
        """Do `work` in the thread when its turn comes; then one of the other two is called, in the window's thread.

        Args:
            work: holds plain data only, since it lives in the thread.
        """
        task = _Task(next(self._numbers), work, threading.Event())
        self._waiting[task.number] = _Waiting(then, otherwise, task.stop)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="window's work", daemon=True)
            self._thread.start()
        self._tasks.put(task)

    def stop(self) -> None:
        """Ask the work at hand to stop. Answers that wait to be written are written all the same."""
        for waiting in self._waiting.values():
            waiting.stop.set()

    def close(self) -> None:
        """End the thread, once nothing is left to do."""
        if self._thread:
            self._tasks.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        """The thread. Whatever goes wrong becomes an outcome."""
        while (task := self._tasks.get()) is not None:
            watch = Watch(task.stop, self._tell)
            try:
                outcome = _Outcome(task.number, task.work(watch))
            except Exception as problem:
                if not isinstance(problem, FORESEEN):
                    logging.getLogger("window").exception("unforeseen error")
                outcome = _Outcome(task.number, problem=explain_exception(problem, str(self._log)))
            self._outcome_came.emit(outcome)
            del task, outcome  # nothing of the window's may live on in this thread while it waits

    def _tell(self, news: object) -> None:
        """Called in the thread. At most one signal is under way, so a busy window is never flooded."""
        with self._lock:
            is_under_way = bool(self._news)
            self._news.append(news)
        if not is_under_way:
            self._news_came.emit()

    def _on_news(self) -> None:
        with self._lock:
            newest = self._news[-1]
            self._news.clear()
        self.reported.emit(newest)

    def _on_outcome(self, outcome: _Outcome) -> None:
        waiting = self._waiting.pop(outcome.number)
        if outcome.problem:
            waiting.otherwise(outcome.problem)
        else:
            waiting.then(outcome.result)
        if not self._waiting:
            self.ended.emit()
