"""SQLAlchemy's statements: ``sa.text()``, ``sa.update(t).where(…).values(…)``, ``session.query(X).delete()``, …"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from alembic_review.operations import (
    CreateObject,
    Delete,
    DropObject,
    Execute,
    Insert,
    Kind,
    Operation,
    Place,
    Update,
)
from alembic_review.parsing import columns as of
from alembic_review.parsing.builtins import operate
from alembic_review.parsing.directives import table_of
from alembic_review.parsing.sql_trees import keys_of
from alembic_review.parsing.values import ClassValue, Made, Member, Ref, Text
from alembic_review.types import HOLE, Name

BIND = re.compile(r"(?<![:\w\x5c]):(\w+)(?!:)")
"""What SQLAlchemy takes for a bind parameter in ``text()`` (sqlalchemy.sql.elements.TextClause)."""

Fields = dict[str, Any]

_LIMITS = frozenset(["limit", "fetch", "slice"])
_WHERE = ("where", "filter")
_TEXTS = frozenset(["text", "DDL", "literal_column"])
_PASSED = frozenset(["bindparams", "params", "execution_options", "columns", "execute_if", "with_only_columns"])


def place_of(text: str, start: int, end: int, default: Place) -> Place:
    """Where characters [start, end) of a text stand."""
    return text.place(start, end, default) if isinstance(text, Text) else default


def text_of_statement(value: Any, made: Made) -> tuple[str | None, Place, tuple[str, ...]]:
    """The SQL text of what is executed, where it stands, and the parameters bound to it; None where it is no text."""
    bound: list[str] = []
    while isinstance(value, Made):
        if isinstance(value.func, Member) and value.func.name in _PASSED:
            if value.func.name in ("bindparams", "params"):
                bound.extend(value.kwargs)
                if value.func.name == "params" and value.args:
                    bound.append("*")
                for arg in value.args:
                    given = arg.given(0, "key") if isinstance(arg, Made) else None
                    bound.append(str(given) if isinstance(given, str) else "*")
                if value.starred:
                    bound.append("*")
            value = value.func.owner
        elif value.leaf in _TEXTS and value.args:
            if "bindparams" in value.kwargs:
                bound.append("*")
            text, context = value.args[0], value.given(1, "context")
            # SQLAlchemy's DDL puts its context into the text, an empty one too.
            formats = value.leaf == "DDL" and isinstance(text, str) and "%" in text
            value = operate("%", text, context if isinstance(context, dict) else {}) if formats else text
        else:
            break
    if isinstance(value, str) and value.strip(HOLE):
        return value, made.place, tuple(bound)
    return None, made.place, ()


def read(host: of.Host, value: Any, fields: Fields) -> list[Operation] | None:
    """What a statement built with SQLAlchemy does; None where it is none."""
    chain: list[Made] = []
    at = value
    while isinstance(at, Made):
        chain.append(at)
        if isinstance(at.func, Member):
            at = at.func.owner
        else:
            break
    if not chain:
        return None
    root = chain[-1]
    made = _schema_item(host, root, fields)
    if made is not None:
        return [made]
    verb, table = _start(host, root)
    if verb is None and len(chain) > 1:
        # table.update()…
        verb, table = _method_start(host, chain)
    if verb is None:
        return None
    if verb == "select":
        return [Execute(verb="SELECT", tables=(table,) if table.known else (), **fields)]
    if verb == "insert":
        columns = _assigned(host, chain)
        reads: tuple[Name, ...] = ()
        if any(step.leaf == "from_select" for step in chain):
            reads = (Name(HOLE),)
        return [Insert(table=table, columns=tuple(columns), reads=reads, **fields)]
    where = any(step.leaf in (*_WHERE, "filter_by") for step in chain) or _has_where(root)
    bounded = any(step.leaf in _LIMITS for step in chain) or any(
        _picks_few(argument, table) for step in chain if step.leaf in _WHERE for argument in step.args
    )
    fixed = _fixed(host, chain, table)
    compared = tuple(_compared(host, chain))
    if verb == "delete":
        return [Delete(table=table, where=where, bounded=bounded, fixed=fixed, compared=compared, **fields)]
    assigned = _assigned(host, chain)
    return [
        Update(
            table=table,
            columns=tuple(assigned),
            values=_literals(host, assigned),
            reads=tuple(_read_columns(assigned)),
            where=where,
            bounded=bounded,
            fixed=fixed,
            compared=compared,
            **fields,
        )
    ]


def _compared(host: of.Host, chain: list[Made]) -> Iterator[tuple[str, str]]:
    """The columns that the steps of a statement compare with texts, as ``where(t.c.x == "a")`` does."""
    for condition in [argument for step in chain if step.leaf in _WHERE for argument in step.args]:
        if isinstance(condition, Made) and condition.leaf in ("==", "!=") and isinstance(condition.args[0], Member):
            text = host.plain(condition.args[1])
            if isinstance(text, str) and HOLE not in text:
                yield condition.args[0].name, str(text)


_ITEMS: dict[str, Kind] = {"Schema": "schema", "Sequence": "sequence"}


def _schema_item(host: of.Host, root: Made, fields: Fields) -> Operation | None:
    """``CreateSchema("s")``, ``DropSequence(sa.Sequence("s"))`` and their like, which are executed as statements."""
    leaf = root.leaf
    kind = _ITEMS.get(leaf.removeprefix("Create").removeprefix("Drop"))
    if kind is None or not leaf.startswith(("Create", "Drop")) or not root.args:
        return None
    given = root.args[0]
    schema = None
    if isinstance(given, Made) and given.leaf == "Sequence" and given.args:
        schema, given = given.kwargs.get("schema"), given.args[0]
    name = of.qualified(host, given, schema)
    if leaf.startswith("Create"):
        return CreateObject(kind=kind, name=name, if_not_exists=root.kwargs.get("if_not_exists") is True, **fields)
    return DropObject(
        kind=kind,
        name=name,
        if_exists=root.kwargs.get("if_exists") is True,
        cascade=root.kwargs.get("cascade") is True,
        **fields,
    )


def of_query(host: of.Host, query: Made, name: str, made: Made, fields: Fields) -> list[Operation]:
    """``session.query(X).filter(…).update({…})`` and ``.delete()``."""
    steps: list[Made] = []
    at: Any = query
    while isinstance(at, Made):
        steps.append(at)
        at = at.func.owner if isinstance(at.func, Member) else None
    started = next((step for step in steps if step.leaf == "query"), query)
    table = table_of(host, started.args[0]) if started.args else Name(HOLE)
    where = any(step.leaf in (*_WHERE, "filter_by") for step in steps)
    given = [item for step in steps if step.leaf == "filter_by" for item in step.kwargs.items()]
    bounded = any(name in keys_of(table) or not _is_constant(value) for name, value in given) or any(
        _picks_few(argument, table) for step in steps if step.leaf in _WHERE for argument in step.args
    )
    fixed = _fixed(host, steps, table)
    if name == "delete":
        return [Delete(table=table, where=where, bounded=bounded, fixed=fixed, **fields)]
    values = made.given(0, "values")
    columns = tuple(map(str, values)) if isinstance(values, dict) else ()
    return [Update(table=table, columns=columns, where=where, bounded=bounded, fixed=fixed, **fields)]


def deleted(table: Name, fields: Fields) -> list[Operation]:
    """``session.delete(row)``."""
    return [Delete(table=table, where=True, bounded=True, **fields)]


def _start(host: of.Host, root: Made) -> tuple[str | None, Name]:
    if not isinstance(root.func, Ref):
        return None, Name(HOLE)
    leaf = root.func.leaf
    first = root.args[0] if root.args else root.kwargs.get("table")
    if leaf in ("update", "delete", "insert", "Update", "Delete", "Insert"):
        return leaf.lower(), table_of(host, first)
    if leaf in ("select", "exists", "union", "union_all", "with_polymorphic"):
        return "select", _selected(host, root)
    if leaf in ("func",) or ".func." in root.func.name:
        return "select", Name(HOLE)
    return None, Name(HOLE)


def _method_start(host: of.Host, chain: list[Made]) -> tuple[str | None, Name]:
    for step in reversed(chain):
        if isinstance(step.func, Member) and step.func.name in ("update", "delete", "insert", "select"):
            return step.func.name, table_of(host, step.func.owner)
    return None, Name(HOLE)


def _selected(host: of.Host, root: Made) -> Name:
    for arg in root.args:
        at: Any = arg[0] if isinstance(arg, (list, tuple)) and arg else arg
        while isinstance(at, Member):
            at = at.owner
        name = table_of(host, at)
        if name.known:
            return name
    return Name(HOLE)


def _has_where(root: Made) -> bool:
    return root.kwargs.get("whereclause") is not None


def _assigned(host: of.Host, chain: list[Made]) -> dict[str, Any]:
    """What is given for which columns; without those that a row has on conditions only."""
    found: dict[str, Any] = {}
    for step in chain:
        given = [step.kwargs["values"]] if "values" in step.kwargs else []
        if step.leaf == "values":
            found.update(step.kwargs)
            given.extend(step.args)
        for value in given:
            rows = value if isinstance(value, list) else [value]
            for row in rows:
                if isinstance(row, dict):
                    maybe = host.gathered_of(row)
                    whens = maybe.whens if maybe is not None else {}
                    found.update({str(key): item for key, item in row.items() if not whens.get(key)})
    return found


def _literals(host: of.Host, assigned: dict[str, Any]) -> tuple[str, ...]:
    texts = [host.plain(value) for value in assigned.values()]
    return tuple([str(text) for text in texts if isinstance(text, str) and HOLE not in text])


def _read_columns(assigned: dict[str, Any]) -> list[str]:
    found: list[str] = []
    todo = list(assigned.values())
    while todo:
        value = todo.pop()
        if isinstance(value, Member):
            found.append(value.name)
        elif isinstance(value, Made):
            todo.extend((*value.args, *value.kwargs.values()))
            if isinstance(value.func, Member):
                todo.append(value.func.owner)
    return found


def _picks_few(condition: Any, table: Name) -> bool:
    """Whether a condition picks rows by key, from a list, or by a value that is no constant, as a batch does."""
    if not isinstance(condition, Made):
        return False
    if condition.leaf in ("and_", "&"):
        return any(_picks_few(argument, table) for argument in condition.args)
    if condition.leaf in ("in_", "between") and isinstance(condition.func, Member):
        return not any(_is_unlimited(argument) for argument in condition.args)
    if condition.leaf != "==" or len(condition.args) != 2:
        return False
    one, other = condition.args
    if any(isinstance(side, Member) and _LIMITS.intersection(_steps(side)) for side in (one, other)):
        # A column of a subquery with a LIMIT: t.c.id == batch.c.id
        return True
    if not _is_of_table(one) or _is_of_table(other):
        return False
    return one.name in keys_of(table) or not _is_constant(other)


def _fixed(host: of.Host, steps: list[Made], table: Name) -> tuple[str, ...]:
    """The columns of *table* that the conditions of a statement fix to given values, each to one.

    What picks from a list is bounded by itself.
    """
    found = [name for step in steps if step.leaf == "filter_by" for name in step.kwargs]
    todo = [argument for step in steps if step.leaf in _WHERE for argument in step.args]
    while todo:
        condition = todo.pop()
        if isinstance(condition, Made) and condition.leaf in ("and_", "&"):
            todo.extend(condition.args)
        elif isinstance(condition, Made) and condition.leaf == "==" and len(condition.args) == 2:
            one, other = condition.args
            if _is_of_table(one) and not _is_of_table(other) and _owner(host, one) == table:
                found.append(one.name)
    return tuple(dict.fromkeys(found))


def _owner(host: of.Host, column: Member) -> Name:
    """The table that a column is of: ``t.c.x``, ``t.columns.x``, ``Model.x``."""
    owner = column.owner
    return table_of(host, owner.owner if isinstance(owner, Member) and owner.name in ("c", "columns") else owner)


def _is_of_table(value: Any) -> bool:
    """Whether it is a column, and not the attribute of a row that nobody knows."""
    if not isinstance(value, Member):
        return False
    while isinstance(value, Member):
        value = value.owner
    return isinstance(value, (Made, Ref, ClassValue))


def _is_constant(value: Any) -> bool:
    return value is None or (isinstance(value, (str, int, float, bool)) and HOLE not in str(value))


def _is_unlimited(query: Any) -> bool:
    """Whether it is a SELECT without a LIMIT."""
    steps = _steps(query)
    return "select" in steps and not _LIMITS.intersection(steps)


def _steps(value: Any) -> list[str]:
    """The calls that a value comes from, the last one first: those of a query, also by way of a column of it."""
    steps = []
    while isinstance(value, (Made, Member)):
        if isinstance(value, Made):
            steps.append(value.leaf)
            value = value.func
        else:
            value = value.owner
    return steps
