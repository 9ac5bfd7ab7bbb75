# SPDX-License-Identifier: GPL-3.0-or-later
"""What travels between the rooms: the answers of a check, as frozen dataclasses and enums.

Nothing here decides anything. A room's own working types stay in that room.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Lane(StrEnum):
    """A way of looking: the question that a source is asked."""

    EXACT = "exact"
    PERCEPTUAL = "perceptual"
    LOCAL = "local"
    NEURAL = "neural"
    LOCATION = "location"
    ATTRIBUTION = "attribution"


class Grade(StrEnum):
    """How strong a finding is, strongest first. The order of the members is the order of strength."""

    IDENTICAL_FILE = "identical_file"
    SAME_IMAGE = "same_image"
    EDITED_COPY = "edited_copy"
    LISTED = "listed"
    NAMED = "named"
    POSSIBLE = "possible"
    LOOKS_ALIKE = "looks_alike"


LETTER_GRADES = frozenset({Grade.IDENTICAL_FILE, Grade.SAME_IMAGE, Grade.EDITED_COPY, Grade.LISTED})
"""Grades that may enter a removal request. `named` may enter only a privacy letter, after a confirmation."""


class Basis(StrEnum):
    """What a grade rests on."""

    BYTES = "bytes"
    PIXELS = "pixels"
    GEOMETRY = "geometry"
    HASH = "hash"
    EMBEDDING = "embedding"
    ADDRESS = "address"
    ACCOUNT = "account"
    NAME = "name"


class EditKind(StrEnum):
    """What was done to a copy. The unit of `Edit.amount` stands beside each kind."""

    RESIZED = "resized"  # copy's long edge / work's long edge
    MIRRORED = "mirrored"  # no amount
    TURNED = "turned"  # degrees clockwise
    CROPPED = "cropped"  # share of the work's area that is left, 0–1
    EMBEDDED = "embedded"  # share of the other picture that the work covers, 0–1
    STRETCHED = "stretched"  # how many times wider by how many times taller it became; under 1: taller
    TILTED = "tilted"  # seen at an angle or slanted; no amount
    INVERTED = "inverted"  # light and dark exchanged; no amount
    GREYED = "greyed"  # colours taken out; no amount
    RECOLOURED = "recoloured"  # degrees by which hues were turned, None where no one turn explains it
    SATURATED = "saturated"  # factor of the colours' strength
    TONED = "toned"  # factor of the contrast; about 1 where only the brightness moved
    POSTERISED = "posterised"  # reduced to few tones; no amount
    BLURRED = "blurred"  # no amount
    SHARPENED = "sharpened"  # no amount
    GRAINY = "grainy"  # noise was added; no amount
    COVERED = "covered"  # share of what both show that was written or pasted over, 0–1
    BLENDED = "blended"  # share of something else that was mixed in, 0–1


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of a copy, measured from the pixels, never guessed."""

    kind: EditKind
    amount: float | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, folder or page that was not looked at, and why, in one plain sentence."""

    path: str
    because: str


@dataclass(frozen=True, slots=True)
class Artwork:
    """One picture of the portfolio as a check reports it. `sha256` is of the file; sizes are after the EXIF turn.

    Attributes:
        note: what the result does not say of itself, such as that only a preview was looked at; None for nothing.
        created: day on which the file says that it was made, as `2021-08-30`; None where it says none.
        changed: day on which the file was last written, which shows no more than that it was there by then.
        plain: it has too little in it to be known by its look; `note` says so to the user.
        too_plain_for: kinds of fingerprint of its look (`phash`, `pdq`, `miniature`) that it has too little in it for:
            where a set has no other kind, it cannot be found.
    """

    path: str
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    skipped: str | None = None
    note: str | None = None
    created: str | None = None
    changed: str | None = None
    plain: bool = False
    too_plain_for: tuple[str, ...] = ()


LANES_OF_PERSONS = (Lane.LOCATION, Lane.ATTRIBUTION)
"""Asked once a check, by the artist's sites and names; the others are asked for each work."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One lane of one source: searched, or *not searched, because…*. Never reads as "not found".

    Attributes:
        note: what must be said of answers of this lane, in words that follow "searched, but"; None for nothing.
        partly: not searched as a whole, but some works, or a part of the rows, were; `because` says how much.
    """

    source: str
    dataset: str
    version: str
    rows: int
    lane: Lane
    searched: bool
    because: str | None = None
    note: str | None = None
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """One row of a source held against one work.

    Attributes:
        artwork: the work's path, None for grades that speak of no picture (`listed`, `named`).
        row: the row in the source's own terms.
        row_key: stable across rebuilds: data set, file and row, or content hash for pictures.
        verified: pixels or bytes were compared, not only fingerprints.
        confidence: measured on a labelled set, None while nobody has measured it.
        edit: the edits in words, None when there is none.
        chance: expected number of chance hits of the whole check at this distance, None where that has no meaning.
        scores: names and units as in resources/schemas/scores.schema.json.
        reasons: one plain sentence each.
        also: other works whose copy the same row may be, less well: a sketch and its final, versions of a series.
        copy: equal for rows that list one and the same copy, whatever their set; None where the row counts for nothing,
            and while the check has not come to its end.
        site: host of the row's address as its holder registered it, None for a row without an address on the web.
        recorded: digests of the row's file as the set has them, `sha256:…` or `md5:…` in lower-case hex.
        caution: why this match must be looked at before a letter names it, one plain sentence; None for nothing.
    """

    artwork: str | None
    source: str
    row: str
    row_key: str
    url: str | None
    caption: str | None
    grade: Grade
    verified: bool
    confidence: float | None = None
    basis: tuple[Basis, ...] = ()
    edit: str | None = None
    edits: tuple[Edit, ...] = ()
    chance: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    copy: int | None = None
    site: str | None = None
    recorded: tuple[str, ...] = ()
    caution: str | None = None

    @property
    def may_enter_letter(self) -> bool:
        """Whether a removal request may name this row, once the artist has said that the picture is theirs."""
        return self.grade in LETTER_GRADES
