# SPDX-License-Identifier: GPL-3.0-or-later
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.documents.letter import write_letter
from app.documents.problems import DocumentProblem
from indexer.core.types import LETTER_GRADES, Grade
from tests.app.documents.examples import MARKUP, make_letter, make_row, read_pages, read_text, squeeze


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "letter.pdf"


def assert_says(text: str, *sentences: str) -> None:
    missing = [sentence for sentence in sentences if squeeze(sentence) not in text]
    assert not missing


def test_a_letter_about_one_row_is_one_page_with_all_its_facts(place: Path) -> None:
    write_letter(make_letter(reply_by="I would be glad of an answer by 8 January 2027."), place)
    pages = read_pages(place)
    assert len(pages) == 1
    assert_says(
        pages[0],
        "Mira Example",
        "Jalan Contoh 12",
        "mira@example.org",
        "Yogyakarta, 24 November 2026",
        "Example Data Set Foundation",
        "20095 Hamburg",
        "Reference EX-2026-0007/L-001",
        "Request to remove 1 row from Small Set, version 2026-01",
        "One row of it lists a work of mine. The table below gives the row",
        "part-00001.parquet, row 7",
        "https://pictures.example.org/1/harbour.jpg",
        "Harbour at dawn, number 1",
        "the same picture, resized or saved again; pictures compared",
        "remove this row from the current release",
        "tell me which of your releases hold it",
        "confirm by e-mail to mira@example.org",
        "I would be glad of an answer by 8 January 2027.",
        "With kind regards",
        "It is not legal advice",
    )


def test_it_says_what_it_cannot_change_and_does_not_claim_that_a_model_was_trained(place: Path) -> None:
    write_letter(make_letter(), place)
    assert_says(
        read_text(place),
        "I know what this request cannot change.",
        "it does not show that any model was trained on it, and I do not say so",
        "This letter is a request, not a legal notice.",
    )


@pytest.mark.parametrize("rows", [1, 9])
def test_it_threatens_and_accuses_nobody(place: Path, rows: int) -> None:
    write_letter(make_letter(rows, reply_by="I would be glad of an answer by 8 January 2027."), place)
    text = read_text(place).lower()
    words = (
        "trained on your", "infring", "abmahnung", "copyright", "unlawful", "illegal", "damages", "settle", "court",
        "lawyer", "legal action", "deadline", "failing", "cease", "undertaking", "compensation", "demand", "violat",
    )  # fmt: skip
    assert not [word for word in words if squeeze(word) in text]


def test_many_rows_follow_the_signature_as_an_enclosure_with_a_repeated_head(place: Path) -> None:
    write_letter(make_letter(60, enclosures=("Report of the check, 40 pages",)), place)
    first, *table = read_pages(place)
    assert_says(first, "60 rows of it list works of mine", "With kind regards", "Table of 60 rows", "40 pages")
    assert "M-001" not in first
    assert len(table) > 2
    assert_says(table[0], "Enclosure 1: the rows")
    assert all(squeeze("No. Row Address Which work How compared") in page for page in table)
    assert_says("".join(table), *(f"M-{number:03d} part-{number:05d}.parquet" for number in range(1, 61)))


def test_later_pages_carry_name_reference_and_page_number(place: Path) -> None:
    write_letter(make_letter(30), place)
    pages = read_pages(place)
    for number, page in enumerate(pages, 1):
        assert_says(page, "Mira Example", "EX-2026-0007/L-001", f"page {number} of {len(pages)}")


@pytest.mark.parametrize("sample", [True, False])
def test_a_sample_says_so_on_every_page_and_a_real_letter_on_none(place: Path, sample: bool) -> None:
    write_letter(make_letter(30, sample=sample), place)
    pages = read_pages(place)
    assert len(pages) > 2
    assert [squeeze("SAMPLE · made from sample pictures") in page for page in pages] == [sample] * len(pages)
    assert any("SAMPLE" in page for page in pages) is sample


def test_a_missing_fact_is_named_and_nothing_is_written(place: Path) -> None:
    facts = make_letter()
    incomplete = replace(facts, sender=replace(facts.sender, name="  "), reference="")
    with pytest.raises(DocumentProblem) as problem:
        write_letter(incomplete, place)
    assert str(problem.value) == (
        "the letter cannot be written without your name (sender_name), a reference number (reference)"
    )
    assert list(place.parent.iterdir()) == []


def test_a_letter_about_no_row_is_refused(place: Path) -> None:
    with pytest.raises(DocumentProblem, match=r"at least one row of the data set \(rows\)"):
        write_letter(make_letter(0), place)


@pytest.mark.parametrize("grade", [grade for grade in Grade if grade not in LETTER_GRADES])
def test_a_row_too_weak_for_a_letter_is_refused_by_its_number(place: Path, grade: Grade) -> None:
    with pytest.raises(DocumentProblem, match="M-007 may not enter a removal request"):
        write_letter(replace(make_letter(), rows=(make_row(7, grade=grade),)), place)


def test_rows_say_how_each_was_compared(place: Path) -> None:
    rows = (
        make_row(1, grade=Grade.IDENTICAL_FILE),
        make_row(2, verified=False),
        make_row(3, grade=Grade.LISTED, verified=False, url=None, caption=None, work_title=""),
        make_row(4, grade=Grade.EDITED_COPY, edit="turned 90°"),
    )
    write_letter(replace(make_letter(), rows=rows), place)
    assert_says(
        read_text(place),
        "the very same file; checksums compared",
        "the same picture, resized or saved again; fingerprints agree, picture not seen",
        "none compared listed by its address or account; picture not compared",
        "no address in the row",
        "an edited copy (turned 90°); pictures compared",
    )


def test_markup_in_facts_is_only_text_and_is_never_filled_in_again(place: Path) -> None:
    facts = make_letter(dataset=MARKUP, reply_by=MARKUP)
    row = make_row(1, url=MARKUP, caption=MARKUP, work_title=MARKUP, row=MARKUP)
    write_letter(replace(facts, rows=(row,), sender=replace(facts.sender, name=MARKUP, address=(MARKUP,))), place)
    assert read_text(place).count(squeeze(MARKUP)) >= 9


def test_a_fact_cannot_make_a_paragraph_a_list_or_a_table(place: Path) -> None:
    write_letter(make_letter(reply_by="Please.\n\n- one\n\n[rows]"), place)
    text = read_text(place)
    assert_says(text, r"Please.\n\n- one\n\n[rows]")
    assert text.count("M-001") == 1


def test_long_names_and_addresses_wrap_and_lose_no_character(place: Path) -> None:
    facts = make_letter(dataset="D" * 120)
    row = make_row(1, url="https://example.org/" + "x" * 900, caption="z" * 900, work_title="W" * 200)
    recipient = replace(facts.recipient, name="R" * 100)
    write_letter(replace(facts, rows=(row,), recipient=recipient), place)
    assert_says(read_text(place), "D" * 120, "x" * 40, "W" * 200, "R" * 100)


def test_an_address_is_never_broken_just_before_its_files_ending(place: Path) -> None:
    rows = tuple(make_row(number, url=f"https://example.org/{'a' * number}/b/harbour.jpg") for number in range(1, 41))
    write_letter(replace(make_letter(), rows=rows), place)
    lines = [line.strip() for page in PdfReader(place).pages for line in page.extract_text().splitlines()]
    assert sum("jpg" in line for line in lines) == 40
    assert not [line for line in lines if line in ("jpg", ".jpg")]


def test_the_same_facts_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        write_letter(make_letter(9), tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_the_letter_is_titled_by_its_subject_and_names_its_sender(place: Path) -> None:
    write_letter(make_letter(9), place)
    described = PdfReader(place).metadata
    assert described is not None
    assert described.title == "Request to remove 9 rows from Small Set, version 2026-01"
    assert described.author == "Mira Example"
