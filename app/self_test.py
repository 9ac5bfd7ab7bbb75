# SPDX-License-Identifier: GPL-3.0-or-later
"""`exhibit-a --self-test`: tries every part on this machine, with the program's own samples, in half a minute."""

import importlib.util
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from app.demo.journey import LETTER, REPORT, missed_copies, run_demo
from app.errors import explain
from app.jobs.supervise import JobFailed
from app.paths import places
from indexer.core.about import this_tool
from indexer.core.errors import IndexerError

_PICTURES = 60
_LIBRARIES = ("PySide6", "PIL", "numpy", "cv2", "faiss", "imagehash", "requests", "typst", "jinja2")
_NOT_FROZEN = () if getattr(sys, "frozen", False) else ("open_clip",)
"""Left out of the frozen program, which then says of the search by content: not searched, because…"""


def run_self_test(say: Callable[[str], None]) -> int:
    """Try everything, say what works, and return 0 when all of it does, else 1."""
    tool = this_tool()
    say(f"{tool.name} {tool.version}")
    problems = 0
    for part, problem in _tried():
        say(f"  {'FAILED' if problem else 'ok    '}  {part}" + (f": {problem}" if problem else ""))
        problems += bool(problem)
    say("Everything works." if not problems else f"{problems} of the parts above do not work.")
    return 1 if problems else 0


def _tried() -> Iterator[tuple[str, str]]:
    """Each part with what is wrong with it, empty for nothing."""
    missing = [name for name in _LIBRARIES + _NOT_FROZEN if importlib.util.find_spec(name) is None]
    yield "libraries", f"not installed: {', '.join(missing)}" if missing else ""
    with tempfile.TemporaryDirectory(prefix="exhibit-a-") as folder:
        yield from _tried_on_samples(Path(folder) / "demo")


def _tried_on_samples(out: Path) -> Iterator[tuple[str, str]]:
    try:
        result = run_demo(out, _PICTURES, lambda _: None, threading.Event())
    except JobFailed as problem:
        yield "the sample journey", str(explain(problem.failed, str(places(out / "program").log)))
        return
    except (IndexerError, OSError) as problem:
        yield "the sample journey", str(problem)
        return
    missed = missed_copies(out, result)
    yield "jobs, pictures, index, search", f"copies not found: {missed}" if missed else ""
    for name in (REPORT, LETTER):
        whole = (out / name).read_bytes().startswith(b"%PDF-")
        yield f"documents: {name}", "" if whole else "it is not a PDF"
