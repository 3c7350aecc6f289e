"""One line for each finding: ``path:line:column: error[rule] message``."""

from __future__ import annotations

from typing import TextIO

from alembic_review.diagnostics import Report
from alembic_review.reporters import Options
from alembic_review.reporters.colors import Paint
from alembic_review.reporters.printable import location, printable
from alembic_review.reporters.summary import closing_lines


def write(report: Report, stream: TextIO, options: Options) -> None:
    """Writes a line for each finding, and the summary."""
    paint = Paint(options.color)
    for diagnostic in report.diagnostics:
        name = paint.severity(diagnostic.severity, f"{diagnostic.severity.value}[{printable(diagnostic.rule)}]")
        stream.write(f"{paint.bold(location(diagnostic))}: {name} {printable(diagnostic.message)}\n")
    stream.writelines(f"{line}\n" for line in closing_lines(report, statistics=options.statistics))
