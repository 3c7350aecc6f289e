"""What a condition asks of the schema, and whether the answer is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.replay.draft import plain
from alembic_review.replay.outcome import Run
from alembic_review.schema import NOBODY, RELATIONS, Key, Schema
from alembic_review.types import Name, Type


def answered(now: Schema, operation: ops.Operation, run: Run, earlier: Sequence[Schema]) -> tuple[Run, bool | None]:
    """Whether an operation's conditions hold, None where that cannot be told.

    Each is asked once in a run: of the schema as it was when the revision asked, which is one of the *earlier* ones,
    else as it is *now*. Where the history does not tell whether a thing is there, and the operation makes it if it is
    not, it is taken to make it.
    """
    schema = _When(now, earlier, run.older, run.assumed)
    answers = dict(run.answers)
    known = len(answers)
    for condition in operation.conditions:
        if condition.id in answers or condition.expected:
            continue
        asked = schema.of(condition)
        new = _is_new(asked, condition) if _makes(operation, condition) else _adds_label(asked, operation, condition)
        if new and _answer(schema, condition, answers) is None:
            answers[condition.id] = False
    holds = _all([_held(schema, condition, answers) for condition in operation.conditions])
    return (run if len(answers) == known else replace(run, answers=answers)), holds


def older_tables(operations: Iterable[ops.Operation]) -> frozenset[Name]:
    """The tables that conditions ask for and none of all the *operations* of a history makes.

    Where such a table is, it is older than the history; the tables that batch mode leaves behind are not meant.
    """
    asked: set[Name] = set()
    made: set[Name] = set()
    for operation in operations:
        match operation:
            case ops.CreateTable(table=name) | ops.CreateObject(name=name):
                made.add(plain(name))
            case ops.RenameTable(table=name, new_name=new):
                made.add(plain(Name(new, name.schema)))
            case ops.SetSchema(table=name, schema=schema):
                made.add(plain(Name(name.name, schema)))
        asked.update(_asked(operation.conditions))
    return frozenset(name for name in asked - made if name.known and not name.name.startswith("_alembic_tmp_"))


def _asked(conditions: Iterable[ops.Condition]) -> Iterator[Name]:
    for condition in conditions:
        if condition.question == "table":
            yield plain(condition.table) if condition.table is not None else Name(condition.name or "")
        yield from _asked(condition.parts)


class _When(NamedTuple):
    now: Schema
    earlier: Sequence[Schema]
    older: frozenset[Name]
    assumed: Mapping[str, bool]

    def of(self, condition: ops.Condition) -> Schema:
        """The schema that a condition was asked of."""
        since = condition.since
        return self.earlier[since] if since is not None and since < len(self.earlier) else self.now


def _makes(operation: ops.Operation, condition: ops.Condition) -> bool:
    """Whether the operation makes the very thing that the condition asks for."""
    on = plain(condition.table) if condition.table is not None else None
    match operation:
        case ops.CreateTable():
            return condition.question == "table" and plain(operation.table) in (on, Name(condition.name or ""))
        case ops.AddColumn():
            same = plain(operation.table) == on and operation.column.name == condition.name
            return condition.question == "column" and same
        case ops.CreateIndex():
            return condition.question == "index" and operation.index.name == condition.name
        case ops.AddConstraint(constraint=ops.PrimaryKey()) if condition.question == "primary key":
            return plain(operation.table) == on
        case ops.AddConstraint():
            return condition.question == "constraint" and operation.constraint.name == condition.name
        case ops.CreateEnum():
            return condition.question == "enum" and operation.name.name == condition.name
        case _:
            return False


def _adds_label(schema: Schema, operation: ops.Operation, condition: ops.Condition) -> bool:
    """Whether an enum type gets a label that it surely lacks, unless what cannot be told holds.

    Such a guard asks for the label, in one way or another.
    """
    if not isinstance(operation, ops.AddEnumValue) or condition.question not in ("unknown", "has-rows"):
        return False
    enum = schema.enums.get(plain(operation.name))
    return enum is not None and not enum.uncertain and enum.labels is not None and operation.value not in enum.labels


def _is_new(schema: Schema, condition: ops.Condition) -> bool:
    """Whether the history has never met the thing that the condition asks for."""
    on = plain(condition.table) if condition.table is not None else None
    name = condition.name or ""
    table = schema.tables.get(on or NOBODY)
    match condition.question:
        case "table":
            return table is None and Name(name) not in schema.tables
        case "column":
            return table is None or name not in table.columns
        case "constraint":
            return table is None or name not in table.constraints
        case "primary key":
            return table is None or table.primary_key is None
        case "index":
            return Name(name, on.schema if on is not None else None) not in schema.indexes
        case _:
            return Name(name) not in schema.enums


def _all(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _held(schema: _When, condition: ops.Condition, answers: dict[int, bool | None]) -> bool | None:
    if condition.id not in answers:
        answers[condition.id] = _answer(schema, condition, answers)
    answer = answers[condition.id]
    return None if answer is None else answer == condition.expected


def _answer(when: _When, condition: ops.Condition, answers: dict[int, bool | None]) -> bool | None:
    schema = when.of(condition)
    table = plain(condition.table) if condition.table is not None else None
    name = Name(condition.name or "", table.schema if table is not None else None)
    match condition.question:
        case "all":
            return _all([_held(when, part, answers) for part in condition.parts])
        case "any":
            none = _all([_not(_held(when, part, answers)) for part in condition.parts])
            return _not(none)
        case "table":
            return _has_table(schema, table or name, when.older)
        case "column" | "nullable" | "type":
            return _has_column(schema, table, condition)
        case "index":
            return _has_index(schema, table, name)
        case "constraint":
            return _has_constraint(schema, table, name)
        case "primary key":
            return _has_primary_key(schema, table)
        case "enum":
            enum = schema.enums.get(name)
            return _sure(enum.uncertain) if enum is not None else _absent(schema, "enum", name)
        case "sequence":
            sequence = schema.sequences.get(name)
            return _sure(sequence.uncertain) if sequence is not None else _absent(schema, "sequence", name)
        case "view":
            name = table or name
            view = schema.object("view", name) or schema.object("materialized view", name)
            return _sure(view.uncertain) if view is not None else _absent(schema, "view", name)
        case "schema":
            there = schema.object("schema", Name(condition.name or ""))
            return _sure(there.uncertain) if there is not None else None
        case "setting":
            return when.assumed.get(condition.text)
        case "failed":
            # The replay follows what the revision means to do.
            return False
        case _:
            return None


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _sure(uncertain: bool) -> bool | None:
    """The answer for what is there."""
    return None if uncertain else True


def _absent(schema: Schema, kind: str, name: Name) -> bool | None:
    """The answer for what is not there."""
    return False if schema.complete or Key(kind, name) in schema.gone else None


def _has_table(schema: Schema, name: Name, older: frozenset[Name]) -> bool | None:
    table = schema.tables.get(name)
    if table is not None:
        return _sure(table.uncertain or not name.known)
    if any(Key(kind, name) in schema.objects for kind in RELATIONS):
        # Inspector.has_table() tells of views too, get_table_names() does not.
        return None
    if name in older and Key("table", name) not in schema.gone:
        return None
    return _absent(schema, "table", name)


def _has_column(schema: Schema, name: Name | None, condition: ops.Condition) -> bool | None:
    table = schema.tables.get(name or NOBODY)
    if table is None or condition.name is None or condition.name in schema.doubted:
        return None
    column = table.columns.get(condition.name)
    if column is None:
        absent = table.complete or condition.name in table.gone
        return False if absent and not table.uncertain and condition.question == "column" else None
    if column.uncertain:
        return None
    if condition.question == "type":
        return _is_reflected(column.type, condition.text.split())
    return column.nullable if condition.question == "nullable" else True


_INTEGERS = ("integer", "bigint", "smallint")
_TIMES = ("timestamp", "timestamp with time zone")
_FLOATS = ("real", "double precision")
_REFLECTED: Mapping[str, tuple[str, ...]] = {
    "VARCHAR": ("varchar",),
    "TEXT": ("text",),
    "Text": ("text",),
    "CHAR": ("char",),
    "String": ("varchar", "text", "char"),
    "INTEGER": ("integer",),
    "BIGINT": ("bigint",),
    "BigInteger": ("bigint",),
    "SmallInteger": ("smallint",),
    "Integer": _INTEGERS,
    "BOOLEAN": ("boolean",),
    "Boolean": ("boolean",),
    "TIMESTAMP": _TIMES,
    "DateTime": _TIMES,
    "Float": _FLOATS,
    "NUMERIC": ("numeric",),
    "Numeric": ("numeric", *_FLOATS),
    "JSON": ("json", "jsonb"),
    "JSONB": ("jsonb",),
    "UUID": ("uuid",),
    "Uuid": ("uuid",),
    "LargeBinary": ("bytea",),
}
"""The types that SQLAlchemy reflects from PostgreSQL as a class, or as one derived from it."""


def _is_reflected(type_: Type, classes: list[str]) -> bool | None:
    if not type_.known or not classes or type_.dimensions or type_.enum is not None:
        return None
    if any(type_.name in _REFLECTED.get(one, ()) for one in classes):
        return True
    return False if all(one in _REFLECTED for one in classes) else None


def _has_index(schema: Schema, on: Name | None, name: Name) -> bool | None:
    if name.name in schema.doubted:
        return None
    owner = schema.indexes.get(name)
    if owner is not None and on in (None, owner):
        index = schema.index(name)
        return _sure(index.uncertain if index is not None else False)
    table = schema.tables.get(on or NOBODY)
    if table is not None:
        return False if (table.complete or name.name in table.gone) and not table.uncertain else None
    return _absent(schema, "index", name)


def _has_constraint(schema: Schema, on: Name | None, name: Name) -> bool | None:
    if name.name in schema.doubted:
        return None
    if on is None:
        return True if schema.constraint_names.get(name) else _absent(schema, "constraint", name)
    table = schema.tables.get(on)
    if table is None:
        return None
    constraint = table.constraints.get(name.name)
    if constraint is not None:
        return _sure(constraint.uncertain)
    return False if (table.complete or name.name in table.gone) and not table.uncertain else None


def _has_primary_key(schema: Schema, on: Name | None) -> bool | None:
    table = schema.tables.get(on or NOBODY)
    key = table.primary_key if table is not None else None
    if key is not None:
        return _sure(key.uncertain or key.name in schema.doubted)
    return False if table is not None and table.complete and not table.uncertain else None
