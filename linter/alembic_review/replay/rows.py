"""What touches rows, and what could not be read: what it needs, and what it leaves in doubt."""

from __future__ import annotations

import re

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.replay import search_path
from alembic_review.replay.draft import Draft, plain, touched
from alembic_review.replay.stored import use_compared, use_new_values, use_sql
from alembic_review.schema import Key, Table
from alembic_review.types import HOLE, Name

# Statements and directives that leave the schema as it is.
_ROW_VERBS = frozenset(
    (
        "ANALYZE",
        "BEGIN",
        "BULK_INSERT",
        "CLUSTER",
        "COMMENT",
        "COMMIT",
        "COPY",
        "DELETE",
        "EXPLAIN",
        "GRANT",
        "INSERT",
        "LISTEN",
        "LOCK",
        "MERGE",
        "NOTIFY",
        "REFRESH",
        "REINDEX",
        "RELEASE",
        "RESET",
        "REVOKE",
        "ROLLBACK",
        "SAVEPOINT",
        "SELECT",
        "SET",
        "SHOW",
        "TRUNCATE",
        "UPDATE",
        "VACUUM",
        "VALUES",
        "WITH",
    )
)


def write(
    draft: Draft,
    name: Name,
    columns: tuple[str, ...] = (),
    values: tuple[str, ...] = (),
    others: tuple[Name, ...] = (),
    *,
    sql: str | None = None,
    compared: tuple[tuple[str, str], ...] = (),
) -> None:
    """INSERT, UPDATE, DELETE or TRUNCATE of a table: it must be there, its columns too, and what it reads.

    *compared* are columns with literals that they are compared with, where the statement is no *sql*.
    """
    for other in others:
        read(draft, other)
    table = draft.tables.get(plain(name))
    if table is None:
        read(draft, name)
        return
    for column in columns:
        if column not in table.columns:
            draft.lacks_column(table, column, f'column "{column}" of relation "{table.name.name}" does not exist')
    use_new_values(draft, table, columns, values)
    use_sql(draft, sql, table.name, *others)
    for column, value in compared:
        use_compared(draft, [table], column, (value,))


def read(draft: Draft, name: Name) -> None:
    """Rows of a table that the history dropped cannot be read."""
    name = plain(name)
    by = draft.gone.get(Key("table", name))
    if by is not None and draft.relation(name) is None:
        draft.refuse("UndefinedTable", f'relation "{name}" does not exist', "table", str(name), name, by=by)


def execute(draft: Draft, operation: ops.Execute) -> None:
    """A statement that leaves schema and rows as they are, but for functions of PostGIS that add columns."""
    if operation.verb in ("COMMIT", "END"):
        draft.commit()
    elif operation.verb == "ROLLBACK":
        draft.run = replace(draft.run, path=draft.run.lasting_path)
    search_path.follow(draft, operation)
    if operation.sql is not None and "geometrycolumn" in operation.sql.lower():
        for text in _named(operation.sql):
            table = draft.tables.get(Name(text))
            if table is not None:
                draft.put(table, replace(table, complete=False))
    if operation.verb in ("SELECT", "VALUES", "WITH"):
        use_sql(draft, operation.sql, *operation.tables)
    for name in operation.tables:
        read(draft, name)
    if operation.verb == "ALTER TABLE DETACH PARTITION":
        for name in map(plain, operation.tables[1:]):
            if (table := draft.tables.get(name)) is not None:
                draft.put(table, replace(table, partition_of=None))


_NAME = re.compile(r"""(?<=['"])[A-Za-z_]\w*(?=['"])""")


def _named(source: str) -> frozenset[str]:
    """What stands in quotes in a piece of source, and may be a name."""
    return frozenset(_NAME.findall(source))


def unread(draft: Draft, operation: ops.Unread) -> None:
    """Most of what is not read writes rows; the rest makes doubtful what it may have touched.

    Where it may have touched anything, only the names that stand in its source are doubted (`Draft.lose_track`).
    """
    verb = operation.verb.partition(" ")[0].upper()
    if verb in ("", "SET", "SELECT"):
        search_path.lose(draft, operation)
    if verb in _ROW_VERBS:
        return
    for name in map(plain, operation.tables):
        table = draft.tables.get(name)
        if table is not None:
            draft.put(table, replace(touched(table), uncertain=True))
        elif HOLE not in name.name and draft.relation(name) is None:
            draft.tables = draft.tables.put(name, Table(name, draft.origin, uncertain=True, complete=False))
    if operation.anything:
        draft.lose_track()
        names = _named(operation.what)
        draft.doubted |= names
        for text in names:
            table = draft.tables.get(Name(text))
            if table is not None:
                draft.put(table, replace(touched(table), uncertain=True))
        if verb in ("DROP_TABLE", "RENAME_TABLE"):
            draft.doubt_tables()
