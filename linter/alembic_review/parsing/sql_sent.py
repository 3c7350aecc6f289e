"""SQL text as it is sent to PostgreSQL's grammar, and the way back from what the grammar says of it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from alembic_review.parsing.sql_tokens import LITERALS, ends_operand, tokens

_PARAMETER = re.compile(
    rf"""
    (?P<blank>--[^\r\n]*)
    |(?P<comment>/\*.*?(?:\*/|\Z))
    |{LITERALS}
    |(?P<parameter>(?<![:\w\\]):\w+ | %\(\w+\)s | %s(?!\w))
    |(?P<colon>\\:)
    """,
    re.VERBOSE | re.DOTALL,
)
_HAS_PARAMETER = re.compile(r"(?<![:\w\\]):\w|%\(|%s|\\:")
_COLON = re.compile(r"\\:")


class Edit(NamedTuple):
    """Characters [start, end) of a text are sent as `text`."""

    start: int
    end: int
    text: str


def parameters(text: str) -> list[Edit]:
    """The bind parameters of *text* as ``$1``: those of SQLAlchemy, ``:name``, and of drivers, ``%(name)s`` and ``%s``.

    Casts, slices, strings, comments and quoted bodies stay as they are; only ``\\:``, which ``sa.text()`` takes for a
    colon, is one everywhere.
    """
    if not _HAS_PARAMETER.search(text):
        return []
    edits: list[Edit] = []
    for match in _PARAMETER.finditer(text):
        kind = match.lastgroup
        if kind == "colon":
            edits.append(Edit(match.start(), match.end(), ":"))
        elif kind == "parameter":
            if match.group() != "%s" or _may_be_parameter(text, match.start()):
                edits.append(Edit(match.start(), match.end(), "$1"))
        elif "\\:" in match.group():
            edits.extend(Edit(at.start(), at.end(), ":") for at in _COLON.finditer(text, match.start(), match.end()))
    return edits


def _may_be_parameter(text: str, at: int) -> bool:
    # "a %s" may be a remainder: only what follows an operator or a keyword has to be an operand.
    before = tokens(text, max(at - 40, 0), at)
    return bool(before) and not ends_operand(before[-1])


class Sent:
    """Characters [start, end) of a text as they are sent to the grammar, and the way back from what it says."""

    __slots__ = ("_continuations", "_moved", "sql", "start")

    def __init__(self, text: str, edits: Sequence[Edit], start: int, end: int) -> None:
        self.start = start
        self._moved: list[tuple[int, int, int]] = []
        if edits:
            parts: list[str] = []
            at, length = start, 0
            for edit in edits:
                parts.append(text[at : edit.start])
                length += edit.start - at
                parts.append(edit.text)
                self._moved.append((length, length + len(edit.text), edit.start))
                length += len(edit.text)
                self._moved.append((length, -1, edit.end))
                at = edit.end
            parts.append(text[at:end])
            self.sql = "".join(parts)
        else:
            self.sql = text[start:end] if start or end < len(text) else text
        self._continuations: list[int] | None = None

    def position(self, character: int) -> int:
        """The character of the text that the grammar means by a character of what it was sent."""
        index = bisect_right(self._moved, (character, len(self.sql) + 1, 0)) - 1
        if index < 0:
            return self.start + character
        begin, inserted, original = self._moved[index]
        return original if character < inserted else original + character - begin

    def location(self, offset: int) -> int:
        """The character of the text that the grammar means by a byte of what it was sent."""
        if self.sql.isascii():
            return self.position(offset)
        if self._continuations is None:
            self._continuations = [
                match.start() for match in re.finditer(rb"[\x80-\xbf]", self.sql.encode(errors="replace"))
            ]
        return self.position(offset - bisect_left(self._continuations, offset))
