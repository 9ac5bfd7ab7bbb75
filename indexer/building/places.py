# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an index can be put where it should go: a build replaces and removes only what builds have made."""

from pathlib import Path

from indexer.building.unfinished import JOURNAL_NAME
from indexer.core.errors import IndexProblem, StorageProblem
from indexer.fingerprints.base import Kind
from indexer.fingerprints.clip_models import ClipSpace, space_of
from indexer.index.manifest import MANIFEST_NAME, read_manifest

_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Left by systems in any folder that was looked at."""


def partial_of(out: Path) -> Path:
    """The folder in which an index is made until it is finished."""
    return Path(f"{out}.partial")


def check_place(pictures: Path, out: Path) -> None:
    """Refuse a place where a build would harm something that is not its own.

    Args:
        pictures: an existing folder or file.
        out: absolute, without links.

    Raises:
        StorageProblem: said in one sentence.
    """
    check_apart(pictures, out, "folder of pictures")
    check_free(out)


def check_apart(read: Path, out: Path, what: str) -> None:
    """Refuse a place that lies within what is to be read, or around it.

    Args:
        read: an existing folder or file.
        out: absolute, without links.
        what: what `read` is, for people.

    Raises:
        StorageProblem: said in one sentence.
    """
    if _is_within(read, out):
        raise StorageProblem(out, f"the index cannot be put inside the {what}; choose a place outside it")
    if _is_within(out, read.resolve()) or _is_within(partial_of(out), read.resolve()):
        raise StorageProblem(out, f"the {what} lies inside that place; choose another place")


def check_free(out: Path) -> None:
    """Refuse a place where something lies that is no index.

    Args:
        out: absolute, without links.

    Raises:
        StorageProblem: said in one sentence.
    """
    partial, old = partial_of(out), Path(f"{out}.old")
    if out.exists():
        _check_replaceable(out)
    if partial.exists() and not _is_unfinished_index(partial):
        raise StorageProblem(partial, "there is something else there, not an unfinished index; choose another place")
    if old.exists() and (out.exists() or not (partial / MANIFEST_NAME).is_file()):
        raise StorageProblem(old, "an older index lies there; move or remove it, because its place is needed")


def check_content_kept(out: Path, space: ClipSpace | None) -> None:
    """Refuse to replace an index whose content fingerprints, hours of work, the new one would not have.

    Another preparation of the pictures is no reason: the same model and weights are what makes them anew.

    Args:
        out: a place that `check_place` let pass.
        space: of the content fingerprints to be made; None for none.

    Raises:
        StorageProblem: said in one sentence.
    """
    content = read_manifest(out).lane_of(Kind.CLIP) if (out / MANIFEST_NAME).is_file() else None
    made = space_of(content.parameters) if content else None
    if content is None or made is None:
        return
    same_weights = space is not None and made.weights_sha256 in (None, space.weights_sha256)
    if space is None or not same_weights or (made.name, made.dimension) != (space.name, space.dimension):
        weights = f" and the weights {made.weights_sha256[:12]}…" if made.weights_sha256 else ""
        raise StorageProblem(
            out,
            f"it holds content fingerprints of {content.rows:,} pictures, made with {made.name}{weights}, which would "
            "be lost; choose the same model and weights, or another place",
        )


def _is_within(folder: Path, place: Path) -> bool:
    """Whether `place` is `folder` or lies below it, told by the system and not by the spelling."""
    return folder.exists() and any(above.exists() and above.samefile(folder) for above in (place, *place.parents))


def _check_replaceable(out: Path) -> None:
    """Whatever is in a replaced folder is removed, so it may hold nothing but an index."""
    if out.is_dir() and not any(out.iterdir()):
        return
    try:
        known = {MANIFEST_NAME, *read_manifest(out).files} | _LITTER
    except IndexProblem as problem:
        raise StorageProblem(
            out, "there is something else there, not an index that this version reads; choose another place"
        ) from problem
    foreign = sorted(place.name for place in out.iterdir() if place.name not in known)
    if foreign:
        raise StorageProblem(out, f"it also holds {foreign[0]}, which is no part of an index; move it elsewhere first")


def _is_unfinished_index(partial: Path) -> bool:
    if not partial.is_dir():
        return False
    names = [place.name for place in partial.iterdir()]
    return not names or any(name == MANIFEST_NAME or name.startswith(JOURNAL_NAME) for name in names)
