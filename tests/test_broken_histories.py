"""Histories that Alembic refuses are reviewed as far as they go: exit code 1, what is wrong, and all else."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alembic_review.cli import main

INI = "[alembic]\nscript_location = migrations\n"
ENV = "from alembic import context\nfrom models import target_metadata\n"
DROPS = 'op.drop_column("member", "mail")'


def revision(identifier: str, parents: object, upgrade: str = "pass", message: str = "Members") -> str:
    return (
        f'"""{message}"""\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f"revision = {identifier!r}\ndown_revision = {parents!r}\n\n\n"
        f"def upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    pass\n"
    )


MEMBERS = 'op.create_table("member", sa.Column("id", sa.Integer()), sa.Column("mail", sa.Text()))'


def project(folder: Path, files: dict[str, str], ini: str = INI) -> Path:
    """A project with these files, by their paths from the folder of env.py."""
    (folder / "alembic.ini").write_text(ini)
    for name, text in {"env.py": ENV, **files}.items():
        path = folder / "migrations" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


Findings = list[dict[str, Any]]
Check = Callable[..., tuple[int, Findings]]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs ``alembic-review check``: the exit code, and the findings of the rules that a test is about."""

    def run(folder: Path, *names: str, select: str = "history,dropped-column") -> tuple[int, Findings]:
        paths = [str(folder / "migrations" / name) for name in names] or [str(folder)]
        options = ["--no-cache", "--select", select, "--ignore", "vague-message,empty-revision", "--format", "json"]
        monkeypatch.setattr(sys, "argv", ["alembic-review", "check", *paths, *options])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert err == ""
        found: Findings = json.loads(out)["diagnostics"]
        return int(ended.value.code or 0), found

    return run


def told(findings: Findings) -> list[tuple[str, str]]:
    """The rules with the names of the files, in order."""
    return sorted((found["rule"], Path(found["path"]).name) for found in findings)


def test_both_files_of_one_id_are_reviewed(tmp_path: Path, check: Check) -> None:
    files = {
        "versions/1.py": revision("r1", None, MEMBERS),
        "versions/2.py": revision("r2", "r1", DROPS),
        "versions/3.py": revision("r2", "r1", 'op.drop_column("member", "id")'),
        "versions/4.py": revision("r4", "r2"),
    }

    code, findings = check(project(tmp_path, files))

    assert code == 1
    assert told(findings) == [
        ("dropped-column", "2.py"),
        ("dropped-column", "3.py"),
        ("duplicate-revision", "2.py"),
        ("duplicate-revision", "3.py"),
    ]


def test_a_copy_of_the_first_revision_is_reviewed_on_an_empty_schema(tmp_path: Path, check: Check) -> None:
    files = {
        "versions/1.py": revision("r1", None, MEMBERS),
        "versions/2.py": revision("r1", None, MEMBERS),
    }

    code, findings = check(project(tmp_path, files), select="duplicate-revision,already-there")

    assert code == 1
    assert told(findings) == [("duplicate-revision", "1.py"), ("duplicate-revision", "2.py")]


def test_what_comes_after_an_unknown_parent_is_reviewed(tmp_path: Path, check: Check) -> None:
    files = {
        "versions/1.py": revision("r1", None, MEMBERS),
        "versions/2.py": revision("r2", "gone"),
        "versions/3.py": revision("r3", "r2", DROPS),
    }

    code, findings = check(project(tmp_path, files))

    assert code == 1
    assert told(findings) == [("dropped-column", "3.py"), ("unknown-parent", "2.py")]


def test_a_cycle_is_reviewed_all_round(tmp_path: Path, check: Check) -> None:
    files = {
        "versions/1.py": revision("r1", "r3", MEMBERS),
        "versions/2.py": revision("r2", "r1", DROPS),
        "versions/3.py": revision("r3", "r2"),
    }

    code, findings = check(project(tmp_path, files))

    assert code == 1
    assert told(findings) == [("dropped-column", "2.py"), ("revision-cycle", "1.py")]


def test_a_cycle_is_told_at_the_file_that_is_under_review(tmp_path: Path, check: Check) -> None:
    files = {
        "versions/1.py": revision("r1", "r3"),
        "versions/2.py": revision("r2", "r1"),
        "versions/3.py": revision("r3", "r2"),
    }

    code, findings = check(project(tmp_path, files), "versions/2.py")

    assert code == 1
    assert [(found["rule"], found["message"]) for found in findings] == [
        ("revision-cycle", '"r2" comes after itself: r2 -> r3 -> r1 -> r2')
    ]


def test_all_at_once(tmp_path: Path, check: Check) -> None:
    files = {
        "versions/1.py": revision("r1", "r1", MEMBERS),
        "versions/2.py": revision("r2", ("r1", "gone"), DROPS),
        "versions/3.py": revision("r2", ("r1", "gone"), DROPS),
        "versions/4.py": "revision = 'r4'\ndef upgrade(:",
        "versions/5.py": revision("r5", "r4"),
    }

    code, findings = check(project(tmp_path, files))

    assert code == 1
    assert {rule for rule, _ in told(findings)} >= {
        "duplicate-revision",
        "unknown-parent",
        "revision-cycle",
        "unreadable-revision",
        "dropped-column",
    }


@pytest.mark.parametrize(
    ("parents", "header", "help"),
    [
        ("4f1c8e02b7d9_make_members", "", 'down_revision = "4f1c8e02b7d9"'),
        ("2026_make_members.py", "", 'down_revision = "4f1c8e02b7d9"'),
        ("2026_make_members", "", 'down_revision = "4f1c8e02b7d9"'),
        ("4f1c8e", "", 'down_revision = "4f1c8e02b7d9"'),
        ("4F1C8E02B7D9", "", 'down_revision = "4f1c8e02b7d9"'),
        ("4f1c8e02b7d8", "", 'down_revision = "4f1c8e02b7d9"'),
        ("members", "", 'down_revision = "4f1c8e02b7d9"'),
        ("0123", "Revises: 4f1c8e02b7d9", 'down_revision = "4f1c8e02b7d9"'),
        (("4f1c8e", "5a1c8e02b7d9"), "", 'down_revision = ("4f1c8e02b7d9", "5a1c8e02b7d9")'),
        ("0123", "", None),
    ],
)
def test_the_right_id_is_named(parents: object, header: str, help: str | None, tmp_path: Path, check: Check) -> None:
    first = revision("4f1c8e02b7d9", None, MEMBERS).replace(
        "def upgrade", 'branch_labels = "members"\n\ndef upgrade', 1
    )
    files = {
        "versions/2026_make_members.py": first,
        "versions/other.py": revision("5a1c8e02b7d9", None),
        "versions/next.py": revision("93ab60d1c57e", parents, message=f"Mail\n\n{header}\n"),
    }

    _, findings = check(project(tmp_path, files), select="unknown-parent")

    assert [found["help"] for found in findings] == [help]


def test_the_beginning_of_two_ids_names_neither(tmp_path: Path, check: Check) -> None:
    files = {
        "versions/1.py": revision("4f1c8e02b7d9", None),
        "versions/2.py": revision("4f1cffffb7d9", None),
        "versions/3.py": revision("93ab60d1c57e", "4f1c"),
    }

    _, findings = check(project(tmp_path, files), select="unknown-parent")

    assert [found["help"] for found in findings] == [None]


NESTED = {
    "versions/1.py": revision("r1", None, MEMBERS),
    "versions/2026/2.py": revision("r2", "r1", DROPS),
    "versions/2026/3.py": revision("r3", "r2"),
    "versions/old/9.py": revision("old2", "old1"),
    "versions/old/8.py": revision("old1", None),
    "versions/backup/1.py": revision("r1", None),
}


def test_revisions_that_alembic_does_not_find_are_told_and_old_ones_are_not(tmp_path: Path, check: Check) -> None:
    ini = f"{INI}file_template = %%(year)d/%%(slug)s\n"

    code, findings = check(project(tmp_path, NESTED, ini), select="invisible-revision")

    assert code == 1
    assert [(Path(found["path"]).name, found["message"], found["help"]) for found in findings] == [
        (
            f"{number}.py",
            f'Alembic does not find revision "r{number}", and does not run it: a folder inside another is not searched',
            "recursive_version_locations = true",
        )
        for number in (2, 3)
    ]


def test_revisions_in_folders_that_are_searched_are_not_told(tmp_path: Path, check: Check) -> None:
    ini = f"{INI}recursive_version_locations = true\n"
    files = {name: text for name, text in NESTED.items() if "backup" not in name}

    code, findings = check(project(tmp_path, files, ini), select="invisible-revision")

    assert (code, findings) == (0, [])


def test_a_folder_that_version_locations_leave_out(tmp_path: Path, check: Check) -> None:
    ini = f"{INI}version_locations = migrations/core\n"
    files = {"core/1.py": revision("r1", None), "plugin/2.py": revision("r2", "r1")}

    _, findings = check(project(tmp_path, files, ini), select="invisible-revision")

    assert [found["message"] for found in findings] == [
        'Alembic does not find revision "r2", and does not run it: version_locations do not have "plugin"'
    ]


def test_an_unknown_parent_that_alembic_does_not_find_is_told_as_such(tmp_path: Path, check: Check) -> None:
    files = {
        "versions/1.py": revision("r1", None),
        "versions/nested/2.py": revision("r2", "r1"),
        "versions/3.py": revision("r3", "r2"),
    }

    _, findings = check(project(tmp_path, files, f"{INI}recursive_version_locations = false\n"))

    assert [(found["rule"], found["message"]) for found in findings] == [
        ("unknown-parent", 'down_revision is "r2", and no revision has that id; Alembic does not see 2.py'),
        (
            "invisible-revision",
            'Alembic does not find revision "r2", and does not run it: a folder inside another is not searched',
        ),
    ]
