# SPDX-License-Identifier: GPL-3.0-or-later
import re
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.documents.facts import Noted
from app.documents.problems import DocumentProblem
from app.documents.report import write_report
from indexer.core.about import Tool
from indexer.core.types import Coverage, Grade, Lane, Skipped
from indexer.matching.contract import OwnControls, Tally
from indexer.matching.error_rates import ErrorRates, GradeRates, PictureSet, Rate
from tests.app.documents.examples import (
    MARKUP,
    every_grade,
    make_finding,
    make_report,
    read_pages,
    read_text,
    squeeze,
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "report.pdf"


def assert_says(text: str, *sentences: str) -> None:
    missing = [sentence for sentence in sentences if squeeze(sentence) not in text]
    assert not missing


def test_the_first_page_says_what_was_searched_and_what_was_found(place: Path) -> None:
    write_report(make_report(every_grade()), place)
    assert_says(
        read_pages(place)[0],
        "Paintings 2015 to 2024",
        "0b8f6a52-7d1e-4c39-9a40-5e2d1c7f8b36",
        "/home/artist/paintings",
        "24 November 2026, 08:02 UTC",
        "Check finished",
        "exhibit-a 0.1.0",
        "looked for 10 of the 12 works in the folder, in 1 data set with 1,234,567 rows; 2 could not be looked at",
        "3 of the 10 works are listed there, in 3 rows that count.",
        "1 row lists an address or account of the artist; no picture was compared.",
        "1 row holds a name of the artist, which may be somebody else’s, and does not count.",
        "2 further rows are only similar or could not be compared, and do not count.",
        "Not everything was searched",
        "that any model was trained on a work",
        "It is not legal advice",
    )


def test_every_finding_shows_what_was_recorded_and_how_it_was_compared(place: Path) -> None:
    write_report(make_report(every_grade()), place)
    assert_says(
        read_text(place),
        *(f"M-{number:03d}" for number in range(1, 8)),
        "paintings/harbour_001.png",
        "part-00002.parquet, row 14",
        "https://pictures.example.org/3/harbour.jpg",
        "Harbour at dawn, number 4",
        "mirrored, cropped to 81 %",
        "the checksums of the two files: they are equal",
        "fingerprints only; the row’s picture was not seen",
        "the two pictures, pixel by pixel",
        "the address in the row; the picture was not compared",
        "0.0043 rows this near expected by accident in the whole check",
        "picture: mine · page: not allowed",
        "reason number 6",
        "picture not compared here",
        f"{1:064x}",
    )


def test_what_was_not_searched_stands_there_with_its_reason(place: Path) -> None:
    write_report(make_report(), place)
    assert_says(
        read_text(place), "fingerprints of whole pictures searched", "not searched, because it has no checksums"
    )


def test_weak_findings_stand_in_a_section_of_their_own_after_the_others(place: Path) -> None:
    write_report(make_report(every_grade()), place)
    counted, not_counted = read_text(place).split(squeeze("3 Not counted"))
    assert "M-004" in counted
    for weak in ("M-005", "M-006", "M-007"):
        assert weak not in counted
        assert weak in not_counted


def test_rows_that_only_hold_a_name_are_no_finding(place: Path) -> None:
    named = tuple(make_finding(Grade.NAMED, number, artwork=None) for number in (1, 2))
    write_report(make_report(named), place)
    text = read_text(place)
    assert_says(
        text,
        "It found no row that lists one of these works.",
        "2 rows hold a name of the artist, which may be somebody else’s, and do not count.",
        "a name in the row’s text; not counted 2",
        "a name only; picture not seen reason number 1",
    )
    assert "M-001" in text.split(squeeze("3 Not counted"))[1]


def test_a_report_without_findings_says_how_far_that_answer_reaches(place: Path) -> None:
    write_report(make_report(), place)
    assert_says(
        read_text(place),
        "It found no row that lists one of these works. That is an answer about the data sets that were searched",
        "Of 10 works looked for, 10 have no counted finding",
        "They may still be listed elsewhere",
    )


def test_a_check_that_searched_nothing_is_no_answer(place: Path) -> None:
    coverage = (Coverage("a", "A", "1", 5, Lane.LOCAL, searched=False),)
    write_report(make_report(coverage=coverage), place)
    assert_says(read_text(place), "No data set was searched", "not searched, because no reason was recorded")


def test_a_set_without_a_version_a_service_that_tells_no_number_and_a_place_that_is_not_there(place: Path) -> None:
    coverage = (
        Coverage("links.csv", "Links", "", 29, Lane.LOCATION, searched=True),
        Coverage("https://knn.example", "drawings", "", 0, Lane.NEURAL, searched=True),
        Coverage("/nowhere", "", "", 0, Lane.NEURAL, False, "there is no such folder"),
    )
    listed = replace(make_finding(Grade.LISTED), dataset="Links", version="")
    write_report(make_report((listed,), coverage=coverage), place)
    text = read_text(place)
    assert_says(
        text,
        "Links · 29 rows source: links.csv",
        "drawings · number of rows not known",
        "could not be opened source: /nowhere",
    )
    assert "version·" not in text
    assert "Links,version" not in text


def test_rows_of_a_set_that_was_searched_in_part_are_not_denied_on_the_first_page(place: Path) -> None:
    coverage = (Coverage("small-set", "Small Set", "1", 7, Lane.LOCATION, False, "only its first part was searched"),)
    write_report(make_report((make_finding(Grade.LISTED),), coverage=coverage), place)
    assert_says(read_text(place), "in 1 data set with 7 rows", "1 row lists an address", "Not everything was searched")


def test_a_stopped_check_says_so(place: Path) -> None:
    facts = make_report()
    write_report(replace(facts, run=replace(facts.run, status="stopped")), place)
    assert_says(read_pages(place)[0], "Check stopped", "The check was stopped before its end")


def test_a_folder_read_whole_needs_no_word_of_skipped_files(place: Path) -> None:
    facts = make_report((make_finding(Grade.SAME_IMAGE),))
    artworks = replace(facts.artworks, total=1, searched=1, skipped=0, skipped_files=())
    write_report(replace(facts, artworks=artworks, coverage=facts.coverage[:1]), place)
    text = read_text(place)
    assert_says(
        text,
        "This check looked for 1 work in 1 data set",
        "That work is listed there, in 1 row that counts.",
        "Every file of the folder was looked at",
    )
    assert squeeze("Not everything was searched") not in text


def test_every_skipped_file_is_named_with_its_reason_however_many(place: Path) -> None:
    facts = make_report()
    skipped = tuple(Skipped(f"old/scan_{number:03d}.psd", f"because of {number}") for number in range(150))
    write_report(replace(facts, artworks=replace(facts.artworks, skipped=150, skipped_files=skipped)), place)
    text = read_text(place)
    assert_says(text, *(f"old/scan_{number:03d}.psd because of {number}" for number in range(150)))
    assert text.count("SKIPPED,BECAUSE") > 1  # the table's head stands on each of its pages


def test_works_that_were_looked_for_with_a_limit_are_named_beside_the_skipped_files(place: Path) -> None:
    facts = make_report()
    noted = tuple(
        Noted(f"{facts.folder}/sea/tower_{number:03d}.psd", f"only preview {number}") for number in range(150)
    )
    write_report(replace(facts, artworks=replace(facts.artworks, noted=noted)), place)
    text = read_text(place)
    assert_says(text, "old/scan.psd it is too large", "These works were looked for, with a limit")
    assert_says(text, *(f"sea/tower_{number:03d}.psd only preview {number}" for number in range(150)))
    write_report(facts, place)
    assert squeeze("with a limit") not in read_text(place)


@pytest.mark.parametrize("sample", [True, False])
def test_a_sample_says_so_on_every_page_and_a_real_case_on_none(place: Path, sample: bool) -> None:
    write_report(make_report(every_grade(), sample=sample), place)
    pages = read_pages(place)
    assert len(pages) > 3
    assert [squeeze("SAMPLE · made from sample pictures") in page for page in pages] == [sample] * len(pages)
    assert any("SAMPLE" in page for page in pages) is sample


def test_every_page_has_the_case_and_its_number(place: Path) -> None:
    write_report(make_report(every_grade()), place)
    pages = read_pages(place)
    for number, page in enumerate(pages, 1):
        assert_says(page, "Case 0b8f6a52", f"page {number} of {len(pages)}", "It is not legal advice")


def test_markup_in_titles_captions_and_addresses_is_only_text(place: Path) -> None:
    finding = make_finding(Grade.EDITED_COPY, url=MARKUP, caption=MARKUP, row=MARKUP, reasons=(MARKUP,), edit=MARKUP)
    write_report(make_report((finding,), title=MARKUP, case_id=MARKUP, folder=MARKUP), place)
    assert read_text(place).count(squeeze(MARKUP)) >= 8


def test_what_cannot_be_seen_is_written_out(place: Path) -> None:
    caption = "bell\x07 turn\u202eed line\nbreak zero\u200bwidth half\ud800 private\ue000 newest\U000e0fff"
    write_report(make_report((make_finding(Grade.LISTED, caption=caption),)), place)
    assert_says(
        read_text(place),
        r"bell\u{7} turn\u{202E}ed line\nbreak zero\u{200B}width half\u{D800} private\u{E000} newest\u{E0FFF}",
    )


def test_long_addresses_wrap_inside_the_page_and_lose_no_character(place: Path) -> None:
    url = "https://example.org/" + "x" * 150 + "/" + "%E4%BD" * 100
    finding = make_finding(Grade.SAME_IMAGE, url=url, artwork="a" * 250 + ".png", caption="z" * 300)
    write_report(make_report((finding,), title="T" * 90, folder="f" * 200), place)
    assert_says(read_text(place), url, "a" * 250 + ".png", "z" * 300, "T" * 90)
    assert rightmost_text(place) < 595 - 50


def test_a_row_longer_than_a_page_is_shortened_openly_and_still_printed(place: Path) -> None:
    finding = make_finding(Grade.SAME_IMAGE, caption="w" * 90_000, reasons=("one of many",) * 60)
    write_report(make_report((finding, make_finding(Grade.LISTED, 2))), place)
    assert_says(read_text(place), "(cut here; 90,000 characters in all)", "M-002")


def test_a_finding_is_not_torn_over_two_pages(place: Path) -> None:
    findings = tuple(make_finding(Grade.SAME_IMAGE, number) for number in range(1, 13))
    write_report(make_report(findings), place)
    pages = read_pages(place)
    for number in range(1, 13):
        holding = next(page for page in pages if f"M-{number:03d}" in page)
        assert f"small-set/{number}" in holding


REASONS = (
    "Both pictures were laid over each other and show the same in 100 % of 101 places that have detail.",
    "The pHash fingerprints are equal.",
    "The PDQ fingerprints differ in 6 of 256 bits.",
)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {
            "confidence": 0.987,
            "caption": "Harbour at dawn, print, poster, wall art, decoration for the living room, " * 2,
            "url": f"https://pictures.example.org/{'a' * 90}/harbour.jpg",
        },
    ],
)
def test_two_findings_of_usual_length_share_a_page(place: Path, more: dict[str, object]) -> None:
    usual = {"reasons": REASONS, "chance": 1e-9, "row_key": f"sha256:{'a' * 64}"} | more
    findings = tuple(make_finding(Grade.EDITED_COPY, number, **usual) for number in range(1, 14))
    write_report(make_report(findings), place)
    each = [len(re.findall(r"M-\d{3}", page)) for page in read_pages(place)]
    assert [number for number in each if number] == [1, 2, 2, 2, 2, 2, 2]  # the first shares its page with section 1


def test_rows_that_do_not_count_stand_in_a_table_of_about_ten_on_a_page(place: Path) -> None:
    told = ("The pictures were compared and are not the same: similar only, not counted.", REASONS[2])
    findings = tuple(make_finding(Grade.LOOKS_ALIKE, number, reasons=told, chance=0.15) for number in range(1, 61))
    write_report(make_report(findings), place)
    pages = [page for page in read_pages(place) if "M-0" in page]
    assert all(squeeze("NO. WORK DATA SET WORK AND ROW WHY IT IS NOT COUNTED") in page for page in pages)
    assert all(len(re.findall(r"M-\d{3}", page)) >= 9 for page in pages[1:-1])
    assert_says(
        "".join(pages),
        *(f"M-{number:03d}" for number in range(1, 61)),
        "paintings/harbour_060.png part-00060.parquet, row 420 Small Set, version 2026-01",
        "https://pictures.example.org/60/harbour.jpg",
        "similar only; pictures compared",
        *told,
        "Chance hits to expect: 0.15",
        "Artist: picture: mine · page: not allowed",
    )


def test_rows_without_any_picture_have_no_room_for_pictures(place: Path) -> None:
    unseen = [replace(make_finding(Grade.POSSIBLE, number), work_thumbnail=None) for number in range(1, 13)]
    write_report(make_report(tuple(unseen)), place)
    assert_says(read_text(place), "NO. WORK AND ROW WHY IT IS NOT COUNTED", "possible; picture not seen", "M-012")


def test_works_and_skipped_files_are_named_by_their_place_in_the_folder(place: Path) -> None:
    folder = "/home/artist/" + "a deep folder/" * 12 + "paintings"
    findings = tuple(
        make_finding(grade, number, artwork=f"{folder}/sea/harbour.png")
        for number, grade in enumerate((Grade.SAME_IMAGE, Grade.LOOKS_ALIKE), 1)
    )
    facts = make_report(findings, folder=folder)
    skipped = (Skipped(f"{folder}/old/scan.psd", "it is too large"), Skipped(f"{folder}2/b.txt", "no picture"))
    write_report(replace(facts, artworks=replace(facts.artworks, skipped_files=skipped)), place)
    text = read_text(place)
    assert text.count(squeeze(folder)) == 2  # on the first page, and of the file that lies elsewhere
    assert_says(text, "Work sea/harbour.png", "old/scan.psd it is too large", f"{folder}2/b.txt")


def test_a_source_in_a_deep_folder_wraps_inside_the_page(place: Path) -> None:
    source = "/home/artist/" + "/".join(["deep_folder_without_a_space"] * 12)
    coverage = (Coverage(source, "Small Set", "2026-01", 5, Lane.EXACT, searched=True),)
    write_report(make_report(coverage=coverage, folder=source), place)
    assert_says(read_text(place), f"source: {source}")
    assert rightmost_text(place) < 595 - 50


def test_the_same_facts_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.pdf", "elsewhere/two.pdf"):
        write_report(make_report(every_grade()), tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "elsewhere/two.pdf").read_bytes()


def test_it_is_a_tagged_archive_pdf_with_a_title_and_the_time_of_its_facts(place: Path) -> None:
    write_report(make_report(every_grade()), place)
    reader = PdfReader(place)
    assert reader.metadata is not None
    assert reader.metadata.title == "Paintings 2015 to 2024"
    assert str(reader.metadata.creation_date) == "2026-11-24 09:30:00+00:00"
    described = reader.root_object["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfaid:part>3<.*pdfaid:conformance>B<", described, re.DOTALL)
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in reader.root_object


def test_a_work_with_many_findings_is_kept_once(place: Path) -> None:
    write_report(make_report(tuple(make_finding(Grade.EDITED_COPY, number * 5) for number in range(1, 9))), place)
    pictures = {image.indirect_reference.idnum for page in PdfReader(place).pages for image in page.images}
    assert len(pictures) == 1


def test_a_thumbnail_that_is_no_picture_stops_the_report_in_a_sentence(place: Path) -> None:
    finding = replace(make_finding(Grade.EDITED_COPY), work_thumbnail=b"not a picture")
    with pytest.raises(DocumentProblem, match="the report could not be set"):
        write_report(make_report((finding,)), place)
    assert list(place.parent.iterdir()) == []


RATES = ErrorRates(
    1,
    "2026-11-20",
    Tool("exhibit-a", "0.1.0"),
    (PictureSet("wesnoth", 93, 3000, 1000, 3100, "portraits"), PictureSet("stamps", 5, 8, 40)),
    (
        GradeRates(Grade.POSSIBLE, Lane.PERCEPTUAL, False, 30, 14, Rate(14, 3008, 0.0026, 0.0078), Rate(0, 0, 0, 1)),
        GradeRates(Grade.EDITED_COPY, None, True, 950, 0, Rate(0, 3008, 0, 0.00123), Rate(50, 1040, 0.03, 0.0805)),
        GradeRates(Grade.LOOKS_ALIKE, None, True, 700, 700, Rate(400, 3008, 0.12, 0.14), Rate(0, 1040, 0, 0.01)),
    ),
    "python -m tests.benchmarks.copies --pictures wesnoth --pictures stamps",
    ("mirrored", "grey"),
    "A small one.",
)


def test_the_report_says_how_often_each_grade_was_wrong_on_which_pictures_and_how_to_repeat_that(place: Path) -> None:
    write_report(make_report(error_rates=(RATES,)), place)
    text = read_text(place)
    assert_says(
        text,
        "Measured on 20 November 2026 with exhibit-a 0.1.0. The copies were altered in 2 ways. A small one.",
        "wesnoth (portraits): 1,000 altered copies of 93 works, hidden among 3,100 pictures; 3,000 unrelated works",
        "stamps: 40 altered copies of 5 works; 8 unrelated works",
        "an edited copy any way of looking yes 0 of 3,008 works, at most 0.12 % 50 of 1,040 copies, 3.0 % to 8.1 %",
        "possible fingerprints of whole pictures no 14 of 3,008 works, 0.26 % to 0.78 % not measured",
        "python -m tests.benchmarks.copies --pictures wesnoth --pictures stamps",
    )
    assert text.index(squeeze("an edited copy any way")) < text.index(squeeze("possible fingerprints of whole"))
    assert "400of3,008" not in text
    assert "not measured again" not in text


def test_a_report_without_error_rates_says_that_none_were_measured(place: Path) -> None:
    write_report(make_report(), place)
    assert_says(read_text(place), "was not measured for this version, so this report gives no error rates")


def test_rates_of_another_version_are_told_as_such(place: Path) -> None:
    write_report(make_report(error_rates=(replace(RATES, tool=Tool("exhibit-a", "0.0.9")),)), place)
    assert_says(
        read_text(place),
        "with exhibit-a 0.0.9. This report was made with exhibit-a 0.1.0, for which that was not measured again.",
    )


def test_no_word_promises_or_accuses_more_than_a_row_shows(place: Path) -> None:
    write_report(make_report(every_grade()), place)
    text = read_text(place).lower()
    for word in ("trainedonyour", "infring", "stolen", "theft", "safe", "abmahnung"):
        assert word not in text


@pytest.mark.full
def test_five_hundred_findings_are_all_printed(place: Path) -> None:
    grades = list(Grade)
    findings = tuple(make_finding(grades[number % len(grades)], number) for number in range(1, 501))
    write_report(make_report(findings), place)
    text = read_text(place)
    assert all(f"M-{number:03d}" in text for number in range(1, 501))


def rightmost_text(pdf: Path) -> float:
    """Where the rightmost run of text begins, in points from the page's left edge."""
    places: list[float] = []

    def note(text: str, _matrix: object, position: list[float], _font: object, _size: object) -> None:
        if text.strip():
            places.append(position[4])

    for page in PdfReader(pdf).pages:
        page.extract_text(visitor_text=note)
    return max(places)


def test_works_are_listed_with_their_sites_and_rows_of_one_copy_stand_together(place: Path) -> None:
    fox = {"artwork": "/home/artist/paintings/fox.png"}
    findings = (
        make_finding(Grade.SAME_IMAGE, 1, copy=1, site="luna.example", **fox),
        make_finding(Grade.SAME_IMAGE, 2, copy=1, site="luna.example", **fox),
        make_finding(Grade.EDITED_COPY, 3, copy=2, site="pins.example", **fox),
        make_finding(Grade.LISTED, 4, copy=1, site="luna.example"),
    )
    write_report(make_report(findings), place)
    assert_says(
        read_text(place),
        "WORK SITE FINDINGS; = FOR ONE COPY fox.png luna.example (M-001 = M-002) fox.png pins.example M-003",
        "Same copy M-002, M-004",
    )


def test_a_finding_names_the_works_that_it_is_also_like_and_what_must_be_checked(place: Path) -> None:
    doubt = "Look at this one yourself: its file says that this work was made on 2023-04-01."
    also = ("/home/artist/paintings/sketch.png",)
    findings = tuple(
        make_finding(grade, number, also=also, caution=doubt)
        for number, grade in enumerate((Grade.SAME_IMAGE, Grade.LOOKS_ALIKE), 1)
    )
    write_report(make_report(findings), place)
    text = read_text(place)
    assert_says(text, "Also like sketch.png", "To be checked Look at this one yourself", "Also like sketch.png.")


def test_what_own_works_say_of_the_search_stands_beside_what_was_searched(place: Path) -> None:
    told = OwnControls("s", "COYO-700M", "1", Tally(0, 14), {"inside_file": 14}, Tally(29, 31), "2021-08", "as it says")
    write_report(make_report(controls=(told,)), place)
    assert_says(read_text(place), "0 of 14 were found there, which is as it should be.", "29 of 31 were found by the")
    write_report(make_report(), place)
    assert squeeze("own works say") not in read_text(place)
