"""Each finding with the source it points at, as rustc and ruff show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TextIO
from unicodedata import combining, east_asian_width

from alembic_review.diagnostics import START, Diagnostic, Report, Span
from alembic_review.reporters import Options
from alembic_review.reporters.colors import Paint
from alembic_review.reporters.printable import HARMLESS_HASH, RUNNER_COMMAND, location, printable, show
from alembic_review.reporters.summary import closing_lines

_LINE_LIMIT = 140
"""Characters of a source line that are shown; of a longer one, those round the span."""

_BEFORE_SPAN = 40
"""Of them, those before the span."""

_TAB = " " * 4


def write(report: Report, stream: TextIO, options: Options) -> None:
    """Writes each finding with its source, and the summary."""
    paint = Paint(options.color)
    for path, diagnostics in groupby(report.diagnostics, key=lambda diagnostic: diagnostic.path):
        lines = options.source(path)
        for diagnostic in diagnostics:
            stream.writelines(f"{line}\n" for line in _finding(diagnostic, lines, paint))
            stream.write("\n")
    stream.writelines(f"{line}\n" for line in closing_lines(report, statistics=options.statistics))


def _finding(diagnostic: Diagnostic, lines: Sequence[str], paint: Paint) -> Iterator[str]:
    severity, span = diagnostic.severity, diagnostic.span
    name = paint.severity(severity, f"{severity.value}[{printable(diagnostic.rule)}]")
    yield f"{name} {paint.bold(printable(diagnostic.message))}"

    # A finding about a whole file has no source of its own; a file may have changed since it was read.
    shown = [] if span == START or span.end_line > len(lines) else _shown_lines(span)
    margin = " " * len(str(span.end_line if shown else span.line))
    yield f"{margin}{paint.frame('-->')} {location(diagnostic)}"
    if shown:
        yield paint.frame(f"{margin} |")
    for index, number in enumerate(shown):
        if index and number - shown[index - 1] > 1:
            yield paint.frame(f"{margin}...")
        text, underline = _underlined(lines[number - 1], *_columns(span, number, lines[number - 1]))
        yield f"{paint.frame(f'{number:>{len(margin)}} |')} {text}".rstrip()
        if text.strip():
            yield f"{paint.frame(f'{margin} |')} {paint.severity(severity, underline)}"
    if diagnostic.help:
        yield f"{margin} {paint.frame('=')} {paint.bold('help:')} {printable(diagnostic.help)}"


def _shown_lines(span: Span) -> list[int]:
    """The line numbers to show: all of a span of up to three lines, the first and the last of a longer one."""
    if span.end_line - span.line < 3:
        return list(range(span.line, span.end_line + 1))
    return [span.line, span.end_line]


def _columns(span: Span, number: int, line: str) -> tuple[int, int]:
    """From where to where the span covers a line, in characters from 0, without the indentation."""
    indentation = len(line) - len(line.lstrip())
    start = span.column - 1 if number == span.line else indentation
    end = span.end_column - 1 if number == span.end_line else len(line.rstrip())
    return start, end


def _underlined(line: str, start: int, end: int) -> tuple[str, str]:
    """A line as it is shown, and the spaces and carets to stand below it; at least one caret."""
    start = min(start, len(line))
    end = min(max(start, end), len(line))
    first, last = 0, len(line)
    if len(line) > _LINE_LIMIT:
        first = max(0, min(start - _BEFORE_SPAN, len(line) - _LINE_LIMIT))
        last = first + _LINE_LIMIT
    left, right = "…" if first else "", "…" if last < len(line) else ""
    cells = _cells(line[first:last])
    before, spanned = "".join(cells[: start - first]), "".join(cells[start - first : end - first])
    carets = max(1, _width(spanned) + (len(right) if end > last else 0))
    return f"{left}{''.join(cells)}{right}", " " * (len(left) + _width(before)) + "^" * carets


def _cells(text: str) -> list[str]:
    """What is shown for each character."""
    cells = [_TAB if character == "\t" else show(character) for character in text]
    command = text.find(RUNNER_COMMAND)
    while command != -1:
        cells[command] = HARMLESS_HASH
        command = text.find(RUNNER_COMMAND, command + 1)
    return cells


def _width(text: str) -> int:
    """The columns that a terminal takes for the text."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
