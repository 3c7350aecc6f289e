from __future__ import annotations

from typing import Any

import pytest

from alembic_review.operations import (
    AddConstraint,
    AlterColumn,
    Check,
    CommentOn,
    Computed,
    CreateObject,
    Default,
    DropColumn,
    Identity,
    Operation,
    PrimaryKey,
    Unique,
)
from alembic_review.types import HOLE, Name, Type, sql_type
from tests.replay.making import (
    BIGINT,
    BOOLEAN,
    INTEGER,
    TEXT,
    UUID,
    add_column,
    column,
    create_index,
    create_table,
    enum,
    keyed_table,
    refers,
    replay,
    varchar,
)


def drop(name: str, table: str = "t", **fields: bool) -> DropColumn:
    return DropColumn(table=Name(table), column=name, **fields)


def alter(name: str, table: str = "t", **fields: Any) -> AlterColumn:
    return AlterColumn(table=Name(table), column=name, **fields)


# --- ADD COLUMN ------------------------------------------------------------------------------------------------------


def test_what_an_added_column_declares_becomes_constraints_and_indexes() -> None:
    table = replay(
        keyed_table("o"),
        create_table("t", column("a")),
        add_column("t", "b", unique=True, constraints=(refers("o"),)),
        add_column("t", "c", index=True),
    ).schema.tables[Name("t")]

    assert sorted(table.constraints) == ["t_b_fkey", "t_b_key"]
    assert list(table.indexes) == ["ix_t_c"]


def test_add_column_makes_no_primary_key_but_a_serial_column() -> None:
    schema = replay(create_table("t", column("a")), add_column("t", "id", primary_key=True)).schema

    table = schema.tables[Name("t")]
    assert table.primary_key is None
    assert (table.columns["id"].sequence, table.columns["id"].nullable) == (Name("t_id_seq"), False)


def test_a_column_that_is_there_is_not_added_again() -> None:
    assert replay(create_table("t", column("a")), add_column("t", "a")).refused == [
        ("DuplicateColumn", 'column "a" of relation "t" already exists')
    ]


def test_an_enum_type_has_to_be_there_for_a_column_to_have_it() -> None:
    assert replay(create_table("t", column("a")), add_column("t", "m", enum("mood", "x"))).refused == [
        ("UndefinedObject", 'type "mood" does not exist')
    ]


def test_so_it_has_for_an_array_of_it() -> None:
    moods = Type("mood", (), 1, enum("mood", "x").enum)

    assert replay(create_table("t", column("a")), add_column("t", "m", moods)).refused == [
        ("UndefinedObject", 'type "mood[]" does not exist')
    ]


def test_a_type_that_may_have_been_there_before_the_history_is_not_missed() -> None:
    added = replay(add_column("user", "m", enum("mood", "x")))

    assert added.refused == []
    assert added.schema.enums[Name("mood")].uncertain


def test_a_default_must_be_one_of_the_labels() -> None:
    added = replay(
        create_table("t", column("m", enum("mood", "x", "y"))),
        add_column("t", "n", enum("mood", "x", "y"), default=Default("'z'")),
    )

    assert added.refused == [("InvalidTextRepresentation", 'invalid input value for enum mood: "z"')]


def test_an_identity_column_has_a_sequence() -> None:
    schema = replay(create_table("t", column("a")), add_column("t", "n", identity=Identity())).schema

    assert schema.tables[Name("t")].columns["n"].sequence == Name("t_n_seq")


def test_a_column_of_unknown_name_leaves_the_others_certain() -> None:
    table = replay(create_table("t", column("a")), add_column("t", HOLE)).schema.tables[Name("t")]

    assert not table.complete
    assert not table.columns["a"].uncertain


# --- DROP COLUMN -----------------------------------------------------------------------------------------------------


def test_what_is_on_a_dropped_column_goes_along() -> None:
    dropped = replay(
        keyed_table("o"),
        create_table("t", column("a", unique=True), column("b", constraints=(refers("o"),)), Check(sql="a > b")),
        create_index("ix", "t", "b", "a"),
        drop("a"),
    )

    table = dropped.schema.tables[Name("t")]
    assert (list(table.constraints), list(table.indexes)) == (["t_b_fkey"], [])
    assert dropped.effects == [
        ("dropped", "check", "t_check"),
        ("dropped", "unique", "t_a_key"),
        ("dropped", "index", "ix"),
    ]


def test_an_index_goes_with_a_column_that_only_its_where_names() -> None:
    dropped = replay(
        create_table("t", column("a"), column("b")), create_index("ix", "t", "a", where="b IS NULL"), drop("b")
    )

    assert dropped.effects == [("dropped", "index", "ix")]


def test_the_sequence_of_a_serial_column_goes_along() -> None:
    assert replay(keyed_table("t"), drop("id")).effects == [
        ("dropped", "primary key", "t_pkey"),
        ("dropped", "sequence", "t_id_seq"),
    ]


def test_a_column_that_another_table_refers_to_is_not_dropped() -> None:
    dropped = replay(keyed_table("o"), create_table("t", column("a", constraints=(refers("o"),))), drop("id", "o"))

    assert dropped.refused == [
        ("DependentObjectsStillExist", "cannot drop column id of table o because other objects depend on it")
    ]


def test_neither_is_one_that_its_own_table_refers_to() -> None:
    dropped = replay(keyed_table("t", column("up", constraints=(refers("t"),))), drop("id"))

    assert [error for error, _ in dropped.refused] == ["DependentObjectsStillExist"]


def test_nor_one_that_another_is_computed_from() -> None:
    computed = column("b", computed=Computed("a + 1", stored=True))

    dropped = replay(create_table("t", column("a"), computed), drop("a"))

    assert [item.name for item in dropped.refusals[0].dependents] == ["b"]


def test_nor_one_that_a_view_reads() -> None:
    view = CreateObject(kind="view", name=Name("v"), reads=(Name("t"),), columns=("a",))

    dropped = replay(create_table("t", column("a"), column("b")), view, drop("b"), drop("a"))

    assert [item.name for item in dropped.refusals[0].dependents] == ["v"]


def test_cascade_takes_along_what_stands_on_the_column() -> None:
    view = CreateObject(kind="view", name=Name("v"), reads=(Name("t"),), columns=("a",))

    dropped = replay(create_table("t", column("a"), column("b")), view, drop("a", cascade=True))

    assert dropped.refused == []
    assert dropped.effects == [("dropped", "view", "v")]
    assert dropped.schema.object("view", Name("v")) is None


def test_a_column_that_is_not_there_is_not_dropped() -> None:
    assert replay(create_table("t", column("a")), drop("b")).refused == [
        ("UndefinedColumn", 'column "b" of relation "t" does not exist')
    ]


def test_if_exists_a_column_that_is_not_there_is_passed_over() -> None:
    dropped = replay(create_table("t", column("a")), drop("b", if_exists=True))

    assert dropped.refused == []
    assert dropped.outcomes[-1].unused


def test_a_table_from_before_the_history_may_have_any_column() -> None:
    assert replay(drop("b", "user")).refused == []


def test_but_not_one_that_the_history_dropped() -> None:
    gone = drop("b", "user")

    refusal = replay(gone, drop("b", "user")).refusals[0]

    assert refusal.error == "UndefinedColumn"
    assert refusal.by is not None
    assert refusal.by.operation is gone


def test_after_a_column_of_unknown_name_is_dropped_all_are_uncertain() -> None:
    table = replay(create_table("t", column("a")), drop(HOLE)).schema.tables[Name("t")]

    assert table.columns["a"].uncertain


def test_a_column_of_an_unknown_table_is_doubted_everywhere() -> None:
    dropped = replay(
        create_table("t", column("a"), column("b")), drop("b", HOLE), drop("a"), drop("b"), add_column("t", "b")
    )

    assert dropped.refused == []


# --- ALTER COLUMN ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (TEXT, INTEGER, 'column "a" cannot be cast automatically to type integer'),
        (varchar(20), UUID, 'column "a" cannot be cast automatically to type uuid'),
        (INTEGER, BOOLEAN, 'column "a" cannot be cast automatically to type boolean'),
        (UUID, INTEGER, 'column "a" cannot be cast automatically to type integer'),
        (TEXT, enum("mood"), 'column "a" cannot be cast automatically to type mood'),
        (TEXT, sql_type("text", (), 1), 'column "a" cannot be cast automatically to type text[]'),
        (TEXT, sql_type("timestamp"), 'column "a" cannot be cast automatically to type timestamp without time zone'),
    ],
)
def test_a_type_that_needs_a_written_cast_is_refused_without_one(old: Type, new: Type, message: str) -> None:
    table = create_table("t", column("a", old), column("m", enum("mood", "x")))

    assert replay(table, alter("a", type=new)).refused == [("DatatypeMismatch", message)]


def test_with_using_it_is_taken() -> None:
    altered = replay(create_table("t", column("a", TEXT)), alter("a", type=INTEGER, using="a::integer"))

    assert altered.refused == []
    assert altered.schema.tables[Name("t")].columns["a"].type == INTEGER


@pytest.mark.parametrize(("old", "new"), [(INTEGER, TEXT), (varchar(5), varchar(9)), (TEXT, varchar(5))])
def test_a_type_that_postgresql_casts_by_itself_is_taken(old: Type, new: Type) -> None:
    assert replay(create_table("t", column("a", old)), alter("a", type=new)).refused == []


def test_a_default_of_the_old_type_blocks_a_cast() -> None:
    table = create_table("t", column("a", varchar(5), default=Default("'x'")), column("m", enum("mood", "x")))

    assert replay(table, alter("a", type=enum("mood"), using="a::mood")).refused == [
        ("DatatypeMismatch", 'default for column "a" cannot be cast automatically to type mood')
    ]


def test_a_default_that_is_dropped_first_does_not() -> None:
    table = create_table("t", column("a", varchar(5), default=Default("'x'")), column("m", enum("mood", "x")))

    altered = replay(table, alter("a", default=None), alter("a", type=enum("mood"), using="a::mood"))

    assert altered.refused == []


def test_a_column_of_unknown_type_is_cast_without_a_word() -> None:
    opaque = Type("app.types.Money", opaque=True)

    assert replay(create_table("t", column("a", opaque)), alter("a", type=INTEGER)).refused == []


def test_a_foreign_key_has_to_compare_after_the_cast() -> None:
    altered = replay(
        keyed_table("o"),
        create_table("t", column("a", constraints=(refers("o"),))),
        alter("a", type=TEXT),
    )

    assert altered.refused == [
        (
            "DatatypeMismatch",
            'foreign key constraint "t_a_fkey" cannot be implemented: "a" is text, "o.id" is integer',
        )
    ]


def test_so_it_has_from_the_other_side() -> None:
    altered = replay(
        keyed_table("o"), create_table("t", column("a", constraints=(refers("o"),))), alter("id", "o", type=TEXT)
    )

    assert altered.refused == [
        (
            "DatatypeMismatch",
            'foreign key constraint "t_a_fkey" cannot be implemented: "a" is integer, "o.id" is text',
        )
    ]


def test_integers_of_any_size_compare() -> None:
    altered = replay(
        keyed_table("o"), create_table("t", column("a", constraints=(refers("o"),))), alter("a", type=BIGINT)
    )

    assert altered.refused == []


def test_a_column_that_a_view_reads_keeps_its_type() -> None:
    view = CreateObject(kind="view", name=Name("v"), reads=(Name("t"),), columns=("a",))

    altered = replay(create_table("t", column("a")), view, alter("a", type=BIGINT))

    assert altered.refused == [("FeatureNotSupported", "cannot alter type of a column used by a view or rule")]


def test_a_key_cannot_become_nullable() -> None:
    assert replay(keyed_table("t"), alter("id", nullable=True)).refused == [
        ("InvalidTableDefinition", 'column "id" is in a primary key')
    ]


def test_what_is_not_said_stays_as_it_is() -> None:
    table = create_table("t", column("a", TEXT, nullable=False, default=Default("'x'")))

    altered = replay(table, alter("a", comment="why")).schema.tables[Name("t")].columns["a"]

    assert (altered.type, altered.nullable, altered.comment) == (TEXT, False, "why")
    assert altered.default == Default("'x'")


def test_identity_comes_and_goes_with_its_sequence() -> None:
    table = create_table("t", column("a", nullable=False))

    came = replay(table, alter("a", identity=Identity())).schema
    gone = replay(table, alter("a", identity=Identity()), alter("a", identity=None)).schema

    assert (list(came.sequences), list(gone.sequences)) == ([Name("t_a_seq")], [])


def test_the_name_changes_last() -> None:
    altered = replay(create_table("t", column("a")), alter("a", type=TEXT, nullable=False, new_name="b"))

    assert altered.refused == []
    renamed = altered.schema.tables[Name("t")].columns["b"]
    assert (renamed.type, renamed.nullable) == (TEXT, False)


def test_constraints_indexes_and_foreign_keys_follow_a_renamed_column() -> None:
    schema = replay(
        create_table("o", column("id", TEXT), PrimaryKey(columns=("id",)), Check(sql="id <> 'id'")),
        create_table("t", column("a", TEXT, constraints=(refers("o"),))),
        create_index("ix", "o", "id", where="id > 'a'"),
        alter("id", "o", new_name="key"),
    ).schema

    table = schema.tables[Name("o")]
    check = table.constraints["o_id_check"].definition
    assert isinstance(check, Check)
    assert check.sql == "key <> 'id'"
    assert table.constraints["o_pkey"].columns == ("key",)
    assert table.indexes["ix"].columns == ("key",)
    assert table.indexes["ix"].definition.where == "key > 'a'"
    assert [key.referred_columns for _, key in schema.tables[Name("t")].foreign_keys] == [("key",)]


@pytest.mark.parametrize(
    ("operation", "error", "message"),
    [
        (alter("c", new_name="d"), "UndefinedColumn", 'column "c" does not exist'),
        (alter("c", nullable=False), "UndefinedColumn", 'column "c" of relation "t" does not exist'),
        (alter("a", new_name="b"), "DuplicateColumn", 'column "b" of relation "t" already exists'),
        (alter("a", new_name="a"), "DuplicateColumn", 'column "a" of relation "t" already exists'),
        (
            CommentOn(kind="column", table=Name("t"), column="c", comment="why"),
            "UndefinedColumn",
            'column "c" of relation "t" does not exist',
        ),
    ],
)
def test_an_alteration_is_refused(operation: Operation, error: str, message: str) -> None:
    assert replay(create_table("t", column("a"), column("b")), operation).refused == [(error, message)]


def test_the_old_name_of_a_column_is_gone() -> None:
    renamed = replay(create_table("t", column("a")), alter("a", new_name="b"), drop("a"))

    assert [error for error, _ in renamed.refused] == ["UndefinedColumn"]


def test_a_constraint_on_a_missing_column_is_refused() -> None:
    missing = AddConstraint(table=Name("t"), constraint=Unique(columns=("b",)))

    assert replay(create_table("t", column("a")), missing).refused == [
        ("UndefinedColumn", 'column "b" named in key does not exist')
    ]


def test_the_comment_of_a_table_is_kept() -> None:
    schema = replay(create_table("t", column("a")), CommentOn(kind="table", table=Name("t"), comment="why")).schema

    assert schema.tables[Name("t")].comment == "why"
