from __future__ import annotations

import pytest

from alembic_review.operations import (
    Check,
    Column,
    CreateTable,
    DropTable,
    ForeignKey,
    PrimaryKey,
    RenameTable,
    SetSchema,
    Unique,
)
from alembic_review.types import HOLE, Name, sql_type
from tests.replay.making import (
    BIGINT,
    INTEGER,
    TEXT,
    add_column,
    column,
    create_table,
    enum,
    keyed_table,
    refers,
    replay,
    varchar,
)


def drop(name: str, **fields: bool) -> DropTable:
    return DropTable(table=Name(name), **fields)


# --- CREATE TABLE ----------------------------------------------------------------------------------------------------


def test_a_table_has_its_columns_and_remembers_who_made_it() -> None:
    operation = create_table("user", column("email", varchar(50), nullable=False))

    table = replay(operation).schema.table(Name("user"))

    assert table is not None
    assert (table.made_by, table.made_in) == (operation, "r1")
    assert (str(table.columns["email"].type), table.columns["email"].nullable) == ("varchar(50)", False)


def test_the_schema_public_is_where_things_are_anyway() -> None:
    schema = replay(create_table("user", column("id"), table=Name("user", "public"))).schema

    assert schema.table(Name("user")) is not None


def test_constraints_without_a_name_get_the_one_that_postgresql_chooses() -> None:
    table = replay(
        keyed_table("o"),
        create_table(
            "t",
            column("a", primary_key=True, autoincrement=False),
            column("b", unique=True),
            column("c", constraints=(refers("o"),)),
            Check(sql="b > 0"),
            Check(sql="a > b"),
        ),
    ).schema.tables[Name("t")]

    assert sorted(table.constraints) == ["t_b_check", "t_b_key", "t_c_fkey", "t_check", "t_pkey"]


def test_a_key_that_sqlalchemy_counts_up_is_serial() -> None:
    schema = replay(create_table("t", column("id", BIGINT, primary_key=True, nullable=False))).schema

    made = schema.column(Name("t"), "id")
    assert made is not None
    assert (made.type, made.sequence, made.nullable) == (BIGINT, Name("t_id_seq"), False)
    assert made.default is not None
    assert made.default.sql == "nextval('t_id_seq'::regclass)"
    assert schema.sequences[Name("t_id_seq")].type == "bigint"


# PrimaryKeyConstraint._autoincrement_column of SQLAlchemy 2.1.9.
@pytest.mark.parametrize(
    "key",
    [
        column("id", primary_key=True, autoincrement=False),
        column("id", TEXT, primary_key=True),
        column("id", primary_key=True, python_default=True),
        column("id", primary_key=True, constraints=(refers("o"),)),
    ],
)
def test_other_keys_have_no_sequence(key: Column) -> None:
    schema = replay(create_table("o", column("id", TEXT, primary_key=True)), create_table("t", key)).schema

    assert list(schema.sequences) == []


def test_of_two_columns_of_a_key_none_is_serial_unless_it_says_so() -> None:
    schema = replay(
        create_table("t", column("a", primary_key=True), column("b", primary_key=True)),
        create_table("u", column("a", primary_key=True), column("b", primary_key=True, autoincrement=True)),
    ).schema

    assert list(schema.sequences) == [Name("u_b_seq")]
    assert schema.tables[Name("u")].constraints["u_pkey"].columns == ("b", "a")


def test_a_key_written_out_keeps_its_order() -> None:
    schema = replay(
        create_table("t", column("a"), column("b", autoincrement=True), PrimaryKey(columns=("a", "b")))
    ).schema

    assert schema.tables[Name("t")].constraints["t_pkey"].columns == ("a", "b")


def test_sql_makes_no_key_serial() -> None:
    schema = replay(create_table("t", column("id", primary_key=True), by_sqlalchemy=False)).schema

    assert list(schema.sequences) == []


def test_serial_in_sql_is_an_integer_with_a_sequence() -> None:
    schema = replay(create_table("t", column("n", sql_type("bigserial")), by_sqlalchemy=False)).schema

    made = schema.tables[Name("t")].columns["n"]
    assert (made.type, made.sequence, made.nullable) == (BIGINT, Name("t_n_seq"), False)


def test_index_and_unique_of_one_column_are_one_unique_index() -> None:
    table = replay(create_table("t", column("a", unique=True, index=True))).schema.tables[Name("t")]

    assert list(table.constraints) == []
    assert [(index.name, index.unique) for index in table.indexes.values()] == [("ix_t_a", True)]


def test_a_unique_constraint_on_the_key_is_the_key() -> None:
    table = replay(
        create_table("t", column("id"), PrimaryKey(columns=("id",)), Unique(name="uq", columns=("id",)))
    ).schema.tables[Name("t")]

    assert [(name, item.kind) for name, item in table.constraints.items()] == [("uq", "primary key")]


def test_the_columns_of_a_key_are_not_null() -> None:
    table = replay(create_table("t", column("a", nullable=True), PrimaryKey(columns=("a",)))).schema.tables[Name("t")]

    assert not table.columns["a"].nullable


def test_a_convention_names_what_sqlalchemy_makes() -> None:
    convention = {"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}

    table = replay(
        create_table(
            "t", column("a"), column("b", unique=True), PrimaryKey(columns=("a",)), Unique(columns=("a", "b"))
        ),
        naming_convention=convention,
    ).schema.tables[Name("t")]

    assert sorted(table.constraints) == ["pk_t", "uq_t_a", "uq_t_b"]


@pytest.mark.parametrize(
    ("again", "error", "message"),
    [
        (create_table("t", column("a")), "DuplicateTable", 'relation "t" already exists'),
        (create_table("t_a_key", column("a")), "DuplicateTable", 'relation "t_a_key" already exists'),
        (create_table("mood", column("a")), "DuplicateObject", 'type "mood" already exists'),
        (
            create_table("u", column("a"), column("a")),
            "DuplicateColumnError",
            "A column with name 'a' is already present in table 'u'.",
        ),
        (
            create_table("u", column("a"), column("a"), by_sqlalchemy=False),
            "DuplicateColumn",
            'column "a" specified more than once',
        ),
        (
            create_table("u", column("a"), Unique(columns=("b",))),
            "ConstraintColumnNotFoundError",
            "Can't create UniqueConstraint on table 'u': no column named 'b' is present.",
        ),
        (
            create_table("u", column("a"), Unique(columns=("b",)), by_sqlalchemy=False),
            "UndefinedColumn",
            'column "b" named in key does not exist',
        ),
        (
            create_table("u", column("a", sql_type("datetime"))),
            "UndefinedObject",
            'type "datetime" does not exist',
        ),
        (
            create_table("u", column("a", enum("feeling", "x", creates=False))),
            "UndefinedObject",
            'type "feeling" does not exist',
        ),
        (
            create_table("u", column("a"), ForeignKey(columns=("a",), referred=Name("t"), referred_columns=("st",))),
            "InvalidForeignKey",
            'there is no unique constraint matching given keys for referenced table "t"',
        ),
    ],
)
def test_a_table_is_refused(again: CreateTable, error: str, message: str) -> None:
    first = create_table("t", column("a", unique=True), column("st", enum("mood", "x")))

    assert replay(first, again).refused == [(error, message)]


def test_a_table_that_is_there_is_left_alone_if_not_exists() -> None:
    first = create_table("t", column("a"))

    second = replay(first, create_table("t", column("b"), if_not_exists=True))

    assert second.refused == []
    assert second.outcomes[-1].unused
    assert list(second.schema.tables[Name("t")].columns) == ["a"]


def test_if_not_exists_does_not_reach_the_indexes_that_sqlalchemy_makes() -> None:
    table = create_table("t", column("a", index=True), if_not_exists=True)

    assert replay(table, table).refused == [("DuplicateTable", 'relation "ix_t_a" already exists')]


def test_a_refusal_tells_who_made_what_is_in_the_way() -> None:
    first = create_table("t", column("a"))

    refusal = replay(first, create_table("t", column("a"))).refusals[0]

    assert refusal.by is not None
    assert refusal.by.operation is first


def test_a_refused_table_is_there_as_it_was_meant() -> None:
    schema = replay(create_table("t", column("a")), create_table("t", column("b"))).schema

    assert list(schema.tables[Name("t")].columns) == ["b"]


def test_a_table_whose_name_is_unknown_may_be_any() -> None:
    schema = replay(create_table(HOLE, column("a"))).schema

    assert list(schema.tables) == []
    assert not schema.complete


def test_a_partition_has_the_columns_of_its_parent() -> None:
    schema = replay(
        create_table("t", column("a"), partitioned=True),
        create_table("t_1", partition_of=Name("t"), by_sqlalchemy=False),
    ).schema

    partition = schema.tables[Name("t_1")]
    assert (list(partition.columns), partition.partition_of, partition.complete) == (["a"], Name("t"), False)


# --- DROP TABLE ------------------------------------------------------------------------------------------------------


def test_a_dropped_table_takes_its_indexes_and_sequences_along() -> None:
    dropped = replay(keyed_table("t", column("a", index=True)), drop("t"))

    assert list(dropped.schema.tables) == list(dropped.schema.indexes) == list(dropped.schema.sequences) == []
    assert dropped.effects == [("dropped", "sequence", "t_id_seq")]


def test_a_dropped_table_leaves_its_enum_types() -> None:
    schema = replay(create_table("t", column("a", enum("mood", "x"))), drop("t")).schema

    assert list(schema.enums) == [Name("mood")]


def test_a_table_that_another_refers_to_is_not_dropped() -> None:
    dropped = replay(keyed_table("o"), create_table("t", column("a", constraints=(refers("o"),))), drop("o"))

    refusal = dropped.refusals[0]
    assert refusal.error == "DependentObjectsStillExist"
    assert refusal.message == "cannot drop table o because other objects depend on it"
    assert [(item.kind, item.name, item.table) for item in refusal.dependents] == [
        ("foreign key", "t_a_fkey", Name("t"))
    ]


def test_after_the_refusal_both_are_gone() -> None:
    schema = replay(keyed_table("o"), create_table("t", column("a", constraints=(refers("o"),))), drop("o")).schema

    assert list(schema.tables) == [Name("t")]
    assert list(schema.tables[Name("t")].constraints) == []


def test_cascade_drops_the_foreign_keys_of_others() -> None:
    dropped = replay(
        keyed_table("o"), create_table("t", column("a", constraints=(refers("o"),))), drop("o", cascade=True)
    )

    assert dropped.refused == []
    assert ("dropped", "foreign key", "t_a_fkey") in dropped.effects


def test_a_table_that_refers_to_itself_can_be_dropped() -> None:
    assert replay(keyed_table("t", column("up", constraints=(refers("t"),))), drop("t")).refused == []


def test_a_table_that_the_history_dropped_cannot_be_dropped_again() -> None:
    assert replay(create_table("t", column("a")), drop("t"), drop("t")).refused == [
        ("UndefinedTable", 'table "t" does not exist')
    ]


def test_dropping_it_again_if_exists_does_nothing() -> None:
    dropped = replay(create_table("t", column("a")), drop("t"), drop("t", if_exists=True))

    assert dropped.refused == []
    assert dropped.outcomes[-1].unused


def test_a_table_that_the_history_never_made_may_be_there() -> None:
    dropped = replay(drop("celery_taskmeta"))

    assert dropped.refused == []
    assert dropped.effects == [("assumed", "table", "celery_taskmeta")]
    assert dropped.schema.complete


def test_what_uses_a_dropped_table_is_refused_and_told_by_whom_it_was_dropped() -> None:
    gone = drop("t")

    refusal = replay(create_table("t", column("a")), gone, add_column("t", "b")).refusals[0]

    assert (refusal.error, refusal.message) == ("UndefinedTable", 'relation "t" does not exist')
    assert refusal.by is not None
    assert refusal.by.operation is gone


def test_a_table_made_again_is_no_longer_gone() -> None:
    again = replay(create_table("t", column("a")), drop("t"), create_table("t", column("a")), add_column("t", "b"))

    assert again.refused == []


def test_after_a_table_of_unknown_name_is_dropped_every_table_is_uncertain() -> None:
    schema = replay(create_table("t", column("a")), drop(HOLE)).schema

    assert schema.tables[Name("t")].uncertain


# --- RENAME, SET SCHEMA ----------------------------------------------------------------------------------------------


def rename(name: str, new: str, **fields: bool) -> RenameTable:
    return RenameTable(table=Name(name), new_name=new, **fields)


def test_a_renamed_table_keeps_the_names_of_its_constraints_indexes_and_sequences() -> None:
    schema = replay(keyed_table("t", column("a", index=True)), rename("t", "u")).schema

    table = schema.tables[Name("u")]
    assert (list(table.constraints), list(table.indexes)) == (["t_pkey"], ["ix_t_a"])
    assert table.columns["id"].sequence == Name("t_id_seq")
    assert schema.sequences[Name("t_id_seq")].table == Name("u")
    assert schema.indexes[Name("t_pkey")] == Name("u")


def test_foreign_keys_follow_a_renamed_table() -> None:
    schema = replay(
        keyed_table("o"),
        create_table("t", column("a", constraints=(refers("o"),))),
        rename("o", "p"),
        drop("t"),
        drop("p"),
    )

    assert schema.refused == []


def test_the_name_that_postgresql_chooses_next_is_another() -> None:
    table = replay(keyed_table("t"), rename("t", "u"), keyed_table("t")).schema.tables[Name("t")]

    assert list(table.constraints) == ["t_pkey1"]
    assert table.columns["id"].sequence == Name("t_id_seq1")


@pytest.mark.parametrize(
    ("new", "error", "message"),
    [
        ("o", "DuplicateTable", 'relation "o" already exists'),
        ("t", "DuplicateTable", 'relation "t" already exists'),
        ("mood", "DuplicateObject", 'type "mood" already exists'),
    ],
)
def test_a_table_cannot_have_a_name_that_is_taken(new: str, error: str, message: str) -> None:
    renamed = replay(
        create_table("o", column("m", enum("mood", "x"))), create_table("t", column("a")), rename("t", new)
    )

    assert renamed.refused == [(error, message)]


def test_the_old_name_of_a_table_is_gone() -> None:
    assert replay(create_table("t", column("a")), rename("t", "u"), add_column("t", "b")).refused == [
        ("UndefinedTable", 'relation "t" does not exist')
    ]


def test_a_table_is_moved_with_all_that_is_its_own() -> None:
    schema = replay(keyed_table("t", column("a", index=True)), SetSchema(table=Name("t"), schema="archive")).schema

    table = schema.tables[Name("t", "archive")]
    assert table.columns["id"].sequence == Name("t_id_seq", "archive")
    assert table.columns["id"].default is not None
    assert table.columns["id"].default.sql == "nextval('archive.t_id_seq'::regclass)"
    assert sorted(schema.indexes, key=str) == [Name("ix_t_a", "archive"), Name("t_pkey", "archive")]


def test_a_table_cannot_be_moved_to_where_something_is_called_like_its_index() -> None:
    there = create_table("o", column("a"), table=Name("ix_t_a", "archive"))

    moved = replay(create_table("t", column("a", index=True)), there, SetSchema(table=Name("t"), schema="archive"))

    assert moved.refused == [("DuplicateTable", 'relation "ix_t_a" already exists in schema "archive"')]


def test_the_type_of_a_column_says_what_is_stored() -> None:
    table = replay(create_table("t", column("a", INTEGER), column("m", enum("mood", "x")))).schema.tables[Name("t")]

    assert table.columns["a"].enum is None
    assert table.columns["m"].enum == Name("mood")
