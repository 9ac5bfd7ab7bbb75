# SPDX-License-Identifier: GPL-3.0-or-later
"""Reasons in plain words, one sentence a reason, for people who have never heard of a hash."""

from indexer.fingerprints.base import Kind
from indexer.images.forms import Form
from indexer.matching.appearance import Likeness
from indexer.matching.binomial import Share
from indexer.matching.thresholds_unseen import RECORDED_PHASH_BITS

_NAMES = {Kind.SHA256: "SHA-256", Kind.MD5: "MD5", Kind.PHASH: "pHash", Kind.PDQ: "PDQ"}
_FORMS = {
    Form.WITHOUT_BORDER: "your work without its border",
    Form.SQUARE: "the square middle of your work",
    Form.ON_SQUARE: "your work on a white square",
}
_BITS = {Kind.PHASH: 64, Kind.PDQ: 256}


def percent(share: float) -> str:
    """A share as a whole percentage, with a decimal where it is small."""
    return f"{share * 100:.0f} %" if share >= 0.1 else f"{share * 100:.1f} %"


def same_bytes(digest: Kind) -> str:
    """Reason for `identical_file`."""
    name = _NAMES[digest]
    return f"The file recorded in the data set has the same {name} as yours: it is the same file, byte for byte."


def same_bytes_as_published(digest: Kind, words: str) -> str:
    """Reason for `identical_file` by way of a file that the artist published; `words` says which."""
    return (
        f"{words[:1].upper()}{words[1:]} is the very same file as the one recorded in the data set: "
        f"both have the same {_NAMES[digest]}."
    )


def same_pixels() -> str:
    """Reason for `same_image` by the hash of all pixels."""
    return "The data set records the same hash of all pixels as your picture has: every pixel is the same."


def nothing_to_see() -> str:
    """Why equality says little of a blank picture."""
    return "There is next to nothing to see in your picture, so others may well have made the very same one."


def anybodys_file() -> str:
    """Caution for the same file of a blank picture."""
    return (
        "Needs a careful look: there is next to nothing to see in your picture, so others may well have saved the very "
        "same file."
    )


def recorded_picture(by: str, fetched_utc: str) -> str:
    """The picture fetched is the one that the row speaks of."""
    return f"The picture was fetched on {_day(fetched_utc)}, and has the {by} that the data set recorded."


def as_found(fetched_utc: str) -> str:
    """Nothing was recorded by which that could be told."""
    return (
        f"The picture is as found at its address on {_day(fetched_utc)}; the data set recorded nothing that could tell "
        "whether it was the same picture then."
    )


def same_frame(likeness: Likeness) -> str:
    """Reason for two whole pictures that show the same."""
    return (
        f"Both pictures were laid over each other and show the same in {percent(likeness.blocks_alike)} of "
        f"{likeness.blocks} places that have detail."
    )


def same_part(likeness: Likeness, inliers: int) -> str:
    """Reason for a part that was found again."""
    return (
        f"{inliers} points of your picture lie in the same arrangement there; where both overlap, "
        f"{percent(likeness.blocks_alike)} of {likeness.blocks} places that have detail show the same."
    )


def near_hash(kind: Kind, distance: float, form: Form | None = None) -> str:
    """Reason for a fingerprint that is near, of the whole work or of one of its forms."""
    if form:
        part = _FORMS.get(form, "a part of your work")
        if distance == 0:
            return f"The {_NAMES[kind]} fingerprint is that of {part}."
        return f"The {_NAMES[kind]} fingerprint differs in {distance:.0f} of {_BITS[kind]} bits from that of {part}."
    if distance == 0:
        return f"The {_NAMES[kind]} fingerprints are equal."
    return f"The {_NAMES[kind]} fingerprints differ in {distance:.0f} of {_BITS[kind]} bits."


def near_content(cosine: float) -> str:
    """Reason for a content fingerprint that is near."""
    return f"The content fingerprints (CLIP) have a cosine of {cosine:.3f}."


def not_calibrated(*, kept: bool) -> str:
    """Why that cosine counts for nothing; `kept`: there is a measurement, of weights not known as the published."""
    if kept:
        return (
            "What that is worth was measured with these weights, and kept, but this version cannot tell them from the "
            "published ones, so it does not count (not calibrated): similar only."
        )
    return "What that is worth was not measured with these weights (not calibrated): similar only, not counted."


def calibrated(unrelated: Share, listed: int, background: int = 0) -> str:
    """What that cosine was measured to be worth, by its lead over the nearest of a background where there is one."""
    lead = f", by its lead over the nearest of {background:,} other pictures" if background else ""
    return (
        f"Measured with these weights{lead}: among {listed:,} unrelated pictures, {unrelated.hits} of {unrelated.of} "
        f"pictures found one this near; at most {percent(unrelated.high)} do."
    )


def too_common() -> str:
    """Why a measured cosine still counts for nothing."""
    return "Unrelated pictures come this near too often: similar only, not counted."


def chance_hits(expected: float) -> str:
    """How many hits like this one chance alone explains."""
    if expected < 1e-6:
        return "A check of this size expects less than one chance hit this near in a million checks."
    if expected < 0.5:
        return f"A check of this size expects one chance hit this near in about {1 / expected:,.0f} checks."
    return f"A check of this size expects about {expected:,.1f} chance hits this near."


def not_seen(because: str) -> str:
    """The picture was not compared."""
    return f"Picture not seen: {because}."


def compared_and_different() -> str:
    """Reason for `looks_alike` after a comparison."""
    return "The pictures were compared and are not the same: similar only, not counted."


def too_plain() -> str:
    """Reason for `looks_alike` of two pictures with next to nothing in them."""
    return "The pictures were compared, but have too little detail to be told apart: similar only, not counted."


def changed() -> str:
    """The picture of today is not the one that the row records."""
    return "The picture found there today is not the one that the data set recorded, so it proves nothing about it."


def narrower(bits: int, rows: int) -> str:
    """What must be said of a search within fewer bits than usual; follows "searched, but"."""
    return f"only within {bits} of 64 bits, because among {rows:,} rows those further away are there by chance"


def computed_again(pictures: int, agreeing: int) -> str:
    """What fetched pictures bear out of how a data set computed its fingerprints; follows "searched, but"."""
    said = (
        f"how this data set computed its fingerprints is inferred; computed again on {pictures:,} fetched pictures: "
        f"{agreeing:,} agree with what it lists, within {RECORDED_PHASH_BITS} bits of 64"
    )
    others = "; the others were replaced at their address, or it computed them otherwise, and then copies are missed"
    return said + (others if agreeing < pictures else "")


def _day(utc: str) -> str:
    """The day alone, as in 2026-11-25; a reason is for any country."""
    return utc[:10]


def other_shape(form: Form | None = None) -> str:
    """The row records another aspect ratio than the work has, in the form that is near."""
    shape = _FORMS.get(form, "that part of your work") if form else "your picture"
    return f"The data set records another ratio of width to height than {shape} has."


def points_alone(votes: int) -> str:
    """Points agree, and no pixels were compared."""
    return (
        f"{votes} points of your picture lie in the same arrangement there; pictures with the same texture or caption "
        "do that too."
    )


def small_picture(width: int, height: int) -> str:
    """The row's picture has too few pixels."""
    return f"The data set records a picture of only {width} × {height} pixels, too small to be told from others."


def stands_for_others(kind: Kind, rows: int) -> str:
    """Many rows have the very same hash."""
    return (
        f"{rows:,} rows of this data set have the very same {_NAMES[kind]} fingerprint: most likely a picture that "
        "stands in for others, such as “picture removed”."
    )


def far_alone(*, are_too_few: bool) -> str:
    """The distance is too large for one hash alone; `are_too_few`: it was counted what is near, of too few pictures."""
    why = "nobody counted how near different pictures of this list come"
    if are_too_few:
        why = "this list has too few different pictures to say how near they come to each other"
    return f"Fingerprints this far apart can be chance: {why}."


def rather_plain() -> str:
    """The work has little to tell it from others."""
    return "Your picture is rather plain, so that others come near to it easily."
