"""The hook as people meet it: installed by pre-commit from a repository, run by ``git commit``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.network

ROOT = Path(__file__).parent.parent

MADE = """
from alembic import op
import sqlalchemy as sa

revision = "a1"
down_revision = None

def upgrade():
    op.create_table("job", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("state", sa.Text()))

def downgrade():
    op.drop_table("job")
"""
CLEAN = """
from alembic import op
import sqlalchemy as sa

revision = "b2"
down_revision = "a1"

def upgrade():
    op.add_column("job", sa.Column("note", sa.Text()))

def downgrade():
    op.drop_column("job", "note")
"""
DROPS = """
from alembic import op
import sqlalchemy as sa

revision = "b2"
down_revision = "a1"

def upgrade():
    op.drop_column("job", "state")

def downgrade():
    op.add_column("job", sa.Column("state", sa.Text()))
"""


class Hook(NamedTuple):
    """This checkout as a repository of hooks, the commit that holds it, and where environments are kept."""

    repository: Path
    commit: str
    environment: Mapping[str, str]


def call(folder: Path, environment: Mapping[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=600)


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Hook:
    if find_spec("pre_commit") is None or shutil.which("git") is None:
        pytest.skip("needs pre-commit and git")
    place = tmp_path_factory.mktemp("hook")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHONPATH"))}
    environment |= {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]]),
        "PRE_COMMIT_HOME": str(place / "environments"),
        "XDG_CACHE_HOME": str(place / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{who}_{what}": "you@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    probe = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(place), "iniconfig"]
    if call(place, environment, *probe).returncode:
        pytest.skip("needs a package registry")

    repository = place / "repository"
    listed = call(ROOT, environment, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, repository / name)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        done = call(repository, environment, "git", *command)
        assert done.returncode == 0, done.stderr
    commit = call(repository, environment, "git", "rev-parse", "HEAD").stdout.strip()
    return Hook(repository, commit, environment)


@pytest.fixture
def project(hook: Hook, tmp_path: Path) -> Path:
    """A project with one revision, committed before the hook was there."""
    write(
        tmp_path,
        {
            "alembic.ini": "[alembic]\nscript_location = %(here)s/schema\n",
            "schema/env.py": "from alembic import context\n",
            "schema/versions/a1_made.py": MADE,
            ".pre-commit-config.yaml": (
                f"repos: [{{repo: '{hook.repository}', rev: {hook.commit}, hooks: [{{id: alembic-review}}]}}]\n"
            ),
        },
    )
    for command in (["git", "init", "-q"], ["git", "add", "-A"], ["git", "commit", "-q", "-m", "one revision"]):
        assert call(tmp_path, hook.environment, *command).returncode == 0
    installed = call(tmp_path, hook.environment, sys.executable, "-m", "pre_commit", "install")
    assert installed.returncode == 0, installed.stdout
    return tmp_path


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def commit(project: Path, hook: Hook, files: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    write(project, files)
    assert call(project, hook.environment, "git", "add", "-A").returncode == 0
    return call(project, hook.environment, "git", "commit", "-m", "change")


def test_a_commit_that_drops_a_column_is_stopped(project: Path, hook: Hook) -> None:
    done = commit(project, hook, {"schema/versions/b2_drops.py": DROPS})

    assert done.returncode == 1
    assert 'warning[dropped-column] drops the column "job.state" and all it holds' in done.stderr
    assert "Revisions: 2 read, 1 reviewed." in done.stderr


def test_a_commit_with_an_allowed_drop_passes(project: Path, hook: Hook) -> None:
    allowed = DROPS.replace(
        '"state")', '"state")  # alembic-review: allow[dropped-column] nobody reads it since May', 1
    )

    done = commit(project, hook, {"schema/versions/b2_drops.py": allowed})

    assert allowed != DROPS
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stderr


def test_a_commit_that_rewrites_a_revision_of_the_base_branch_is_stopped(project: Path, hook: Hook) -> None:
    for command in (["branch", "-m", "main"], ["checkout", "-q", "-b", "feature"]):
        assert call(project, hook.environment, "git", *command).returncode == 0
    config = project / ".pre-commit-config.yaml"
    text = config.read_text().replace("id: alembic-review", "id: alembic-review, args: [--base, main, --]")
    write(project, {"schema/versions/b2_drops.py": DROPS})

    done = commit(
        project,
        hook,
        {".pre-commit-config.yaml": text, "schema/versions/a1_made.py": MADE.replace("sa.Text()", "sa.Integer()")},
    )

    assert done.returncode == 1
    assert 'error[rewritten-history] upgrade() of "a1" does not do what it does on "main"' in done.stderr
    assert 'warning[dropped-column] drops the column "job.state"' in done.stderr
    assert "Revisions: 2 read, 2 reviewed (what differs from main)." in done.stderr


def test_a_clean_commit_passes(project: Path, hook: Hook) -> None:
    done = commit(project, hook, {"schema/versions/b2_clean.py": CLEAN})

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stderr


def test_a_file_that_is_no_revision_is_passed_over(project: Path, hook: Hook) -> None:
    files = {"app/models.py": "x = (\n", "tests/test_tool.py": f"TEXT = '''{DROPS}'''\n", "--config=x.py": "x = 1\n"}

    done = commit(project, hook, files)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stderr


def test_arguments_of_the_project_come_before_the_files(project: Path, hook: Hook) -> None:
    config = project / ".pre-commit-config.yaml"
    text = config.read_text().replace("id: alembic-review", "id: alembic-review, args: [--fail-on, error, --]")

    done = commit(project, hook, {"schema/versions/b2_drops.py": DROPS, ".pre-commit-config.yaml": text})

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stderr


def test_the_hook_can_be_tried_before_it_is_taken(project: Path, hook: Hook) -> None:
    write(project, {"schema/versions/b2_drops.py": DROPS})
    assert call(project, hook.environment, "git", "add", "-A").returncode == 0

    done = call(
        project, hook.environment, sys.executable, "-m", "pre_commit", "try-repo", str(hook.repository), "--all-files"
    )

    assert done.returncode == 1
    assert 'warning[dropped-column] drops the column "job.state"' in done.stdout
