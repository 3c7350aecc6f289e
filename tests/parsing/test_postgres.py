from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterColumn,
    AlterTable,
    Check,
    Column,
    CommentOn,
    Computed,
    Condition,
    CreateEnum,
    CreateIndex,
    CreateObject,
    CreateTable,
    Default,
    Delete,
    DropColumn,
    DropConstraint,
    DropEnum,
    DropIndex,
    DropObject,
    DropTable,
    Execute,
    ForeignKey,
    Identity,
    IndexElement,
    Insert,
    InvalidSQL,
    Operation,
    Place,
    PrimaryKey,
    RenameConstraint,
    RenameEnumValue,
    RenameObject,
    RenameTable,
    SetSchema,
    Truncate,
    Unique,
    Unread,
    Update,
    ValidateConstraint,
)
from alembic_review.parsing.postgres import ask, read
from alembic_review.parsing.sql_statements import OTHER_TREE
from alembic_review.types import HOLE, UNKNOWN_NAME, UNKNOWN_TYPE, Name, Type


def operations(sql: str) -> list[Operation]:
    """What *sql* is, with ``⌂`` for what is not known."""
    return read(sql.replace("⌂", HOLE), lambda start, end: Place((), start, end))


def one(sql: str) -> Operation:
    found = operations(sql)
    assert len(found) == 1, found
    return found[0]


def at(sql: str, operation: Operation) -> str:
    """The characters at which an operation stands."""
    return sql[operation.place.start : operation.place.end]


def bare(operation: Operation) -> tuple[object, ...]:
    """An operation without where it stands, as the values of its own fields that are not their defaults."""
    own = [name for name in type(operation).__struct_fields__ if name not in Operation.__struct_fields__]
    return (
        type(operation),
        *[value for name in own if (value := getattr(operation, name)) not in (None, False, (), "")],
    )


def test_a_table_has_its_columns_with_types_defaults_and_constraints() -> None:
    sql = """
        CREATE TABLE IF NOT EXISTS app.job (
            id serial PRIMARY KEY,
            "State" job_state NOT NULL DEFAULT 'new',
            code varchar(50) UNIQUE,  -- the code
            owner int CONSTRAINT fk REFERENCES app.owner (id) ON DELETE CASCADE DEFERRABLE,
            made timestamptz DEFAULT  now(  ),
            total numeric(10) GENERATED ALWAYS AS ((a  +  b)) STORED,
            tags text[] DEFAULT NULL,
            number bigint GENERATED ALWAYS AS IDENTITY,
            CHECK (code <> ''),
            CONSTRAINT one UNIQUE (code, owner)
        )
    """

    table = one(sql)

    assert isinstance(table, CreateTable)
    assert (table.table, table.if_not_exists, table.opaque) == (Name("job", "app"), True, False)
    columns = {column.name: column for column in table.columns}
    assert list(columns) == ["id", "State", "code", "owner", "made", "total", "tags", "number"]
    assert (columns["id"].type, columns["id"].primary_key, columns["id"].nullable) == (Type("serial"), True, False)
    assert (columns["State"].type, columns["State"].nullable) == (Type("job_state"), False)
    assert columns["State"].default == Default("'new'")
    assert (columns["code"].type, columns["code"].unique) == (Type("varchar", (50,)), True)
    assert [type(item) for item in columns["owner"].constraints] == [ForeignKey]
    key = columns["owner"].constraints[0]
    assert isinstance(key, ForeignKey)
    assert (key.name, key.columns, key.referred) == ("fk", ("owner",), Name("owner", "app"))
    assert (key.referred_columns, key.ondelete, key.deferrable) == (("id",), "CASCADE", True)
    assert (columns["made"].type, columns["made"].default) == (Type("timestamp with time zone"), Default("now( )"))
    assert columns["total"].computed == Computed("(a + b)", stored=True)
    assert columns["total"].type == Type("numeric", (10, 0))
    assert (columns["tags"].type, columns["tags"].default) == (Type("text", dimensions=1), None)
    assert (columns["number"].identity, columns["number"].nullable) == (Identity(always=True), False)
    check, unique = table.constraints
    assert isinstance(check, Check) and (check.sql, check.columns) == ("code <> ''", ("code",))
    assert isinstance(unique, Unique) and (unique.name, unique.columns) == ("one", ("code", "owner"))
    assert sql[columns["code"].place.start : columns["code"].place.end] == "code varchar(50) UNIQUE"


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (LIKE u INCLUDING ALL)",
        "CREATE TABLE t (a int) INHERITS (u)",
        "CREATE TABLE t AS SELECT 1 AS a",
        "SELECT * INTO t FROM u",
        "CREATE TABLE t OF some_type",
        "CREATE TABLE t PARTITION OF u FOR VALUES IN (1)",
    ],
)
def test_a_table_whose_columns_are_not_all_named_is_opaque(sql: str) -> None:
    table = one(sql)

    assert isinstance(table, CreateTable)
    assert (table.table, table.opaque) == (Name("t"), True)


def test_partitions_name_their_parent() -> None:
    parent, part = operations(
        "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE t PARTITION OF p FOR VALUES IN (1)"
    )

    assert isinstance(parent, CreateTable) and parent.partitioned
    assert isinstance(part, CreateTable) and part.partition_of == Name("p")


@pytest.mark.parametrize(
    ("declared", "meant"),
    [
        ("int", Type("integer")),
        ("CHARACTER VARYING (5)", Type("varchar", (5,))),
        ("char", Type("char", (1,))),
        ('"char"', Type('"char"')),
        ("float(3)", Type("real")),
        ("float", Type("double precision")),
        ("decimal(5)", Type("numeric", (5, 0))),
        ("timestamp(3)", Type("timestamp", (3,))),
        ("time with time zone", Type("time with time zone")),
        ("interval day to second(3)", Type("interval", ("day to second", 3))),
        ("interval(3)", Type("interval", (3,))),
        ("bit varying(8)", Type("bit varying", (8,))),
        ("int[][]", Type("integer", dimensions=2)),
        ("int ARRAY", Type("integer", dimensions=1)),
        ("MyState", Type("mystate")),
        ('"MyState"', Type("MyState")),
        ('app."State"[]', Type("State", dimensions=1, schema="app")),
        ("public.state", Type("state")),
        ("geometry(Point, 4326)", Type("geometry", ("POINT", 4326))),
        ("⌂", UNKNOWN_TYPE),
        ("varchar(⌂)", Type("varchar", (HOLE,))),
    ],
)
def test_types_are_what_postgresql_takes_them_for(declared: str, meant: Type) -> None:
    added = one(f"ALTER TABLE t ADD COLUMN c {declared}")

    assert isinstance(added, AddColumn)
    assert added.column.type == meant


def test_every_action_of_alter_table_is_an_operation_at_its_own_place() -> None:
    sql = (
        "ALTER TABLE app.t ADD COLUMN a int NOT NULL, DROP COLUMN IF EXISTS b CASCADE, "
        "ALTER c TYPE bigint USING (c)::bigint,\n ALTER d SET NOT NULL, ALTER e SET DEFAULT  f( 1, 2 ), "
        "ALTER g DROP DEFAULT, ADD CONSTRAINT h CHECK (i IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT j, "
        "DROP CONSTRAINT IF EXISTS k, OWNER TO me, ALTER l ADD GENERATED ALWAYS AS IDENTITY"
    )

    found = operations(sql)

    places = [at(sql, operation) for operation in found]
    assert places[0] == "ADD COLUMN a int NOT NULL"
    assert places[4] == "ALTER e SET DEFAULT  f( 1, 2 )"
    assert places[-1] == "ALTER l ADD GENERATED ALWAYS AS IDENTITY"
    assert {operation.sql for operation in found} == {sql}
    add, drop, cast, not_null, default, no_default, check, validate, drop_check, owner, identity = found
    assert isinstance(add, AddColumn) and (add.table, add.column.nullable) == (Name("t", "app"), False)
    assert isinstance(drop, DropColumn) and (drop.column, drop.if_exists, drop.cascade) == ("b", True, True)
    assert isinstance(cast, AlterColumn) and (cast.type, cast.using) == (Type("bigint"), "(c)::bigint")
    assert isinstance(not_null, AlterColumn) and (not_null.column, not_null.nullable) == ("d", False)
    assert isinstance(default, AlterColumn) and default.default == Default("f( 1, 2 )")
    assert isinstance(no_default, AlterColumn) and no_default.default is None
    assert isinstance(check, AddConstraint) and isinstance(check.constraint, Check)
    assert (check.constraint.name, check.constraint.not_null, check.constraint.not_valid) == ("h", "i", True)
    assert isinstance(validate, ValidateConstraint) and validate.name == "j"
    assert isinstance(drop_check, DropConstraint) and (drop_check.name, drop_check.if_exists) == ("k", True)
    assert isinstance(owner, AlterTable) and owner.action == "OWNER TO"
    assert isinstance(identity, AlterColumn) and identity.identity == Identity(always=True)


@pytest.mark.parametrize(
    ("sql", "meant"),
    [
        ("ALTER TABLE t RENAME TO u", (RenameTable, Name("t"), "u")),
        ("ALTER TABLE t RENAME a TO b", (AlterColumn, Name("t"), "a", "b")),
        ("ALTER TABLE t RENAME CONSTRAINT a TO b", (RenameConstraint, Name("t"), "a", "b")),
        ("ALTER TABLE t SET SCHEMA s", (SetSchema, Name("t"), "s")),
        ("ALTER INDEX s.i RENAME TO j", (RenameObject, "index", Name("i", "s"), Name("j", "s"))),
        ("ALTER TYPE e RENAME TO f", (RenameObject, "type", Name("e"), Name("f"))),
        ("ALTER TYPE e SET SCHEMA s", (RenameObject, "type", Name("e"), Name("e", "s"))),
        ("ALTER SEQUENCE q RENAME TO r", (RenameObject, "sequence", Name("q"), Name("r"))),
        ("ALTER VIEW v RENAME COLUMN a TO b", (Execute, "ALTER VIEW", (Name("v"),))),
        ("CREATE TYPE e AS ENUM ('a', 'b''c')", (CreateEnum, Name("e"), ("a", "b'c"))),
        ("ALTER TYPE e ADD VALUE IF NOT EXISTS 'x' AFTER 'y'", (AddEnumValue, Name("e"), "x", "y", True)),
        ("ALTER TYPE e RENAME VALUE 'x' TO 'y'", (RenameEnumValue, Name("e"), "x", "y")),
        ('DROP TYPE IF EXISTS "E" CASCADE', (DropEnum, Name("E"), True, True)),
        ("DROP TABLE public.t", (DropTable, Name("t"))),
        ("DROP INDEX CONCURRENTLY s.i", (DropIndex, Name("i", "s"), True)),
        ("DROP SCHEMA s CASCADE", (DropObject, "schema", Name("s"), True)),
        ("DROP FUNCTION s.f(int)", (DropObject, "function", Name("f", "s"))),
        ("DROP TRIGGER x ON s.t", (DropObject, "trigger", Name("x"), Name("t", "s"))),
        ("DROP OWNED BY r", (DropObject, "owned", Name("r"))),
        ("DROP DATABASE d", (DropObject, "database", Name("d"))),
        ("COMMENT ON TABLE t IS 'x'", (CommentOn, "table", Name("t"), "x")),
        ("COMMENT ON COLUMN s.t.c IS NULL", (CommentOn, "column", Name("t", "s"), "c")),
        ("TRUNCATE a, b CASCADE", (Truncate, (Name("a"), Name("b")), True)),
        ("LOCK TABLE t IN ACCESS EXCLUSIVE MODE", (Execute, "LOCK TABLE", (Name("t"),))),
        ("VACUUM FULL t", (Execute, "VACUUM FULL", (Name("t"),))),
        ("VACUUM (FULL) t", (Execute, "VACUUM FULL", (Name("t"),))),
        ("CLUSTER t USING i", (Execute, "CLUSTER", (Name("t"),))),
        ("REINDEX TABLE CONCURRENTLY t", (Execute, "REINDEX", (Name("t"),), True)),
        ("REFRESH MATERIALIZED VIEW v", (Execute, "REFRESH MATERIALIZED VIEW", (Name("v"),))),
        ("SET LOCAL lock_timeout = '5s'", (Execute, "SET", (("lock_timeout", "5s"),))),
        ("SET search_path TO a, b", (Execute, "SET", (("search_path", "a, b"),))),
        ("SELECT set_config('lock_timeout', '5s', true)", (Execute, "SELECT", (("lock_timeout", "5s"),))),
        ("END", (Execute, "COMMIT")),
        ("BEGIN", (Execute, "BEGIN")),
        ("ROLLBACK", (Execute, "ROLLBACK")),
        ("GRANT SELECT ON t TO me", (Execute, "GRANT", (Name("t"),))),
        ("ALTER TABLE t ENABLE ROW LEVEL SECURITY", (AlterTable, Name("t"), "ENABLE ROW LEVEL SECURITY")),
        ("ALTER TABLE t ATTACH PARTITION p DEFAULT", (AlterTable, Name("t"), "ATTACH PARTITION", Name("p"))),
        (
            "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
            (Execute, "ALTER TABLE DETACH PARTITION", (Name("t"), Name("p")), True),
        ),
        ("WITH a AS (SELECT 1) SELECT * FROM a, b", (Execute, "SELECT", (Name("b"),))),
        ("COPY t (a) FROM STDIN", (Insert, Name("t"), ("a",))),
        ("CREATE VIEW v AS SELECT  1", (CreateObject, "view", Name("v"), "CREATE VIEW v AS SELECT 1")),
        ("CREATE ROLE r", (CreateObject, "other", Name("r"), "CREATE ROLE r")),
        ("CREATE TYPE c AS (a int)", (CreateObject, "type", Name("c"), "CREATE TYPE c AS (a int)")),
        ("CREATE DOMAIN d AS text", (CreateObject, "domain", Name("d"), "CREATE DOMAIN d AS text")),
    ],
)
def test_a_statement_is_the_operation_that_postgresql_runs(sql: str, meant: tuple[object, ...]) -> None:
    operation = one(sql)

    # `default`, `identity` and `comment` of AlterColumn have a default that is no plain value.
    assert tuple([value for value in bare(operation) if value is not UNSET]) == meant


def test_if_exists_of_alter_table_is_a_condition() -> None:
    renamed, added = operations("ALTER TABLE IF EXISTS t RENAME a TO b; ALTER TABLE IF EXISTS t ADD c int")

    assert renamed.conditions == (Condition(1, "table", True, Name("t")),)
    assert added.conditions == (Condition(2, "table", True, Name("t")),)


def test_a_dropped_list_is_one_operation_for_each() -> None:
    found = operations("DROP TABLE IF EXISTS a, s.b CASCADE")

    assert [operation.table for operation in found if isinstance(operation, DropTable)] == [Name("a"), Name("b", "s")]
    assert all(isinstance(operation, DropTable) and operation.if_exists and operation.cascade for operation in found)


def test_an_index_has_columns_and_expressions() -> None:
    created = one(
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON s.t USING gin (a gin_trgm_ops, lower(b) DESC, "
        "(c ->>  'x') jsonb_ops, d COLLATE \"C\" ASC NULLS FIRST) INCLUDE (d) NULLS NOT DISTINCT WHERE a  > 1"
    )

    assert isinstance(created, CreateIndex)
    assert (created.table, created.concurrently, created.if_not_exists) == (Name("t", "s"), True, True)
    index = created.index
    assert (index.name, index.unique, index.using, index.include) == ("ix", True, "gin", ("d",))
    assert (index.nulls_not_distinct, index.where) == (True, "a > 1")
    assert index.elements == (
        IndexElement("a", columns=("a",), opclass="gin_trgm_ops"),
        IndexElement(None, "lower(b)", ("b",), order="DESC"),
        IndexElement(None, "c ->> 'x'", ("c",), "jsonb_ops"),
        IndexElement("d", columns=("d",), collation="C", order="NULLS FIRST"),
    )


def test_constraints_take_over_indexes() -> None:
    found = operations(
        "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i; ALTER TABLE t ADD PRIMARY KEY USING INDEX j"
    )

    constraints = [operation.constraint for operation in found if isinstance(operation, AddConstraint)]
    assert [(type(item), getattr(item, "index", "")) for item in constraints] == [(Unique, "i"), (PrimaryKey, "j")]


def test_an_insert_tells_columns_literals_and_sources() -> None:
    values, rows = operations(
        "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'x'); INSERT INTO s.t SELECT a, 'y' FROM u JOIN v ON true"
    )

    assert isinstance(values, Insert) and isinstance(rows, Insert)
    assert (values.columns, values.values, values.reads) == (("a", "b"), ("1", "x", "2"), ())
    assert (rows.table, rows.values, rows.reads) == (Name("t", "s"), ("y",), (Name("u"), Name("v")))


@pytest.mark.parametrize(
    ("sql", "reads", "asks"),
    [
        ("INSERT INTO t SELECT 1 FROM u WHERE NOT EXISTS (SELECT FROM v)", ["u"], ["v"]),
        ("INSERT INTO t SELECT 1 FROM u JOIN w ON u.a IN (SELECT b FROM v) GROUP BY 1", ["u", "w"], ["v"]),
        (
            "INSERT INTO t SELECT a, (SELECT max(b) FROM w) FROM (SELECT * FROM u WHERE a IN (TABLE v)) x",
            ["w", "u"],
            ["v"],
        ),
        ("WITH x AS (SELECT * FROM u), y AS (SELECT * FROM v) INSERT INTO t SELECT * FROM x, y", ["u", "v"], []),
        ("WITH x AS (SELECT * FROM u) INSERT INTO t SELECT * FROM w WHERE a IN (SELECT a FROM x)", ["w", "u"], []),
        ("WITH x AS (DELETE FROM u) INSERT INTO t SELECT * FROM w", ["w"], []),
        ("INSERT INTO t SELECT * FROM u UNION SELECT * FROM v", ["u", "v"], []),
    ],
)
def test_an_insert_tells_where_its_rows_come_from(sql: str, reads: list[str], asks: list[str]) -> None:
    *_, insert = operations(sql)

    assert isinstance(insert, Insert)
    assert (insert.reads, insert.asks) == (tuple(map(Name, reads)), tuple(map(Name, asks)))


def test_where_part_of_a_query_is_not_known_the_rows_may_come_from_elsewhere() -> None:
    insert = one(f"INSERT INTO t (a) SELECT a FROM u JOIN v ON (u.x = v.y) {HOLE}")

    assert isinstance(insert, Insert)
    assert insert.reads == (Name("u"), Name("v"), UNKNOWN_NAME)


@pytest.mark.parametrize(
    ("value", "values"),
    [
        ("'x'::text", ["x"]),
        ("CASE WHEN b = 'a' THEN 'x' WHEN c THEN NULL ELSE 'y' END", ["x", "y"]),
        ("CASE b WHEN 'a' THEN 'x' END", ["x"]),
        ("coalesce(nullif(b, ''), nullif('x', 'y'), 'z')", ["x", "z"]),
        ("greatest('x', 'y') COLLATE \"C\"", ["x", "y"]),
        ("ARRAY['x', 'y']", ["x", "y"]),
        ("(SELECT 'x' FROM u WHERE v = 'y' UNION SELECT 'z')", ["x", "z"]),
        ("EXISTS (SELECT 'x')", []),
        ("b IN (SELECT 'x')", []),
        ("jsonb_set(b, '{x}', 'y')", []),
        ("b - 'x' || 'y'", []),
        ("b AT TIME ZONE 'UTC'", []),
        ("b = 'x'", []),
    ],
)
def test_the_values_that_are_assigned_are_those_that_an_expression_may_be_worth(value: str, values: list[str]) -> None:
    update = one(f"UPDATE t SET a = {value}")

    assert isinstance(update, Update)
    assert update.values == tuple(values)


@pytest.mark.parametrize(
    ("sql", "tables", "asks"),
    [
        ("UPDATE t SET a = 'x' FROM u WHERE t.b = u.b", [], ["u"]),
        ("UPDATE t SET a = u.a FROM u JOIN v ON v.a IN (TABLE w) WHERE EXISTS (TABLE x)", ["u", "v"], ["w", "x"]),
        ("UPDATE t SET a = (SELECT max(a) FROM u WHERE u.b = t.b AND u.c IN (TABLE v))", ["u"], ["v"]),
        ("UPDATE t SET a = 'x' WHERE b IN (SELECT b FROM u)", [], ["u"]),
        ("UPDATE t SET a = ⌂ FROM u", ["u"], []),
    ],
)
def test_an_update_tells_which_tables_its_values_come_from(sql: str, tables: list[str], asks: list[str]) -> None:
    update = one(sql)

    assert isinstance(update, Update)
    assert (update.tables, update.asks) == (tuple(map(Name, tables)), tuple(map(Name, asks)))


@pytest.mark.parametrize(
    ("sql", "partly"),
    [
        ("UPDATE t SET a = ⌂", ("values",)),
        ("UPDATE t SET a = b || '⌂' WHERE c = ⌂", ("values", "where")),
        ("UPDATE t SET a = b WHERE c", ()),
    ],
)
def test_an_update_tells_what_of_it_is_not_known(sql: str, partly: tuple[str, ...]) -> None:
    update = one(sql)

    assert isinstance(update, Update)
    assert update.partly == partly
    assert not any(HOLE in name for name in update.reads)


def test_a_delete_tells_what_it_asks() -> None:
    delete = one("DELETE FROM t USING u WHERE t.a = u.a AND t.b IN (SELECT b FROM v)")

    assert isinstance(delete, Delete)
    assert delete.asks == (Name("u"), Name("v"))


def test_an_insert_that_updates_where_there_is_a_row_is_both() -> None:
    insert, update = operations(
        "INSERT INTO t (a, b) SELECT a, b FROM u ON CONFLICT (a) DO UPDATE SET b = excluded.b, c = t.d, e = 'x'"
    )

    assert isinstance(insert, Insert) and (insert.columns, insert.values) == (("a", "b"), ())
    assert isinstance(update, Update) and (update.columns, update.values, update.reads) == (
        ("b", "c", "e"),
        ("x",),
        ("d",),
    )
    assert (update.where, update.bounded) == (True, True)


def test_an_insert_that_does_nothing_where_there_is_a_row_is_one() -> None:
    insert = one("INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING")

    assert isinstance(insert, Insert)


def test_an_update_tells_what_it_assigns_and_reads() -> None:
    update = one("UPDATE t SET a = 'new', b = u.c FROM u WHERE t.d = u.d")

    assert isinstance(update, Update)
    assert (update.table, update.columns, update.values) == (Name("t"), ("a", "b"), ("new",))
    assert (update.reads, update.tables, update.where, update.bounded) == (("c",), (Name("u"),), True, False)


@pytest.mark.parametrize(
    ("where", "bounded"),
    [
        ("id = 5", True),
        ("id = :id", True),
        ("t.id IN (1, 2)", True),
        ("id = ANY(:ids)", True),
        ("id > :last AND id <= :next", True),
        ("id BETWEEN 1 AND 100", True),
        ("ctid IN (SELECT ctid FROM t LIMIT 100)", True),
        ("id > 5", False),
        ("state = 'new'", False),
        ("id IS DISTINCT FROM 5", False),
        ("id = u.id", True),
        ("state = :state", True),
        ("state = CAST(:state AS text)", True),
        ("id IN (SELECT id FROM u)", False),
        ("id = 5 OR a", False),
    ],
)
def test_a_where_is_bounded_by_key_range_or_limit(where: str, bounded: bool) -> None:
    delete = one(f"DELETE FROM t WHERE {where}")

    assert isinstance(delete, Delete)
    assert (delete.where, delete.bounded) == (True, bounded)


@pytest.mark.parametrize(
    ("rest", "fixed"),
    [
        ("WHERE a = 1 AND ('x' = b AND t.c = lower('Y'))", ("a", "b", "c")),
        ("WHERE a IN (1, 2) AND b = ANY(:given)", ("a", "b")),
        ("AS u WHERE u.a = 1 AND t.b = 2", ("a",)),
        ("USING u WHERE t.a = 1 AND b = 2 AND u.c = 3 AND t.d = u.d", ("a",)),
        ("WHERE a = b AND c = (SELECT max(c) FROM t) AND d > 1", ()),
        ("WHERE a = 1 OR b = 2", ()),
        ("WHERE a IS DISTINCT FROM 1 AND b IS NOT DISTINCT FROM NULL AND c NOT IN (1) AND d <> 1", ()),
        ("", ()),
    ],
)
def test_the_columns_that_a_where_fixes_are_told(rest: str, fixed: tuple[str, ...]) -> None:
    delete = one(f"DELETE FROM t {rest}")

    assert isinstance(delete, Delete)
    assert delete.fixed == fixed


def test_common_table_expressions_change_rows_too() -> None:
    found = operations("WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone, c")

    delete, insert = found
    assert isinstance(delete, Delete) and (delete.table, delete.where) == (Name("a"), False)
    assert isinstance(insert, Insert) and (insert.table, insert.reads) == (Name("b"), (Name("c"), Name("a")))


def test_a_merge_is_all_that_it_may_do() -> None:
    found = operations(
        "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED AND s.x THEN DELETE WHEN MATCHED THEN UPDATE SET a = s.a "
        "WHEN NOT MATCHED THEN INSERT (a) VALUES ('n')"
    )

    assert [type(operation) for operation in found] == [Delete, Update, Insert]
    assert isinstance(found[1], Update) and (found[1].columns, found[1].tables) == (("a",), (Name("s"),))


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
def test_a_view_tells_what_it_is_made_from(kind: str) -> None:
    (made,) = operations(f"CREATE {kind} v AS WITH c AS (SELECT 1) SELECT * FROM t JOIN s.u ON true, c")

    assert made.reads == (Name("t"), Name("u", "s"))  # type: ignore[attr-defined]


def test_what_a_schema_is_made_with_is_in_it() -> None:
    schema, table, view = operations("CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT a FROM t")

    assert isinstance(schema, CreateObject) and schema.name == Name("s")
    assert isinstance(table, CreateTable) and table.table == Name("t", "s")
    assert isinstance(view, CreateObject) and view.name == Name("v", "s")


def test_names_are_folded_and_cut_as_the_server_does() -> None:
    long = "a" * 70

    dropped = operations(f'DROP TABLE Foo, "Foo", {long}')

    assert [operation.table.name for operation in dropped if isinstance(operation, DropTable)] == [
        "foo",
        "Foo",
        "a" * 63,
    ]


def test_statements_stand_where_their_first_keyword_does() -> None:
    sql = "-- é\n  DROP TABLE é ; /* x */ ALTER TABLE ü\n ADD c int -- done\n;;\n"

    found = operations(sql)

    assert [at(sql, operation) for operation in found] == ["DROP TABLE é", "ALTER TABLE ü\n ADD c int"]
    assert [operation.sql for operation in found] == ["DROP TABLE é", "ALTER TABLE ü\n ADD c int"]


def test_comments_alone_are_nothing() -> None:
    assert operations(" -- nothing\n /* here */ ;") == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE t SET a = :a WHERE b = :b::text AND c IN :c",
        "UPDATE t SET a = %(a)s WHERE b LIKE %s AND c = %s AND d %  s = 1",
        "UPDATE t SET a = CAST(:a AS jsonb), b = c[1:2] WHERE d = '12:30' || ':x'",
        "UPDATE t SET a = '{}'\\:\\:jsonb",
        "UPDATE t SET a = interval :a",
    ],
)
def test_bind_parameters_do_not_stop_the_parse(sql: str) -> None:
    update = one(sql)

    assert isinstance(update, Update)
    assert update.sql == sql


def test_places_are_right_behind_bind_parameters() -> None:
    sql = "UPDATE t SET a = :a_long_name, é = %(b)s; DROP TABLE u"

    found = operations(sql)

    assert [at(sql, operation) for operation in found] == ["UPDATE t SET a = :a_long_name, é = %(b)s", "DROP TABLE u"]


def test_a_syntax_error_stands_at_its_token_and_spoils_no_other_statement() -> None:
    sql = "DROP TABLE a; UPDATE b SET c = 1, WHERE d; DROP TABLE e"

    before, invalid, after = operations(sql)

    assert isinstance(before, DropTable) and isinstance(after, DropTable)
    assert isinstance(invalid, InvalidSQL)
    assert (invalid.error, invalid.verb, invalid.tables) == ('syntax error at or near "WHERE"', "UPDATE", (Name("b"),))
    assert (at(sql, invalid), invalid.sql) == ("WHERE", "UPDATE b SET c = 1, WHERE d")


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT 'a", 'unterminated quoted string at or near "\'a"'),
        ("ALTER TABLE t ADD", "syntax error at end of input"),
        ("SELECT * FROM :t", 'syntax error at or near "$1"'),
        ("DROP TABLE \0t", "a NUL character, which PostgreSQL's text cannot hold"),
        ("DROP TABLE \ud800", "a lone surrogate, which is no character"),
    ],
)
def test_what_the_grammar_refuses_is_invalid(sql: str, error: str) -> None:
    invalid = one(sql)

    assert isinstance(invalid, InvalidSQL)
    assert invalid.error == error


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE a JOIN b ON a.x = b.x SET a.y = 1",
        "CREATE TRIGGER x AFTER INSERT ON n BEGIN UPDATE n SET a = 1; DELETE FROM m; END",
        "begin execute immediate 'alter table t add (a int)'; end;",
    ],
)
def test_a_statement_of_another_dialect_is_invalid_once(sql: str) -> None:
    assert isinstance(one(sql), InvalidSQL)


@pytest.mark.parametrize(
    ("sql", "meant"),
    [
        ("DROP TABLE a_⌂", (DropTable, Name(f"a_{HOLE}"))),
        ("CREATE TYPE e AS ENUM (⌂)", (CreateEnum, Name("e"))),
        ("CREATE TYPE e AS ENUM ('a', '⌂')", (CreateEnum, Name("e"))),
        ("ALTER TYPE e ADD VALUE ⌂", (AddEnumValue, Name("e"), HOLE)),
        ("INSERT INTO t (a) VALUES ⌂ ON CONFLICT DO NOTHING", (Insert, Name("t"), ("a",))),
        ("DELETE FROM t WHERE a IN ⌂", (Delete, Name("t"), True)),
        ("DELETE FROM t ⌂", (Delete, Name("t"), True)),
        ("CREATE TABLE t (⌂)", (CreateTable, Name("t"), True)),
        ("COMMENT ON TABLE t IS ⌂", (CommentOn, "table", Name("t"), HOLE)),
        ("SELECT a FROM t WHERE b != ⌂ORDER BY c", (Execute, "SELECT", (Name("t"),))),
        ('DROP INDEX ⌂"A"', (DropIndex, Name("A", HOLE))),
        ('ALTER TABLE ⌂"A" DROP b', (DropColumn, Name("A", HOLE), "b")),
    ],
)
def test_a_hole_leaves_the_rest_known(sql: str, meant: tuple[object, ...]) -> None:
    assert bare(one(sql)) == meant


@pytest.mark.parametrize("sql", ["DELETE FROM t ⌂", "UPDATE t SET a = 1 ⌂", "UPDATE t SET a = 1 WHERE ⌂"])
def test_a_hole_may_be_the_where(sql: str) -> None:
    operation = one(sql)

    assert isinstance(operation, (Delete, Update))
    assert (operation.where, operation.partly) == (True, ("where",))


def test_a_hole_for_a_type_may_say_more_than_the_type() -> None:
    added = one("ALTER TABLE t ADD COLUMN c ⌂")

    assert isinstance(added, AddColumn)
    assert (added.column, added.partly) == (Column("c", UNKNOWN_TYPE, place=added.column.place), ("column",))


@pytest.mark.parametrize(
    ("sql", "verb", "tables", "anything"),
    [
        ("ALTER TABLE t ⌂", "ALTER TABLE", (Name("t"),), False),
        ("ALTER TABLE ⌂ DROP PRIMARY KEY", "ALTER TABLE", (Name(HOLE),), True),
        ("DROP INDEX ⌂ i", "DROP INDEX", (), True),
        ("CREATE ⌂ INDEX i ON t (a)", "CREATE", (), True),
        ("CREATE TRIGGER x ⌂ ON t WHEN", "CREATE TRIGGER", (Name("t"),), False),
        ("DO ⌂", "DO", (), True),
    ],
)
def test_what_a_hole_breaks_keeps_its_verb_and_tables(
    sql: str, verb: str, tables: tuple[Name, ...], anything: bool
) -> None:
    unread = one(sql)

    assert isinstance(unread, Unread)
    assert (unread.why, unread.verb, unread.tables) == ("the text is partly unknown", verb, tables)
    assert unread.anything is anything


def test_a_statement_of_which_nothing_is_known_may_do_anything() -> None:
    unread, dropped = operations("⌂; DROP TABLE t")

    assert isinstance(unread, Unread)
    assert (unread.why, unread.verb, unread.anything) == ("the text is unknown", "", True)
    assert isinstance(dropped, DropTable)


@pytest.mark.parametrize(
    ("sql", "question", "table", "name", "expected"),
    [
        ("SELECT EXISTS (SELECT FROM information_schema.tables WHERE table_name = 't')", "table", Name("t"), "t", True),
        ("SELECT 1 FROM pg_type WHERE typname = 'e'", "enum", None, "e", True),
        ("SELECT to_regclass('s.t')", "table", Name("t", "s"), None, True),
        ("SELECT count(*) = 0 FROM pg_indexes WHERE indexname = 'i'", "index", None, "i", False),
        ("SELECT id FROM t", "has-rows", Name("t"), None, True),
    ],
)
def test_a_select_may_be_a_question(
    sql: str, question: str, table: Name | None, name: str | None, expected: bool
) -> None:
    asked = ask(sql)

    assert asked is not None
    assert (asked.question, asked.table, asked.name, asked.expected) == (question, table, name, expected)


@pytest.mark.parametrize("sql", ["SELECT 1", "SELECT frm", "DROP TABLE t", "SELECT FRM 1 x", "SELECT version()", ""])
def test_other_sql_is_no_question(sql: str) -> None:
    assert ask(sql) is None


def test_a_long_chain_of_operators_ends_in_bounded_depth() -> None:
    unread = one("SELECT " + "1+" * 100_000 + "1")

    assert isinstance(unread, Unread)
    assert unread.why == "the SQL is nested too deeply"


def test_a_long_literal_is_read() -> None:
    insert = one(f"INSERT INTO t VALUES ('{'x' * 900_000}')")

    assert isinstance(insert, Insert)


def test_a_text_that_is_too_long_is_unread() -> None:
    unread = one("INSERT INTO t VALUES (1) " + " " * 1_000_000 + ", (2)")

    assert isinstance(unread, Unread)
    assert (unread.verb, unread.tables, unread.why) == ("INSERT", (Name("t"),), "the SQL is longer than what is parsed")


WORDS = st.sampled_from(
    [
        *[
            "ALTER",
            "TABLE",
            "t",
            "ADD",
            "COLUMN",
            "DROP",
            "CREATE",
            "INDEX",
            "ON",
            "(",
            ")",
            ",",
            ";",
            ".",
            ":a",
            "%(b)s",
            "%s",
            "⌂",
            "⌂x",
            "'a'",
            "'",
            '"',
            "$$",
            "$a$",
            "/*",
            "*/",
            "--",
            "\n",
            "\\:",
            "::",
            "[",
            "]",
            "=",
            "DO",
            "BEGIN",
            "END",
            "IF",
            "THEN",
            "EXISTS",
            "SELECT",
            "FROM",
            "WHERE",
            "VALUES",
            "INSERT",
            "INTO",
            "UPDATE",
            "SET",
            "DELETE",
            "NOT",
            "NULL",
            "DEFAULT",
            "TYPE",
            "ENUM",
            "AS",
            "int",
            "varchar",
            "(",
            "5",
            ")",
            "USING",
            "WITH",
            "UNION",
            "LIKE",
            "PRIMARY",
            "KEY",
            "CHECK",
            "REFERENCES",
            "é",
            "\x00",
            "�",
            "EXECUTE",
            "format",
            "PERFORM",
        ]
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(WORDS, max_size=14).map(" ".join)))
@example("DO $$ ⌂ $$")
@example("DO LANGUAGE⌂")
@example("CREATE INDEX i ON t (a) INCLUDE (:x)")
def test_any_text_is_read_without_an_exception(sql: str) -> None:
    found = operations(sql)

    assert all(0 <= operation.place.start <= operation.place.end <= len(sql) for operation in found)
    assert not any(isinstance(operation, Unread) and operation.why == OTHER_TREE for operation in found)
