from __future__ import annotations

import pytest

from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterColumn,
    Condition,
    CreateEnum,
    CreateIndex,
    CreateObject,
    CreateTable,
    Delete,
    DropColumn,
    DropConstraint,
    DropEnum,
    DropObject,
    DropTable,
    Execute,
    InvalidSQL,
    Operation,
    Place,
    Raise,
    Unread,
    Update,
)
from alembic_review.parsing.postgres import read
from alembic_review.types import HOLE, Name


def block(body: str, declare: str = "") -> list[Operation]:
    """What a DO block does, with ``⌂`` for what is not known."""
    declarations = f"DECLARE {declare}\n" if declare else ""
    return whole(f"DO $$\n{declarations}BEGIN\n{body}\nEND $$")


def whole(sql: str) -> list[Operation]:
    return read(sql.replace("⌂", HOLE), lambda start, end: Place((), start, end))


def asked(body: str, declare: str = "") -> Condition:
    """The one condition of the one operation of a block."""
    (operation,) = [found for found in block(body, declare) if not isinstance(found, Execute)]
    (condition,) = operation.conditions
    return condition


def test_static_statements_stand_where_they_are_written() -> None:
    body = "DECLARE b int;\nBEGIN\n  DROP TABLE é; PERFORM f(1);\n  SELECT a INTO b FROM c;\nEND"
    sql = f"DO $x$\n{body} $x$;\nDROP TABLE d"

    found = whole(sql)

    places = [sql[operation.place.start : operation.place.end] for operation in found]
    assert places == ["DROP TABLE é", "f(1)", "SELECT a INTO b FROM c", "DROP TABLE d"]


def test_a_body_between_apostrophes_is_read_too() -> None:
    found = whole("DO 'BEGIN DROP TABLE a; EXECUTE ''DROP TABLE b''; END'")

    assert [operation.table for operation in found if isinstance(operation, DropTable)] == [Name("a"), Name("b")]


COLUMN = "SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c'"
IN_SCHEMA = "JOIN pg_namespace n ON n.oid = typnamespace WHERE nspname = 's'"
OF_TABLE = "conrelid = (SELECT oid FROM pg_class WHERE relname = 't')"


@pytest.mark.parametrize(
    ("condition", "question", "table", "name", "expected"),
    [
        ("NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'e')", "enum", None, "e", False),
        (f"EXISTS (SELECT FROM pg_type {IN_SCHEMA} AND typname = 'e')", "enum", Name("e", "s"), "e", True),
        (
            "EXISTS (SELECT FROM pg_tables WHERE schemaname = 's' AND tablename = 't')",
            "table",
            Name("t", "s"),
            "t",
            True,
        ),
        ("EXISTS (SELECT FROM information_schema.tables WHERE table_name = 't')", "table", Name("t"), "t", True),
        (
            "EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = 't')",
            "table",
            Name("t"),
            "t",
            True,
        ),
        ("(SELECT count(*) FROM pg_tables WHERE tablename = 't') = 0", "table", Name("t"), "t", False),
        ("to_regclass('s.t') IS NULL", "table", Name("t", "s"), None, False),
        (f"EXISTS ({COLUMN})", "column", Name("t"), "c", True),
        (f"'c' IN ({COLUMN.replace('1', 'column_name', 1)})", "column", Name("t"), "c", True),
        (
            "EXISTS (SELECT FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'c')",
            "column",
            Name("t"),
            "c",
            True,
        ),
        (f"EXISTS ({COLUMN} AND is_nullable = 'NO')", "nullable", Name("t"), "c", False),
        ("EXISTS (SELECT 1 FROM pg_indexes WHERE indexname = 'i')", "index", None, "i", True),
        ("EXISTS (SELECT 1 FROM pg_class c WHERE c.relname = 'i' AND c.relkind = 'i')", "index", None, "i", True),
        (f"EXISTS (SELECT FROM pg_constraint WHERE conname = 'k' AND {OF_TABLE})", "constraint", Name("t"), "k", True),
        ("EXISTS (SELECT FROM pg_constraint WHERE conname = 'k' AND contype = 'f')", "constraint", None, "k", True),
        ("EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 's')", "schema", None, "s", True),
        ("EXISTS (SELECT 1 FROM pg_views WHERE viewname = 'v')", "view", Name("v"), "v", True),
        ("to_regtype('e') IS NOT NULL", "enum", None, "e", True),
        ("EXISTS (SELECT 1 FROM t WHERE a IS NULL)", "has-rows", Name("t"), None, True),
        (f"EXISTS ({COLUMN} AND data_type = 'text')", "unknown", None, None, True),
        ("EXISTS (SELECT 1 FROM pg_tables WHERE tablename LIKE 't%')", "unknown", None, None, True),
        ("EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '⌂')", "unknown", None, None, True),
        ("current_database() = 'x'", "unknown", None, None, True),
    ],
)
def test_conditions_are_understood_by_what_they_ask(
    condition: str, question: str, table: Name | None, name: str | None, expected: bool
) -> None:
    found = asked(f"IF {condition} THEN DROP TABLE x; END IF;")

    assert (found.question, found.table, found.name, found.expected) == (question, table, name, expected)


def test_conditions_are_joined() -> None:
    found = asked("IF to_regclass('t') IS NOT NULL AND NOT (a OR to_regtype('e') IS NULL) THEN DROP TABLE x; END IF;")

    first, second = found.parts
    assert (found.question, first.question, first.expected) == ("all", "table", True)
    assert (second.question, second.expected) == ("any", False)
    assert [(part.question, part.expected) for part in second.parts] == [("unknown", True), ("enum", False)]


def test_a_relation_of_any_kind_is_any_of_them() -> None:
    found = asked("IF EXISTS (SELECT 1 FROM pg_class WHERE relname = 'x') THEN DROP TABLE y; END IF;")

    assert found.question == "any"
    assert [part.question for part in found.parts] == ["table", "index", "sequence", "view"]


def test_branches_share_a_question_and_differ_in_its_answer() -> None:
    found = block("IF a THEN DROP TABLE x; ELSIF b THEN DROP TABLE y; ELSE DROP TABLE z; END IF; DROP TABLE w;")

    answers = [[(condition.text, condition.expected) for condition in operation.conditions] for operation in found]
    assert answers == [[("a", True)], [("a", False), ("b", True)], [("a", False), ("b", False)], []]
    assert len({condition.id for operation in found for condition in operation.conditions}) == 2


def test_ids_of_conditions_come_from_the_caller() -> None:
    ids = iter([7, 9])

    (dropped,) = read("DO $$ BEGIN IF a THEN DROP TABLE x; END IF; END $$", lambda start, end: Place(), ids.__next__)

    assert [condition.id for condition in dropped.conditions] == [7]


def test_what_follows_a_return_hangs_on_not_having_returned() -> None:
    found = asked("IF to_regclass('t') IS NULL THEN RETURN; END IF; DROP TABLE t;")

    assert (found.question, found.table, found.expected) == ("table", Name("t"), True)


def test_what_follows_a_raise_does_not_hang_on_it() -> None:
    (dropped,) = block("IF EXISTS (SELECT 1 FROM t) THEN RAISE EXCEPTION 'rows'; END IF; DROP TABLE t;")

    assert dropped.conditions == ()


def test_an_unconditional_raise_is_one() -> None:
    (raised,) = block("RAISE EXCEPTION 'no way back';")

    assert isinstance(raised, Raise)
    assert raised.message == "no way back"


def test_variables_hold_answers() -> None:
    found = asked(
        "SELECT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'e') INTO there; IF NOT there THEN DROP TABLE x; END IF;",
        "there boolean;",
    )

    assert (found.question, found.name, found.expected) == ("enum", "e", False)


def test_found_tells_of_the_query_before() -> None:
    found = asked("PERFORM 1 FROM pg_tables WHERE tablename = 't'; IF NOT FOUND THEN CREATE TABLE t (a int); END IF;")

    assert (found.question, found.table, found.expected) == ("table", Name("t"), False)


def test_a_variable_that_two_ways_set_differently_is_not_known() -> None:
    drop = "EXECUTE 'DROP TABLE ' || v;"

    found = block(f"v := 'a'; IF x THEN v := 'b'; END IF; {drop} v := 'c'; {drop}", "v text;")

    assert [operation.table.name for operation in found if isinstance(operation, DropTable)] == [HOLE, "c"]


@pytest.mark.parametrize(
    ("statement", "kind", "caught", "flag"),
    [
        ("CREATE TYPE e AS ENUM ('a')", CreateEnum, "duplicate_object", "checked"),
        ("CREATE TABLE t (a int)", CreateTable, "duplicate_table", "if_not_exists"),
        ("CREATE INDEX i ON t (a)", CreateIndex, "SQLSTATE '42P07'", "if_not_exists"),
        ("ALTER TABLE t ADD COLUMN c int", AddColumn, "duplicate_column", "if_not_exists"),
        ("ALTER TYPE e ADD VALUE 'x'", AddEnumValue, "others", "if_not_exists"),
        ("CREATE EXTENSION x", CreateObject, "duplicate_object", "if_not_exists"),
        ("DROP TABLE t", DropTable, "undefined_table", "if_exists"),
        ("DROP TYPE e", DropEnum, "undefined_object", "if_exists"),
        ("ALTER TABLE t DROP COLUMN c", DropColumn, "undefined_column", "if_exists"),
        ("ALTER TABLE t DROP CONSTRAINT c", DropConstraint, "undefined_object OR undefined_table", "if_exists"),
        ("DROP SCHEMA s", DropObject, "invalid_schema_name", "if_exists"),
    ],
)
def test_an_exception_handler_makes_it_conditional(statement: str, kind: type, caught: str, flag: str) -> None:
    guarded, other = (
        block(f"BEGIN {statement}; EXCEPTION WHEN {names} THEN NULL; END;") for names in (caught, "division_by_zero")
    )

    assert [(type(operation), getattr(operation, flag)) for operation in guarded] == [(kind, True)]
    assert [(type(operation), getattr(operation, flag)) for operation in other] == [(kind, False)]


def test_a_handler_for_duplicates_asks_for_the_constraint() -> None:
    found = asked("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0); EXCEPTION WHEN duplicate_object THEN NULL;")

    assert (found.question, found.table, found.name, found.expected) == ("constraint", Name("t"), "c", False)


def test_a_handler_runs_where_the_block_failed() -> None:
    found = block("BEGIN CREATE TABLE t (a int); EXCEPTION WHEN others THEN DROP TABLE u; END;")

    assert [[condition.question for condition in operation.conditions] for operation in found] == [[], ["failed"]]


@pytest.mark.parametrize(
    ("guard", "statement", "flag"),
    [
        ("NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'x')", "CREATE EXTENSION x", "if_not_exists"),
        (
            "NOT EXISTS (SELECT 1 FROM pg_enum WHERE enumtypid = 'e'::regtype AND enumlabel = 'x')",
            "ALTER TYPE e ADD VALUE 'x'",
            "if_not_exists",
        ),
        ("EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = 'x')", "DROP TRIGGER x ON t", "if_exists"),
    ],
)
def test_asking_for_the_very_thing_is_if_not_exists(guard: str, statement: str, flag: str) -> None:
    (operation,) = block(f"IF {guard} THEN {statement}; END IF;")

    assert (getattr(operation, flag), operation.conditions) == (True, ())


@pytest.mark.parametrize(
    ("expression", "table", "column"),
    [
        ("'ALTER TABLE t DROP COLUMN c'", Name("t"), "c"),
        ("'ALTER TABLE ' || quote_ident('T') || ' DROP COLUMN ' || v", Name("T"), "held"),
        ("format('ALTER TABLE %I.%I DROP COLUMN %s', 's', 'T x', 'c')", Name("T x", "s"), "c"),
        ("format('ALTER TABLE %2$I DROP COLUMN %1$I', 'c', r.name)", Name(HOLE), "c"),
        ("concat('ALTER TABLE t', ' DROP COLUMN ', w)", Name("t"), HOLE),
    ],
)
def test_a_text_that_is_put_together_is_read(expression: str, table: Name, column: str) -> None:
    (dropped,) = block(f"EXECUTE {expression};", "v text := 'held'; w text; r record;")

    assert isinstance(dropped, DropColumn)
    assert (dropped.table, dropped.column) == (table, column)


def test_a_text_that_is_not_known_may_do_anything() -> None:
    (unread,) = block("EXECUTE v;", "v text;")

    assert isinstance(unread, Unread)
    assert (unread.why, unread.what, unread.anything) == ("the text is unknown", "EXECUTE v", True)


def test_a_loop_over_literals_is_unrolled() -> None:
    found = block("FOREACH v IN ARRAY ARRAY['a', 'b'] LOOP EXECUTE format('DROP TABLE %I', v); END LOOP;", "v text;")

    assert [operation.table.name for operation in found if isinstance(operation, DropTable)] == ["a", "b"]
    assert not any(operation.conditions for operation in found)


def test_a_loop_over_rows_may_not_run_and_its_rows_are_keys() -> None:
    (update,) = block("FOR r IN SELECT * FROM t LOOP UPDATE t SET a = 1 WHERE id = r.id; END LOOP;", "r record;")

    assert isinstance(update, Update)
    assert [condition.question for condition in update.conditions] == ["unknown"]
    assert update.bounded


def test_a_loop_that_counts_runs_for_certain() -> None:
    found = block("FOR i IN 1..3 LOOP DROP TABLE a; END LOOP; FOR i IN 1..n LOOP DROP TABLE b; END LOOP;", "n int;")

    assert [len(operation.conditions) for operation in found] == [0, 1]


def test_cases_are_branches() -> None:
    found = block("CASE v WHEN 'a' THEN DELETE FROM x; ELSE ALTER TABLE y ALTER z SET NOT NULL; END CASE;", "v text;")

    assert [(type(operation), [c.expected for c in operation.conditions]) for operation in found] == [
        (Delete, [True]),
        (AlterColumn, [False]),
    ]


def test_a_commit_in_a_block_is_one() -> None:
    (commit,) = block("COMMIT;")

    assert isinstance(commit, Execute) and commit.verb == "COMMIT"


@pytest.mark.parametrize(
    ("body", "token"),
    [("\n  SELCT 1;\n", "SELCT"), (" UPDATE t SET a = 1, WHERE b;", "WHERE"), (" missing := 1;", "missing")],
)
def test_what_the_compiler_refuses_stands_at_its_token(body: str, token: str) -> None:
    sql = f"DO $$ BEGIN{body} END $$"

    (invalid,) = whole(sql)

    assert isinstance(invalid, InvalidSQL)
    assert (sql[invalid.place.start : invalid.place.end], invalid.verb) == (token, "DO")


def test_a_statement_that_is_not_known_leaves_the_others_known() -> None:
    dropped, added, unread = block("DROP TABLE t;\n⌂\nALTER TABLE u ADD CONSTRAINT c UNIQUE (a);")

    assert isinstance(dropped, DropTable) and isinstance(added, AddConstraint)
    assert isinstance(unread, Unread) and unread.anything


@pytest.mark.parametrize("sql", ["DO LANGUAGE plpython3u $$ x = 1 $$", "DO $$⌂$$", "DO $$ BEGIN ⌂ ⌂ END $$"])
def test_a_block_that_cannot_be_read_may_do_anything(sql: str) -> None:
    (unread,) = whole(sql)

    assert isinstance(unread, Unread)
    assert (unread.verb, unread.anything) == ("DO", True)


def test_the_body_of_a_function_does_nothing_now() -> None:
    (function,) = whole("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t; END $$")

    assert isinstance(function, CreateObject)
    assert (function.kind, function.name, function.or_replace) == ("function", Name("f"), True)


def test_a_constraint_that_is_looked_up_is_dropped_by_a_name_that_is_not_known() -> None:
    found = block(
        "SELECT conname INTO k FROM pg_constraint WHERE conrelid = 't'::regclass LIMIT 1;"
        "EXECUTE format('ALTER TABLE t DROP CONSTRAINT %I', k);",
        "k text;",
    )

    assert isinstance(found[-1], DropConstraint)
    assert (found[-1].table, found[-1].name) == (Name("t"), HOLE)


def test_nested_blocks_and_create_type_keep_their_order() -> None:
    found = block("BEGIN CREATE TYPE e AS ENUM ('a'); BEGIN DROP TYPE f; END; END; DROP TABLE t;")

    assert [type(operation) for operation in found] == [CreateEnum, DropEnum, DropTable]
