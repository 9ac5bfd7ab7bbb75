# SPDX-License-Identifier: GPL-3.0-or-later
"""Says of an address, an account or a text whether it speaks of the artist, and why."""

from collections.abc import Sequence

from indexer.links.contract import Hit, Person


class Finder:
    """Knows one person.

    Attributes:
        address_needles, text_needles: lower-case pieces, one of which stands in every address or text that can be a
            hit, so that a reader of millions of rows may pass over all others. Empty when nothing can be a hit.
    """

    address_needles: Sequence[str]
    text_needles: Sequence[str]

    def __init__(self, person: Person) -> None:
        self.person = person
        self.address_needles, self.text_needles = (), ()

    def in_address(self, address: str) -> Hit | None:
        """The strongest reason in the address of a picture or a page."""
        raise NotImplementedError

    def in_account(self, platform: str, account: str) -> Hit | None:
        """The reason in a column of accounts of a platform; empty for a platform that is not known."""
        raise NotImplementedError

    def in_text(self, text: str) -> Hit | None:
        """The reason in a caption or a list of tags: a name between word boundaries."""
        raise NotImplementedError
