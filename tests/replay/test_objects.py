from __future__ import annotations

from typing import Any

import pytest

from alembic_review.operations import (
    CreateObject,
    DropObject,
    DropTable,
    Identity,
    Operation,
    RenameObject,
    RenameTable,
)
from alembic_review.types import Name
from tests.replay.making import add_column, column, create_table, enum, keyed_table, replay


def create(kind: str, name: str, **fields: Any) -> CreateObject:
    return CreateObject(kind=kind, name=Name(name), **fields)


def drop(kind: str, name: str, **fields: Any) -> DropObject:
    return DropObject(kind=kind, name=Name(name), **fields)


def view(name: str, definition: str, *reads: str, **fields: Any) -> CreateObject:
    return create("view", name, definition=definition, reads=tuple(map(Name, reads)), **fields)


V = view("v", "SELECT a FROM t", "t")
TABLE = create_table("t", column("a"))
TRIGGER = create("trigger", "stamp", table=Name("t"))


@pytest.mark.parametrize(
    ("given", "operation", "error", "message"),
    [
        ([TABLE, V], V, "DuplicateTable", 'relation "v" already exists'),
        ([TABLE], create("view", "t"), "DuplicateTable", 'relation "t" already exists'),
        ([TABLE], drop("view", "v"), "UndefinedTable", 'view "v" does not exist'),
        ([TABLE], drop("view", "t"), "WrongObjectType", '"t" is not a view'),
        (
            [TABLE, V],
            DropTable(table=Name("t")),
            "DependentObjectsStillExist",
            "cannot drop table t because other objects depend on it",
        ),
        (
            [TABLE, V, view("w", "SELECT a FROM v", "v")],
            drop("view", "v"),
            "DependentObjectsStillExist",
            "cannot drop view v because other objects depend on it",
        ),
        ([TABLE], create("sequence", "t"), "DuplicateTable", 'relation "t" already exists'),
        ([TABLE], drop("sequence", "s"), "UndefinedTable", 'sequence "s" does not exist'),
        (
            [keyed_table("t")],
            drop("sequence", "t_id_seq"),
            "DependentObjectsStillExist",
            "cannot drop sequence t_id_seq because other objects depend on it",
        ),
        (
            [create("extension", "hstore")],
            create("extension", "hstore"),
            "DuplicateObject",
            'extension "hstore" already exists',
        ),
        ([create("schema", "s")], create("schema", "s"), "DuplicateSchema", 'schema "s" already exists'),
        ([create("domain", "d")], create("domain", "d"), "DuplicateObject", 'type "d" already exists'),
        (
            [create_table("t", column("a", enum("mood", "x")))],
            create("domain", "mood"),
            "DuplicateObject",
            'type "mood" already exists',
        ),
        (
            [TABLE, TRIGGER],
            TRIGGER,
            "DuplicateObject",
            'trigger "stamp" for relation "t" already exists',
        ),
        (
            [TABLE],
            drop("trigger", "stamp", table=Name("t")),
            "UndefinedObject",
            'trigger "stamp" for table "t" does not exist',
        ),
        (
            [create_table("x", column("a"), table=Name("x", "s"))],
            drop("schema", "s"),
            "DependentObjectsStillExist",
            "cannot drop schema s because other objects depend on it",
        ),
        (
            [create("extension", "hstore"), drop("extension", "hstore")],
            drop("extension", "hstore"),
            "UndefinedObject",
            'extension "hstore" does not exist',
        ),
    ],
)
def test_an_operation_is_refused(given: list[Operation], operation: Operation, error: str, message: str) -> None:
    assert replay(*given, operation).refused == [(error, message)]


@pytest.mark.parametrize(
    "operation",
    [
        drop("extension", "hstore"),
        drop("function", "f"),
        drop("schema", "s"),
        drop("domain", "d"),
        create("function", "f"),
    ],
)
def test_what_may_come_from_elsewhere_is_not_missed(operation: Operation) -> None:
    assert replay(TABLE, create("function", "f"), operation).refused == []


@pytest.mark.parametrize(
    "operation",
    [
        view("v", "SELECT 1", or_replace=True),
        create("sequence", "t_id_seq", if_not_exists=True),
        create("extension", "hstore", if_not_exists=True),
        create("trigger", "stamp", table=Name("t"), or_replace=True),
    ],
)
def test_what_is_there_may_be_made_again(operation: Operation) -> None:
    given = (keyed_table("t", column("a")), V, TRIGGER, create("extension", "hstore"))

    assert replay(*given, operation).refused == []


def test_a_view_is_dropped_with_those_made_from_it() -> None:
    dropped = replay(TABLE, V, view("w", "SELECT a FROM v", "v"), drop("view", "v", cascade=True))

    assert dropped.effects == [("dropped", "view", "w")]
    assert list(dropped.schema.objects) == []


def test_triggers_go_with_their_table() -> None:
    made = replay(TABLE, TRIGGER, DropTable(table=Name("t")), TABLE, TRIGGER)

    assert made.refused == []


def test_a_view_follows_a_renamed_table() -> None:
    schema = replay(TABLE, V, RenameTable(table=Name("t"), new_name="u")).schema

    assert [found.name for found in schema.views_of(Name("u"))] == [Name("v")]
    assert schema.views_of(Name("t")) == []


def test_a_renamed_view_is_dropped_by_its_new_name() -> None:
    renamed = replay(
        TABLE, V, RenameObject(kind="view", name=Name("v"), new_name=Name("w")), drop("view", "w"), drop("view", "v")
    )

    assert renamed.refused == [("UndefinedTable", 'view "v" does not exist')]


def test_alter_table_renames_views_too() -> None:
    renamed = replay(TABLE, V, RenameTable(table=Name("v"), new_name="w"))

    assert renamed.schema.object("view", Name("w")) is not None


def test_what_is_made_for_the_session_is_not_part_of_the_schema() -> None:
    made = CreateObject(kind="function", name=Name("f", "pg_temp"))

    assert list(replay(made).schema.objects) == []


def test_a_default_follows_a_renamed_sequence() -> None:
    renamed = replay(keyed_table("t"), RenameObject(kind="sequence", name=Name("t_id_seq"), new_name=Name("numbers")))

    owner = renamed.schema.tables[Name("t")].columns["id"]
    assert owner.sequence == Name("numbers")
    assert owner.default is not None
    assert owner.default.sql == "nextval('numbers'::regclass)"


def test_a_sequence_dropped_with_cascade_takes_the_default_along() -> None:
    dropped = replay(keyed_table("t"), drop("sequence", "t_id_seq", cascade=True))

    assert dropped.schema.tables[Name("t")].columns["id"].default is None


def test_the_sequence_of_an_identity_column_is_not_dropped_by_itself() -> None:
    made = replay(TABLE, add_column("t", "n", identity=Identity()), drop("sequence", "t_n_seq"))

    assert [error for error, _ in made.refused] == ["DependentObjectsStillExist"]


def test_a_schema_dropped_with_cascade_takes_its_tables_and_types_along() -> None:
    inside = create_table("x", column("a", enum("mood", "x")), table=Name("x", "s"))

    dropped = replay(inside, drop("schema", "s", cascade=True))

    assert dropped.refused == []
    assert ("dropped", "table", "s.x") in dropped.effects
    assert list(dropped.schema.tables) == []
