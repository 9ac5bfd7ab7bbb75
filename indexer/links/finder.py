# SPDX-License-Identifier: GPL-3.0-or-later
"""Says of an address, an account or a text whether it speaks of the artist, and why."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain

from indexer.core.types import Basis, Lane
from indexer.links.accounts import Account, account_of_name, account_of_site, same_form
from indexer.links.addresses import Address, read_address
from indexer.links.contract import Hit, Person
from indexer.links.names import find_name, read_name, why_not_name
from indexer.links.platforms import Platform, Reading, RuleBasis, platforms
from indexer.links.sites import read_site, why_not_site

_NO_HANDLE = "cannot be found in this set’s addresses"
_NUMBER = re.compile(r"(?:did:plc:\w+|[0-9a-f/]*\d[0-9a-f/]*)", re.IGNORECASE)
"""What platforms that number their accounts write into addresses."""

_SLUG = re.compile(r"[\s_.]+")


class Finder:
    """Knows one person.

    Attributes:
        address_needles, text_needles: lower-case pieces, one of which stands in every address or account, and in
            every text, that can be a hit, so that a reader of millions of rows may pass over all others. Empty when
            nothing can be a hit.
    """

    address_needles: Sequence[str]
    text_needles: Sequence[str]

    def __init__(self, person: Person) -> None:
        self.person = person
        sites = [site for site in map(read_site, person.sites) if site]
        pages = [account for account in map(account_of_site, sites) if account]
        of_accounts = {account.asked for account in pages}
        self._sites = [site for site in sites if site.asked not in of_accounts]
        named = [account for account in map(account_of_name, person.names) if account]
        self._own = {_key(one.platform, one.handle): one for one in reversed([*pages, *named])}
        self._named = [account for account in named if account.platform is None]
        self._names = [name for name in map(read_name, person.names) if name]
        self._slugs = {_slug(name.asked): name.asked for name in self._names if ":" not in name.asked}
        in_addresses = [one.needles for one in self._sites] + [one.needles for one in (*pages, *named)]
        self.address_needles = _shortest(chain.from_iterable(in_addresses))
        self.text_needles = _shortest(needle for name in self._names for needle in name.needles)

    def in_address(self, address: str) -> Hit | None:
        """The strongest reason in the address of a picture or a page."""
        parts = read_address(address) if self._may_hold(address) else None
        if parts is None:
            return None
        return self._on_site(parts) or self._on_platform(parts)

    def in_account(self, platform: str, account: str) -> Hit | None:
        """The reason in a column of accounts of a platform; empty for a platform that is not known."""
        if not self._may_hold(account):
            return None
        known = platforms().find(platform) if platform else None
        tags = account.split() if known and known.tags else [account]
        hits = [hit for tag in tags if (hit := self._in_one_account(known, tag))]
        return max(hits, key=lambda hit: hit.is_own, default=None)

    def in_text(self, text: str) -> Hit | None:
        """The reason in a caption or a list of tags: a name between word boundaries."""
        for name in self._names:
            if place := find_name(name, text):
                part = " (in this script the name may be a part of a longer word)" if name.is_unspaced else ""
                reason = (
                    f"“{place.words}” stands in the text “{place.around}”{part}; it may speak of somebody else of that "
                    "name, or of work in their manner"
                )
                return Hit(Lane.ATTRIBUTION, Basis.NAME, name.asked, is_own=False, reason=reason)
        return None

    def why_nothing(self, lane: Lane) -> str | None:
        """Why nothing at all can be found for this person in a lane; None where something can."""
        if lane is Lane.LOCATION:
            usable = bool(self._sites) or any(account.lane is lane for account in self._own.values())
            missing = "no site of yours was named"
        elif lane is Lane.ATTRIBUTION:
            usable, missing = bool(self._names or self._own), "no name or handle of yours was given"
        else:
            return None
        return None if usable else next(iter(self.unfindable(lane)), missing)

    def unfindable(self, lane: Lane, hosts: Collection[str] | None = None) -> tuple[str, ...]:
        """What the person named and this lane cannot find, one sentence each.

        Args:
            hosts: the only hosts of the addresses that are searched, where that is known of a set; its addresses are
                then taken to be those of pictures.
        """
        if lane is Lane.LOCATION:
            refused = [because for site in self.person.sites if (because := why_not_site(site))]
        else:
            refused = [because for name in self.person.names if (because := why_not_name(name))]
        accounts = [account for account in self._own.values() if account.platform and account.lane is lane]
        silent = [because for account in reversed(accounts) if (because := _why_not_in_pictures(account))]
        return tuple(dict.fromkeys((*refused, *silent, *self._not_on(lane, hosts))))

    def _may_hold(self, text: str) -> bool:
        low = text.lower()
        return any(needle in low for needle in self.address_needles)

    def _not_on(self, lane: Lane, hosts: Collection[str] | None) -> Iterator[str]:
        if hosts is None:
            return
        on_hosts = [Address(host, "", "/", "") for host in hosts]
        if lane is Lane.LOCATION:
            for site in self._sites:
                if not any(site.host == one.host or one.host.endswith("." + site.host) for one in on_hosts):
                    yield f"this set lists no addresses on {site.host}"
        elif self._named and not any(platforms().carries_handle(one.host) for one in on_hosts):
            yield f"your handle {_NO_HANDLE}, which carry none"

    def _on_site(self, parts: Address) -> Hit | None:
        for site in self._sites:
            if site.covers(parts):
                where = site.host + (site.path if site.path != "/" else "")
                reason = f"the address lies on {where}, which you named as a site of yours or of a client"
                return Hit(Lane.LOCATION, Basis.ADDRESS, site.asked, is_own=True, reason=reason)
        return None

    def _on_platform(self, parts: Address) -> Hit | None:
        reading = platforms().read(parts)
        if reading is None:
            return None
        if reading.handle:
            account = self._own.get(_key(reading.platform, reading.handle))
            if account:
                return _own_hit(account, reading)
        return self._maybe_on_platform(reading)

    def _maybe_on_platform(self, reading: Reading) -> Hit | None:
        """A handle that was named without a platform, or a file that is called after an artist."""
        if reading.handle:
            form = same_form(reading.handle, reading.platform)
            for account in self._named:
                if same_form(account.handle, reading.platform) == form:
                    return _somebodys_hit(account, reading.platform, reading.basis, "in this address")
        for edge, slug in (("begins", reading.begins), ("ends", reading.ends)):
            if slug and (asked := self._slug_at(edge, slug.lower())):
                reason = (
                    f"the file name in this address {edge} with the name {asked}, as {reading.platform.name} calls "
                    "files after the artist; somebody else may be called the same" + _mark(reading.basis)
                )
                return Hit(Lane.ATTRIBUTION, Basis.NAME, asked, is_own=False, reason=reason)
        return None

    def _slug_at(self, edge: str, file_name: str) -> str | None:
        for slug, asked in self._slugs.items():
            if file_name == slug or (
                file_name.startswith(slug + "-") if edge == "begins" else file_name.endswith("-" + slug)
            ):
                return asked
        return None

    def _in_one_account(self, platform: Platform | None, account: str) -> Hit | None:
        form = same_form(account, platform)
        if not form:
            return None
        forms = {form, form.partition("_(")[0]} if platform and platform.tags else {form}
        for one in forms:
            if platform and (own := self._own.get((platform.key, one))):
                reason = f"the row names your account {own.handle} on {platform.name}"
                return Hit(Lane.ATTRIBUTION, Basis.ACCOUNT, own.asked, is_own=True, reason=reason)
        named = self._named if platform else self._own.values()
        for asked in named:
            if same_form(asked.handle, platform) in forms:
                return _somebodys_hit(asked, platform, RuleBasis.DOCUMENTED, "named in this row")
        return None


def _key(platform: Platform | None, handle: str) -> tuple[str, str]:
    return platform.key if platform else "", same_form(handle, platform)


def _own_hit(account: Account, reading: Reading) -> Hit:
    platform = reading.platform.name
    basis = Basis.ADDRESS if account.lane is Lane.LOCATION and not reading.of_picture else Basis.ACCOUNT
    reason = f"your account {account.handle} on {platform} stands in this address" + _mark(reading.basis)
    return Hit(account.lane, basis, account.asked, is_own=True, reason=reason)


def _somebodys_hit(account: Account, platform: Platform | None, basis: RuleBasis, where: str) -> Hit:
    on = f" on {platform.name}" if platform else ""
    advice = f" – write {platform.key}:{account.handle} if it is" if platform else ""
    reason = (
        f"an account called {account.handle}{on} is {where}; whether it is yours, this program cannot know{advice}"
        + _mark(basis)
    )
    return Hit(Lane.ATTRIBUTION, Basis.ACCOUNT, account.asked, is_own=False, reason=reason)


def _mark(basis: RuleBasis) -> str:
    return f" ({basis.words})" if basis.words else ""


def _why_not_in_pictures(account: Account) -> str | None:
    """Why addresses of an account's pictures do not lead to it; None when they do."""
    platform = account.platform
    if platform is None or (platform.handle_in_addresses and not platform.number):
        return None
    if not platform.handle_in_addresses:
        why = f"addresses of pictures on {platform.name} carry {platform.number or 'no handle'}"
    elif _NUMBER.fullmatch(account.handle):
        return None
    else:
        why = f"addresses of pictures on {platform.name} carry {platform.number}"
    return f"your handle {account.handle} {_NO_HANDLE} where those are of pictures, since {why}{_mark(platform.basis)}"


def _slug(name: str) -> str:
    return _SLUG.sub("-", name.strip().lstrip("@").lower())


def _shortest(needles: Iterable[str]) -> tuple[str, ...]:
    """Without those that hold another one, which finds all that they find."""
    kept: list[str] = []
    for needle in sorted(set(needles), key=lambda one: (len(one), one)):
        if not any(short in needle for short in kept):
            kept.append(needle)
    return tuple(kept)
