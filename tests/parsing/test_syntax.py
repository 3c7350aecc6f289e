"""How a file becomes LibCST's tree, and how its smallest parts are read."""

from __future__ import annotations

import libcst as cst
import pytest

from alembic_review.parsing import syntax


def test_nodes_made_by_hand_check_themselves_after_a_file_was_parsed() -> None:
    syntax.parsed("x = 1\n")
    with pytest.raises(cst.ParserSyntaxError):
        syntax.parsed("x = (\n")

    with pytest.raises(cst.CSTValidationError):
        cst.Name("")


def test_a_tree_is_the_one_that_libcst_makes() -> None:
    text = 'def upgrade():\n    op.execute(f"a {b!r:>{c}}" "d")\n    return not (x if y else -0x1f)\n'

    assert syntax.parsed(text).deep_equals(cst.parse_module(text))


@pytest.mark.parametrize(
    ("source", "value"), [("0", 0), ("10", 10), ("1_000", 1000), ("0x1f", 31), ("1.5", 1.5), ("2j", 2j), ("00", 0)]
)
def test_numbers_are_worth_what_python_says(source: str, value: complex) -> None:
    (statement,) = syntax.statements(syntax.parsed(f"x = {source}\n"))

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
    assert syntax.docstring(syntax.statements(syntax.parsed(source))) == docstring
