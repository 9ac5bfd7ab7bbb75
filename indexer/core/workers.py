# SPDX-License-Identifier: GPL-3.0-or-later
"""A pool of processes for work on files that nobody vouches for.

Each worker has one item at a time, so an item that hangs, crashes its worker or eats its memory is known by name: the
worker is ended and replaced, the item gets a `Failure`, the others go on. Bytes cross in both directions, never
pickles of what came out of a file.
"""

import multiprocessing
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Generic, Self, TypeVar

import psutil

from indexer.core.progress import Monitor

Item = TypeVar("Item")
Serve = Callable[[bytes], bytes]

_LOOKAHEAD = 4
"""Items under way for each worker: enough to hide a slow one, few enough to bound memory."""
_POLL_S = 0.1
_START_S = 60.0
"""A fresh worker first has to import its libraries, which on a slow disk takes long; no item's time pays for it."""
_PATIENCE = 6
"""On a busy machine an item that is computed may take so many times its limit, until it had its limit of processor."""
_STARTED = b"started"
_NOT_STARTED = "the program that opens pictures could not be started"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an item has no answer, in words that follow "skipped, because"."""

    because: str


@dataclass(slots=True)
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    deadline: float
    spent_s: float = 0.0
    has_started: bool = False
    slot: int | None = None

    @property
    def is_idle(self) -> bool:
        return self.has_started and self.slot is None


class WorkerPool(Generic[Item]):
    """Processes that answer requests with `serve`, a function importable by name.

    Args:
        serve: bytes to bytes; what it raises beyond its own foreseen answers counts as a crash.
        count: how many processes.
        limit_s: seconds that one item may take; those in which others had the processor do not count, up to a bound.
        memory_bytes: private memory that a worker may hold, where the system can limit it.
    """

    def __init__(self, serve: Serve, count: int, limit_s: float, memory_bytes: int = 3 << 30) -> None:
        self._serve, self._count, self._limit_s, self._memory_bytes = serve, count, limit_s, memory_bytes
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []

    def ordered(
        self, items: Iterable[Item], request_of: Callable[[Item], bytes | None], monitor: Monitor | None = None
    ) -> Iterator[tuple[Item, bytes | Failure | None]]:
        """Yield each item with its answer, in the order given; None where `request_of` asked nothing."""
        self._end_busy_workers()
        watch = monitor or Monitor()
        waiting: deque[tuple[int, bytes]] = deque()
        under_way: dict[int, Item] = {}
        answers: dict[int, bytes | Failure | None] = {}
        numbered, following, exhausted = enumerate(items), 0, False
        while not exhausted or under_way:
            watch.check()
            while not exhausted and len(under_way) < self._count * _LOOKAHEAD:
                entry = next(numbered, None)
                if entry is None:
                    exhausted = True
                    break
                number, item = entry
                under_way[number] = item
                request = request_of(item)
                if request is None:
                    answers[number] = None
                else:
                    waiting.append((number, request))
                self._advance(waiting, answers, patience_s=0.0)
            if following not in answers:
                self._advance(waiting, answers, patience_s=_POLL_S)
            while following in answers:
                yield under_way.pop(following), answers.pop(following)
                following += 1

    def ask(self, request: bytes, monitor: Monitor | None = None) -> bytes | Failure:
        """The answer to one request."""
        self._end_busy_workers()
        answers: dict[int, bytes | Failure | None] = {}
        waiting = deque([(0, request)])
        while 0 not in answers:
            (monitor or Monitor()).check()
            self._advance(waiting, answers, patience_s=_POLL_S)
        return answers[0] or Failure("nothing came back")

    def close(self) -> None:
        """End all workers at once; an item under way is lost."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        self._workers.clear()

    def _advance(
        self, waiting: deque[tuple[int, bytes]], answers: dict[int, bytes | Failure | None], patience_s: float
    ) -> None:
        """Hand out work, then collect what is finished, waiting at most `patience_s` for the first answer."""
        self._start_workers(len(waiting))
        for worker in [worker for worker in self._workers if worker.is_idle][: len(waiting)]:
            self._hand_over(worker, waiting)
        watched = [worker for worker in self._workers if not worker.is_idle]
        ready = set(wait([worker.pipe for worker in watched], patience_s)) if watched else set()
        for worker in watched:
            if worker.pipe in ready:
                self._collect(worker, waiting, answers)
            elif time.monotonic() > worker.deadline and not self._is_kept_waiting(worker):
                self._give_up(worker, waiting, answers, f"opening it took longer than {self._limit_s:g} seconds")

    def _is_kept_waiting(self, worker: _Worker) -> bool:
        """Whether a busy machine is why the item takes so long: it computes, and has had less than its time."""
        if worker.slot is None or time.monotonic() > worker.deadline + (_PATIENCE - 1) * self._limit_s:
            return False
        spent_s, computes = _processor_time(worker)
        return computes and spent_s - worker.spent_s < self._limit_s

    def _start_workers(self, wanted: int) -> None:
        free = sum(worker.slot is None for worker in self._workers)
        for _ in range(min(wanted - free, self._count - len(self._workers))):
            ours, theirs = self._context.Pipe()
            process = self._context.Process(target=_work, args=(self._serve, theirs, self._memory_bytes), daemon=True)
            process.start()
            theirs.close()
            self._workers.append(_Worker(process, ours, time.monotonic() + _START_S))

    def _hand_over(self, worker: _Worker, waiting: deque[tuple[int, bytes]]) -> None:
        number, request = waiting.popleft()
        try:
            worker.pipe.send_bytes(request)
        except OSError:  # it died while it had nothing to do, which is no fault of this item
            waiting.appendleft((number, request))
            self._end(worker)
            return
        worker.slot, worker.deadline = number, time.monotonic() + self._limit_s
        worker.spent_s, _ = _processor_time(worker)

    def _collect(
        self, worker: _Worker, waiting: deque[tuple[int, bytes]], answers: dict[int, bytes | Failure | None]
    ) -> None:
        try:
            answer = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            self._give_up(worker, waiting, answers, "it made the decoder crash")
            return
        if worker.slot is not None:
            answers[worker.slot] = answer
        worker.slot, worker.has_started = None, True

    def _give_up(
        self,
        worker: _Worker,
        waiting: deque[tuple[int, bytes]],
        answers: dict[int, bytes | Failure | None],
        because: str,
    ) -> None:
        """End a worker, which costs its item; when none can even start, it costs the next one, so that this ends."""
        self._end(worker)
        if worker.slot is not None:
            answers[worker.slot] = Failure(because)
        elif waiting and not self._workers:
            answers[waiting.popleft()[0]] = Failure(_NOT_STARTED)

    def _end_busy_workers(self) -> None:
        """What an earlier, abandoned call left under way must not be taken for an answer of this one."""
        for worker in [worker for worker in self._workers if worker.slot is not None]:
            self._end(worker)

    def _end(self, worker: _Worker) -> None:
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _processor_time(worker: _Worker) -> tuple[float, bool]:
    """Seconds that it has had of a processor since it began, and whether it computes rather than waits."""
    try:
        process = psutil.Process(worker.process.pid)
        times = process.cpu_times()
        return times.user + times.system, process.status() == psutil.STATUS_RUNNING
    except psutil.Error:  # it has ended, which is found out by its pipe
        return 0.0, False


def _work(serve: Serve, pipe: Connection, memory_bytes: int) -> None:
    """The life of a worker: answer until the other end is gone."""
    _limit_memory(memory_bytes)
    pipe.send_bytes(_STARTED)
    while True:
        try:
            request = pipe.recv_bytes()
        except (EOFError, KeyboardInterrupt):
            return
        pipe.send_bytes(serve(request))


def _limit_memory(memory_bytes: int) -> None:
    """Make the system refuse private memory above the limit. Windows has no such call; the job is watched there."""
    if sys.platform != "win32":
        import resource  # exists on POSIX only

        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        set_already = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_DATA, (min([memory_bytes, *set_already]), hard))
