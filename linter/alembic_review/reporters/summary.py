"""The last line: what was done; and above it, on request, how often each rule spoke and why things were not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from alembic_review.diagnostics import Report, Severity
from alembic_review.reporters.printable import printable


def closing_lines(report: Report, *, statistics: bool) -> Iterator[str]:
    """How a report that people read ends: the summary, after the statistics where they are wanted."""
    if statistics:
        yield from _statistics(report)
    for entry in report.outlived:
        yield f"The baseline has what is no longer found: {printable(entry)}."
    yield summary(report)


def summary(report: Report) -> str:
    """One line: findings by level, revisions read and reviewed, operations read and unread.

    Where that is not all that there was to find, or not for PostgreSQL, it says so.
    """
    levels = Counter(diagnostic.severity for diagnostic in report.diagnostics)
    findings = ", ".join(_count(levels[severity], severity.value) for severity in Severity if levels[severity])
    beside = f", {report.baseline} in the baseline" if report.baseline else ""
    histories = f" in {report.histories} histories" if report.histories > 1 else ""
    bases = f" (what differs from {', '.join(map(printable, report.bases))})" if report.bases else ""
    others = any(dialect != "postgresql" for dialect in report.dialects)
    databases = f" Dialect: {', '.join(report.dialects)}." if others else ""
    return (
        f"{findings or 'No findings'}{beside}."
        f" Revisions: {report.revisions} read{histories}, {report.reviewed} reviewed{bases}."
        f" Operations: {report.read} read, {report.unread} unread.{databases}"
    )


def by_rule(report: Report) -> list[tuple[str, int]]:
    """Rules and how many findings each has, most first, then by name."""
    return _most_first(Counter(diagnostic.rule for diagnostic in report.diagnostics))


def by_reason(report: Report) -> list[tuple[str, int]]:
    """Reasons and how many operations could not be read for each, most first, then by name."""
    return _most_first(Counter(report.unread_reasons))


def _statistics(report: Report) -> Iterator[str]:
    severities = {diagnostic.rule: diagnostic.severity.value for diagnostic in report.diagnostics}
    rows = [(number, severities[rule], rule) for rule, number in by_rule(report)]
    rows += [(number, "unread", reason) for reason, number in by_reason(report)]
    width = max((len(str(number)) for number, _, _ in rows), default=0)
    for number, kind, name in rows:
        yield f"{number:>{width}}  {kind:<7}  {printable(name)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _most_first(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
