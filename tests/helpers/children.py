"""Python processes that a test starts, limits or kills."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_child(script: str, *arguments: str | Path, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a script to its end; a crash shows in the return code."""
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout_s,
        check=False,
    )


def kill_when_it_says(script: str, words: str, *arguments: str | Path) -> None:
    """Run a script and kill it as soon as it has said this line; that it ends before is a failure.

    A script that starts processes of its own must see to it that they end with it.
    """
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8") as child:
        assert child.stdout is not None
        said = []
        try:
            while not said or said[-1] != words:
                line = child.stdout.readline()
                assert line, f"it ended without saying {words!r}; it said {said[-3:]}"
                said.append(line.strip())
        finally:
            child.kill()
