"""What stands on types and functions: columns, triggers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from alembic_review.replay.columns import drop_column
from alembic_review.replay.draft import Draft, having
from alembic_review.replay.outcome import Dependent
from alembic_review.replay.stored import EXTENSION_TYPES
from alembic_review.schema import Attached, Column, Key, Table
from alembic_review.types import Name


def columns_of(draft: Draft, key: Key) -> list[tuple[Table, Column]]:
    """The columns whose type is a domain or composite type, or one of those that an extension brings."""
    return [
        (table, column)
        for table in map(draft.tables.__getitem__, draft.tables)
        for column in table.columns.values()
        if column.enum is None and _has_type(column, key)
    ]


def _has_type(column: Column, key: Key) -> bool:
    if key.kind == "extension":
        return column.type.schema is None and EXTENSION_TYPES.get(column.type.name) == key.name.name
    return Name(column.type.name, column.type.schema) == key.name


def let_type_go(
    draft: Draft,
    what: str,
    key: Key,
    columns: Iterable[tuple[Table, Column]],
    defaults: Iterable[tuple[Table, Column]] = (),
    *,
    cascade: bool,
    surely: bool = True,
) -> None:
    """Drop the columns of a type along with it, or refuse to drop it while there are any.

    *defaults* are the columns of other types whose defaults stand on it. *what* is what PostgreSQL calls the thing; not
    *surely*: it may not be there.
    """
    columns, defaults = list(columns), list(defaults)
    dependents = [
        (Dependent(kind, column.name, table.name), draft.doubts(column))
        for kind, users in (("column", columns), ("default", defaults))
        for table, column in users
    ]
    draft.let_go(what, key.kind, str(key.name), None, dependents, cascade=cascade or not surely)
    if cascade:
        for table, column in defaults:
            now = draft.tables[table.name]
            bare = replace(column, default=None, default_type=None)
            draft.put(now, having(now, {**now.columns, column.name: bare}))
        for table, column in columns:
            drop_along(draft, table.name, column)


def drop_along(draft: Draft, table: Name, column: Column) -> None:
    """A column goes along with its type, if it did not go along with another one before."""
    now = draft.tables[table]
    if column.name in now.columns:
        draft.went("dropped", "column", column, table)
        drop_column(draft, now, column, cascade=True)


def let_function_go(draft: Draft, name: Name, *, cascade: bool) -> None:
    """Drop the triggers that call a function along with it, or refuse to drop it while there are any."""
    triggers = [
        (table, attached)
        for table in map(draft.tables.__getitem__, draft.tables)
        for attached in table.attached.values()
        if attached.kind == "trigger" and _calls(attached, name)
    ]
    draft.let_go(
        f"function {name}()",
        "function",
        str(name),
        None,
        [(Dependent("trigger", item.name, table.name), draft.doubts(item)) for table, item in triggers],
        cascade=cascade,
    )
    for table, trigger in triggers if cascade else ():
        now = draft.tables[table.name]
        draft.went("dropped", "trigger", trigger, table.name)
        draft.put(now, replace(now, attached={key: item for key, item in now.attached.items() if item is not trigger}))


_EXECUTES = re.compile(r'\bEXECUTE\s+(?:FUNCTION|PROCEDURE)\s+(?:"?(\w+)"?\s*\.\s*)?"?(\w+)"?\s*\(', re.IGNORECASE)


def _calls(trigger: Attached, function: Name) -> bool:
    found = _EXECUTES.search(trigger.definition or "")
    if found is None or found[2].lower() != function.name.lower():
        return False
    return (found[1] or "public").lower() == (function.schema or "public").lower()
