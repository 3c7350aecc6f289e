"""The pages of cases, one for each rule: every mark is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_review.registry import load_rules
from alembic_review.rule import Rule
from alembic_review.testing import Case, cases

PAGES = Path(__file__).parent / "cases"
RULES = {rule.name: rule for rule in load_rules()}


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        pytest.param(RULES[page.stem], case, id=f"{page.stem}: {case.title}")
        for page in sorted(PAGES.glob("*.md"))
        for case in cases(page)
    ],
)
def test_what_is_marked_is_found_and_nothing_else(rule: type[Rule], case: Case) -> None:
    case.verify(rule)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_rule_has_a_page_of_cases(rule: type[Rule]) -> None:
    page = PAGES / f"{rule.name}.md"

    assert page.is_file(), f"write {page}"


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_every_page_has_a_finding_and_a_case_without_one(page: Path) -> None:
    marks = ["[" + page.stem + "]" in "".join((*case.sources, *case.files.values())) for case in cases(page)]

    assert any(marks)
    assert not all(marks)
