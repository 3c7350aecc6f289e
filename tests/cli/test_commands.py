"""The command as such: its help, its errors, and how it ends when it is stopped."""

from __future__ import annotations

import pytest

from alembic_review import __version__
from alembic_review.cli.commands import commands
from tests.cli.conftest import Command, Review


def test_the_version_is_told(command: Command) -> None:
    assert command("--version") == (0, f"alembic-review {__version__}\n", "")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_the_help_lists_the_commands(command: Command, option: str) -> None:
    outcome = command(option)

    assert outcome.code == 0
    assert all(f"\n  {name} " in outcome.out for name in ("check", "rule", "rules"))


def test_every_command_has_a_help(command: Command) -> None:
    for name in commands.list_commands(None):  # type: ignore[arg-type]
        outcome = command(name, "--help")

        assert outcome.code == 0
        assert outcome.out.startswith(f"Usage: alembic-review {name} ")


def test_an_unknown_command_names_the_nearest(command: Command) -> None:
    outcome = command("chek")

    assert outcome.code == 2
    assert outcome.err.endswith('\nerror: no command is called "chek"; did you mean "check"?\n')


def test_an_unknown_option_names_the_nearest(command: Command) -> None:
    outcome = command("check", "--formt")

    assert outcome.code == 2
    assert "error: No such option" in outcome.err
    assert "--format" in outcome.err


def test_no_command_at_all_is_no_success(command: Command) -> None:
    outcome = command()

    assert outcome.code == 2
    assert outcome.err.endswith("error: Missing command.\n")


def test_what_is_wrong_with_the_arguments_has_no_power_over_the_terminal(command: Command) -> None:
    outcome = command("check", "--\x1b[2J")

    assert outcome.code == 2
    assert "\x1b" not in outcome.err


def test_an_interrupted_run_ends_with_130_and_without_words(command: Command, reviewed: Review) -> None:
    reviewed.error = KeyboardInterrupt()

    outcome = command("check")

    assert (outcome.code, outcome.out, outcome.err.strip()) == (130, "", "")


def test_a_bug_is_one_line_that_asks_for_a_report(command: Command, reviewed: Review) -> None:
    reviewed.error = KeyError("what\x1b\n?")

    outcome = command("check")

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        f"error: this is a bug in alembic-review {__version__}, please report it: KeyError: 'what\\x1b\\n?'"
        " (with ALEMBIC_REVIEW_DEBUG=1 it shows where)\n"
    )


def test_a_bug_shows_where_it_is_on_request(
    command: Command, reviewed: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALEMBIC_REVIEW_DEBUG", "1")
    reviewed.error = RecursionError("deep")

    outcome = command("check")

    assert outcome.code == 2
    assert outcome.err.startswith("Traceback (most recent call last):\n")


def test_what_the_system_refuses_is_no_bug(command: Command, reviewed: Review) -> None:
    reviewed.error = PermissionError(13, "Permission denied", "/a\nb")

    assert command("check") == (2, "", "error: Permission denied: /a\\nb\n")
