"""The hub's dataset viewer, played on this computer over a small table, in the forms of its documentation."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.helpers.server import LocalServer, Visit
from tests.helpers.viewer_grammar import Refused, understand

REVISION = "3f1c9e0d7a5b4c2e8f6a1b0d9c8e7f6a5b4c3d2e"
DATASET = "painters/listed"
_STOPPED = {"the", "of", "by", "will", "may", "and", "in"}


@dataclass
class HubSet:
    """A data set as the service has it.

    Attributes:
        rows: of the one part that there is, `config`/`split`.
        kinds: of columns that are not texts.
        dataset: what it is called; there is no other.
        others: further parts, which hold nothing.
        keeps: rows that its index holds; None for all.
        counted: rows that `/size` tells, None for all of them.
        token: without it the set is closed; None for an open set.
        has_accepted: whoever has the token has accepted the terms.
        hides: to others, `/is-valid` says that nothing can be searched, instead of that it is closed.
        prepares: so many answers are "not ready yet" before the next true one.
        refuses: endpoints, and methods, that it does not have: `filter`, `search`, `parquet`, `hamming` and more.
        refuses_text: a piece of a condition that it does not take.
        busy: for each of the next answers, the seconds that it asks to be left alone before (`Retry-After`).
        shortens: columns whose values it cuts.
        bends: what it makes of an answer before it sends it, by endpoint.
        asked: the questions that came: endpoint and its parameters.
    """

    rows: Sequence[Mapping[str, Any]]
    kinds: Mapping[str, object] = field(default_factory=dict)
    dataset: str = DATASET
    config: str = "default"
    split: str = "train"
    others: Sequence[tuple[str, str]] = ()
    keeps: int | None = None
    counted: int | None = None
    estimated: int | None = None
    token: str | None = None
    has_accepted: bool = True
    hides: bool = False
    revision: str | None = REVISION
    prepares: int = 0
    refuses: set[str] = field(default_factory=set)
    refuses_text: str | None = None
    busy: list[str] = field(default_factory=list)
    shortens: tuple[str, ...] = ()
    bends: Callable[[str, object], object] = lambda _, content: content
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def index(self) -> Sequence[Mapping[str, Any]]:
        """The rows that are searched."""
        return self.rows[: self.keeps]

    def wheres(self) -> list[str]:
        """The conditions that were asked."""
        return [asked["where"] for endpoint, asked in self.asked if endpoint == "filter" and "where" in asked]


class _Problem(Exception):
    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status, self.code = status, code


class _Hidden(Exception):
    """The set is closed, and that is not said."""


def serve_set(hub_set: HubSet) -> LocalServer:
    """Start a server that plays the service over this set."""
    server = LocalServer()
    for endpoint, answer in _ENDPOINTS.items():
        server.plays(f"/{endpoint}", lambda visit, answer=answer: _play(visit, hub_set, answer))
    return server


def _play(visit: Visit, hub_set: HubSet, answer: Any) -> None:
    parts = urlsplit(visit.path)
    asked = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    hub_set.asked.append((parts.path[1:], asked))
    headers = {"Content-Type": "application/json"}
    try:
        if hub_set.busy:
            headers["Retry-After"] = hub_set.busy.pop(0)
            raise _Problem(429, "TooManyRequests", "too many requests")
        _let_in(visit, hub_set, asked)
        content, status = hub_set.bends(parts.path[1:], answer(hub_set, asked)), 200
        if hub_set.revision:
            headers["X-Revision"] = hub_set.revision
    except _Hidden:
        content, status = dict.fromkeys(("preview", "viewer", "search", "filter", "statistics"), False), 200
    except (_Problem, Refused) as problem:
        content = {"error": str(problem)}
        status = getattr(problem, "status", 422)
        headers["X-Error-Code"] = getattr(problem, "code", "InvalidParameter")
    visit.answer(json.dumps(content).encode(), status, headers)


def _let_in(visit: Visit, hub_set: HubSet, asked: Mapping[str, str]) -> None:
    sent = visit.headers.get("Authorization")
    is_closed = hub_set.token and (sent != f"Bearer {hub_set.token}" or not hub_set.has_accepted)
    if is_closed and hub_set.hides and visit.path.startswith("/is-valid"):
        raise _Hidden
    if is_closed or asked.get("dataset") != hub_set.dataset:
        if sent:
            words = "The dataset does not exist, or is not accessible with the current credentials (private or gated)."
            raise _Problem(404, "ExternalAuthenticatedError", words)
        words = "The dataset does not exist, or is not accessible without authentication (private or gated)."
        raise _Problem(401, "ExternalUnauthenticatedError", words)
    if hub_set.prepares:
        hub_set.prepares -= 1
        raise _Problem(500, "ResponseNotReady", "the dataset index is loading, this can take a minute")


def _is_valid(hub_set: HubSet, _: Mapping[str, str]) -> object:
    can = {what: what not in hub_set.refuses for what in ("filter", "search")}
    return {"preview": True, "viewer": True, "statistics": True} | can


def _splits(hub_set: HubSet, asked: Mapping[str, str]) -> object:
    parts = [*hub_set.others, (hub_set.config, hub_set.split)]
    listed = [{"dataset": asked["dataset"], "config": config, "split": split} for config, split in parts]
    return {"splits": listed, "pending": [], "failed": []}


def _size(hub_set: HubSet, asked: Mapping[str, str]) -> object:
    if "size" in hub_set.refuses:
        raise _Problem(500, "UnexpectedApiError", "Unexpected error.")
    counted = len(hub_set.rows) if hub_set.counted is None else hub_set.counted
    part = {"dataset": asked["dataset"], "config": hub_set.config, "split": hub_set.split, "num_rows": counted}
    part |= {"num_bytes_parquet_files": 1000, "num_columns": 5, "estimated_num_rows": hub_set.estimated}
    whole = {"dataset": asked["dataset"], "num_rows": counted}
    return {"size": {"dataset": whole, "configs": [], "splits": [part]}, "partial": hub_set.keeps is not None}


def _first_rows(hub_set: HubSet, asked: Mapping[str, str]) -> object:
    page = _page(hub_set, list(enumerate(hub_set.rows))[:100], asked | {"offset": "0", "length": "100"})
    del page["num_rows_total"], page["partial"]
    return page


def _rows(hub_set: HubSet, asked: Mapping[str, str]) -> object:
    return _page(hub_set, list(enumerate(hub_set.rows)), asked)


def _filter(hub_set: HubSet, asked: Mapping[str, str]) -> object:
    if "filter" in hub_set.refuses:
        raise _Problem(500, "ResponseNotFound", "Not found.")
    where = asked.get("where", "")
    if not where and "no where" in hub_set.refuses:
        raise _Problem(422, "MissingRequiredParameter", "Parameter 'where' is required")
    if hub_set.refuses_text and hub_set.refuses_text in where:
        raise Refused("A query parameter is invalid")
    if any(word in where and word in hub_set.refuses for word in ("hamming", "ilike")):
        raise Refused("Parameter 'where' contains errors or invalid symbols")
    test = understand(where) if where else lambda _: True
    return _page(hub_set, [(number, row) for number, row in enumerate(hub_set.index) if test(row)], asked)


def _search(hub_set: HubSet, asked: Mapping[str, str]) -> object:
    """Any of the words is enough; rows with more of them come first."""
    if not asked.get("query", "").strip():
        raise _Problem(422, "MissingRequiredParameter", "Parameter 'query' is required")
    words = _words(asked["query"])
    scored = [
        (len(words & _words(json.dumps(row, ensure_ascii=False))), number) for number, row in enumerate(hub_set.index)
    ]
    best = sorted((-score, number) for score, number in scored if score)
    return _page(hub_set, [(number, hub_set.index[number]) for _, number in best], asked)


def _words(text: str) -> set[str]:
    bare = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    return {word.removesuffix("s") for word in re.findall("[a-z]+", bare.lower())} - _STOPPED


def _page(hub_set: HubSet, found: Sequence[tuple[int, Mapping[str, Any]]], asked: Mapping[str, str]) -> dict[str, Any]:
    offset, length = int(asked.get("offset", "0")), int(asked.get("length", "100"))
    if (asked.get("config"), asked.get("split")) != (hub_set.config, hub_set.split):
        raise _Problem(404, "ResponseNotFound", "Not found.")
    if length > 100:
        raise _Problem(422, "InvalidParameter", "Parameter 'length' must not be greater than 100")
    names = list(hub_set.rows[0]) if hub_set.rows else []
    text = {"dtype": "string", "_type": "Value"}
    return {
        "features": [
            {"feature_idx": at, "name": name, "type": hub_set.kinds.get(name, text)} for at, name in enumerate(names)
        ],
        "rows": [_row(hub_set, number, row) for number, row in found[offset : offset + length]],
        "num_rows_total": len(found),
        "num_rows_per_page": 100,
        "partial": hub_set.keeps is not None,
    }


def _row(hub_set: HubSet, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    cut = {name: str(row[name])[:10] for name in hub_set.shortens}
    return {"row_idx": number, "row": dict(row) | cut, "truncated_cells": list(cut)}


def _parquet(hub_set: HubSet, asked: Mapping[str, str]) -> object:
    if "parquet" in hub_set.refuses:
        raise _Problem(500, "UnexpectedApiError", "Unexpected error.")
    part = {"dataset": asked["dataset"], "config": hub_set.config, "split": hub_set.split}
    file = part | {"url": "https://huggingface.co/datasets/x/resolve/main/0000.parquet", "filename": "0000.parquet"}
    return {"parquet_files": [file | {"size": 1000}], "pending": [], "failed": [], "partial": hub_set.keeps is not None}


_ENDPOINTS = {
    "is-valid": _is_valid,
    "splits": _splits,
    "size": _size,
    "first-rows": _first_rows,
    "rows": _rows,
    "filter": _filter,
    "search": _search,
    "parquet": _parquet,
}
