# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a job to its end, whatever happens to its process: stop, crash, too much memory are one path.

A job that died while it opened something is started again without that thing; every job goes on from its checkpoint,
so what was done is not done again, though it may be reported again.
"""

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.jobs.orders import BuildJob, CheckJob, Job
from app.jobs.process import JobProcess
from app.jobs.protocol import Attempting, AttemptOver, Event, Failed, Finished, Stopped

STOP_GRACE_S = 0.5
"""A job that was asked to stop and has not, is ended (DESIGN §3)."""

MEMORY_BYTES = 4 << 30
_POLL_S = 0.05
_MEMORY_POLL_S = 0.5
_UNEXPLAINED_CRASHES = 1
"""Restarts after a crash that nothing explains; the second is reported."""


class JobFailed(Exception):
    """The job could not be done."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.because)
        self.failed = failed


class JobStopped(Exception):
    """The user stopped the job; what was yielded before stays valid."""


@dataclass(frozen=True, slots=True)
class _Crash:
    """The process ended without a last event. `during` is what it was opening, None when nothing."""

    because: str
    during: str | None


def run_job(
    job: Job,
    log: Path,
    stop: threading.Event | None = None,
    memory_bytes: int = MEMORY_BYTES,
    program: Sequence[str] = (),
) -> Iterator[Event]:
    """Yield the job's events until it is finished. Dropping the iterator ends the job.

    Args:
        stop: set it to stop the job.
        memory_bytes: private memory that the job and its workers may hold.
        program: another command that speaks the protocol.

    After a restart events come again; whoever keeps them must not count them twice.

    Raises:
        JobFailed: it could not be done.
        JobStopped: `stop` was set.
    """
    refused: dict[str, str] = {}
    unexplained = 0
    while True:
        process = JobProcess(job, log, refused, program)
        try:
            ending = yield from _watch(process, stop or threading.Event(), memory_bytes)
        finally:
            process.close()
        if isinstance(ending, Finished):
            return
        if isinstance(ending, Stopped):
            raise JobStopped
        if isinstance(ending, Failed):
            raise JobFailed(replace(ending, is_own_folder=_is_own_folder(job, ending)))
        if ending.during is not None:
            refused[ending.during] = f"opening it {ending.because}"
        elif unexplained == _UNEXPLAINED_CRASHES:
            raise JobFailed(Failed("Crash", "", f"the work {ending.because}, twice", is_bug=True))
        else:
            unexplained += 1


def _is_own_folder(job: Job, failed: Failed) -> bool:
    match job:
        case CheckJob():
            folder = Path(job.settings.folder)
        case BuildJob():
            folder = Path(job.build.pictures)
        case _:
            return False
    return failed.kind == "InputProblem" and Path(failed.subject) == folder


def _watch(
    process: JobProcess, stop: threading.Event, memory_bytes: int
) -> Generator[Event, None, Finished | Stopped | Failed | _Crash]:
    """Pass events on until the job ends, by itself or not."""
    during: str | None = None
    guard = _Guard(process, stop, memory_bytes)
    while not process.is_over:
        event = process.next_event(_POLL_S)
        match event:
            case Finished() | Stopped() | Failed():
                return event
            case Attempting():
                during = event.what
            case AttemptOver():
                during = None
            case None:
                pass
            case _:
                yield event
        if guard.patience_is_over():
            return Stopped()
        if guard.memory_is_over():
            return _Crash(f"needed more than {memory_bytes / 2**30:.0f} GB of memory", during)
    return _Crash("made the program crash" if during else "stopped unexpectedly", during)


class _Guard:
    """Looks at the clock and the memory of a job while its events are read."""

    def __init__(self, process: JobProcess, stop: threading.Event, memory_bytes: int) -> None:
        self._process, self._stop, self._memory_bytes = process, stop, memory_bytes
        self._deadline: float | None = None
        self._next_look = time.monotonic() + _MEMORY_POLL_S

    def patience_is_over(self) -> bool:
        """Asks the job to stop when the user wants that; True when it then took too long."""
        if self._stop.is_set() and self._deadline is None:
            self._process.ask_to_stop()
            self._deadline = time.monotonic() + STOP_GRACE_S
        return self._deadline is not None and time.monotonic() > self._deadline

    def memory_is_over(self) -> bool:
        """True when the job holds more memory than it may; looked at now and then, since looking is not free."""
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + _MEMORY_POLL_S
        return self._process.private_bytes() > self._memory_bytes
