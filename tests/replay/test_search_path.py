"""What a name without a schema means after SET search_path; tried on PostgreSQL 15."""

from __future__ import annotations

import pytest

from alembic_review.operations import (
    AlterTable,
    CreateEnum,
    CreateObject,
    DropColumn,
    DropTable,
    Execute,
    Operation,
    PythonCall,
    RenameObject,
    Unread,
)
from alembic_review.schema import Key
from alembic_review.types import Name, Type
from tests.replay.making import add_column, column, create_index, create_table, enum, refers, replay

T = Name("t")


def path(value: str, sql: str = "SET search_path TO …") -> Execute:
    return Execute(verb="SET", settings=(("search_path", value),), sql=sql)


def test_things_are_made_in_its_first_schema() -> None:
    schema = replay(
        path("app, public"),
        create_table("t", column("e", enum("e1", "a"))),
        create_index("ix", "t", "e"),
        CreateEnum(name=Name("e2"), labels=("a",)),
        CreateObject(kind="sequence", name=Name("sq")),
        CreateObject(kind="view", name=Name("v"), reads=(T,)),
        CreateObject(kind="extension", name=Name("citext")),
        CreateObject(kind="trigger", name=Name("tr"), table=T),
    ).schema

    table = schema.tables[Name("t", "app")]
    assert (table.columns["e"].enum, list(table.attached)) == (Name("e1", "app"), [("trigger", "tr")])
    assert list(schema.enums) == [Name("e1", "app"), Name("e2", "app")]
    assert list(schema.indexes) == [Name("ix", "app")]
    assert list(schema.sequences) == [Name("sq", "app")]
    assert schema.objects[Key("view", Name("v", "app"))].reads == (Name("t", "app"),)
    assert Key("extension", Name("citext")) in schema.objects


def test_and_looked_for_in_all_of_them() -> None:
    done = replay(
        create_table("o", column("id", unique=True), column("e", enum("e1", "a"))),
        path("app, public"),
        add_column("o", "b"),
        create_table("t", column("o", constraints=(refers("o"),)), column("x", Type("e1")), by_sqlalchemy=False),
        CreateObject(kind="sequence", name=Name("sq")),
        RenameObject(kind="sequence", name=Name("sq"), new_name=Name("sq2")),
    )

    assert done.refused == []
    assert "b" in done.schema.tables[Name("o")].columns
    assert done.schema.tables[Name("t", "app")].columns["x"].enum == Name("e1")
    assert list(done.schema.sequences) == [Name("sq2", "app")]
    assert len(done.schema.foreign_keys_to(Name("o"))) == 1


@pytest.mark.parametrize(
    "back",
    [
        path("public"),
        path('"$user", public'),
        Execute(verb="SET", sql="SET search_path TO DEFAULT"),
        Execute(verb="RESET", sql="RESET search_path"),
        Execute(verb="RESET", sql="RESET ALL"),
    ],
)
def test_the_default_is_public_again(back: Operation) -> None:
    schema = replay(path("app"), create_table("t"), back, create_table("t")).schema

    assert list(schema.tables) == [Name("t", "app"), T]


@pytest.mark.parametrize("end", [Execute(verb="COMMIT"), Execute(verb="ROLLBACK"), PythonCall(call="commit")])
@pytest.mark.parametrize("sql", ["SET LOCAL search_path TO app", "SELECT set_config('search_path', 'app', true)"])
def test_a_local_one_ends_with_its_transaction(end: Operation, sql: str) -> None:
    assert list(replay(path("app", sql), end, create_table("t")).schema.tables) == [T]
    assert list(replay(path("app"), end, create_table("t")).schema.tables) == [Name("t", "app")]


def test_temporary_tables_come_before_it() -> None:
    done = replay(path("app"), create_table("t", column("a"), temporary=True), DropColumn(table=T, column="b"))

    assert [error for error, _ in done.refused] == ["UndefinedColumn"]


@pytest.mark.parametrize(
    "unknown",
    [
        path("\ue000"),
        path(""),
        Unread(what="SET search_path TO …", why="…", verb="SET"),
    ],
)
def test_where_it_is_not_known_nothing_is_certain(unknown: Operation) -> None:
    done = replay(
        create_table("t", column("a")),
        create_table("o", column("a")),
        unknown,
        create_table("t", column("a")),
        DropColumn(table=Name("o"), column="b"),
        DropTable(table=Name("o")),
        path("public"),
        DropColumn(table=T, column="b"),
        create_table("o", column("a")),
    )

    assert done.refused == []


def test_what_is_qualified_stays_where_it_is() -> None:
    operation = AlterTable(table=Name("t", "audit"), action="OWNER TO")

    assert replay(path("app"), operation).outcomes[-1].operation == operation
