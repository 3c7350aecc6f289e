"""The lines that findings point at."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_review.reporters.source import lines_of


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"a\nb\r\nc\rd", ["a", "b", "c", "d"]),
        (b"a\x0cb\x1cc\n", ["a\x0cb\x1cc", ""]),
        ("a\u2028b\x85c".encode(), ["a\u2028b\x85c"]),
        (b"\xef\xbb\xbfx = 1", ["x = 1"]),
        (b"# coding: latin-1\n\xe9", ["# coding: latin-1", "é"]),
        (b"\xff\xfe", []),
        (b"# coding: nonsense\n", []),
        (b"", [""]),
    ],
    ids=["line ends", "no line ends", "nor these", "mark", "declared", "not utf-8", "unknown", "empty"],
)
def test_lines_are_those_that_python_counts(tmp_path: Path, content: bytes, lines: list[str]) -> None:
    file = tmp_path / "x.py"
    file.write_bytes(content)

    assert lines_of(str(file)) == lines


def test_what_cannot_be_read_has_no_lines(tmp_path: Path) -> None:
    assert lines_of(str(tmp_path)) == []
    assert lines_of(str(tmp_path / "missing.py")) == []
