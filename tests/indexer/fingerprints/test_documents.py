"""A painting program's document is known by the picture in it."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from indexer.fingerprints.base import PictureFingerprints
from indexer.fingerprints.intake import fingerprint_file, fingerprint_files
from indexer.images.scanning import scan
from tests.helpers.artist_files import clip, krita, procreate, psd
from tests.helpers.pictures import as_bytes, draw

PICTURE = draw(7)
PNG = as_bytes(PICTURE)


def save(folder: Path, name: str, data: bytes) -> Path:
    place = folder / name
    place.write_bytes(data)
    return place


@pytest.mark.parametrize("data", [krita(PNG), psd(PICTURE), clip(PNG)], ids=["krita", "photoshop", "clip"])
def test_a_document_has_its_own_digests_and_the_fingerprints_of_its_picture(data: bytes, tmp_path: Path) -> None:
    made = fingerprint_file(save(tmp_path, "a", data), "a")
    (picture,) = made.pictures
    (expected,) = fingerprint_file(save(tmp_path, "b", PNG), "b").pictures
    assert made.digests.sha256 == hashlib.sha256(data).hexdigest()
    assert (picture.phash, picture.pdq) == (expected.phash, expected.pdq)


def test_it_says_whether_only_a_preview_was_read(tmp_path: Path) -> None:
    small = as_bytes(PICTURE.resize((120, 90)))
    save(tmp_path, "a.procreate", procreate(small))
    save(tmp_path, "b.kra", krita(PNG, small))
    read = {made.file.name: made.fingerprints.pictures[0] for made in fingerprint_files(scan(tmp_path), workers=1)}
    assert {name: (picture.is_preview, picture.width) for name, picture in read.items()} == {
        "a.procreate": (True, 120),
        "b.kra": (False, 480),
    }


def test_a_record_from_before_previews_were_read_is_still_understood(tmp_path: Path) -> None:
    (picture,) = fingerprint_file(save(tmp_path, "a.png", PNG), "a.png").pictures
    old = msgspec.to_builtins(picture)
    del old["is_preview"]
    assert msgspec.convert(old, PictureFingerprints) == picture
