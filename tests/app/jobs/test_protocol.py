"""What crosses between the program and its jobs is typed on both sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.jobs.protocol import Failed, ProtocolProblem, decode_event, encode_event
from indexer.core.progress import Progress
from indexer.core.types import Basis, Edit, EditKind, Grade, Match
from indexer.matching.contract import ExportRead, Found, RenditionFound

FOUND = Found(
    Match(
        artwork="a/ü.png",
        source="index",
        row="1",
        row_key="k",
        url=None,
        caption="“quoted”\n",
        grade=Grade.EDITED_COPY,
        verified=True,
        basis=(Basis.PIXELS,),
        edits=(Edit(EditKind.TURNED, 90.0),),
        scores={"blocks": 3},
    ),
    "set",
    "1",
    b"\xff\xd8work",
    None,
)


PUBLISHED = RenditionFound(
    "a/ü.png", True, "x.zip", "media/1.jpg", "X", "documented", None, None, "1", "2019-05-02", "a" * 64, "b" * 32
)
READ = ExportRead("x.zip", "X", "documented", "described", notes=("“one”: odd",))


@pytest.mark.parametrize("event", [FOUND, PUBLISHED, READ, Progress("x", 1), Failed("K", "s", "b", is_bug=True)])
def test_an_event_comes_back_as_it_was(event) -> None:
    assert decode_event(encode_event(event)) == event


def test_an_event_is_one_line() -> None:
    assert encode_event(FOUND).count(b"\n") == 1


@given(some.binary(max_size=200))
def test_no_bytes_of_a_job_are_taken_for_an_event_by_accident(line: bytes) -> None:
    with pytest.raises(ProtocolProblem):
        decode_event(line)


@pytest.mark.parametrize(
    "line",
    [
        b'{"event":"Unknown","body":{}}',
        b'{"event":"Progress","body":{"stage":1,"done":"x"}}',
        b'{"event":"Found","body":{"match":{"grade":"proven"}}}',
        b'{"event":"Artwork"}',
    ],
)
def test_a_line_of_the_wrong_shape_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolProblem):
        decode_event(line)
