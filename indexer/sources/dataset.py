# SPDX-License-Identifier: GPL-3.0-or-later
"""What the catalogue says of one published data set. Every fact carries how sure it is and where it was read.

The records themselves are data, in `resources/datasets/`; `catalogue.py` reads them. Nothing here asks the network.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from indexer.core.types import Lane
from indexer.tables.columns import Columns


class Mark(StrEnum):
    """How sure a fact is.

    documented: a publisher's own page, paper or file says it. inferred: it follows from such words, or from sizes, and
    nobody says it. unverified: said somewhere, not confirmed by its publisher. memory: no source was read for it.
    """

    DOCUMENTED = "documented"
    INFERRED = "inferred"
    UNVERIFIED = "unverified"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """How sure a fact is, and where it was read; the source is empty only for what is from memory."""

    mark: Mark
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Sourced):
    """A fact in words."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Sourced):
    """How many rows; `about` where the figure is rounded."""

    value: int
    about: bool = False


class Host(StrEnum):
    """What kind of place a set lies at."""

    HUB = "hub"
    WEB = "web"
    SERVICE = "service"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Sourced):
    """Where a set lies.

    Attributes:
        repository: `owner/name` on the data hub, empty elsewhere.
        address: web address elsewhere, empty when it is not known.
        layout: which files there are, in words or as patterns.
    """

    host: Host
    repository: str = ""
    address: str = ""
    layout: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnGroup(Sourced):
    """Columns of one file, or of one kind of file, with what they say; fields as in `Columns`.

    Attributes:
        table: which file, where the set has several kinds.
        others: further columns.
    """

    table: str = ""
    url: tuple[str, ...] = ()
    caption: tuple[str, ...] = ()
    width: str | None = None
    height: str | None = None
    sha256: str | None = None
    md5: str | None = None
    pixel_hash: str | None = None
    phash: str | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    others: tuple[str, ...] = ()

    @property
    def columns(self) -> Columns:
        """The same as a table source is told it."""
        exact = (self.width, self.height, self.sha256, self.md5, self.pixel_hash, self.phash)
        return Columns(self.url, self.caption, *exact, accounts=self.accounts, key=self.key)

    @property
    def lanes(self) -> Iterator[Lane]:
        """What these columns can answer."""
        if self.sha256 or self.md5 or self.pixel_hash:
            yield Lane.EXACT
        if self.phash:
            yield Lane.PERCEPTUAL
        if self.url:
            yield Lane.LOCATION
        if self.caption or self.accounts:
            yield Lane.ATTRIBUTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors(Sourced):
    """Content fingerprints that are published with a set.

    Attributes:
        model: `MODEL,TAG` that makes the same, as in `clip_models.KNOWN`; empty when no known model does.
        words: what they are and where they lie.
    """

    words: str
    dimension: int
    model: str = ""


class Standing(StrEnum):
    """Whether a set could be had, when that was last looked at."""

    UP = "up"
    WITHDRAWN = "withdrawn"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class State(Fact):
    """How a set was last seen.

    Attributes:
        seen: when, as `2024-08-30`, `2024-08` or `2024`.
        withdrawn_since: a day likewise, empty when it was not withdrawn.
    """

    standing: Standing
    seen: str
    withdrawn_since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected(Sourced):
    """Nothing in it is younger than this day, month or year: the last crawl, or at the latest the publication."""

    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Size(Sourced):
    """Bytes of the whole set, or of a part of it that is named in `of`."""

    of: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLink(Sourced):
    """A model whose makers name this set as a source of its training data.

    Attributes:
        rule: which part of the set they say that they drew, empty when they do not say.
        by_others: not its makers say so, but somebody else.
    """

    model: str
    rule: str = ""
    by_others: bool = False

    @property
    def sentence(self) -> str:
        """The one sentence that may be said, without a full stop; it claims nothing of any single picture."""
        rule = f", drawing this part of it: {self.rule}" if self.rule else ""
        makers = f"the makers of {self.model}"
        said = f"reported, not by {makers}," if self.by_others else f"named by {makers}"
        return f"this data set is {said} as a source of its training data{rule}"


class Extent(StrEnum):
    """How much of a set the hub's viewer searches."""

    WHOLE = "whole"
    PART = "part"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer(Sourced):
    """What the hub's viewer searches of a set without any download; to be discovered anew each time it is asked."""

    repository: str
    extent: Extent


class RecipeKind(StrEnum):
    """What `datasets get` makes."""

    HASHES = "hashes"
    EXACT = "exact"
    TABLE = "table"
    EMBEDDINGS = "embeddings"
    FAISS = "faiss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(Sourced):
    """From a set to something that can be searched here. Mark and source are of the two sizes.

    Attributes:
        name: tells the recipes of a set apart.
        gives: what it makes, in plain words.
        files: patterns of files below the set's address: `{00..31}` counts, `*` is anything but a slash.
        columns: those that are read; empty for all.
        download, disk: bytes, as far as they are known before a server is asked.
        repository, base: where the files lie: on the hub, or below a web address.
        revision: branch of the repository; what is read is pinned to the commit that it names then.
    """

    name: str
    kind: RecipeKind
    gives: str
    files: tuple[str, ...]
    download: int
    disk: int
    lanes: tuple[Lane, ...]
    columns: tuple[str, ...] = ()
    repository: str = ""
    base: str = ""
    revision: str = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The place of one way into a set within the first look.

    Attributes:
        order: lower is earlier: what most likely finds something for the least.
        through: name of a recipe, or `viewer`.
        reason: why it stands there, in plain words.
    """

    order: int
    through: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One record of the catalogue.

    Attributes:
        slug: its name on the command line.
        about: what it is, in plain words.
        versions: as its publisher calls them.
        notes: what must be known to read it, or its answers, rightly.
        first_look: ways into it that belong to the first look; most sets have none.
    """

    slug: str
    name: str
    about: str
    rows: Count
    licence: Fact
    gate: Fact
    state: State
    places: tuple[Place, ...]
    versions: tuple[Fact, ...] = ()
    collected: Collected | None = None
    columns: tuple[ColumnGroup, ...] = ()
    vectors: tuple[Vectors, ...] = ()
    sizes: tuple[Size, ...] = ()
    models: tuple[ModelLink, ...] = ()
    notes: tuple[Fact, ...] = ()
    viewer: Viewer | None = None
    recipes: tuple[Recipe, ...] = ()
    first_look: tuple[Glance, ...] = ()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """What its columns and vectors could answer, were they here, in the order of `Lane`."""
        found = {lane for group in self.columns for lane in group.lanes}
        if any(vectors.model for vectors in self.vectors):
            found.add(Lane.NEURAL)
        return tuple(lane for lane in Lane if lane in found)

    def recipe(self, name: str) -> Recipe | None:
        """The recipe of that name."""
        return next((recipe for recipe in self.recipes if recipe.name == name), None)
