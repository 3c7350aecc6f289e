"""What programs read."""

from __future__ import annotations

import json

from msgspec.structs import replace

from alembic_review import __version__
from tests.reporters.findings import DROPPED, HEADS, report, written


def test_the_object_has_its_keys_in_their_order() -> None:
    text = written("json", report(HEADS, DROPPED))

    document = json.loads(text)
    finding = document["diagnostics"][1]
    assert list(document) == [
        "version",
        "histories",
        "revisions",
        "reviewed",
        "bases",
        "baseline",
        "operations",
        "diagnostics",
    ]
    assert document["version"] == __version__
    assert (document["histories"], document["revisions"]) == (1, 124)
    assert document["operations"] == {"read": 2210, "unread": 31}
    assert list(finding.items()) == [
        ("rule", "dropped-column"),
        ("group", "data_loss"),
        ("severity", "warning"),
        ("path", "migrations/versions/2026-01-02_forget.py"),
        ("line", 3),
        ("column", 5),
        ("end_line", 3),
        ("end_column", 43),
        ("message", 'drops the column "task_history.result" and all it holds'),
        ("help", "Keep it until nothing reads it."),
        ("revision", "86ef3d9ea91b"),
        ("direction", "upgrade"),
        ("table", "task_history"),
        ("thing", "task_history.result"),
        ("fix", None),
    ]


def test_it_is_indented_by_two_and_ends_with_one_line_end() -> None:
    text = written("json", report())

    assert text.startswith('{\n  "version": ')
    assert text.endswith('  "diagnostics": []\n}\n')


def test_statistics_are_a_key_more() -> None:
    document = json.loads(written("json", report(DROPPED, DROPPED, HEADS), statistics=True))

    assert document["statistics"] == {
        "rules": {"dropped-column": 2, "multiple-heads": 1},
        "unread": {"calls a function of another module": 30, "unknown table": 1},
    }


def test_nothing_but_ascii_that_can_be_shown_is_written_and_all_comes_back() -> None:
    hostile = "a\x1b[2J\x9b\x7f\u202e\udc80é"

    text = written("json", report(replace(DROPPED, message=hostile)), color=True)

    assert all(" " <= character <= "~" or character == "\n" for character in text)
    assert json.loads(text)["diagnostics"][0]["message"] == hostile
