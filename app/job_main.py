# SPDX-License-Identifier: GPL-3.0-or-later
"""A job process: reads its order, does it, writes events. Started by `app/jobs/process.py`, never by hand."""

import logging
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

import msgspec

from app.job_bodies import run
from app.jobs.orders import JOB_TYPES, Job
from app.jobs.protocol import (
    STOP,
    Attempting,
    AttemptOver,
    Event,
    Failed,
    Finished,
    Order,
    Stopped,
    encode_event,
)
from indexer.core.errors import Cancelled, IndexerError, SourceProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.wire import from_json

_REPORTS_A_SECOND = 20
_ORPHAN_GRACE_S = 2.0


class _Voice:
    """Writes events; one line at a time, whoever calls."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._lock = stream, threading.Lock()

    def say(self, event: Event) -> None:
        line = encode_event(event)
        with self._lock:
            self._stream.write(line)
            self._stream.flush()


class JobMonitor(Monitor):
    """Reports to the program at most twenty times a second, and stops when it says so."""

    def __init__(self, voice: _Voice, stop: threading.Event, refused: Mapping[str, str]) -> None:
        self._voice, self._stop, self._refused = voice, stop, refused
        self._next_report = 0.0
        self._stage = ""

    def progress(self, progress: Progress) -> None:
        """Say how far the work has come, unless that was said a moment ago."""
        now = time.monotonic()
        if now >= self._next_report or progress.stage != self._stage or progress.done == progress.total:
            self._voice.say(progress)
            self._next_report, self._stage = now + 1 / _REPORTS_A_SECOND, progress.stage

    def check(self) -> None:
        """Raise `Cancelled` once the program has asked to stop."""
        if self._stop.is_set():
            raise Cancelled

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """Announce it, or refuse it when it ended an earlier attempt."""
        if what in self._refused:
            raise SourceProblem(what, self._refused[what])
        self._voice.say(Attempting(what))
        yield
        self._voice.say(AttemptOver(what))


def main() -> int:
    """The whole life of a job process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the program decides
    voice = _Voice(_private_stdout())
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.captureWarnings(capture=True)
    warnings.filterwarnings("ignore", module="PIL")  # it warns of odd metadata, which costs the result nothing
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    job = from_json(order.body, JOB_TYPES[order.job])
    stop = threading.Event()
    threading.Thread(target=_listen, args=(stop,), name="listen", daemon=True).start()
    voice.say(_do(job, JobMonitor(voice, stop, order.refused), voice))
    return 0


def _do(job: Job, monitor: Monitor, voice: _Voice) -> Finished | Stopped | Failed:
    """Run the job; whatever happens becomes its last event."""
    try:
        for event in run(job, monitor):
            voice.say(event)
    except Cancelled:
        return Stopped()
    except IndexerError as problem:
        subject = str(getattr(problem, "path", None) or getattr(problem, "source", ""))
        because = str(getattr(problem, "because", problem))
        return Failed(type(problem).__name__, subject, because)
    except MemoryError:
        return Failed("MemoryError", "", "it needed more memory than there is")
    except Exception as problem:
        logging.getLogger("job").exception("unforeseen error")
        return Failed(type(problem).__name__, "", str(problem), is_bug=True)
    return Finished()


def _listen(stop: threading.Event) -> None:
    """Wait for the word to stop. When the program is gone, nobody wants the result: stop, and make sure of it."""
    for line in sys.stdin.buffer:
        if line == STOP:
            stop.set()
    stop.set()
    time.sleep(_ORPHAN_GRACE_S)
    os._exit(1)


def _private_stdout() -> BinaryIO:
    """Keep the real standard output for events; what libraries print goes to standard error."""
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return events


if __name__ == "__main__":
    sys.exit(main())
