"""What the measurements share: ways timed in turns, medians, a table, the machine in one line."""

import multiprocessing
import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence

import psutil

_SAMPLE_S = 0.002


def in_turns(ways: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    """The figures that each way gives of itself: A B C A B C …, so that the noise of the machine meets all alike."""
    figures: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, measure in ways.items():
            figures[name].append(measure())
    return figures


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the ratios turn by turn; steadier than the ratio of the medians while others use the machine."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def peak_private_bytes(target: Callable[..., None], *arguments: object) -> int:
    """The most private memory that `target` holds in a process of its own, sampled; mapped files do not count."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    watched, peak = psutil.Process(process.pid), 0
    while process.is_alive():
        try:
            peak = max(peak, _private_bytes(watched))
        except psutil.Error:  # it has just ended
            break
        process.join(_SAMPLE_S)
    process.join()
    if process.exitcode:
        raise SystemExit(f"{target.__name__} ended with code {process.exitcode}; nothing was measured")
    return peak


def _private_bytes(process: psutil.Process) -> int:
    facts = process.memory_info()
    if psutil.WINDOWS:
        return int(facts.private)  # type: ignore[attr-defined]
    if psutil.LINUX:
        return int(facts.rss - facts.shared)  # `shared` is what belongs to files
    return int(process.memory_full_info().uss)


def machine() -> str:
    """What the figures were measured on."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"


def print_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table of words and figures: the first column to the left, the others to the right."""
    widths = [max(len(line[column]) for line in (heads, *rows)) for column in range(len(heads))]
    print(f"\n{title}")
    for line in (heads, ["-" * width for width in widths], *rows):
        first, *others = (
            text.rjust(width) if column else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join((first, *others)).rstrip())
