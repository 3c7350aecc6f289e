"""What a branch adds and changes beside its base, in repositories of a real git."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from alembic_review.cli import main

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

CI_VARIABLES = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "BITBUCKET_PR_DESTINATION_COMMIT",
)

MADE = 'op.create_table("job", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("note", sa.Text()))'
ADDED = 'op.add_column("job", sa.Column("state", sa.Text()))'


class Outcome(NamedTuple):
    """How a command ended, what it found as (rule, file, message), how much it reviewed, and what it complained of."""

    code: int
    found: list[tuple[str, str, str]]
    reviewed: int
    bases: list[str]
    err: str

    def of(self, *rules: str) -> list[tuple[str, str]]:
        """The findings of some rules, as (rule, file)."""
        return [(rule, file) for rule, file, _ in self.found if rule in rules]


HISTORY_RULES = ("rewritten-history", "behind-base", "multiple-heads")


class Repository:
    """A project in a git repository, and the command in it."""

    def __init__(self, folder: Path, check: Callable[..., Outcome]) -> None:
        self.folder = folder
        self.check = check

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def revision(self, name: str, parent: str | tuple[str, ...] | None, upgrade: str = "pass", rest: str = "") -> Path:
        """A revision in a file of its own name."""
        return self.write(f"schema/versions/{name}.py", revision(name, parent, upgrade, rest))

    def commit(self, message: str = "change") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def revision(name: str, parent: str | tuple[str, ...] | None, upgrade: str = "pass", rest: str = "") -> str:
    return f"""\
from alembic import op
import sqlalchemy as sa

revision = "{name}"
down_revision = {parent!r}
{rest}

def upgrade():
    {upgrade}


def downgrade():
    pass
"""


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Git without anybody's settings, and a folder to come back to."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GIT_")] + list(CI_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    (tmp_path / "gitconfig").write_text(
        "[user]\n name = a\n email = a@example.com\n[init]\n defaultBranch = main\n[protocol]\n file = always\n"
    )


@pytest.fixture
def check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Outcome]:
    """Runs ``alembic-review check`` where the process is, with a cache of the test's own."""

    def run(*arguments: str) -> Outcome:
        options = ["--format", "json", "--cache-dir", str(tmp_path / "cache")]
        monkeypatch.setattr(sys, "argv", ["alembic-review", "check", *options, *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        document = json.loads(told.out) if told.out.startswith("{") else {"diagnostics": []}
        found = [(one["rule"], Path(one["path"]).name, one["message"]) for one in document["diagnostics"]]
        return Outcome(ended.value.code, found, document.get("reviewed", 0), document.get("bases", []), told.err)

    return run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: Callable[..., Outcome]) -> Repository:
    """Two revisions on ``main``, and the branch ``feature`` that begins there."""
    repository = Repository(tmp_path / "project", check)
    repository.write("alembic.ini", "[alembic]\nscript_location = %(here)s/schema\n")
    repository.write("schema/env.py", "from alembic import context\n")
    repository.revision("a1", None, MADE)
    repository.revision("b1", "a1", ADDED)
    repository.git("init", "-q")
    repository.commit("two revisions")
    repository.git("checkout", "-q", "-b", "feature")
    monkeypatch.chdir(repository.folder)
    return repository


# --- what is under review ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["committed", "staged", "unstaged", "untracked", "ignored"])
def test_a_new_revision_is_under_review_in_whatever_state_it_is(project: Repository, state: str) -> None:
    if state == "ignored":
        project.write(".gitignore", "c1.py\n")
    file = project.revision("c1", "b1", 'op.drop_column("job", "note")')
    if state == "committed":
        project.commit()
    if state in ("staged", "unstaged"):
        project.git("add", "-A")
    if state == "unstaged":
        file.write_text(file.read_text() + "# More.\n")

    outcome = project.check("--base", "main")

    assert outcome.reviewed == 1
    assert outcome.bases == ["main"]
    assert ("dropped-column", "c1.py") in outcome.of("dropped-column")


def test_what_is_as_it_is_on_the_base_branch_is_replayed_and_not_judged(project: Repository) -> None:
    project.git("checkout", "-q", "main")
    project.revision("c1", "b1", 'op.drop_column("job", "note")')
    project.commit()
    project.git("checkout", "-q", "-b", "other")
    project.revision("d1", "c1", 'op.drop_column("job", "note")')

    everything = project.check()
    outcome = project.check("--base", "main")

    assert ("dropped-column", "c1.py") in everything.of("dropped-column")
    assert {file for _, file, _ in outcome.found} == {"d1.py"}
    assert ("unknown-column", "d1.py") in outcome.of("unknown-column")


def test_without_a_change_there_is_nothing_to_find(project: Repository) -> None:
    project.git("checkout", "-q", "main")
    project.revision("c1", "b1", 'op.drop_column("job", "note")')
    project.commit()

    outcome = project.check("--base", "main")

    assert (outcome.code, outcome.found, outcome.reviewed) == (0, [], 0)


def test_paths_and_a_base_are_both_kept_to(project: Repository) -> None:
    project.revision("c1", "b1", 'op.drop_column("job", "note")')
    project.revision("d1", "c1", 'op.drop_column("job", "state")')

    outcome = project.check("--base", "main", "schema/versions/d1.py", "schema/versions/a1.py")

    assert outcome.of("dropped-column") == [("dropped-column", "d1.py")]
    assert outcome.reviewed == 1


def test_a_file_in_no_usual_name_is_found(project: Repository) -> None:
    project.git("mv", "schema/versions/b1.py", "schema/versions/b1 größer\t*.py")
    project.commit()
    project.git("checkout", "-q", "-B", "main")
    project.git("checkout", "-q", "-b", "names")
    project.write("schema/versions/c1 [ü]\t.py", revision("c1", "b1", 'op.drop_column("job", "note")'))
    project.commit()

    outcome = project.check("--base", "main")

    assert outcome.reviewed == 1
    assert outcome.of("dropped-column", "rewritten-history") == [("dropped-column", "c1 [ü]\t.py")]


def test_a_project_in_a_folder_of_the_repository(tmp_path: Path, check: Callable[..., Outcome]) -> None:
    repository = Repository(tmp_path / "whole", check)
    for name in ("one", "two"):
        repository.write(f"{name}/alembic.ini", "[alembic]\nscript_location = %(here)s/schema\n")
        repository.write(f"{name}/schema/env.py", "from alembic import context\n")
        repository.write(f"{name}/schema/versions/a1.py", revision("a1", None, MADE))
    repository.git("init", "-q")
    repository.commit()
    repository.git("checkout", "-q", "-b", "feature")
    repository.write("two/schema/versions/b1.py", revision("b1", "a1", 'op.drop_column("job", "note")'))
    repository.write("one/schema/versions/b1.py", revision("b1", "a1", ADDED))
    os.chdir(repository.folder / "two")

    of_one = repository.check("--base", "main")
    of_both = repository.check("--base", "main", "..")

    assert (of_one.reviewed, of_both.reviewed) == (1, 2)
    assert of_both.of("dropped-column") == [("dropped-column", "b1.py")]


def test_a_second_worktree_is_a_repository(project: Repository, tmp_path: Path) -> None:
    project.commit()
    project.git("worktree", "add", "-q", "-b", "second", str(tmp_path / "second"))
    (tmp_path / "second" / "schema" / "versions" / "c1.py").write_text(revision("c1", "b1"))
    os.chdir(tmp_path / "second")

    outcome = project.check("--base", "main")

    assert outcome.reviewed == 1


def test_env_py_is_judged_when_the_branch_changes_it(project: Repository) -> None:
    before = project.check("--base", "main", "--select", "no-target-metadata")
    project.write(
        "schema/env.py",
        "from alembic import context\ntarget_metadata = None\n\n"
        "def run():\n    context.configure(target_metadata=target_metadata)\n"
        "    with context.begin_transaction():\n        context.run_migrations()\n\nrun()\n",
    )

    after = project.check("--base", "main", "--select", "no-target-metadata")

    assert before.found == []
    assert after.of("no-target-metadata") == [("no-target-metadata", "env.py")]


# --- rewritten history ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["committed", "staged", "unstaged"])
@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("edited", 'upgrade() of "b1" does not do what it does on "main"'),
        ("re-pointed", 'down_revision of "b1" is "a1" on "main", and None here'),
        ("renumbered", 'the revision "b1" of "main" has the id "b2" here'),
        ("deleted", 'deletes the revision "b1", which "main" has'),
    ],
)
def test_a_revision_of_the_base_branch_is_rewritten(project: Repository, state: str, how: str, message: str) -> None:
    file = project.folder / "schema" / "versions" / "b1.py"
    text = file.read_text()
    if how == "deleted":
        file.unlink()
    else:
        change = {"edited": ("sa.Text", "sa.Integer"), "re-pointed": ("'a1'", "None"), "renumbered": ('"b1"', '"b2"')}
        file.write_text(text.replace(*change[how]))
    if state != "unstaged":
        project.git("add", "-A")
    if state == "committed":
        project.commit()

    outcome = project.check("--base", "main", "--select", "rewritten-history")

    assert outcome.found == [("rewritten-history", "b1.py", message)]
    assert outcome.code == 1


def test_other_comments_and_another_file_name_rewrite_nothing(project: Repository) -> None:
    project.git("mv", "schema/versions/b1.py", "schema/versions/b1_state.py")
    file = project.folder / "schema" / "versions" / "b1_state.py"
    file.write_text('"""The state of a job."""\n' + file.read_text().replace("pass", "pass  # Nothing."))

    outcome = project.check("--base", "main", "--select", "rewritten-history")

    assert (outcome.found, outcome.reviewed) == ([], 1)


@pytest.mark.parametrize("staged", [True, False])
def test_a_file_that_only_moves_is_not_under_review(project: Repository, staged: bool) -> None:
    versions = project.folder / "schema" / "versions"
    (versions / "b1.py").rename(versions / "b1_state.py")
    if staged:
        project.git("add", "-A")

    outcome = project.check("--base", "main", "--select", "history,data_loss")

    assert (outcome.found, outcome.reviewed) == ([], 0)


def test_a_folder_of_revisions_that_moves_rewrites_nothing(project: Repository) -> None:
    project.git("mv", "schema", "migrations")
    project.write("alembic.ini", "[alembic]\nscript_location = %(here)s/migrations\n")
    project.commit()
    project.write("migrations/versions/c1.py", revision("c1", "b1"))

    outcome = project.check("--base", "main", "--select", "history")

    assert (outcome.of(*HISTORY_RULES), outcome.reviewed) == ([], 1)


def test_what_the_base_branch_changed_since_is_no_change_of_this_branch(project: Repository) -> None:
    project.revision("c1", "b1")
    project.commit()
    project.git("checkout", "-q", "main")
    project.revision("b1", "a1", 'op.add_column("job", sa.Column("state", sa.Integer()))')
    (project.folder / "schema" / "versions" / "a1.py").unlink()
    project.commit()
    project.git("checkout", "-q", "feature")

    outcome = project.check("--base", "main", "--select", "rewritten-history")

    assert (outcome.found, outcome.reviewed) == ([], 1)


def test_a_file_that_can_no_longer_be_read_is_told_as_such(project: Repository) -> None:
    project.write("schema/versions/b1.py", "def upgrade(:\n")

    outcome = project.check("--base", "main")

    assert outcome.of("unreadable-revision", "rewritten-history") == [("unreadable-revision", "b1.py")]


def test_line_ends_of_a_checkout_change_nothing(project: Repository) -> None:
    project.git("config", "core.autocrlf", "true")
    for file in (project.folder / "schema" / "versions").iterdir():
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    outcome = project.check("--base", "main")

    assert (outcome.of("rewritten-history"), outcome.reviewed) == ([], 0)


def test_what_a_sparse_checkout_lacks_is_not_deleted(project: Repository) -> None:
    project.revision("c1", "b1")
    project.commit()
    project.git("sparse-checkout", "set", "--no-cone", "/*", "!/schema/versions/a1.py")

    outcome = project.check("--base", "main", "--select", "rewritten-history")

    assert not (project.folder / "schema" / "versions" / "a1.py").exists()
    assert (outcome.found, outcome.reviewed) == ([], 1)


def test_a_folder_that_is_a_link_is_the_folder_it_leads_to(project: Repository, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project.folder, target_is_directory=True)
    project.revision("c1", "b1", 'op.drop_column("job", "note")')
    (project.folder / "schema" / "versions" / "b1.py").unlink()
    os.chdir(tmp_path)

    outcome = project.check("--base", "main", "link", "--select", "rewritten-history,dropped-column")

    assert sorted(outcome.of("rewritten-history", "dropped-column")) == [
        ("dropped-column", "c1.py"),
        ("rewritten-history", "b1.py"),
    ]


def test_a_deleted_revision_can_be_left_out_by_its_file(project: Repository) -> None:
    project.write("alembic-review.toml", '[per-file-ignores]\n"b1*" = ["rewritten-history"]\n')
    (project.folder / "schema" / "versions" / "b1.py").unlink()

    outcome = project.check("--base", "main", "--select", "rewritten-history")

    assert outcome.found == []


# --- behind the base branch -------------------------------------------------------------------------------------------


@pytest.fixture
def overtaken(project: Repository) -> Repository:
    """The branch has c1 on b1, and so has ``main`` d1."""
    project.revision("c1", "b1")
    project.commit()
    project.git("checkout", "-q", "main")
    project.revision("d1", "b1")
    project.commit()
    project.git("checkout", "-q", "feature")
    return project


def test_a_branch_that_was_overtaken_is_told_the_new_parent(overtaken: Repository) -> None:
    here = overtaken.check("--select", "history")
    outcome = overtaken.check("--base", "main", "--select", "behind-base")

    assert here.of(*HISTORY_RULES) == []
    assert outcome.found == [
        ("behind-base", "c1.py", '"c1" follows "b1", and "main" has gone on from there to "d1"'),
    ]


def test_heads_are_those_after_a_merge_with_the_base_branch(overtaken: Repository) -> None:
    outcome = overtaken.check("--base", "main", "--select", "multiple-heads")

    assert [(rule, file) for rule, file, _ in outcome.found] == [("multiple-heads", "c1.py")]
    assert '"d1"' in outcome.found[0][2]
    assert '"main"' in outcome.found[0][2]


def test_a_rebase_alone_leaves_the_heads_and_the_new_parent_mends_it(overtaken: Repository) -> None:
    overtaken.git("rebase", "-q", "main")
    rebased = overtaken.check("--base", "main", "--select", "history")
    overtaken.revision("c1", "d1")
    amended = overtaken.check("--base", "main", "--select", "history")

    assert sorted(rebased.of(*HISTORY_RULES)) == [("behind-base", "c1.py"), ("multiple-heads", "c1.py")]
    assert amended.of(*HISTORY_RULES) == []


def test_a_merge_revision_mends_it_too(overtaken: Repository) -> None:
    overtaken.git("merge", "-q", "--no-edit", "main")
    merged = overtaken.check("--base", "main", "--select", "history")
    overtaken.revision("m1", ("c1", "d1"))
    mended = overtaken.check("--base", "main", "--select", "history")

    assert sorted(merged.of(*HISTORY_RULES)) == [("behind-base", "c1.py"), ("multiple-heads", "c1.py")]
    assert mended.of(*HISTORY_RULES) == []


def test_a_conflict_in_the_middle_of_a_rebase_is_reviewed_as_it_stands(project: Repository) -> None:
    project.revision("c1", "b1")
    project.write("notes", "ours\n")
    project.commit()
    project.git("checkout", "-q", "main")
    project.revision("d1", "b1")
    project.write("notes", "theirs\n")
    project.commit()
    project.git("checkout", "-q", "feature")
    subprocess.run(["git", "rebase", "-q", "main"], cwd=project.folder, capture_output=True)

    outcome = project.check("--base", "main", "--select", "history")

    assert project.git("status", "--porcelain", "notes") == "AA notes"
    assert ("behind-base", "c1.py") in outcome.of("behind-base")


def test_two_branches_that_met_before_are_compared_with_where_they_met(overtaken: Repository) -> None:
    overtaken.git("merge", "-q", "--no-edit", "main")
    overtaken.revision("m1", ("c1", "d1"))
    overtaken.commit()
    overtaken.git("checkout", "-q", "main")
    overtaken.revision("e1", "d1")
    overtaken.commit()
    overtaken.git("checkout", "-q", "feature")

    outcome = overtaken.check("--base", "main", "--select", "history")

    assert outcome.reviewed == 2
    assert outcome.of("behind-base") == [("behind-base", "m1.py")]


# --- which base -------------------------------------------------------------------------------------------------------


def clone(project: Repository, folder: Path, *options: str) -> Repository:
    subprocess.run(
        ["git", "clone", "-q", *options, project.folder.as_uri(), str(folder)], check=True, capture_output=True
    )
    os.chdir(folder)
    return Repository(folder, project.check)


@pytest.mark.parametrize(
    "variable", ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "BITBUCKET_PR_DESTINATION_BRANCH"]
)
def test_a_ci_service_names_the_base(
    project: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    project.revision("c1", "b1", 'op.drop_column("job", "note")')
    project.commit()
    cloned = clone(project, tmp_path / "clone")
    cloned.git("checkout", "-q", "--detach", "origin/feature")
    monkeypatch.setenv(variable, "main")

    unasked = cloned.check()
    asked = cloned.check("--base")

    assert (unasked.reviewed, unasked.bases) == (3, [])
    assert (asked.reviewed, asked.bases) == (1, ["origin/main"])


@pytest.mark.parametrize(
    ("variable", "commit"),
    [
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CI_MERGE_REQUEST_DIFF_BASE_SHA"),
        ("BITBUCKET_PR_DESTINATION_BRANCH", "BITBUCKET_PR_DESTINATION_COMMIT"),
    ],
)
def test_a_clone_of_one_branch_has_the_commit_that_the_service_names(
    project: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, commit: str
) -> None:
    begun = project.git("rev-parse", "main")
    project.revision("c1", "b1")
    project.commit()
    cloned = clone(project, tmp_path / "clone", "--depth", "2", "--single-branch", "--branch", "feature")
    monkeypatch.setenv(variable, "main")
    monkeypatch.setenv(commit, begun)

    outcome = cloned.check("--base")

    assert (outcome.reviewed, outcome.bases) == (1, [begun[:12]])


def test_outside_of_a_pull_request_it_is_the_default_branch_of_origin(project: Repository, tmp_path: Path) -> None:
    project.git("checkout", "-q", "main")
    cloned = clone(project, tmp_path / "clone")
    cloned.revision("c1", "b1")

    outcome = cloned.check("--base")

    assert (outcome.reviewed, outcome.bases) == (1, ["origin/main"])


def test_the_settings_name_the_base_and_an_option_goes_before(project: Repository) -> None:
    project.write("alembic-review.toml", 'base = "main"\n')
    project.revision("c1", "b1")

    by_setting = project.check()
    by_option = project.check("--base", "feature")
    by_none = project.check("--no-base")

    assert (by_setting.reviewed, by_setting.bases) == (1, ["main"])
    assert by_option.bases == ["feature"]
    assert (by_none.reviewed, by_none.bases) == (3, [])


def test_a_branch_that_only_origin_has_is_found(project: Repository, tmp_path: Path) -> None:
    cloned = clone(project, tmp_path / "clone", "--branch", "feature")
    cloned.revision("c1", "b1")

    outcome = cloned.check("--base", "main")

    assert (outcome.reviewed, outcome.bases) == (1, ["origin/main"])


# --- what cannot be compared ------------------------------------------------------------------------------------------


def test_a_shallow_clone_is_told_how_to_get_the_rest(project: Repository, tmp_path: Path) -> None:
    for name in ("x", "y"):
        project.write(name, name)
        project.commit()
    project.git("checkout", "-q", "main")
    project.write("z", "z")
    project.commit()
    cloned = clone(project, tmp_path / "clone", "--depth", "1", "--no-single-branch", "--branch", "feature")

    shallow = cloned.check("--base", "main")
    cloned.git("fetch", "-q", "--unshallow")
    whole = cloned.check("--base", "main")

    assert shallow.code == 2
    assert shallow.err.count("\n") == 1
    assert "this clone is shallow" in shallow.err
    assert "git fetch --unshallow" in shallow.err
    assert "fetch-depth: 0" in shallow.err
    assert whole.code == 0


def test_a_clone_without_the_base_branch_is_told_to_fetch_it(project: Repository, tmp_path: Path) -> None:
    cloned = clone(project, tmp_path / "clone", "--single-branch", "--branch", "feature")

    outcome = cloned.check("--base", "main")
    before, _, after = outcome.err.partition("; run git ")
    command, _, rest = after.partition(", ")
    cloned.git(*command.split())

    assert (outcome.code, before, rest) == (2, 'error: --base main: git knows no "main" here', "or name another\n")
    assert cloned.check("--base", "main").code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--base", "nowhere"), '--base nowhere: git knows no "nowhere" here'),
        (("--base", "main^{tree}"), "git knows no"),
        (("--base", "schema"), "that is a path, and no branch"),
        (("--base",), "no variable of GitHub, GitLab or Bitbucket names the target"),
        (("--base", "orphan"), 'this branch and "orphan" have no commit in common'),
        (("--base", "main", "--no-base"), "choose one of them"),
    ],
)
def test_what_is_no_base_is_told_in_one_line(project: Repository, arguments: tuple[str, ...], told: str) -> None:
    project.git("checkout", "-q", "--orphan", "orphan")
    project.commit()
    project.git("checkout", "-q", "feature")

    outcome = project.check(*arguments)

    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert told in outcome.err


def test_no_repository_is_told_in_one_line(project: Repository) -> None:
    shutil.rmtree(project.folder / ".git")

    outcome = project.check("--base", "main")

    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert "is in no git repository" in outcome.err


def test_a_repository_without_a_commit_is_told_in_one_line(project: Repository) -> None:
    shutil.rmtree(project.folder / ".git")
    project.git("init", "-q")

    outcome = project.check("--base", "main")

    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert 'git knows no "main" here' in outcome.err


def test_no_git_is_told_in_one_line_and_a_git_of_the_project_is_not_run(
    project: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = project.write("git", "#!/bin/sh\ntouch ran\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", "")

    outcome = project.check("--base", "main")

    assert outcome.code == 2
    assert "needs the command git, which is not to be found" in outcome.err
    assert not (project.folder / "ran").exists()


def test_nothing_that_a_repository_names_is_run(project: Repository) -> None:
    spy = project.write("spy", "#!/bin/sh\ntouch ran\ncat\n")
    spy.chmod(0o755)
    project.git("config", "diff.external", str(spy))
    project.git("config", "diff.spy.textconv", str(spy))
    project.git("config", "core.pager", str(spy))
    project.git("config", "core.fsmonitor", str(spy))
    project.write(".gitattributes", "*.py diff=spy\n")
    project.revision("b1", "a1")
    (project.folder / "ran").unlink(missing_ok=True)

    outcome = project.check("--base", "main")

    assert outcome.reviewed == 1
    assert not (project.folder / "ran").exists()


def test_a_hook_that_is_run_elsewhere_makes_no_difference(project: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    project.revision("c1", "b1")
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_WORK_TREE", ".")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    monkeypatch.setenv("GIT_PREFIX", "schema/")
    os.chdir(project.folder / "schema")

    outcome = project.check("--base", "main", "..")

    assert outcome.reviewed == 1


def test_nothing_in_the_repository_changes(project: Repository) -> None:
    project.revision("c1", "b1")
    os.utime(project.folder / "schema" / "versions" / "a1.py")
    before = {path: path.stat().st_mtime_ns for path in project.folder.rglob("*") if path.is_file()}

    project.check("--base", "main")

    assert {path: path.stat().st_mtime_ns for path in project.folder.rglob("*") if path.is_file()} == before


# --- with what is remembered ------------------------------------------------------------------------------------------


def test_what_is_remembered_of_one_base_is_not_told_of_another(project: Repository) -> None:
    project.revision("c1", "b1", 'op.drop_column("job", "note")')
    project.commit()
    select = ("--select", "dropped-column,behind-base")

    first = project.check("--base", "main", *select)
    again = project.check("--base", "main", *select)
    without = project.check(*select)
    itself = project.check("--base", "feature", *select)
    project.git("checkout", "-q", "main")
    project.revision("d1", "b1")
    project.commit()
    project.git("checkout", "-q", "feature")
    later = project.check("--base", "main", *select)

    assert first == again
    assert (first.reviewed, without.reviewed, itself.reviewed) == (1, 3, 0)
    assert first.of("behind-base") == []
    assert later.of("behind-base") == [("behind-base", "c1.py")]


def test_a_run_without_a_base_does_not_ask_git(project: Repository) -> None:
    code = (
        "import sys\n"
        "from alembic_review.cli.commands import commands\n"
        "commands.main(['check', '--no-cache'], standalone_mode=False)\n"
        "print('alembic_review.history.git' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project.folder, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "False", done.stderr
