# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fingerprint of files and folders as records for people and other programs: `exhibit-a fingerprint`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from indexer.core.errors import InputProblem
from indexer.core.progress import Monitor
from indexer.core.types import Skipped
from indexer.fingerprints.base import FingerprintRecord
from indexer.fingerprints.exact import pixel_hash
from indexer.fingerprints.intake import FingerprintedFile, fingerprint_files
from indexer.images.loading import open_file
from indexer.images.scanning import printable, scan


def fingerprint_records(paths: Sequence[str], monitor: Monitor) -> Iterator[FingerprintRecord]:
    """Yield a record for each picture, page or skipped file, in the order given; a folder stands for its files."""
    for path in paths:
        try:
            for outcome in fingerprint_files(scan(Path(path), monitor), monitor=monitor):
                yield from _records(path, outcome)
        except InputProblem as problem:
            yield FingerprintRecord(printable(path), skipped=problem.because)


def _records(given: str, outcome: FingerprintedFile | Skipped) -> Iterator[FingerprintRecord]:
    if isinstance(outcome, Skipped):
        yield FingerprintRecord(_shown(given, outcome.path), skipped=outcome.because)
        return
    made, path = outcome.fingerprints, _shown(given, outcome.file.name)
    of_pixels = _pixel_hash(outcome)
    for picture in made.pictures:
        yield FingerprintRecord(
            path=path if picture.frame == 1 else f"{path}#{picture.frame}",
            sha256=made.digests.sha256,
            md5=made.digests.md5,
            pixel_hash=of_pixels,
            phash=f"{picture.phash[0]:016x}",
            pdq=picture.pdq[0].hex(),
            pdq_quality=picture.pdq_quality,
            width=picture.width,
            height=picture.height,
            too_plain=picture.too_plain_for,
        )


def _shown(given: str, name: str) -> str:
    return given if Path(given).is_file() else str(Path(given) / name)


def _pixel_hash(outcome: FingerprintedFile) -> str | None:
    """Decoded here and not in a worker: the file has just been decoded once without harm."""
    try:
        with open_file(outcome.file.path, outcome.file.name) as stream:
            return pixel_hash(stream, outcome.file.name, outcome.fingerprints.digests.md5)
    except InputProblem:
        return None
