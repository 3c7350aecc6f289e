"""Every claim of a rule is shown by its Example on a real PostgreSQL, and not by its Use instead, which runs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache

import pytest

from alembic_review.database.server import Server
from alembic_review.registry import load_rules
from alembic_review.rule import Rule
from tests.proofs.project import PostgreSQL
from tests.proofs.showing import Section, section_of, unshown, weaker

pytestmark = [
    pytest.mark.server,
    # A revision that opens a connection of its own need not close it.
    pytest.mark.filterwarnings("ignore:.*psycopg.Connection:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*psycopg.Connection:ResourceWarning"),
]

RULES = [rule for rule in load_rules() if rule.proof is not None and rule.proof.dialect == "postgresql"]
GROUPS = ("data_loss", "renames", "enums", "external_tables", "downgrades", "failures", "locks", "data_migrations")
CLAIMS_NOTHING: dict[str, str] = {
    "application-import": "what Python imports is no matter of a database",
    "external-table-unfiltered": "it is about an env.py, and what autogenerate makes of it",
    "irreversible-downgrade": "the revision itself raises",
    "naming-convention-doubled": "it hangs on an env.py; tests/test_naming.py shows what Alembic makes of the name",
}
"""Rules of these groups that say nothing of what a database does, each with the reason."""

Sections = Callable[..., Section]


@pytest.fixture(scope="module")
def section(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sections]:
    """The section of a rule's page with a title, which keeps what was tried."""
    with server.database() as url, closing(PostgreSQL(url)) as database:
        yield cache(lambda rule, title: section_of(rule, title, database, tmp_path_factory.mktemp(rule.name)))
        gc.collect()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_example_shows_what_the_rule_claims(rule: type[Rule], section: Sections) -> None:
    assert rule.proof is not None
    assert unshown(rule.proof, section(rule, "Example")) is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_to_use_instead_runs_up_and_down_and_up_again(rule: type[Rule], section: Sections) -> None:
    instead = section(rule, "Use instead")

    assert rule.proof is not None
    assert instead.alone.failure is None
    assert instead.fresh.failure is None
    assert not rule.proof.needs_rows or instead.with_rows.failure is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_to_use_instead_does_not_show_it(rule: type[Rule], section: Sections) -> None:
    instead = section(rule, "Use instead")
    if any(f"allow[{rule.name}" in text for text in instead.shown):
        pytest.skip("It does the same, on purpose.")

    assert rule.proof is not None
    assert all(unshown(claim, instead) for claim in weaker(rule.proof))


@pytest.mark.parametrize("rule", [rule for rule in load_rules() if rule.group in GROUPS], ids=lambda rule: rule.name)
def test_every_rule_that_says_what_the_database_does_proves_it(rule: type[Rule]) -> None:
    assert (rule.proof is None) == (rule.name in CLAIMS_NOTHING)
