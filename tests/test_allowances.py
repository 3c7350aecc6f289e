"""Comments that allow: which findings they cover, and how they are written."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from alembic_review.allowances import allowing, settled, with_allows
from alembic_review.cli.allowing import allow
from alembic_review.diagnostics import START, Diagnostic, Severity, Span
from alembic_review.parsing.comments import allows_of

LONG = 'op.execute("' + "x" * 100 + '")'


def at(line: int, end: int | None = None) -> Span:
    return Span(line, 1, end or line, 9)


def covered(text: str) -> list[int]:
    """The lines at which a finding of the rule `r` would be allowed."""
    allows = allows_of(text)
    return [line for line in range(1, text.count("\n") + 2) if list(allowing(allows, "r", "group", at(line)))]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\nb()  # alembic-review: allow[r] why\nc()", [2]),
        ("a\n# alembic-review: allow[r] why\nc()\nd()", [2, 3]),
        ("a\n# alembic-review: allow[group] why\n# more\nc(\n1)\nd()", [2, 4, 5]),
        ("a\n# alembic-review: allow[r] why\n\nc()", [2]),
        ("a\nc(\n  1,\n  2)  # alembic-review: allow[r]\nd()", [2, 3, 4]),
        ("a\ndef f():\n    # alembic-review: allow[r] why\n    b()\n\n    c()\nd()", [2, 3, 4, 5, 6]),
        ("a\ndef f():\n    '''Doc.'''\n    # alembic-review: allow[r]\n    b()\nd()", [2, 3, 4, 5]),
        ("a\n# alembic-review: allow[r]\n@d\nasync def f():\n    b()\nd()", [2, 3, 4, 5]),
        ("a\ndef f():\n    a()\n    # alembic-review: allow[r]\ndef g():\n    b()", [4]),
        ("a\ndef f(): pass\n# alembic-review: allow[r]\nb()", [3, 4]),
        ("#!/bin/python\n# alembic-review: allow[r]\na\nb", [1, 2, 3, 4]),
        ("'''Doc.'''\n\n# alembic-review: allow[r]\na\nb", [1, 2, 3, 4, 5]),
        ("a\nb('''\n-- alembic-review: allow[r]\n\nDROP x;\nDROP y''')", [3, 4, 5]),
        ("a\nb('''\nDROP x; -- alembic-review: allow[r] why\nDROP y''')", [3]),
        ("a\r\nb()\r\n# alembic-review: allow[r]\r\nc()\r\n", [3, 4]),
        ("a\nb('# alembic-review: allow[r]')", []),
        ("a\nb()  # -- alembic-review: allow[r]", []),
        ("a\nb()  # alembic-review: allow[other]", []),
        ("a\n(\n# alembic-review: allow[r]", [3]),
    ],
)
def test_a_comment_covers_what_it_stands_at(text: str, lines: list[int]) -> None:
    assert covered(text) == lines


def test_a_finding_of_several_lines_is_allowed_by_a_comment_at_any_of_them() -> None:
    allows = allows_of("a\nb('''\nSELECT 1; -- alembic-review: allow[r]\n''')")

    assert list(allowing(allows, "r", "group", at(2, 4)))
    assert not list(allowing(allows, "r", "group", at(4)))


def test_names_and_reasons_are_told_apart_and_other_comments_left_out() -> None:
    (allow,) = allows_of("a  # noqa  # alembic-review: allow[ b-c,d ] why: so  # type: ignore")

    assert (allow.names, allow.reason) == (("b-c", "d"), "why: so")


def test_a_group_is_settled_when_all_its_rules_were_asked_that_are_on_by_themselves() -> None:
    rules = {"a": ("one", True), "b": ("one", False), "c": ("two", True), "d": ("two", True), "e": ("comments", True)}

    assert settled(rules, {"a", "c", "e"}) == {"a", "c", "one"}


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("a\nb()\n", [(at(2), "r")], "a\nb()  # alembic-review: allow[r] why\n"),
        ("a\nb()\n", [(at(2), "s"), (at(2), "r")], "a\nb()  # alembic-review: allow[r, s] why\n"),
        ("a\nb()  # noqa\n", [(at(2), "r")], "a\nb()  # noqa  # alembic-review: allow[r] why\n"),
        ("a\r\nb()", [(at(2), "r")], "a\r\nb()  # alembic-review: allow[r] why"),
        (
            f"if a:\r\n\tb\r\n\t{LONG}\r\n",
            [(at(3), "r")],
            f"if a:\r\n\tb\r\n\t# alembic-review: allow[r] why\r\n\t{LONG}\r\n",
        ),
        ("a\nb('''\nx''')\n", [(at(3), "r")], "a\n# alembic-review: allow[r] why\nb('''\nx''')\n"),
        ("a\nb = \\\n 1\n", [(at(2), "r")], "a\n# alembic-review: allow[r] why\nb = \\\n 1\n"),
        ("'''Doc.'''\nimport a\n", [(START, "r")], "'''Doc.'''\n# alembic-review: allow[r] why\nimport a\n"),
        ("'''Doc.'''", [(START, "r")], "'''Doc.'''\n# alembic-review: allow[r] why\n"),
        (
            "# -*- coding: utf-8 -*-\na\n",
            [(START, "r")],
            "# -*- coding: utf-8 -*-\n# alembic-review: allow[r] why\na\n",
        ),
        ("'''not closed", [(at(1), "r")], "# alembic-review: allow[r] why\n'''not closed"),
    ],
)
def test_a_comment_is_written_beside_a_statement_or_above_it(
    text: str, wanted: list[tuple[Span, str]], expected: str
) -> None:
    assert with_allows(text, wanted, "why") == expected


@pytest.mark.parametrize(
    "text",
    [
        f"a\ndef f():\n    {LONG}\n    {LONG}\n",
        f"a\ndef f():\n    # written by hand\n    {LONG}\n    {LONG}\n",
        f"'''Doc.'''\n{LONG}\n{LONG}\n",
        "a\ndef f():\n    b('''\n  x\n  ''')\n    c()\n",
    ],
)
def test_what_is_written_never_covers_more_than_the_statement(text: str) -> None:
    call = next(node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))

    written = with_allows(text, [(at(call.lineno), "r")], "why")

    first = next(node for node in ast.walk(ast.parse(written)) if isinstance(node, ast.Call))
    assert covered(written) == [*range(first.lineno, (first.end_lineno or 0) + 1)]
    assert ast.dump(ast.parse(written)) == ast.dump(ast.parse(text))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1"])
def test_bytes_that_are_not_ours_and_the_mode_stay(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.py"
    head = "# coding: latin-1\r\n" if encoding == "latin-1" else ""
    file.write_bytes(f"{head}a\r\n\tb('ü')\r\n".encode(encoding))
    file.chmod(0o751)
    lines = head.count("\n")

    done = allow([_finding(file, lines + 2)], "grün")

    assert done == (1, [])
    assert file.read_bytes() == f"{head}a\r\n\tb('ü')  # alembic-review: allow[r] grün\r\n".encode(encoding)
    assert file.stat().st_mode & 0o777 == 0o751


def test_a_reason_that_the_encoding_lacks_is_told_and_the_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"# coding: ascii\na\nb\n")

    files, problems = allow([_finding(file, 3)], "grün")

    assert files == 0
    assert problems == [f"{file}: a comment with this reason cannot be written in the encoding of the file"]
    assert file.read_bytes() == b"# coding: ascii\na\nb\n"


def _finding(file: Path, line: int) -> Diagnostic:
    return Diagnostic("r", "group", Severity.WARNING, str(file), at(line), "found")
