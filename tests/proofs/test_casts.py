"""The table of casts, cell by cell against a real PostgreSQL: what ALTER COLUMN TYPE does from each type to each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from alembic_review.casts import BUILT_IN, cast
from alembic_review.database.server import Server
from alembic_review.types import Enum, Name, Type, sql_type

pytestmark = pytest.mark.server

LONG = "The quick brown fox jumps over the lazy dog, and then once more over the lazier one. " * 3

SMALL = "-2.2250738585072014e-308"

# Values that lie at the ends of what each type can hold, as texts.
SAMPLES = {
    "smallint": ["-32768", "32767"],
    "integer": ["-2147483648", "2147483647", "16777217"],
    "bigint": ["-9223372036854775808", "9223372036854775807", "9007199254740993"],
    "numeric": ["1.5", "9" * 70 + "." + "9" * 30, "NaN"],
    "numeric(10,2)": ["12345678.91", "-99999999.99"],
    "numeric(12,2)": ["1234567890.91", "-9999999999.99"],
    "numeric(10,3)": ["1234567.891", "-9999999.999"],
    "numeric(5,0)": ["-99999"],
    "numeric(3,3)": ["-0.999"],
    "real": ["1.5", "-1.17549435e-38", "3e38", "16777216"],
    "double precision": ["1.5", "1e300", "-2.2250738585072014e-308", "0.12345678901234567"],
    "money": ["12.34", "-92233720368547758.08"],
    "boolean": ["true", "false"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "text": ["", "<", LONG],
    "varchar": ["", "<", LONG],
    "varchar(5)": ["hello", "<"],
    "varchar(10)": ["helloworld", "<"],
    "varchar(50)": ["é" * 50, "<"],
    "char": ["<"],
    "char(5)": ["hello", "<"],
    "char(10)": ["helloworld", "<"],
    "name": [LONG[:63], "<"],
    "bytea": [rf"\x{'deadbeef' * 30}"],
    "date": ["2020-02-03", "4713-01-01 BC"],
    "timestamp": ["2020-02-03 04:05:06.789012", "4713-01-01 00:00:00.000001 BC"],
    "timestamp(3)": ["2020-02-03 04:05:06.789", "4713-01-01 00:00:00.001 BC"],
    # An hour that comes twice, and offsets that had seconds once.
    "timestamp with time zone": ["2020-10-25 00:30:00+00", "0044-03-15 00:00:00.000001+00 BC"],
    "timestamp(3) with time zone": ["2020-10-25 00:30:00+00", "0044-03-15 00:00:00.001+00 BC"],
    "time": ["04:05:06.789012"],
    "time(3)": ["04:05:06.789"],
    "time with time zone": ["04:05:06.789012+15:59:59"],
    "interval": ["-178000000 years -11 mons -2147483648 days -256204778:00:54.775808"],
    "json": ['{"a": 1}', f'"{LONG}"'],
    "jsonb": ['{"a": 1}', "5", "true", f'"{LONG}"'],
    "xml": ["<a>b</a>", f"<a>{LONG}</a>"],
    "inet": ["10.0.0.1/8", "1111:2222:3333:4444:5555:6666:7777:8888/127"],
    "cidr": ["10.0.0.0/8", "1111:2222:3333:4444:5555:6666:7777:8888/128"],
    "macaddr": ["08:00:2b:01:02:03"],
    "macaddr8": ["08:00:2b:01:02:03:04:05"],
    "point": [f"({SMALL},{SMALL})"],
    "line": [f"{{1.0000000000000002,{SMALL},{SMALL}}}"],
    "lseg": [f"[({SMALL},{SMALL}),({SMALL},5)]"],
    "box": [f"({SMALL[1:]},5),({SMALL},{SMALL})"],
    "path": ["((1,2),(3,5))", f"[({SMALL},{SMALL}),({SMALL},5)]"],
    "polygon": ["((1,2),(3,5),(4,9))", f"(({SMALL},{SMALL}),(3,5),(4,9))"],
    "circle": ["<(1,2),3>", f"<({SMALL},{SMALL}),{SMALL[1:]}>"],
    "tsvector": ["'a' 'b'", " ".join(sorted(f"'{word}'" for word in set("abcdefghijklmnopqrstuvwxyz")))],
    "tsquery": ["'a' & 'b'", " & ".join(f"'{word}'" for word in "abcdefghijklmnopqrstuvwxyz")],
    "int4range": ["[-2147483648,2147483647)"],
    "int8range": ["[-9223372036854775808,9223372036854775807)"],
    "numrange": [f"[1,{'9' * 100})"],
    "tsrange": ['["4713-01-01 00:00:00.000001 BC","294276-12-31 23:59:59.999999")'],
    "tstzrange": ['["0044-03-15 00:00:00.000001+00 BC","2020-01-02 00:00:00.000001+01")'],
    "daterange": ['["4713-01-01 BC","4712-01-01 BC")'],
    "int4multirange": ["{" + ",".join(f"[{n},{n + 5})" for n in range(0, 200, 10)) + "}"],
    "int8multirange": ["{" + ",".join(f"[{n},{n + 5})" for n in range(0, 200, 10)) + "}"],
    "nummultirange": ["{" + ",".join(f"[{n},{n + 5})" for n in range(0, 200, 10)) + "}"],
    "tsmultirange": ['{["2020-01-01 00:00:00","2020-01-02 00:00:00"),["2020-02-01 00:00:00","2020-02-02 00:00:00")}'],
    "tstzmultirange": [
        '{["2020-01-01 00:00:00+01","2020-01-02 00:00:00+01"),["2020-02-01 00:00:00+01","2020-02-02 00:00:00+01")}'
    ],
    "datemultirange": ["{" + ",".join(f"[2020-{n:02}-01,2020-{n:02}-05)" for n in range(1, 12)) + "}"],
    "oid": ["4294967295"],
    "pg_lsn": ["FFFFFFFF/FFFFFFFF"],
    "txid_snapshot": ["10:900:" + ",".join(map(str, range(100, 200)))],
    "bit": ["1"],
    "bit(3)": ["101"],
    "bit(8)": ["10100101"],
    "bit varying": ["1", "1" * 120],
    "bit varying(8)": ["10100101", "1"],
    "mood": ["sad", "glad", LONG[:63]],
    "colour": [LONG[:63]],
    "integer[]": ["{" + ",".join(["2147483647"] * 20) + "}"],
    "bigint[]": ["{" + ",".join(["9223372036854775807"] * 20) + "}"],
    "text[]": [f'{{x,"{LONG}"}}'],
    "varchar[]": [f'{{x,"{LONG}"}}'],
    "varchar(5)[]": ["{" + ",".join(["hello"] * 30) + "}"],
    "uuid[]": ["{" + ",".join(["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"] * 4) + "}"],
    "mood[]": [f'{{sad,glad,"{LONG[:63]}",sad,glad,sad,glad,sad,glad,sad,glad,sad,glad}}'],
}

# What PostgreSQL can cast since its version 18.
SINCE_18 = {
    "bytea": ("smallint", "integer", "bigint"),
    **dict.fromkeys(("smallint", "integer", "bigint"), ("bytea",)),
}

TRY = rf"""
CREATE TYPE mood AS ENUM ('sad', 'glad', '{LONG[:63]}');
CREATE TYPE colour AS ENUM ('{LONG[:63]}');

-- Alters the type of t.c, and takes it back: how it went, and whether what is there is still what it was.
CREATE FUNCTION tried(source text, target text, expression text, OUT how text, OUT kept boolean)
LANGUAGE plpgsql AS $$
DECLARE
    ways text[] := CASE
        -- Those between whole numbers have to show the same number, though the way back makes up for it.
        WHEN source IN ('integer', 'oid') AND target IN ('integer', 'oid') THEN ARRAY['c::text']
        ELSE ARRAY['c::%s::text', 'c::text::%s::text', 'c::numeric::%s::text', 'btrim(c::text, ''{{}}'')']
    END;
    back text;
    answer boolean;
    before oid := (SELECT relfilenode FROM pg_class WHERE relname = 't');
BEGIN
    EXECUTE format('ALTER TABLE t ALTER c TYPE %s %s', target, expression);
    kept := false;
    how := CASE WHEN before = (SELECT relfilenode FROM pg_class WHERE relname = 't') THEN 'free' ELSE 'rewrite' END;
    FOREACH back IN ARRAY ways LOOP
        BEGIN
            EXECUTE format('SELECT bool_and(' || back || ' = was) FROM t', source) INTO answer;
            kept := kept OR answer;
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
    RAISE SQLSTATE 'BACK0';
EXCEPTION
    WHEN SQLSTATE 'BACK0' THEN RETURN;
    WHEN datatype_mismatch OR cannot_coerce THEN how := 'refused';
    WHEN OTHERS THEN how := 'rewrite'; kept := false;
END $$;

CREATE FUNCTION cell(source text, target text, OUT how text, OUT kept boolean) LANGUAGE plpgsql AS $$
BEGIN
    SELECT * INTO how, kept FROM tried(source, target, '');
    IF how = 'refused' THEN
        SELECT * INTO how, kept FROM tried(source, target, format('USING c::%s', target));
        IF how <> 'refused' THEN
            how := 'using';
        END IF;
    END IF;
END $$;
"""


def type_of(text: str) -> Type:
    """What the linter makes of a column declared as *text*."""
    name, _, rest = text.removesuffix("[]").partition("(")
    arguments, _, tail = rest.partition(")")
    name += tail
    if name in ("mood", "colour"):
        return Type(name, (), int(text.endswith("[]")), Enum(Name(name), None))
    return sql_type(name, tuple(map(int, filter(None, arguments.split(",")))), int(text.endswith("[]")))


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[psycopg.Connection[Any]]:
    with server.database() as url, psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        connection.execute(TRY)
        yield connection


def cells(connection: psycopg.Connection[Any], source: str, zone: str) -> dict[str, tuple[str, bool | None]]:
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET TimeZone = '{zone}'")
        connection.execute(f"CREATE TABLE t (c {source}, was text)")
        for value in SAMPLES[source]:
            connection.execute("INSERT INTO t VALUES (%s)", [value])
        connection.execute("UPDATE t SET was = c::text")
        answers = connection.execute(
            "SELECT target, how, kept FROM unnest(%s::text[]) target, cell(%s, target)", [list(SAMPLES), source]
        )
        return {target: (how, kept) for target, how, kept in answers}


def has_xml(connection: psycopg.Connection[Any]) -> bool:
    try:
        connection.execute("SELECT '<a/>'::xml")
    except psycopg.errors.FeatureNotSupported:
        return False
    return True


def test_every_built_in_type_of_the_table_is_tried() -> None:
    assert {type_of(text).name for text in SAMPLES} >= BUILT_IN


@pytest.mark.parametrize("source", SAMPLES)
def test_casts_from_a_type_do_what_the_table_says(connection: psycopg.Connection[Any], source: str) -> None:
    if source == "xml" and not has_xml(connection):
        pytest.skip("This PostgreSQL is built without libxml.")
    told, shown = {}, {}
    for target, (how, kept) in cells(connection, source, "Europe/Stockholm").items():
        known = cast(type_of(source), type_of(target))
        assert known is not None
        told[target] = ("free" if known.how == "same" else known.how, known.narrows)
        shown[target] = (how, not kept)

    if connection.info.server_version < 180000:
        for target in SINCE_18.get(source, ()):
            assert shown.pop(target)[0] == "refused"
            del told[target]
    if not has_xml(connection):
        del told["xml"], shown["xml"]
    assert told == shown


def test_a_time_zone_costs_a_rewrite_but_in_utc(connection: psycopg.Connection[Any]) -> None:
    times = [text for text in SAMPLES if text.startswith("timestamp")]
    told = {}
    for source in times:
        for target in times:
            known = cast(type_of(source), type_of(target))
            assert known is not None
            told[source, target] = "free" if known.how == "same" or known.utc_free else known.how

    shown = {(source, target): cells(connection, source, "UTC")[target][0] for source in times for target in times}

    assert told == shown
