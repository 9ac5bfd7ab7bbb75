# SPDX-License-Identifier: GPL-3.0-or-later
"""The core's dataclasses as JSON and back, checked against their types; paths cross as text, bytes as base64."""

from pathlib import Path, PurePath
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def to_json(value: object) -> bytes:
    """JSON of a dataclass of ours, on one line."""
    return msgspec.json.encode(value, enc_hook=_encode)


def from_json(text: bytes | msgspec.Raw, kind: type[T]) -> T:
    """The dataclass that `text` holds.

    Raises:
        msgspec.DecodeError: it is not JSON, or not of that kind.
    """
    try:
        return msgspec.json.decode(text, type=kind, dec_hook=_decode)
    except UnicodeDecodeError as problem:  # msgspec looks at the bytes of a text only when it makes the text
        raise msgspec.DecodeError(str(problem)) from problem


def _encode(value: object) -> str:
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not cross")


def _decode(kind: type[Any], value: object) -> object:
    if issubclass(kind, PurePath) and isinstance(value, str):
        return Path(value)
    raise TypeError(f"{kind.__name__} does not cross")
