"""Which database a history is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_review.config import Config
from alembic_review.history.project import find_histories
from alembic_review.history.tree import ProjectTree
from alembic_review.registry import load_rules
from alembic_review.review import review


@pytest.mark.parametrize(("folder", "found"), [("sqlite", set()), ("postgresql", {"enum-not-created"})])
def test_a_folder_that_is_called_after_a_database_has_the_revisions_for_it(
    tmp_path: Path, folder: str, found: set[str]
) -> None:
    versions = tmp_path / "versions" / folder
    versions.mkdir(parents=True)
    (tmp_path / "env.py").write_text("from alembic import context\n")
    (versions / "a1.py").write_text(
        'import sqlalchemy as sa\nfrom alembic import op\nrevision = "a1"\ndown_revision = None\n'
        'def upgrade():\n    op.create_table("t", sa.Column("id", sa.Integer()))\n'
        '    op.add_column("t", sa.Column("mood", sa.Enum("sad", "glad", name="mood")))\n'
    )
    histories = [(one, ProjectTree(one)) for one in find_histories([versions], None, tmp_path).selections]

    report = review(histories, Config(), load_rules())

    assert {one.rule for one in report.diagnostics if one.group == "enums"} == found
