"""The pages of rules that claim nothing of a database: their Example is found, and what to use instead is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from alembic_review.registry import load_rules
from alembic_review.rule import Rule
from alembic_review.testing import check_all, sections

GROUPS = ("history", "environment", "design")
TRIED_ELSEWHERE = {
    "rewritten-history": "in a git repository",
    "behind-base": "in a git repository",
    "unreadable-revision": "what it is about, others are given by the test",
}
RULES = [
    rule
    for rule in load_rules()
    if rule.group in GROUPS and rule.name not in TRIED_ELSEWHERE and "python" in dict(sections(rule.page())["Example"])
]
IMPORTS = "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n"


def blocks(rule: type[Rule], title: str) -> list[str]:
    return [_whole(text) for language, text in sections(rule.page()).get(title, ()) if language == "python"]


def _whole(text: str) -> str:
    """A block with the imports that the page leaves out, after its docstring."""
    if "revision = " not in text:
        return text
    docstring, end, rest = text.rpartition("'''\n")
    return f"{docstring}{end}{IMPORTS}{rest}"


def told(rule: type[Rule], given: Sequence[str], shown: Sequence[str]) -> list[str]:
    """What the rule says of the revisions of a section, or of the env.py that it is."""
    if rule.group == "environment":
        head = "from alembic import context\n"
        return [found.message for _, found in check_all(rule, files={"env.py": head + shown[0]})]
    return [found.message for _, found in check_all(rule, *given, *shown)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_example_is_found_and_what_to_use_instead_is_not(rule: type[Rule]) -> None:
    given = blocks(rule, "Given")

    assert told(rule, given, blocks(rule, "Example"))
    assert not told(rule, given, blocks(rule, "Use instead"))
