"""``alembic-review check``: what it asks the review for, what it writes, and how it ends."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from alembic_review.config import ConfigError
from alembic_review.diagnostics import START, Diagnostic, Report, Severity, Span
from alembic_review.run import RunError
from tests.cli.conftest import Command, Review

WARNING = Diagnostic(
    "dropped-column", "data_loss", Severity.WARNING, "a.py", Span(1, 1, 1, 4), "drops the column", "Keep it."
)
SUMMARY = "1 warning. Revisions: 2 read, 1 reviewed. Operations: 3 read, 0 unread.\n"


def report(*severities: Severity) -> Report:
    findings = tuple(replace(WARNING, severity=severity) for severity in severities)
    return Report(findings, histories=1, revisions=2, reviewed=1, read=3)


@pytest.fixture(autouse=True)
def source(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("abc\n")


def test_the_full_format_is_the_default_and_names_the_exit_code(command: Command, reviewed: Review) -> None:
    reviewed.report = report(Severity.WARNING)

    outcome = command("check")

    assert outcome == (
        1,
        "warning[dropped-column] drops the column\n --> a.py:1:1\n  |\n1 | abc\n  | ^^^\n  = help: Keep it.\n\n"
        + SUMMARY,
        "",
    )


@pytest.mark.parametrize(
    ("found", "fail_on", "code"),
    [
        ([], "warning", 0),
        ([Severity.INFO], "warning", 0),
        ([Severity.INFO, Severity.WARNING], "warning", 1),
        ([Severity.ERROR], "warning", 1),
        ([Severity.WARNING], "error", 0),
        ([Severity.ERROR], "error", 1),
        ([Severity.ERROR], "never", 0),
    ],
)
def test_the_exit_code_depends_on_the_gravest_finding(
    command: Command, reviewed: Review, tmp_path: Path, found: list[Severity], fail_on: str, code: int
) -> None:
    reviewed.report = report(*found)
    by_option = command("check", "--fail-on", fail_on).code
    (tmp_path / "alembic-review.toml").write_text(f'fail-on = "{fail_on}"')

    by_setting = command("check").code

    assert (by_option, by_setting) == (code, code)


@pytest.mark.parametrize(
    "option", ["--output-file", "--config", "--since", "--baseline", "--write-baseline", "--cache-dir"]
)
def test_an_option_that_names_nothing_is_refused(command: Command, reviewed: Review, option: str) -> None:
    outcome = command("check", option, "")

    assert outcome == (2, "", f"error: {option}: nothing is named; leave it out, or say what is meant\n")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everything")
def test_a_report_does_not_take_the_place_of_a_file_that_is_read_only(
    command: Command, reviewed: Review, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("mine")
    (tmp_path / "kept").chmod(0o444)

    outcome = command("check", "--output-file", "kept")

    assert outcome == (2, "", "error: kept: cannot be written: Permission denied\n")
    assert (tmp_path / "kept").read_text() == "mine"


def test_an_option_goes_before_a_setting(command: Command, reviewed: Review, tmp_path: Path) -> None:
    (tmp_path / "alembic-review.toml").write_text('fail-on = "error"\ndialect = "mysql"\nformat = "json"\n')
    reviewed.report = report(Severity.WARNING)

    outcome = command("check", "--fail-on", "warning", "--dialect", "sqlite", "--format", "concise", "x.py", "folder")

    assert outcome.code == 1
    assert outcome.out.endswith(SUMMARY)
    assert reviewed.config.dialect == "sqlite"
    assert reviewed.paths == [Path("x.py"), Path("folder")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {"no-lock-timeout"}),
        (["--select", "data_loss"], {"dropped-column"}),
        (["--select", "data_loss,locks"], {"dropped-column", "no-lock-timeout"}),
        (["--select", "data_loss", "--select", "locks", "--ignore", "dropped-column"], {"no-lock-timeout"}),
        (["--select", "default"], {"dropped-column"}),
    ],
)
def test_selecting_replaces_the_settings(
    command: Command, reviewed: Review, tmp_path: Path, arguments: list[str], expected: set[str]
) -> None:
    (tmp_path / "alembic-review.toml").write_text('select = ["all"]\nignore = ["data_loss"]')

    command("check", *arguments)

    rules = [("dropped-column", "data_loss", True), ("no-lock-timeout", "locks", False)]
    assert {name for name, group, on in rules if reviewed.config.selects(name, group, default=on)} == expected


def test_ignoring_takes_from_the_settings(command: Command, reviewed: Review, tmp_path: Path) -> None:
    (tmp_path / "alembic-review.toml").write_text('select = ["all"]')

    command("check", "--ignore", "locks")

    assert reviewed.config.selects("dropped-column", "data_loss", default=True)
    assert not reviewed.config.selects("no-lock-timeout", "locks", default=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--select", "dropped"], '--select: no rule or group is called "dropped"; did you mean "dropped-column"?'),
        (["--ignore", "lock"], '--ignore: no rule or group is called "lock"; did you mean "locks"?'),
        (["--select", ""], "no rule is selected, so that nothing can be found: see select and ignore"),
        (["--config", "missing.toml"], "missing.toml: cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_followed_is_one_line_and_exit_code_2(
    command: Command, arguments: list[str], message: str
) -> None:
    assert command("check", *arguments) == (2, "", f"error: {message}\n")


def test_an_unknown_value_names_the_right_ones(command: Command) -> None:
    outcome = command("check", "--format", "yaml")

    assert outcome.code == 2
    assert (
        "error: Invalid value for '--format': 'yaml' is not one of 'full', 'concise', 'json', 'github'." in outcome.err
    )


@pytest.mark.parametrize("error", [RunError("x"), ConfigError("x")])
def test_what_the_review_cannot_do_is_one_line(command: Command, reviewed: Review, error: Exception) -> None:
    reviewed.error = error

    assert command("check") == (2, "", "error: x\n")


def test_each_problem_has_its_line_and_no_power_over_the_terminal(command: Command, reviewed: Review) -> None:
    reviewed.error = RunError("a\x1b[2J: is missing\nb: is missing")

    assert command("check").err == "error: a\\x1b[2J: is missing\nerror: b: is missing\n"


def test_the_named_file_is_used_instead_of_the_nearest(command: Command, reviewed: Review, tmp_path: Path) -> None:
    (tmp_path / "alembic-review.toml").write_text("nonsense = 1")
    (tmp_path / "other.toml").write_text('dialect = "mssql"')

    outcome = command("check", "--config", "other.toml")

    assert outcome.code == 0
    assert reviewed.config.dialect == "mssql"


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        (["--cache-dir", "given"], "given"),
        (["--no-cache"], None),
        (["--no-cache", "--cache-dir", "given"], None),
    ],
)
def test_the_cache_lies_where_it_is_wanted(
    command: Command, reviewed: Review, tmp_path: Path, arguments: list[str], folder: str | None
) -> None:
    command("check", *arguments)

    assert (reviewed.cache and reviewed.cache.folder.resolve()) == (folder and tmp_path / folder)


def test_a_folder_with_other_things_in_it_is_no_cache(command: Command, reviewed: Review, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n")
    (precious / "letters").write_text("x")

    for subcommand in ("check", "clean"):
        outcome = command(subcommand, "--cache-dir", str(precious))

        assert outcome.code == 2
        assert "no cache of alembic-review, it holds 'letters'; name a folder of its own" in outcome.err
    assert {file.name for file in precious.iterdir()} == {"CACHEDIR.TAG", "letters"}


def test_the_settings_of_a_project_have_no_say_in_where_a_run_remembers(command: Command, tmp_path: Path) -> None:
    (tmp_path / "alembic-review.toml").write_text('cache-dir = "cache"')

    assert 'no setting is called "cache-dir"' in command("check").err


def test_json_is_all_there_is_on_standard_output(command: Command, reviewed: Review) -> None:
    reviewed.report = report(Severity.WARNING)

    outcome = command("check", "--format", "json", "--statistics", "--color", "always")

    assert json.loads(outcome.out)["statistics"]["rules"] == {"dropped-column": 1}
    assert outcome.err == ""


class TestColor:
    """Colour is for terminals, and for those who ask."""

    @pytest.mark.parametrize(
        ("terminal", "environment", "arguments", "colored"),
        [
            (True, {}, [], True),
            (False, {}, [], False),
            (True, {"NO_COLOR": "1"}, [], False),
            (True, {"NO_COLOR": ""}, [], True),
            (False, {"FORCE_COLOR": "1"}, [], True),
            (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
            (True, {"TERM": "dumb"}, [], False),
            (False, {}, ["--color", "always"], True),
            (True, {"NO_COLOR": "1"}, ["--color", "always"], True),
            (True, {"FORCE_COLOR": "1"}, ["--color", "never"], False),
        ],
    )
    def test_who_decides(
        self,
        command: Command,
        reviewed: Review,
        monkeypatch: pytest.MonkeyPatch,
        terminal: bool,
        environment: dict[str, str],
        arguments: list[str],
        colored: bool,
    ) -> None:
        reviewed.report = report(Severity.WARNING)
        monkeypatch.setenv("TERM", "xterm")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)

        outcome = command("check", *arguments)

        assert ("\x1b[" in outcome.out) is colored

    def test_a_file_gets_it_only_on_request(
        self, command: Command, reviewed: Review, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        reviewed.report = report(Severity.WARNING)
        monkeypatch.setenv("FORCE_COLOR", "1")

        command("check", "--output-file", "plain")
        command("check", "--output-file", "colored", "--color", "always")

        assert "\x1b[" not in (tmp_path / "plain").read_text()
        assert "\x1b[" in (tmp_path / "colored").read_text()


class TestOutputFile:
    """A report in a file: whole, or not at all."""

    def test_the_report_is_in_the_file_and_the_summary_on_standard_error(
        self, command: Command, reviewed: Review, tmp_path: Path
    ) -> None:
        reviewed.report = report(Severity.WARNING)

        outcome = command("check", "--format", "json", "--output-file", "report.json")

        assert outcome == (1, "", SUMMARY)
        assert json.loads((tmp_path / "report.json").read_text())["revisions"] == 2
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "report.json"]

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
    @pytest.mark.parametrize("mode", [0o600, 0o664])
    def test_an_existing_file_keeps_its_mode(self, command: Command, tmp_path: Path, mode: int) -> None:
        file = tmp_path / "report"
        file.write_text("old")
        file.chmod(mode)

        command("check", "--output-file", "report")

        assert file.read_text() != "old"
        assert stat.S_IMODE(file.stat().st_mode) == mode

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
    def test_a_new_file_has_the_mode_of_any_new_file(self, command: Command, tmp_path: Path) -> None:
        (tmp_path / "other").touch()

        command("check", "--output-file", "report")

        assert (tmp_path / "report").stat().st_mode == (tmp_path / "other").stat().st_mode

    @pytest.mark.skipif(os.name == "nt", reason="making links needs rights there")
    def test_a_link_stays_a_link(self, command: Command, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder/report").touch()
        (tmp_path / "link").symlink_to("folder/report")

        command("check", "--output-file", "link")

        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "folder/report").read_text().startswith("No findings.")

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no /dev")
    def test_a_device_is_written_to(self, command: Command) -> None:
        outcome = command("check", "--output-file", "/dev/null")

        assert outcome.code == 0
        assert not Path("/dev/null").is_file()

    def test_a_folder_that_is_not_there_is_told(self, command: Command) -> None:
        outcome = command("check", "--output-file", "missing/report")

        assert outcome == (2, "", "error: missing/report: cannot be written: No such file or directory\n")

    def test_a_report_that_fails_half_way_leaves_the_old_one(
        self, command: Command, reviewed: Review, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "report").write_text("old")
        reviewed.report = report(Severity.WARNING)
        monkeypatch.setattr("alembic_review.reporters.concise.closing_lines", lambda *_, **__: 1 / 0)

        outcome = command("check", "--format", "concise", "--output-file", "report")

        assert outcome.code == 2
        assert (tmp_path / "report").read_text() == "old"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "report"]


def test_what_is_found_is_allowed_in_the_files_and_nothing_is_reported(
    command: Command, reviewed: Review, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("x\nop.drop_column()\n")
    reviewed.report = Report(
        (Diagnostic("dropped-column", "data_loss", Severity.ERROR, "a.py", Span(2, 1, 2, 17), "drops"),)
    )

    outcome = command("check", "--add-allows", "not read since March")

    assert outcome == (0, "Files with new comments: 1.\n", "")
    assert (tmp_path / "a.py").read_text() == (
        "x\nop.drop_column()  # alembic-review: allow[dropped-column] not read since March\n"
    )


def test_a_file_that_cannot_be_written_is_told(command: Command, reviewed: Review) -> None:
    reviewed.report = Report((Diagnostic("dropped-column", "data_loss", Severity.ERROR, "gone.py", START, "drops"),))

    outcome = command("check", "--add-allows", "why")

    assert (outcome.code, outcome.err) == (2, "error: gone.py: cannot be written: No such file or directory\n")


@pytest.mark.parametrize("reason", ["", " ", "two\nlines"])
def test_a_reason_is_one_line(command: Command, reason: str) -> None:
    assert command("check", "--add-allows", reason) == (2, "", "error: --add-allows: say why, in one line\n")


@pytest.mark.parametrize(
    ("arguments", "base", "since"),
    [
        ((), "main", "a1"),
        (("--base", "--since", "b1"), "", "b1"),
        (("--base=other", "a.py"), "other", "a1"),
        (("--no-base",), None, "a1"),
    ],
)
def test_what_is_under_review_is_told_by_options_and_then_by_settings(
    command: Command, reviewed: Review, tmp_path: Path, arguments: tuple[str, ...], base: str | None, since: str
) -> None:
    (tmp_path / "alembic-review.toml").write_text('base = "main"\nstart-after = "a1"\n')

    command("check", *arguments)

    assert (reviewed.config.base, reviewed.config.start_after) == (base, since)
