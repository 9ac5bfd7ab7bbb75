"""`index.json`: what is written comes back, and what is not a manifest of ours is refused in a sentence."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.core.errors import IndexDamaged, IndexOutdated, IndexProblem
from indexer.core.types import Lane
from indexer.index.manifest import (
    FORMAT,
    MANIFEST_NAME,
    BuiltFrom,
    FileRecord,
    LaneRecord,
    Made,
    Manifest,
    TableRecord,
    check_files,
    read_manifest,
    record_files,
    write_manifest,
)

PLAIN = Manifest(FORMAT, "Set", "1", 7, Made("2026-11-24T09:30:00Z", "exhibit-a", "0.1.0"), (), {})
FULL = replace(
    PLAIN,
    dataset="Sämtliche Bilder 猫",
    lanes=(
        LaneRecord(Lane.EXACT, "sha256", 7),
        LaneRecord(Lane.PERCEPTUAL, "phash", 5, {"bits": 64, "recipe": "phash 1", "least": 0.5}),
    ),
    files={"a.npy": FileRecord(3, "ab" * 32)},
    skipped=2,
    sample=True,
    pictures_root="/home/ana/my art",
    base_url="https://example.org/set",
)
NO_INDEX = (
    "it is not an index folder (it has no index.json); a folder of pictures becomes one by "
    "“exhibit-a index build FOLDER --from images --out INDEX”"
)
OF_A_TABLE = replace(
    PLAIN,
    built_from=BuiltFrom.TABLE,
    tables=(
        TableRecord("part-0.parquet", 4, 900, "https://example.org/part-0.parquet", "cd" * 32, '"etag"', 80, 1, 2, 3),
        TableRecord("part-1.csv", 3),
    ),
    columns={"phash": "image_phash"},
    column_names=("url", "image_phash"),
    revision="a1b2c3",
)


def why_refused(folder: Path) -> str:
    with pytest.raises(IndexProblem) as caught:
        read_manifest(folder)
    return caught.value.because


@pytest.mark.parametrize("manifest", [PLAIN, FULL, OF_A_TABLE], ids=["plain", "full", "of a table"])
def test_what_is_written_comes_back(tmp_path: Path, manifest: Manifest) -> None:
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path) == manifest


def test_people_can_read_it(tmp_path: Path) -> None:
    write_manifest(tmp_path, FULL)
    text = (tmp_path / MANIFEST_NAME).read_text(encoding="utf-8")
    assert len(text.splitlines()) > 20
    assert '"dataset": "Sämtliche Bilder 猫"' in text


def test_a_field_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    write_manifest(tmp_path, PLAIN)
    facts = json.loads((tmp_path / MANIFEST_NAME).read_text())
    (tmp_path / MANIFEST_NAME).write_text(json.dumps(facts | {"licence": "CC0"}))
    assert read_manifest(tmp_path) == PLAIN


def test_a_folder_of_the_first_format_is_of_pictures(tmp_path: Path) -> None:
    write_manifest(tmp_path, PLAIN)
    facts = json.loads((tmp_path / MANIFEST_NAME).read_text())
    for later in ("built_from", "tables", "columns", "column_names", "revision"):
        del facts[later]
    (tmp_path / MANIFEST_NAME).write_text(json.dumps(facts | {"format": 1}))
    assert read_manifest(tmp_path) == replace(PLAIN, format=1)
    assert read_manifest(tmp_path).built_from is BuiltFrom.IMAGES


def test_only_a_table_at_an_address_is_remote() -> None:
    far, shared = OF_A_TABLE.tables
    assert (far.is_remote, shared.is_remote, replace(shared, place="/data/part-1.csv").is_remote) == (
        True,
        False,
        False,
    )


def test_the_record_of_a_kind_is_found_by_its_name() -> None:
    assert FULL.lane_of("phash") == FULL.lanes[1]
    assert FULL.lane_of("pdq") is None


def test_no_folder(tmp_path: Path) -> None:
    assert why_refused(tmp_path / "index") == "there is no such folder"


def test_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("hello")
    assert why_refused(tmp_path / "index") == "it is a file, not an index folder"


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    assert why_refused(tmp_path) == NO_INDEX


def test_a_folder_of_something_else_where_the_user_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert why_refused(Path()) == NO_INDEX
    assert why_refused(Path("/")) == NO_INDEX


@pytest.mark.parametrize("has_place", [False, True], ids=["nothing there yet", "an empty folder there"])
def test_an_index_that_is_not_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_place: bool) -> None:
    (tmp_path / "index.partial").mkdir()
    if has_place:
        (tmp_path / "index").mkdir()
    monkeypatch.chdir(tmp_path)
    sentence = "it is not finished; start the same build again and it goes on"
    assert [why_refused(place) for place in (tmp_path / "index", Path("index"))] == [sentence, sentence]


def test_a_manifest_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / MANIFEST_NAME).mkdir()
    assert why_refused(tmp_path).startswith("its index.json cannot be read (")


@pytest.mark.parametrize("number", [FORMAT + 1, 99])
def test_a_newer_format(tmp_path: Path, number: int) -> None:
    (tmp_path / MANIFEST_NAME).write_text(json.dumps({"format": number, "shape": "of things to come"}))
    with pytest.raises(IndexOutdated) as caught:
        read_manifest(tmp_path)
    assert caught.value.because == (
        f"it was made by a newer version of this program (format {number}, known: {FORMAT})"
    )


@pytest.mark.parametrize("number", [0, -1])
def test_an_impossible_format(tmp_path: Path, number: int) -> None:
    write_manifest(tmp_path, replace(PLAIN, format=number))
    with pytest.raises(IndexDamaged, match="impossible format"):
        read_manifest(tmp_path)


NOT_MANIFESTS = {
    "nothing": b"",
    "words": b"hello",
    "no object": b"[1]",
    "no format": b"{}",
    "a format in words": b'{"format": "one"}',
    "a format with a fraction": b'{"format": 1.5}',
    "only a format": b'{"format": 1}',
    "not text": b'{"format": 1, "dataset": "\xff\xfe"}',
    "a name that is not text": b'{"format": 1, "\xff": 1}',
    "half a sign": b'{"format": 1, "dataset": "\\ud800"}',
    "deeper than anybody builds": b'{"format": 1, "x": ' + b"[" * 100_000,
    "deep and closed": b'{"format": 1, "x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
}


@pytest.mark.parametrize("text", NOT_MANIFESTS.values(), ids=NOT_MANIFESTS)
def test_what_is_no_manifest(tmp_path: Path, text: bytes) -> None:
    (tmp_path / MANIFEST_NAME).write_bytes(text)
    with pytest.raises(IndexDamaged, match=r"its index\.json is damaged"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rows", "many"),
        ("rows", -1),
        ("lanes", 3),
        ("lanes", [{"lane": "smell", "kind": "a", "rows": 1}]),
        ("files", {"a": 1}),
    ],
)
def test_a_field_of_another_type(tmp_path: Path, field: str, value: object) -> None:
    write_manifest(tmp_path, PLAIN)
    facts = json.loads((tmp_path / MANIFEST_NAME).read_text())
    (tmp_path / MANIFEST_NAME).write_text(json.dumps(facts | {field: value}))
    with pytest.raises(IndexDamaged, match=rf"its index\.json is damaged .*{field}"):
        read_manifest(tmp_path)


def test_a_manifest_of_twenty_megabytes_is_not_read(tmp_path: Path) -> None:
    write_manifest(tmp_path, PLAIN)
    with (tmp_path / MANIFEST_NAME).open("ab") as stream:
        stream.write(b" " * (20 << 20))
    with pytest.raises(IndexDamaged, match="far too large"):
        read_manifest(tmp_path)


@given(st.one_of(st.binary(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_whatever_stands_there_it_is_a_sentence(tmp_path_factory: pytest.TempPathFactory, text: bytes | str) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / MANIFEST_NAME).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(IndexProblem):
        read_manifest(folder)


@pytest.fixture
def three_files(tmp_path: Path) -> Path:
    for name in ("a.npy", "b.npy", "rows.sqlite"):
        (tmp_path / name).write_bytes(name.encode() * 10)
    write_manifest(tmp_path, replace(PLAIN, files=record_files(tmp_path)))
    return tmp_path


def test_files_that_agree_pass(three_files: Path) -> None:
    check_files(three_files, read_manifest(three_files))


def test_every_file_but_the_manifest_is_recorded(three_files: Path) -> None:
    (three_files / "folder").mkdir()
    assert list(read_manifest(three_files).files) == ["a.npy", "b.npy", "rows.sqlite"]
    assert list(record_files(three_files)) == ["a.npy", "b.npy", "rows.sqlite"]


def test_files_can_be_left_out_of_the_record_by_how_they_begin(three_files: Path) -> None:
    assert list(record_files(three_files, leave_out="rows")) == ["a.npy", "b.npy"]


def change(place: Path) -> None:
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 1
    place.write_bytes(data)


HARM = {
    "missing": (lambda place: place.unlink(), "its file b.npy is missing"),
    "a folder": (lambda place: (place.unlink(), place.mkdir()), "its file b.npy is missing"),
    "changed": (change, "its file b.npy is damaged: it is not the one that was written"),
    "shorter": (lambda place: os.truncate(place, 5), "its file b.npy is damaged: it is not the one that was written"),
    "empty": (lambda place: os.truncate(place, 0), "its file b.npy is damaged: it is not the one that was written"),
    "longer": (
        lambda place: place.write_bytes(place.read_bytes() + b"!"),
        "its file b.npy is damaged: it is not the one that was written",
    ),
}


@pytest.mark.parametrize(("harm", "sentence"), HARM.values(), ids=HARM)
def test_a_file_that_does_not_agree_is_named(three_files: Path, harm: object, sentence: str) -> None:
    harm(three_files / "b.npy")
    with pytest.raises(IndexDamaged) as caught:
        check_files(three_files, read_manifest(three_files))
    assert caught.value.because == sentence


@pytest.mark.parametrize("name", ["../b.npy", "/etc/passwd", "sub/b.npy", "..", ".", "", "b.npy/"])
def test_names_that_lead_out_of_the_folder_are_refused(three_files: Path, name: str) -> None:
    outside = {name: FileRecord(50, "ab" * 32)}
    with pytest.raises(IndexDamaged, match="names a file outside the folder"):
        check_files(three_files, replace(PLAIN, files=outside))


def test_a_name_that_no_file_can_have_is_a_missing_file(three_files: Path) -> None:
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(IndexDamaged, match="is missing"):
            check_files(three_files, replace(PLAIN, files={name: FileRecord(1, "ab" * 32)}))


def test_identity_is_that_of_the_content_and_not_of_the_folder() -> None:
    renamed = replace(FULL, dataset="Other", version="9", pictures_root=None, made=Made("2027", "x", "y"))
    assert renamed.identity == FULL.identity
    other_order = replace(FULL, files={"b": FileRecord(1, "cd" * 32), "a": FileRecord(1, "ef" * 32)})
    same = replace(FULL, files={"a": FileRecord(1, "ef" * 32), "b": FileRecord(1, "cd" * 32)})
    assert other_order.identity == same.identity


@pytest.mark.parametrize(
    "files",
    [{}, {"a.npy": FileRecord(3, "cd" * 32)}, {"b.npy": FileRecord(3, "ab" * 32)}],
    ids=["a file fewer", "a changed file", "a renamed file"],
)
def test_identity_changes_with_the_content(files: dict[str, FileRecord]) -> None:
    assert replace(FULL, files=files).identity != FULL.identity
