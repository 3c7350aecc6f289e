"""How the smallest parts of a file are read."""

from __future__ import annotations

import pytest

from alembic_review.operations import DropTable
from alembic_review.parsing import syntax
from alembic_review.parsing.tree import parsed
from tests.parsing.reading import upgraded


@pytest.mark.parametrize(
    ("source", "value"), [("0", 0), ("10", 10), ("1_000", 1000), ("0x1f", 31), ("1.5", 1.5), ("2j", 2j), ("00", 0)]
)
def test_numbers_are_worth_what_python_says(source: str, value: complex) -> None:
    (statement,) = syntax.statements(parsed(f"x = {source}\n"))

    assert isinstance(statement, syntax.Assign)
    assert statement.value == syntax.Constant(value)


@pytest.mark.parametrize(
    ("source", "docstring"),
    [
        ('"""One.\n\nTwo."""\nx = 1\n', "One.\n\nTwo."),
        ('"a" "b"\n', "ab"),
        ("# c\nx = 1\n", None),
        ('b"a"\n', None),
        ("", None),
    ],
)
def test_a_docstring_is_the_string_that_begins_a_module(source: str, docstring: str | None) -> None:
    assert syntax.docstring(syntax.statements(parsed(source))) == docstring


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("{t=}", True),
        ("{ t = }", True),
        ("{t=!s:>5}", True),
        ("{(t)=}", False),
        ("{t.real=}", False),
        ("{1+1=}", False),
    ],
)
def test_an_expression_that_shows_itself_is_as_python_has_it(text: str, known: bool) -> None:
    operations = upgraded(f"t = 1\nop.drop_table(f'{text}')")

    (dropped,) = operations
    assert isinstance(dropped, DropTable)
    assert (dropped.table.name == eval(f"f'{text}'", {"t": 1})) == dropped.table.known == known
