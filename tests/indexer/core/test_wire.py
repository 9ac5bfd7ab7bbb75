"""Every dataclass that travels arrives as it was, and nothing else is taken for one."""

import dataclasses
import enum
import inspect
import types
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

import indexer.building.contract
import indexer.core.types
import indexer.fingerprints.base
import indexer.matching.contract
from indexer.core.hashing import Digests
from indexer.core.progress import Progress
from indexer.core.types import Artwork, Edit, EditKind, Grade, Match
from indexer.core.wire import from_json, to_json
from indexer.matching.contract import CheckPlaces, CheckSettings

MODULES = (indexer.core.types, indexer.matching.contract, indexer.building.contract)

_PLAIN: dict[Any, some.SearchStrategy[Any]] = {
    str: some.text(),
    bool: some.booleans(),
    int: some.integers(-(2**63), 2**64 - 1),
    float: some.floats(allow_nan=False, allow_infinity=False),
    bytes: some.binary(max_size=60),
    Path: some.text(max_size=30).map(Path),
    type(None): some.none(),
}


def defined_in(module: types.ModuleType) -> list[type]:
    return [
        kind
        for _, kind in inspect.getmembers(module, dataclasses.is_dataclass)
        if isinstance(kind, type) and kind.__module__ == module.__name__
    ]


TRAVELLERS = [Progress, Digests, *(kind for module in MODULES for kind in defined_in(module))]


def any_of(kind: Any) -> some.SearchStrategy[Any]:
    """Values of a type as our dataclasses use them, with every field drawn, defaults as well."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return some.sampled_from(kind)
    if dataclasses.is_dataclass(kind):
        return some.builds(kind, **{name: any_of(hint) for name, hint in get_type_hints(kind).items()})
    inner = get_args(kind)
    if get_origin(kind) in (Union, types.UnionType):
        return some.one_of(*map(any_of, inner))
    if get_origin(kind) is tuple and inner[-1] is ...:
        return some.lists(any_of(inner[0]), max_size=4).map(tuple)
    if get_origin(kind) is Mapping:
        return some.dictionaries(any_of(inner[0]), any_of(inner[1]), max_size=4)
    raise AssertionError(f"teach this test to draw {kind}")


def test_the_contracts_hold_the_types_that_this_test_is_about() -> None:
    names = {kind.__name__ for kind in TRAVELLERS}
    assert {"Match", "Coverage", "Artwork", "Skipped", "CheckSettings", "Found", "PictureBuild", "Built"} <= names


@pytest.mark.parametrize("kind", TRAVELLERS, ids=lambda kind: kind.__name__)
@given(data=some.data())
def test_any_value_arrives_as_it_was(kind: type, data: some.DataObject) -> None:
    value = data.draw(any_of(kind))
    assert from_json(to_json(value), kind) == value


@pytest.mark.parametrize("kind", TRAVELLERS, ids=lambda kind: kind.__name__)
@given(data=some.data())
def test_any_value_is_one_line(kind: type, data: some.DataObject) -> None:
    assert b"\n" not in to_json(data.draw(any_of(kind)))


def test_paths_arrive_as_paths() -> None:
    places = CheckPlaces(Path("/tmp/ü/cache"), Path("relative"), Path("a b/ledger.jsonl"))
    assert from_json(to_json(places), CheckPlaces) == places


def test_enums_arrive_as_members_and_tuples_as_tuples() -> None:
    settings = from_json(to_json(CheckSettings("art", ("coyo",))), CheckSettings)
    assert settings.lanes == CheckSettings("art", ("coyo",)).lanes
    assert type(settings.sources) is tuple


def test_a_missing_optional_field_takes_its_default() -> None:
    assert from_json(b'{"path":"a.png"}', Artwork) == Artwork("a.png")


def test_a_field_of_a_newer_program_is_passed_over() -> None:
    assert from_json(b'{"path":"a.png","mood":"blue"}', Artwork) == Artwork("a.png")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"", Artwork),
        (b"{", Artwork),
        (b"[]", Artwork),
        (b"{}", Artwork),
        (b'{"path":1}', Artwork),
        (b'{"path":"a","width":"wide"}', Artwork),
        (b'{"kind":"painted over"}', Edit),
        (b'{"cache":1,"checkpoints":"b","ledger":"c"}', CheckPlaces),
        (b'{"path":"\xff"}', Artwork),
    ],
)
def test_what_is_not_of_the_kind_is_refused(text: bytes, kind: type) -> None:
    with pytest.raises(msgspec.DecodeError):
        from_json(text, kind)


def test_a_part_of_a_larger_message_can_be_read_later() -> None:
    edit = Edit(EditKind.TURNED, 90.0)
    assert from_json(msgspec.Raw(to_json(edit)), Edit) == edit


def test_a_path_of_any_kind_crosses_as_its_text() -> None:
    assert to_json(PurePosixPath("a/b")) == b'"a/b"'


def test_what_is_no_data_does_not_cross() -> None:
    with pytest.raises(TypeError, match="object does not cross"):
        to_json(object())


def test_a_type_that_is_no_data_cannot_be_asked_for() -> None:
    @dataclasses.dataclass
    class Holder:
        thing: complex

    with pytest.raises(msgspec.ValidationError, match="complex does not cross"):
        from_json(b'{"thing":"1+2j"}', Holder)


def test_bytes_cross_as_base64() -> None:
    @dataclasses.dataclass
    class Thumbnail:
        jpeg: bytes

    assert to_json(Thumbnail(b"\xff\xd8\xff")) == b'{"jpeg":"/9j/"}'


def test_a_match_keeps_its_scores_and_edits() -> None:
    match = Match(
        "a.png", "index", "7", "k", None, "“quoted”\n", Grade.EDITED_COPY, verified=True, scores={"phash": 4.0}
    )
    assert from_json(to_json(match), Match) == match
