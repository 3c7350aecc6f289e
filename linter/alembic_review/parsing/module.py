"""A revision file, from its bytes to a `Revision`: header, `upgrade()`, `downgrade()`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from msgspec.structs import replace

from alembic_review.environment import Environment
from alembic_review.operations import Operation, Place, place_of
from alembic_review.parsing import environment, syntax
from alembic_review.parsing.connections import Connections
from alembic_review.parsing.evaluate import Evaluator
from alembic_review.parsing.frames import Exhausted, Source
from alembic_review.parsing.interpreter import Interpreter
from alembic_review.parsing.tree import NotPython, parsed
from alembic_review.parsing.values import Closure, Query
from alembic_review.revision import Header, Import, Lean, Revision, Undefined, Unreadable
from alembic_review.text import decoded
from alembic_review.types import HOLE

LARGEST = 8_000_000
"""Files of more bytes are not read."""


class Tree(Protocol):
    """The files of the project, as far as a revision may lean on them."""

    def module(self, name: str, base: str) -> str | None:
        """The path of the file of a module, by its dotted name and the file that imports it; None outside the tree."""

    def text(self, path: str, base: str) -> str | None:
        """The text of a file of the tree; None where there is none.

        A relative path starts at *base*'s folder, or, without a base, at that of the project, where Alembic is run.
        """


class Reader:
    """Reads revision files for one dialect; helper modules are read once for all of them."""

    def __init__(self, tree: Tree, dialect: str = "postgresql", wrappers: Mapping[str, str] | None = None) -> None:
        self._tree = tree
        self._dialect = dialect
        self._wrappers = dict(wrappers or {})
        self._modules: dict[str, Source | None] = {}
        # What each module leans on itself, as far as it has been run through.
        self._of_modules: dict[str, dict[Lean, None]] = {}
        self._leans: dict[Lean, None] = {}

    def read(self, path: str, data: bytes) -> Revision | Unreadable:
        """The revision that a file holds. *path* is only what it is called by."""
        found = self._readable(path, data)
        return replace(found, id=_glimpsed(data)) if isinstance(found, Unreadable) else found

    def _readable(self, path: str, data: bytes) -> Revision | Unreadable:
        if len(data) > LARGEST:
            return Unreadable(path, f"the file is larger than {LARGEST // 1_000_000} MB")
        try:
            text = decoded(data)
        except (UnicodeError, SyntaxError, LookupError) as error:
            return Unreadable(path, f"the file is not text in the encoding it declares: {_short(error)}")
        if "\0" in text:
            return Unreadable(path, "the file is not text: it holds NUL bytes")
        try:
            return self._read(path, text)
        except NotPython as error:
            return Unreadable(
                path, f"the file is not Python: {_syntax_error(error)}", error.raw_line, error.raw_column + 1
            )
        except RecursionError:
            return Unreadable(path, "the file nests more deeply than can be followed")
        except MemoryError:
            return Unreadable(path, "the file takes more memory than there is")

    def environment(self, path: str, data: bytes) -> Environment:
        """What the env.py of the history says."""
        self._leans = {}
        return environment.read(path, data, self._dialect, self._find)

    def _read(self, path: str, text: str) -> Revision | Unreadable:
        self._leans = {}
        module = parsed(text)
        source = Source(path, syntax.statements(module))
        connections = Connections(self._sql, self._ask, self._file, self._wrappers)
        evaluator = Interpreter(source, connections, self._dialect, self._find)
        try:
            frame = evaluator.module(source)
        except Exhausted:
            return Unreadable(path, "the file does more at its top level than can be followed")
        if "revision" not in frame.names:
            return Unreadable(path, "the file assigns no `revision`, so Alembic refuses it")
        identifier = frame.names["revision"]
        if not isinstance(identifier, str) or HOLE in identifier or not identifier:
            return Unreadable(path, "the value of `revision` could not be read")
        if "down_revision" not in frame.names:
            return Unreadable(path, "the file assigns no `down_revision`, so Alembic refuses it")
        if not _are_ids(frame.names["down_revision"]):
            return Unreadable(path, "the value of `down_revision` could not be read")
        ways: list[tuple[Operation, ...] | None] = []
        for name in ("upgrade", "downgrade"):
            function = evaluator.resolved(frame.names.get(name))
            if not isinstance(function, Closure):
                ways.append(None)
                continue
            connections.operations = []
            evaluator.run(function, [])
            ways.append(tuple(connections.operations))
        docstring = syntax.docstring(source.statements)
        read = Revision(
            path=path,
            id=str(identifier),
            down_revision=_ids(frame.names.get("down_revision")),
            branch_labels=_ids(frame.names.get("branch_labels")),
            depends_on=_ids(frame.names.get("depends_on")),
            header=header(docstring),
            upgrade=ways[0],
            downgrade=ways[1],
            imports=tuple([self._traced(one, path) for one in _imports(source.statements, None)]),
            undefined=tuple([Undefined(name, place) for name, place in evaluator.undefined.items()]),
            places={**_places(source.statements), **_header_places(source.statements, docstring)},
            idle={
                one.name: said
                for one in source.statements
                if isinstance(one, syntax.Function)
                and one.name in ("upgrade", "downgrade")
                and (said := syntax.said_by_idle(one)) is not None
            },
            leans=tuple(self._leans),
        )
        # Its functions hold the syntax tree, and each other, in circles.
        frame.names.clear()
        source.statements.clear()
        source.frame = None
        return read

    # --- what the evaluator asks for ------------------------------------------------------------------------------

    def _find(self, evaluator: Evaluator, name: str, base: str) -> Source | None:
        path = self._tree.module(name, base)
        self._leans[Lean(name, base, path)] = None
        if path is None:
            return None
        source = self._module(path)
        if source is not None and source.frame is None:
            before = dict(self._leans)
            evaluator.module(source)
            self._of_modules[path] = {lean: None for lean in self._leans if lean not in before}
        self._leans.update(self._of_modules.get(path, {}))
        return source

    def _traced(self, one: Import, path: str) -> Import:
        """The import, with the file of the project that it comes from."""
        package = one.name.partition(".")[0]
        if package in environment.LIBRARIES:
            return one
        base = path if one.name.startswith(".") else ""
        for name in dict.fromkeys((one.name, one.name.rpartition(".")[0], package)):
            if not name.strip("."):
                continue
            found = self._tree.module(name, base)
            self._leans[Lean(name, base, found)] = None
            if found is not None:
                return replace(one, path=found)
        return one

    def _module(self, path: str) -> Source | None:
        if path not in self._modules:
            self._modules[path] = None
            text = self._tree.text(path, "")
            if text is not None and len(text) <= LARGEST and "\0" not in text:
                try:
                    self._modules[path] = Source(path, syntax.statements(parsed(text)))
                except (NotPython, RecursionError, MemoryError):
                    return None
        return self._modules[path]

    def _file(self, path: str) -> str | None:
        self._leans[Lean("", "", path)] = None
        return self._tree.text(path, "")

    def _sql(self, text: str, place: Callable[[int, int], Place], next_id: Callable[[], int]) -> list[Operation]:
        # The SQL parsers are imported where there is SQL to read.
        if self._dialect == "postgresql":
            from alembic_review.parsing import postgres

            return postgres.read(text, place, next_id)
        from alembic_review.parsing import other_sql

        return other_sql.read(text, self._dialect, place)

    def _ask(self, text: str) -> Query | None:
        if self._dialect != "postgresql":
            return None
        from alembic_review.parsing import postgres

        return postgres.ask(text)


def _short(error: Exception) -> str:
    return str(error).splitlines()[0]


def _syntax_error(error: NotPython) -> str:
    message = error.message.strip()
    # LibCST's parser names what it expected in its own terms; people need the place, which is given beside it.
    return "syntax error" if message.startswith("parser error") else message.splitlines()[0]


def _ids(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (str(value),)
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple([str(item) for item in value if isinstance(item, str)])
    return ()


def _are_ids(value: Any) -> bool:
    """Whether a value of `down_revision` could be read."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(isinstance(item, str) and HOLE not in item for item in value)
    return value is None or (isinstance(value, str) and HOLE not in value)


_REVISION = re.compile(rb"^revision\b[^=\n]*=[ \t]*(?:([\"'])([^\"'\n]+)\1)?", re.MULTILINE)


def _glimpsed(data: bytes) -> str | None:
    """What a file that cannot be read seems to assign to `revision`; as for `Unreadable.id`."""
    found = _REVISION.search(data)
    if found is None:
        return None if b"\0" in data else ""
    return found[2].decode("utf-8", "replace") if found[2] else None


_HEADER = re.compile(r"^(Revision ID|Revises|Create Date)[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE)


def header(docstring: str | None) -> Header:
    """What the docstring that Alembic's template writes says."""
    if not docstring:
        return Header()
    found = {match[1]: match[2] for match in _HEADER.finditer(docstring)}
    message = docstring.strip().partition("\n")[0].strip()
    if _HEADER.match(message):
        message = ""
    revises = found.get("Revises")
    # Old templates wrote the parents of a merge as Python does: ('a', 'b').
    parts = None if revises is None else [part.strip("()[]'\"") for part in re.split(r"[,\s]+", revises)]
    ids = None if parts is None else tuple([part for part in parts if part and part != "None"])
    more = _HEADER.sub("", docstring).strip().removeprefix(message).strip()
    return Header(message, found.get("Revision ID"), ids, found.get("Create Date"), more)


def _places(statements: list[syntax.Statement]) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for statement in statements:
        if isinstance(statement, syntax.Assign):
            for target in statement.targets:
                if isinstance(target, syntax.Name) and target.id in _VARIABLES:
                    found[target.id] = place_of((*statement.way, 0))
        elif isinstance(statement, syntax.Function) and statement.name in ("upgrade", "downgrade"):
            found[statement.name] = place_of((*statement.way, 0))
    return found


def _header_places(statements: list[syntax.Statement], docstring: str | None) -> dict[str, Place]:
    if docstring is None or not statements:
        return {}
    way = statements[0].way
    lines = {match[1]: Place((*way, 1), match.start(), match.end()) for match in _HEADER.finditer(docstring)}
    return {"docstring": place_of((*way, 0)), **lines}


_VARIABLES = ("revision", "down_revision", "branch_labels", "depends_on")


def _is_type_checking(test: syntax.Expression) -> bool:
    """Whether a condition is ``typing.TYPE_CHECKING``, which holds for type checkers alone."""
    name = test.id if isinstance(test, syntax.Name) else test.name if isinstance(test, syntax.Attribute) else ""
    return name == "TYPE_CHECKING"


def _imports(statements: list[syntax.Statement], function: str | None) -> Iterator[Import]:
    """The imports of the file, those of its functions as far as these were run through."""
    for statement in statements:
        if isinstance(statement, syntax.Import):
            for name, _bound in statement.names:
                yield Import(name, place_of((*statement.way, 0)), function)
        elif isinstance(statement, syntax.ImportFrom):
            module = "." * statement.level + statement.module
            for name, _bound in statement.names or (("*", None),):
                dot = "" if module.endswith(".") or not module else "."
                yield Import(f"{module}{dot}{name}", place_of((*statement.way, 0)), function)
        elif isinstance(statement, syntax.Function):
            yield from _imports(statement.turned, function or statement.name)
        elif isinstance(statement, syntax.If) and _is_type_checking(statement.test):
            yield from _imports(statement.orelse, function)
        elif isinstance(statement, _COMPOUND):
            for inner in ("body", "orelse", "final"):
                yield from _imports(getattr(statement, inner, []), function)


_COMPOUND = (syntax.If, syntax.For, syntax.While, syntax.With, syntax.Try)
