# SPDX-License-Identifier: GPL-3.0-or-later
"""A case in a folder of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.casefile.case import CASE_SUFFIX, Case


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the case of this test lies; there is nothing yet unless `case` is asked for."""
    return tmp_path / f"mine{CASE_SUFFIX}"


@pytest.fixture
def case(place: Path) -> Iterator[Case]:
    """A new, real case."""
    with Case.create(place, sample=False, title="Mine") as made:
        yield made
