"""``check --write-baseline`` and ``check --baseline``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from alembic_review.diagnostics import Diagnostic, Report, Severity, Span
from tests.cli.conftest import Command, Review

DROPPED = Diagnostic(
    "dropped-column",
    "data_loss",
    Severity.WARNING,
    "a.py",
    Span(1, 1, 1, 4),
    "drops it",
    revision="a1",
    direction="upgrade",
    thing="t.c",
)
OTHER = replace(DROPPED, thing="t.d")


def report(*diagnostics: Diagnostic) -> Report:
    return Report(diagnostics, 1, 2, 2, 3, rules=("dropped-column",), known=("a1", "b1"), judged=("a1", "b1"))


def test_what_is_written_is_left_out_afterwards(command: Command, reviewed: Review, tmp_path: Path) -> None:
    reviewed.report = report(DROPPED)
    wrote = command("check", "--write-baseline", "known.json")
    reviewed.report = report(DROPPED, OTHER)
    both = command("check", "--baseline", "known.json", "--format", "concise")
    reviewed.report = report(DROPPED)

    none = command("check", "--baseline", "known.json", "--format", "concise")

    assert wrote == (0, "Entries in known.json: 1.\n", "")
    assert both.code == 1
    assert both.out.splitlines()[1] == (
        "1 warning, 1 in the baseline. Revisions: 2 read, 2 reviewed. Operations: 3 read, 0 unread."
    )
    assert none.code == 0
    assert none.out.startswith("No findings, 1 in the baseline. ")


def test_the_settings_may_name_it_from_their_folder(
    command: Command, reviewed: Review, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed.report = report(DROPPED)
    (tmp_path / "alembic-review.toml").write_text('baseline = "known.json"\n')
    (tmp_path / "below").mkdir()
    missing = command("check")
    command("check", "--write-baseline", "known.json")
    monkeypatch.chdir(tmp_path / "below")

    outcome = command("check")

    assert (missing.code, missing.err.count("\n")) == (2, 1)
    assert "there is no such baseline; write it with --write-baseline" in missing.err
    assert outcome.code == 0


def test_entries_that_no_longer_apply_are_told_and_fail_nothing(
    command: Command, reviewed: Review, tmp_path: Path
) -> None:
    reviewed.report = report(DROPPED, OTHER)
    command("check", "--write-baseline", "known.json")
    reviewed.report = report(DROPPED)

    text = command("check", "--baseline", "known.json")
    machine = command("check", "--baseline", "known.json", "--format", "json")

    assert text.code == 0
    assert text.out.splitlines()[0] == "The baseline has what is no longer found: dropped-column of t.d in a1."
    assert json.loads(machine.out)["baseline"] == {"left_out": 1, "outlived": ["dropped-column of t.d in a1"]}


def test_it_is_written_in_one_step_and_keeps_its_mode(command: Command, reviewed: Review, tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    file.write_text("before")
    file.chmod(0o640)
    before = file.stat().st_ino
    reviewed.report = report(DROPPED)

    command("check", "--write-baseline", "known.json")

    assert file.stat().st_ino != before
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["known.json"]


def test_what_cannot_be_written_is_told_in_one_line(command: Command, reviewed: Review) -> None:
    reviewed.report = report(DROPPED)

    outcome = command("check", "--write-baseline", "nowhere/known.json")

    assert outcome == (2, "", "error: nowhere/known.json: cannot be written: No such file or directory\n")


def test_allows_and_a_baseline_are_not_written_at_once(command: Command, reviewed: Review) -> None:
    outcome = command("check", "--write-baseline", "known.json", "--add-allows", "why")

    assert outcome == (2, "", "error: --add-allows and --write-baseline: choose one of them\n")
