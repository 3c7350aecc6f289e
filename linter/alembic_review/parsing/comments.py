"""The comments of a file that allow something: where they stand, and which lines they cover."""

from __future__ import annotations

import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from alembic_review.revision import Allow

MARK = "alembic-review:"
"""What every such comment has, so that a file without it need not be looked at."""

LINE_END = re.compile(r"\r\n|\r|\n")

# A reason ends where the next comment begins; in SQL text, also where the text does.
_COMMENT = re.compile(r"(?:#|--)[ \t]*alembic-review:[ \t]*(?:(allow)[ \t]*\[([^\]\n]*)\])?(.*?)(?=[ \t]+#[ \t]|$)")
_END_OF_TEXT = re.compile(r"\\n|\*/|[\"']+[ \t,)]*$")
_BEFORE_SQL = re.compile(r"[ \t]*(?:[A-Za-z]{0,2}(?:\"\"\"|'''|\"|'))?[ \t]*")

_SQL_COMMENT = re.compile(r"[ \t]*[\"']?--")


class Statement(Struct, frozen=True):
    """A statement, or the header of one that has a body: its first and last line, and the column it begins in.

    `end` is the last line of all of a function, None for what is no function; that of its decorators is part of it.
    """

    first: int
    last: int
    column: int
    is_text: bool = False
    end: int | None = None


class Layout:
    """The statements and comments of one file, by its tokens; of a file that is not Python, as far as it is."""

    def __init__(self, text: str) -> None:
        self.statements: list[Statement] = []
        self.comments: dict[int, int] = {}
        """The column of the comment that a line ends in."""
        self.open: set[int] = set()
        """The lines at whose end a string, or a line that a backslash continues, goes on."""
        self.lines = LINE_END.split(text)
        self._read()
        self._firsts = [statement.first for statement in self.statements]

    def _read(self) -> None:
        begun: list[tokenize.TokenInfo] = []
        functions: list[int | None] = []
        decorated: int | None = None
        literals: list[int] = []
        try:
            for token in tokenize.generate_tokens(io.StringIO("\n".join(self.lines) + "\n").readline):
                kind, line = tokenize.tok_name[token.type], token.start[0]
                if kind == "COMMENT":
                    self.comments[line] = token.start[1]
                elif kind == "INDENT":
                    header = len(self.statements) - 1
                    functions.append(header if self.statements[header].end is not None else None)
                elif kind == "DEDENT":
                    function = functions.pop()
                    if function is not None:
                        self.statements[function] = replace(self.statements[function], end=self.statements[-1].last)
                elif kind == "NEWLINE":
                    if begun:
                        decorated = self._statement(begun, decorated)
                    begun = []
                elif kind not in ("NL", "ENDMARKER"):
                    begun.append(token)
                    # From Python 3.12 on, the parts of an f-string are tokens.
                    if kind.endswith("STRING_START"):
                        literals.append(line)
                    elif kind.endswith("STRING_END") and literals:
                        line = literals.pop()
                    self.open.update(range(line, token.end[0]))
        except (tokenize.TokenError, SyntaxError, IndexError):
            # What comes before the place is known all the same.
            return

    def _statement(self, tokens: Sequence[tokenize.TokenInfo], decorated: int | None) -> int | None:
        """Add a statement; the answer is the line of the decorators that the next one has."""
        first, last = tokens[0].start[0], tokens[-1].end[0]
        self.open.update(line for line in range(first, last) if self.lines[line - 1].endswith("\\"))
        if tokens[0].string == "@":
            return decorated or first
        words = [token.string for token in tokens[:2]]
        is_function = words[0] == "def" or words == ["async", "def"]
        is_text = all(token.type == tokenize.STRING for token in tokens)
        start = decorated if is_function and decorated else first
        self.statements.append(Statement(start, last, tokens[0].start[1], is_text, last if is_function else None))
        return None

    def at(self, line: int) -> Statement | None:
        """The statement that has this line."""
        index = bisect_right(self._firsts, line) - 1
        statement = self.statements[index] if index >= 0 else None
        return statement if statement is not None and line <= statement.last else None

    def before(self, line: int) -> Sequence[Statement]:
        """The statements that begin up to a line."""
        return self.statements[: bisect_right(self._firsts, line)]

    def below(self, line: int) -> Statement | None:
        """The first statement that begins after a line."""
        index = bisect_right(self._firsts, line)
        return self.statements[index] if index < len(self.statements) else None

    def is_alone(self, line: int) -> bool:
        """Whether there is nothing but a comment in a line."""
        column = self.comments.get(line)
        return column is not None and not self.lines[line - 1][:column].strip()

    def is_head(self, line: int) -> bool:
        """Whether a line stands before all that the file does: at its beginning, or after its docstring."""
        before = self.before(line)
        return not before or (len(before) == 1 and before[0].is_text and before[0].last < line)

    def function_of(self, line: int) -> Statement | None:
        """The function at the head of whose body a line stands: right after the ``def``, or after its docstring."""
        before = self.before(line - 1)
        last = before[-1] if before else None
        if last is None or last.last + 1 != line:
            return None
        header = before[-2] if last.is_text and len(before) > 1 else last
        return header if header.end is not None and header.end > header.last else None

    def covered(self, line: int) -> tuple[int, int] | None:
        """The lines that a comment in *line* is about, as a half-open range; None for the whole file.

        That is the statement that it stands in, or directly above; at the head of a function all of that, and at the
        head of the file, before or after its docstring, the whole file.
        """
        statement = self.at(line)
        if statement is not None:
            return _range(statement)
        if self.is_head(line):
            return None
        first = last = line
        while self.is_alone(first - 1):
            first -= 1
        while self.is_alone(last + 1):
            last += 1
        function = self.function_of(first)
        below = self.below(line)
        if function is not None:
            return _range(function)
        if below is not None and below.first == last + 1 and self.comments[line] <= below.column:
            return _range(below)
        return line, line + 1


def _range(statement: Statement) -> tuple[int, int]:
    return statement.first, (statement.end or statement.last) + 1


def allows_of(text: str) -> tuple[Allow, ...]:
    """The comments of a file that are meant for us, in order; those whose names cannot be read have none."""
    return tuple(_allows(text)) if MARK in text else ()


def _allows(text: str) -> Iterator[Allow]:
    layout = Layout(text)
    for number, line in enumerate(layout.lines, 1):
        if MARK not in line:
            continue
        comment = layout.comments.get(number, len(line))
        for found in _COMMENT.finditer(line):
            in_sql = found.start() < comment
            if in_sql != (line.startswith("--", found.start())):
                # The one's sign in the other's text.
                continue
            reason, end = found[3], found.end()
            if in_sql and (stop := _END_OF_TEXT.search(reason)):
                end -= len(reason) - stop.start()
                reason = reason[: stop.start()]
            lines = _of_sql(layout.lines, number, found.start()) if in_sql else layout.covered(number)
            names = tuple(filter(None, re.split(r"[,\s]+", found[2] or "")))
            end -= len(reason) - len(reason.rstrip())
            yield Allow(names, reason.strip(" \t:-"), number, found.start() + 1, end + 1, lines)


def _of_sql(lines: Sequence[str], number: int, column: int) -> tuple[int, int]:
    """What a comment in SQL text covers: its line, and the next one with SQL where it has one to itself."""
    last = number
    if _BEFORE_SQL.fullmatch(lines[number - 1][:column]):
        last += 1
        while last < len(lines) and (not lines[last - 1].strip() or _SQL_COMMENT.match(lines[last - 1])):
            last += 1
    return number, last + 1
