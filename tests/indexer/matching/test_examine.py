"""From candidates to matches: one match a row, its picture looked at where that may be done, a reason where not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from indexer.core.errors import Cancelled, SourceProblem
from indexer.core.progress import Monitor
from indexer.core.types import Basis, EditKind, Grade, Match
from indexer.fingerprints.base import Kind
from indexer.images.variants import Orientation, lay
from indexer.matching.contract import Found
from indexer.matching.examine import Examiner
from indexer.matching.portfolio import Work
from indexer.matching.thresholds import ALIGN_NEAREST, REACH
from indexer.matching.views import ViewReader
from indexer.net.client import Client
from indexer.net.ledger import Ledger, entries
from indexer.sources.base import Candidate, RowFacts, RowId
from tests.helpers.listed_source import ListedSource
from tests.helpers.monitors import stop_after
from tests.helpers.odd_files import animation, png_claiming, tiff_pages
from tests.helpers.pictures import as_bytes, draw, recompressed, save_all
from tests.helpers.server import LocalServer
from tests.indexer.matching.making import SMALL_CHECK, candidate, work_of
from tests.indexer.matching.moody_source import MoodySource

COPY = as_bytes(draw(1), "JPEG", quality=75)
OTHER = as_bytes(draw(30))

Examine = Callable[..., list[Found]]


class KnownRows(ListedSource):
    """A list whose rows are known to lie somewhere: what is given for a row takes the place of its facts."""

    def __init__(self, files: Mapping[str, bytes], known: Mapping[int, Mapping[str, object]]) -> None:
        super().__init__(files, "rows")
        self._known = known

    def facts(self, row: RowId) -> RowFacts:
        return replace(super().facts(row), **self._known.get(int(row), {}))


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return work_of(save_all(tmp_path / "mine", {"work.png": draw(1)}) / "work.png")


@pytest.fixture
def examine(reader: ViewReader, work: Work) -> Examine:
    """What is found for candidates in a source, with a client or without."""

    def run(source: ListedSource, *candidates: Candidate, client: Client | None = None) -> list[Found]:
        examiner = Examiner({"work.png": work}, reader, SMALL_CHECK, client, {})
        return list(examiner.examine(source, candidates, Monitor()))

    return run


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(Ledger(tmp_path / "sent.jsonl"), allow_private_hosts=True) as ready:
        yield ready


def stored(folder: Path, files: Mapping[str, bytes]) -> KnownRows:
    """A source whose pictures lie in a folder of this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return KnownRows(files, {number: {"local": folder / name} for number, name in enumerate(files)})


def only(found: list[Found]) -> Match:
    (one,) = found
    return one.match


def near(row: str = "0", distance: float = 2.0, **options: object) -> Candidate:
    return candidate(Kind.PHASH, distance, row=row, **options)


def alike(row: str = "0", distance: float = 0.01) -> Candidate:
    return candidate(Kind.MINIATURE, distance, row=row)


def placed(row: str = "0", votes: int = REACH.part_votes_sure) -> Candidate:
    return candidate(Kind.KEYPOINTS, 1 / votes, row=row)


# One match a row


def test_a_row_found_in_several_ways_is_one_match_with_all_that_speaks_for_it(examine: Examine, tmp_path: Path) -> None:
    found = examine(
        stored(tmp_path / "set", {"copy.jpg": COPY}),
        near(distance=6.0, orientation=Orientation.TURNED_180),
        near(distance=2.0),
        near(distance=4.0),
        candidate(Kind.PDQ, 12.0),
        alike(),
    )
    match = only(found)
    assert (match.grade, match.verified) == (Grade.SAME_IMAGE, True)
    assert match.basis == (Basis.PIXELS, Basis.HASH)
    assert (match.artwork, match.source, match.row, match.url) == ("work.png", "rows", "copy.jpg", "copy.jpg")
    assert (match.scores["phash_distance"], match.scores["pdq_distance"]) == (2, 12)
    assert match.scores["miniature_cosine"] == 0.99
    assert [reason.split(" ")[1] for reason in match.reasons[:3]] == ["pictures", "pHash", "PDQ"]


def test_the_same_bytes_outweigh_all_else(examine: Examine, tmp_path: Path) -> None:
    source = stored(tmp_path / "set", {"work.png": as_bytes(draw(1))})
    match = only(examine(source, near(), candidate(Kind.SHA256), candidate(Kind.MD5), alike()))
    assert (match.grade, match.basis, match.edit) == (Grade.IDENTICAL_FILE, (Basis.BYTES,), None)


def test_an_edit_is_there_in_words_and_in_numbers(examine: Examine, tmp_path: Path) -> None:
    mirrored = as_bytes(lay(draw(1), Orientation.MIRRORED).resize((240, 180)))
    match = only(examine(stored(tmp_path / "set", {"mirrored.png": mirrored}), near()))
    assert (match.grade, match.edit) == (Grade.EDITED_COPY, "mirrored, resized to 50 %")
    assert [edit.kind for edit in match.edits] == [EditKind.MIRRORED, EditKind.RESIZED]


def test_matches_come_in_the_order_of_works_and_rows_whatever_the_order_of_candidates(
    reader: ViewReader, tmp_path: Path
) -> None:
    folder = save_all(tmp_path / "mine", {"a.png": draw(1), "b.png": draw(2)})
    works = {name: work_of(folder / name) for name in ("a.png", "b.png")}
    source = ListedSource({"0.jpg": COPY, "1.jpg": COPY + b"\0"})
    candidates = [near(row, work=name) for row in "10" for name in ("b.png", "a.png")]
    found = Examiner(works, reader, SMALL_CHECK, None, {}).examine(source, candidates, Monitor())
    assert [(one.match.artwork, one.match.row) for one in found] == [
        ("a.png", "0.jpg"), ("a.png", "1.jpg"), ("b.png", "0.jpg"), ("b.png", "1.jpg")
    ]  # fmt: skip


def test_both_pictures_come_along_small(examine: Examine, tmp_path: Path) -> None:
    (found,) = examine(stored(tmp_path / "set", {"copy.jpg": COPY}), near())
    for thumbnail in (found.work_thumbnail, found.candidate_thumbnail):
        assert thumbnail is not None
        assert thumbnail.startswith(b"\xff\xd8")
    assert (found.dataset, found.version) == ("Listed set", "1")


def test_a_further_frame_is_compared_with_that_frame(examine: Examine, tmp_path: Path) -> None:
    pages = tiff_pages([draw(30), draw(1), draw(31)])
    place = tmp_path / "pages.tif"
    place.write_bytes(pages)
    source = KnownRows({"pages.tif": pages}, {number: {"local": place} for number in range(3)})
    found = examine(source, near("0"), near("1"), near("2"))
    assert {one.match.row: one.match.grade for one in found} == {
        "pages.tif": Grade.LOOKS_ALIKE,
        "pages.tif#2": Grade.SAME_IMAGE,
        "pages.tif#3": Grade.LOOKS_ALIKE,
    }


# Only similar


def test_similar_only_is_shown_with_its_hash_and_dropped_without(examine: Examine, tmp_path: Path) -> None:
    source = stored(tmp_path / "set", {"other.png": OTHER})
    assert only(examine(source, near())).grade is Grade.LOOKS_ALIKE
    assert examine(source, alike()) == []
    assert examine(source) == []


def test_of_the_merely_similar_the_nearest_have_their_parts_compared(examine: Examine, tmp_path: Path) -> None:
    crop = draw(1).crop((48, 36, 480, 360))
    files = {f"{number}.jpg": as_bytes(recompressed(crop, 80 + number)) for number in range(ALIGN_NEAREST + 2)}
    source = stored(tmp_path / "set", files)
    candidates = [alike(str(number), distance=0.1 - 0.01 * number) for number in range(len(files))]
    found = examine(source, *candidates)
    assert [one.match.row for one in found] == list(files)[-ALIGN_NEAREST:]
    assert {one.match.grade for one in found} == {Grade.EDITED_COPY}
    assert len(examine(source, *candidates, near("0", 10.0))) == ALIGN_NEAREST + 1


# Pictures that are not what they were, or not there


def test_every_part_that_places_agree_on_is_compared_however_many_copies_there_are(
    examine: Examine, tmp_path: Path
) -> None:
    """And one that only few agree on, which may be chance, as well."""
    crops = {f"{number}.png": as_bytes(draw(1).crop((20 + 4 * number, 30, 320, 290))) for number in range(12)}
    votes = [placed(str(number)) for number in range(11)]
    found = examine(stored(tmp_path / "set", crops), *votes, placed("11", votes=3))
    assert {one.match.row for one in found} == set(crops)
    assert {one.match.grade for one in found} == {Grade.EDITED_COPY}


def test_of_places_that_agreed_by_chance_nothing_is_shown(examine: Examine, tmp_path: Path) -> None:
    """Nobody wants look-alikes from there."""
    assert examine(stored(tmp_path / "set", {"other.png": OTHER}), placed(votes=40)) == []
    assert examine(KnownRows({"other.png": OTHER}, {}), placed(votes=3)) == []


def test_places_alone_are_a_possibility_that_says_how_many_agree(examine: Examine) -> None:
    match = only(examine(KnownRows({"copy.jpg": COPY}, {}), placed(votes=31)))
    assert (match.grade, match.verified, match.basis) == (Grade.POSSIBLE, False, (Basis.GEOMETRY,))
    assert any("31 points of your picture" in reason for reason in match.reasons)


def test_what_many_places_speak_for_is_fetched_where_that_was_asked_for_and_few_are_not(
    examine: Examine, server: LocalServer, client: Client
) -> None:
    source = rows_at(server.answers("/copy.jpg", COPY))
    assert examine(source, placed(votes=REACH.part_votes_sure - 1), client=client) == []
    assert server.seen == []
    assert only(examine(source, placed(), client=client)).verified


def test_a_changed_picture_proves_nothing(examine: Examine, tmp_path: Path) -> None:
    source = stored(tmp_path / "set", {"copy.jpg": COPY})
    (tmp_path / "set" / "copy.jpg").write_bytes(as_bytes(draw(1), "JPEG", quality=90))
    (found,) = examine(source, near())
    assert (found.match.grade, found.match.verified) == (Grade.POSSIBLE, False)
    assert "not the one that the data set recorded" in found.match.reasons[-1]
    assert found.candidate_thumbnail is None
    assert found.work_thumbnail is not None


def test_where_nothing_is_recorded_the_picture_is_taken_as_it_is(examine: Examine, tmp_path: Path) -> None:
    place = save_all(tmp_path / "set", {"copy.png": draw(1)}) / "copy.png"
    source = KnownRows({"copy.jpg": COPY}, {0: {"local": place, "sha256": None}})
    assert only(examine(source, near())).grade is Grade.SAME_IMAGE


HOSTILE = {
    "gone": None,
    "empty": b"",
    "a bomb": png_claiming(40_000, 40_000),
    "cut off": OTHER[:5000],
    "a web page": b"<html>moved</html>",
    "without that frame": animation("GIF", 2),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_picture_that_cannot_be_read_costs_a_sentence_and_the_next_is_compared(
    examine: Examine, tmp_path: Path, data: bytes | None
) -> None:
    source = stored(tmp_path / "set", {"bad.jpg": COPY, "good.jpg": COPY + b"\0"})
    bad = tmp_path / "set" / "bad.jpg"
    bad.unlink() if data is None else bad.write_bytes(data)
    source._known[0]["frame"] = 5
    worse, better = examine(source, near("0"), near("1"))
    assert (worse.match.verified, worse.candidate_thumbnail) == (False, None)
    assert worse.match.reasons[-1].startswith("Picture not seen: ")
    assert worse.match.reasons[-1].count(".") == 1
    assert (better.match.verified, better.match.grade) == (True, Grade.SAME_IMAGE)


def test_an_own_picture_that_is_gone_is_said_to_be(examine: Examine, work: Work, tmp_path: Path) -> None:
    work.path.unlink()
    (found,) = examine(stored(tmp_path / "set", {"copy.jpg": COPY}), near())
    assert (found.match.verified, found.work_thumbnail) == (False, None)
    assert found.match.reasons[-1].startswith("Picture not seen: your own picture could not be read again (")


# Fetching


def rows_at(url: str) -> KnownRows:
    return KnownRows({"copy.jpg": COPY}, {0: {"url": url}})


def test_what_nobody_asked_to_fetch_is_not_fetched(examine: Examine, server: LocalServer) -> None:
    match = only(examine(rows_at(server.answers("/copy.jpg", COPY)), near()))
    assert (match.grade, match.verified) == (Grade.SAME_IMAGE, False)
    assert match.reasons[-1] == "Picture not seen: it is not on this machine, and nobody asked to fetch it."
    assert server.seen == []


def test_what_may_be_fetched_is_compared_and_written_down(
    examine: Examine, server: LocalServer, client: Client, tmp_path: Path
) -> None:
    url = server.answers("/copy.jpg", COPY)
    match = only(examine(rows_at(url), near(), client=client))
    assert (match.grade, match.verified, match.url) == (Grade.SAME_IMAGE, True, url)
    (entry,) = entries(tmp_path / "sent.jsonl")
    assert (entry.url, entry.purpose) == (url, "the picture of a row that may be one of your works")


def test_what_was_fetched_says_whether_it_is_what_the_row_recorded(
    examine: Examine, server: LocalServer, client: Client
) -> None:
    url = server.answers("/copy.jpg", COPY)
    recorded = only(examine(rows_at(url), near(), client=client))
    assert any("has the SHA-256 that the data set recorded" in reason for reason in recorded.reasons)
    nothing = KnownRows({"copy.jpg": COPY}, {0: {"url": url, "sha256": None, "width": None, "height": None}})
    as_found = only(examine(nothing, near(), client=client))
    assert any("recorded nothing that could tell whether" in reason for reason in as_found.reasons)
    assert recorded.grade == as_found.grade


def test_what_the_source_says_of_a_row_stands_beside_it(examine: Examine) -> None:
    source = KnownRows({"copy.jpg": COPY}, {0: {"notes": ("This row was read by its range alone.",)}})
    assert only(examine(source, near())).reasons[-1] == "This row was read by its range alone."


def test_similar_content_is_fetched_only_when_that_was_asked_for(
    work: Work, reader: ViewReader, server: LocalServer, client: Client
) -> None:
    source, near_content = rows_at(server.answers("/copy.jpg", COPY)), candidate(Kind.CLIP, 0.02, row="0")
    for asked in (False, True):
        examiner = Examiner({"work.png": work}, reader, SMALL_CHECK, client, {}, fetch_similar=asked)
        (found,) = examiner.examine(source, [near_content], Monitor())
        assert found.match.grade is (Grade.SAME_IMAGE if asked else Grade.LOOKS_ALIKE)
        assert bool(server.seen) == asked


def test_nothing_is_fetched_for_a_mere_likeness(examine: Examine, server: LocalServer, client: Client) -> None:
    assert examine(rows_at(server.answers("/copy.jpg", COPY)), alike(), client=client) == []
    assert server.seen == []


def test_nothing_is_fetched_that_lies_on_this_machine(
    examine: Examine, server: LocalServer, client: Client, tmp_path: Path
) -> None:
    place = tmp_path / "copy.jpg"
    place.write_bytes(COPY)
    source = KnownRows({"copy.jpg": COPY}, {0: {"url": server.answers("/copy.jpg", COPY), "local": place}})
    assert only(examine(source, near(), client=client)).verified
    assert server.seen == []


def test_a_path_is_no_address(examine: Examine, client: Client) -> None:
    match = only(examine(rows_at("folder/copy.jpg"), near(), client=client))
    assert match.reasons[-1] == "Picture not seen: it is not on this machine, and nobody asked to fetch it."


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"gone", 404, "Picture not seen: the server answered 404 (not found)."),
        (OTHER, 200, "not the one that the data set recorded"),
        (png_claiming(40_000, 40_000), 200, "Picture not seen: it has 1600 megapixels"),
        (b"<html>sign in</html>", 200, "Picture not seen: "),
    ],
    ids=["gone", "another picture", "a bomb", "a web page"],
)
def test_whatever_the_address_holds_it_is_a_sentence(
    examine: Examine, server: LocalServer, client: Client, body: bytes, status: int, said: str
) -> None:
    (found,) = examine(rows_at(server.answers("/copy.jpg", body, status)), near(), client=client)
    assert not found.match.verified
    assert said in found.match.reasons[-1]
    assert found.candidate_thumbnail is None


# Ends


def test_a_source_that_goes_away_is_told(reader: ViewReader, work: Work) -> None:
    source = MoodySource({"copy.jpg": COPY}, fails_at="facts")
    with pytest.raises(SourceProblem, match="it went away"):
        list(Examiner({"work.png": work}, reader, SMALL_CHECK, None, {}).examine(source, [near()], Monitor()))


def test_a_stop_ends_it_between_rows(reader: ViewReader, work: Work) -> None:
    source = ListedSource({"0.jpg": COPY, "1.jpg": COPY + b"\0"})
    found = Examiner({"work.png": work}, reader, SMALL_CHECK, None, {}).examine(
        source, [near("0"), near("1")], stop_after(1)
    )
    assert next(found).match.row == "0.jpg"
    with pytest.raises(Cancelled):
        next(found)


def test_a_work_that_is_too_plain_is_found_by_its_bytes_alone(reader: ViewReader, tmp_path: Path) -> None:
    white = Image.new("RGB", (300, 200), "white")
    place = save_all(tmp_path / "mine", {"work.png": white}) / "work.png"
    source = stored(tmp_path / "set", {"white.png": place.read_bytes()})
    examiner = Examiner({"work.png": work_of(place)}, reader, SMALL_CHECK, None, {})
    match = only(list(examiner.examine(source, [candidate(Kind.SHA256)], Monitor())))
    assert (match.grade, match.verified) == (Grade.IDENTICAL_FILE, True)
    assert "others may well have saved the very same file" in (match.caution or "")
