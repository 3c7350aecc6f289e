"""Comments that allow what was found, written into the files it was found in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from alembic_review.allowances import with_allows
from alembic_review.cli.output import replace_file
from alembic_review.diagnostics import Diagnostic, Span
from alembic_review.text import encoding


def allow(diagnostics: Iterable[Diagnostic], reason: str) -> tuple[int, list[str]]:
    """Write a comment for each finding; how many files got some, and a line for each that could not."""
    wanted: dict[str, list[tuple[Span, str]]] = {}
    for diagnostic in diagnostics:
        wanted.setdefault(diagnostic.path, []).append((diagnostic.span, diagnostic.rule))
    problems = []
    for path, findings in sorted(wanted.items()):
        try:
            _write(Path(path), findings, reason)
        except OSError as error:
            problems.append(f"{path}: cannot be written: {error.strerror}")
        except (UnicodeError, SyntaxError, LookupError):
            problems.append(f"{path}: a comment with this reason cannot be written in the encoding of the file")
    return len(wanted) - len(problems), problems


def _write(file: Path, findings: Iterable[tuple[Span, str]], reason: str) -> None:
    data = file.read_bytes()
    name = encoding(data)
    text = data.decode(name)
    if text.encode(name) != data:
        # An encoding that writes one text in several ways: what is not ours would change.
        raise LookupError(name)
    replace_file(file, with_allows(text, findings, reason).encode(name))
