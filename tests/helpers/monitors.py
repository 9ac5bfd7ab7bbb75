"""Monitors that stop the work at a chosen moment, or remember what they were told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from indexer.core.errors import Cancelled
from indexer.core.progress import Monitor, Progress


class WatchfulMonitor(Monitor):
    """Remembers every attempt and every stage that it was told of."""

    def __init__(self) -> None:
        self.attempts: list[str] = []
        self.told: list[Progress] = []

    def progress(self, progress: Progress) -> None:
        self.told.append(progress)

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        self.attempts.append(what)
        yield


class StopWhen(WatchfulMonitor):
    """Stops the work as soon as `is_time` says so; it is given the monitor itself."""

    def __init__(self, is_time: Callable[["StopWhen"], bool]) -> None:
        super().__init__()
        self._is_time = is_time
        self.checks = 0

    def check(self) -> None:
        if self._is_time(self):
            raise Cancelled
        self.checks += 1


def stop_after(checks: int) -> StopWhen:
    """A monitor that stops when it has been asked so many times."""
    return StopWhen(lambda monitor: monitor.checks >= checks)


def stop_at(stage: str, done: int) -> StopWhen:
    """A monitor that stops once this stage has come so far."""
    return StopWhen(lambda monitor: any(told.stage == stage and told.done >= done for told in monitor.told))
