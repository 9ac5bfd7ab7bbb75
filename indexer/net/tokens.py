# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens of data and model hubs: kept by the system's keyring and nowhere else.

No token is ever written to a file, a log, the ledger, a command line or a case. It is sent only to the host that it
was stored for, and only where that host asks for one.
"""

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError

from indexer.core.errors import InputProblem

SERVICE = "exhibit-a"
"""Under which name the keyring shows our entries; the user of an entry is the host."""

NO_KEYRING = "this computer has no keyring that is open, so an access token cannot be kept"

_LEAST_PRIORITY = 1
"""The keyring library's own line between what the system protects and what lies open in a file (`keyring.core`)."""


def read_token(host: str) -> str | None:
    """The token for a host; None where there is none, or no keyring that could hold it."""
    backend = _usable_backend()
    try:
        return (backend.get_password(SERVICE, host.lower()) or None) if backend else None
    except (KeyringError, OSError):  # locked, and the user did not open it
        return None


def store_token(host: str, token: str) -> None:
    """Keep a token for a host, in place of an earlier one.

    Raises:
        InputProblem: it is no token, or there is no keyring that could keep it.
    """
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise InputProblem(host, "what was given is no access token: it has to be one word of plain letters and digits")
    backend = _usable_backend()
    if backend is None:
        raise InputProblem(host, NO_KEYRING)
    try:
        backend.set_password(SERVICE, host.lower(), token)
    except (KeyringError, OSError) as problem:
        raise InputProblem(host, "this computer's keyring did not take the access token") from problem


def forget_token(host: str) -> bool:
    """Remove the token for a host; tells whether there was one.

    Raises:
        InputProblem: the keyring did not remove it.
    """
    backend = _usable_backend()
    if backend is None or read_token(host) is None:
        return False
    try:
        backend.delete_password(SERVICE, host.lower())
    except PasswordDeleteError:
        return False
    except (KeyringError, OSError) as problem:
        raise InputProblem(host, "this computer's keyring did not remove the access token") from problem
    return True


def has_keyring() -> bool:
    """Whether a token could be kept at all."""
    return _usable_backend() is not None


def _usable_backend() -> KeyringBackend | None:
    """The keyring in use; None for the placeholders that keep nothing and for those that write an open file."""
    try:
        backend = keyring.get_keyring()
        return backend if backend.priority >= _LEAST_PRIORITY else None
    except (KeyringError, RuntimeError, OSError):  # a priority that cannot be told means that it does not work here
        return None
