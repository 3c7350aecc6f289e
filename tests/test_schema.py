from __future__ import annotations

import pytest

from alembic_review.operations import Check, CreateObject, Execute, ForeignKey, PrimaryKey, Unique
from alembic_review.schema import EMPTY, Schema, words
from alembic_review.types import Name
from tests.replay.making import (
    TEXT,
    add_column,
    column,
    create_index,
    create_table,
    enum,
    keyed_table,
    replay,
)

T = Name("t")


@pytest.fixture(scope="module")
def schema() -> Schema:
    return replay(
        keyed_table("o", column("m", enum("mood", "x"))),
        create_table(
            "t",
            column("a", TEXT, nullable=False),
            column("b"),
            PrimaryKey(columns=("a",)),
            Unique(name="uq", columns=("b", "a")),
            Check(name="ck", sql="b > 0"),
            ForeignKey(name="fk", columns=("b",), referred=Name("o"), referred_columns=("id",)),
        ),
        create_index("ix", "t", "b", where="a <> ''"),
        CreateObject(kind="view", name=Name("v"), definition="SELECT a FROM t", reads=(T,)),
    ).schema


def test_an_empty_database_has_nothing_and_is_known_whole() -> None:
    assert list(EMPTY.tables) == []
    assert EMPTY.complete


def test_a_column_is_found_by_its_table(schema: Schema) -> None:
    found = schema.column(T, "a")

    assert found is not None
    assert found.type == TEXT


@pytest.mark.parametrize(("table", "name"), [("t", "nope"), ("nope", "a")])
def test_a_column_that_is_not_there_is_none(schema: Schema, table: str, name: str) -> None:
    assert schema.column(Name(table), name) is None


def test_an_index_is_found_unless_it_is_a_constraints_own(schema: Schema) -> None:
    assert schema.index(Name("ix")) is not None
    assert schema.index(Name("uq")) is None
    assert schema.indexes[Name("uq")] == T


def test_what_goes_with_a_column_is_told(schema: Schema) -> None:
    table = schema.tables[T]

    assert [item.name for item in table.constraints_on("b")] == ["ck", "uq", "fk"]
    assert [item.name for item in table.constraints_on("a")] == ["t_pkey", "uq"]
    assert [index.name for index in table.indexes_on("a")] == ["ix"]


def test_a_table_knows_its_primary_key(schema: Schema) -> None:
    key = schema.tables[T].primary_key

    assert key is not None
    assert (key.name, key.columns, key.chosen) == ("t_pkey", ("a",), True)


def test_columns_are_unique_in_any_order(schema: Schema) -> None:
    table = schema.tables[T]

    assert table.keys_on(("a", "b")) == ["uq"]
    assert table.keys_on(("b",)) == []


def test_the_values_of_a_key_tell_rows_apart(schema: Schema) -> None:
    table = schema.tables[T]

    assert table.tells_apart(("b", "a"))
    assert table.tells_apart(("a",))
    assert not table.tells_apart(("b",))


def test_the_columns_of_an_enum_type_are_found(schema: Schema) -> None:
    found = schema.columns_of_type(Name("mood"))

    assert [(table.name, each.name) for table, each in found] == [(Name("o"), "m")]


def test_the_foreign_keys_to_a_table_are_found(schema: Schema) -> None:
    assert [(table.name, item.name) for table, item in schema.foreign_keys_to(Name("o"))] == [(T, "fk")]


def test_the_views_of_a_table_are_found(schema: Schema) -> None:
    assert [view.name for view in schema.views_of(T)] == [Name("v")]


def test_kinds_of_constraints_have_words(schema: Schema) -> None:
    kinds = {item.name: item.kind for item in schema.tables[T].constraints.values()}

    assert kinds == {"t_pkey": "primary key", "uq": "unique", "ck": "check", "fk": "foreign key"}


def test_a_table_from_before_the_history_was_made_by_nobody() -> None:
    table = replay(add_column("user", "a")).schema.tables[Name("user")]

    assert (table.made_by, table.made_in, table.uncertain, table.complete) == (None, None, True, False)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("Lower(Name) = 'Bob'", {"lower", "name"}),
        ('"Name" || t.b1', {"Name", "t", "b1"}),
        ("'a ''quoted'' word'", set()),
    ],
)
def test_words_of_sql_are_its_identifiers(sql: str, found: set[str]) -> None:
    assert words(sql) == found


def test_a_schema_that_nothing_changed_is_the_same_object(schema: Schema) -> None:
    assert replay(Execute(verb="SELECT"), on=schema).schema is schema


def test_what_an_operation_leaves_alone_is_shared(schema: Schema) -> None:
    changed = replay(add_column("t", "c"), on=schema).schema

    assert changed.tables[Name("o")] is schema.tables[Name("o")]
    assert changed.tables.differing(schema.tables) == [T]
