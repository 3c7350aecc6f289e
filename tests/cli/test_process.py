"""The command as a process of its own: its pipes, its encodings, and what it imports."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

RULE = '''
from alembic_review.diagnostics import START
from alembic_review.rule import Finding, Rule

class LongWinded(Rule):
    """A history that there is much to say of: ü."""

    def check_history(self, history):
        for number in range(5_000):
            yield Finding(LongWinded, "versions/1_a.py", START, f"says {number} ü")
'''

REVISION = """
revision = "1"
down_revision = None

def upgrade():
    pass

def downgrade():
    pass
"""

Process = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def process(tmp_path: Path) -> Process:
    """Runs ``python -m alembic_review`` in a project of one revision, with one talkative rule from another package."""
    package = tmp_path / "site/talkative-1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: talkative\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[alembic_review.rules]\ntalkative = talkative\n")
    (tmp_path / "site/talkative.py").write_text(RULE, encoding="utf-8")
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions/1_a.py").write_text(REVISION)
    path = [str(ROOT / "linter"), str(ROOT / "rules"), str(tmp_path / "site")]

    def run(*command: str, shell: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-m", "alembic_review", *command]
        return subprocess.run(
            ["sh", "-c", shell, "sh", *arguments] if shell else arguments,
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(path),
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
                **environment,
            },
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    return run


def test_the_module_can_be_run(process: Process) -> None:
    done = process("--version")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("alembic-review ")


def test_a_history_is_reviewed_from_end_to_end(process: Process) -> None:
    done = process("check", "versions", "--format", "concise", "--select", "long-winded")

    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert lines[0] == "versions/1_a.py:1:1: warning[long-winded] says 0 ü"
    assert lines[-1] == "5000 warnings. Revisions: 1 read, 1 reviewed. Operations: 0 read, 0 unread."


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
@pytest.mark.parametrize("form", ["full", "concise", "json", "github"])
def test_a_reader_who_leaves_early_changes_nothing_but_what_is_read(process: Process, form: str) -> None:
    done = process("check", "versions", "--format", form, shell='("$@"; echo $? >&2) | head -n 1')

    assert done.stdout.count("\n") == 1
    assert done.stderr == "1\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_one_line(process: Process) -> None:
    done = process("check", "versions", shell='"$@" > /dev/full')

    assert (done.returncode, done.stderr) == (2, "error: No space left on device\n")


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_a_closed_output_is_one_line(process: Process) -> None:
    done = process("check", "versions", shell='"$@" >&-')

    assert (done.returncode, done.stderr) == (
        2,
        "error: standard output is closed: open it, or name an --output-file\n",
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
)
def test_a_letter_that_cannot_be_shown_is_escaped(process: Process, environment: dict[str, str]) -> None:
    done = process("check", "versions", "--format", "concise", "--select", "long-winded", **environment)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(r"versions/1_a.py:1:1: warning[long-winded] says 0 \xfc")


def _imported(folder: Path, heavy: list[str], *arguments: str) -> tuple[int, str]:
    """The exit code of the command in a folder, and which of some modules it has imported."""
    program = (
        "import sys\n"
        f"sys.argv = ['alembic-review', *{arguments!r}]\n"
        "from alembic_review.cli import main\n"
        "try: main()\n"
        f"finally: print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        # -S: what the site imports for every program is not ours to answer for.
        [sys.executable, "-S", "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "linter"), *sys.path])},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check", "--help"], ["rules", "--help"]])
def test_help_imports_nothing_that_is_not_needed_for_it(tmp_path: Path, arguments: list[str]) -> None:
    heavy = ["dataclasses", "importlib.metadata", "pathlib", "json", "difflib", "libcst", "alembic_review.config"]

    assert _imported(tmp_path, heavy, *arguments) == (0, "[]\n")


def test_a_review_imports_nothing_of_what_it_would_wait_for(tmp_path: Path) -> None:
    sql = 'op.execute("ALTER TABLE a DROP COLUMN b")'
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions/1_a.py").write_text("from alembic import op\n" + REVISION.replace("pass", sql, 1))
    # postgast looks for its library with ctypes.util; importlib.metadata brings email, zipfile and socket along.
    heavy = ["importlib.metadata", "email", "zipfile", "socket", "hashlib", "ctypes.util", "libcst", "alembic"]
    check = ("check", "versions", "--format", "json", "--cache-dir", "cache")

    cold = _imported(tmp_path, heavy, *check)
    warm = _imported(tmp_path, heavy, *check)

    assert cold == warm == (1, "[]\n")


@pytest.mark.parametrize("module", ["click", "msgspec", "libcst", "json"])
def test_modules_of_the_project_are_not_imported_in_the_place_of_others(
    process: Process, tmp_path: Path, module: str
) -> None:
    (tmp_path / f"{module}.py").write_text("raise SystemExit(77)")

    assert process("check", "--format", "json").returncode == 1
