# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the frozen program starts: command line, window, job and worker are one program, told apart here.

`build.spec` makes two executables of it: `exhibit-a`, and `exhibit-a-window`, which on Windows has no console.
"""

import multiprocessing
import sys
from pathlib import Path

JOB = "--job"
"""How `app/jobs/process.py` starts this program as a job."""

_WINDOW = "exhibit-a-window"


def main() -> int | None:
    """Be what the command line says. A worker process never returns from the first line."""
    multiprocessing.freeze_support()
    if sys.argv[1:2] == [JOB]:
        from app.job_main import main as be_a_job  # each role loads only its own libraries

        return be_a_job()
    if Path(sys.executable).stem == _WINDOW:
        from app.gui.main import main as open_window

        return open_window()
    from app.cli import main as command_line

    command_line()
    return None


if __name__ == "__main__":
    sys.exit(main())
