"""A report, written: one module per format."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, TextIO, cast

from msgspec import Struct
from msgspec.structs import replace

from alembic_review.diagnostics import Diagnostic, Report


class Source(Protocol):
    """Where the lines of a file come from: without line ends, and none where it cannot be read."""

    def __call__(self, path: str, /) -> Sequence[str]: ...


class Options(Struct, frozen=True):
    """How to write: `color` allows escape sequences where people read; `statistics` adds counts by rule and reason."""

    source: Source
    color: bool = False
    statistics: bool = False


class Reporter(Protocol):
    """What the module of a format has to offer."""

    def write(self, report: Report, stream: TextIO, options: Options) -> None:
        """Writes a report whose findings are sorted. Raises OSError where the stream cannot take it."""


def write(form: str, report: Report, stream: TextIO, options: Options) -> None:
    """Writes the report in one of the `choices.FORMATS`, findings sorted by path and position.

    Raises OSError where the stream cannot take it.
    """
    reporter = cast(Reporter, import_module(f"{__name__}.{form}"))
    reporter.write(replace(report, diagnostics=tuple(sorted(report.diagnostics, key=_position))), stream, options)


def _position(diagnostic: Diagnostic) -> tuple[str, int, int, int, int, str, str]:
    span = diagnostic.span
    return (
        diagnostic.path,
        span.line,
        span.column,
        span.end_line,
        span.end_column,
        diagnostic.rule,
        diagnostic.message,
    )
