from __future__ import annotations

import time

import pytest

from alembic_review.parsing.sql_sent import Edit, Sent, parameters
from alembic_review.parsing.sql_tokens import folded, statements, tables, tokens, verb
from alembic_review.types import HOLE, Name


def texts(sql: str) -> list[str]:
    return [sql[token.start : token.end] for token in tokens(sql)]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("a /* b /* c */ d */ e -- f\ng", ["a", "e", "g"]),
        ("'it''s' E'it\\'s' U&\"a\" \"b\"\"c\"", ["'it''s'", "E'it\\'s'", 'U&"a"', '"b""c"']),
        ("$$ a; $x$ $$ $x$ b $$ $x$ $1", ["$$ a; $x$ $$", "$x$ b $$ $x$", "$1"]),
        ("a::int := :b %(c)s 1.5e3 x$y é", ["a", "::", "int", ":=", ":b", "%(c)s", "1.5e3", "x$y", "é"]),
        ("'open", ["'open"]),
        ("/* open", []),
        (f"{HOLE}x", [f"{HOLE}x"]),
        ("  ", []),
    ],
)
def test_a_text_is_cut_as_postgresql_cuts_it(sql: str, found: list[str]) -> None:
    assert texts(sql) == found


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("a; b;; c", 3),
        ("CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); c", 2),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN b END; SELECT 2; END; c", 2),
        ("CREATE TRIGGER x BEFORE UPDATE ON t BEGIN IF a THEN b; END IF; END; c", 2),
        ("BEGIN; a; END; c", 4),
        ("INSERT INTO t VALUES (1; b", 2),
        ("DO $$ a; b $$; c", 2),
    ],
)
def test_statements_end_at_semicolons_outside_of_bodies(sql: str, count: int) -> None:
    assert len(list(statements(tokens(sql)))) == count


@pytest.mark.parametrize(
    ("sql", "first", "named"),
    [
        ("CREATE OR REPLACE TEMP VIEW v AS SELECT * FROM a", "CREATE VIEW", (Name("a"),)),
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON s.t (a)", "CREATE INDEX", (Name("t", "s"),)),
        ("DROP TABLE IF EXISTS a, public.b", "DROP TABLE", (Name("a"), Name("b"))),
        ("DROP MATERIALIZED VIEW v", "DROP MATERIALIZED VIEW", ()),
        ("ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT", "ALTER DEFAULT PRIVILEGES", ()),
        ("WITH a AS (SELECT 1 FROM b) UPDATE ONLY c SET d = 1 FROM a", "UPDATE", (Name("b"), Name("c"))),
        ('insert into "T" select * from a join s."B" on true', "INSERT", (Name("T"), Name("a"), Name("B", "s"))),
        ("LOCK t", "LOCK TABLE", ()),
        ("END", "COMMIT", ()),
        ("TRUNCATE TABLE a, b", "TRUNCATE", (Name("a"), Name("b"))),
        ("SELECT * FROM f(1), generate_series(1, 2)", "SELECT", ()),
        (f"{HOLE} TABLE t", "", (Name("t"),)),
    ],
)
def test_verb_and_tables_are_told_without_a_parse(sql: str, first: str, named: tuple[Name, ...]) -> None:
    found = tokens(sql)

    assert (verb(found), tables(found)) == (first, named)


def test_folding_keeps_what_is_quoted() -> None:
    assert folded("a  =\n 'b  c' -- d\n AND f(1)") == "a = 'b  c' AND f(1)"


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("a = :b", [":b"]),
        ("a = :b::int AND c::int = 1", [":b"]),
        ("a = ':b' AND d = $$:e$$ -- :f\n AND \":g\" = 1 /* :h */", []),
        ("x := 1, y[1:2], '12:30'", []),
        ("a = %(b)s AND c LIKE %s AND d IN (%s, %s)", ["%(b)s", "%s", "%s", "%s"]),
        ("a %s AND 5 %s", []),
        ("'{\"a\"\\:1}'\\:\\:jsonb", ["\\:", "\\:", "\\:"]),
    ],
)
def test_parameters_are_found_where_they_are_some(sql: str, found: list[str]) -> None:
    assert [sql[edit.start : edit.end] for edit in parameters(sql)] == found


def test_what_is_sent_leads_back_to_the_text() -> None:
    sent = Sent("é = :name, x", [Edit(4, 9, "$1")], 0, 12)

    assert sent.sql == "é = $1, x"
    assert [sent.position(character) for character in range(9)] == [0, 1, 2, 3, 4, 4, 9, 10, 11]
    assert sent.location(len("é = $1, ".encode())) == 11


@pytest.mark.parametrize("piece", ["''", "E'\\'", "/*", "$a", '"', "$$", " ", "--", "\n", "(", "a ", "%(", ":", "\\:"])
def test_any_repetition_is_cut_in_linear_time(piece: str) -> None:
    started = time.process_time()
    tokens(piece * 50_000)
    parameters(piece * 50_000)

    assert time.process_time() - started < 5
