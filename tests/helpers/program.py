"""Runs the program as a person does: as a process, by its command line."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

COMMAND = (sys.executable, "-m", "app")


def run(*arguments: str | Path, timeout_s: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run to its end. The test's own EXHIBIT_A_HOME is in the environment."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout_s,
        env=os.environ | environment,
        check=False,
    )


def end_when(
    arguments: list[str | Path], happened: Callable[[], bool], with_signal: int = signal.SIGKILL
) -> subprocess.CompletedProcess[str]:
    """Start, wait until something has happened, send a signal to the program alone, and wait for its end."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ,
    )
    try:
        while not happened():
            try:
                process.wait(timeout=0.02)
                break
            except subprocess.TimeoutExpired:
                continue
        process.send_signal(with_signal)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
