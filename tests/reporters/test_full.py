"""Each finding with its source."""

from __future__ import annotations

import click
import pytest
from msgspec.structs import replace

from alembic_review.diagnostics import Diagnostic, Report, Span
from tests.reporters.findings import DROPPED, HEADS, LEFT, report, written


def snippet(span: Span, *lines: str) -> str:
    """What stands between the location and the help of one finding."""
    text = written("full", Report((replace(DROPPED, span=span),)), *lines)
    return "\n".join(text.split("= help")[0].rstrip().splitlines()[3:])


def test_a_report_shows_findings_by_path_and_position_with_source_and_help() -> None:
    text = written("full", report(DROPPED, LEFT, HEADS), statistics=True)

    assert (
        text
        == """\
error[enum-left-behind] downgrade() leaves the enum type "role" behind
  --> migrations/versions/2026-01-01_roles.py:12:1
   |
12 | def x(): ...
   | ^^^

info[multiple-heads] is one of 2 heads
 --> migrations/versions/2026-01-02_forget.py:1:1

warning[dropped-column] drops the column "task_history.result" and all it holds
 --> migrations/versions/2026-01-02_forget.py:3:5
  |
3 |     op.drop_column("task_history", "result")
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: Keep it until nothing reads it.

 1  warning  dropped-column
 1  error    enum-left-behind
 1  info     multiple-heads
30  unread   calls a function of another module
 1  unread   unknown table
1 error, 1 warning, 1 info. Revisions: 124 read, 3 reviewed. Operations: 2210 read, 31 unread.
"""
    )


def test_without_findings_only_the_summary_is_written() -> None:
    text = written("full", Report(histories=2, revisions=7, reviewed=7, read=1, unread=0))

    assert text == "No findings. Revisions: 7 read in 2 histories, 7 reviewed. Operations: 1 read, 0 unread.\n"


def test_color_changes_nothing_but_the_color() -> None:
    findings = report(DROPPED, LEFT, HEADS)

    colored = written("full", findings, color=True)

    assert colored != click.unstyle(colored) == written("full", findings)


def test_a_span_of_three_lines_is_shown_whole_without_indentation_and_empty_lines() -> None:
    text = snippet(Span(1, 8, 3, 4), "    op.f(", "", "      )", "")

    assert text == "1 |     op.f(\n  |        ^^\n2 |\n3 |       )\n  |       ^"


def test_of_a_longer_span_the_first_and_the_last_line_are_shown() -> None:
    lines = ["x = (", *["    1,"] * 9, ")  # end"]

    text = snippet(Span(1, 1, 11, 2), *lines)

    assert text == " 1 | x = (\n   | ^^^^^\n  ...\n11 | )  # end\n   | ^"


@pytest.mark.parametrize(
    ("line", "span", "expected"),
    [
        ('\tf("x")', Span(1, 2, 1, 8), '1 |     f("x")\n  |     ^^^^^^'),
        ("日本 = x", Span(1, 6, 1, 7), "1 | 日本 = x\n  |        ^"),
        ("x = 日本", Span(1, 5, 1, 7), "1 | x = 日本\n  |     ^^^^"),
        ("e\u0301 = x", Span(1, 6, 1, 7), "1 | e\u0301 = x\n  |     ^"),
        ("a\x1bb = x", Span(1, 7, 1, 8), "1 | a\\x1bb = x\n  |          ^"),
        ("x", Span(1, 2, 1, 2), "1 | x\n  |  ^"),
        ("x", Span(1, 9, 1, 20), "1 | x\n  |  ^"),
    ],
    ids=["tab", "wide before", "wide inside", "combining", "escape", "empty", "beyond the end"],
)
def test_carets_stand_below_what_they_mean(line: str, span: Span, expected: str) -> None:
    assert snippet(span, line) == expected


def test_a_long_line_is_cut_round_the_span() -> None:
    text = snippet(Span(1, 501, 1, 504), "a" * 500 + "xyz" + "b" * 500)

    source, carets = text.splitlines()
    assert len(source) < 160
    assert source.startswith("1 | …a") and source.endswith("b…")
    assert source[carets.index("^") : carets.rindex("^") + 1] == "xyz"


def test_a_span_that_runs_over_the_cut_is_underlined_up_to_it() -> None:
    text = snippet(Span(1, 3, 1, 900), "x" * 1000)

    source, carets = text.splitlines()
    assert source.endswith("x…")
    assert len(source) == len(carets)


def test_the_end_of_a_long_line_is_shown_where_the_span_is_there() -> None:
    text = snippet(Span(1, 998, 1, 1001), "a" * 997 + "xyz")

    source, carets = text.splitlines()
    assert source.endswith("axyz")
    assert carets.endswith(" ^^^") and len(carets) == len(source)


@pytest.mark.parametrize("span", [Span(3, 1, 3, 2), Span(1, 1, 3, 2)])
def test_a_file_that_has_become_shorter_shows_no_source(span: Span) -> None:
    assert snippet(span, "x", "y") == ""


@pytest.mark.parametrize(
    "character", ["\x1b", "\x9b", "\x07", "\n", "\r", "\x7f", "\u202e", "\u2066", "\u2028", "\udc9b"]
)
def test_nothing_of_a_stranger_reaches_the_terminal_raw(character: str) -> None:
    hostile = f"a{character}b"
    finding = Diagnostic(hostile, hostile, DROPPED.severity, f"{hostile}.py", Span(1, 2, 1, 3), hostile, hostile)
    everything = replace(report(finding), unread_reasons={hostile: 1})
    source = "" if character in "\r\n" else hostile

    for form in ("full", "concise"):
        text = written(form, everything, source, "", statistics=True)

        escaped = character.encode("unicode_escape").decode()
        assert character not in text.replace("\n", "") if character != "\n" else "a\nb" not in text
        assert f"a{escaped}b" in text


def test_letters_of_all_languages_and_their_spaces_are_left_alone() -> None:
    text = written("concise", report(replace(DROPPED, message="löscht 列\u3000“статус” 🙂")))

    assert "löscht 列\u3000“статус” 🙂" in text


def test_no_line_holds_a_command_of_the_runner() -> None:
    hostile = "##[add-mask]x"
    finding = Diagnostic(hostile, "g", DROPPED.severity, f"{hostile}.py", Span(1, 3, 1, 5), hostile, hostile)
    everything = replace(report(finding), unread_reasons={hostile: 1})

    text = written("full", everything, f"x {hostile} ###[error]") + written("concise", everything, statistics=True)

    assert "##[" not in text
    assert r"\x23#[add-mask]x" in text
