"""``alembic-review rules``: all rules there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import click


class _Row(NamedTuple):
    group: str
    name: str
    level: str
    default: bool
    summary: str


@click.command("rules")
@click.option("--format", "format_", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
def command(format_: str) -> None:
    """List all rules, by group."""
    from alembic_review.cli.installed import installed_rules
    from alembic_review.cli.output import output

    rows = sorted(
        _Row(rule.group, rule.name, rule.severity.value, rule.default_on, rule.summary()) for rule in installed_rules()
    )
    write = {"text": _text, "json": _json, "markdown": _markdown}[format_]
    with output(None) as stream:
        stream.writelines(f"{line}\n" for line in write(rows))


def _text(rows: Sequence[_Row]) -> Iterator[str]:
    width = max(len(row.name) for row in rows)
    for group, members in groupby(rows, key=lambda row: row.group):
        yield group
        for row in members:
            yield f"  {row.name:<{width}}  {row.level:<7}  {_flags(row)}"


def _json(rows: Sequence[_Row]) -> Iterator[str]:
    import json

    yield json.dumps([row._asdict() for row in rows], indent=2)


def _markdown(rows: Sequence[_Row]) -> Iterator[str]:
    yield "| group | rule | level | what it flags |"
    yield "| --- | --- | --- | --- |"
    for row in rows:
        flags = _flags(row).replace("|", r"\|")
        yield f"| {row.group} | {row.name} | {row.level} | {flags} |"


def _flags(row: _Row) -> str:
    return row.summary if row.default else f"{row.summary} (off unless selected)"
