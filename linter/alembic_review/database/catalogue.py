"""What stands in a database: a live PostgreSQL's catalogue as plain values, to be compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from msgspec import Struct, field
from psycopg import Connection
from psycopg.rows import tuple_row

from alembic_review.types import Name

K = TypeVar("K")
V = TypeVar("V")


class Column(Struct, frozen=True):
    """A column. `type` is in the words of ``format_type``: ``character varying(50)``, ``mood[]``.

    `default` and `computed` are expressions as PostgreSQL writes them; `identity` is ``always`` or ``by default``.
    `computed` is ``GENERATED ALWAYS AS``, and `stored` tells whether it is so, or virtual (since PostgreSQL 18).
    `collation` is there where it is not that of the type.
    """

    type: str
    nullable: bool
    default: str | None = None
    identity: str | None = None
    computed: str | None = None
    stored: bool = False
    collation: str | None = None
    comment: str | None = None


class Constraint(Struct, frozen=True):
    """A constraint: ``primary key``, ``unique``, ``foreign key``, ``check`` or ``exclude``.

    NOT NULL is told by `Column.nullable`; only where it is not valid, it is a constraint of the kind ``not null``.
    `index` is the one that keeps the constraint, or that a foreign key stands on in the other table.
    """

    kind: str
    columns: tuple[str, ...]
    definition: str
    valid: bool = True
    referred: Name | None = None
    referred_columns: tuple[str, ...] = ()
    index: str | None = None


class Index(Struct, frozen=True):
    """An index that is no constraint's own. `elements` are its keys, columns by name and expressions as SQL.

    `orders` are theirs, and stand behind each: collation, operator class, order, as far as they are not the default
    ones. `definition` is the whole statement. `valid` is False after a failed ``CREATE INDEX CONCURRENTLY``.
    """

    definition: str
    unique: bool
    valid: bool
    using: str
    elements: tuple[str, ...]
    include: tuple[str, ...] = ()
    where: str | None = None
    orders: tuple[str, ...] = ()


class Table(Struct, frozen=True):
    """A table, with columns in their order (which does not count when two are compared), all else by name.

    `attached` are its triggers, rules and policies by (kind, name). `partitioned_by` is the key of a partitioned
    table, `bound` that of a partition of `partition_of`.
    """

    columns: Mapping[str, Column] = field(default_factory=dict)
    constraints: Mapping[str, Constraint] = field(default_factory=dict)
    indexes: Mapping[str, Index] = field(default_factory=dict)
    attached: Mapping[tuple[str, str], str] = field(default_factory=dict)
    comment: str | None = None
    unlogged: bool = False
    partitioned_by: str | None = None
    partition_of: Name | None = None
    bound: str | None = None


class View(Struct, frozen=True):
    """A view or materialized view; `attached` as for tables."""

    definition: str
    materialized: bool = False
    indexes: Mapping[str, Index] = field(default_factory=dict)
    attached: Mapping[tuple[str, str], str] = field(default_factory=dict)
    comment: str | None = None


class Sequence(Struct, frozen=True):
    """A sequence; `table` and `column` own it, and take it along when they go. Where it stands does not count."""

    definition: str
    table: Name | None = None
    column: str | None = None


class Catalogue(Struct, frozen=True):
    """All that is in a database, but for what every new one has and what belongs to extensions.

    Names are those of the replay: no schema means ``public``. `enums` has the labels in order. `objects` has the
    definitions of what else there is by (kind, name): ``schema`` (which has none), ``extension`` (its version),
    ``function`` (all that share the name; procedures and aggregates too), ``domain``, and ``type`` (composites and
    ranges).
    """

    tables: Mapping[Name, Table] = field(default_factory=dict)
    views: Mapping[Name, View] = field(default_factory=dict)
    enums: Mapping[Name, tuple[str, ...]] = field(default_factory=dict)
    sequences: Mapping[Name, Sequence] = field(default_factory=dict)
    objects: Mapping[tuple[str, Name], str] = field(default_factory=dict)


def reflect(connection: Connection[Any], ignored: Collection[Name] = ()) -> Catalogue:
    """What the database of *connection* holds, as that session sees it, but for the *ignored* tables.

    The session stays as it was, in a transaction or not. Of the user's tables nothing is read.

    Raises psycopg.Error, as in a transaction that has failed.
    """
    with connection.transaction(force_rollback=True), connection.cursor(row_factory=tuple_row) as cursor:
        # What is in the search path is written without its schema. The rollback restores the session's own.
        cursor.execute("SET LOCAL search_path TO public")
        relations = cursor.execute(_RELATIONS).fetchall()
        ids = {"relations": [relation[0] for relation in relations]}
        columns = _grouped((row[0], row[1], Column(*row[2:])) for row in cursor.execute(_COLUMNS, ids))
        constraints = _grouped((row[0], row[1], _constraint(*row[2:])) for row in cursor.execute(_CONSTRAINTS, ids))
        indexes = _grouped((row[0], row[1], _index(*row[2:])) for row in cursor.execute(_INDEXES, ids))
        attached = _grouped((row[0], (row[1], row[2]), row[3]) for row in cursor.execute(_ATTACHED, ids))
        sequences = cursor.execute(_SEQUENCES).fetchall()
        enums = cursor.execute(_ENUMS).fetchall()
        objects = cursor.execute(_OBJECTS).fetchall()

    tables, views = {}, {}
    for relation, schema, text, kind, comment, unlogged, key, parent_schema, parent, bound, definition in relations:
        name = _name(schema, text)
        its_indexes, its_attached = indexes.get(relation, {}), attached.get(relation, {})
        if definition is not None:
            views[name] = View(definition, kind == "m", its_indexes, its_attached, comment)
        elif name not in ignored:
            tables[name] = Table(
                columns.get(relation, {}),
                constraints.get(relation, {}),
                its_indexes,
                its_attached,
                comment,
                unlogged,
                key,
                _name(parent_schema, parent) if parent else None,
                bound,
            )
    return Catalogue(
        tables,
        views,
        {_name(schema, text): tuple(labels) for schema, text, labels in enums},
        {
            _name(schema, text): Sequence(definition, _name(owner_schema, owner) if owner else None, column)
            for schema, text, definition, owner_schema, owner, column in sequences
        },
        {(kind, _name(schema, text)): definition for kind, schema, text, definition in objects},
    )


def _name(schema: str | None, text: str) -> Name:
    return Name(text, None if schema == "public" else schema)


def _grouped(rows: Iterable[tuple[int, K, V]]) -> dict[int, dict[K, V]]:
    groups: dict[int, dict[K, V]] = {}
    for relation, name, value in rows:
        groups.setdefault(relation, {})[name] = value
    return groups


def _constraint(
    kind: str,
    columns: list[str],
    definition: str,
    valid: bool,
    referred_schema: str | None,
    referred: str | None,
    referred_columns: list[str],
    index: str | None,
) -> Constraint:
    return Constraint(
        _KINDS[kind],
        tuple(columns),
        definition,
        valid,
        _name(referred_schema, referred) if referred else None,
        tuple(referred_columns),
        index,
    )


def _index(
    definition: str,
    unique: bool,
    valid: bool,
    using: str,
    elements: list[str],
    include: list[str],
    where: str | None,
    orders: list[str],
) -> Index:
    return Index(definition, unique, valid, using, tuple(elements), tuple(include), where, tuple(orders))


# pg_constraint.contype (https://www.postgresql.org/docs/current/catalog-pg-constraint.html)
_KINDS = {"p": "primary key", "u": "unique", "f": "foreign key", "c": "check", "x": "exclude", "n": "not null"}


# --- questions -------------------------------------------------------------------------------------------------------
#
# Names that begin with pg_ are PostgreSQL's own. A pg_depend row of the kind "e" says that an extension owns a thing.

_RELATIONS = """
SELECT c.oid, n.nspname, c.relname, c.relkind, obj_description(c.oid, 'pg_class'), c.relpersistence = 'u',
    pg_get_partkeydef(c.oid), pn.nspname, p.relname, pg_get_expr(c.relpartbound, c.oid),
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_inherits i ON c.relispartition AND i.inhrelid = c.oid
LEFT JOIN pg_class p ON p.oid = i.inhparent
LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
ORDER BY n.nspname, c.relname
"""

_COLUMNS = """
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
    CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
    CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
    CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END, a.attgenerated = 's',
    l.collname, col_description(a.attrelid, a.attnum)
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation l ON l.oid = a.attcollation AND a.attcollation <> t.typcollation
WHERE a.attrelid = ANY(%(relations)s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

# A foreign key to a partitioned table has a row for each of its partitions too, which is of no interest.
_CONSTRAINTS = """
SELECT c.conrelid, c.conname, c.contype,
    ARRAY(SELECT a.attname FROM unnest(c.conkey) WITH ORDINALITY k (number, place)
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.place),
    pg_get_constraintdef(c.oid), c.convalidated, n.nspname, r.relname,
    ARRAY(SELECT a.attname FROM unnest(c.confkey) WITH ORDINALITY k (number, place)
          JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number ORDER BY k.place),
    i.relname
FROM pg_constraint c
LEFT JOIN pg_class r ON r.oid = c.confrelid
LEFT JOIN pg_namespace n ON n.oid = r.relnamespace
LEFT JOIN pg_class i ON i.oid = c.conindid
WHERE c.conrelid = ANY(%(relations)s::oid[])
    AND (c.contype IN ('p', 'u', 'f', 'c', 'x') OR c.contype = 'n' AND NOT c.convalidated)
    AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid)
ORDER BY c.conrelid, c.conname
"""

_INDEXES = """
SELECT i.indrelid, c.relname, pg_get_indexdef(i.indexrelid), i.indisunique, i.indisvalid, m.amname,
    ARRAY(SELECT coalesce(a.attname::text, pg_get_indexdef(i.indexrelid, k, false))
          FROM generate_series(1, i.indnkeyatts) k
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = nullif(i.indkey[k - 1], 0) ORDER BY k),
    ARRAY(SELECT a.attname FROM generate_series(i.indnkeyatts + 1, i.indnatts) k
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] ORDER BY k),
    pg_get_expr(i.indpred, i.indrelid),
    ARRAY(SELECT concat_ws(' ',
              'COLLATE ' || quote_ident(nullif(l.collname, coalesce(own.collname, 'default'))),
              CASE WHEN NOT o.opcdefault THEN o.opcname END,
              CASE i.indoption[k - 1] & 3
                  WHEN 1 THEN 'DESC NULLS LAST' WHEN 2 THEN 'NULLS FIRST' WHEN 3 THEN 'DESC' END)
          FROM generate_series(1, i.indnkeyatts) k
          JOIN pg_opclass o ON o.oid = i.indclass[k - 1]
          LEFT JOIN pg_collation l ON l.oid = i.indcollation[k - 1]
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = nullif(i.indkey[k - 1], 0)
          LEFT JOIN pg_collation own ON own.oid = a.attcollation ORDER BY k)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am m ON m.oid = c.relam
WHERE i.indrelid = ANY(%(relations)s::oid[])
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u', 'x'))
ORDER BY i.indrelid, c.relname
"""

_ATTACHED = """
SELECT tgrelid, 'trigger', tgname, pg_get_triggerdef(oid)
FROM pg_trigger WHERE tgrelid = ANY(%(relations)s::oid[]) AND NOT tgisinternal
UNION ALL
SELECT ev_class, 'rule', rulename, pg_get_ruledef(oid)
FROM pg_rewrite WHERE ev_class = ANY(%(relations)s::oid[]) AND rulename <> '_RETURN'
UNION ALL
SELECT polrelid, 'policy', polname,
    concat_ws(' ', CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, polcmd::text,
        'TO ' || polroles::regrole[]::text, 'USING ' || pg_get_expr(polqual, polrelid),
        'WITH CHECK ' || pg_get_expr(polwithcheck, polrelid))
FROM pg_policy WHERE polrelid = ANY(%(relations)s::oid[])
ORDER BY 1, 2, 3
"""

# A sequence belongs to a column by OWNED BY (kind "a") or as its identity (kind "i").
_SEQUENCES = """
SELECT n.nspname, c.relname,
    concat_ws(' ', 'AS', format_type(s.seqtypid, NULL), 'START', s.seqstart, 'INCREMENT', s.seqincrement,
        'MINVALUE', s.seqmin, 'MAXVALUE', s.seqmax, 'CACHE', s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' END),
    tn.nspname, t.relname, a.attname
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
ORDER BY n.nspname, c.relname
"""

_ENUMS = """
SELECT n.nspname, t.typname, ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_type'::regclass AND objid = t.oid AND deptype = 'e')
ORDER BY n.nspname, t.typname
"""

# Every new database has the schema public and the extension plpgsql. PostgreSQL writes no definition of an aggregate.
_OBJECTS = """
SELECT 'schema' AS kind, 'public' AS nspname, nspname AS name, '' AS definition
FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
    AND NOT EXISTS (SELECT FROM pg_depend
                    WHERE classid = 'pg_namespace'::regclass AND objid = pg_namespace.oid AND deptype = 'e')
UNION ALL
SELECT 'extension', 'public', extname, extversion FROM pg_extension WHERE extname <> 'plpgsql'
UNION ALL
SELECT 'function', n.nspname, p.proname,
    string_agg(CASE p.prokind WHEN 'a' THEN 'AGGREGATE ' || p.oid::regprocedure ELSE pg_get_functiondef(p.oid) END, ''
               ORDER BY pg_get_function_identity_arguments(p.oid))
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'i')
GROUP BY n.nspname, p.proname
UNION ALL
SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, n.nspname, t.typname,
    CASE t.typtype
    WHEN 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'NOT NULL' END,
        'DEFAULT ' || t.typdefault,
        (SELECT string_agg(pg_get_constraintdef(oid), ' ' ORDER BY conname)
         FROM pg_constraint WHERE contypid = t.oid AND contype = 'c'))
    WHEN 'r' THEN (SELECT 'RANGE OF ' || format_type(rngsubtype, NULL) FROM pg_range WHERE rngtypid = t.oid)
    ELSE (SELECT string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
          FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped)
    END
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE (t.typtype IN ('d', 'r') OR c.relkind = 'c') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_type'::regclass AND objid = t.oid AND deptype = 'e')
ORDER BY kind, nspname, name
"""
