from __future__ import annotations

import pytest

from alembic_review.operations import (
    CreateIndex,
    CreateObject,
    DropIndex,
    Index,
    IndexElement,
    Operation,
    RenameObject,
    RenameTable,
)
from alembic_review.types import HOLE, Name
from tests.replay.making import (
    column,
    create_index,
    create_table,
    keyed_table,
    refers,
    replay,
)


def drop(name: str | None, table: str | None = None, **fields: bool) -> DropIndex:
    return DropIndex(name=Name(name) if name else None, table=Name(table) if table else None, **fields)


def rename(name: str, new: str) -> RenameObject:
    return RenameObject(kind="index", name=Name(name), new_name=Name(new))


def in_sql(*elements: IndexElement) -> CreateIndex:
    return CreateIndex(table=Name("t"), index=Index(None, elements), sql="CREATE INDEX")


def test_sqlalchemy_names_an_index_after_its_first_column() -> None:
    schema = replay(create_table("t", column("a"), column("b")), create_index(None, "t", "a", "b")).schema

    assert list(schema.indexes) == [Name("ix_t_a")]


@pytest.mark.parametrize(
    ("elements", "name"),
    [
        ((IndexElement("a"), IndexElement("b")), "t_a_b_idx"),
        ((IndexElement(None, "lower(a)"),), "t_lower_idx"),
        ((IndexElement(None, "a || b"), IndexElement(None, "b || a")), "t_expr_expr1_idx"),
    ],
)
def test_postgresql_names_an_index_after_all_its_keys(elements: tuple[IndexElement, ...], name: str) -> None:
    schema = replay(create_table("t", column("a"), column("b")), in_sql(*elements)).schema

    assert list(schema.indexes) == [Name(name)]


@pytest.mark.parametrize(
    ("operation", "error", "message"),
    [
        (create_index("ix", "t", "a"), "DuplicateTable", 'relation "ix" already exists'),
        (create_index("t", "t", "a"), "DuplicateTable", 'relation "t" already exists'),
        (create_index("new", "t", "c"), "UndefinedColumn", 'column "c" does not exist'),
        (drop("nope"), "UndefinedObject", 'index "nope" does not exist'),
        (drop("nope", "t"), "UndefinedObject", 'index "nope" does not exist'),
        (drop("t"), "WrongObjectType", '"t" is not an index'),
        (drop(None), "CompileError", "DROP INDEX requires that the index have a name"),
        (
            drop("t_pkey"),
            "DependentObjectsStillExist",
            "cannot drop index t_pkey because constraint t_pkey on table t requires it",
        ),
        (
            drop("key"),
            "DependentObjectsStillExist",
            "cannot drop index key because other objects depend on it",
        ),
        (rename("nope", "new"), "UndefinedTable", 'relation "nope" does not exist'),
        (rename("ix", "key"), "DuplicateTable", 'relation "key" already exists'),
    ],
)
def test_an_operation_on_an_index_is_refused(operation: Operation, error: str, message: str) -> None:
    given = (
        keyed_table("t", column("a")),
        create_index("ix", "t", "a"),
        create_index("key", "t", "a", unique=True),
        create_table("u", column("x", constraints=(refers("t", "a"),))),
    )

    assert replay(*given, operation).refused == [(error, message)]


def test_an_index_that_is_there_is_left_alone_if_not_exists() -> None:
    index = create_index("ix", "t", "a")
    again = CreateIndex(table=Name("t"), index=index.index, if_not_exists=True, by_sqlalchemy=True)

    made = replay(create_table("t", column("a")), index, again)

    assert made.refused == []
    assert made.outcomes[-1].unused


def test_indexes_of_one_name_may_lie_in_two_schemas() -> None:
    other = create_table("t", column("a"), table=Name("t", "s"))
    index = CreateIndex(table=Name("t", "s"), index=create_index("ix", "t", "a").index, by_sqlalchemy=True)

    made = replay(create_table("t", column("a")), other, create_index("ix", "t", "a"), index)

    assert made.refused == []
    assert list(made.schema.indexes) == [Name("ix"), Name("ix", "s")]


def test_the_schema_of_a_dropped_index_is_that_of_its_table() -> None:
    table = create_table("t", column("a"), table=Name("t", "s"))
    index = CreateIndex(table=Name("t", "s"), index=create_index("ix", "t", "a").index, by_sqlalchemy=True)

    dropped = replay(table, index, DropIndex(name=Name("ix"), table=Name("t", "s")))

    assert dropped.refused == []
    assert list(dropped.schema.indexes) == []


def test_postgresql_does_not_mind_the_table_that_drop_index_names() -> None:
    dropped = replay(
        create_table("t", column("a")), create_table("u", column("a")), create_index("ix", "t", "a"), drop("ix", "u")
    )

    assert dropped.refused == []


def test_an_index_that_is_not_there_is_passed_over_if_exists() -> None:
    dropped = replay(create_table("t", column("a")), drop("nope", "t", if_exists=True))

    assert dropped.refused == []
    assert dropped.outcomes[-1].unused


def test_a_table_from_before_the_history_may_have_any_index() -> None:
    assert replay(create_index("ix", "user", "a"), drop("nope", "user"), drop("other")).refused == []


def test_a_renamed_constraint_index_is_the_constraint_renamed() -> None:
    table = replay(keyed_table("t"), rename("t_pkey", "key")).schema.tables[Name("t")]

    assert list(table.constraints) == ["key"]


def test_a_renamed_index_can_be_dropped_by_its_new_name_only() -> None:
    renamed = replay(
        create_table("t", column("a")), create_index("ix", "t", "a"), rename("ix", "new"), drop("new"), drop("ix")
    )

    assert renamed.refused == [("UndefinedObject", 'index "ix" does not exist')]


def test_an_index_of_unknown_name_leaves_columns_certain() -> None:
    table = replay(create_table("t", column("a")), create_index("ix", "t", "a"), drop(HOLE, "t")).schema.tables[
        Name("t")
    ]

    assert (table.indexes["ix"].uncertain, table.columns["a"].uncertain) == (True, False)


@pytest.mark.parametrize("operation", [drop(HOLE), drop(HOLE, HOLE), rename(HOLE, "new")])
def test_an_index_of_unknown_name_may_be_that_of_any_table(operation: Operation) -> None:
    made = [create_table("t", column("a")), create_index("ix", "t", "a")]

    assert replay(*made, operation, create_index("ix", "t", "a")).refused == []
    assert replay(*made, drop(HOLE, "u"), create_index("ix", "t", "a")).refused != []


def test_what_an_index_of_unknown_name_is_called_from_then_on_is_taken() -> None:
    assert replay(create_table("t", column("a")), rename(HOLE, "new"), drop("new")).refused == []


def test_an_index_follows_its_table() -> None:
    schema = replay(
        create_table("t", column("a")), create_index("ix", "t", "a"), RenameTable(table=Name("t"), new_name="u")
    ).schema

    assert schema.index(Name("ix")) is not None
    assert schema.indexes[Name("ix")] == Name("u")


def test_an_expression_may_name_the_table_before_its_columns() -> None:
    element = IndexElement(None, 'lower("t".a)', ("t", "a"))

    assert replay(create_table("t", column("a")), in_sql(element)).refused == []


def test_a_materialized_view_may_have_indexes() -> None:
    view = CreateObject(kind="materialized view", name=Name("v"), definition="SELECT 1 AS a")

    dropped = replay(view, create_index("ix", "v", "a"), drop("ix"))

    assert dropped.refused == []


def test_two_unnamed_indexes_have_two_names_under_a_convention_that_could_not_be_read() -> None:
    operations = (
        create_table("t", column("a"), column("b")),
        create_index(None, "t", "a"),
        create_index(None, "t", "a", "b"),
    )

    known = replay(*operations)
    unread = replay(*operations, convention_known=False)

    assert [error for error, _ in known.refused] == ["DuplicateTable"]
    assert unread.refused == []
