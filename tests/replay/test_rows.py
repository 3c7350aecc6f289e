from __future__ import annotations

from typing import Any

import pytest

from alembic_review.operations import (
    AddConstraint,
    AddEnumValue,
    AlterColumn,
    CreateEnum,
    CreateTable,
    Delete,
    DropColumn,
    DropEnum,
    DropTable,
    Execute,
    ForeignKey,
    Insert,
    InvalidSQL,
    Operation,
    PrimaryKey,
    PythonCall,
    Truncate,
    Unread,
    Update,
)
from alembic_review.types import Name, Type
from tests.replay.making import add_column, column, create_table, enum, keyed_table, replay

T = Name("t")


@pytest.mark.parametrize(
    "operation",
    [
        Insert(table=T),
        Insert(table=Name("o"), reads=(T,)),
        Update(table=T),
        Update(table=Name("o"), tables=(T,)),
        Delete(table=T),
        Truncate(tables=(Name("o"), T)),
        Execute(verb="SELECT", tables=(T,)),
    ],
)
def test_the_rows_of_a_dropped_table_cannot_be_touched(operation: Operation) -> None:
    done = replay(create_table("t", column("a")), create_table("o", column("a")), DropTable(table=T), operation)

    assert done.refused == [("UndefinedTable", 'relation "t" does not exist')]


@pytest.mark.parametrize("operation", [Insert(table=T), Execute(verb="SELECT", tables=(T,))])
def test_those_of_a_table_that_the_history_never_made_can(operation: Operation) -> None:
    done = replay(operation)

    assert done.refused == []
    assert done.schema.complete


@pytest.mark.parametrize("operation", [Insert(table=T, columns=("a", "b")), Update(table=T, columns=("b",))])
def test_a_column_that_is_not_there_cannot_be_written(operation: Operation) -> None:
    assert replay(create_table("t", column("a")), operation).refused == [
        ("UndefinedColumn", 'column "b" of relation "t" does not exist')
    ]


@pytest.mark.parametrize("operation", [Execute(verb="COMMIT"), PythonCall(call="commit")])
def test_a_commit_makes_new_values_usable(operation: Operation) -> None:
    done = replay(
        create_table("t", column("m", enum("mood", "x"))),
        AddEnumValue(name=Name("mood"), value="y"),
        operation,
        Insert(table=T, columns=("m",), values=("y",)),
    )

    assert done.refused == []


def test_sql_that_is_none_is_refused() -> None:
    assert replay(InvalidSQL(error='syntax error at or near "SELCT"', verb="SELCT")).refused == [
        ("SyntaxError", 'syntax error at or near "SELCT"')
    ]


def test_a_call_that_alembic_does_not_take_is_refused_and_does_nothing() -> None:
    done = replay(create_table("t", column("a"), invalid="create_table() has no argument 'x'"))

    assert [error for error, _ in done.refused] == ["TypeError"]
    assert list(done.schema.tables) == []


# --- what could not be read ------------------------------------------------------------------------------------------


def unread(what: str = "do_it()", **fields: Any) -> Unread:
    return Unread(what=what, why="a function from outside", **fields)


def test_a_table_that_something_unread_touched_is_uncertain_in_all_its_parts() -> None:
    table = replay(keyed_table("t"), unread(tables=(T,))).schema.tables[T]

    assert (table.uncertain, table.complete) == (True, False)
    assert table.columns["id"].uncertain
    assert table.constraints["t_pkey"].uncertain


@pytest.mark.parametrize("verb", ["UPDATE", "insert", "bulk_insert", "SELECT"])
def test_rows_leave_the_schema_certain(verb: str) -> None:
    done = replay(keyed_table("t"), unread(tables=(T,), verb=verb, anything=True))

    assert done.schema is done.outcomes[0].schema


def test_a_table_that_something_unread_named_may_be_there() -> None:
    schema = replay(unread(tables=(T,), verb="CREATE TABLE")).schema

    assert schema.tables[T].uncertain


def test_what_may_have_touched_anything_leaves_what_is_known() -> None:
    done = replay(create_table("t", column("a")), unread(anything=True))

    assert not done.schema.complete
    assert not done.schema.tables[T].uncertain
    assert list(done.schema.tables[T].columns) == ["a"]


@pytest.mark.parametrize(
    "operation",
    [
        DropColumn(table=T, column="b"),
        DropColumn(table=T, column="gone"),
        add_column("t", "a"),
        create_table("t"),
        AddConstraint(table=T, constraint=ForeignKey(columns=("a",), referred=T, referred_columns=("a",))),
        AlterColumn(table=T, column="a", type=Type("integer")),
        DropTable(table=Name("u")),
        DropTable(table=Name("gone")),
        CreateEnum(name=Name("mood"), labels=("x",)),
        DropEnum(name=Name("mood")),
    ],
)
def test_but_nothing_is_refused_for_what_was_there_before_it(operation: Operation) -> None:
    made = (
        create_table("t", column("a", Type("text")), column("gone")),
        create_table("u", column("a"), PrimaryKey(columns=("a",)), column("m", enum("mood", "x"))),
        create_table("v", column("b"), ForeignKey(columns=("b",), referred=Name("u"), referred_columns=("a",))),
        create_table("gone"),
        DropColumn(table=T, column="gone"),
        DropTable(table=Name("gone")),
    )

    assert replay(*made, operation).refused != []
    assert replay(*made, unread(anything=True), operation).refused == []


def test_what_was_made_and_dropped_after_it_is_certain_again() -> None:
    done = replay(
        create_table("t", column("a")),
        unread(anything=True),
        create_table("u", column("a")),
        DropColumn(table=T, column="a"),
        DropColumn(table=T, column="a"),
        DropColumn(table=Name("u"), column="b"),
        add_column("t", "a"),
        add_column("t", "a"),
    )

    assert [error for error, _ in done.refused] == ["UndefinedColumn", "UndefinedColumn", "DuplicateColumn"]


def test_the_tables_and_names_that_stand_in_its_source_are_uncertain() -> None:
    schema = replay(
        create_table("t", column("a")),
        create_table("u", column("a"), column("b")),
        unread("helper.rework(op, 't', \"b\")", anything=True),
    ).schema

    assert schema.tables[T].uncertain
    assert not schema.tables[Name("u")].uncertain
    assert schema.doubted == {"t", "b"}


def test_a_type_may_have_been_made_by_what_is_not_read() -> None:
    done = replay(create_table("t", column("a")), unread(anything=True), add_column("t", "m", enum("mood", "x")))

    assert done.refused == []


def test_where_tables_are_dropped_unread_every_table_is_uncertain() -> None:
    schema = replay(create_table("t", column("a")), unread(anything=True, verb="drop_table")).schema

    assert schema.tables[T].uncertain


def test_columns_that_could_not_be_read_may_be_there() -> None:
    made = CreateTable(table=T, columns=(column("a"),), opaque=True)

    assert replay(made, DropColumn(table=T, column="b")).refused == []


def test_postgis_adds_columns_by_functions() -> None:
    added = Execute(verb="SELECT", sql="SELECT AddGeometryColumn('public', 't', 'area', 4326, 'POLYGON', 2)")

    assert replay(create_table("t", column("a")), added, DropColumn(table=T, column="area")).refused == []
