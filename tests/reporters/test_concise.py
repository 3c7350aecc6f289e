"""One line for each finding."""

from __future__ import annotations

import click
from msgspec.structs import replace

from tests.reporters.findings import DROPPED, HEADS, LEFT, report, written

EXPECTED = """\
migrations/versions/2026-01-01_roles.py:12:1: error[enum-left-behind] downgrade() leaves the enum type "role" behind
migrations/versions/2026-01-02_forget.py:1:1: info[multiple-heads] is one of 2 heads
migrations/versions/2026-01-02_forget.py:3:5: warning[dropped-column] drops the column "task_history.result" and all it holds
1 error, 1 warning, 1 info. Revisions: 124 read, 3 reviewed. Operations: 2210 read, 31 unread.
"""  # noqa: E501


def test_each_finding_is_one_line_and_the_last_is_the_summary() -> None:
    assert written("concise", report(DROPPED, LEFT, HEADS)) == EXPECTED


def test_color_changes_nothing_but_the_color() -> None:
    colored = written("concise", report(DROPPED, LEFT, HEADS), color=True)

    assert colored != click.unstyle(colored) == EXPECTED


def test_findings_of_one_place_stand_in_the_order_of_rules_and_messages() -> None:
    same = [replace(DROPPED, rule=rule, message=message) for rule in "ba" for message in "yx"]

    lines = written("concise", report(*same)).splitlines()[:-1]

    assert [line[-4:] for line in lines] == ["a] x", "a] y", "b] x", "b] y"]


def test_a_file_name_cannot_command_a_runner() -> None:
    text = written("concise", report(replace(DROPPED, path="::stop-commands::x/a.py")))

    assert text.startswith("./::stop-commands::x/a.py:3:5: ")


def test_the_most_frequent_is_counted_first() -> None:
    findings = [*[replace(DROPPED, rule="b")] * 2, replace(DROPPED, rule="c"), replace(DROPPED, rule="a")]

    lines = written("concise", report(*findings), statistics=True).splitlines()[4:-1]

    assert lines == [
        " 2  warning  b",
        " 1  warning  a",
        " 1  warning  c",
        "30  unread   calls a function of another module",
        " 1  unread   unknown table",
    ]


def test_the_summary_says_what_it_was_judged_for_where_that_is_not_postgresql_alone() -> None:
    told = [written("concise", replace(report(), dialects=names)) for names in (("postgresql",), ("mysql", "sqlite"))]

    assert [line.rpartition(" unread.")[2] for line in told] == ["\n", " Dialect: mysql, sqlite.\n"]
