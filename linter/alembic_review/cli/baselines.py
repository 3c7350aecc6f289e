"""Baselines, read and written for a command."""

from __future__ import annotations

from pathlib import Path

from alembic_review.baseline import BaselineError, beside, read, written
from alembic_review.cli.output import replace_file
from alembic_review.cli.stop import Stop
from alembic_review.diagnostics import Report


def without(report: Report, file: Path) -> Report:
    """The report without what stands in a baseline. Raises Stop where that cannot be followed."""
    try:
        return beside(report, read(file), file.absolute().parent)
    except BaselineError as error:
        raise Stop(str(error)) from error


def write(report: Report, file: Path) -> int:
    """Put all findings of a report into a baseline; how many entries it has. Raises Stop where it cannot be written."""
    text, entries = written(report.diagnostics, file.absolute().parent)
    try:
        replace_file(file, text.encode(errors="surrogateescape"))
    except OSError as error:
        raise Stop(f"{file}: cannot be written: {error.strerror}") from None
    return entries
