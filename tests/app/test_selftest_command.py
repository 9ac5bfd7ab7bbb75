"""`exhibit-a index selftest`."""

import shutil
from pathlib import Path

import numpy as np

from tests.helpers.embeddings import save_clip_retrieval
from tests.helpers.faiss_folders import make_index, save, unit_vectors, write_metadata, write_report
from tests.helpers.indexes import sign_again
from tests.helpers.program import run


def test_a_sound_index_is_said_to_be_sound_with_figures_and_bounds(index: Path) -> None:
    done = run("index", "selftest", index, "--rows", 20)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Test set 7: 34 rows, 20 of them asked for\n")
    assert "  sha256      found 20 of 20 (83.2–100.0 %)" in done.stdout
    assert "Asked for: mirrored" in done.stdout
    assert "bits" in done.stdout
    assert "Not tested: similar content, because this index holds no content fingerprints (CLIP)" in done.stdout
    assert "Nothing is wrong with what was tested." in done.stdout


def test_an_index_whose_rows_are_mixed_up_is_told_in_a_sentence(index: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(index, tmp_path / "ix")
    for name in ("phash.rows.npy", "pdq.rows.npy"):
        np.save(copy / name, np.roll(np.load(copy / name), 1))
    sign_again(copy)
    (tmp_path / "empty").mkdir()
    done = run("index", "selftest", copy, "--pictures", tmp_path / "empty")
    assert done.returncode == 1
    assert "Wrong with this index: the rows’ facts and their fingerprints do not belong together: in " in done.stderr
    assert "No picture of these rows is at hand" in done.stdout
    assert "Nothing is wrong" not in done.stdout
    assert "Traceback" not in done.stderr


def test_a_folder_of_another_maker_is_tested_with_no_model_at_hand(tmp_path: Path) -> None:
    save(make_index("IVF8,Flat", unit_vectors(300, dimension=512)), tmp_path / "image.index")
    write_metadata(tmp_path / "metadata", 300)
    write_report(tmp_path / "image.json", "nprobe=1")
    done = run("index", "selftest", f"{tmp_path}#model=ViT-B-32-quickgelu,openai", "--rows", 50)
    assert done.returncode == 0, done.stderr
    assert ": 300 rows, 50 of them asked for\n" in done.stdout
    assert (
        "  clip        of 50, 50 came first, 50 among the first 24 (92.9–100.0 %), half of them within" in done.stdout
    )
    assert "Asked for: its own vector, turned aside to a cosine of 0.80" in done.stdout
    assert "this index looks at 1 of 8 lists only, so some rows are missed" in done.stdout
    assert "cannot be judged here" in done.stdout
    assert "No picture of these rows is at hand" not in done.stdout


def test_embeddings_that_are_not_those_of_the_index_are_told_in_a_sentence(tmp_path: Path) -> None:
    held = unit_vectors(60)
    save(make_index("Flat", held), tmp_path / "index" / "image.index")
    write_metadata(tmp_path / "index" / "metadata", 60)
    save_clip_retrieval(tmp_path / "embeddings", held[::-1])
    done = run("index", "selftest", tmp_path)
    assert done.returncode == 1
    assert "Wrong with this index: index and embeddings do not belong together: 60 of 60 vectors" in done.stderr
    assert "Nothing is wrong" not in done.stdout
    assert "Traceback" not in done.stderr


def test_what_is_no_index_is_said_in_one_sentence(tmp_path: Path) -> None:
    done = run("index", "selftest", tmp_path)
    assert done.returncode == 1
    assert "it is not an index folder" in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3
