# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a picture is in an archive of unknown layout: what an account keeps of others is not its owner's work.

The words for such places and the names of fields are inferred from the platforms' pages and programming interfaces.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

_OF_OTHERS = re.compile(
    r"(?:(?:my|your|user)[-_ ])?"
    r"(?:favou?rites?|favou?rited|faves|likes|liked|collections?|watch|watched|watching|watchers|watchlist"
    r"|following|followers|messages?|notes?|inbox|bookmarks)"
    r"(?:[-_ ](?:artworks?|attachments|data|deviations|export|files|folders?|images|list|media|pictures|projects"
    r"|\d+))*",
    re.IGNORECASE,
)
"""A whole name of a folder, list or field: a work may have such a word in its title."""

_ACCOUNT = re.compile(
    r"(?:^|/)(?:(?:my|your|user)[-_ ])?(?:account|profile|user|personal[-_ ]?(?:information|info|data))"
    r"(?:[-_ ](?:information|info|data|details|profile))?\.(?:json|csv)$",
    re.IGNORECASE,
)
_WRAPPERS = ("account", "profile", "owner", "user", "me")
_AUTHORS = ("author", "artist", "creator", "user", "owner", "author_name", "artist_name", "username")
_NAMES = ("username", "user_name", "full_name", "display_name", "name")


def is_word_of_others(word: object) -> bool:
    """Whether a folder, list or field of this name holds what others made."""
    return isinstance(word, str) and _OF_OTHERS.fullmatch(word) is not None


def lies_with_others(name: str) -> bool:
    """Whether a file lies in a folder of what others made; its own name may be the title of a work."""
    return any(map(is_word_of_others, PurePosixPath(name).parts[:-1]))


def lists_others(name: str) -> bool:
    """Whether a list is one of what others made."""
    return lies_with_others(name) or is_word_of_others(PurePosixPath(name).stem)


def describes_account(name: str) -> bool:
    """Whether a file of this name says who the account's owner is."""
    return _ACCOUNT.search(name) is not None and not lists_others(name)


def owner_in_account(content: object) -> frozenset[str]:
    """What the owner is called in a file on the account: that file is one entry, or a list of one."""
    if isinstance(content, list):
        content = content[0] if len(content) == 1 else None
    if not isinstance(content, dict):
        return frozenset()
    return _called(content) or owner_in_list(content)


def owner_in_list(content: object) -> frozenset[str]:
    """What the owner is called in a list of works that has the account beside the works."""
    if not isinstance(content, dict):
        return frozenset()
    people = (_called(content[key]) for key in _WRAPPERS if isinstance(content.get(key), dict))
    return next(filter(None, people), frozenset())


def is_by_another(entry: Mapping[str, object], owner: frozenset[str]) -> bool:
    """Whether an entry names an author, and not the owner; never where it is not known who the owner is."""
    authors = next(filter(None, (_called(entry.get(field)) for field in _AUTHORS)), frozenset())
    return bool(owner and authors) and owner.isdisjoint(authors)


def _called(person: object) -> frozenset[str]:
    """The names of a person, written as one name or as an object, as they are compared: letters and digits alone."""
    names = [person.get(field) for field in _NAMES] if isinstance(person, dict) else [person]
    folded = ("".join(filter(str.isalnum, name)).casefold() for name in names if isinstance(name, str))
    return frozenset(filter(None, folded))
