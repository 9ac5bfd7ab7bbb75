# SPDX-License-Identifier: GPL-3.0-or-later
"""When a picture was made, as its file says: EXIF (`DateTimeOriginal`, `DateTimeDigitized`) and XMP (`CreateDate`).

Cameras, scanners and painting programs write these; a copy keeps them. `DateTime` and `ModifyDate` are of the last
change and are not read. None of them proves anything: a clock can be wrong, and a photograph of a painting has the date
of the photograph.
"""

import re
from datetime import date

from PIL import Image

_EXIF_IFD = 0x8769
_EXIF_DATES = (0x9003, 0x9004)  # DateTimeOriginal, DateTimeDigitized
_TIFF_XMP = 700

_MOST_XMP = 1 << 20
_XMP_DATE = re.compile(
    rb"(?:xmp:CreateDate|photoshop:DateCreated|exif:DateTimeOriginal)\s*(?:=\s*[\"']|>)\s*(\d{4}-\d{2}-\d{2})"
)
_DAY = re.compile(r"\s*(\d{4})[:-](\d{2})[:-](\d{2})")


def created_in(image: Image.Image) -> str | None:
    """The earliest day that the file names as that of its making, as `2021-08-30`; None where it names none.

    Whatever is wrong with its metadata costs the day, and not the picture.
    """
    try:
        days = {*_exif_days(image), *_xmp_days(image)}
    except Exception:  # noqa: BLE001 - metadata of strangers, read by parsers of others
        return None
    return min(days, default=None)


def _exif_days(image: Image.Image) -> set[str]:
    within = image.getexif().get_ifd(_EXIF_IFD)
    return {day for tag in _EXIF_DATES if (day := _as_day(str(within.get(tag, ""))))}


def _xmp_days(image: Image.Image) -> set[str]:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if not packet:
        packet = getattr(image, "tag_v2", {}).get(_TIFF_XMP, b"")
    packet = packet.encode() if isinstance(packet, str) else bytes(packet)
    found = _XMP_DATE.findall(packet[:_MOST_XMP])
    return {day for text in found if (day := _as_day(text.decode()))}


def _as_day(text: str) -> str | None:
    """A day that there is; clocks that were never set write `0000:00:00`."""
    parts = _DAY.match(text)
    try:
        return date(*(int(part) for part in parts.groups())).isoformat() if parts else None
    except ValueError:
        return None
