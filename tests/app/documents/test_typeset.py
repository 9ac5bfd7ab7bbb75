# SPDX-License-Identifier: GPL-3.0-or-later
from functools import partial
from pathlib import Path

import pytest
import typst

from app.documents.glyphs import missing_characters, missing_font_sentence
from app.documents.letter import write_letter
from app.documents.problems import DocumentProblem
from app.documents.report import write_report
from app.documents.visible import make_visible
from indexer.core.errors import StorageProblem
from indexer.core.types import Grade
from tests.app.documents.examples import make_finding, make_letter, make_report


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without fonts of its own: the typesetter's are there, and they have no Chinese and no emoji."""
    monkeypatch.setattr(typst, "compile", partial(typst.compile, ignore_system_fonts=True))


@pytest.mark.usefixtures("bare_machine")
def test_a_script_without_a_font_gives_one_sentence_and_leaves_no_file(tmp_path: Path) -> None:
    finding = make_finding(Grade.SAME_IMAGE, caption="港口 on 日本 and 日本")
    with pytest.raises(DocumentProblem) as problem:
        write_report(make_report((finding,)), tmp_path / "report.pdf")
    assert str(problem.value) == (
        "the report needs a font for: 港口日本; on Debian and Ubuntu install fonts-noto-cjk, then make it again"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("bare_machine")
def test_an_older_document_stays_when_the_new_one_cannot_be_made(tmp_path: Path) -> None:
    place = tmp_path / "letter.pdf"
    place.write_bytes(b"the older one")
    with pytest.raises(DocumentProblem, match="the letter needs a font for: 你;"):
        write_letter(make_letter(dataset="你"), place)
    assert place.read_bytes() == b"the older one"
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.usefixtures("bare_machine")
def test_latin_greek_and_cyrillic_need_no_font_of_the_machine(tmp_path: Path) -> None:
    write_letter(make_letter(dataset="Žluťoučký kůň Ελληνικά Русский ǅ ﬁ — € ½ →"), tmp_path / "letter.pdf")


def test_what_the_typesetter_says_is_read_with_its_escapes() -> None:
    said = (
        'error: PDF/A-3b error: the text `"日本"` could not be displayed with font `"Libertinus Serif"`\n'
        'error: PDF/A-3b error: the text `"\\u{f0000}\\""` could not be displayed\n'
        'error: PDF/A-3b error: the text `"日"` could not be displayed\n'
    )
    assert missing_characters(said) == '日本\U000f0000"'
    assert missing_characters("error: file not found") == ""


def test_the_sentence_names_every_package_and_not_too_many_characters() -> None:
    assert missing_font_sentence("letter", "한😀ठ") == (
        "the letter needs a font for: 한😀ठ; on Debian and Ubuntu install fonts-noto-cjk and "
        "fonts-noto-color-emoji and fonts-noto-core, then make it again"
    )
    many = "".join(chr(0x4E00 + number) for number in range(50))
    assert f"for: {many[:20]} and 30 more; on" in missing_font_sentence("report", many)


def test_joiners_that_words_and_emoji_need_stay() -> None:
    woman_with_palette = "\U0001f469\u200d\U0001f3a8"
    assert make_visible(woman_with_palette) == woman_with_palette


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageProblem, match="it cannot be written"):
        write_letter(make_letter(), tmp_path / "file" / "letter.pdf")
