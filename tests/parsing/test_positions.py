from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import libcst as cst
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libcst.metadata import MetadataWrapper, PositionProvider

import alembic_review
from alembic_review.diagnostics import START, Span
from alembic_review.operations import Place
from alembic_review.parsing import positions as positions_of
from alembic_review.parsing import syntax
from alembic_review.parsing.positions import Positions
from alembic_review.parsing.tree import turned
from alembic_review.parsing.ways import Way
from tests.parsing.reading import upgraded


def _by_libcst(source: str) -> dict[Way, Span]:
    """Where LibCST's own provider finds each call and string that `syntax` numbers."""
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    ranges = wrapper.resolve(PositionProvider)
    module, theirs = turned(wrapper.module)
    return {
        way: Span(where.start.line, where.start.column + 1, where.end.line, where.end.column + 1)
        for way, ours in syntax.nodes(module).items()
        if way[-1] > 0
        for where in [ranges[theirs[id(ours)]]]
    }


SOURCES = [
    Path(inspect.getfile(alembic_review)).parent / "parsing" / "evaluate.py",
    Path(inspect.getfile(alembic_review)).parent / "parsing" / "columns.py",
    Path(inspect.getfile(inspect)),
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_call_and_string_is_where_libcst_finds_it(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    oracle = _by_libcst(source)

    positions = Positions(source)

    assert len(oracle) > 100
    assert {way: positions.span(Place(way)) for way in oracle} == oracle


def test_the_letters_of_a_literal_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    letters = positions_of._letters

    def noted(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        looked.append(start)
        return letters(source, start, end)

    monkeypatch.setattr(positions_of, "_letters", noted)
    positions = Positions('x("DROP TABLE t; DROP TABLE u")')

    assert positions.span(Place((0, 2), 0, 12)) == Span(1, 4, 1, 16)
    assert positions.span(Place((0, 2), 14, 26)) == Span(1, 18, 1, 30)
    assert looked == [2]


def test_a_finding_in_sql_points_at_its_very_characters() -> None:
    source = '''
def f():
    x("""
      ALTER TABLE t
        DROP COLUMN \\x61b; -- é
    """ "DROP TABLE u")
'''
    positions = Positions(source)
    text = "\n      ALTER TABLE t\n        DROP COLUMN ab; -- é\n    DROP TABLE u"
    start = text.index("ab")
    way = (0, 0, 0, 2)

    column = positions.span(Place(way, start, start + 2))
    table = positions.span(Place(way, text.index("DROP TABLE"), len(text)))

    assert column == Span(5, 21, 5, 26)
    assert table == Span(6, 10, 6, 22)


def test_a_finding_in_an_f_string_passes_over_what_braces_put_in() -> None:
    source = 't = "u"\ny = f"DROP {t} {{x}} COLUMN c"\n'

    span = Positions(source).span(Place((1, 1), len("DROP  {x} "), len("DROP  {x} COLUMN")))

    assert span == Span(2, 22, 2, 28)


def test_columns_count_characters_and_lines_end_as_python_ends_them() -> None:
    source = 'a = "é\x0c"\r\nb = ("ü", f())\rc = g()\n'
    positions = Positions(source)

    assert positions.span(Place((1, 2))) == Span(2, 11, 2, 14)
    assert positions.span(Place((2, 1))) == Span(3, 5, 3, 8)


def test_a_file_that_this_python_cannot_parse_has_its_findings_at_the_start() -> None:
    assert Positions("def (:").span(Place((0, 1))) == START


@pytest.mark.parametrize("deep", ["(" * 1_500 + "1" + ")" * 1_500, "-" * 10_000 + "1"], ids=["brackets", "signs"])
def test_a_file_that_no_parser_can_hold_has_its_findings_at_the_start(deep: str) -> None:
    # In a process of its own, which LibCST would end.
    program = (
        "from alembic_review.operations import Place; from alembic_review.parsing.positions import Positions; "
        f"print(Positions('x = ' + {deep!r}).span(Place((0,))))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60)

    assert (done.returncode, done.stdout) == (0, f"{START}\n")


def test_a_file_in_a_newer_python_is_asked_of_libcst(monkeypatch: pytest.MonkeyPatch) -> None:
    source = 'def f():\n    x(\n        "ab cd")\nf()\n'
    places = [Place((0, 0)), Place((0, 0, 0, 1)), Place((0, 0, 0, 2), 3, 5), Place((1, 0)), Place((1, 1))]
    known = [Positions(source).span(place) for place in places]

    monkeypatch.setattr(ast, "parse", _refuse)
    asked = [Positions(source).span(place) for place in places]

    assert asked == known


def _refuse(_source: str) -> ast.Module:
    raise SyntaxError


def test_operations_in_sql_know_their_place() -> None:
    operations = upgraded('op.execute("ALTER TABLE t DROP COLUMN c")')

    assert operations[0].place.start >= 0


@given(st.lists(st.integers(-3, 9), max_size=6), st.integers(-2, 40), st.integers(-2, 40))
def test_no_place_is_ever_an_error(node: list[int], start: int, end: int) -> None:
    source = inspect.getsource(sys.modules[__name__])

    span = Positions(source).span(Place(tuple(node), start, end))

    assert span.line >= 1
