from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    Check,
    CreateIndex,
    CreateObject,
    CreateTable,
    Default,
    Delete,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropObject,
    DropTable,
    Execute,
    ForeignKey,
    IndexElement,
    Insert,
    InvalidSQL,
    Operation,
    Place,
    PrimaryKey,
    RenameTable,
    Truncate,
    Unique,
    Unread,
    Update,
)
from alembic_review.parsing.other_sql import read
from alembic_review.types import HOLE, Name, Type


def operations(dialect: str, sql: str) -> list[Operation]:
    """What *sql* is, with ``⌂`` for what is not known."""
    return read(sql.replace("⌂", HOLE), dialect, lambda start, end: Place((), start, end))


def one(dialect: str, sql: str) -> Operation:
    found = operations(dialect, sql)
    assert len(found) == 1, found
    return found[0]


def test_a_table_of_mysql_has_columns_keys_and_indexes() -> None:
    table = one(
        "mysql",
        "CREATE TABLE IF NOT EXISTS s.`t` (id int AUTO_INCREMENT PRIMARY KEY, b varchar(5) NOT NULL DEFAULT 'x', "
        "c datetime, UNIQUE KEY uq (b), KEY ix (b), CONSTRAINT fk FOREIGN KEY (c) REFERENCES o (id) ON DELETE CASCADE, "
        "CHECK (b <> '')) ENGINE=InnoDB",
    )

    assert isinstance(table, CreateTable)
    assert (table.table, table.if_not_exists, table.opaque) == (Name("t", "s"), True, False)
    key, text, moment = table.columns
    assert (key.type, key.primary_key, key.autoincrement, key.nullable) == (Type("integer"), True, True, False)
    assert (text.type, text.nullable, text.default) == (Type("varchar", (5,)), False, Default("'x'"))
    assert (moment.type, moment.nullable) == (Type("timestamp"), True)
    unique, foreign, check = table.constraints
    assert isinstance(unique, Unique) and (unique.name, unique.columns) == ("uq", ("b",))
    assert isinstance(foreign, ForeignKey) and (foreign.name, foreign.columns) == ("fk", ("c",))
    assert (foreign.referred, foreign.referred_columns, foreign.ondelete) == (Name("o"), ("id",), "CASCADE")
    assert isinstance(check, Check) and check.columns == ("b",)
    assert [(index.name, index.elements) for index in table.indexes] == [("ix", (IndexElement("b", columns=("b",)),))]


def test_a_table_of_sqlite_is_read() -> None:
    table = one(
        "sqlite",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT REFERENCES o (id), CHECK (user <> ''))",
    )

    assert isinstance(table, CreateTable)
    assert [column.name for column in table.columns] == ["id", "user"]
    assert [type(item) for item in table.columns[1].constraints] == [ForeignKey]
    assert [type(item) for item in table.constraints] == [Check]


@pytest.mark.parametrize("sql", ["CREATE TABLE t AS SELECT 1 AS a", "CREATE TABLE t LIKE u"])
def test_a_table_made_from_another_is_opaque(sql: str) -> None:
    table = one("mysql", sql)

    assert isinstance(table, CreateTable)
    assert (table.table, table.opaque) == (Name("t"), True)


def test_every_action_of_alter_table_is_an_operation() -> None:
    found = operations(
        "mysql",
        "ALTER TABLE t ADD COLUMN a int NOT NULL, DROP COLUMN b, DROP INDEX c, DROP FOREIGN KEY d, DROP PRIMARY KEY, "
        "ADD UNIQUE KEY e (f), ADD PRIMARY KEY (g), ADD INDEX h (i), MODIFY j text, CHANGE k l varchar(5) NOT NULL, "
        "RENAME COLUMN m TO n, ALTER COLUMN o SET DEFAULT 5",
    )

    add, drop, index, foreign, primary, unique, key, create, modify, change, rename, default = found
    assert isinstance(add, AddColumn) and (add.table, add.column.nullable) == (Name("t"), False)
    assert isinstance(drop, DropColumn) and drop.column == "b"
    assert isinstance(index, DropIndex) and (index.name, index.table) == (Name("c"), Name("t"))
    assert isinstance(foreign, DropConstraint) and (foreign.name, foreign.kind) == ("d", "foreignkey")
    assert isinstance(primary, DropConstraint) and (primary.name, primary.kind) == (None, "primary")
    assert isinstance(unique, AddConstraint) and isinstance(unique.constraint, Unique)
    assert isinstance(key, AddConstraint) and isinstance(key.constraint, PrimaryKey)
    assert isinstance(create, CreateIndex) and create.index.name == "h"
    assert isinstance(modify, AlterColumn) and (modify.column, modify.type) == ("j", Type("text"))
    assert (modify.nullable, modify.default, modify.new_name) == (True, None, None)
    assert isinstance(change, AlterColumn) and (change.column, change.new_name) == ("k", "l")
    assert (change.type, change.nullable) == (Type("varchar", (5,)), False)
    assert isinstance(rename, AlterColumn) and (rename.column, rename.new_name) == ("m", "n")
    assert isinstance(default, AlterColumn) and default.default == Default("5")


@pytest.mark.parametrize(
    ("dialect", "sql", "kind", "fields"),
    [
        ("mysql", "ALTER TABLE t RENAME TO u", RenameTable, {"table": Name("t"), "new_name": "u"}),
        ("mysql", "RENAME TABLE `t` TO `u`", RenameTable, {"table": Name("t"), "new_name": "u"}),
        ("mysql", "DROP TABLE IF EXISTS `t`", DropTable, {"table": Name("t"), "if_exists": True}),
        ("mariadb", "DROP INDEX i ON t", DropIndex, {"name": Name("i"), "table": Name("t")}),
        ("mysql", "DROP VIEW v", DropObject, {"kind": "view", "name": Name("v")}),
        ("mysql", "TRUNCATE TABLE t", Truncate, {"tables": (Name("t"),)}),
        ("mysql", "INSERT IGNORE INTO t (a) VALUES ('x')", Insert, {"columns": ("a",), "values": ("x",)}),
        ("sqlite", "INSERT OR IGNORE INTO t (a) SELECT b FROM u", Insert, {"table": Name("t"), "reads": (Name("u"),)}),
        ("mysql", "UPDATE a JOIN b ON a.x = b.x SET a.y = b.z", Update, {"columns": ("y",), "where": True}),
        ("mysql", "UPDATE a JOIN b ON a.x = b.x SET a.y = b.z", Update, {"reads": ("z",), "tables": (Name("b"),)}),
        ("sqlite", "UPDATE t SET a = 1 WHERE user GLOB 'x*'", Update, {"where": True, "bounded": False}),
        ("mysql", "DELETE FROM t WHERE id IN %(ids)s", Delete, {"where": True, "bounded": True}),
        ("mysql", "DELETE FROM t WHERE (a = 1 AND 'x' = t.b) AND c IN (1, 2)", Delete, {"fixed": ("a", "b", "c")}),
        ("mysql", "DELETE FROM t WHERE a = b AND c = (SELECT 1)", Delete, {"fixed": ()}),
        ("mysql", "DELETE FROM t WHERE a = 1 OR b = 2", Delete, {"fixed": ()}),
        (
            "mysql",
            "UPDATE t JOIN u ON t.x = u.x SET a = 1 WHERE t.b = 1 AND c = 2 AND u.d = 3",
            Update,
            {"fixed": ("b",)},
        ),
        ("mysql", "DELETE FROM t", Delete, {"table": Name("t"), "where": False, "fixed": ()}),
        ("mysql", "DELETE a FROM a JOIN b ON a.x = b.x", Delete, {"table": Name("a"), "where": True}),
        ("mysql", "SET FOREIGN_KEY_CHECKS = 0", Execute, {"verb": "SET"}),
        ("sqlite", "PRAGMA foreign_keys=ON", Execute, {"verb": "PRAGMA"}),
        ("mssql", "EXEC sp_rename 'a', 'b'", Execute, {"verb": "EXEC"}),
        ("mssql", "ALTER TABLE t ALTER COLUMN a NVARCHAR(50) NOT NULL", AlterColumn, {"nullable": False}),
        (
            "sqlite",
            "CREATE TRIGGER x AFTER INSERT ON n BEGIN UPDATE n SET a = 1; END",
            CreateObject,
            {"name": Name("x")},
        ),
        ("mysql", "DROP TABLE a_⌂", DropTable, {"table": Name(f"a_{HOLE}")}),
        ("mysql", "DELETE FROM t ⌂", Delete, {"where": True, "partly": ("where",)}),
    ],
)
def test_a_statement_is_what_it_does(dialect: str, sql: str, kind: type, fields: dict[str, object]) -> None:
    operation = one(dialect, sql)

    assert isinstance(operation, kind)
    assert {name: getattr(operation, name) for name in fields} == fields


def test_an_index_may_hold_prefixes_and_expressions() -> None:
    prefixed, expression = operations(
        "mysql", "CREATE UNIQUE INDEX i ON t (a, b(10)); CREATE INDEX j ON t ((lower(c)))"
    )

    assert isinstance(prefixed, CreateIndex) and isinstance(expression, CreateIndex)
    assert [element.column for element in prefixed.index.elements] == ["a", "b"]
    assert (prefixed.index.unique, prefixed.table) == (True, Name("t"))
    assert [element.columns for element in expression.index.elements] == [("c",)]


def test_statements_stand_where_they_are_written() -> None:
    sql = "DROP TABLE `é`; # one\nUPDATE t SET a = 'it\\'s; x' WHERE id = %(id)s ;\nDROP TABLE u"

    found = operations("mysql", sql)

    assert [sql[operation.place.start : operation.place.end] for operation in found] == [
        "DROP TABLE `é`",
        "UPDATE t SET a = 'it\\'s; x' WHERE id = %(id)s",
        "DROP TABLE u",
    ]


@pytest.mark.parametrize(
    ("dialect", "sql", "verb", "tables"),
    [
        ("mysql", "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4", "ALTER TABLE", (Name("t"),)),
        ("oracle", "ALTER TABLE t MODIFY (id DEFAULT NULL)", "ALTER TABLE", (Name("t"),)),
        ("mysql", "SELEC 1", "SELEC", ()),
    ],
)
def test_what_the_parser_does_not_know_is_unread_and_not_invalid(
    dialect: str, sql: str, verb: str, tables: tuple[Name, ...]
) -> None:
    unread = one(dialect, sql)

    assert isinstance(unread, Unread)
    assert unread.why == f"the SQL parser for {dialect} does not know this statement"
    assert (unread.verb, unread.tables) == (verb, tables)


def test_a_block_of_oracle_may_do_anything() -> None:
    unread = one("oracle", "begin execute immediate 'drop table t'; execute immediate 'drop table u'; end;")

    assert isinstance(unread, Unread)
    assert (unread.verb, unread.anything) == ("", True)


def test_a_dialect_that_has_no_parser_is_read_as_plain_sql() -> None:
    dropped = one("no-such-dialect", "DROP TABLE t")

    assert isinstance(dropped, DropTable)


WORDS = (
    "ALTER TABLE t ADD COLUMN DROP CREATE INDEX ON ( ) , ; . :a %(b)s %s ⌂ ⌂x 'a' ' \" ` $$ /* */ -- # :: [ ] = BEGIN "
    "END IF THEN SELECT FROM WHERE VALUES INSERT INTO UPDATE SET DELETE NOT NULL DEFAULT TRIGGER MODIFY varchar ( ) "
    "WITH UNION LIKE PRIMARY KEY CHECK REFERENCES é \0 \ud800 RENAME TO PRAGMA"
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["mysql", "sqlite", "mssql", "oracle"]),
    st.one_of(st.text(), st.lists(st.sampled_from(WORDS.split(" ")), max_size=14).map(" ".join)),
)
@example("mysql", "SELECT " + "(" * 2000)
def test_any_text_is_read_without_an_exception(dialect: str, sql: str) -> None:
    found = operations(dialect, sql)

    assert all(0 <= operation.place.start <= operation.place.end <= len(sql) for operation in found)
    assert not any(isinstance(operation, InvalidSQL) for operation in found)
