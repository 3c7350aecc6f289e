"""``alembic-review rule`` and ``alembic-review rules``."""

from __future__ import annotations

import json

import pytest

from alembic_review import registry
from alembic_review.proof import Fails
from alembic_review.registry import RuleError
from tests.cli.conftest import Command, DroppedColumn

PAGE = """\
# dropped-column

Group: data_loss. Level: warning.

A column that is dropped | with all it holds.

## Why is this bad?

It is gone.
"""

LIST = """\
data_loss
  dropped-column   warning  A column that is dropped | with all it holds.
locks
  no-lock-timeout  info     A migration that waits for ever. (off unless selected)
"""


def test_a_rule_prints_its_page(command: Command) -> None:
    assert command("rule", "dropped-column") == (0, PAGE, "")


def test_a_rule_that_is_off_says_so(command: Command) -> None:
    assert "Level: info. Off unless selected.\n" in command("rule", "no-lock-timeout").out


def test_a_rule_that_says_what_the_database_does_tells_its_proof(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DroppedColumn, "proof", Fails("NotNullViolation", rows=True))

    assert command("rule", "dropped-column").out.endswith(
        "## Proof\n\nProven on PostgreSQL 15 and 18: the upgrade fails with NotNullViolation when the table has rows.\n"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "dropped_column",
            'no rule is called "dropped_column"; did you mean "dropped-column"? (alembic-review rules lists all)',
        ),
        ("zzz", 'no rule is called "zzz" (alembic-review rules lists all)'),
        ("locks", '"locks" is a group of rules: no-lock-timeout'),
    ],
)
def test_an_unknown_rule_names_the_nearest(command: Command, name: str, message: str) -> None:
    assert command("rule", name) == (2, "", f"error: {message}\n")


def test_the_list_is_by_group(command: Command) -> None:
    assert command("rules") == (0, LIST, "")


def test_the_list_as_json(command: Command) -> None:
    outcome = command("rules", "--format", "json")

    assert json.loads(outcome.out) == [
        {
            "group": "data_loss",
            "name": "dropped-column",
            "level": "warning",
            "default": True,
            "summary": "A column that is dropped | with all it holds.",
        },
        {
            "group": "locks",
            "name": "no-lock-timeout",
            "level": "info",
            "default": False,
            "summary": "A migration that waits for ever.",
        },
    ]


def test_the_list_as_a_table_keeps_its_columns(command: Command) -> None:
    assert command("rules", "--format", "markdown").out == (
        "| group | rule | level | what it flags |\n"
        "| --- | --- | --- | --- |\n"
        "| data_loss | dropped-column | warning | A column that is dropped \\| with all it holds. |\n"
        "| locks | no-lock-timeout | info | A migration that waits for ever. (off unless selected) |\n"
    )


@pytest.mark.parametrize("arguments", [["rules"], ["rule", "dropped-column"], ["check"]])
def test_without_rules_nothing_looks_like_a_clean_bill(
    command: Command, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    def none() -> None:
        raise RuleError("no rules are installed")

    monkeypatch.setattr(registry, "load_rules", none)

    assert command(*arguments) == (2, "", "error: no rules are installed\n")
