from __future__ import annotations

from typing import Any

import pytest

from alembic_review.change import Change, Run, Settings
from alembic_review.operations import (
    AddColumn,
    Condition,
    CreateTable,
    Delete,
    DropColumn,
    DropTable,
    Execute,
    Operation,
    Raise,
)
from alembic_review.revision import Revision
from alembic_review.schema import EMPTY, Schema
from alembic_review.types import Name
from tests.replay.making import add_column, column, create_table, enum, keyed_table

T = Name("t")
UNKNOWN = Condition(1, "unknown", text="already_done()")


def change(
    upgrade: tuple[Operation, ...] = (),
    downgrade: tuple[Operation, ...] = (),
    *,
    before: Schema = EMPTY,
    run: Run | None = None,
    revision: str = "r1",
    engine: str = "",
) -> Change:
    read = Revision(f"{revision}.py", revision, upgrade=upgrade, downgrade=downgrade)
    return Change(read, before, run if run is not None else Run(Settings()), engine)


def after(first: Change, *upgrade: Operation, **fields: Any) -> Change:
    """The change of the next revision."""
    return change(upgrade, **{"before": first.after, "run": first.run, "revision": "r2", **fields})


def drop(column_: str, **fields: Any) -> DropColumn:
    return DropColumn(table=T, column=column_, **fields)


def test_each_step_stands_on_the_one_before() -> None:
    first, second = change((create_table("t", column("a")), add_column("t", "b"))).upgrade

    assert second.before is first.after
    assert list(second.after.tables[T].columns) == ["a", "b"]


def test_a_downgrade_starts_where_the_upgrade_ends() -> None:
    made = change((create_table("t", column("a")),), (DropTable(table=T),))

    assert made.downgrade[0].before is made.after
    assert list(made.reverted.tables) == []


def test_steps_tell_which_way_they_go() -> None:
    made = change((create_table("t", column("a")),), (DropTable(table=T),))

    assert [step.direction for step in (*made.upgrade, *made.downgrade)] == ["upgrade", "downgrade"]


def test_a_revision_without_functions_leaves_all_as_it_was() -> None:
    empty = Change(Revision("r1.py", "r1"), EMPTY, Run())

    assert empty.after is empty.reverted is EMPTY


def test_steps_are_found_by_kind() -> None:
    made = change((create_table("t", column("a")), add_column("t", "b")), (drop("b"), DropTable(table=T)))

    assert [step.operation.column.name for step in made.upgrades(AddColumn)] == ["b"]
    assert [step.operation.column for step in made.downgrades(DropColumn)] == ["b"]
    assert [type(step.operation) for step in made.steps(CreateTable, DropTable)] == [CreateTable, DropTable]


def test_what_does_not_run_is_a_step_that_is_not_found() -> None:
    passed = drop("a", conditions=(Condition(1, "table", table=Name("nope")),))

    made = change((create_table("t", column("a")), passed))

    assert made.upgrade[-1].ran is False
    assert list(made.upgrades(DropColumn)) == []


def test_a_table_made_in_the_same_upgrade_is_told_from_an_older_one() -> None:
    older = change((create_table("old", column("a")),))

    newer = after(older, create_table("t", column("a")), add_column("t", "b"), add_column("old", "b"))

    assert [newer.made_here(step.operation.table, step) for step in newer.upgrades(AddColumn)] == [True, False]


def test_a_table_that_the_upgrade_made_is_not_made_by_the_downgrade() -> None:
    made = change((create_table("t", column("a")),), (add_column("t", "b"),))

    assert not made.made_here(T, made.downgrade[0])


def test_both_deployments_are_told_apart() -> None:
    mood = column("m", enum("mood", "x"))

    again = after(change((create_table("t", mood),)), create_table("u", mood))

    assert [refusal.error for refusal in again.upgrade[0].refusals] == ["DuplicateObject"]
    assert again.upgrade[0].fresh_refusals == ()


def test_only_the_operations_of_its_engine_are_seen() -> None:
    both = (
        create_table("t", column("a"), engine="engine1"),
        create_table("u", column("a"), engine="engine2"),
        create_table("v", column("a")),
    )

    made = change(both, engine="engine2")

    assert list(made.after.tables) == [Name("u"), Name("v")]


def test_nothing_follows_a_raise() -> None:
    made = change((create_table("t", column("a")),), (Raise(exception="NotImplementedError"), DropTable(table=T)))

    assert len(made.downgrade) == 1
    assert list(made.reverted.tables) == [T]


def test_a_raise_that_may_not_happen_stops_nothing() -> None:
    may = Raise(exception="RuntimeError", conditions=(Condition(1, "has-rows"),))

    made = change((create_table("t", column("a")),), (may, DropTable(table=T)))

    assert list(made.reverted.tables) == []


def test_what_all_hangs_on_is_taken_to_hold() -> None:
    made = change(
        (
            Execute(verb="SELECT"),
            create_table("t", column("a"), conditions=(UNKNOWN,)),
            create_table("u", column("a"), conditions=(UNKNOWN,)),
        )
    )

    assert [step.ran for step in made.upgrade] == [True, True, True]
    assert not made.after.tables[T].uncertain


def test_what_only_some_hangs_on_is_not() -> None:
    made = change((create_table("t", column("a"), conditions=(UNKNOWN,)), create_table("u", column("a"))))

    assert [step.ran for step in made.upgrade] == [None, True]


def test_rows_do_not_count_for_what_all_hangs_on() -> None:
    made = change((Delete(table=T), create_table("t", column("a"), conditions=(UNKNOWN,))))

    assert made.upgrade[-1].ran is True


def test_after_a_failure_in_a_try_the_rest_of_it_is_passed_over() -> None:
    table = keyed_table("t")
    invalid = DropTable(table=T, guard=1, invalid="drop_table() has no argument 'x'")

    made = change((table, invalid, DropTable(table=T, guard=1)))

    assert [step.ran for step in made.upgrade] == [True, True, False]
    assert list(made.after.tables) == [T]


@pytest.mark.parametrize(
    ("downgrade", "texts"),
    [
        ((drop("b"),), []),
        ((), ['leaves the column "t.b"']),
    ],
)
def test_what_the_downgrade_does_not_bring_back_is_told(downgrade: tuple[Operation, ...], texts: list[str]) -> None:
    made = change((add_column("t", "b"),), downgrade, before=change((create_table("t", column("a")),)).after)

    assert [difference.text for difference in made.differences] == texts


def test_who_made_something_is_told_in_words() -> None:
    older = change((create_table("t", column("a")),))

    newer = after(older, add_column("t", "b"))

    table = newer.after.tables[T]
    assert newer.told(table.origin) == "revision r1"
    assert newer.told(table.columns["b"].origin) == "this upgrade()"
    assert newer.told(None) == "something before this history"
