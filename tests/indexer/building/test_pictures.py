"""An index holds what hashing each picture by hand gives, and says what it left out."""

import hashlib
import io
import json
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from indexer.building.contract import Built, PictureBuild
from indexer.building.size import about_size
from indexer.core.errors import Cancelled, IndexProblem, InputProblem
from indexer.core.progress import Monitor, Progress
from indexer.core.types import Lane
from indexer.fingerprints.base import RECIPE, Kind
from indexer.index.folder import PictureIndex
from indexer.index.manifest import Manifest, read_manifest
from indexer.index.row_table import PictureRow
from tests.helpers.indexes import build_index, content
from tests.helpers.monitors import WatchfulMonitor, stop_at
from tests.helpers.pictures import as_bytes, draw, save_all

SIZES = [(240, 180), (180, 240), (201, 133), (64, 64)]
ENDINGS = ["png", "jpg", "webp", "bmp", "gif", "tif"]


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty drawings of many kinds of file, in folders whose order is not that of their numbers."""
    names = [f"{'nmk'[seed % 3]}/{seed:02d} é.{ENDINGS[seed % len(ENDINGS)]}" for seed in range(60)]
    pictures = {name: draw(seed, SIZES[seed % len(SIZES)]) for seed, name in enumerate(names)}
    return save_all(tmp_path_factory.mktemp("sixty") / "pictures", pictures)


@pytest.fixture(scope="module")
def built(sixty: Path) -> Path:
    out = sixty.with_name("index")
    assert build_index(sixty, out, dataset="Sixty", version="3") == Built(rows=60, skipped=0, resumed=0)
    return out


@pytest.fixture(scope="module")
def names(sixty: Path) -> list[str]:
    return sorted(place.relative_to(sixty).as_posix() for place in sixty.rglob("*") if place.is_file())


def rows_of(index: Path) -> list[PictureRow]:
    with PictureIndex(index) as opened:
        return list(opened.rows)


def stored(index: Path, kind: str) -> dict[int, bytes]:
    """The codes of a kind by row, straight from the files."""
    codes, rows = np.load(index / f"{kind}.codes.npy"), np.load(index / f"{kind}.rows.npy")
    return {int(row): code.astype(">u8").tobytes() for row, code in zip(rows, codes, strict=True)}


def seen(place: Path) -> Image.Image:
    with Image.open(place) as picture:
        return picture.convert("RGB")


def bits_apart(one: dict[int, bytes], other: dict[int, bytes]) -> dict[int, int]:
    assert one.keys() == other.keys()
    return {row: (int.from_bytes(one[row]) ^ int.from_bytes(other[row])).bit_count() for row in one}


def test_each_row_has_the_facts_of_its_file(built: Path, sixty: Path, names: list[str]) -> None:
    expected = []
    for number, name in enumerate(names):
        data = (sixty / name).read_bytes()
        width, height = seen(sixty / name).size
        digests = hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest()
        expected.append(PictureRow(number, name, 1, width, height, *digests, len(data)))
    assert rows_of(built) == expected


def test_each_phash_is_imagehashs(built: Path, sixty: Path, names: list[str]) -> None:
    """A JPEG is decoded to grey at once, which may move two bits (DESIGN §4)."""
    expected = {row: bytes.fromhex(str(imagehash.phash(seen(sixty / name)))) for row, name in enumerate(names)}
    apart = bits_apart(stored(built, "phash"), expected)
    assert all(distance <= (2 if names[row].endswith("jpg") else 0) for row, distance in apart.items())
    assert sum(distance > 0 for distance in apart.values()) < 4


def test_each_pdq_is_the_references(built: Path, sixty: Path, names: list[str]) -> None:
    pdqhash = pytest.importorskip("pdqhash")
    expected = {}
    for row, name in enumerate(names):
        bits, quality = pdqhash.compute(np.asarray(seen(sixty / name)))
        if quality >= 50:
            expected[row] = np.packbits(bits).tobytes()
    apart = bits_apart(stored(built, "pdq"), expected)
    assert all(distance <= (6 if names[row].endswith("jpg") else 0) for row, distance in apart.items())


def test_each_miniature_is_the_picture_shrunk(built: Path, sixty: Path, names: list[str]) -> None:
    with PictureIndex(built) as index:
        held = index.vector_index("miniature")
        for number, name in enumerate(names):
            small = seen(sixty / name).convert("L").resize((32, 32), Image.Resampling.LANCZOS)
            grey = np.asarray(small.resize((16, 16), Image.Resampling.BOX), np.float32).ravel()
            unit = (grey - grey.mean()) / np.linalg.norm(grey - grey.mean())
            near = held.nearest(unit[None], 1)
            assert near.row.tolist() == [number]
            assert near.score[0] > 0.999


def test_each_digest_is_found(built: Path, sixty: Path, names: list[str]) -> None:
    with PictureIndex(built) as index:
        for number, name in enumerate(names):
            data = (sixty / name).read_bytes()
            assert index.exact_table("sha256").candidates(hashlib.sha256(data).digest()) == [number]
            assert index.exact_table("md5").candidates(hashlib.md5(data).digest()) == [number]


def test_the_manifest_says_what_it_is(built: Path, sixty: Path) -> None:
    manifest = read_manifest(built)
    assert (manifest.dataset, manifest.version, manifest.rows, manifest.skipped) == ("Sixty", "3", 60, 0)
    assert (manifest.sample, manifest.base_url, manifest.pictures_root) == (False, None, str(sixty))
    assert manifest.made.tool == "exhibit-a"
    assert [(record.kind, record.lane) for record in manifest.lanes] == [
        ("sha256", Lane.EXACT),
        ("md5", Lane.EXACT),
        ("phash", Lane.PERCEPTUAL),
        ("pdq", Lane.PERCEPTUAL),
        ("miniature", Lane.PERCEPTUAL),
        ("keypoints", Lane.LOCAL),
    ]
    assert manifest.lane_of("phash").parameters == {"bits": 64, "recipe": RECIPE}
    assert manifest.lane_of("pdq").parameters == {"bits": 256, "recipe": RECIPE}
    assert manifest.lane_of("miniature").parameters == {"dimension": 256, "recipe": RECIPE}


def test_nothing_but_the_index_is_left(built: Path) -> None:
    assert {place.name for place in built.parent.iterdir()} == {"pictures", "index"}
    assert {*read_manifest(built).files, "index.json"} == {place.name for place in built.iterdir()}


def test_the_same_pictures_give_the_same_bytes(built: Path, sixty: Path, tmp_path: Path) -> None:
    build_index(sixty, tmp_path / "again", dataset="Sixty", version="3")
    one, other = content(built), content(tmp_path / "again")
    without_time = [json.loads(files.pop("index.json")) | {"made": None} for files in (one, other)]
    assert without_time[0] == without_time[1]
    assert one == other


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return save_all(tmp_path / "pictures", {"a.png": draw(1), "b.png": draw(2)})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_what_was_not_taken_is_listed_with_its_reason(pictures: Path, out: Path) -> None:
    (pictures / "notes.txt").write_text("milk, eggs")
    (pictures / "empty.png").touch()
    (pictures / "cut.png").write_bytes((pictures / "a.png").read_bytes()[:3000])
    (pictures / "gone.png").symlink_to("nowhere")
    (pictures / "again").symlink_to(pictures, target_is_directory=True)
    assert build_index(pictures, out) == Built(rows=2, skipped=5, resumed=0)
    told = [json.loads(line) for line in (out / "skipped.jsonl").read_text(encoding="utf-8").splitlines()]
    assert told == [
        {"path": "again", "because": "it is a link to a folder, and links to folders are not followed"},
        {"path": "cut.png", "because": "the PNG file is damaged or cut off"},
        {"path": "empty.png", "because": "the file is empty"},
        {"path": "gone.png", "because": "it is a link to nothing"},
        {"path": "notes.txt", "because": "it is a text file, not a picture"},
    ]
    assert read_manifest(out).skipped == 5


def many_pages(kind: str, count: int, **options: object) -> bytes:
    first, *rest = [draw(700 + number, (120, 90)) for number in range(count)]
    out = io.BytesIO()
    first.save(out, kind, save_all=True, append_images=rest, **options)
    return out.getvalue()


def test_each_page_and_each_spread_frame_is_a_row(pictures: Path, out: Path) -> None:
    (pictures / "book.tif").write_bytes(many_pages("TIFF", 3))
    (pictures / "film.gif").write_bytes(many_pages("GIF", 9, duration=40))
    assert build_index(pictures, out) == Built(rows=10, skipped=0, resumed=0)
    rows = rows_of(out)
    assert [row.name for row in rows] == [
        "a.png",
        "b.png",
        "book.tif",
        "book.tif#2",
        "book.tif#3",
        "film.gif",
        "film.gif#3",
        "film.gif#5",
        "film.gif#7",
        "film.gif#9",
    ]
    assert len({row.sha256 for row in rows}) == 4
    pages = [imagehash.phash(draw(700 + number, (120, 90))) for number in range(3)]
    assert [stored(out, "phash")[number].hex() for number in (2, 3, 4)] == [str(page) for page in pages]


def test_pages_before_a_damaged_one_are_taken_and_the_rest_is_told(pictures: Path, out: Path) -> None:
    place = pictures / "book.tif"
    place.write_bytes(many_pages("TIFF", 3, compression="tiff_adobe_deflate"))
    with Image.open(place) as book:
        book.seek(1)
        second = book.tag_v2[273][0]
    data = bytearray(place.read_bytes())
    data[second : second + 200] = bytes(200)
    place.write_bytes(data)
    assert build_index(pictures, out) == Built(rows=3, skipped=1, resumed=0)
    assert [row.name for row in rows_of(out)] == ["a.png", "b.png", "book.tif"]
    told = json.loads((out / "skipped.jsonl").read_text())
    assert told == {"path": "book.tif", "because": "the TIFF file is damaged or cut off"}


def test_a_picture_too_plain_for_hashes_is_a_row_that_only_its_bytes_find(pictures: Path, out: Path) -> None:
    Image.new("RGB", (300, 200), "white").save(pictures / "c.png")
    build_index(pictures, out)
    counts = {record.kind: record.rows for record in read_manifest(out).lanes}
    assert counts == {"sha256": 3, "md5": 3, "phash": 2, "pdq": 2, "miniature": 2, "keypoints": 2}
    assert 2 not in stored(out, "phash")


def test_keypoints_are_kept_by_default_and_can_be_left_out(pictures: Path, out: Path) -> None:
    build_index(pictures, out, parts=False)
    assert Kind.KEYPOINTS not in {record.kind for record in read_manifest(out).lanes}
    assert not list(out.glob("keypoints*"))
    build_index(pictures, out)
    record = read_manifest(out).lane_of(Kind.KEYPOINTS)
    assert record is not None
    assert record.lane is Lane.LOCAL
    assert {"recipe", "keypoints", "bytes_a_keypoint"} == record.parameters.keys()
    size = sum(place.stat().st_size for place in out.glob("keypoints.faiss"))
    assert size >= int(record.parameters["keypoints"]) * int(record.parameters["bytes_a_keypoint"])


def test_more_pictures_than_parts_can_be_kept_of_are_a_sentence_that_says_what_to_do(
    pictures: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_all(pictures, {"a second.png": draw(8)})
    monkeypatch.setattr("indexer.building.parts.MOST_ROWS", 1)
    with pytest.raises(IndexProblem, match="at most 1 pictures; build several indexes, or use --no-parts"):
        build_index(pictures, out)


def test_what_is_foreseen_is_about_what_it_takes(tmp_path: Path, out: Path) -> None:
    pictures = save_all(tmp_path / "busy", {f"{seed}.png": draw(seed, (700, 500)) for seed in range(40)})
    foreseen = about_size(PictureBuild(pictures, out, "Busy"), Monitor())
    assert (foreseen.files, foreseen.with_parts) == (40, True)
    build_index(pictures, out)
    sizes = {place.name: place.stat().st_size for place in out.iterdir()}
    parts = sum(size for name, size in sizes.items() if name.startswith("keypoints"))
    assert 0.3 < parts / foreseen.parts_bytes < 1.3
    assert 0.9 < (sum(sizes.values()) - parts) / foreseen.fingerprint_bytes < 1.1
    left_out = about_size(PictureBuild(pictures, out, "Busy", parts=False), Monitor())
    assert not left_out.with_parts
    assert left_out.seconds < foreseen.seconds


def test_a_set_of_plain_pictures_alone_has_no_way_of_looking_but_bytes(tmp_path: Path, out: Path) -> None:
    save_all(tmp_path / "plain", {"a.png": Image.new("RGB", (300, 200), "white")})
    assert build_index(tmp_path / "plain", out).rows == 1
    assert [record.kind for record in read_manifest(out).lanes] == ["sha256", "md5"]


def test_a_turned_picture_is_indexed_as_it_is_seen(tmp_path: Path, out: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be seen turned by a quarter clockwise
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.jpg").write_bytes(as_bytes(draw(1, (240, 180)), "JPEG", quality=95, exif=exif))
    build_index(tmp_path / "pictures", out)
    (row,) = rows_of(out)
    assert (row.width, row.height) == (180, 240)


def test_the_same_file_twice_is_two_rows(pictures: Path, out: Path) -> None:
    (pictures / "copy of a.png").write_bytes((pictures / "a.png").read_bytes())
    build_index(pictures, out)
    assert [row.path for row in rows_of(out)] == ["a.png", "b.png", "copy of a.png"]
    assert len(set(stored(out, "phash").values())) == 2


def test_a_single_file_is_a_set_of_one(pictures: Path, out: Path) -> None:
    build_index(pictures / "a.png", out)
    assert [row.path for row in rows_of(out)] == ["a.png"]


def test_what_the_user_said_of_the_set_is_kept(pictures: Path, out: Path) -> None:
    build_index(pictures, out, base_url="https://example.org/x", sample=True)
    manifest = read_manifest(out)
    assert (manifest.base_url, manifest.sample) == ("https://example.org/x", True)


def test_a_shareable_index_says_nowhere_where_the_pictures_lie(tmp_path: Path, out: Path) -> None:
    pictures = save_all(tmp_path / "private-place" / "pictures", {"a.png": draw(1), "b.png": draw(2)})
    (pictures / "notes.txt").write_text("milk, eggs")
    build_index(pictures, out, shareable=True)
    assert read_manifest(out).pictures_root is None
    for name, data in content(out).items():
        assert b"private-place" not in data, name
        assert str(tmp_path).encode() not in data, name


@pytest.mark.parametrize("files", [{}, {"notes.txt": b"milk, eggs"}], ids=["empty", "no picture"])
def test_a_folder_without_pictures_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, out: Path, files: dict[str, bytes]
) -> None:
    (tmp_path / "none").mkdir()
    for name, data in files.items():
        (tmp_path / "none" / name).write_bytes(data)
    with pytest.raises(IndexProblem, match="there is no picture in that folder that could be read"):
        build_index(tmp_path / "none", out)
    assert {place.name for place in tmp_path.iterdir()} == {"none"}


def test_a_mistyped_folder_is_a_sentence_and_does_not_stand_in_the_way_of_the_right_one(
    pictures: Path, out: Path
) -> None:
    with pytest.raises(InputProblem, match="there is no such folder"):
        build_index(pictures.with_name("pcitures"), out)
    assert {place.name for place in pictures.parent.iterdir()} == {"pictures"}
    assert build_index(pictures, out).rows == 2


def test_the_monitor_is_told_how_far_it_has_come(pictures: Path, out: Path) -> None:
    (pictures / "notes.txt").write_text("milk, eggs")
    monitor = WatchfulMonitor()
    build_index(pictures, out, monitor)
    assert monitor.told == [
        *(Progress("reading pictures", done, 3) for done in range(4)),
        Progress("writing the index", 0),
    ]


def test_rebuilding_replaces_the_index_and_whoever_reads_the_old_one_goes_on(pictures: Path, out: Path) -> None:
    build_index(pictures, out)
    with PictureIndex(out) as old:
        held, rows = old.bit_index("phash"), old.rows
        vectors = old.vector_index("miniature")
        save_all(pictures, {"c.png": draw(3)})
        assert build_index(pictures, out).rows == 3
        assert (len(held), len(rows), len(vectors)) == (2, 2, 2)
        assert [row.path for row in rows] == ["a.png", "b.png"]
        codes = np.array([int(str(imagehash.phash(draw(seed))), 16) for seed in (1, 2, 3)], np.uint64)[:, None]
        assert held.search(codes, 0).row.tolist() == [0, 1]
    assert [row.path for row in rows_of(out)] == ["a.png", "b.png", "c.png"]
    assert {place.name for place in out.parent.iterdir()} == {"pictures", "index"}


def test_stopping_a_rebuild_leaves_the_old_index_as_it_was(pictures: Path, out: Path) -> None:
    build_index(pictures, out)
    before = content(out)
    save_all(pictures, {"c.png": draw(3)})
    with pytest.raises(Cancelled):
        build_index(pictures, out, stop_at("reading pictures", 1))
    assert content(out) == before


def test_identity_is_that_of_the_pictures(pictures: Path, out: Path, tmp_path: Path) -> None:
    build_index(pictures, out)
    first: Manifest = read_manifest(out)
    build_index(pictures, tmp_path / "elsewhere", shareable=True)
    assert read_manifest(tmp_path / "elsewhere").identity == first.identity
    draw(9).save(pictures / "b.png")
    build_index(pictures, out)
    assert read_manifest(out).identity != first.identity
