"""What is wrong with what the command is given: a clear line for each, and the rest reviewed all the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

INI = "[alembic]\nscript_location = %(here)s/migrations\n"
ENV = "from alembic import context\n"
VERSIONS = "migrations/versions"
DROPPED = (
    f'{VERSIONS}/good.py:9:5: warning[dropped-column] drops the column "job.state" and all it holds',
    "1 warning. Revisions: 1 read, 1 reviewed. Operations: 2 read, 0 unread.",
)

Done = subprocess.CompletedProcess[str]
Check = Callable[..., Done]


def revision(name: str, column: str = "state", head: str = "") -> str:
    return f"""{head}from alembic import op
import sqlalchemy as sa

revision = "{name}"
down_revision = None


def upgrade():
    op.drop_column("job", "{column}")


def downgrade():
    op.add_column("job", sa.Column("{column}", sa.Text()))
"""


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one good revision, which drops a column."""
    write(tmp_path, {"alembic.ini": INI, "migrations/env.py": ENV, f"{VERSIONS}/good.py": revision("good")})
    return tmp_path


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs ``alembic-review check`` as a process of its own."""

    def run(*arguments: str, form: str = "concise") -> Done:
        return subprocess.run(
            [sys.executable, "-m", "alembic_review", "check", "--format", form, *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(ROOT / "linter"), str(ROOT / "rules")]),
                "XDG_CACHE_HOME": str(tmp_path / ".cache"),
            },
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    return run


SELECT = ("--select", "dropped-column,unreadable-revision")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"def (\n", "the file is not Python: syntax error"),
        (b"<<<<<<< HEAD\nrevision = 'a'\n", "the file is not Python: syntax error"),
        (
            b"revision = '\xff'\n",
            "the file is not text in the encoding it declares: 'utf-8' codec can't decode byte 0xff in position 12",
        ),
        (
            b"# coding: klingon\n",
            "the file is not text in the encoding it declares: unknown encoding: klingon",
        ),
        (
            b"# coding: punycode\nrevision = 'a'\n",
            "the file is not text in the encoding it declares: ",
        ),
        (b"revision = 'a\0'\n", "the file is not text: it holds NUL bytes"),
        (b"", "the file assigns no `revision`, so Alembic refuses it"),
        (b"down_revision = 'good'\n", "the file assigns no `revision`, so Alembic refuses it"),
        (b"revision = " + b"(" * 5000, "the file nests more deeply than can be followed"),
        (b"revision = " + b"-" * 50_000 + b"1", "the file nests more deeply than can be followed"),
    ],
    ids=[
        "no Python",
        "a merge conflict",
        "no UTF-8",
        "no encoding",
        "an encoding that is none of text",
        "NUL",
        "empty",
        "no revision",
        "too many brackets",
        "too many signs",
    ],
)
def test_a_file_that_is_no_revision_is_one_finding_among_the_others(
    check: Check, project: Path, content: bytes, why: str
) -> None:
    write(project, {f"{VERSIONS}/bad.py": content})

    done = check(*SELECT)

    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr, len(lines)) == (1, "", 3)
    assert lines[0].startswith(f"{VERSIONS}/bad.py:")
    assert f": error[unreadable-revision] this is no revision: {why}" in lines[0]
    assert lines[1] == DROPPED[0]
    assert lines[2] == "1 error, 1 warning. Revisions: 1 read, 1 reviewed. Operations: 2 read, 0 unread."


def test_nobody_knows_what_the_comments_of_a_file_allow_that_is_no_revision(check: Check, project: Path) -> None:
    write(project, {f"{VERSIONS}/bad.py": b"broken(\n# alembic-review: allow[dropped-column] seen\n"})

    done = check("--select", "unreadable-revision,unused-allow")

    assert [line.split()[1] for line in done.stdout.splitlines()[:-1]] == ["error[unreadable-revision]"]


def _dangling(file: Path) -> None:
    file.symlink_to(file.with_name("gone.py"))


def _forbidden(file: Path) -> None:
    file.touch(0)


def _pipe(file: Path) -> None:
    os.mkfifo(file)


@pytest.mark.skipif(os.name == "nt", reason="needs links and modes")
@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_dangling, "No such file or directory"),
        (_pipe, "it is no regular file"),
        pytest.param(
            _forbidden,
            "Permission denied",
            marks=pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may read everything"),
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_finding_among_the_others(
    check: Check, project: Path, make: Callable[[Path], None], why: str
) -> None:
    make(project / VERSIONS / "bad.py")

    done = check(*SELECT)

    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr, len(lines)) == (1, "", 3)
    assert lines[0] == (
        f"{VERSIONS}/bad.py:1:1: error[unreadable-revision] this is no revision: the file cannot be read: {why}"
    )
    assert lines[1] == DROPPED[0]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_keeps_no_other_from_review(check: Check, project: Path) -> None:
    write(project, {"other/alembic.ini": INI, "other/migrations/env.py": ENV, f"other/{VERSIONS}/x.py": revision("x")})
    closed = project / "other" / VERSIONS
    closed.chmod(0)
    try:
        by_folder, by_file = check(*SELECT, "other", "."), check(*SELECT, f"other/{VERSIONS}/x.py", ".")
    finally:
        closed.chmod(0o755)

    assert (by_folder.returncode, by_folder.stdout.splitlines()[0]) == (2, DROPPED[0])
    assert by_folder.stderr == f"error: other/{VERSIONS}: cannot be read: Permission denied\n"
    assert (by_file.returncode, tuple(by_file.stdout.splitlines())) == (2, DROPPED)
    assert by_file.stderr == f"error: other/{VERSIONS}/x.py: cannot be read: Permission denied\n"


def test_a_module_that_no_file_can_be_named_after_is_looked_for_in_vain(check: Check, project: Path) -> None:
    write(project, {f"{VERSIONS}/good.py": revision("good", head=f"from {300 * 'x'} import helper\n")})

    done = check(*SELECT)

    assert (done.returncode, done.stderr, done.stdout.splitlines()[-1]) == (1, "", DROPPED[-1])


@pytest.mark.skipif(os.name == "nt", reason="needs links")
@pytest.mark.parametrize("recursive", ["false", "true"])
def test_folders_in_a_circle_are_walked_once(check: Check, project: Path, recursive: str) -> None:
    write(project, {"alembic.ini": f"{INI}recursive_version_locations = {recursive}\n"})
    (project / VERSIONS / "loop").symlink_to(project / "migrations", target_is_directory=True)
    (project / VERSIONS / "itself").symlink_to(project / VERSIONS / "itself")

    by_folder, by_file = check(*SELECT, "."), check(*SELECT, f"{VERSIONS}/loop/versions/good.py")

    assert (by_folder.returncode, by_folder.stderr, tuple(by_folder.stdout.splitlines())) == (1, "", DROPPED)
    assert (by_file.returncode, by_file.stderr) == (1, "")
    assert by_file.stdout.splitlines()[-1] == DROPPED[-1]


@pytest.mark.parametrize(
    ("ini", "why"),
    [
        (
            "[alembic]\nscript_location = gone\n",
            "[alembic] script_location = gone: there is no such folder; correct it, or run alembic init",
        ),
        (
            "[alembic]\nscript_location = migrations\nversion_locations = gone away\n",
            "[alembic] version_locations = gone away: there is no such folder; correct it",
        ),
        (
            "[alembic]\nscript_location = bin\n",
            "[alembic] script_location = bin: neither env.py nor revisions lie there; correct it, or run alembic init",
        ),
        (
            "[alembic]\nscript_location = %(nope)s/x\n",
            '[alembic] script_location: nothing defines "%(nope)s"; write %% for a percent sign',
        ),
        (
            "[alembic]\nscript_location = 100%/x\n",
            "[alembic] script_location: a percent sign that stands for nothing; write %% for a percent sign",
        ),
        ("[alembic]\n", "[alembic] has no script_location, and no env.py with revisions lies below it; set it"),
        (b"[alembic]\nscript_location = gr\xfcn\n", "not UTF-8 (byte 30); save it as UTF-8"),
    ],
    ids=[
        "points nowhere",
        "no version_locations",
        "points to nothing",
        "unknown name",
        "stray percent sign",
        "no place",
        "no UTF-8",
    ],
)
def test_a_configuration_that_leads_nowhere_keeps_no_other_history_from_review(
    check: Check, project: Path, ini: str | bytes, why: str
) -> None:
    write(project, {"other/alembic.ini": ini, "other/bin/run": ""})

    alone, beside = check(*SELECT, "other"), check(*SELECT, "other", ".")

    assert (alone.returncode, alone.stdout) == (2, "")
    assert alone.stderr == beside.stderr == f"error: other/alembic.ini: {why}\n"
    assert (beside.returncode, tuple(beside.stdout.splitlines())) == (2, DROPPED)


@pytest.mark.skipif(os.name == "nt", reason="needs a pipe")
def test_a_configuration_that_is_a_pipe_is_not_waited_for(check: Check, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alembic.ini")

    done = check()

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: alembic.ini: cannot be read: it is no regular file\n"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("gone", "gone: there is no such file or folder; check the name"),
        ("gone.py", "gone.py: there is no such file or folder; check the name"),
        (
            "empty",
            "empty: holds no Alembic history (alembic.ini, [tool.alembic], env.py, revisions); name the folder of one",
        ),
        (300 * "x", f"{300 * 'x'}: cannot be read: File name too long"),
        ("go\x1b[2J\n::error::ne", r"go\x1b[2J\n::error::ne: there is no such file or folder; check the name"),
    ],
)
def test_a_path_that_leads_nowhere_keeps_no_other_from_review(check: Check, project: Path, path: str, why: str) -> None:
    (project / "empty").mkdir()

    done = check(*SELECT, path, ".")

    assert (done.returncode, done.stderr) == (2, f"error: {why}\n")
    assert tuple(done.stdout.splitlines()) == DROPPED


def test_a_history_without_revisions_yet_is_nothing_to_complain_of(check: Check, project: Path) -> None:
    (project / VERSIONS / "good.py").unlink()

    done = check(*SELECT)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "No findings. Revisions: 0 read, 0 reviewed. Operations: 0 read, 0 unread.\n"


@pytest.mark.parametrize(
    "content",
    [
        revision("x", "größe").encode("utf-8-sig"),
        revision("x", "größe").replace("\n", "\r\n").encode(),
        revision("x", "größe", "# -*- coding: latin-1 -*- ").replace("- from", "-\nfrom").encode("latin-1"),
    ],
    ids=["byte order mark", "CRLF", "latin-1"],
)
def test_text_is_text_however_it_is_encoded(check: Check, project: Path, content: bytes) -> None:
    write(project, {f"{VERSIONS}/good.py": content})

    done = check(*SELECT, form="full")

    assert (done.returncode, done.stderr) == (1, "")
    assert 'warning[dropped-column] drops the column "job.größe" and all it holds' in done.stdout
    assert re.search(r'    op.drop_column\("job", "größe"\)\n +\|     \^{30}\n', done.stdout)


@pytest.mark.skipif(os.name == "nt", reason="needs a file with such a name")
@pytest.mark.parametrize("form", ["full", "concise", "json", "github"])
def test_nothing_in_a_name_or_a_message_commands_a_terminal_or_a_runner(check: Check, project: Path, form: str) -> None:
    text = revision("x", r"a\x1b[2J\n::error::b\u202e").replace("upgrade():\n", 'upgrade():\n    """\x1b[2J"""\n')
    write(project, {f"{VERSIONS}/\x1b[2J\u202e::error::.py": text})

    done = check(*SELECT, form=form)

    assert (done.returncode, done.stderr) == (1, "")
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert not any(line.startswith("::error::") for line in done.stdout.splitlines())
