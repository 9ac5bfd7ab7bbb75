# SPDX-License-Identifier: GPL-3.0-or-later
"""From an error to three plain parts: what happened, what it means for the result, what to do."""

from dataclasses import dataclass

from app.jobs.protocol import Failed
from app.jobs.supervise import JobFailed, JobStopped
from indexer.core.errors import IndexerError


@dataclass(frozen=True, slots=True)
class Explained:
    """An error for a person; each part one sentence, the last two perhaps empty."""

    happened: str
    means: str
    do: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.happened, self.means, self.do) if part)


FORESEEN = (JobFailed, JobStopped, IndexerError, OSError)
"""What may end a piece of work without being our mistake here; a job's own mistakes stand in the log already."""

_KEPT = "What was done before is kept."


def explain(failed: Failed, log: str) -> Explained:
    """The words for a job that could not be done.

    Args:
        log: where job processes write, for errors of ours.
    """
    about = f"{failed.subject}: " if failed.subject else ""
    if failed.is_bug:
        return Explained(
            f"Something went wrong that this program did not foresee ({failed.kind}: {failed.because}).",
            f"There is no result. {_KEPT}",
            f"Starting the same again goes on from there; if it happens twice, please report it with {log}.",
        )
    match failed.kind:
        case "InputProblem" if failed.is_own_folder:
            return Explained(f"{about}{failed.because}.", "Nothing was checked.", "Look at the path and try again.")
        case "IndexProblem" | "IndexDamaged" | "IndexOutdated":
            return Explained(f"{about}{failed.because}.", "", "")
        case "StorageProblem" | "DocumentProblem":
            return Explained(f"{about}{failed.because}.", "", "")
        case "MemoryError":
            return Explained(f"{about}{failed.because}.", _KEPT, "Close other programs and start the same again.")
        case _:
            return Explained(f"{about}{failed.because}.", "", "")


def explain_exception(problem: Exception, log: str) -> Explained:
    """The words for whatever ended a piece of work in the program's own process."""
    match problem:
        case JobFailed():
            return explain(problem.failed, log)
        case JobStopped():
            return Explained("Stopped.", _KEPT, "The same again goes on from there.")
        case IndexerError() | OSError():
            return Explained(f"{problem}.", "", "")
        case _:
            return explain(Failed(type(problem).__name__, "", str(problem), is_bug=True), log)
