"""The rule that CONTRIBUTING.md shows is one, and its page of cases holds."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alembic_review.rule import Rule
from alembic_review.testing import cases, check, sections

TEXT = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture
def rule(tmp_path: Path) -> Iterator[type[Rule]]:
    """The rule, from a package as somebody else would have it."""
    (source,) = re.findall(r'^```python\n("""Flags.*?)^```$', TEXT, re.MULTILINE | re.DOTALL)
    file = tmp_path / "table_without_comment.py"
    file.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("our_rules.tables.table_without_comment", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
        yield module.TableWithoutComment
    finally:
        del sys.modules[spec.name]


def test_the_rule_that_is_shown_finds_its_example_and_not_what_to_use_instead(rule: type[Rule]) -> None:
    page = sections(rule.page())
    (_, example), *_ = page["Example"]
    (_, instead), *_ = page["Use instead"]

    assert [(found.span.line, found.message) for found in check(rule, example)] == [
        (2, 'makes the table "invoice" without a comment')
    ]
    assert check(rule, instead) == []
    assert (rule.name, rule.group, rule.default_on) == ("table-without-comment", "tables", False)


def test_the_cases_that_are_shown_hold(rule: type[Rule], tmp_path: Path) -> None:
    (shown,) = re.findall(r"^````markdown\n(.*?)^````$", TEXT, re.MULTILINE | re.DOTALL)
    page = tmp_path / "table-without-comment.md"
    page.write_text(shown, encoding="utf-8")

    for case in cases(page):
        case.verify(rule)
