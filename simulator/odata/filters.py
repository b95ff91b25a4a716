"""`$filter`: a small parser, and expressions that test rows.

Grammar, loosest first: `or`, `and`, `not`, then a comparison, `in`, a function (`startswith`, `endswith`), a lambda
(`any`) or parentheses. Operators are those of Graph: eq ne ge le gt lt.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from simulator import instants
from simulator.wire import GraphError, bad_request

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<punctuation>[(),:])"
    r"|(?P<instant>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?(?![\w-]))"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_$][\w$./-]*))"
)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "ge": operator.ge,
    "le": operator.le,
    "gt": operator.gt,
    "lt": operator.lt,
}
_FUNCTIONS = {"startswith": str.startswith, "endswith": str.endswith}
_CONSTANTS = {"true": True, "false": False, "null": None}

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Instant:
    """A written point in time, compared by its tick."""

    ticks: int


class Expression(Protocol):
    """A parsed condition."""

    def test(self, row: dict[str, Any]) -> bool:
        """Whether the row meets the condition."""

    def uses(self) -> Iterator[tuple[str, str]]:
        """Every property path with the operator it is used with; `not` counts as one."""


@dataclass(frozen=True)
class Comparison:
    """`path operator value`; text is compared without regard to case, as Graph does."""

    path: str
    operator: str
    value: Value | Instant

    def test(self, row: dict[str, Any]) -> bool:
        """Whether the row meets the condition; inside a list, whether one item does."""
        return any(self._holds(found) for found in values_at(row, self.path))

    def uses(self) -> Iterator[tuple[str, str]]:
        """The path and its operator."""
        yield self.path, self.operator

    def _holds(self, found: Any) -> bool:
        wanted: Any = self.value
        if isinstance(wanted, Instant):
            found, wanted = (instants.parse(found) if found else None), wanted.ticks
        elif isinstance(wanted, str) and isinstance(found, str):
            found, wanted = found.casefold(), wanted.casefold()
        if (found is None or wanted is None) and self.operator not in {"eq", "ne"}:
            return False
        return _OPERATORS[self.operator](found, wanted)


@dataclass(frozen=True)
class OneOf:
    """`path in ('a', 'b')`."""

    path: str
    values: tuple[Value | Instant, ...]

    def test(self, row: dict[str, Any]) -> bool:
        """Whether one of the values is there."""
        return any(Comparison(self.path, "eq", value).test(row) for value in self.values)

    def uses(self) -> Iterator[tuple[str, str]]:
        """The path, used with `in`."""
        yield self.path, "in"


@dataclass(frozen=True)
class Affix:
    """`startswith(path, 'text')` or `endswith(path, 'text')`."""

    function: str
    path: str
    text: str

    def test(self, row: dict[str, Any]) -> bool:
        """Whether the text begins or ends so."""
        check, text = _FUNCTIONS[self.function], self.text.casefold()
        return any(isinstance(v, str) and check(v.casefold(), text) for v in values_at(row, self.path))

    def uses(self) -> Iterator[tuple[str, str]]:
        """The path, used with the function."""
        yield self.path, self.function


@dataclass(frozen=True)
class Not:
    """`not (…)`."""

    inner: Expression

    def test(self, row: dict[str, Any]) -> bool:
        """Whether the inner condition fails."""
        return not self.inner.test(row)

    def uses(self) -> Iterator[tuple[str, str]]:
        """What the inner condition uses, each with `not` besides."""
        for path, used in self.inner.uses():
            yield path, used
            yield path, "not"


@dataclass(frozen=True)
class Both:
    """`left and right`."""

    left: Expression
    right: Expression

    def test(self, row: dict[str, Any]) -> bool:
        """Whether both hold."""
        return self.left.test(row) and self.right.test(row)

    def uses(self) -> Iterator[tuple[str, str]]:
        """What either side uses."""
        yield from self.left.uses()
        yield from self.right.uses()


@dataclass(frozen=True)
class Either:
    """`left or right`."""

    left: Expression
    right: Expression

    def test(self, row: dict[str, Any]) -> bool:
        """Whether one holds."""
        return self.left.test(row) or self.right.test(row)

    def uses(self) -> Iterator[tuple[str, str]]:
        """What either side uses."""
        yield from self.left.uses()
        yield from self.right.uses()


def parse(text: str) -> Expression:
    """Parse the value of `$filter`.

    Raises:
        GraphError: It is not a filter.
    """
    parser = _Parser(text)
    found = parser.either()
    if parser.peek():
        raise parser.error()
    return found


def values_at(row: Any, path: str) -> list[Any]:
    """What stands at a path like `status/errorCode`; several values where the path goes through a list."""
    found = [row]
    for step in path.split("/"):
        found = [item.get(step) if isinstance(item, dict) else None for item in found]
        found = [part for item in found for part in (item if isinstance(item, list) else [item])]
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split(text))
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def error(self) -> GraphError:
        return bad_request(f"Invalid filter clause: syntax error at '{self.peek() or 'the end'}' in '{self._text}'.")

    def either(self) -> Expression:
        left = self._both()
        while self._accept("or"):
            left = Either(left, self._both())
        return left

    def _both(self) -> Expression:
        left = self._single()
        while self._accept("and"):
            left = Both(left, self._single())
        return left

    def _single(self) -> Expression:
        if self._accept("not"):
            return Not(self._single())
        if self._accept("("):
            inner = self.either()
            self._expect(")")
            return inner
        kind, word = self._take()
        if kind != "word":
            self._at -= 1
            raise self.error()
        if word.lower() in _FUNCTIONS:
            return self._affix(word.lower())
        if word.endswith("/any"):
            return self._any(word.removesuffix("/any"))
        return self._comparison(word)

    def _affix(self, function: str) -> Expression:
        self._expect("(")
        path = self._take()[1]
        self._expect(",")
        text = self._value()
        self._expect(")")
        if not isinstance(text, str):
            raise self.error()
        return Affix(function, path, text)

    def _any(self, path: str) -> Expression:
        self._expect("(")
        variable = self._take()[1]
        self._expect(":")
        inner = self.either()
        self._expect(")")
        return _rooted(inner, variable, path)

    def _comparison(self, path: str) -> Expression:
        word = self._take()[1].lower()
        if word == "in":
            return OneOf(path, self._list())
        if word not in _OPERATORS:
            self._at -= 1
            raise self.error()
        return Comparison(path, word, self._value())

    def _list(self) -> tuple[Value | Instant, ...]:
        self._expect("(")
        found = [self._value()]
        while self._accept(","):
            found.append(self._value())
        self._expect(")")
        return tuple(found)

    def _value(self) -> Value | Instant:
        kind, text = self._take()
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "instant":
            return Instant(instants.parse(text))
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "guid":
            return text
        if text.lower() in _CONSTANTS:
            return _CONSTANTS[text.lower()]
        self._at -= 1
        raise self.error()

    def _take(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self.error()
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, word: str) -> bool:
        found = self.peek().lower() == word
        self._at += found
        return found

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise self.error()

    def _split(self, text: str) -> Iterator[tuple[str, str]]:
        end = len(text.rstrip())
        at = 0
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None or found.lastgroup is None:
                raise bad_request(f"Invalid filter clause: syntax error at position {at} in '{text}'.")
            yield found.lastgroup, found.group(found.lastgroup)
            at = found.end()


def _rooted(inner: Expression, variable: str, path: str) -> Expression:
    """The condition of a lambda with the path of its list instead of the variable."""
    if isinstance(inner, Both | Either):
        return type(inner)(_rooted(inner.left, variable, path), _rooted(inner.right, variable, path))
    if isinstance(inner, Not):
        return Not(_rooted(inner.inner, variable, path))
    if isinstance(inner, Comparison):
        return Comparison(_replaced(inner.path, variable, path), inner.operator, inner.value)
    if isinstance(inner, OneOf):
        return OneOf(_replaced(inner.path, variable, path), inner.values)
    if isinstance(inner, Affix):
        return Affix(inner.function, _replaced(inner.path, variable, path), inner.text)
    return inner


def _replaced(name: str, variable: str, path: str) -> str:
    if name != variable and not name.startswith(f"{variable}/"):
        raise bad_request(f"Could not find a property named '{name}'.")
    return path + name[len(variable) :]
