"""Whether a step writes every row of a table anew, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from alembic_review.casts import cast
from alembic_review.change import Settings, Step
from alembic_review.operations import AddColumn, AlterColumn, AlterTable, Column, Operation
from alembic_review.schema import Schema, words
from alembic_review.types import HOLE, Name, Type, sql_type

# pg_proc.provolatile of PostgreSQL 18, of uuid-ossp and pgcrypto, and what projects call functions of that sort.
_VOLATILE = frozenset(
    (
        "clock_timestamp",
        "currval",
        "gen_random_bytes",
        "gen_random_ulid",
        "gen_random_uuid",
        "gen_salt",
        "gen_ulid",
        "generate_ulid",
        "lastval",
        "nextval",
        "random",
        "random_normal",
        "setval",
        "timeofday",
        "uuid_generate_v1",
        "uuid_generate_v1mc",
        "uuid_generate_v4",
        "uuid_generate_v7",
        "uuidv4",
        "uuidv7",
    )
)

# What ALTER TABLE does by copying the table.
_COPYING = {
    "ALTER COLUMN SET EXPRESSION": "a generated column is computed anew",
    "SET ACCESS METHOD": "it gets another access method",
    "SET LOGGED": "it becomes logged",
    "SET TABLESPACE": "it moves to another tablespace",
    "SET UNLOGGED": "it becomes unlogged",
}


def reason(step: Step[Operation], settings: Settings) -> str | None:
    """Why the rows are rewritten, in words that end a message; None where they are not, or where nobody can tell."""
    match step.operation:
        case AlterColumn(type=Type()):
            return _of_type(step.operation, step, settings)
        case AddColumn():
            return _of_column(step.operation, step, settings)
        case AlterTable(action=action):
            return _COPYING.get(action)
        case _:
            return None


def _of_type(operation: AlterColumn, step: Step[Operation], settings: Settings) -> str | None:
    before = step.before.column(operation.table, operation.column)
    after = step.after.column(operation.table, operation.new_name or operation.column)
    old = operation.existing_type
    if before is not None and (before.type.known or old is None):
        old = before.type
    # What the schema keeps of a type knows of enum types, which SQL text does not.
    new = after.type if after is not None and not after.uncertain else operation.type
    if new is not None and _is_refused(new):
        return None
    shown = f"{new}" if new is not None and new.known else "another type"
    told = f'"{operation.column}" becomes {shown}'
    if operation.using is not None and operation.using.strip(HOLE) and not _only_casts(operation):
        return told
    if old is not None and new is not None and _differ_by_name(old, new):
        shown = next(_leaf(one) for one in (new, old) if one.opaque)
        return f'"{operation.column}" becomes {_leaf(new)}, unless {shown} is stored alike'
    if old is None or new is None:
        return None
    # Each cast of USING is applied, also where it leads back to the type that the column has.
    ways = [(old, new), *pairwise([old, *_cast_to(operation.using or ""), new])]
    return told if any(_is_work(one, other, settings) for one, other in ways) else None


def _is_work(old: Type, new: Type, settings: Settings) -> bool:
    change = cast(old, new)
    if change is None or change.how in ("same", "free"):
        return False
    # timestamp to timestamptz: on servers that run in UTC, as most do, it changes only the catalogue.
    return not (change.utc_free and settings.postgresql >= 12)


def _cast_to(using: str) -> Iterator[Type]:
    """The types that an expression casts to with ``::``, one after the other."""
    for match in re.finditer(r"::\s*([A-Za-z_][\w ]*?)\s*(?:\((\d+)\))?\s*(?=::|\)|$)", using):
        yield sql_type(match[1].lower(), (int(match[2]),) if match[2] else ())


def _is_refused(new: Type) -> bool:
    """Whether PostgreSQL knows no such length: then it is a type of MySQL's."""
    length = new.args[0] if new.args else None
    return new.name in ("varchar", "char") and isinstance(length, int) and length > _LONGEST


# MaxAttrSize of PostgreSQL.
_LONGEST = 10485760

# What types of projects are stored as, by words in their names that leave little doubt.
_BY_NAME = {
    "uuid": "uuid",
    "guid": "uuid",
    "datetime": "time",
    "timestamp": "time",
    "unicode": "text",
    "string": "text",
    "text": "text",
}
_SORTS = {
    "char": "text",
    "timestamp with time zone": "time",
    "timestamp": "time",
    "varchar": "text",
}


def _differ_by_name(old: Type, new: Type) -> bool:
    """Whether one is a type of the project whose name says that it is stored as something else than the other."""
    if not (old.opaque or new.opaque):
        return False
    one, other = _sort(old), _sort(new)
    return one is not None and other is not None and one != other


def _sort(kind: Type) -> str | None:
    if not kind.opaque:
        return _SORTS.get(kind.name, kind.name) if kind.known and not kind.dimensions else None
    leaf = _leaf(kind).lower()
    return next((sort for word, sort in _BY_NAME.items() if word in leaf), None)


def _leaf(kind: Type) -> str:
    return kind.name.rpartition(".")[2] if kind.opaque else str(kind)


def _only_casts(operation: AlterColumn) -> bool:
    """Whether USING is the column and nothing more, or the column cast, which PostgreSQL does by itself."""
    column = f"(?:{re.escape(operation.column)}|{HOLE})"
    bare = rf'\(*\s*"?{column}"?\s*\)*'
    casts = rf'{bare}(\s*::\s*[\w\s."()\[\],]+)*|CAST\s*\({bare}\s+AS\s[\w\s."()\[\],]+\)'
    return re.fullmatch(casts, (operation.using or "").strip(), re.IGNORECASE) is not None


def _of_column(operation: AddColumn, step: Step[Operation], settings: Settings) -> str | None:
    declared = operation.column
    made = step.after.column(operation.table, declared.name)
    if declared.identity is not None or (made is not None and made.sequence is not None):
        return f'each gets its number in the new column "{declared.name}"'
    if declared.computed is not None:
        # SQLAlchemy 2.1 leaves it to the server, which does not store it from PostgreSQL 18 on.
        stored = declared.computed.stored
        if stored or (stored is None and (settings.postgresql < 18 or (settings.sqlalchemy or (2, 0)) < (2, 1))):
            return f'each gets its value of the new column "{declared.name}"'
        return None
    default = declared.default
    if default is not None and settings.postgresql < 11:
        return f'each gets the default of the new column "{declared.name}"'
    if default is not None and not default.quoted and _is_volatile(default.sql or "", step.before):
        return f'each gets a value of its own in the new column "{declared.name}"'
    if _is_checked_domain(declared, step.before):
        return f'the values of the new column "{declared.name}" are checked against its domain'
    return None


def _is_volatile(sql: str, schema: Schema) -> bool:
    """Whether an expression has another value in each row: it calls a function that says so, or is not said not to."""
    called = words(sql)
    if called & _VOLATILE:
        return True
    for name in called:
        function = schema.object("function", Name(name))
        if function is not None and function.definition is not None and f"{name}(" in sql.lower().replace(" ", ""):
            return not words(function.definition) & {"immutable", "stable"}
    return False


def _is_checked_domain(declared: Column, schema: Schema) -> bool:
    """Whether the type is a domain with constraints: PostgreSQL checks them by writing the rows."""
    domain = schema.object("domain", Name(declared.type.name, declared.type.schema))
    return domain is not None and domain.definition is not None and bool(words(domain.definition) & {"check", "not"})
