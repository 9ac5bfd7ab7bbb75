# SPDX-License-Identifier: GPL-3.0-or-later
"""One job process seen from the program: start it, read its events, stop it, end it with everything it started."""

import contextlib
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import psutil

from app.jobs.orders import Job
from app.jobs.protocol import STOP, Event, Order, ProtocolProblem, decode_event
from indexer.core.wire import to_json

_MOST_WAITING = 1000
"""Events that wait to be read; a job that is faster has to wait, so that memory stays bounded."""

_APART: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""On Windows a console's Ctrl-C would reach the job as well; elsewhere the job ignores the signal."""

_DEATH_S = 3.0
"""How long a killed worker may take to be gone; longer only when the disk holds it."""
_DEATH_POLL_S = 0.01

_IS_FROZEN = getattr(sys, "frozen", False)


class JobProcess:
    """A running job.

    Args:
        job: what to do.
        log: where its standard error goes, appended.
        refused: what it must not try again.
        program: the command that speaks the protocol; this very program's own when left out.
    """

    def __init__(self, job: Job, log: Path, refused: Mapping[str, str], program: Sequence[str] = ()) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                program or _this_program(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                creationflags=_APART,
            )
        self._events: queue.Queue[Event | None] = queue.Queue(_MOST_WAITING)
        self._reader = threading.Thread(target=self._read, name="job events", daemon=True)
        self._reader.start()
        self.is_over = False
        order = Order(type(job).__name__, msgspec.Raw(to_json(job)), refused)
        self._write(msgspec.json.encode(order) + b"\n")

    def next_event(self, patience_s: float) -> Event | None:
        """The next event; None when none came in time, or when the job is over (see `is_over`)."""
        try:
            event = self._events.get(timeout=patience_s)
        except queue.Empty:
            return None
        self.is_over = event is None
        return event

    def ask_to_stop(self) -> None:
        """Say the word; the job ends on its own as soon as it hears it."""
        self._write(STOP)

    def private_bytes(self) -> int:
        """Memory that the job and its workers hold for themselves; mapped files do not count."""
        return sum(_private_bytes(process) for process in self._family())

    def close(self) -> None:
        """End the job and everything it started, if it is still there."""
        family = self._family()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        _wait_for_death(family[:-1])
        while not self.is_over:
            self.next_event(patience_s=1.0)
        self._reader.join()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _family(self) -> list[psutil.Process]:
        try:
            process = psutil.Process(self._process.pid)
            return [*process.children(recursive=True), process]
        except psutil.NoSuchProcess:
            return []

    def _read(self) -> None:
        """The reader thread: decode lines until the job closes its end, or says something that is no event."""
        if self._process.stdout is None:
            return
        try:
            for line in self._process.stdout:
                self._events.put(decode_event(line))
        except (ProtocolProblem, ValueError):
            self._process.kill()
        self._events.put(None)

    def _write(self, data: bytes) -> None:
        """Write to the job; one that is already gone is noticed by its events."""
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.write(data)
                self._process.stdin.flush()


def _this_program() -> list[str]:
    """How this very program is started as a job, from source and when frozen."""
    return [sys.executable, "--job"] if _IS_FROZEN else [sys.executable, "-m", "app.job_main"]


def _wait_for_death(processes: Sequence[psutil.Process]) -> None:
    """Wait until nothing of them runs. One that only waits to be reaped by the system's first process, which may take
    its time, holds nothing any more.
    """
    deadline = time.monotonic() + _DEATH_S
    while any(map(_is_alive, processes)) and time.monotonic() < deadline:
        time.sleep(_DEATH_POLL_S)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _private_bytes(process: psutil.Process) -> int:
    try:
        memory = process.memory_info()
    except psutil.Error:
        return 0
    private: int = getattr(memory, "private", 0) or memory.rss - getattr(memory, "shared", 0)
    return private
