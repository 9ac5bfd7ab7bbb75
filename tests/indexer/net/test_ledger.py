"""The list of what was sent: two lines a request, never lost, never glued together."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.core.errors import StorageProblem
from indexer.net.ledger import Ledger, Outcome, entries

GOOD = Outcome("2026-11-24T09:30:00Z", 200, None, 512, "93.184.215.14")


def ask(ledger: Ledger, url: str = "https://art.example/a.png?size=2") -> int:
    return ledger.before("GET", url, "art.example", "to compare the picture")


def test_the_first_line_is_in_the_file_before_anything_is_sent(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "made" / "sent.jsonl")
    ask(ledger)
    facts = json.loads(ledger.path.read_text())
    assert facts.pop("utc").endswith("Z")
    assert facts.pop("writer")
    assert facts == {
        "event": "sending",
        "number": 1,
        "method": "GET",
        "url": "https://art.example/a.png?size=2",
        "host": "art.example",
        "purpose": "to compare the picture",
        "body_bytes": 0,
        "body_type": "",
    }


def test_the_second_line_bears_the_same_number(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "sent.jsonl")
    ask(ledger)
    number = ask(ledger)
    ledger.after(number, GOOD)
    first, second = entries(ledger.path)
    assert (first.number, first.outcome) == (1, None)
    assert (second.number, second.outcome) == (2, GOOD)


def test_a_ledger_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    first = Ledger(path)
    first.after(ask(first), GOOD)
    again = Ledger(path)
    assert ask(again) == 2
    assert [entry.number for entry in entries(path)] == [1, 2]


def test_two_that_write_to_the_same_file_do_not_take_each_other_s_answers(tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    viewer, service = Ledger(path), Ledger(path)
    for_viewer, for_service = ask(viewer, "https://viewer.example/"), ask(service, "https://service.example/")
    service.after(for_service, GOOD)
    viewer.after(for_viewer, replace(GOOD, status=404))
    assert [(entry.url, entry.outcome and entry.outcome.status) for entry in entries(path)] == [
        ("https://viewer.example/", 404),
        ("https://service.example/", 200),
    ]


def test_a_ledger_of_an_older_program_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    request = {"number": 1, "utc": "", "method": "GET", "url": "u", "host": "h", "purpose": "p", "body_bytes": 0}
    lines = [{"event": "sending", **request}, {"event": "ended", "number": 1, **asdict(GOOD)}]
    path.write_text("\n".join(map(json.dumps, lines)))
    (entry,) = entries(path)
    assert (entry.url, entry.outcome) == ("u", GOOD)


def test_a_ledger_that_was_not_begun_is_empty(tmp_path: Path) -> None:
    assert list(entries(tmp_path / "nothing.jsonl")) == []


def test_a_line_cut_off_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    ledger = Ledger(whole)
    for _ in range(2):
        ledger.after(ask(ledger), GOOD)
    data = whole.read_bytes()
    ends = [at + 1 for at, byte in enumerate(data) if byte == ord("\n")]
    for cut in range(len(data)):
        path = tmp_path / "cut.jsonl"
        path.write_bytes(data[:cut])
        kept = list(entries(path))
        assert len(kept) == sum(1 for end in (ends[0], ends[2]) if cut >= end - 1)
        ask(Ledger(path))
        assert list(entries(path))[:-1] == kept


@given(url=st.text(), purpose=st.text())
def test_whatever_is_written_can_be_read_back(tmp_path_factory: pytest.TempPathFactory, url: str, purpose: str) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "sent.jsonl")
    ledger.before("GET", url, "art.example", purpose)
    (entry,) = entries(ledger.path)
    assert (entry.url, entry.purpose) == (url, purpose)


@pytest.mark.parametrize(
    "text", ["3\n", "{}\n", '{"event": "ended", "number": 7}\n', '{"event": "sending", "number": 1}']
)
def test_another_file_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(text)
    with pytest.raises(StorageProblem, match="it is not a list of what was sent, or a newer program wrote it"):
        Ledger(path)


def test_a_ledger_that_cannot_be_written_is_a_storage_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageProblem, match="the list of what was sent cannot be"):
        ask(Ledger(tmp_path / "file" / "sent.jsonl"))


def test_a_ledger_that_cannot_be_read_is_a_storage_problem(tmp_path: Path) -> None:
    with pytest.raises(StorageProblem, match="the list of what was sent cannot be read"):
        list(entries(tmp_path))
