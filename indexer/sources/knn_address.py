# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of a lookup service as the user writes it: where it is, and after `#` what the service does not say.

    https://knn.example.org/laion#index=laion5B-L-14&model=ViT-L-14-quickgelu,openai

`/knn-service` at the end may be there or not. What stands after `#` is for this program and is never sent.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from indexer.core.errors import InputProblem

_ENDPOINT = "/knn-service"
_LONGEST_VECTOR = 16_384


@dataclass(frozen=True, slots=True)
class KnnAddress:
    """Where a service is, and what the user says of it.

    Attributes:
        base: without a slash at the end; `/knn-service` is put behind it.
        index: which of its indexes, None when it has to be the only one.
        model: `MODEL,TAG` that its vectors were made with, None when the user does not say.
        dimension: numbers in each of its vectors, None when it is to be found out.
    """

    base: str
    index: str | None = None
    model: str | None = None
    dimension: int | None = None

    @property
    def place(self) -> str:
        """The address without its scheme, for row keys."""
        return self.base.partition("://")[2]


def parse_address(written: str) -> KnnAddress:
    """Read an address.

    Raises:
        InputProblem: it is none, or what stands after `#` is not understood.
    """
    address, _, said = written.strip().partition("#")
    try:
        parts = urlsplit(address)
        complete = bool(parts.scheme in ("http", "https") and parts.hostname)
    except ValueError:
        complete = False
    if not complete:
        raise InputProblem(written, "it is not a complete web address")
    if parts.query:
        raise InputProblem(written, "the address of a lookup service has no question mark; its options stand after #")
    base = address.rstrip("/?").removesuffix(_ENDPOINT).rstrip("/")
    options = _options(written, said)
    return KnnAddress(base, options.get("index"), options.get("model"), _dimension(written, options.get("dimension")))


def _options(written: str, said: str) -> dict[str, str]:
    """What stands after `#`. A plus sign is a plus sign: names of indexes have them, and nobody writes forms here."""
    try:
        pairs = parse_qsl(said.replace("+", "%2B"), keep_blank_values=True, strict_parsing=bool(said))
    except ValueError as problem:
        raise InputProblem(written, f"after # it says “{said}”; {_HOW}") from problem
    for name, value in pairs:
        if name not in ("index", "model", "dimension") or not value.strip():
            raise InputProblem(written, f"after # it says “{name}={value}”; {_HOW}")
    return {name: value.strip() for name, value in pairs}


_HOW = "what may stand there is #index=NAME&model=MODEL,TAG&dimension=NUMBER, or a part of it"


def _dimension(written: str, said: str | None) -> int | None:
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and 0 < int(said) <= _LONGEST_VECTOR):
        raise InputProblem(written, f"the number of numbers in a vector is between 1 and {_LONGEST_VECTOR:,}")
    return int(said)
