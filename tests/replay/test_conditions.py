from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from alembic_review.operations import (
    AddColumn,
    Condition,
    CreateEnum,
    CreateTable,
    DropColumn,
    DropIndex,
    DropTable,
    Operation,
    PrimaryKey,
    Question,
)
from alembic_review.types import HOLE, Name
from tests.replay.making import (
    Replay,
    add_column,
    add_constraint,
    column,
    create_index,
    create_table,
    enum,
    keyed_table,
    replay,
)


def asked(question: Question, table: str | None = None, name: str | None = None, **fields: Any) -> Condition:
    return Condition(1, question, table=Name(table) if table else None, name=name, **fields)


def dropping(*conditions: Condition) -> DropTable:
    return DropTable(table=Name("t"), conditions=conditions)


GIVEN = (
    keyed_table("t", column("a", index=True), column("m", enum("mood", "x"), nullable=False)),
    create_table("gone", column("a")),
    DropTable(table=Name("gone")),
    create_table("bare", column("a")),
)


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (asked("table", "t"), True),
        (asked("table", name="t"), True),
        (asked("table", "gone"), False),
        (asked("table", "never"), False),
        (asked("column", "t", "a"), True),
        (asked("column", "t", "b"), False),
        (asked("index", "t", "ix_t_a"), True),
        (asked("index", None, "ix_t_a"), True),
        (asked("index", "t", "nope"), False),
        (asked("primary key", "t"), True),
        (asked("primary key", "bare"), False),
        (asked("primary key", "never"), None),
        (asked("constraint", "t", "t_pkey"), True),
        (asked("constraint", "t", "nope"), False),
        (asked("constraint", None, "t_pkey"), True),
        (asked("enum", None, "mood"), True),
        (asked("enum", None, "nope"), False),
        (asked("sequence", None, "t_id_seq"), True),
        (asked("view", None, "nope"), False),
        (asked("nullable", "t", "a"), True),
        (asked("nullable", "t", "m"), False),
        (asked("failed"), False),
        (asked("unknown"), None),
        (asked("has-rows"), None),
        (asked("schema", None, "nope"), None),
        (asked("table", "never", expected=False), True),
        (asked("all", parts=(asked("table", "t"), Condition(2, "unknown"))), None),
        (asked("all", parts=(Condition(3, "unknown"), Condition(2, "table", table=Name("nope")))), False),
        (asked("any", parts=(Condition(3, "unknown"), Condition(2, "table", table=Name("t")))), True),
    ],
)
def test_a_condition_is_answered_by_the_schema(condition: Condition, answer: bool | None) -> None:
    assert replay(*GIVEN, dropping(condition)).outcomes[-1].ran is answer


@pytest.mark.parametrize(
    "condition",
    [
        asked("table", "never"),
        asked("column", "user", "b"),
        asked("index", "user", "nope"),
        asked("constraint", "user", "nope"),
        asked("enum", None, "nope"),
        asked("sequence", None, "nope"),
    ],
)
def test_where_there_were_tables_before_the_history_it_cannot_tell(condition: Condition) -> None:
    given = (*GIVEN, add_column("user", "a"))

    assert replay(*given, dropping(condition)).outcomes[-1].ran is None


def test_what_does_not_run_changes_nothing() -> None:
    done = replay(*GIVEN, dropping(asked("table", "gone")))

    assert done.schema is done.outcomes[-2].schema


def test_all_conditions_have_to_hold() -> None:
    both = dropping(asked("table", "t"), Condition(2, "table", table=Name("gone")))

    assert replay(*GIVEN, both).outcomes[-1].ran is False


def test_a_condition_is_asked_once_in_a_run() -> None:
    absent = asked("column", "t", "b", expected=False)
    first = AddColumn(table=Name("t"), column=column("b"), conditions=(absent,))
    second = AddColumn(table=Name("t"), column=column("c"), conditions=(absent,))

    done = replay(*GIVEN, first, second)

    assert [outcome.ran for outcome in done.outcomes[-2:]] == [True, True]


def test_it_is_asked_of_the_schema_as_it_was_when_the_revision_asked() -> None:
    before = asked("column", "t", "a", since=3)

    done = replay(*GIVEN, DropColumn(table=Name("t"), column="a"), dropping(before))

    assert done.outcomes[-1].ran is True


def test_where_nobody_can_tell_what_would_be_refused_does_not_run() -> None:
    done = replay(*GIVEN, CreateTable(table=Name("t"), columns=(column("z"),), conditions=(asked("unknown"),)))

    assert done.refused == []
    assert list(done.schema.tables[Name("t")].columns) == ["id", "a", "m"]


def maybe(*given: Operation, operation: type[Operation], **fields: Any) -> Replay:
    return replay(*given, operation(conditions=(asked("unknown"),), **fields))


def test_a_table_that_may_have_been_made_is_uncertain() -> None:
    schema = maybe(operation=CreateTable, table=Name("t"), columns=(column("a"),)).schema

    assert schema.tables[Name("t")].uncertain


def test_a_table_that_may_have_been_dropped_is_uncertain() -> None:
    schema = maybe(*GIVEN, operation=DropTable, table=Name("t")).schema

    assert schema.tables[Name("t")].uncertain
    assert schema.indexes[Name("ix_t_a")] == Name("t")


def test_a_column_that_may_have_been_dropped_is_uncertain_and_others_are_not() -> None:
    table = maybe(*GIVEN, operation=DropColumn, table=Name("t"), column="a").schema.tables[Name("t")]

    assert {name: each.uncertain for name, each in table.columns.items()} == {"id": False, "a": True, "m": False}
    assert table.indexes["ix_t_a"].uncertain


def test_a_type_that_may_have_been_made_is_uncertain() -> None:
    schema = maybe(operation=CreateEnum, name=Name("mood"), labels=("x",)).schema

    assert schema.enums[Name("mood")].uncertain


@pytest.mark.parametrize(
    "operation",
    [
        add_column("t", "a"),
        DropColumn(table=Name("t"), column="a"),
        create_index("ix_t_a", "t", "id"),
        DropIndex(name=Name("ix_t_a")),
    ],
)
def test_nothing_is_refused_about_what_is_uncertain(operation: Operation) -> None:
    dropped = DropColumn(table=Name("t"), column="a", conditions=(asked("unknown"),))

    assert replay(*GIVEN, dropped, operation).refused == []


def test_a_thing_that_is_made_where_it_is_not_there_is_taken_to_be_made() -> None:
    absent = asked("table", "new", expected=False)
    made = CreateTable(table=Name("new"), columns=(column("a"),), conditions=(absent,))

    done = replay(add_column("user", "a"), made)

    assert done.outcomes[-1].ran is True
    assert not done.schema.tables[Name("new")].uncertain


def test_one_that_the_history_knows_to_be_doubtful_is_not() -> None:
    doubted = CreateTable(table=Name("new"), columns=(column("a"),), conditions=(Condition(9, "unknown"),))
    made = CreateTable(table=Name("new"), columns=(column("a"),), conditions=(asked("table", "new", expected=False),))

    assert replay(doubted, made).outcomes[-1].ran is None


def test_a_name_that_an_operation_on_an_unknown_table_had_is_doubted() -> None:
    dropped = DropColumn(table=Name(HOLE), column="a")

    assert replay(*GIVEN, dropped, dropping(asked("column", "t", "a"))).outcomes[-1].ran is None


def test_what_fails_in_a_try_that_goes_on_leaves_all_as_it_was() -> None:
    done = replay(*GIVEN, CreateTable(table=Name("t"), columns=(column("z"),), guard=1))

    assert [error for error, _ in done.refused] == ["DuplicateTable"]
    assert list(done.schema.tables[Name("t")].columns) == ["id", "a", "m"]


def test_a_primary_key_that_is_made_where_there_is_none_is_there_for_the_next_that_asks() -> None:
    made = add_constraint("old", PrimaryKey(name="k", columns=("a",)))
    lacking = asked("primary key", "old", expected=False)

    once = replay(replace(made, conditions=(lacking,)))
    twice = replay(replace(made, conditions=(replace(lacking, id=2),)), on=once.schema)

    assert once.schema.constraint(Name("old"), "k") is not None
    assert (once.outcomes[0].ran, twice.outcomes[0].ran) == (True, False)
