# SPDX-License-Identifier: GPL-3.0-or-later
"""The time, always UTC, in the one spelling that files and reports use."""

from datetime import UTC, datetime


def utc_now() -> str:
    """Now, as `2026-11-24T09:30:00Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
