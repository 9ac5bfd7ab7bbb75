# SPDX-License-Identifier: GPL-3.0-or-later
"""PDQ, the 256-bit perceptual hash published with ThreatExchange, bit for bit as its reference computes it.

The reference is C++ without a ready-made Linux package, so the steps are done here in NumPy: luminance, a tent
filter made of two box filters each way, 64 × 64 samples, a cosine transform to 16 × 16, one bit a coefficient.

Order matters: in a symmetric picture half of the coefficients are nothing but rounding, so every sum is kept in
float32 and in the reference's order. `tests/indexer/fingerprints/test_pdq.py` compares with the reference.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from indexer.images.variants import Orientation

SAMPLES = 64
SIDE = 16
SMALLEST_EDGE = 5
"""Below this the reference gives an empty hash of quality 0."""

_FREQUENCIES = np.arange(1, SIDE + 1)
_DCT = (
    np.float64(np.float32(np.sqrt(2 / SAMPLES)))
    * np.cos((np.pi / 2 / SAMPLES) * _FREQUENCIES[:, None] * (2 * np.arange(SAMPLES)[None, :] + 1))
).astype(np.float32)
_MIRROR_SIGNS = np.where(_FREQUENCIES % 2 == 1, -1, 1).astype(np.float32)

Floats = NDArray[np.float32]


def pdq_orientations(picture: Image.Image) -> tuple[tuple[bytes, ...], int]:
    """PDQ of the picture laid in each of the eight orientations, 32 bytes each, and its quality 0–100.

    The turned hashes come from the same coefficients, as in the reference's dihedral hashes.
    """
    if min(picture.size) < SMALLEST_EDGE:
        return (bytes(SIDE * SIDE // 8),) * len(Orientation), 0
    samples = _downsample(_luminance(picture))
    coefficients = _cosine_transform(samples)
    hashes = tuple(_to_bits(_lay_coefficients(coefficients, orientation)) for orientation in Orientation)
    return hashes, _quality(samples)


def _luminance(picture: Image.Image) -> Floats:
    pixels = np.asarray(picture)
    if pixels.ndim == 2:
        return pixels.astype(np.float32)
    return (pixels[..., 0] * 0.299 + pixels[..., 1] * 0.587 + pixels[..., 2] * 0.114).astype(np.float32)


def _downsample(luminance: Floats) -> Floats:
    """64 × 64 samples after two box filters each way; a picture of exactly 64 × 64 is taken as it is."""
    height, width = luminance.shape
    if (height, width) == (SAMPLES, SAMPLES):
        return luminance
    for _ in range(2):
        luminance = _box_filter(np.ascontiguousarray(luminance.T), _window(width))
        luminance = _box_filter(np.ascontiguousarray(luminance.T), _window(height))
    return luminance[np.ix_(_sample_positions(height), _sample_positions(width))]


def _window(length: int) -> int:
    """Half a block: two passes of it average a whole block of 1/64 of the picture."""
    return (length + 2 * SAMPLES - 1) // (2 * SAMPLES)


def _sample_positions(length: int) -> NDArray[np.int64]:
    return ((np.arange(SAMPLES) + 0.5) * length / SAMPLES).astype(np.int64)


def _box_filter(rows: Floats, window: int) -> Floats:
    """Running mean down the rows, with a smaller window at both ends. All columns at once, one running sum each."""
    count, ahead = len(rows), (window + 2) // 2
    sums = np.empty_like(rows)
    widths = np.empty((count, 1), np.float32)
    total = np.zeros(rows.shape[1], np.float32)
    first, last = 0, ahead - 1
    for row in rows[:last]:
        total += row
    for position in range(count):
        sum_here = sums[position]
        if last < count:
            np.add(total, rows[last], out=sum_here)
            last += 1
        else:
            sum_here[:] = total
        if last - first > window or position + ahead > count:
            np.subtract(sum_here, rows[first], out=sum_here)
            first += 1
        widths[position] = last - first
        total = sum_here
    sums /= widths
    return sums


def _cosine_transform(samples: Floats) -> Floats:
    """16 × 16 coefficients of the lowest frequencies, without the constant; summed in the reference's order."""
    halfway: Floats = np.zeros((SIDE, SAMPLES), np.float32)
    coefficients: Floats = np.zeros((SIDE, SIDE), np.float32)
    for k in range(SAMPLES):
        halfway += _DCT[:, k, None] * samples[k][None, :]
    for k in range(SAMPLES):
        coefficients += halfway[:, k, None] * _DCT[:, k][None, :]
    return coefficients


def _lay_coefficients(coefficients: Floats, orientation: Orientation) -> Floats:
    """Of the laid picture: a mirror turns the sign of odd frequencies, a quarter turn transposes as well."""
    laid = coefficients * _MIRROR_SIGNS if orientation.is_mirrored else coefficients
    for _ in range(orientation.degrees // 90):
        laid = laid.T * _MIRROR_SIGNS
    return laid


def _to_bits(coefficients: Floats) -> bytes:
    """One bit a coefficient: above the lower median or not; last coefficient first, as PDQ is written in hex."""
    median = np.sort(coefficients, axis=None)[coefficients.size // 2 - 1]
    bits: NDArray[Any] = (coefficients > median).ravel()[::-1]
    return np.packbits(bits).tobytes()


def _quality(samples: Floats) -> int:
    """Sum of the clear steps between neighbouring samples, in percent of full brightness, scaled and capped."""
    steps = 0
    for difference in (samples[:-1] - samples[1:], samples[:, :-1] - samples[:, 1:]):
        percent = (difference * np.float32(100) / np.float32(255)).astype(np.int64)
        steps += int(np.abs(percent).sum())
    return min(100, steps // 90)
