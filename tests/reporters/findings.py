"""Findings to report, and a report of them, written."""

from __future__ import annotations

import io

from alembic_review.diagnostics import START, Diagnostic, Report, Severity, Span
from alembic_review.reporters import Options, write

DROPPED = Diagnostic(
    rule="dropped-column",
    group="data_loss",
    severity=Severity.WARNING,
    path="migrations/versions/2026-01-02_forget.py",
    span=Span(3, 5, 3, 43),
    message='drops the column "task_history.result" and all it holds',
    help="Keep it until nothing reads it.",
    revision="86ef3d9ea91b",
    direction="upgrade",
    table="task_history",
    thing="task_history.result",
)
LEFT = Diagnostic(
    rule="enum-left-behind",
    group="enums",
    severity=Severity.ERROR,
    path="migrations/versions/2026-01-01_roles.py",
    span=Span(12, 1, 12, 4),
    message='downgrade() leaves the enum type "role" behind',
)
HEADS = Diagnostic(
    rule="multiple-heads",
    group="history",
    severity=Severity.INFO,
    path="migrations/versions/2026-01-02_forget.py",
    span=START,
    message="is one of 2 heads",
)
SOURCE = [
    "def upgrade():",
    "",
    '    op.drop_column("task_history", "result")',
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "def x(): ...",
]


def report(*diagnostics: Diagnostic) -> Report:
    return Report(
        diagnostics,
        histories=1,
        revisions=124,
        reviewed=3,
        read=2210,
        unread=31,
        unread_reasons={"calls a function of another module": 30, "unknown table": 1},
    )


def written(form: str, report: Report, *lines: str, color: bool = False, statistics: bool = False) -> str:
    stream = io.StringIO()
    source = list(lines) or SOURCE
    write(form, report, stream, Options(lambda path: source, color=color, statistics=statistics))
    return stream.getvalue()
