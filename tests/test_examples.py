"""The examples: one whose history shows what the first rules find, and one that does the same well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from alembic_review.database.catalogue import Catalogue, reflect

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"

SHOWN = [
    ("2026-01-05_create_projects_and_members.py", "enum-left-behind", "error"),
    ("2026-02-02_what_autogenerate_made_of_celery_s_results.py", "external-table-touched", "error"),
    ("2026-02-02_what_autogenerate_made_of_celery_s_results.py", "external-table-touched", "error"),
    ("2026-02-16_priority_of_tasks.py", "enum-not-created", "error"),
    ("2026-03-02_members_have_a_phone_number.py", "suspected-column-rename", "warning"),
    ("2026-03-16_notes_become_comments.py", "suspected-table-rename", "warning"),
    ("2026-03-30_clean_up.py", "dropped-table", "warning"),
    ("2026-03-30_clean_up.py", "dropped-column", "warning"),
    ("2026-04-13_better_names.py", "renamed-column", "warning"),
    ("2026-04-13_better_names.py", "renamed-table", "warning"),
    ("2026-04-27_every_project_has_an_owner.py", "not-null-without-default", "error"),
    ("2026-05-11_totals.py", "unread-operation", "info"),
    ("2026-05-11_totals.py", "missing-downgrade", "warning"),
    ("2026-05-26_colours_of_projects.py", "multiple-heads", "error"),
    ("2026-06-01_budgets_of_projects.py", "multiple-heads", "error"),
    ("2026-06-08_unfinished.py", "unreadable-revision", "error"),
    ("archive_flag.py", "file-name", "warning"),
    ("archive_flag.py", "multiple-heads", "error"),
]
"""Every finding in task_service, in the order of the report: each rule once, or once for each side of it."""


def review(example: str) -> tuple[int, Any]:
    """The exit code and the report of ``alembic-review check`` in an example, with the rules that are on by default."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic_review", "check", "--no-cache", "--format", "json"],
        cwd=EXAMPLES / example,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "linter"), str(ROOT / "rules")])},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_the_history_of_the_task_service_shows_each_of_the_first_rules_and_nothing_else() -> None:
    code, report = review("task_service")

    found = [(Path(one["path"]).name, one["rule"], one["severity"]) for one in report["diagnostics"]]
    assert (code, found) == (1, SHOWN)


def test_the_history_of_the_good_service_is_clean_and_wholly_read() -> None:
    code, report = review("good_service")

    assert (code, report["diagnostics"]) == (0, [])
    assert report["revisions"] == len(list((EXAMPLES / "good_service/migrations/versions").glob("*.py")))
    assert report["operations"]["unread"] == 0


@pytest.fixture
def alembic(database: str) -> Callable[..., None]:
    """Runs Alembic in the good service, on a database of its own."""

    def run(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-B", "-m", "alembic", *arguments],
            cwd=EXAMPLES / "good_service",
            env={**os.environ, "DATABASE_URL": database.replace("postgresql://", "postgresql+psycopg://", 1)},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def look(url: str) -> Catalogue:
    with psycopg.connect(url) as connection:
        return reflect(connection)


@pytest.mark.server
def test_the_good_service_goes_up_and_down_and_up_again(alembic: Callable[..., None], database: str) -> None:
    alembic("upgrade", "head")
    alembic("check")  # The models are what the history makes.
    first = look(database)
    alembic("downgrade", "base")
    empty = look(database)
    alembic("upgrade", "head")

    assert {name.name for name in first.tables} == {"alembic_version", "member", "project", "task_history"}
    assert {name.name for name in empty.tables} == {"alembic_version"}
    assert not empty.enums
    assert look(database) == first
