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


def _judged_for(project: Path, config: Config = Config()) -> tuple[str, ...]:  # noqa: B008
    histories = [(one, ProjectTree(one)) for one in find_histories([project], None, project).selections]
    return tuple(review(histories, config, load_rules()).dialects)


def _project(folder: Path, url: str, environment: str = "", revision: str = "") -> Path:
    (folder / "migrations" / "versions").mkdir(parents=True)
    (folder / "alembic.ini").write_text(f"[alembic]\nscript_location = migrations\nsqlalchemy.url = {url}\n")
    (folder / "migrations" / "env.py").write_text(
        f"from sqlalchemy import engine_from_config\nfrom alembic import context\n{environment}\n"
        "engine = engine_from_config(context.config.get_section('alembic'))\n"
    )
    (folder / "migrations" / "versions" / "a1.py").write_text(f'revision = "a1"\ndown_revision = None\n{revision}\n')
    return folder


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("sqlite:///app.db", "sqlite"),
        ("mysql+pymysql://app@localhost/app", "mysql"),
        ("sqlite+aiosqlite:///%(here)s/app.db", "sqlite"),
        ("postgresql://localhost/app", "postgresql"),
        ("driver://user:pass@localhost/dbname", "postgresql"),
        ("%(url)s", "postgresql"),
        ("", "postgresql"),
    ],
)
def test_a_history_is_for_the_database_of_its_url(tmp_path: Path, url: str, dialect: str) -> None:
    found = _judged_for(_project(tmp_path, url))

    assert found == (dialect,)


def test_a_pyproject_toml_may_have_the_url(tmp_path: Path) -> None:
    project = _project(tmp_path, "")
    (project / "alembic.ini").unlink()
    (project / "pyproject.toml").write_text(
        '[tool.alembic]\nscript_location = "migrations"\n"sqlalchemy.url" = "sqlite:///app.db"\n'
    )

    found = _judged_for(project)

    assert found == ("sqlite",)


@pytest.mark.parametrize(
    ("environment", "revision"),
    [
        ("import os\ncontext.config.set_main_option('sqlalchemy.url', os.environ['URL'])", ""),
        ("", "from sqlalchemy.dialects import postgresql"),
    ],
    ids=["the URL is only a default", "a revision speaks of PostgreSQL"],
)
def test_a_url_says_nothing_where_others_may_be_used(tmp_path: Path, environment: str, revision: str) -> None:
    found = _judged_for(_project(tmp_path, "sqlite:///app.db", environment, revision))

    assert found == ("postgresql",)


def test_what_is_said_goes_before_the_url(tmp_path: Path) -> None:
    found = _judged_for(_project(tmp_path, "sqlite:///app.db"), Config(dialect="mysql", says_dialect=True))

    assert found == ("mysql",)
