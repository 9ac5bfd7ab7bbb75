"""The conditions that the hub's `/filter` takes, judged and evaluated over rows: `datasets.md` §5.1.

Written from that description: a chain of comparisons with `and` and `or`, one level of brackets, no leading `not`, no
`in`, no negative number, nothing with `;`, `--`, `/*` or `*/`. What DuckDB would not compute is refused as well.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]

_INVALID = re.compile(r";|--|/\*|\*/")
_TOKEN = re.compile(
    r"""(?P<column>"(?:[^"]|"")+"(?:\."(?:[^"]|"")+")*)
    |(?P<text>'(?:[^']|'')*')
    |(?P<number>[0-9][0-9.]*)
    |(?P<method>\.[a-z_]+\()
    |(?P<operator><>|>=|<=|=|<|>)
    |(?P<word>[A-Za-z]+)
    |(?P<bracket>[(),])
    |(?P<space>\s)""",
    re.VERBOSE,
)


class Refused(Exception):
    """The service answers 422 to this."""


def understand(where: str) -> Test:
    """What the condition asks of a row. Raises `Refused`, there or when a row is tested."""
    if _INVALID.search(where):
        raise Refused("Parameter 'where' contains errors or invalid symbols")
    return _Reader(where).whole()


class _Reader:
    def __init__(self, where: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(where):
            found = _TOKEN.match(where, at)
            if found is None:
                raise Refused("Parameter 'where' contains errors or invalid symbols")
            if found.lastgroup != "space":
                self.tokens.append((str(found.lastgroup), found.group()))
            at = found.end()

    def whole(self) -> Test:
        test = self.any_of(may_open=True)
        if self.tokens:
            raise Refused("Parameter 'where' contains errors or invalid symbols")
        return test

    def any_of(self, *, may_open: bool) -> Test:
        tests = [self.all_of(may_open=may_open)]
        while self.took("word", "or"):
            tests.append(self.all_of(may_open=may_open))
        return lambda row: any(_tested(tests, row))

    def all_of(self, *, may_open: bool) -> Test:
        tests = [self.one(may_open=may_open)]
        while self.took("word", "and"):
            tests.append(self.one(may_open=may_open))
        return lambda row: all(_tested(tests, row))

    def one(self, *, may_open: bool) -> Test:
        if may_open and self.took("bracket", "("):
            test = self.any_of(may_open=False)
            self.take("bracket", ")")
            return test
        return self.comparison()

    def comparison(self) -> Test:
        column = [part.replace('""', '"') for part in re.findall(r'"((?:[^"]|"")+)"', self.take("column"))]
        left: Callable[[Row], Any] = lambda row: _cell(row, column)  # noqa: E731
        if self.tokens and self.tokens[0][0] == "method":
            left = self.method(self.take("method")[1:-1], left)
        kind, word = self.tokens.pop(0) if self.tokens else ("", "")
        if kind == "word" and word.lower() == "is":
            is_not = self.took("word", "not")
            self.take("word", "null")
            return lambda row: (left(row) is None) != is_not
        value = self.value()
        if kind == "word" and word.lower() in ("like", "ilike"):
            pattern = _pattern(value, re.IGNORECASE if word.lower() == "ilike" else 0)
            return lambda row: _is_like(left(row), pattern)
        if kind != "operator":
            raise Refused("Parameter 'where' contains errors or invalid symbols")
        return lambda row: _compare(left(row), word, value)

    def method(self, name: str, of: Callable[[Row], Any]) -> Callable[[Row], Any]:
        argument = self.value()
        self.take("bracket", ")")
        if name == "hamming":
            return lambda row: _hamming(of(row), argument)
        if name == "contains":
            return lambda row: None if of(row) is None else argument in of(row)
        raise Refused("A query parameter is invalid")

    def value(self) -> Any:
        kind, text = self.tokens.pop(0) if self.tokens else ("", "")
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "word" and text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        raise Refused("Parameter 'where' contains errors or invalid symbols")

    def took(self, kind: str, text: str) -> bool:
        if self.tokens and self.tokens[0] in ((kind, text), (kind, text.upper())):
            self.tokens.pop(0)
            return True
        return False

    def take(self, kind: str, text: str | None = None) -> str:
        found = self.tokens.pop(0) if self.tokens else ("", "")
        if found[0] != kind or (text is not None and found[1].lower() != text):
            raise Refused("Parameter 'where' contains errors or invalid symbols")
        return found[1]


def _tested(tests: list[Test], row: Row) -> list[bool]:
    """Every test, even where one would decide: what cannot be computed is refused wherever it stands."""
    return [test(row) for test in tests]


def _cell(row: Row, column: list[str]) -> Any:
    value: Any = row
    for part in column:
        if not isinstance(value, Mapping) or part not in value:
            raise Refused("A query parameter is invalid")
        value = value[part]
    return value


def _pattern(value: Any, flags: int) -> re.Pattern[str]:
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(one, re.escape(one)) for one in str(value)), flags | re.DOTALL)


def _is_like(left: Any, pattern: re.Pattern[str]) -> bool:
    if left is None:
        return False
    if not isinstance(left, str):
        raise Refused("A query parameter is invalid")  # there is no LIKE of lists
    return pattern.fullmatch(left) is not None


def _compare(left: Any, operator: str, value: Any) -> bool:
    if left is None or value is None:
        return False
    if isinstance(left, list | dict):
        raise Refused("A query parameter is invalid")
    if isinstance(left, int | float) and isinstance(value, str):
        try:
            value = float(value)  # DuckDB casts: '-5' is a number there
        except ValueError:
            raise Refused("A query parameter is invalid") from None
    return {
        "=": left == value,
        "<>": left != value,
        ">": left > value,
        ">=": left >= value,
        "<": left < value,
        "<=": left <= value,
    }[operator]


def _hamming(left: Any, right: Any) -> int | None:
    """DuckDB's: characters that differ, of texts of the same length."""
    if left is None:
        return None
    if not isinstance(left, str) or len(left) != len(right):
        raise Refused("A query parameter is invalid")
    return sum(one != other for one, other in zip(left, right, strict=True))
