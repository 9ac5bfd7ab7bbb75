# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fingerprint is, and the record of all of them that one file gives.

A kind has a name, a lane and a version; the version changes whenever the same pixels could give another value, so
that nothing old is compared with something new.
"""

from dataclasses import dataclass
from enum import StrEnum

from indexer.core.hashing import Digests
from indexer.core.types import Lane
from indexer.fingerprints.quality import BLANK_BYTES, pdq_is_meaningful, phash_is_meaningful
from indexer.images.forms import Form


class Kind(StrEnum):
    """The kinds of fingerprint. The comment gives the form in which indexes keep them."""

    SHA256 = "sha256"  # 32 bytes, of the file
    MD5 = "md5"  # 16 bytes, of the file
    PIXEL_HASH = "pixel_hash"  # 16 bytes, of the decoded pixels
    PHASH = "phash"  # 64 bits, most significant bit first
    PDQ = "pdq"  # 256 bits, most significant bit first
    MINIATURE = "miniature"  # 256 numbers of length 1
    KEYPOINTS = "keypoints"  # places of a picture and short codes of what is around each
    CLIP = "clip"  # as many numbers as the model gives, of length 1

    @property
    def lane(self) -> Lane:
        """The question that this kind can answer."""
        if self in (Kind.CLIP, Kind.KEYPOINTS):
            return Lane.NEURAL if self is Kind.CLIP else Lane.LOCAL
        exact = (Kind.SHA256, Kind.MD5, Kind.PIXEL_HASH)
        return Lane.EXACT if self in exact else Lane.PERCEPTUAL


RECIPE = "phash 1, pdq 1, miniature 1, input 2"
"""Version of everything in `PictureFingerprints`: the parts' versions and that of the pixels that they are given."""

FORM_RECIPE = "forms 1"
"""Version of `PictureFingerprints.phash_forms`, which works are asked with and no index keeps."""


@dataclass(frozen=True, slots=True)
class FormHash:
    """The pHash of a work in a form that its copies are likely to have, for sets that publish nothing but hashes.

    Attributes:
        width, height: of the form, at the scale of the full work.
        phash: 64-bit value, upright.
    """

    form: Form
    width: int
    height: int
    phash: int


@dataclass(frozen=True, slots=True)
class PictureFingerprints:
    """Perceptual fingerprints of one picture, laid in all eight orientations (order of `Orientation`).

    Attributes:
        frame, frames: which picture of the file, from 1, of how many.
        width, height: full size in pixels, upright.
        phash: 64-bit values.
        phash_other: the upright pHash on black and of the file as opened, where they differ from `phash[0]`.
        pdq: 32 bytes each.
        pdq_quality: 0–100, PDQ's own measure of how much there is to see.
        miniature: float32 vectors of 256 numbers as bytes; empty for a flat picture.
        contrast: standard deviation of the 32 × 32 grey copy, 0–127.
        is_preview: made of the small copy that a painting program put into its document, and `width`, `height` are that
            copy's; the picture itself could not be read.
        phash_forms: in the forms that copies are likely to have, without those that are too plain.
        packed: bytes that the pixels of a picture take that is too plain, packed; None of others.

    `phash` and `pdq` are always there, to be shown; what may be searched for is `usable_phash` and `usable_pdq`.
    """

    frame: int
    frames: int
    width: int
    height: int
    phash: tuple[int, ...]
    phash_other: tuple[int, ...]
    pdq: tuple[bytes, ...]
    pdq_quality: int
    miniature: tuple[bytes, ...]
    contrast: float
    is_preview: bool = False
    phash_forms: tuple[FormHash, ...] = ()
    packed: int | None = None

    @property
    def usable_phash(self) -> tuple[int, ...]:
        """The pHash values, or none when the picture is too plain for them."""
        return self.phash if phash_is_meaningful(self.phash[0], self.contrast) else ()

    @property
    def usable_forms(self) -> tuple[FormHash, ...]:
        """The pHash of the forms, or none when the picture is too plain."""
        return self.phash_forms if self.usable_phash else ()

    @property
    def usable_pdq(self) -> tuple[bytes, ...]:
        """The PDQ values, or none when the picture is too plain for them."""
        return self.pdq if pdq_is_meaningful(self.pdq_quality) else ()

    @property
    def is_too_plain(self) -> bool:
        """Whether no perceptual fingerprint may be searched for; only the exact lane can find such a picture."""
        return not (self.usable_phash or self.usable_pdq or self.miniature)

    @property
    def too_plain_for(self) -> tuple[Kind, ...]:
        """The perceptual fingerprints that may not be searched for."""
        usable = {Kind.PHASH: self.usable_phash, Kind.PDQ: self.usable_pdq, Kind.MINIATURE: self.miniature}
        return tuple(kind for kind, values in usable.items() if not values)

    @property
    def is_blank(self) -> bool:
        """Whether there is so little in it that others may well have made the very same picture."""
        return self.packed is not None and self.packed < BLANK_BYTES


@dataclass(frozen=True, slots=True)
class FileFingerprints:
    """Everything computed from one file.

    Attributes:
        keypoints: of each picture, as an index keeps them (`picture_keypoints.row_keypoints`); empty where unasked.
        cut_short: why later frames or pages are missing, None when all were read. Such a record is used, not stored.
        created: day on which the file says that it was made, None where it says none.
    """

    digests: Digests
    pictures: tuple[PictureFingerprints, ...]
    cut_short: str | None = None
    keypoints: tuple[bytes, ...] = ()
    created: str | None = None


@dataclass(frozen=True, slots=True)
class FingerprintRecord:
    """Every fingerprint of one picture, in hex, as `exhibit-a fingerprint` prints it.

    Attributes:
        too_plain: which of the hashes are not searched for, because the picture has too little in it.
        skipped: why there are none, None when there are.
    """

    path: str
    sha256: str | None = None
    md5: str | None = None
    pixel_hash: str | None = None
    phash: str | None = None
    pdq: str | None = None
    pdq_quality: int | None = None
    width: int | None = None
    height: int | None = None
    too_plain: tuple[Kind, ...] = ()
    skipped: str | None = None
