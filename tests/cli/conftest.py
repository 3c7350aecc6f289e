"""The command in this process, with rules and a review to be set by the test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

from alembic_review import registry, run
from alembic_review.cli import main
from alembic_review.config import Config
from alembic_review.diagnostics import Report, Severity
from alembic_review.history.cache import Cache
from alembic_review.rule import Rule


class DroppedColumn(Rule):
    """
    A column that is dropped | with all it holds.

    ## Why is this bad?

    It is gone.
    """


class NoLockTimeout(Rule):
    """A migration that waits for ever."""

    severity = Severity.INFO
    default_on = False


# A rule's group is the folder that it lies in; these lie in none.
DroppedColumn.group = "data_loss"
NoLockTimeout.group = "locks"


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


Reviewed = Callable[[Sequence[tuple[object, object]], Config, object], object]


@dataclass
class Review:
    """A run that finds what it is told to find, and remembers what it was asked."""

    report: Report = field(default_factory=Report)
    error: BaseException | None = None
    paths: Sequence[Path] | None = None
    config: Config = field(default_factory=Config)
    cache: Cache | None = None

    def __call__(self, paths: Sequence[Path], config: Config, review: Reviewed, cache: Cache | None) -> run.Ran:
        self.paths, self.config, self.cache = paths, config, cache
        if self.error is not None:
            raise self.error
        review([], config, None)
        return run.Ran(self.report)


@pytest.fixture(autouse=True)
def reviewed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Review:
    """The run that `check` will do, in an empty folder and with two rules."""
    fake = Review()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "load_rules", lambda: (DroppedColumn, NoLockTimeout))
    monkeypatch.setattr(run, "run", fake)
    for name in ("NO_COLOR", "FORCE_COLOR", "ALEMBIC_REVIEW_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return fake


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs ``alembic-review`` with arguments."""

    def start(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["alembic-review", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Outcome(ended.value.code, captured.out, captured.err)

    return start
