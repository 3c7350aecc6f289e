"""What is painted, and in which colour."""

from __future__ import annotations

import click
from msgspec import Struct

from alembic_review.diagnostics import Severity

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


class Paint(Struct, frozen=True):
    """Puts text in colour where `color` allows it, and else leaves it as it is."""

    color: bool

    def severity(self, severity: Severity, text: str) -> str:
        """The colour of a level: its name, its carets."""
        return click.style(text, fg=_COLORS[severity], bold=True) if self.color else text

    def bold(self, text: str) -> str:
        """What the eye should find first."""
        return click.style(text, bold=True) if self.color else text

    def frame(self, text: str) -> str:
        """What stands round the source: arrows, line numbers, bars."""
        return click.style(text, fg="blue", bold=True) if self.color else text
