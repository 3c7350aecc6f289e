"""``--add-allows`` over whole histories: everything is allowed afterwards, and nothing but comments was written."""

from __future__ import annotations

import io
import json
import re
import shutil
import stat
import subprocess
import sys
import tokenize
from collections.abc import Collection
from pathlib import Path

import pytest

from alembic_review.history.project import find_histories
from alembic_review.history.tree import ProjectTree
from alembic_review.operations import Place
from alembic_review.parsing.module import Reader
from alembic_review.revision import Revision
from alembic_review.text import decoded
from tests.history.oracle import corpora, packages

REASON = "found on the day of adoption"
COMMENT = rb"# alembic-review: allow\[[a-z, -]+\] " + REASON.encode()
OF_ITS_OWN = re.compile(rb"^[ \t]*" + COMMENT + rb"(?:\r\n|\r|\n)", re.MULTILINE)
BESIDE = re.compile(rb"  " + COMMENT + rb"(?=\r|\n|\Z)")

REVISION = """\
from alembic import op
import sqlalchemy as sa

revision = "a1"
down_revision = None

def upgrade():
{indent}op.create_table("job", sa.Column("name", sa.Text()), sa.Column("state", sa.Enum("é", "b", name="state")))
{indent}with op.batch_alter_table("user") as batch_op:
{indent}{indent}batch_op.drop_column("größe")
{indent}{indent}batch_op.drop_column("maß")
{indent}op.execute(
{indent}{indent}'''
-- What was there.
UPDATE job SET name = 'é';
'''
{indent})  # A comment.
{indent}op.drop_column("user", "a"); op.drop_column("user", \\
{indent}{indent}"b")


def downgrade():
{indent}op.drop_table("job")
"""


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    cache = ["--cache-dir", str(folder.parent / "cache")]
    command = [sys.executable, "-m", "alembic_review", "check", *cache, "--format", "json", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")


def found(folder: Path) -> list[dict[str, object]]:
    done = check(folder)
    assert done.stdout, done.stderr
    return list(json.loads(done.stdout)["diagnostics"])


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """The files below a folder, with their content and mode."""
    return {
        file.relative_to(folder).as_posix(): (file.read_bytes(), stat.S_IMODE(file.stat().st_mode))
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def tokens(data: bytes) -> list[tuple[int, str]] | None:
    """The tokens of a Python file but for comments and empty lines; None where it is not Python to the end."""
    try:
        return [
            (token.type, token.string)
            for token in tokenize.tokenize(io.BytesIO(data).readline)
            if token.type not in (tokenize.COMMENT, tokenize.NL)
        ]
    except (tokenize.TokenError, SyntaxError):
        return None


def operations(folder: Path, names: Collection[str]) -> dict[str, object]:
    """What the revisions in some of the files below a folder do."""
    read: dict[str, object] = {}
    for selection in find_histories([folder], None, folder).selections:
        reader = Reader(ProjectTree(selection), "postgresql", {})
        for file in (*selection.files, *selection.invisible):
            name = file.relative_to(folder).as_posix()
            one = reader.read(str(file), file.read_bytes()) if name in names else None
            if isinstance(one, Revision):
                parts = (one.id, one.down_revision, one.depends_on, one.branch_labels, one.upgrade, one.downgrade)
                read[name] = re.sub(rf"{Place.__name__}\([^)]*\)", "", repr(parts))
    return read


def assert_only_comments_were_added(
    before: dict[str, tuple[bytes, int]], after: dict[str, tuple[bytes, int]]
) -> list[str]:
    """Raises AssertionError where anything else is not as it was; the files that differ."""
    assert after.keys() == before.keys()
    changed = [name for name in before if before[name] != after[name]]
    for name in changed:
        old, mode = before[name]
        new, mode_now = after[name]
        assert mode == mode_now, name
        assert BESIDE.sub(b"", OF_ITS_OWN.sub(b"", new)) == old, name
        assert tokens(new) == tokens(old), name
        assert decoded(new).splitlines(), name
    return changed


@pytest.mark.parametrize(
    ("encoding", "indent", "end", "bom"),
    [
        ("utf-8", "    ", "\n", b""),
        ("utf-8", "\t", "\r\n", b"\xef\xbb\xbf"),
        ("latin-1", "\t", "\n", b""),
        ("cp1252", "    ", "\r\n", b""),
    ],
    ids=["utf-8", "utf-8-sig, tabs, crlf", "latin-1, tabs", "cp1252, crlf"],
)
def test_a_file_keeps_its_bytes_its_encoding_and_its_mode(
    tmp_path: Path, encoding: str, indent: str, end: str, bom: bytes
) -> None:
    coding = "" if encoding == "utf-8" else f"# -*- coding: {encoding} -*-\n"
    project, was = tmp_path / "project", tmp_path / "was"
    (project / "versions").mkdir(parents=True)
    (project / "env.py").write_text("from alembic import context\ntarget_metadata = None\n")
    file = project / "versions" / "a1.py"
    text = (coding + REVISION.format(indent=indent)).replace("\n", end)
    file.write_bytes(bom + text.encode(encoding))
    file.chmod(0o640)
    shutil.copytree(project, was)
    assert len(found(project)) > 5

    written = check(project, "--add-allows", REASON)

    assert written.returncode == 0, written.stderr
    assert found(project) == []
    assert assert_only_comments_were_added(state(was), state(project)) == ["versions/a1.py"]
    assert operations(project, ["versions/a1.py"]) == operations(was, ["versions/a1.py"]) != {}


@pytest.mark.corpora
@corpora
@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_all_that_is_found_in_a_real_project_can_be_allowed(package: Path, tmp_path: Path) -> None:
    copy = tmp_path / package.name
    shutil.copytree(package, copy, symlinks=True)
    number = len(found(copy))

    written = check(copy, "--add-allows", REASON)

    assert written.returncode == 0, written.stderr
    assert found(copy) == []
    changed = assert_only_comments_were_added(state(package), state(copy))
    assert bool(changed) == (number > 0)
    assert operations(copy, changed) == operations(package, changed)
    print(f"{package.name}: {number} findings, comments in {len(changed)} files")
