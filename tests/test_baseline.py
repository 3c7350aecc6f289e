"""A baseline: what it looks like, what it covers, and what it no longer covers."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from msgspec.structs import replace

from alembic_review.baseline import BaselineError, Entry, beside, read, written
from alembic_review.diagnostics import START, Diagnostic, Report, Severity, Span

DROPPED = Diagnostic(
    "dropped-column",
    "data_loss",
    Severity.WARNING,
    "schema/versions/b1.py",
    Span(9, 5, 9, 40),
    'drops the column "job.note" and all it holds',
    None,
    "b1",
    "upgrade",
    "job",
    "job.note",
)
BLOCKS = replace(DROPPED, rule="index-blocks-writes", group="locks", thing=None, revision="a1")
NO_TARGET = replace(
    DROPPED,
    rule="no-target-metadata",
    group="environment",
    path="schema/env.py",
    revision=None,
    direction=None,
    table=None,
    thing=None,
)


def report(*diagnostics: Diagnostic) -> Report:
    """A report of two revisions, a1 and b1, both reviewed with three rules."""
    rules = ("dropped-column", "index-blocks-writes", "no-target-metadata")
    return Report(diagnostics, 1, 2, 2, rules=rules, known=("a1", "b1"), judged=("a1", "b1"))


def test_a_line_is_one_finding_without_lines_and_absolute_paths(tmp_path: Path) -> None:
    found = [replace(NO_TARGET, path=str(tmp_path / "schema" / "env.py")), DROPPED, BLOCKS]

    text, entries = written(found, tmp_path)

    assert entries == 3
    assert (
        text
        == """\
{
  "version": 1,
  "findings": [
    {"rule": "index-blocks-writes", "revision": "a1", "direction": "upgrade", "thing": "job"},
    {"rule": "dropped-column", "revision": "b1", "direction": "upgrade", "thing": "job.note"},
    {"rule": "no-target-metadata", "file": "schema/env.py"}
  ]
}
"""
    )


def test_the_same_findings_give_the_same_bytes(tmp_path: Path) -> None:
    found = [replace(DROPPED, thing=f"job.{number}", revision=f"r{number % 7}") for number in range(50)]
    shuffled = random.Random(1).sample([*found, *found], 100)

    assert written(shuffled, tmp_path) == written(found, tmp_path)


def test_what_was_written_covers_all_of_it_wherever_the_lines_are_now(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(written([DROPPED, BLOCKS, NO_TARGET], Path.cwd())[0])
    moved = [
        replace(one, span=Span(90, 1, 91, 2), message="said in other words", severity=Severity.ERROR)
        for one in (replace(DROPPED, path="schema/versions/b1_renamed.py"), BLOCKS, NO_TARGET)
    ]

    left = beside(report(*moved), read(file), Path.cwd())

    assert (left.diagnostics, left.baseline, left.outlived) == ((), 3, ())


@pytest.mark.parametrize(
    "other",
    [
        replace(DROPPED, rule="narrowed-type"),
        replace(DROPPED, revision="a1"),
        replace(DROPPED, direction="downgrade"),
        replace(DROPPED, thing="job.state"),
    ],
)
def test_what_differs_in_rule_revision_way_or_thing_is_new(other: Diagnostic) -> None:
    entries = [Entry("dropped-column", "b1", "", "upgrade", "job.note")]

    left = beside(report(DROPPED, other), entries, Path.cwd())

    assert left.diagnostics == (other,)
    assert left.baseline == 1


def test_an_entry_that_no_longer_applies_is_told() -> None:
    entries = [
        Entry("dropped-column", "b1", "", "upgrade", "job.gone"),
        Entry("dropped-column", "z9", "", "upgrade", "job.note"),
        Entry("no-target-metadata", file="schema/env.py"),
    ]

    left = beside(report(DROPPED), entries, Path.cwd())

    assert left.diagnostics == (DROPPED,)
    assert left.outlived == (
        "dropped-column of job.gone in b1",
        "dropped-column of job.note in z9",
        "no-target-metadata in schema/env.py",
    )


def test_nothing_is_told_of_entries_that_this_run_did_not_look_at() -> None:
    entries = [
        Entry("dropped-column", "a1", "", "upgrade", "job.gone"),
        Entry("narrowed-type", "b1", "", "upgrade", "job.gone"),
        Entry("no-target-metadata", file="schema/env.py"),
    ]
    part = replace(report(), judged=("b1",), reviewed=1)

    assert beside(part, entries, Path.cwd()).outlived == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no baseline"),
        ("[1]", "is no baseline of this version"),
        ('{"version": 2, "findings": []}', "is no baseline of this version"),
        ('{"version": 1}', 'has no list of "findings"'),
        ('{"version": 1, "findings": [{"revision": "a1"}]}', "this is no entry"),
        ('{"version": 1, "findings": [{"rule": 1}]}', "this is no entry"),
        ('{"version": 1, "findings": [{"rule": "r", "line": "7"}]}', "this is no entry"),
        ('{"version": 1, "findings": ["r"]}', "this is no entry"),
        ("[" * 100_000, "is no baseline"),
    ],
)
def test_what_is_no_baseline_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(text)

    with pytest.raises(BaselineError) as raised:
        read(file)

    assert str(raised.value).startswith(f"{file}: {told}")
    assert "\n" not in str(raised.value)


def test_a_baseline_that_is_not_there_is_told_with_how_to_write_it(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="there is no such baseline; write it with --write-baseline"):
        read(tmp_path / "baseline.json")


def test_letters_of_all_kinds_come_back(tmp_path: Path) -> None:
    found = [replace(DROPPED, thing=thing) for thing in ('größe."x"', "a\nb", "\x7f\u2028", "名")]
    file = tmp_path / "baseline.json"
    file.write_text(written(found, Path.cwd())[0], encoding="utf-8")

    assert beside(report(*found), read(file), Path.cwd()).diagnostics == ()
    assert len(json.loads(file.read_text(encoding="utf-8"))["findings"]) == 4


def test_a_finding_at_no_place_of_a_file_has_an_entry_too() -> None:
    assert written([replace(NO_TARGET, span=START)], Path.cwd())[1] == 1
