"""Text of strangers, made safe to show: nothing in it moves a cursor, hides a letter or commands a CI runner."""

from __future__ import annotations

from alembic_review.diagnostics import Diagnostic

RUNNER_COMMAND = "##["
"""GitHub's runner obeys ``##[command]`` wherever it stands in a line of the log."""

HARMLESS_HASH = r"\x23"
"""To be shown for the first character of a RUNNER_COMMAND."""


def printable(text: str) -> str:
    """The text with everything that a terminal would obey rather than show written as Python escapes it."""
    text = text.replace(RUNNER_COMMAND, HARMLESS_HASH + RUNNER_COMMAND[1:])
    return text if text.isprintable() else "".join(map(show, text))


def show(character: str) -> str:
    """The character itself, or its escape: ``\\x1b``, ``\\n``, ``\\u202e``. Spaces of every width stay."""
    if character.isprintable() or (character.isspace() and character > "\xa0" and character not in "\u2028\u2029"):
        return character
    return character.encode("unicode_escape").decode("ascii")


def location(diagnostic: Diagnostic) -> str:
    """``path:line:column``, as editors and terminals turn into a link."""
    path = printable(diagnostic.path)
    if path.lstrip().startswith("::"):
        path = f"./{path}"  # GitHub's runner obeys a line that begins with ::command.
    return f"{path}:{diagnostic.span.line}:{diagnostic.span.column}"
