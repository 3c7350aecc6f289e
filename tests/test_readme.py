"""What the README shows is so: the table, the output, the commands, the settings."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from alembic_review.cli.commands import commands
from alembic_review.config import Config, load
from alembic_review.registry import load_rules

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "linter", ROOT / "rules")))}


def blocks(language: str) -> list[str]:
    """The texts of the code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_table_of_rules_is_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "rules_table.py"), "--check"], check=False, env=ENVIRONMENT
    )

    assert done.returncode == 0, "run: python tools/rules_table.py"


def test_the_output_is_that_of_the_example() -> None:
    (shown,) = blocks("text")

    done = subprocess.run(
        [sys.executable, "-m", "alembic_review", "check", "--no-cache", "--color", "never"],
        cwd=ROOT / "examples/task_service",
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
    )

    assert done.stdout.startswith(f"{shown}\n")


COMMANDS = [
    words[1:]
    for line in "".join(blocks("console")).splitlines()
    if (words := shlex.split(line, comments=True)) and words[0] == "alembic-review"
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_is_one_that_can_be_given(words: list[str]) -> None:
    assert commands.make_context("alembic-review", list(words))
    name, *arguments = words
    command = commands.get_command(None, name)  # type: ignore[arg-type]

    assert command is not None
    assert command.make_context(name, arguments).params


def test_the_settings_are_settings(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    file = tmp_path / "pyproject.toml"
    file.write_text(text, encoding="utf-8")

    config = load(file, [name for rule in load_rules() for name in (rule.name, rule.group)])

    assert config.dialect == "postgresql"
    assert config != Config(file=file)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_what_goes_into_other_peoples_files_can_be_read(text: str) -> None:
    assert isinstance(yaml.safe_load(text), dict)


def test_files_that_are_linked_are_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
