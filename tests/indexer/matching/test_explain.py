"""Edits and reasons as people read them: whole sentences, and no word that needs a dictionary."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.fingerprints.base import Kind
from indexer.images.forms import Form
from indexer.matching import explain
from indexer.matching.appearance import Likeness
from indexer.matching.explain import chance_hits, near_hash, percent

LIKENESS = Likeness(blocks=120, blocks_alike=0.975, colour_step=4.0, residual=0.01, worst_spot=9.0)

SENTENCES = [
    explain.same_bytes(Kind.SHA256),
    explain.same_bytes(Kind.MD5),
    explain.same_frame(LIKENESS),
    explain.same_part(LIKENESS, 40),
    *(near_hash(kind, distance) for kind in (Kind.PHASH, Kind.PDQ) for distance in (0.0, 4.0)),
    *(near_hash(Kind.PHASH, distance, form) for form in Form for distance in (0.0, 2.0)),
    *(explain.other_shape(form) for form in Form),
    *(chance_hits(expected) for expected in (0.0, 1e-9, 1e-3, 0.02, 0.49, 0.5, 3.0, 12_345.6)),
    explain.not_seen("it is not on this machine, and nobody asked to fetch it"),
    explain.compared_and_different(),
    explain.too_plain(),
    explain.nothing_to_see(),
    explain.changed(),
    explain.other_shape(),
    explain.far_alone(are_too_few=False),
    explain.far_alone(are_too_few=True),
    explain.not_calibrated(kept=False),
    explain.not_calibrated(kept=True),
]
JARGON = (
    "hash|distance|threshold|keypoint|inlier|homography|residual|correlat|cosine|embedding|perceptual|lane|verdict"
    "|candidate|metric|score|trained|stolen|theft|infring"
)


@pytest.mark.parametrize(("share", "words"), [(1.0, "100 %"), (0.975, "98 %"), (0.1, "10 %"), (0.0421, "4.2 %")])
def test_a_small_share_has_a_decimal(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("kind", "distance", "sentence"),
    [
        (Kind.PHASH, 0.0, "The pHash fingerprints are equal."),
        (Kind.PHASH, 4.0, "The pHash fingerprints differ in 4 of 64 bits."),
        (Kind.PDQ, 31.0, "The PDQ fingerprints differ in 31 of 256 bits."),
    ],
)
def test_how_near_a_fingerprint_is(kind: Kind, distance: float, sentence: str) -> None:
    assert near_hash(kind, distance) == sentence


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        (1e-9, "A check of this size expects less than one chance hit this near in a million checks."),
        (0.001, "A check of this size expects one chance hit this near in about 1,000 checks."),
        (2.0, "A check of this size expects about 2.0 chance hits this near."),
        (12_345.0, "A check of this size expects about 12,345.0 chance hits this near."),
    ],
)
def test_how_many_hits_chance_alone_explains(expected: float, sentence: str) -> None:
    assert chance_hits(expected) == sentence


@given(expected=st.floats(0, 1e9))
def test_any_expectation_is_one_sentence_without_powers_of_ten(expected: float) -> None:
    words = chance_hits(expected)
    assert words.endswith(".")
    assert not re.search(r"\de[+-]?\d|inf|nan", words)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_reasons_are_sentences_without_jargon(sentence: str) -> None:
    assert sentence[0].isupper() or sentence[0].isdigit()
    assert sentence.endswith(".")
    assert not sentence.endswith("..")
    plain = sentence.replace("pHash", "")  # a name, as PDQ is
    assert not re.search(JARGON, plain, re.IGNORECASE)


@pytest.mark.parametrize(
    ("form", "distance", "sentence"),
    [
        (Form.WITHOUT_BORDER, 0.0, "is that of your work without its border."),
        (Form.SQUARE, 2.0, "differs in 2 of 64 bits from that of the square middle of your work."),
        (Form.ON_SQUARE, 4.0, "differs in 4 of 64 bits from that of your work on a white square."),
        (Form.WITHOUT_TOP, 2.0, "differs in 2 of 64 bits from that of a part of your work."),
    ],
)
def test_which_form_of_the_work_a_fingerprint_is_near(form: Form, distance: float, sentence: str) -> None:
    assert near_hash(Kind.PHASH, distance, form) == f"The pHash fingerprint {sentence}"
