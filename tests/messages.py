"""Every sentence that a person may read when something fails, found in the source: from where it is raised, told or returned.

Nothing is run. From each place the strings are followed through names, constants and the project's own functions, so that a
sentence counts wherever it is put together.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
ROOMS: Final = ("pipelines", "flows", "dashboard")
HOLE: Final = "…"
FEWEST_WORDS: Final = 3
"""Less is a word or a sign that stands in a sentence, and no sentence; what is filled in counts as one."""

TELLING: Final = frozenset({"complain", "_fail", "Failed", "Completed"})
"""What a person is told with where nothing is raised."""

WARNING: Final = "yellow"
"""The style of what is said as a warning."""

ADVISING: Final = (
    ("next_step", "of"),
    ("next_step", "failure"),
    ("next_step", "clock"),
    ("reasons", "_missing"),
    ("reasons", "of"),
)
"""Functions that return such sentences to many callers: the last name of their module, and theirs."""

DESCRIPTIONS: Final = frozenset({"KNOWN", "OF_A_TENANT", "OF_THE_JOB", "DIRECTORY", "LOGS"})
"""Constants that say what a setting or a collection is; tables of the docs do that."""

NO_SENTENCES: Final = frozenset({"compile", "execute", "fetch", "search", "strftime", "sub"})
"""Calls whose strings are no part of what they return."""

SQL: Final = re.compile(r"(select|with|insert|from) .*\b(from|select|into)\b")
"""How a query begins, which is for DuckDB and not for a person."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Module:
    """A source file, indexed.

    Attributes:
        name: as it is imported.
        path: the file.
        tree: what stands in it.
    """

    name: str
    path: Path
    tree: ast.Module

    @cached_property
    def functions(self) -> dict[str, list[Function]]:
        """Functions and methods by their names."""
        found: defaultdict[str, list[Function]] = defaultdict(list)
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                found[node.name].append(node)
        return found

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        """What stands at the top, by name."""
        found: dict[str, ast.expr] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign):
                found |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                found[node.target.id] = node.value
        return found

    @cached_property
    def imports(self) -> dict[str, str]:
        """Names that are imported, anywhere in the file -> where they come from."""
        return {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Node -> the node that it is a part of."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def within(self, node: ast.AST) -> Function | None:
        """Return the function that a node stands in."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, Function):
                return node
        return None


@dataclass(frozen=True)
class Site:
    """A place that tells a person something.

    Attributes:
        place: the file and line.
        code: what stands there.
        sentences: what it may say, with a sign for what is filled in.
        passes_on: whether it raises again what was raised elsewhere.
    """

    place: str
    code: str
    sentences: frozenset[str]
    passes_on: bool


@dataclass
class Source:
    """The source of the rooms.

    Attributes:
        modules: by name.
    """

    modules: dict[str, Module] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path = ROOT) -> Source:
        """Return the source below a folder."""
        files = sorted(file for room in ROOMS for file in (root / room).rglob("*.py"))
        return cls({module.name: module for module in (_module(file, root) for file in files)})

    @property
    def sites(self) -> Iterator[Site]:
        """Each place that raises, tells or advises."""
        for module in self.modules.values():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Raise) and node.exc:
                    yield self._site(module, node, node.exc, passes_on=not isinstance(node.exc, ast.Call))
                elif isinstance(node, ast.Call) and _tells(node):
                    yield self._site(module, node, node, passes_on=True)
        for name, function in ADVISING:
            [module] = [found for path, found in self.modules.items() if path.endswith(f".{name}")]
            for node in module.functions[function]:
                yield Site(f"{module.name}.{function}", function, frozenset(self._returned(module, node, set())), False)

    @cached_property
    def gathered(self) -> dict[str, list[tuple[Module, ast.expr]]]:
        """Attributes that sentences are added to, by name, and what is added."""
        found: defaultdict[str, list[tuple[Module, ast.expr]]] = defaultdict(list)
        for module in self.modules.values():
            for node in ast.walk(module.tree):
                for target, value in _additions(node):
                    if isinstance(target, ast.Attribute):
                        found[target.attr].append((module, value))
        return found

    def _site(self, module: Module, node: ast.AST, told: ast.expr, *, passes_on: bool) -> Site:
        place = f"{module.path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]
        return Site(place, ast.unparse(told), frozenset(self._said(module, told, set())), passes_on)

    def _said(self, module: Module, node: ast.AST, seen: set[object]) -> Iterator[str]:
        """Yield the sentences that an expression may become."""
        if isinstance(node, ast.JoinedStr):
            yield from _sentence("".join(_piece(part) for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _sentence(node.value)
        elif isinstance(node, ast.Name):
            yield from self._named(module, node, seen)
        elif isinstance(node, ast.Attribute):
            yield from self._attribute(node, seen)
        elif isinstance(node, ast.Call):
            if _called(node) in NO_SENTENCES:
                return
            yield from self._call(module, node, seen)
        for part in _parts(node):
            yield from self._said(module, part, seen)

    def _named(self, module: Module, node: ast.Name, seen: set[object]) -> Iterator[str]:
        within = module.within(node)
        if (module.name, within, node.id) in seen or node.id in DESCRIPTIONS:
            return
        seen.add((module.name, within, node.id))
        for value in _assigned(within, node.id) if within else ():
            yield from self._said(module, value, seen)
        for home, name in self._homes(module, node.id):
            if name in home.constants:
                yield from self._said(home, home.constants[name], seen)

    def _attribute(self, node: ast.Attribute, seen: set[object]) -> Iterator[str]:
        if node.attr in seen:
            return
        seen.add(node.attr)
        for home, value in self.gathered.get(node.attr, ()):
            yield from self._said(home, value, seen)

    def _call(self, module: Module, node: ast.Call, seen: set[object]) -> Iterator[str]:
        for home, function in self._callees(module, node.func):
            if function not in seen:
                seen.add(function)
                yield from self._returned(home, function, seen)

    def _returned(self, module: Module, function: Function, seen: set[object]) -> Iterator[str]:
        for node in ast.walk(function):
            if isinstance(node, (ast.Return, ast.Yield)) and node.value and module.within(node) is function:
                yield from self._said(module, node.value, seen)

    def _callees(self, module: Module, node: ast.expr) -> Iterator[tuple[Module, Function]]:
        if isinstance(node, ast.Name):
            for home, name in self._homes(module, node.id):
                yield from ((home, function) for function in home.functions.get(name, ()))
        elif isinstance(node, ast.Attribute):
            other = module.imports.get(node.value.id) if isinstance(node.value, ast.Name) else None
            home = self.modules.get(other or module.name)
            yield from ((home, function) for function in home.functions.get(node.attr, ())) if home else ()

    def _homes(self, module: Module, name: str) -> Iterator[tuple[Module, str]]:
        """Yield the module that a name belongs to, with its name there: this one, or that which it is imported from."""
        yield module, name
        origin, _, own = module.imports.get(name, "").rpartition(".")
        if origin in self.modules:
            yield self.modules[origin], own


def _module(file: Path, root: Path) -> Module:
    parts = file.relative_to(root).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, file, ast.parse(file.read_text(encoding="utf-8")))


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _tells(node: ast.Call) -> bool:
    styles = [keyword.value.value for keyword in node.keywords if isinstance(keyword.value, ast.Constant)]
    return _called(node) in TELLING or (_called(node) == "say" and WARNING in styles)


def _piece(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else HOLE


def _sentence(text: str) -> Iterator[str]:
    """Yield a text if it is long enough to be one; what stands in braces is filled in later."""
    holed = " ".join(re.sub(r"(?<!\{)\{\w+\}", HOLE, text).split())
    words = [word for word in holed.split() if re.fullmatch(r"[A-Za-z_$']+", word.strip("()`.,;:?…"))]
    if len(words) >= FEWEST_WORDS - (HOLE in holed) and not SQL.match(holed):
        yield holed


def _parts(node: ast.AST) -> Iterable[ast.AST]:
    """Return the parts of an expression that may be part of the sentence: not what is compared or looked up."""
    found: Iterable[ast.AST]
    match node:
        case ast.JoinedStr():
            found = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        case ast.IfExp():
            found = (node.body, node.orelse)
        case ast.Compare() | ast.Lambda():
            found = ()
        case ast.Dict():
            found = node.values
        case ast.Call():
            found = [*node.args, *(keyword.value for keyword in node.keywords), *_owner(node.func)]
        case ast.Subscript():
            found = (node.value,)
        case _:
            found = ast.iter_child_nodes(node)
    return found


def _owner(function: ast.expr) -> Iterator[ast.expr]:
    if isinstance(function, ast.Attribute):
        yield function.value


def _assigned(function: Function, name: str) -> Iterator[ast.expr]:
    """Yield what a name of a function is bound to, and what is added to it."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            bound = [inner for target in node.targets for inner in ast.walk(target)]
            if any(isinstance(inner, ast.Name) and inner.id == name for inner in bound):
                yield node.value
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr, ast.For, ast.comprehension)):
            value = node.iter if isinstance(node, (ast.For, ast.comprehension)) else node.value
            if value and any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(node.target)):
                yield value
        yield from (value for target, value in _additions(node) if isinstance(target, ast.Name) and target.id == name)


def _additions(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what something is added to, and what is."""
    if isinstance(node, ast.AugAssign):
        yield node.target, node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"append", "extend"}:
        yield from ((node.func.value, argument) for argument in node.args)
