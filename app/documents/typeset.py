# SPDX-License-Identifier: GPL-3.0-or-later
"""Data into a PDF that keeps: PDF/A-3b, tagged, the same bytes for the same facts.

A template reads its data from a file; nothing foreign is ever pasted into markup. The standard also makes a character
that no font has an error, where an ordinary PDF would show an empty box.
"""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec
import typst

from app.documents.glyphs import missing_characters, missing_font_sentence
from app.documents.problems import DocumentProblem
from app.documents.visible import make_all_visible
from indexer.core.errors import StorageProblem
from indexer.core.files import write_atomically

STANDARD: Literal["a-3b"] = "a-3b"


def typeset(
    template: str, data: Mapping[str, object], images: Mapping[str, bytes], output: Path, made_utc: str
) -> None:
    """Fill `resources/documents/TEMPLATE.typ` and write the PDF.

    Args:
        images: file name to JPEG; the template opens them by the names that `data` gives.
        made_utc: the time written into the PDF; taken from the facts, so that the same facts give the same bytes.

    Raises:
        DocumentProblem: a character has no font, or the document cannot be set; nothing is written.
        StorageProblem: the disk is full or the place cannot be written.
    """
    try:
        with TemporaryDirectory(prefix="exhibit-a-") as place:
            folder = Path(place)
            _lay_out(folder, data, images)
            pdf = _compile(folder, template, made_utc)
        write_atomically(output, pdf)
    except OSError as problem:
        raise StorageProblem(output, f"it cannot be written ({problem.strerror or problem})") from problem


def _lay_out(folder: Path, data: Mapping[str, object], images: Mapping[str, bytes]) -> None:
    """Everything that the template may read, in a folder of its own: it can reach nothing else."""
    with as_file(files("resources") / "documents") as templates:
        for source in templates.glob("*.typ"):
            copyfile(source, folder / source.name)
    (folder / "data.json").write_bytes(msgspec.json.encode(make_all_visible(data)))
    for name, image in images.items():
        (folder / name).write_bytes(image)


def _compile(folder: Path, template: str, made_utc: str) -> bytes:
    made = datetime.fromisoformat(made_utc)
    try:
        return typst.compile(folder / f"{template}.typ", root=folder, timestamp=made, pdf_standards=STANDARD)
    except typst.TypstError as problem:
        missing = missing_characters(problem.diagnostic)
        if missing:
            raise DocumentProblem(missing_font_sentence(template, missing)) from problem
        raise DocumentProblem(f"the {template} could not be set: {problem.message}") from problem
