# SPDX-License-Identifier: GPL-3.0-or-later
"""What all commands share: a job followed on the terminal, and foreseen errors told in one sentence."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from app.console import ProgressLine, stop_on_ctrl_c
from app.documents.visible import make_visible
from app.errors import explain
from app.jobs.orders import Job
from app.jobs.protocol import Event
from app.jobs.supervise import JobFailed, JobStopped, run_job
from app.paths import places
from indexer.core.errors import IndexerError
from indexer.core.progress import Progress

COULD_NOT, STOPPED = 1, 130


def follow(job: Job) -> Iterator[Event]:
    """A job's events, its progress shown and Ctrl-C heard."""
    with stop_on_ctrl_c() as stop, ProgressLine() as line:
        yield from _shown(job, line.show, stop)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Foreseen errors become one sentence and an exit code; no trace reaches a user."""
    try:
        yield
    except JobStopped:
        click.echo("Stopped. What was done is kept; the same command goes on from there.", err=True)
        sys.exit(STOPPED)
    except JobFailed as problem:
        click.echo(make_visible(str(explain(problem.failed, str(places().log)))), err=True)
        sys.exit(COULD_NOT)
    except BrokenPipeError:
        raise  # whoever read what we print has read enough, as `head` does; click ends the program in silence
    except (IndexerError, OSError) as problem:
        click.echo(make_visible(f"{problem}."), err=True)
        sys.exit(COULD_NOT)
    except KeyboardInterrupt:
        sys.exit(STOPPED)


def _shown(job: Job, show: Callable[[Progress], None], stop: threading.Event) -> Iterator[Event]:
    for event in run_job(job, places().log, stop):
        if isinstance(event, Progress):
            show(event)
        else:
            yield event
