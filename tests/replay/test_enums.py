from __future__ import annotations

from typing import Any

import pytest

from alembic_review.operations import (
    AddEnumValue,
    AlterColumn,
    CreateEnum,
    Default,
    DropEnum,
    DropTable,
    Insert,
    Operation,
    RenameEnumValue,
    RenameObject,
    SyncEnumValues,
    Update,
)
from alembic_review.types import HOLE, Enum, Name, Type
from tests.replay.making import (
    TEXT,
    Replay,
    add_column,
    column,
    create_index,
    create_table,
    enum,
    replay,
    varchar,
)

MOOD = enum("mood", "sad", "ok")


def create(*labels: str, name: str = "mood", **fields: Any) -> CreateEnum:
    return CreateEnum(name=Name(name), labels=labels or ("sad", "ok"), **fields)


def drop(name: str = "mood", **fields: bool) -> DropEnum:
    return DropEnum(name=Name(name), **fields)


def add(value: str, **fields: Any) -> AddEnumValue:
    return AddEnumValue(name=Name("mood"), value=value, **fields)


def table(name: str, type_: Type = MOOD, **fields: Any) -> Operation:
    return create_table(name, column("m", type_, **fields))


def in_the_next_revision(first: Replay, *operations: Operation) -> Replay:
    return replay(*operations, on=first.schema, run=first.run.next("r2"))


def labels(done: Replay) -> tuple[str, ...] | None:
    return done.schema.enums[Name("mood")].labels


# --- what create_table emits -----------------------------------------------------------------------------------------


def test_create_table_makes_the_types_of_its_columns() -> None:
    operation = table("t")

    made = replay(operation).schema.enums[Name("mood")]

    assert (made.labels, made.made_by) == (("sad", "ok"), operation)


def test_in_one_command_it_makes_a_type_once() -> None:
    assert replay(table("t"), table("u", enum("mood", "other"))).refused == []


def test_in_the_next_command_the_type_is_there_already() -> None:
    refusals = in_the_next_revision(replay(table("t")), table("u")).refusals

    assert [(refusal.error, refusal.message, refusal.alone, refusal.fresh) for refusal in refusals] == [
        ("DuplicateObject", 'type "mood" already exists', True, False)
    ]


def test_a_type_that_says_it_is_there_is_not_made() -> None:
    there = enum("mood", "sad", "ok", creates=False)

    assert in_the_next_revision(replay(table("t")), table("u", there)).refused == []


def test_a_type_made_by_itself_is_in_the_way_of_create_table() -> None:
    assert replay(create(), table("t")).refused == [("DuplicateObject", 'type "mood" already exists')]


def test_a_type_made_and_dropped_is_not_made_again_by_the_same_command() -> None:
    done = replay(table("t"), DropTable(table=Name("t")), drop(), table("t"))

    assert done.refused == [("UndefinedObject", 'type "mood" does not exist')]


def test_a_command_of_its_own_does_make_it_again() -> None:
    done = in_the_next_revision(replay(table("t"), DropTable(table=Name("t")), drop()), table("t"))

    assert [(refusal.error, refusal.alone, refusal.fresh) for refusal in done.refusals] == [
        ("UndefinedObject", False, True)
    ]


def test_a_downgrade_is_always_a_command_of_its_own() -> None:
    first = replay(table("t"))

    back = replay(table("u"), on=first.schema, run=first.run.next("r1", upgrade=False))

    assert [(refusal.alone, refusal.fresh) for refusal in back.refusals] == [(True, True)]


def test_a_type_of_strings_needs_a_name() -> None:
    unnamed = Type("enum", enum=Enum(None, ("x",)))

    assert ("CompileError", "PostgreSQL ENUM type requires a name.") in replay(table("t", unnamed)).refused


def test_sql_makes_no_types() -> None:
    made = replay(create_table("t", column("m", MOOD), by_sqlalchemy=False))

    assert made.refused == [("UndefinedObject", 'type "mood" does not exist')]


# --- CREATE TYPE, DROP TYPE ------------------------------------------------------------------------------------------


def test_a_type_is_made_once() -> None:
    assert replay(create(), create()).refused == [("DuplicateObject", 'type "mood" already exists')]


def test_checkfirst_passes_over_a_type_that_is_there_whatever_its_labels() -> None:
    made = replay(create(), create("else", checked=True))

    assert made.refused == []
    assert made.outcomes[-1].unused
    assert labels(made) == ("sad", "ok")


def test_a_table_has_a_type_of_its_name() -> None:
    made = replay(create_table("mood", column("a")), create())

    assert made.refused == [("DuplicateObject", 'type "mood" already exists')]


def test_a_type_that_a_column_has_is_not_dropped() -> None:
    dropped = replay(table("t"), drop())

    refusal = dropped.refusals[0]
    assert refusal.message == "cannot drop type mood because other objects depend on it"
    assert [(item.kind, item.name, item.table) for item in refusal.dependents] == [("column", "m", Name("t"))]


def test_cascade_takes_its_columns_and_their_indexes_along() -> None:
    dropped = replay(table("t", index=True), drop(cascade=True))

    assert dropped.refused == []
    assert dropped.effects == [("dropped", "column", "m"), ("dropped", "index", "ix_t_m")]


def test_a_type_that_is_not_there_is_not_dropped() -> None:
    assert replay(table("t", TEXT), drop()).refused == [("UndefinedObject", 'type "mood" does not exist')]


def test_checkfirst_passes_over_a_type_that_is_not_there() -> None:
    dropped = replay(table("t", TEXT), drop(if_exists=True))

    assert dropped.refused == []
    assert dropped.outcomes[-1].unused


def test_where_tables_were_there_before_a_type_may_have_been_too() -> None:
    assert replay(add_column("user", "a"), drop()).refused == []


# --- its values ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({}, ("sad", "ok", "new")),
        ({"before": "sad"}, ("new", "sad", "ok")),
        ({"after": "sad"}, ("sad", "new", "ok")),
    ],
)
def test_a_value_is_added_where_it_says(place: dict[str, str], expected: tuple[str, ...]) -> None:
    assert labels(replay(create(), add("new", **place))) == expected


@pytest.mark.parametrize(
    ("operation", "error", "message"),
    [
        (add("ok"), "DuplicateObject", 'enum label "ok" already exists'),
        (add("new", before="nope"), "InvalidParameterValue", '"nope" is not an existing enum label'),
        (
            RenameEnumValue(name=Name("mood"), value="nope", new_value="x"),
            "InvalidParameterValue",
            '"nope" is not an existing enum label',
        ),
        (
            RenameEnumValue(name=Name("mood"), value="ok", new_value="sad"),
            "DuplicateObject",
            'enum label "sad" already exists',
        ),
        (
            AddEnumValue(name=Name("nope"), value="x"),
            "UndefinedObject",
            'type "nope" does not exist',
        ),
    ],
)
def test_a_value_is_refused(operation: Operation, error: str, message: str) -> None:
    assert replay(create(), operation).refused == [(error, message)]


def test_a_value_that_is_there_is_passed_over_if_not_exists() -> None:
    added = replay(create(), add("ok", if_not_exists=True))

    assert added.refused == []
    assert added.outcomes[-1].unused


def test_a_default_follows_a_renamed_value() -> None:
    done = replay(table("t", default=Default("'ok'")), RenameEnumValue(name=Name("mood"), value="ok", new_value="fine"))

    assert labels(done) == ("sad", "fine")
    assert done.schema.tables[Name("t")].columns["m"].default == Default("'fine'")


USES = [
    Insert(table=Name("t"), columns=("m",), values=("new",)),
    Update(table=Name("t"), columns=("m",), values=("new",)),
    AlterColumn(table=Name("t"), column="m", default=Default("'new'")),
    add_column("t", "n", MOOD, default=Default("'new'")),
    create_index("ix", "t", "m", where="m = 'new'"),
]


@pytest.mark.parametrize("use", USES)
def test_a_new_value_cannot_be_used_before_it_is_committed(use: Operation) -> None:
    before = replay(table("t"))

    done = in_the_next_revision(before, add("new"), use)

    assert done.refused == [("UnsafeNewEnumValueUsage", 'unsafe use of new value "new" of enum type mood')]


@pytest.mark.parametrize("use", USES)
def test_one_added_in_an_autocommit_block_can(use: Operation) -> None:
    assert replay(table("t"), add("new", autocommit=True), use).refused == []


def test_one_command_over_many_revisions_has_not_committed_it_either() -> None:
    added = in_the_next_revision(replay(table("t")), add("new"))

    used = in_the_next_revision(added, USES[0])

    assert [(refusal.alone, refusal.fresh) for refusal in used.refusals] == [(False, True)]


def test_unless_each_revision_has_its_transaction() -> None:
    first = replay(table("t"), add("new"), transaction_per_migration=True)

    assert in_the_next_revision(first, USES[0]).refused == []


def test_an_autocommit_block_commits_what_came_before() -> None:
    other = AddEnumValue(name=Name("mood"), value="other", autocommit=True)

    assert replay(table("t"), add("new"), other, USES[0]).refused == []


@pytest.mark.parametrize(("postgresql", "refused"), [(16, 1), (17, 0)])
def test_since_postgresql_17_a_type_made_in_the_same_transaction_is_safe(postgresql: int, refused: int) -> None:
    assert len(replay(table("t"), add("new"), USES[0], postgresql=postgresql).refused) == refused


def test_values_that_are_synchronized_are_all_there_are() -> None:
    other = create_table("o", column("m", varchar(5)))
    sync = SyncEnumValues(name=Name("mood"), labels=("a", "b"), columns=((Name("o"), "m"),))

    done = replay(table("t"), other, sync)

    assert labels(done) == ("a", "b")
    assert done.schema.tables[Name("o")].columns["m"].enum == Name("mood")


def test_a_value_of_unknown_name_makes_the_labels_unknown() -> None:
    assert labels(replay(create(), add(HOLE))) is None


# --- RENAME ----------------------------------------------------------------------------------------------------------


def test_columns_follow_a_renamed_type() -> None:
    done = replay(table("t"), RenameObject(kind="type", name=Name("mood"), new_name=Name("feeling")))

    assert done.schema.tables[Name("t")].columns["m"].enum == Name("feeling")
    assert [(on.name, each.name) for on, each in done.schema.columns_of_type(Name("feeling"))] == [(Name("t"), "m")]


def test_a_type_swapped_for_another_can_be_dropped() -> None:
    done = replay(
        table("t"),
        RenameObject(kind="type", name=Name("mood"), new_name=Name("mood_old")),
        create("sad"),
        AlterColumn(table=Name("t"), column="m", type=enum("mood"), using="m::text::mood"),
        drop("mood_old"),
    )

    assert done.refused == []
    assert labels(done) == ("sad",)
    assert list(done.schema.enums) == [Name("mood")]


def test_an_alteration_to_the_same_type_changes_no_label() -> None:
    done = replay(table("t"), AlterColumn(table=Name("t"), column="m", type=enum("mood", "sad", "ok", "new")))

    assert done.refused == []
    assert labels(done) == ("sad", "ok")


def test_a_name_of_another_type_is_taken() -> None:
    done = replay(create(), create(name="other"), RenameObject(kind="type", name=Name("other"), new_name=Name("mood")))

    assert done.refused == [("DuplicateObject", 'type "mood" already exists')]
