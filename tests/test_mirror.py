from __future__ import annotations

from typing import Any

import psycopg
import pytest

from alembic_review.mirror import differences, same_default
from alembic_review.operations import (
    AddConstraint,
    AddEnumValue,
    AlterColumn,
    Check,
    CommentOn,
    Condition,
    Constraint,
    CreateObject,
    CreateTable,
    Default,
    DropColumn,
    DropConstraint,
    DropEnum,
    DropIndex,
    DropObject,
    DropTable,
    ForeignKey,
    Identity,
    IndexElement,
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

T = Name("t")


def between(given: list[Operation], *back_and_forth: Operation, **settings: Any) -> list[str]:
    """What is told of the schema after *given* and then the rest, held against that after *given* alone."""
    before = replay(*given, **settings)
    reverted = replay(*back_and_forth, on=before.schema, **settings)
    return [difference.text for difference in differences(before.schema, reverted.schema)]


def drop(name: str) -> DropColumn:
    return DropColumn(table=T, column=name)


def drop_constraint(name: str) -> DropConstraint:
    return DropConstraint(table=T, name=name)


def alter(name: str, **fields: Any) -> AlterColumn:
    return AlterColumn(table=T, column=name, **fields)


TABLE = create_table("t", column("a", varchar(5)), column("b"))


@pytest.mark.parametrize(
    ("given", "done", "texts"),
    [
        ([], [TABLE], ['leaves the table "t"']),
        ([TABLE], [DropTable(table=T)], ['does not bring back the table "t"']),
        ([TABLE], [add_column("t", "c")], ['leaves the column "t.c"']),
        ([TABLE], [drop("b")], ['does not bring back the column "t.b"']),
        ([TABLE], [alter("a", type=TEXT)], ['column "t.a": was varchar(5), is text']),
        ([TABLE], [alter("a", nullable=False)], ['column "t.a": was nullable, is NOT NULL']),
        ([TABLE], [alter("b", default=Default("0"))], ['column "t.b": was without default, is DEFAULT 0']),
        (
            [create_table("t", column("a", nullable=False))],
            [alter("a", identity=Identity())],
            [
                'column "t.a": was no identity column, is an identity column',
                'leaves the sequence "t_a_seq" of "t"',
            ],
        ),
        ([TABLE], [create_index("ix", "t", "a")], ['leaves the index "ix"']),
        ([TABLE, create_index("ix", "t", "a")], [DropIndex(name=Name("ix"))], ['does not bring back the index "ix"']),
        (
            [TABLE, create_index("ix", "t", "a", unique=True)],
            [DropIndex(name=Name("ix")), create_index("ix", "t", "a")],
            ['index "ix": was UNIQUE INDEX (a), is INDEX (a)'],
        ),
        (
            [TABLE],
            [add_constraint("t", Unique(name="uq", columns=("b",)))],
            ['leaves the unique constraint "uq" of "t"'],
        ),
        (
            [create_table("t", column("a"), PrimaryKey(columns=("a",)))],
            [drop_constraint("t_pkey")],
            ['does not bring back the primary key "t_pkey" of "t"'],
        ),
        (
            [create_table("t", column("a"), Check(name="ck", sql="a IN ('x', 'y')"))],
            [drop_constraint("ck"), add_constraint("t", Check(name="ck", sql="a IN ('x')"))],
            ["check constraint \"ck\" of \"t\": was CHECK (a IN ('x', 'y')), is CHECK (a IN ('x'))"],
        ),
        ([TABLE], [add_column("t", "m", enum("mood", "x"))], ['leaves the column "t.m"']),
        (
            [create_table("t", column("m", enum("mood", "x")))],
            [AddEnumValue(name=Name("mood"), value="y")],
            ["enum type \"mood\": was ('x'), is ('x', 'y')"],
        ),
        (
            [],
            [create_table("t", column("m", enum("mood", "x"))), DropTable(table=T)],
            ['leaves the enum type "mood"'],
        ),
        (
            [create_table("t", column("m", enum("mood", "x"))), DropTable(table=T)],
            [DropEnum(name=Name("mood"))],
            ['does not bring back the enum type "mood"'],
        ),
        ([], [CreateObject(kind="extension", name=Name("hstore"))], ['leaves the extension "hstore"']),
        ([], [CreateObject(kind="sequence", name=Name("s"))], ['leaves the sequence "s"']),
        (
            [CreateObject(kind="view", name=Name("v"), definition="SELECT 1")],
            [DropObject(kind="view", name=Name("v"))],
            ['does not bring back the view "v"'],
        ),
        (
            [TABLE],
            [CreateObject(kind="trigger", name=Name("stamp"), table=T)],
            ['leaves the trigger "stamp" of "t"'],
        ),
    ],
)
def test_a_difference_is_told_in_words(given: list[Operation], done: list[Operation], texts: list[str]) -> None:
    assert between(given, *done) == texts


@pytest.mark.parametrize(
    ("given", "done"),
    [
        # The order of columns does not count, nor who made them.
        ([TABLE], [drop("a"), add_column("t", "a", varchar(5))]),
        ([TABLE], [alter("a", type=TEXT), alter("a", type=sql_type("character varying", (5,)))]),
        ([TABLE], [CommentOn(kind="column", table=T, column="a", comment="why")]),
        ([TABLE], [CreateTable(table=Name("temp"), columns=(column("x"),), temporary=True)]),
        # The words of an IN list as the author and as PostgreSQL writes them.
        (
            [create_table("t", column("a", TEXT), Check(name="ck", sql="a IN ('x', 'y')"))],
            [
                drop_constraint("ck"),
                add_constraint("t", Check(name="ck", sql="(a = ANY (ARRAY['x'::text, 'y'::text]))")),
            ],
        ),
        (
            [TABLE, create_index("ix", "t", "a")],
            [DropIndex(name=Name("ix")), create_index("ix", "t", "a", using="btree")],
        ),
        (
            [keyed_table("o"), create_table("t", column("a", constraints=(refers("o", name="fk"),)))],
            [drop_constraint("fk"), add_constraint("t", refers("o", name="fk", columns=("a",), ondelete="no action"))],
        ),
        ([create_table("t", column("a", Type("app.Money", opaque=True)))], [alter("a", type=TEXT)]),
        # An uncertain thing may be as it was.
        ([TABLE], [DropColumn(table=T, column="a", conditions=(Condition(1, "unknown"),))]),
        ([TABLE], [DropColumn(table=Name(HOLE), column="a"), alter("a", type=TEXT)]),
        # A table from before the history may have had the column that comes back.
        ([], [DropColumn(table=Name("user"), column="x"), add_column("user", "x")][:1]),
    ],
)
def test_what_is_the_same_to_postgresql_is_no_difference(given: list[Operation], done: list[Operation]) -> None:
    assert between(given, *done) == []


def test_a_constraint_with_another_name_is_told_as_renamed() -> None:
    given = [create_table("t", column("a", unique=True))]

    done = between(given, drop_constraint("t_a_key"), add_constraint("t", Unique(name="uq", columns=("a",))))

    assert done == ['unique constraint "t_a_key" of "t": is called "uq" now']


def test_but_not_where_a_convention_may_have_named_it_so() -> None:
    given = [create_table("t", column("a", unique=True))]

    done = between(
        given,
        drop_constraint("uq_t_a"),
        add_constraint("t", Unique(name="uq_t_a", columns=("a",))),
        convention_known=False,
    )

    assert done == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Unique(name="c", columns=("a", "b")), Unique(name="c", columns=("b", "a"))),
        (refers("o", name="c", columns=("b",)), refers("o", name="c", columns=("b",), ondelete="CASCADE")),
        (refers("o", name="c", columns=("b",)), refers("o", name="c", columns=("b",), not_valid=True)),
    ],
)
def test_a_constraint_that_is_otherwise_is_a_difference(one: Constraint, other: Constraint) -> None:
    given = [keyed_table("o"), TABLE, add_constraint("t", one)]

    done = between(given, drop_constraint("c"), add_constraint("t", other))

    assert len(done) == 1


@pytest.mark.server
@pytest.mark.parametrize(
    "written",
    [
        "a NOT IN ('x', 'y')",
        "a not in ('x')",
        "a IN ('x', 'y')",
        "a IN ('x')",
        "a != 'x' AND a NOT IN ('y', 'not in')",
        "b = 1 OR a <> ''",
    ],
)
@pytest.mark.parametrize("type_", ["text", "varchar(64)"])
def test_what_postgresql_makes_of_an_expression_is_the_same(database: str, written: str, type_: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(f"CREATE TABLE t (a {type_}, b int, CONSTRAINT ck CHECK ({written}))")
        row = connection.execute("SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'ck'")
        (printed,) = row.fetchone() or ("",)

    given = [create_table("t", column("a", TEXT), Check(name="ck", sql=written))]

    assert between(given, drop_constraint("ck"), add_constraint("t", Check(name="ck", sql=printed))) == []


def test_another_comparison_is_a_difference() -> None:
    given = [create_table("t", column("a", TEXT), Check(name="ck", sql="a IN ('x', 'y')"))]
    other = Check(name="ck", sql="a NOT IN ('x', 'y')")

    assert len(between(given, drop_constraint("ck"), add_constraint("t", other))) == 1


def test_an_index_on_another_expression_is_a_difference() -> None:
    index = create_index("ix", "t", "a")
    lower = type(index)(
        table=T, index=type(index.index)("ix", (IndexElement(None, "lower(a)", ("a",)),)), by_sqlalchemy=True
    )

    assert between([TABLE, index], DropIndex(name=Name("ix")), lower) == [
        'index "ix": was INDEX (a), is INDEX ((lower(a)))'
    ]


def test_a_sequence_left_without_its_default_is_told_with_it() -> None:
    dropped = DropObject(kind="sequence", name=Name("t_id_seq"), cascade=True)

    assert between([keyed_table("t")], dropped) == [
        "column \"t.id\": was DEFAULT nextval('t_id_seq'::regclass), is without default",
        'does not bring back the sequence "t_id_seq" of "t"',
    ]


def test_a_sequence_of_other_numbers_is_a_difference() -> None:
    narrow = [create_table("t", column("id", primary_key=True), column("b"))]

    done = between(narrow, drop("id"), add_column("t", "id", BIGINT, primary_key=True))

    assert 'sequence "t_id_seq" of "t": was integer, is bigint' in done


def test_a_difference_knows_who_made_the_thing() -> None:
    added = add_column("t", "c")
    before = replay(TABLE).schema

    found = list(differences(before, replay(added, on=before).schema))

    assert (found[0].made_by, found[0].table, found[0].how, found[0].kind) == (added, T, "left", "column")


def test_a_key_on_an_uncertain_column_may_be_the_one_that_was_dropped() -> None:
    key = ForeignKey(name="fk", columns=("b",), referred=Name("o"), referred_columns=("id",))
    given = [keyed_table("o"), create_table("t", column("b", constraints=(refers("o"),)))]

    done = between(given, DropConstraint(table=T, name=HOLE, kind="foreignkey"), AddConstraint(table=T, constraint=key))

    assert done == []


@pytest.mark.parametrize(
    ("one", "other", "type_"),
    [
        ("'x'", "'x'::character varying", TEXT),
        ("'x'", "('x'::text)", TEXT),
        ("0", "'0'", INTEGER),
        ("-1", "'-1'::integer", INTEGER),
        ("false", "'f'", BOOLEAN),
        ("TRUE", "'1'", BOOLEAN),
        ("now()", "NOW()", sql_type("timestamp")),
        ("(now())", "now()", sql_type("timestamp")),
        ("'{}'::jsonb", "'{}'", sql_type("jsonb")),
        ("timezone('utc', now())", "timezone('utc'::text, now())", sql_type("timestamp")),
    ],
)
def test_defaults_are_the_same_however_they_are_spelled(one: str, other: str, type_: Type) -> None:
    assert same_default(Default(one), type_, Default(other), type_)


@pytest.mark.parametrize(
    ("one", "other", "type_"),
    [
        ("'x'", "'y'", TEXT),
        ("'1'", "'01'", TEXT),
        ("true", "false", BOOLEAN),
        ("now()", "CURRENT_TIMESTAMP", sql_type("timestamp")),
        ("'now()'", "now()", sql_type("timestamp")),
        ("0", "1", INTEGER),
    ],
)
def test_other_defaults_are_not(one: str, other: str, type_: Type) -> None:
    assert not same_default(Default(one), type_, Default(other), type_)


def test_default_null_is_no_default() -> None:
    assert same_default(Default("NULL"), TEXT, None, TEXT)


def test_a_default_that_could_not_be_read_may_be_any() -> None:
    assert same_default(Default(None), TEXT, Default("'x'"), TEXT)
