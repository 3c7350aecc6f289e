"""What people allow by comments, which of these allow nothing, and new ones put where findings are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct

from alembic_review.diagnostics import START, Span
from alembic_review.parsing.comments import LINE_END, Layout, Statement
from alembic_review.revision import Allow

COMMENTS = "comments"
"""The group of the rules about such comments; to allow those of its findings is never idle."""

_WIDTH = 120


class Comments(Struct, frozen=True):
    """What rules about comments are shown: those of one file, once all else is found.

    `idle` are names in them that allow nothing, though their rules were asked. `known` are the names of all rules and
    groups there are. `revision` is None for a file that is none.
    """

    path: str
    revision: str | None
    allows: tuple[Allow, ...]
    idle: tuple[tuple[Allow, str], ...]
    known: frozenset[str]


def allowing(allows: Iterable[Allow], rule: str, group: str, span: Span) -> Iterator[tuple[Allow, str]]:
    """The comments that allow a finding, each with the name by which it does."""
    for allow in allows:
        first, end = allow.lines or (span.line, span.line + 1)
        if (first <= span.end_line and span.line < end) or allow.line == span.line:
            yield from ((allow, name) for name in allow.names if name in (rule, group))


def idle(
    allows: Iterable[Allow], used: Collection[tuple[Allow, str]], settled: Collection[str]
) -> tuple[tuple[Allow, str], ...]:
    """The names in comments that allow nothing; only of those that are `settled`, since all they mean was asked."""
    return tuple(
        (allow, name) for allow in allows for name in allow.names if name in settled and (allow, name) not in used
    )


def settled(rules: Mapping[str, tuple[str, bool]], asked: Collection[str]) -> frozenset[str]:
    """The names of rules and groups whose findings a run has all seen.

    `rules` has the group of each rule and whether it is on by itself, `asked` are those that were asked. A group is
    settled when all its rules that are on by themselves were asked. Rules about comments are none of them.
    """
    groups: dict[str, bool] = {}
    for name, (group, default_on) in rules.items():
        groups[group] = groups.get(group, True) and (name in asked or not default_on)
    known = {name for name in asked if rules[name][0] != COMMENTS}
    return frozenset(known | {group for group, whole in groups.items() if whole and group != COMMENTS})


def with_allows(text: str, wanted: Iterable[tuple[Span, str]], reason: str) -> str:
    """The text of a file with comments that allow findings, by their span and rule; all else stays as it is.

    What concerns the whole file is allowed at its head. All else is allowed at the end of the line where its
    statement begins, if the line stays within 120 columns, else in a line above.
    """
    layout = Layout(text)
    wanting: dict[Statement | None, set[str]] = {}
    for span, rule in wanted:
        statement = None if span == START else layout.at(span.line)
        wanting.setdefault(statement, set()).add(rule)

    above: dict[int, str] = {}
    beside: dict[int, str] = {}
    for statement, rules in wanting.items():
        comment = f"# alembic-review: allow[{', '.join(sorted(rules))}] {reason}"
        if statement is None:
            above[_head(layout)] = comment
        elif (line := _beside(layout, statement, comment)) is not None:
            beside[line] = f"  {comment}"
        else:
            above[statement.first] = layout.lines[statement.first - 1][: statement.column] + comment

    lines, ends = LINE_END.split(text), [*LINE_END.findall(text), ""]
    usual = ends[0] or "\n"
    parts: list[str] = []
    for number, (line_text, end) in enumerate(zip(lines, ends, strict=True), 1):
        if number in above:
            parts += (above[number], end or usual)
        parts += (line_text, beside.get(number, ""), end)
    if len(lines) + 1 in above:
        parts += (usual, above[len(lines) + 1], usual)
    return "".join(parts)


def _head(layout: Layout) -> int:
    """The line that a comment about the whole file goes above: after a docstring, and after what names an encoding."""
    statements = layout.statements
    if statements:
        return statements[0].last + 1 if statements[0].is_text else statements[0].first
    line = 1
    while layout.is_alone(line):
        line += 1
    return line


def _beside(layout: Layout, statement: Statement, comment: str) -> int | None:
    """The line at whose end a comment about a statement goes; None where it goes above the statement."""
    first = statement.first
    width = len(layout.lines[first - 1].expandtabs()) + len(comment) + 2
    if first not in layout.open and width <= _WIDTH:
        return first
    run = first
    while layout.is_alone(run - 1):
        run -= 1
    before = layout.before(first - 1)
    heads_file = not before or (len(before) == 1 and before[0].is_text)
    if heads_file or layout.function_of(run) is not None:
        # A comment above would be about all of the file, or of the function.
        return statement.last if first in layout.open else first
    return None
