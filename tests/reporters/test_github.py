"""Workflow commands, read back as GitHub's runner reads them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from alembic_review.diagnostics import Severity, Span
from tests.reporters.findings import DROPPED, HEADS, LEFT, report, written


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


def test_each_finding_is_a_command_and_the_summary_a_line_of_the_log() -> None:
    text = written("github", report(DROPPED, LEFT, HEADS))

    assert (
        text
        == """\
::error title=alembic-review (enum-left-behind),file=migrations/versions/2026-01-01_roles.py,line=12,endLine=12,\
col=1,endColumn=4::downgrade() leaves the enum type "role" behind
::notice title=alembic-review (multiple-heads),file=migrations/versions/2026-01-02_forget.py,line=1,endLine=1,\
col=1,endColumn=1::is one of 2 heads
::warning title=alembic-review (dropped-column),file=migrations/versions/2026-01-02_forget.py,line=3,endLine=3,\
col=5,endColumn=43::drops the column "task_history.result" and all it holds%0AKeep it until nothing reads it.
1 error, 1 warning, 1 info. Revisions: 124 read, 3 reviewed. Operations: 2210 read, 31 unread.
"""
    )


@pytest.mark.parametrize(
    ("workspace", "file"),
    [
        ("repository", "service/migrations/a.py"),
        ("repository/service", "migrations/a.py"),
        ("repository/", "service/migrations/a.py"),
        ("elsewhere", "migrations/a.py"),
        ("repository/serv", "migrations/a.py"),
        (None, "migrations/a.py"),
    ],
)
def test_a_path_starts_at_the_repository(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, workspace: str | None, file: str
) -> None:
    folder = tmp_path / "repository/service"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    if workspace is not None:
        monkeypatch.setenv("GITHUB_WORKSPACE", f"{tmp_path}/{workspace}")

    command, *_ = written("github", report(replace(DROPPED, path="migrations/a.py"))).splitlines()

    assert f",file={file},line=" in command


def test_a_span_of_several_lines_has_no_columns() -> None:
    command, *_ = written("github", report(replace(DROPPED, span=Span(3, 5, 7, 2)))).splitlines()

    assert "line=3,endLine=7::" in command
    assert "col=" not in command


@pytest.mark.parametrize(
    ("text", "as_data", "as_property"),
    [
        ("100%", "100%25", "100%25"),
        ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
        ("a:b,c", "a:b,c", "a%3Ab%2Cc"),
        ("%0A::error::x", "%250A::error::x", "%250A%3A%3Aerror%3A%3Ax"),
        ("a\x1b[2J", r"a\x1b[2J", r"a\x1b[2J"),
    ],
)
def test_text_is_escaped_as_the_toolkit_does(text: str, as_data: str, as_property: str) -> None:
    finding = replace(DROPPED, path=text, message=text, help=None)

    command = written("github", report(finding)).removesuffix(
        "1 warning. Revisions: 124 read, 3 reviewed. Operations: 2210 read, 31 unread.\n"
    )

    assert f",file={as_property}," in command
    assert command.endswith(f"::{as_data}\n")


@pytest.mark.parametrize("hostile", ["x\n::add-mask::y", "x\r::error::y", "a,line=7::b", "##[stop-commands]x", "a=b"])
def test_no_text_of_a_stranger_makes_another_command_or_property(hostile: str) -> None:
    finding = replace(DROPPED, rule=hostile, path=hostile, message=hostile, help=hostile, severity=Severity.INFO)
    everything = replace(report(finding), unread_reasons={hostile: 1})

    lines = re.split(r"[\r\n]+", written("github", everything, statistics=True).strip())

    commands = [line for line in lines if line.lstrip().startswith("::") or "##[" in line]
    assert len(commands) == 1
    properties = commands[0].removeprefix("::notice ").split("::")[0].split(",")
    assert [entry.split("=")[0] for entry in properties] == ["title", "file", "line", "endLine", "col", "endColumn"]
