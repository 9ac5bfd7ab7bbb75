"""The own-index source: where its pictures lie, what it cannot answer, and indexes that a stranger made to do harm."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest

from indexer.core.errors import SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Lane
from indexer.fingerprints.base import RECIPE, Kind
from indexer.images.forms import Form
from indexer.index import bit_index
from indexer.index.manifest import LaneRecord, read_manifest
from indexer.matching.thresholds import REACH
from indexer.sources.base import Candidate, Query, RowFacts, RowId
from indexer.sources.picture_index import PictureIndexSource
from tests.helpers.indexes import SMALL_SET, build_index, copy_index, sign_again
from tests.helpers.pictures import as_bytes, draw, recompressed, save_all
from tests.helpers.queries import query_of

BOTH = (Lane.EXACT, Lane.PERCEPTUAL)


@pytest.fixture
def copy(small_index: Path, tmp_path: Path) -> Path:
    return copy_index(small_index, tmp_path / "copy")


@pytest.fixture(scope="module")
def copied_work() -> Query:
    """A recompressed copy of the drawing 5."""
    return query_of(as_bytes(recompressed(draw(5)), "PNG"), "mine.png")


def ask(folder: Path, query: Query, *lanes: Lane, pictures: Path | None = None) -> list[Candidate]:
    with closing(PictureIndexSource(folder, "it", pictures)) as source:
        return list(source.search([query], lanes or BOTH, REACH, Monitor()))


def facts_of(folder: Path, row: int, pictures: Path | None = None) -> RowFacts:
    with closing(PictureIndexSource(folder, "it", pictures)) as source:
        return source.facts(RowId(str(row)))


def change_rows(folder: Path, command: str, *values: object) -> None:
    """Change the table of rows, and sign again."""
    with closing(sqlite3.connect(folder / "rows.sqlite")) as database:
        database.execute(command, values)
        database.commit()
    sign_again(folder)


def test_it_is_described_from_its_manifest(small_index: Path) -> None:
    with closing(PictureIndexSource(small_index, "./indexes/small")) as source:
        about = source.describe()
    assert (about.name, about.dataset, about.version) == ("./indexes/small", "Test set", "2")
    assert (about.rows, about.sample) == (SMALL_SET, False)
    assert about.identity == read_manifest(small_index).identity
    kinds = [Kind.SHA256, Kind.MD5, Kind.PHASH, Kind.PDQ, Kind.MINIATURE, Kind.KEYPOINTS]
    assert about.rows_with == dict.fromkeys(kinds, SMALL_SET)


def test_a_copy_is_proposed_by_each_kind_of_fingerprint(small_index: Path, copied_work: Query) -> None:
    candidates = [one for one in ask(small_index, copied_work) if facts_of(small_index, int(one.row)).row == "05.png"]
    assert {one.kind for one in candidates} == {Kind.PHASH, Kind.PDQ, Kind.MINIATURE}


def test_facts_of_a_row(small_index: Path, small_set: Path) -> None:
    facts = facts_of(small_index, 11)
    assert (facts.row, facts.url, facts.frame) == ("more/11.png", "more/11.png", 1)
    assert facts.row_key == f"sha256:{facts.sha256}"
    assert (facts.width, facts.height, facts.caption) == (480, 360, None)
    assert facts.local == small_set / "more" / "11.png"


def test_facts_of_a_further_frame(tmp_path: Path) -> None:
    pictures = save_all(tmp_path / "pictures", {"film.gif": draw(1)})
    draw(1).save(pictures / "film.gif", save_all=True, append_images=[draw(2)])
    build_index(pictures, tmp_path / "index")
    first, second = facts_of(tmp_path / "index", 0), facts_of(tmp_path / "index", 1)
    assert [first.row, second.row] == ["film.gif", "film.gif#2"]
    assert second.row_key == f"{first.row_key}#2"
    assert (second.url, second.frame) == ("film.gif", 2)


# Where pictures lie


def test_pictures_that_are_gone_are_not_on_this_machine(tmp_path: Path) -> None:
    pictures = save_all(tmp_path / "pictures", {"a.png": draw(1)})
    build_index(pictures, tmp_path / "index")
    pictures.rename(tmp_path / "moved")
    assert facts_of(tmp_path / "index", 0).local is None
    assert facts_of(tmp_path / "index", 0, pictures=tmp_path / "moved").local == tmp_path / "moved" / "a.png"


def test_a_folder_of_pictures_may_be_given_as_seen_from_here(
    small_index: Path, small_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small_set.parent)
    assert facts_of(small_index, 0, pictures=Path(small_set.name)).local == small_set / "00.png"


def test_a_shareable_index_knows_of_no_pictures(small_set: Path, tmp_path: Path) -> None:
    build_index(small_set, tmp_path / "index", shareable=True)
    assert facts_of(tmp_path / "index", 0).local is None
    assert facts_of(tmp_path / "index", 0, pictures=small_set).local == small_set / "00.png"


def test_a_folder_in_a_pictures_place_is_not_read(small_index: Path, tmp_path: Path) -> None:
    (tmp_path / "00.png").mkdir()
    assert facts_of(small_index, 0, pictures=tmp_path).local is None


def test_a_picture_that_the_set_links_to_is_read_like_the_others(tmp_path: Path) -> None:
    """It was read when the index was built, so it must be found again when it is compared."""
    elsewhere = save_all(tmp_path / "elsewhere", {"a.png": draw(1)})
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "a.png").symlink_to(elsewhere / "a.png")
    build_index(pictures, tmp_path / "index")
    assert facts_of(tmp_path / "index", 0).local == pictures / "a.png"


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", "../secret.png", "more/../../secret.png", "/etc/passwd", "SECRET", "..", ".", "", "a\0b"],
)
def test_a_row_that_points_out_of_the_set_is_never_read(copy: Path, tmp_path: Path, path: str) -> None:
    pictures = tmp_path / "deep" / "pictures"
    (pictures / "more").mkdir(parents=True)
    secret = tmp_path / "deep" / "secret.png"
    draw(1).save(secret)
    change_rows(copy, "UPDATE rows SET path = ? WHERE row = 0", str(secret) if path == "SECRET" else path)
    assert facts_of(copy, 0, pictures=pictures).local is None


def test_a_row_with_a_name_that_no_file_can_have_is_not_on_this_machine(copy: Path) -> None:
    change_rows(copy, "UPDATE rows SET path = ? WHERE row = 0", "x" * 5000)
    assert facts_of(copy, 0).local is None


def test_an_index_may_not_name_a_place_that_cannot_be(copy: Path) -> None:
    sign_again(copy, pictures_root="/pict\0ures")
    assert facts_of(copy, 0).local is None


# Addresses


@pytest.mark.parametrize("base", ["https://example.org/set", "https://example.org/set/"])
@pytest.mark.parametrize("name", ["a b.png", "50%.png", "#1.png", "what?.png", "täglich/猫.png", "a+b&c='d'.png"])
def test_a_base_address_is_put_before_the_quoted_path(copy: Path, base: str, name: str) -> None:
    sign_again(copy, base_url=base)
    change_rows(copy, "UPDATE rows SET path = ? WHERE row = 0", name)
    url = facts_of(copy, 0).url
    assert url is not None
    assert url.isascii()
    assert url.startswith("https://example.org/set/")
    parts = urlsplit(url)
    assert (parts.query, parts.fragment, unquote(parts.path)) == ("", "", f"/set/{name}")


# What it does not answer


def test_what_it_can_and_what_it_cannot_answer(small_index: Path) -> None:
    with closing(PictureIndexSource(small_index, "it")) as source:
        assert {lane: source.why_not(lane) for lane in Lane} == {
            Lane.EXACT: None,
            Lane.PERCEPTUAL: None,
            Lane.LOCAL: None,
            Lane.NEURAL: "this index holds no content fingerprints (CLIP)",
            Lane.LOCATION: "this index was built from a folder of pictures and lists no web addresses",
            Lane.ATTRIBUTION: "this index was built from a folder of pictures and lists no names or captions",
        }


@pytest.mark.parametrize("kind", ["phash", "pdq", "miniature"])
def test_fingerprints_of_another_recipe_are_not_compared(copy: Path, kind: str) -> None:
    older = RECIPE.replace("phash 1", "phash 0")
    lanes = [
        record if record.kind != kind else LaneRecord(record.lane, kind, record.rows, {"recipe": older})
        for record in read_manifest(copy).lanes
    ]
    sign_again(copy, lanes=tuple(lanes))
    with closing(PictureIndexSource(copy, "it")) as source:
        assert source.why_not(Lane.EXACT) is None
        assert source.why_not(Lane.PERCEPTUAL) == (
            "its fingerprints were made by another version of this program; build the index again"
        )


def test_keypoints_of_another_recipe_are_not_compared(copy: Path) -> None:
    lanes = [
        record if record.kind != "keypoints" else replace(record, parameters={"recipe": "keypoints 0"})
        for record in read_manifest(copy).lanes
    ]
    sign_again(copy, lanes=tuple(lanes))
    with closing(PictureIndexSource(copy, "it")) as source:
        assert source.why_not(Lane.PERCEPTUAL) is None
        assert "another version of this program" in str(source.why_not(Lane.LOCAL))


def without(copy: Path, lane: Lane) -> None:
    sign_again(copy, lanes=tuple(record for record in read_manifest(copy).lanes if record.lane is not lane))


@pytest.mark.parametrize("lane", BOTH)
def test_a_lane_of_which_it_holds_nothing_is_not_answered(copy: Path, lane: Lane, copied_work: Query) -> None:
    without(copy, lane)
    with closing(PictureIndexSource(copy, "it")) as source:
        assert source.why_not(lane) == "this index holds no fingerprints of that kind"
    assert ask(copy, copied_work, lane) == []


@pytest.mark.parametrize(
    ("lane", "kind"),
    [
        (Lane.PERCEPTUAL, "colour wheel"),
        (Lane.EXACT, "pixel_hash"),
        (Lane.EXACT, "phash"),
        (Lane.PERCEPTUAL, "sha256"),
    ],
)
def test_a_lane_with_nothing_in_it_that_is_searched_does_not_pass_for_searched(
    copy: Path, lane: Lane, kind: str
) -> None:
    """Else "not searched" would read as "not found"."""
    sign_again(copy, lanes=(LaneRecord(lane, kind, SMALL_SET, {"recipe": RECIPE}),))
    with closing(PictureIndexSource(copy, "it")) as source:
        assert source.why_not(lane) == "this index holds no fingerprints of that kind"


def test_one_kind_of_a_lane_is_enough(copy: Path, copied_work: Query) -> None:
    sign_again(copy, lanes=(read_manifest(copy).lane_of("pdq"),))
    with closing(PictureIndexSource(copy, "it")) as source:
        assert source.why_not(Lane.PERCEPTUAL) is None
    assert {one.kind for one in ask(copy, copied_work, Lane.PERCEPTUAL)} == {Kind.PDQ}


# Damage, and intent


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_damaged_folder_cannot_be_opened(copy: Path, harm: str) -> None:
    if harm == "missing":
        (copy / "pdq.codes.npy").unlink()
    else:
        (copy / "pdq.codes.npy").write_bytes(b"x")
    with pytest.raises(SourceProblem) as caught:
        PictureIndexSource(copy, "./it")
    assert caught.value.source == "./it"
    assert "its file pdq.codes.npy is " in caught.value.because


def put(name: str, make: Callable[[Path], np.ndarray]) -> Callable[[Path], None]:
    def harm(folder: Path) -> None:
        array = make(folder)
        np.save(folder / name, array)
        sign_again(folder)

    return harm


def falling(folder: Path) -> np.ndarray:
    offsets = np.load(folder / "phash.offsets.npy")
    offsets[:, 30_000] = SMALL_SET + 5
    return offsets


def first_rows_of_nowhere(kind: str) -> Callable[[Path], np.ndarray]:
    return lambda folder: np.full(len(np.load(folder / f"{kind}.rows.npy")), 10**6)


NONSENSE: dict[str, Callable[[Path], None]] = {
    "offsets outside": put("phash.offsets.npy", falling),
    "offsets of zeros": put("phash.offsets.npy", lambda _: np.zeros((4, 65537), np.uint32)),
    "positions outside": put("phash.order.npy", lambda _: np.full((4, SMALL_SET), 2**32 - 1, np.uint32)),
    "codes of another width": put("phash.codes.npy", lambda _: np.zeros((SMALL_SET, 4), np.uint64)),
    "codes that are fractions": put("pdq.codes.npy", lambda _: np.zeros((SMALL_SET, 4))),
    "no codes": put("pdq.codes.npy", lambda _: np.zeros((0, 4), np.uint64)),
    "too few row numbers": put("sha256.rows.npy", lambda _: np.arange(3)),
    "rows that do not exist, by bytes": put("sha256.rows.npy", first_rows_of_nowhere("sha256")),
    "rows that do not exist, by hash": put("phash.rows.npy", first_rows_of_nowhere("phash")),
    "rows below zero": put("md5.rows.npy", lambda _: np.full(SMALL_SET, -1)),
    "rows that do not exist, by likeness": put("miniature.rows.npy", first_rows_of_nowhere("miniature")),
    "no table": lambda folder: change_rows(folder, "DROP TABLE rows"),
    "sizes below zero": lambda folder: change_rows(folder, "UPDATE rows SET width = -1, height = 'tall'"),
    "digests that are none": lambda folder: change_rows(folder, "UPDATE rows SET sha256 = '', md5 = ''"),
    "another dimension": lambda folder: sign_again(
        folder, lanes=(LaneRecord(Lane.PERCEPTUAL, "miniature", SMALL_SET, {"dimension": 3, "recipe": RECIPE}),)
    ),
}


@pytest.mark.parametrize("harm", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_with_true_checksums_is_a_sentence(
    copy: Path, harm: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the search or the facts come upon it, it is damage that is told, and no fault of ours."""
    monkeypatch.setattr(bit_index, "SCAN_BELOW_ROWS", 0)
    harm(copy)
    with closing(PictureIndexSource(copy, "./it")) as source, pytest.raises(SourceProblem) as caught:
        for candidate in source.search([query_of(as_bytes(draw(5)), "mine.png")], BOTH, REACH, Monitor()):
            source.facts(candidate.row)
    assert caught.value.source == "./it"
    assert "cannot be read" in caught.value.because or "the index is damaged" in caught.value.because


def test_the_first_eight_bytes_of_a_digest_are_not_enough(copy: Path) -> None:
    """Two files whose digests begin alike: both are looked at, the one that is equal is proposed."""
    query = query_of(as_bytes(draw(5)), "mine.png")
    keys, rows = np.load(copy / "sha256.keys.npy"), np.load(copy / "sha256.rows.npy")
    true_row = int(rows[np.searchsorted(keys, int(query.digests.sha256[:16], 16))])
    np.save(copy / "sha256.keys.npy", np.full(SMALL_SET, int(query.digests.sha256[:16], 16), np.uint64))
    np.save(copy / "md5.keys.npy", np.full(SMALL_SET, int(query.digests.md5[:16], 16), np.uint64))
    sign_again(copy)
    assert {(int(one.row), one.kind) for one in ask(copy, query, Lane.EXACT)} == {
        (true_row, Kind.SHA256),
        (true_row, Kind.MD5),
    }


def test_row_of_another_index_is_a_sentence(small_index: Path) -> None:
    with closing(PictureIndexSource(small_index, "it")) as source, pytest.raises(SourceProblem, match="damaged"):
        source.facts(RowId("4711"))


def test_other_forms_are_never_asked_for_further_away_than_whole_works_are(tmp_path: Path) -> None:
    """Among very many rows even the few bits of forms would bring too much by chance."""
    squares = {f"{seed}.png": draw(seed).crop((66, 0, 420, 354)) for seed in range(6)}
    build_index(save_all(tmp_path / "pictures", squares), tmp_path / "index", parts=False)
    queries = [query_of(draw(seed), f"{seed}.png") for seed in range(6)]
    with closing(PictureIndexSource(tmp_path / "index", "it")) as source:
        reaches = (REACH, replace(REACH, phash_bits=0))
        near = [list(source.search(queries, [Lane.PERCEPTUAL], reach, Monitor())) for reach in reaches]
    usual, narrow = [{one.distance for one in found if one.form} for found in near]
    assert max(usual) > 0
    assert narrow <= {0}


@pytest.mark.parametrize(
    ("parts", "lanes"), [(True, (Lane.PERCEPTUAL, Lane.LOCAL)), (True, (Lane.PERCEPTUAL,)), (False, (Lane.PERCEPTUAL,))]
)
def test_works_in_other_forms_are_asked_for_only_where_no_keypoints_are_to_find_them(
    tmp_path: Path, lanes: tuple[Lane, ...], *, parts: bool
) -> None:
    """Keypoints that are there, but are not asked, find no crop."""
    square = draw(1).crop((60, 0, 420, 360))
    build_index(save_all(tmp_path / "pictures", {"square.png": square}), tmp_path / "index", parts=parts)
    found = ask(tmp_path / "index", query_of(draw(1), keypoints=True), *lanes)
    assert (Form.SQUARE in {one.form for one in found}) is (Lane.LOCAL not in lanes)
    assert (Kind.KEYPOINTS in {one.kind for one in found}) is (Lane.LOCAL in lanes)
