"""Claims of SQLite are shown by SQLite, and claims of MySQL by the SQL that Alembic writes for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_review.registry import load_rules
from alembic_review.rule import Rule
from tests.proofs.project import SQLite
from tests.proofs.showing import Section, section_of, unshown


def of(dialect: str) -> pytest.MarkDecorator:
    rules = [rule for rule in load_rules() if rule.proof is not None and rule.proof.dialect == dialect]
    return pytest.mark.parametrize("rule", rules, ids=lambda rule: rule.name)


def section(rule: type[Rule], title: str, folder: Path) -> Section:
    return section_of(rule, title, SQLite(folder / "database"), folder)


@of("sqlite")
def test_on_sqlite_the_example_shows_what_the_rule_claims(rule: type[Rule], tmp_path: Path) -> None:
    assert rule.proof is not None
    assert unshown(rule.proof, section(rule, "Example", tmp_path)) is None


@of("sqlite")
def test_on_sqlite_what_to_use_instead_runs_and_does_not_show_it(rule: type[Rule], tmp_path: Path) -> None:
    instead = section(rule, "Use instead", tmp_path)

    assert rule.proof is not None
    assert instead.alone.failure is None
    assert instead.fresh.failure is None
    assert instead.with_rows.failure is None
    assert unshown(rule.proof, instead)


@of("mysql")
def test_for_mysql_the_example_writes_what_the_rule_claims(rule: type[Rule], tmp_path: Path) -> None:
    assert rule.proof is not None
    assert unshown(rule.proof, section(rule, "Example", tmp_path)) is None


@of("mysql")
def test_for_mysql_what_to_use_instead_is_written_both_ways_and_has_nothing_of_it(
    rule: type[Rule], tmp_path: Path
) -> None:
    instead = section(rule, "Use instead", tmp_path)

    assert rule.proof is not None
    assert instead.project().written("mysql")[1] is None
    assert instead.project().taken_back("mysql")[1] is None
    assert unshown(rule.proof, instead)
