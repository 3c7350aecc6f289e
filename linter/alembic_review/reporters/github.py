"""GitHub's workflow commands: a finding becomes an annotation of the changed line."""

from __future__ import annotations

import os
from typing import TextIO

from alembic_review.diagnostics import Diagnostic, Report, Severity
from alembic_review.reporters import Options
from alembic_review.reporters.printable import show
from alembic_review.reporters.summary import closing_lines

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def write(report: Report, stream: TextIO, options: Options) -> None:
    """Writes a command for each finding; the summary is a line of the log, since no line of it begins with ``::``."""
    for diagnostic in report.diagnostics:
        stream.write(f"{_command(diagnostic)}\n")
    stream.writelines(f"{line}\n" for line in closing_lines(report, statistics=options.statistics))


def _command(diagnostic: Diagnostic) -> str:
    """The order of the properties, and what is escaped, are those of @actions/core."""
    span = diagnostic.span
    properties = {
        "title": f"alembic-review ({diagnostic.rule})",
        "file": _in_repository(diagnostic.path),
        "line": str(span.line),
        "endLine": str(span.end_line),
    }
    if span.line == span.end_line:  # The runner drops columns where the lines differ, with a complaint.
        properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    message = diagnostic.message if diagnostic.help is None else f"{diagnostic.message}\n{diagnostic.help}"
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[diagnostic.severity]} {written}::{_data(message)}"


def _in_repository(path: str) -> str:
    """The path from where GitHub's runner takes it to start: the repository, wherever in it we are run."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    whole = os.path.abspath(path)
    if not workspace or not whole.startswith(os.path.join(os.path.abspath(workspace), "")):
        return path
    return os.path.relpath(whole, workspace).replace(os.sep, "/")


def _data(text: str) -> str:
    visible = "".join(character if character in "\r\n\t" else show(character) for character in text)
    return visible.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
