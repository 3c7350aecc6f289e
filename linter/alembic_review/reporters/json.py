"""One JSON object for programs, with everything that is known of each finding."""

from __future__ import annotations

import json
from typing import TextIO

from alembic_review import __version__
from alembic_review.diagnostics import Diagnostic, Report
from alembic_review.reporters import Options
from alembic_review.reporters.summary import by_reason, by_rule


def write(report: Report, stream: TextIO, options: Options) -> None:
    """Writes the object and a line end, in ASCII; `statistics` is a key more."""
    document: dict[str, object] = {
        "version": __version__,
        "histories": report.histories,
        "revisions": report.revisions,
        "reviewed": report.reviewed,
        "bases": list(report.bases),
        "baseline": {"left_out": report.baseline, "outlived": list(report.outlived)},
        "operations": {"read": report.read, "unread": report.unread},
        "diagnostics": [_finding(diagnostic) for diagnostic in report.diagnostics],
    }
    if options.statistics:
        document["statistics"] = {"rules": dict(by_rule(report)), "unread": dict(by_reason(report))}
    stream.write(json.dumps(document, indent=2) + "\n")


def _finding(diagnostic: Diagnostic) -> dict[str, object]:
    return {
        "rule": diagnostic.rule,
        "group": diagnostic.group,
        "severity": diagnostic.severity.value,
        "path": diagnostic.path,
        "line": diagnostic.span.line,
        "column": diagnostic.span.column,
        "end_line": diagnostic.span.end_line,
        "end_column": diagnostic.span.end_column,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "revision": diagnostic.revision,
        "direction": diagnostic.direction,
        "table": diagnostic.table,
        "thing": diagnostic.thing,
        "fix": None,
    }
