from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from alembic_review.operations import Place, Unread
from alembic_review.parsing import libpg_query
from alembic_review.parsing.libpg_query import LARGEST, NotParsed, SQLError, parse, parse_plpgsql
from alembic_review.parsing.postgres import read


def test_statements_come_with_their_places_in_bytes() -> None:
    first, second = parse("SELECT 'é'; SELECT 2")

    assert (first.get("stmt_location", 0), first["stmt_len"]) == (0, 11)
    assert second["stmt_location"] == 13


@pytest.mark.parametrize(("sql", "position"), [("SELECT é FRM 1", 13), ("x", 0), ("SELECT (", 8), ("", None)])
def test_an_error_stands_at_a_character(sql: str, position: int | None) -> None:
    if position is None:
        assert parse(sql) == []
        return

    with pytest.raises(SQLError) as refused:
        parse(sql)

    assert refused.value.position == position


def test_plpgsql_names_the_line_of_its_errors() -> None:
    with pytest.raises(SQLError, match=r'syntax error at or near "selct" near line \d'):
        parse_plpgsql("DO $$ BEGIN selct 1; END $$")


@pytest.mark.parametrize("sql", [" " * (LARGEST + 1), "SELECT " + "1+" * 20_000 + "1"])
def test_what_takes_too_much_is_not_parsed(sql: str) -> None:
    with pytest.raises(NotParsed):
        parse(sql)


def test_the_package_that_binds_the_grammar_is_not_imported() -> None:
    code = (
        "import sys; from alembic_review.parsing.libpg_query import parse; parse('SELECT 1'); "
        "sys.exit('postgast' in sys.modules or 'google.protobuf' in sys.modules)"
    )

    ran = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=False)

    assert ran.returncode == 0


@pytest.mark.parametrize("package", [None, SimpleNamespace(submodule_search_locations=["/nowhere"])])
def test_without_the_grammar_every_statement_is_unread_and_says_why(
    monkeypatch: pytest.MonkeyPatch, package: object
) -> None:
    libpg_query._library.cache_clear()
    libpg_query._bound.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: package)

    found = read("DROP TABLE a; DROP TABLE b", lambda start, end: Place())

    assert [(type(operation), getattr(operation, "verb", "")) for operation in found] == [(Unread, "DROP TABLE")] * 2
    assert all(isinstance(operation, Unread) and "postgast" in operation.why for operation in found)


LIBRARIES = (".so", ".dylib", ".dll")


def test_a_postgast_without_the_grammar_takes_that_of_the_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = find_spec("postgast")
    assert found is not None and found.submodule_search_locations is not None
    (library,) = (file for file in Path(found.submodule_search_locations[0]).iterdir() if file.suffix in LIBRARIES)
    libpg_query._library.cache_clear()
    libpg_query._bound.cache_clear()
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    )
    monkeypatch.setattr("ctypes.util.find_library", {"pg_query": str(library)}.get)

    assert len(parse("SELECT 1")) == 1
