# SPDX-License-Identifier: GPL-3.0-or-later
"""When a post appeared, as pages and people write it."""

from datetime import UTC, datetime, timedelta

from indexer.exports.listed import iso_moment

_FIRST_POSTS = "1991"
"""The year of the first web page. What is earlier is an empty field (`1970-01-01`, `0001-01-01`), not a date."""


def post_moment(text: str | None) -> str | None:
    """A date by ISO 8601, as `Mention.published` has it; None for what is none, or cannot be the date of a post."""
    when = iso_moment(text)
    latest = f"{(datetime.now(UTC) + timedelta(days=1)).date()}"  # where the sun rises first it is tomorrow already
    return when if when and when >= _FIRST_POSTS and when[:10] <= latest else None
