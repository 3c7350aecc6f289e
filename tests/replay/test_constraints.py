from __future__ import annotations

from typing import Any

import pytest

from alembic_review.operations import (
    AddConstraint,
    AlterColumn,
    Check,
    Constraint,
    DropConstraint,
    DropTable,
    ForeignKey,
    Operation,
    PrimaryKey,
    RenameConstraint,
    RenameTable,
    Unique,
    ValidateConstraint,
)
from alembic_review.types import HOLE, Name, Type
from tests.replay.making import (
    BIGINT,
    BOOLEAN,
    TEXT,
    UUID,
    add_column,
    add_constraint,
    column,
    create_index,
    create_table,
    enum,
    keyed_table,
    refers,
    replay,
    varchar,
)


def drop(name: str | None, table: str = "t", **fields: Any) -> DropConstraint:
    return DropConstraint(table=Name(table), name=name, **fields)


@pytest.mark.parametrize(
    ("constraint", "error", "message"),
    [
        (
            PrimaryKey(columns=("a",)),
            "InvalidTableDefinition",
            'multiple primary keys for table "t" are not allowed',
        ),
        (Unique(name="t_pkey", columns=("a",)), "DuplicateTable", 'relation "t_pkey" already exists'),
        (Unique(name="t", columns=("a",)), "DuplicateTable", 'relation "t" already exists'),
        (
            Check(name="t_pkey", sql="a > 0"),
            "DuplicateObject",
            'constraint "t_pkey" for relation "t" already exists',
        ),
        (Unique(columns=("c",)), "UndefinedColumn", 'column "c" named in key does not exist'),
        (
            ForeignKey(columns=("c",), referred=Name("t"), referred_columns=("id",)),
            "UndefinedColumn",
            'column "c" referenced in foreign key constraint does not exist',
        ),
        (
            ForeignKey(columns=("a",), referred=Name("t"), referred_columns=("c",)),
            "UndefinedColumn",
            'column "c" referenced in foreign key constraint does not exist',
        ),
        (
            ForeignKey(columns=("a",), referred=Name("t"), referred_columns=("a",)),
            "InvalidForeignKey",
            'there is no unique constraint matching given keys for referenced table "t"',
        ),
        (
            ForeignKey(name="fk", columns=("b",), referred=Name("t"), referred_columns=("id",)),
            "DatatypeMismatch",
            'foreign key constraint "fk" cannot be implemented: "b" is uuid, "t.id" is integer',
        ),
    ],
)
def test_a_constraint_is_refused(constraint: Constraint, error: str, message: str) -> None:
    added = replay(keyed_table("t", column("a"), column("b", UUID)), add_constraint("t", constraint))

    assert added.refused == [(error, message)]


def test_a_check_written_as_sql_names_columns_that_are_there() -> None:
    check = Check(sql="c > 0", columns=("c",))
    written = AddConstraint(table=Name("t"), constraint=check, sql="ALTER TABLE t ADD CHECK (c > 0)")

    added = replay(create_table("t", column("a")), written)

    assert added.refused == [("UndefinedColumn", 'column "c" does not exist')]


def test_a_foreign_key_needs_its_table() -> None:
    added = replay(
        keyed_table("o"),
        create_table("t", column("a")),
        DropTable(table=Name("o")),
        add_constraint("t", refers("o", columns=("a",))),
    )

    assert added.refused == [("UndefinedTable", 'relation "o" does not exist')]


def test_a_table_that_the_history_never_made_is_taken_to_be_there() -> None:
    added = replay(create_table("t", column("a")), add_constraint("t", refers("user", columns=("a",))))

    assert added.refused == []
    assert added.effects == [("assumed", "table", "user")]
    assert not added.schema.complete


def test_a_foreign_key_without_columns_means_the_primary_key() -> None:
    key = ForeignKey(columns=("a",), referred=Name("o"))

    schema = replay(keyed_table("o"), create_table("t", column("a")), add_constraint("t", key)).schema

    constraint = schema.constraint(Name("t"), "t_a_fkey")
    assert constraint is not None
    assert constraint.definition.referred_columns == ("id",)
    assert constraint.index == "o_pkey"


def test_a_foreign_key_may_stand_on_a_unique_index() -> None:
    added = replay(
        create_table("o", column("a"), column("b")),
        create_index("ix", "o", "b", "a", unique=True),
        create_table("t", column("x"), column("y")),
        add_constraint("t", refers("o", "a", "b", columns=("x", "y"))),
    )

    assert added.refused == []


def test_but_not_on_a_partial_one() -> None:
    added = replay(
        create_table("o", column("a")),
        create_index("ix", "o", "a", unique=True, where="a > 0"),
        create_table("t", column("x")),
        add_constraint("t", refers("o", "a", columns=("x",))),
    )

    assert [error for error, _ in added.refused] == ["InvalidForeignKey"]


@pytest.mark.parametrize(
    ("mine", "theirs"), [(BIGINT, Type("integer")), (varchar(5), TEXT), (Type("smallint"), Type("numeric"))]
)
def test_columns_of_kindred_types_may_refer_to_each_other(mine: Type, theirs: Type) -> None:
    added = replay(
        create_table("o", column("k", theirs, unique=True)),
        create_table("t", column("a", mine)),
        add_constraint("t", refers("o", "k", columns=("a",))),
    )

    assert added.refused == []


def test_an_enum_does_not_refer_to_a_text() -> None:
    added = replay(
        create_table("o", column("k", TEXT, unique=True)),
        create_table("t", column("a", enum("mood", "x"))),
        add_constraint("t", refers("o", "k", columns=("a",))),
    )

    assert [error for error, _ in added.refused] == ["DatatypeMismatch"]


def test_a_primary_key_makes_its_columns_not_null() -> None:
    schema = replay(create_table("t", column("a")), add_constraint("t", PrimaryKey(columns=("a",)))).schema

    assert not schema.tables[Name("t")].columns["a"].nullable


def test_a_check_is_named_after_its_only_column() -> None:
    table = replay(
        create_table("t", column("a"), column("b")),
        add_constraint("t", Check(sql="a > 0")),
        add_constraint("t", Check(sql="a > b")),
        add_constraint("t", Check(sql="a < 9")),
    ).schema.tables[Name("t")]

    assert list(table.constraints) == ["t_a_check", "t_check", "t_a_check1"]


def test_postgresql_needs_no_check_for_a_boolean() -> None:
    typed = column("a", BOOLEAN, constraints=(Check(name="is_bool", of_type=True),))

    assert replay(create_table("t", typed)).schema.tables[Name("t")].constraints == {}


def test_a_constraint_takes_over_an_index_and_names_it() -> None:
    taken = replay(
        create_table("t", column("a")),
        create_index("ix", "t", "a", unique=True),
        add_constraint("t", Unique(name="uq", index="ix")),
    )

    table = taken.schema.tables[Name("t")]
    assert taken.refused == []
    assert (table.constraints["uq"].columns, table.indexes) == (("a",), {})
    assert [(effect.what, effect.name, effect.new_name) for effect in taken.last_effects] == [("renamed", "ix", "uq")]
    assert list(taken.schema.indexes) == [Name("uq")]


def test_an_index_that_is_not_there_cannot_be_taken_over() -> None:
    taken = replay(create_table("t", column("a")), add_constraint("t", Unique(name="uq", index="ix")))

    assert taken.refused == [("UndefinedObject", 'index "ix" does not exist')]


# --- DROP CONSTRAINT -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "error", "message"),
    [
        (drop("nope"), "UndefinedObject", 'constraint "nope" of relation "t" does not exist'),
        (
            drop(None),
            "CompileError",
            "Can't emit DROP CONSTRAINT for constraint Constraint(); it has no name",
        ),
        (
            drop("t_pkey"),
            "DependentObjectsStillExist",
            "cannot drop constraint t_pkey on table t because other objects depend on it",
        ),
        (
            ValidateConstraint(table=Name("t"), name="nope"),
            "UndefinedObject",
            'constraint "nope" of relation "t" does not exist',
        ),
        (
            RenameConstraint(table=Name("t"), name="nope", new_name="yes"),
            "UndefinedObject",
            'constraint "nope" for table "t" does not exist',
        ),
        (
            RenameConstraint(table=Name("t"), name="t_pkey", new_name="t"),
            "DuplicateTable",
            'relation "t" already exists',
        ),
        (
            RenameConstraint(table=Name("t"), name="t_up_fkey", new_name="t_pkey"),
            "DuplicateObject",
            'constraint "t_pkey" for relation "t" already exists',
        ),
    ],
)
def test_an_operation_on_a_constraint_is_refused(operation: Operation, error: str, message: str) -> None:
    assert replay(keyed_table("t", column("up", constraints=(refers("t"),))), operation).refused == [(error, message)]


def test_cascade_takes_along_the_foreign_keys_that_stand_on_a_key() -> None:
    dropped = replay(
        keyed_table("o"), create_table("t", column("a", constraints=(refers("o"),))), drop("o_pkey", "o", cascade=True)
    )

    assert dropped.effects == [("dropped", "foreign key", "t_a_fkey")]


def test_a_column_stays_not_null_without_its_key() -> None:
    assert not replay(keyed_table("t"), drop("t_pkey")).schema.tables[Name("t")].columns["id"].nullable


def test_a_constraint_whose_name_is_unknown_leaves_other_kinds_certain() -> None:
    table = replay(keyed_table("t", column("a", unique=True)), drop(HOLE, kind="unique")).schema.tables[Name("t")]

    assert {name: item.uncertain for name, item in table.constraints.items()} == {"t_pkey": False, "t_a_key": True}


def test_a_constraint_of_a_dropped_column_is_gone_with_it() -> None:
    dropped = replay(
        create_table("t", column("a", unique=True)), add_column("t", "b"), drop("t_a_key"), drop("t_a_key")
    )

    assert [error for error, _ in dropped.refused] == ["UndefinedObject"]


FULL = {
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


# What Alembic 1.20.1 does with drop_constraint() under a convention.
@pytest.mark.parametrize(
    ("operation", "refused"),
    [
        (drop(None, kind="primary"), []),
        (drop(None, kind="unique"), [("UndefinedObject", 'constraint "uq_t_" of relation "t" does not exist')]),
        (drop(None, kind="foreignkey"), [("IndexError", "list index out of range")]),
        (drop("positive", kind="check"), []),
        (drop("ck_t_positive"), []),
        (
            drop("ck_t_positive", kind="check"),
            [("UndefinedObject", 'constraint "ck_t_ck_t_positive" of relation "t" does not exist')],
        ),
        (drop("ck_t_positive", kind="check", final=True), []),
    ],
)
def test_a_convention_changes_what_is_dropped(operation: DropConstraint, refused: list[tuple[str, str]]) -> None:
    table = keyed_table("t", column("a"), Check(name="positive", sql="a > 0"))

    assert replay(table, operation, naming_convention=FULL).refused == refused


def test_an_unnamed_check_cannot_be_made_under_a_convention_that_asks_for_its_name() -> None:
    added = replay(create_table("t", column("a")), add_constraint("t", Check(sql="a > 0")), naming_convention=FULL)

    assert [error for error, _ in added.refused] == ["InvalidRequestError"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("pk_t", "primary"), ("fk_t_a_o", "foreignkey"), ("uq_t_b", "unique"), ("ck_t_positive", None)],
)
def test_a_convention_that_could_not_be_read_may_have_named_a_constraint(name: str, kind: str | None) -> None:
    made = create_table(
        "t",
        column("id", primary_key=True),
        column("a", constraints=(refers("o"),)),
        column("b", unique=True),
        Check(name="positive", sql="a > 0"),
    )

    dropped = replay(keyed_table("o"), made, drop(name, kind=kind), convention_known=False)

    assert dropped.refused == []
    assert len(dropped.schema.tables[Name("t")].constraints) == 3


def test_but_not_one_that_is_not_there_at_all() -> None:
    dropped = replay(keyed_table("t", column("a")), drop("fk_t_a_o", kind="foreignkey"), convention_known=False)

    assert [error for error, _ in dropped.refused] == ["UndefinedObject"]


# --- RENAME, VALIDATE ------------------------------------------------------------------------------------------------


def test_a_renamed_constraint_renames_its_index_and_what_stands_on_it_follows() -> None:
    schema = replay(
        keyed_table("o"),
        create_table("t", column("a", constraints=(refers("o"),))),
        RenameConstraint(table=Name("o"), name="o_pkey", new_name="o_key"),
    ).schema

    assert Name("o_key") in schema.indexes
    assert Name("o_pkey") not in schema.indexes
    assert schema.tables[Name("t")].constraints["t_a_fkey"].index == "o_key"


def test_a_constraint_made_not_valid_can_be_validated() -> None:
    made = Check(name="c", sql="a > 0", not_valid=True)

    schema = replay(
        create_table("t", column("a")), add_constraint("t", made), ValidateConstraint(table=Name("t"), name="c")
    ).schema

    assert not schema.tables[Name("t")].constraints["c"].definition.not_valid


def test_a_constraint_on_a_renamed_table_has_the_name_it_had() -> None:
    renamed = replay(
        create_table("t", column("a", unique=True)), RenameTable(table=Name("t"), new_name="u"), drop("t_a_key", "u")
    )

    assert renamed.refused == []


def test_a_column_under_a_dropped_key_may_be_null_again() -> None:
    altered = replay(keyed_table("t"), drop("t_pkey"), AlterColumn(table=Name("t"), column="id", nullable=True))

    assert altered.refused == []
