"""Two rows in every table, so that what a claim says of rows can be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from psycopg import Connection, sql

ROWS = (1, 2)

_COLUMNS = """
SELECT c.oid, n.nspname, c.relname, a.attnum, a.attname, t.typname, t.typtype, e.typname,
    CASE WHEN t.typname IN ('varchar', 'bpchar') THEN a.atttypmod - 4 WHEN t.typname = 'bit' THEN a.atttypmod END,
    ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = coalesce(e.oid, t.oid) ORDER BY enumsortorder)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type d ON d.oid = a.atttypid
JOIN pg_type t ON t.oid = CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END
LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relname <> 'alembic_version'
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
ORDER BY c.oid, a.attnum
"""

_KEYS = """
SELECT conrelid, k.own, confrelid, k.referred
FROM pg_constraint, unnest(conkey, confkey) k (own, referred)
WHERE contype = 'f'
"""

_VALUES: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8", "oid", "money"), str),
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "citext", "json", "jsonb", "tsvector", "bytea"), str),
    "bool": lambda number: str(number % 2 == 1),
    "uuid": lambda number: f"00000000-0000-0000-0000-{number:012}",
    "date": lambda number: f"2020-01-{number % 28 + 1:02}",
    "timestamp": lambda number: f"2020-01-{number % 28 + 1:02} 12:34:56.789",
    "timestamptz": lambda number: f"2020-01-{number % 28 + 1:02} 12:34:56.789+00",
    "time": lambda number: f"12:34:{number % 60:02}",
    "timetz": lambda number: f"12:34:{number % 60:02}+00",
    "interval": lambda number: f"{number} hours",
    "inet": lambda number: f"10.0.0.{number % 255}",
    "cidr": lambda number: f"10.0.{number % 255}.0/24",
    "bit": lambda number: f"{number:b}",
    "varbit": lambda number: f"{number:b}",
    "int4range": lambda number: f"[{number},{number + 1})",
    "tstzrange": lambda number: f"[2020-01-{number % 28 + 1:02},2020-02-01)",
    "xml": lambda number: f"<a>{number}</a>",
    "point": lambda number: f"({number},{number})",
}


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str
    element: str | None
    length: int | None
    labels: list[str]

    def value(self, number: int) -> str:
        """A literal that tells *number*, as far as the type can."""
        if self.labels:
            text = self.labels[number % len(self.labels)]
        else:
            name = self.element or self.type
            if name not in _VALUES:
                raise NotImplementedError(f'No value for the type "{name}" of "{self.name}": insert rows in Given.')
            text = _VALUES[name](number)
        if self.element:
            return f"{{{text}}}"
        if self.length is not None and self.length > 0:
            text = text[-self.length :]
        return text.rjust(self.length, "0") if self.type == "bit" and self.length else text


def fill(connection: Connection[Any]) -> None:
    """Put two rows into every table that has none.

    No two columns hold the same, but for those of small types, and foreign keys hold what they refer to. Tables whose
    checks or types ask for more need rows of the page's own, inserted in its Given.
    """
    tables: dict[int, tuple[sql.Identifier, dict[int, _Column]]] = {}
    for oid, schema, table, number, name, type_, _kind, element, length, labels in connection.execute(_COLUMNS):
        columns = tables.setdefault(oid, (sql.Identifier(schema, table), {}))[1]
        columns[number] = _Column(name, type_, element, length, labels)
    referred = {(table, own): (other, key) for table, own, other, key in connection.execute(_KEYS)}
    numbers: dict[tuple[int, int], int] = {}
    ordinals = count()

    def ordinal(column: tuple[int, int]) -> int:
        seen = {column}
        while column in referred and referred[column] not in seen:
            column = referred[column]
            seen.add(column)
        if column not in numbers:
            numbers[column] = next(ordinals) * len(ROWS)
        return numbers[column]

    with connection.transaction():
        # Foreign keys are not asked, so that the order of the tables does not matter.
        connection.execute("SET LOCAL session_replication_role = replica")
        for oid, (table, columns) in tables.items():
            if connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(table)).fetchone() is not None:
                continue
            for row in ROWS:
                values = [column.value(ordinal((oid, number)) + row) for number, column in columns.items()]
                connection.execute(
                    sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
                        table,
                        sql.SQL(", ").join(sql.Identifier(column.name) for column in columns.values()),
                        sql.SQL(", ").join(map(sql.Literal, values)),
                    )
                )
        # What the revisions insert themselves must not meet our keys.
        connection.execute("SELECT setval(c.oid, 1000) FROM pg_class c WHERE relkind = 'S'")


def empty(connection: Connection[Any]) -> None:
    """Take all rows out of all tables, but for Alembic's own."""
    for table in tables(connection):
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(*table)))


Held = dict[tuple[str, str], list[dict[str, str | None]]]
"""The rows of every table, by its schema and name; values as text, by the name of their column."""


def held(connection: Connection[Any]) -> Held:
    """What every table holds, but for Alembic's own."""
    found: Held = {}
    for table in tables(connection):
        query = sql.SQL("SELECT to_jsonb(t) FROM {} t").format(sql.Identifier(*table))
        found[table] = [
            {key: None if value is None else str(value) for key, value in row.items()}
            for (row,) in connection.execute(query)
        ]
    return found


def tables(connection: Connection[Any]) -> list[tuple[str, str]]:
    """The user's tables, as (schema, name)."""
    return list(dict.fromkeys((schema, table) for _oid, schema, table, *_ in connection.execute(_COLUMNS)))


def all_locked(connection: Connection[Any], table: str) -> bool:
    """Whether another session holds a lock on every row of *table*, which has some."""
    name = sql.Identifier(table)
    there = connection.execute(sql.SQL("SELECT count(*) > 0 FROM {}").format(name)).fetchone()
    free = connection.execute(sql.SQL("SELECT FROM {} FOR UPDATE SKIP LOCKED").format(name)).fetchall()
    return there == (True,) and not free
