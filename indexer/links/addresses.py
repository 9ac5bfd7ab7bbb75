# SPDX-License-Identifier: GPL-3.0-or-later
"""Web addresses made comparable: one picture or page has many, and all of them should be told to be the same.

Scheme, case and script of the host, default port, percent-encoding, fragments and tracking words are levelled for
every address. Services that pass on or shrink pictures are data, in `resources/addresses/rules.toml`.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, unquote

from indexer.links.hosts import HostTable

_PARTS = re.compile(r"\s*(?:(?:[a-z][a-z0-9+.-]*:)?//)?([^/?#]*)([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)
"""Authority, path, query."""
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp|tiff?|jfif|heic)$", re.IGNORECASE)
_DEFAULT_PORTS = {"80", "443"}
_LONGEST_HOST = 253
"""RFC 1035 §2.3.4, less the two bytes that no name shows."""
_ROUNDS = 16
"""So often can one wrapping lie within another before the rest is left as it is."""

_PATH_SAFE, _QUERY_SAFE = "/!$'()*,;:@~+=&", "/!$'()*,;:@~+?"
_KEEP = "surrogateescape"
"""Bytes that are no UTF-8, as in addresses of old sites, come out as they went in."""


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address that are compared.

    Attributes:
        host: lower case, in the form that name servers know (`xn--…`), without `www.`.
        port: as digits, empty for the usual one.
        path: begins with a slash and ends without; percent-encoding undone.
        query: as it was written.
    """

    host: str
    port: str
    path: str
    query: str

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        path = quote(self.path, _PATH_SAFE, errors=_KEEP) if self.path != "/" or self.query else ""
        return f"{self.host}{port}{path}" + (f"?{self.query}" if self.query else "")


def read_address(text: str) -> Address | None:
    """The parts of an address, with or without its scheme; None when it has no host.

    An address of a service that passes on what lies elsewhere is read as the address of what it passes on.
    """
    address = _split(text)
    for _ in range(_ROUNDS):
        inner = _passed_on(address) if address else None
        if inner is None:
            break
        address = inner
    return address


def normalise(text: str) -> str:
    """The address as it is compared: the same for all forms and sizes of one picture's address, without a scheme.

    Text that is no address comes back as it is, without the white space around it.
    """
    for _ in range(_ROUNDS):
        address = read_address(text)
        level = str(_without_size(address)) if address else text.strip()
        if level == text:
            break
        text = level
    return text


@lru_cache(maxsize=1 << 14)
def level_host(host: str) -> str | None:
    """A host as `Address.host` has it; None when it is none."""
    host = unquote(host) if "%" in host else host
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    host = host.lower().rstrip(".")
    if len(host) > _LONGEST_HOST or not _HOST.fullmatch(host):
        return None
    bare = host.removeprefix("www.")
    return bare if "." in bare else host


def _split(text: str) -> Address | None:
    if not text.isascii():
        text = text.encode("utf-8", "ignore").decode("utf-8")  # halves of characters can be in no address
    parts = _PARTS.match(text)
    if parts is None:
        return None
    authority, path, query = parts.groups("")
    name, port = _without_user(authority.strip()) if ":" in authority or "@" in authority else (authority.strip(), "")
    host = level_host(name)
    if host is None:
        return None
    return Address(host, "" if port in _DEFAULT_PORTS else port, _level_path(path), query.strip())


def _without_user(authority: str) -> tuple[str, str]:
    """Host and port."""
    place = authority.rpartition("@")[2]
    host, colon, port = place.rpartition(":")
    has_port = colon and (port.isdecimal() or not port) and host.startswith("[") == host.endswith("]")
    return (host, port) if has_port else (place, "")


def _level_path(path: str) -> str:
    if "%" in path:
        path = unquote(path, errors=_KEEP)
    path = path.strip()
    if "//" not in path and "/." not in path:
        return path.rstrip("/") or "/"
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    return "/" + "/".join(kept)


def _level_query(query: str, dropped: frozenset[str], rules: "_Rules") -> str:
    """Pairs in order of their names, without those that say nothing of what is shown."""
    pairs = []
    for pair in query.split("&"):
        name, _, value = (unquote(piece, errors=_KEEP).strip() for piece in pair.partition("="))
        low = name.lower()
        if low not in dropped and low not in rules.tracking and not low.startswith(rules.tracking_begins):
            name, value = (quote(piece, _QUERY_SAFE, errors=_KEEP) for piece in (name, value))
            pairs.append(f"{name}={value}" if value else name)
    return "&".join(sorted(filter(None, pairs)))


@dataclass(frozen=True, slots=True)
class _Proxy:
    """Where the address that is passed on stands: behind `path`, or as the value of `parameter`."""

    path: re.Pattern[str]
    parameter: str | None


@dataclass(frozen=True, slots=True)
class _Size:
    """What a service writes into an address for another size of one picture."""

    path: re.Pattern[str] | None
    parameters: frozenset[str]
    pictures_only: bool


@dataclass(frozen=True, slots=True)
class _Rules:
    proxies: HostTable[_Proxy]
    sizes: HostTable[_Size]
    sizes_anywhere: tuple[_Size, ...]
    tracking: frozenset[str]
    tracking_begins: tuple[str, ...]


@cache
def _rules() -> _Rules:
    written = tomllib.loads((files("resources") / "addresses" / "rules.toml").read_text("utf-8"))
    sizes = written["size"]
    return _Rules(
        HostTable(_by_host((one, _proxy(one)) for one in written["proxy"])),
        HostTable(_by_host((one, _size(one)) for one in sizes if "hosts" in one)),
        tuple(_size(one) for one in sizes if "hosts" not in one),
        frozenset(written["tracking"]["names"]),
        tuple(written["tracking"]["begin_with"]),
    )


def _by_host(rules: Iterable[tuple[dict[str, Any], Any]]) -> Iterable[tuple[str, Any]]:
    return ((host, kept) for one, kept in rules for host in one["hosts"])


def _proxy(one: dict[str, Any]) -> _Proxy:
    return _Proxy(re.compile(one.get("path", "")), one.get("parameter"))


def _size(one: dict[str, Any]) -> _Size:
    path = re.compile(one["path"]) if "path" in one else None
    return _Size(path, frozenset(one.get("parameters", ())), one.get("pictures_only", False))


def _passed_on(address: Address) -> Address | None:
    """What an address of a passing service leads to; None for any other address."""
    for _, proxy in _rules().proxies.find(address.host):
        found = proxy.path.match(address.path)
        if not found:
            continue
        if proxy.parameter is None:
            tail = address.path[found.end() :]
            inner = _split(quote(tail, _PATH_SAFE, errors=_KEEP) + (f"?{address.query}" if address.query else ""))
        else:
            inner = _split(_parameter(address.query, proxy.parameter))
        if inner and "." in inner.host:
            return inner
    return None


def _parameter(query: str, name: str) -> str:
    values = (value for key, _, value in (pair.partition("=") for pair in query.split("&")) if key == name)
    return unquote(next(values, ""))


def _without_size(address: Address) -> Address:
    rules = _rules()
    path, dropped = address.path, set[str]()
    for size in (*(kept for _, kept in rules.sizes.find(address.host)), *rules.sizes_anywhere):
        if size.pictures_only and not _PICTURE.search(address.path):
            continue
        dropped |= size.parameters
        path = size.path.sub("", path) if size.path else path
    query = _level_query(address.query, frozenset(dropped), rules) if address.query else ""
    return replace(address, path=_level_path(path), query=query)
