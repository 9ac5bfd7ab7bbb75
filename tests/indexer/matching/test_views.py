"""Pictures for the second look: read in a process of their own, so that whatever they are costs one sentence."""

import hashlib
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from indexer.core.errors import Cancelled, InputProblem
from indexer.core.progress import Monitor
from indexer.images.loading import Limits
from indexer.images.variants import Orientation, lay
from indexer.matching.view import VIEW_EDGE
from indexer.matching.views import ViewReader
from tests.helpers.monitors import stop_after
from tests.helpers.odd_files import animation, black_png, one_of_each_kind, png_claiming, tiff_pages, turned
from tests.helpers.pictures import as_bytes, draw, save_all

LARGE = (1200, 801)


def why_not(reader: ViewReader, place: Path, frame: int = 1) -> str:
    with pytest.raises(InputProblem) as caught:
        reader.of_file(place, frame)
    assert caught.value.path == place.name, "the folders of this computer are nobody's business"
    return caught.value.because


def saved(folder: Path, data: bytes, name: str = "a.png") -> Path:
    place = folder / name
    place.write_bytes(data)
    return place


def test_a_large_picture_comes_small_and_says_how_large_it_is(reader: ViewReader, tmp_path: Path) -> None:
    place = saved(tmp_path, data := as_bytes(draw(1, LARGE)))
    seen = reader.of_file(place, 1)
    assert (seen.view.image.mode, seen.view.image.size) == ("RGB", (VIEW_EDGE, 342))
    assert seen.view.full_size == LARGE
    assert seen.sha256 == hashlib.sha256(data).hexdigest()


def test_a_small_picture_comes_as_it_is(reader: ViewReader, tmp_path: Path) -> None:
    place = saved(tmp_path, as_bytes(draw(1, (90, 60))))
    seen = reader.of_file(place, 1)
    assert np.array_equal(seen.view.array, np.asarray(draw(1, (90, 60))))


@pytest.mark.parametrize("kind", one_of_each_kind())
def test_bytes_give_the_same_as_a_file(reader: ViewReader, tmp_path: Path, kind: str) -> None:
    data = one_of_each_kind()[kind]
    place = saved(tmp_path, data)
    one, other = reader.of_file(place, 1), reader.of_bytes(data, "https://example.org/a.png", 1)
    assert (one.sha256, one.view.full_size) == (other.sha256, other.view.full_size)
    assert one.view.image.tobytes() == other.view.image.tobytes()


def test_a_picture_is_held_as_its_exif_says(reader: ViewReader, tmp_path: Path) -> None:
    place = saved(tmp_path, turned(draw(1, (90, 60)), 6, "PNG"))
    seen = reader.of_file(place, 1)
    assert seen.view.full_size == (60, 90)
    assert seen.view.image.tobytes() == lay(draw(1, (90, 60)), Orientation.TURNED_90).tobytes()


def test_see_through_parts_are_white(reader: ViewReader, tmp_path: Path) -> None:
    place = saved(tmp_path, as_bytes(Image.new("RGBA", (40, 30), (200, 0, 0, 0))))
    assert reader.of_file(place, 1).view.image.getcolors() == [(1200, (255, 255, 255))]


@pytest.mark.parametrize("data", [animation("GIF", 3), tiff_pages([draw(1), draw(2), draw(3)])], ids=["gif", "tiff"])
def test_each_frame_is_another_picture_of_the_same_file(reader: ViewReader, tmp_path: Path, data: bytes) -> None:
    place = saved(tmp_path, data)
    frames = [reader.of_file(place, frame) for frame in (1, 2, 3)]
    assert len({frame.view.image.tobytes() for frame in frames}) == 3
    assert len({frame.sha256 for frame in frames}) == 1
    assert why_not(reader, place, frame=4)


@pytest.mark.parametrize(
    ("data", "because"),
    [
        (b"", "the file is empty"),
        (as_bytes(draw(1))[:5000], "the PNG file is damaged or cut off"),
        (png_claiming(30_000, 30_000), "it has 900 megapixels (30000 × 30000); the most is 200"),
        (b"<html>not found</html>", ""),
        (b"GIF89a" + bytes(200), ""),
    ],
    ids=["empty", "cut off", "a bomb", "a web page", "noise"],
)
def test_a_broken_picture_is_a_sentence_and_the_next_is_read(
    reader: ViewReader, tmp_path: Path, data: bytes, because: str
) -> None:
    said = why_not(reader, saved(tmp_path, data))
    assert said
    assert said.startswith(because)
    with pytest.raises(InputProblem) as caught:
        reader.of_bytes(data, "https://example.org/a.png", 1)
    assert (caught.value.path, caught.value.because) == ("https://example.org/a.png", said)
    assert reader.of_file(saved(tmp_path, as_bytes(draw(2))), 1)


def test_a_picture_that_is_gone_is_a_sentence(reader: ViewReader, tmp_path: Path) -> None:
    assert "disappeared" in why_not(reader, tmp_path / "gone.png")


def test_a_folder_is_no_picture(reader: ViewReader, tmp_path: Path) -> None:
    assert "cannot read it" in why_not(reader, tmp_path)


def test_a_work_is_read_once_however_many_candidates_it_has(reader: ViewReader, tmp_path: Path) -> None:
    place = saved(tmp_path, as_bytes(draw(1)))
    first = reader.of_work(place, 1)
    place.unlink()
    assert reader.of_work(place, 1) is first
    with pytest.raises(InputProblem):
        reader.of_file(place, 1)


def test_one_that_takes_too_long_is_given_up_and_the_next_is_read(tmp_path: Path) -> None:
    slow, quick = saved(tmp_path, black_png(14_000, 14_000), "slow.png"), saved(tmp_path, as_bytes(draw(1)))
    with ViewReader(Monitor(), Limits(decode_s=0.3)) as hurried:
        assert why_not(hurried, slow) == "opening it took longer than 0.3 seconds"
        assert hurried.of_file(quick, 1)


def test_a_reader_whose_process_died_starts_another(tmp_path: Path) -> None:
    pictures = save_all(tmp_path, {"a.png": draw(1), "b.png": draw(2)})
    before = {child.pid for child in psutil.Process().children()}
    with ViewReader(Monitor()) as mortal:
        mortal.of_file(pictures / "a.png", 1)
        workers = [child for child in psutil.Process().children() if child.pid not in before]
        workers = [child for child in workers if "resource_tracker" not in " ".join(child.cmdline())]
        assert len(workers) == 1
        workers[0].kill()
        workers[0].wait()
        assert mortal.of_file(pictures / "b.png", 1)


def test_a_stop_ends_the_waiting(tmp_path: Path) -> None:
    place = saved(tmp_path, as_bytes(draw(1)))
    with ViewReader(stop_after(0)) as stopped, pytest.raises(Cancelled):
        stopped.of_file(place, 1)
