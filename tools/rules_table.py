#!/usr/bin/env python3
"""Writes the table of rules into the README, from the rules themselves.

python tools/rules_table.py            write it
python tools/rules_table.py --check    exit code 1 where it is not current
"""

from __future__ import annotations

import sys
from pathlib import Path

from alembic_review.registry import load_rules

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- rules -->\n", "<!-- /rules -->"
GROUPS = (
    "data_loss",
    "renames",
    "enums",
    "external_tables",
    "downgrades",
    "failures",
    "locks",
    "data_migrations",
    "history",
    "environment",
    "comments",
    "design",
)


def table() -> str:
    """The rules by group, as Markdown."""
    rules = load_rules()
    lines = []
    for group in GROUPS:
        members = [rule for rule in rules if rule.group == group]
        if members:
            lines += ["", f"**{group}**", "", "| rule | level | what it flags |", "| --- | --- | --- |"]
        for rule in members:
            off = "" if rule.default_on else " (off unless selected)"
            summary = rule.summary().replace("|", "\\|")
            lines.append(f"| `{rule.name}` | {rule.severity.value} | {summary}{off} |")
    return "\n".join(lines).strip() + "\n"


def current(text: str) -> str:
    """The README with the table that it should have."""
    before, _, rest = text.partition(START)
    return f"{before}{START}\n{table()}\n{END}{rest.partition(END)[2]}"


def main() -> int:
    text = README.read_text(encoding="utf-8")
    wanted = current(text)
    if "--check" in sys.argv[1:]:
        return int(text != wanted)
    README.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
