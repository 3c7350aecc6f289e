"""The lines of a file, as its author sees them numbered."""

from __future__ import annotations

import re

from alembic_review.text import content, decoded

# What Python ends a line with; str.splitlines() would also stop at a form feed and at U+2028.
_LINE_END = re.compile(r"\r\n|\r|\n")


def lines_of(path: str) -> list[str]:
    """The lines of a Python or other text file, without their ends; none where it cannot be read or decoded."""
    try:
        return _LINE_END.split(decoded(content(path)))
    except (OSError, SyntaxError, UnicodeError, LookupError):
        return []
