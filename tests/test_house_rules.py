"""Rules of the house that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "indexer").rglob("*.py")])
MODULE_LINES, FUNCTION_LINES = 300, 50

RUN = "python3 -m venv .venv && .venv/bin/python -m pip install -e '.[test]' && .venv/bin/exhibit-a demo"
TEST = "python3 -m venv .venv && .venv/bin/python -m pip install -e '.[test]' && .venv/bin/python -m pytest"

module = pytest.mark.parametrize("place", PROGRAM, ids=lambda place: str(place.relative_to(ROOT)))


def functions(place: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(place.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


@module
def test_modules_and_functions_stay_small(place: Path) -> None:
    assert len(place.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES
    long = [node.name for node in functions(place) if (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES]
    assert not long


@module
def test_every_module_names_its_licence_and_its_purpose(place: Path) -> None:
    text = place.read_text(encoding="utf-8")
    is_package = place.name == "__init__.py"
    assert ast.get_docstring(ast.parse(text)), "no module docstring"
    assert is_package or text.startswith("# SPDX-License-Identifier: GPL-3.0-or-later\n")


@module
def test_packages_hold_a_docstring_and_nothing_else(place: Path) -> None:
    if place.name == "__init__.py":
        assert len(ast.parse(place.read_text(encoding="utf-8")).body) == 1


@module
def test_no_module_is_a_drawer(place: Path) -> None:
    assert place.stem not in {"utils", "util", "misc", "helpers", "common", "manager", "tools"}


@module
def test_input_is_never_checked_by_assert(place: Path) -> None:
    tree = ast.parse(place.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


@module
def test_nothing_unpickles_and_nothing_is_left_for_later(place: Path) -> None:
    text = place.read_text(encoding="utf-8")
    assert not re.search(r"import pickle|pickle\.load|allow_pickle=True|\bTODO\b|\bFIXME\b", text)


def test_nothing_says_that_a_model_was_trained_on_a_work() -> None:
    data = (place for place in (ROOT / "resources").rglob("*") if place.is_file() and place.suffix != ".png")
    places = [*PROGRAM, *data]
    for place in places:
        words = " ".join(place.read_text(encoding="utf-8").lower().split())
        for claim in ("trained on your", "trained with your", "used to train", "was in the training"):
            assert claim not in words, f"{place}: {claim}"


@pytest.mark.parametrize("command", [RUN, TEST])
def test_the_readme_gives_the_two_commands_alone_on_a_line(command: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    assert any(command in block.splitlines() for block in blocks)


def test_ci_runs_the_readmes_test_command() -> None:
    assert TEST in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
