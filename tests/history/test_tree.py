"""Which files of a project are read for a history."""

from __future__ import annotations

from pathlib import Path

from alembic_review.history.project import find_histories
from alembic_review.history.tree import ProjectTree


def test_env_py_is_read_where_the_configuration_lies_in_another_folder(tmp_path: Path) -> None:
    scripts, settings = tmp_path / "app" / "migrations", tmp_path / "app" / "storage"
    (scripts / "versions").mkdir(parents=True)
    settings.mkdir()
    (settings / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/../migrations\n")
    (scripts / "env.py").write_text("from alembic import context\n")
    (scripts / "versions" / "a1.py").write_text('revision = "a1"\ndown_revision = None\n')
    (tmp_path / "app" / "secret.py").write_text("")
    (selection,) = find_histories([settings], None, tmp_path).selections

    tree = ProjectTree(selection)

    assert tree.text(str(scripts / "env.py"), "") == "from alembic import context\n"
    assert tree.text(str(tmp_path / "app" / "secret.py"), "") is None
