# SPDX-License-Identifier: GPL-3.0-or-later
"""Own and client sites: which addresses lie on a site, and which sites would claim other people's pictures too."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from indexer.links.addresses import Address, level_host, normalise, read_address
from indexer.links.hosts import HostTable
from indexer.links.platforms import Reading, platforms

_RUN = re.compile(r"[a-z0-9]+")
_PERSON = re.compile(r"\s*(?:mailto:|[^/?#]*@)", re.IGNORECASE)

_COUNTRY = 2
"""Letters of a country's label."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site as it is compared: `example.org` has `www.example.org` and `cdn.example.org` in it, `example.org/art` all
    addresses whose path is `/art` or goes on from there. Case in paths is not looked at.
    """

    asked: str
    host: str
    port: str
    path: str

    def covers(self, address: Address) -> bool:
        """Whether an address lies on this site."""
        on_host = address.host == self.host or address.host.endswith("." + self.host)
        if not on_host or (self.port and address.port != self.port):
            return False
        path = address.path.lower()
        return self.path in ("/", path) or path.startswith(self.path + "/")

    @property
    def needles(self) -> frozenset[str]:
        """Lower-case pieces, one of which stands in every address that is recognised as lying on this site."""
        if next(platforms().at(self.host), None):  # the host would be in everybody's addresses there
            return frozenset({max(_RUN.findall(self.path), key=len)})
        try:
            readable = self.host.encode("ascii").decode("idna").lower()
        except UnicodeError:
            readable = self.host
        return frozenset({self.host, readable, quote(readable).lower()})


def read_site(asked: str) -> Site | None:
    """The site that somebody wrote; None when `why_not_site` has a reason."""
    return None if why_not_site(asked) else _parts(asked)


def account_on(site: Site) -> Reading | None:
    """Which account of which platform the site is the page of; None when it is none."""
    reading = platforms().read(Address(site.host, site.port, site.path, ""))
    return reading if reading and reading.handle else None


def why_not_site(asked: str) -> str | None:
    """Why this cannot be somebody's own site, in words that follow "not searched, because"; None when it can."""
    site = _parts(asked)
    if _PERSON.match(asked):
        return f"“{asked.strip()}” is an address for mail, not of a site"
    if site is None or ("." not in site.host and site.host != "localhost" and not site.host.startswith("[")):
        return f"“{asked.strip()}” is not the address of a site"
    if "?" in normalise(asked):
        return f"“{asked.strip()}” has a question mark, and what follows one marks off no site; write it without"
    if _is_suffix(site.host):
        return f"{site.host} is the ending of many people’s sites; write the whole name of yours"
    known = next(platforms().at(site.host), None)
    if known:
        return _why_not_on(known.name, asked, site)
    if site.path == "/" and platforms().is_above(site.host):
        return f"{site.host} is shared by many people; write the address of your own page there"
    shared = _shared()
    if site.path == "/" and any(shared.paths.find(site.host)):
        return f"{site.host} is shared by many people; add the path of your own page there"
    elsewhere = not any(shared.paths.find(site.host))
    if elsewhere and any(shared.sub_domains.find(site.host)):
        return f"{site.host} is shared by many people; write your own sub-domain of it"
    return None


def _why_not_on(name: str, asked: str, site: Site) -> str | None:
    reading = platforms().read(Address(site.host, site.port, site.path, ""))
    if reading and (reading.handle or (reading.post and not reading.of_picture)):
        return None
    if site.path == "/":
        return f"{site.host} is shared by everybody on {name}; write the address of your own page there"
    return f"“{asked.strip()}” is not the page of one account on {name}"


def _parts(asked: str) -> Site | None:
    address = read_address(asked)
    return Site(asked, address.host, address.port, address.path.lower()) if address else None


def site_of(url: str | None) -> str | None:
    """Whose site an address on the web lies on, as a host: `example.co.uk`, `luna.github.io`; None for none.

    The part that its holder registered, and one label more where many people have a sub-domain of one host.
    """
    address = read_address(url) if url and "://" in url else None
    return _registered(address.host) if address else None


@lru_cache(maxsize=1 << 14)
def _registered(host: str) -> str:
    labels = host.split(".")
    if host.startswith("[") or labels[-1].isdecimal():
        return host  # a bare number of a computer
    second = ".".join(labels[-2:])
    if _is_suffix(second) or any(_shared().sub_domains.find(second)):
        return ".".join(labels[-3:])
    return second


@dataclass(frozen=True, slots=True)
class _Shared:
    paths: HostTable[None]
    sub_domains: HostTable[None]
    second_levels: frozenset[str]


@cache
def _shared() -> _Shared:
    place = files("resources") / "addresses" / "shared_hosts.toml"
    written: Mapping[str, Any] = tomllib.loads(place.read_text("utf-8"))
    return _Shared(
        HostTable((host, None) for host in written["path_needed"]),
        HostTable((host, None) for host in written["subdomain_needed"]),
        frozenset(written["second_levels"]),
    )


def _is_suffix(host: str) -> bool:
    """Whether a host is something like `co.uk`, below which everybody has a site of their own."""
    first, _, last = host.partition(".")
    return first in _shared().second_levels and len(last) == _COUNTRY and level_host(last) == last
