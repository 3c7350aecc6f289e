"""SQL text to operations, with PostgreSQL's own grammar.

A text is put to the grammar whole, and statement by statement where it refuses the whole. Bind parameters go as ``$1``;
a hole goes as it is, a letter of an identifier to PostgreSQL, and where the grammar wants something else there, as
whatever of a few things lets it go on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import count

from alembic_review.operations import InvalidSQL, Operation
from alembic_review.parsing import sql_questions, sql_tokens
from alembic_review.parsing.libpg_query import NotParsed, SQLError, parse
from alembic_review.parsing.sql_sent import Edit, Sent, parameters
from alembic_review.parsing.sql_statements import PlaceOf, Source, Statement
from alembic_review.parsing.sql_tokens import Token
from alembic_review.parsing.sql_trees import ANY_NUMBER
from alembic_review.parsing.values import PARTLY_UNKNOWN, Query
from alembic_review.types import HOLE

LONGEST = 4_000_000
"""The longest text that is taken apart, in characters."""

MENDS = 12
"""How many holes of one statement are filled with what the grammar may want."""


def read(text: str, place: PlaceOf, next_id: Callable[[], int] | None = None) -> list[Operation]:
    """The operations that *text* is, in the order in which PostgreSQL runs them; never raises.

    *place* tells where characters [start, end) of the text stand. *next_id* gives the ids of conditions, which are
    unique within a revision. What the grammar refuses becomes `InvalidSQL`, what it cannot be asked, `Unread`.
    """
    reader = _Reader(Source(text, place, next_id or count(1).__next__, read))
    return list(reader.operations())


def ask(text: str) -> Query | None:
    """What the first value that a SELECT returns says of the schema, if it is a question to the catalogue."""
    sent = Sent(text, parameters(text), 0, len(text))
    try:
        found = parse(sent.sql)
    except (SQLError, NotParsed):
        return None
    select = found[0]["stmt"].get("SelectStmt") if len(found) == 1 else None
    return sql_questions.question_of_select(select, {}, sql_tokens.folded(text)) if select else None


class _Reader:
    """Reads one text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.parameters = parameters(source.text)

    def operations(self) -> Iterator[Operation]:
        """What the text is, statement by statement."""
        sent = Sent(self.text, self.parameters, 0, len(self.text))
        try:
            found = parse(sent.sql)
        except (SQLError, NotParsed):
            if len(self.text) > LONGEST:
                yield self.source.unread(
                    sql_tokens.tokens(self.text, 0, LONGEST), "the SQL is longer than what is read"
                )
                return
            for tokens in sql_tokens.statements(sql_tokens.tokens(self.text)):
                yield from self._alone(tokens)
            return
        for raw in found:
            begin = raw.get("stmt_location", 0)
            length = raw.get("stmt_len", 0)
            start = sent.location(begin)
            end = sent.location(begin + length) if length else len(self.text)
            yield from Statement(self.source, sent, *self._trimmed(start, end)).operations(raw["stmt"])

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        """The range without white space, comments and semicolons around."""
        text = self.text[start:end]
        if "--" in text or "/*" in text or ";" in text:
            tokens = [token for token in sql_tokens.tokens(self.text, start, end) if token.text != ";"]
            return (tokens[0].start, tokens[-1].end) if tokens else (start, end)
        return start + len(text) - len(text.lstrip()), start + len(text.rstrip())

    def _alone(self, tokens: list[Token]) -> Iterator[Operation]:
        """A statement that may be what the grammar refuses."""
        start, end = tokens[0].start, tokens[-1].end
        edits = [edit for edit in self.parameters if start <= edit.start and edit.end <= end]
        unknown = HOLE in self.text[start:end]
        partly = False
        try:
            for _ in range(MENDS):
                sent = Sent(self.text, edits, start, end)
                try:
                    found = parse(sent.sql)
                except SQLError as error:
                    mended = self._mended(tokens, edits, error, sent)
                    if mended is None:
                        raise
                    partly = partly or _is_dropped(mended)
                    edits = sorted([edit for edit in edits if edit.start != mended.start] + [mended])
                    continue
                for raw in found:
                    yield from Statement(self.source, sent, start, end, tokens, partly).operations(raw["stmt"])
                return
            why = PARTLY_UNKNOWN
        except NotParsed as error:
            why = str(error)
        except SQLError as error:
            if not unknown:
                yield self._invalid(tokens, sent.position(error.position), error.message)
                return
            why = PARTLY_UNKNOWN
        yield self.source.unread(tokens, why)

    def _mended(self, tokens: list[Token], edits: list[Edit], error: SQLError, sent: Sent) -> Edit | None:
        """What to send for the hole or parameter that the grammar stumbles over, so that it gets beyond."""
        at = sent.position(error.position)
        index = bisect_right([token.start for token in tokens], at)
        for number in (index - 1, index - 2):
            if number < 1:
                break
            token = tokens[number]
            others = [edit for edit in edits if edit.start != token.start]
            for text in self._instead(tokens, number):
                mended = Edit(token.start, token.end, text)
                trial = Sent(self.text, sorted([*others, mended]), tokens[0].start, tokens[-1].end)
                try:
                    parse(trial.sql)
                except SQLError as next_error:
                    if trial.position(next_error.position) <= max(at, token.end - 1):
                        continue
                return mended
        return None

    def _instead(self, tokens: list[Token], number: int) -> list[str]:
        """What a hole or a parameter may stand for, where it cannot stand as it is."""
        before, token, *after = tokens[number - 1 : number + 2]
        verb = sql_tokens.verb(tokens)
        if token.kind == "parameter":
            return ["($1)", f"'{HOLE}'"]
        if token.kind != "word" or HOLE not in token.text:
            return []
        rest = self.text[token.start : token.end].strip(HOLE)
        if rest:
            # A hole that ends, or starts, with the white space that is missing here.
            return [f"{HOLE} {rest}", f"{rest} {HOLE}", *([rest] if verb in _OF_ROWS else [])]
        if after and after[0].kind == "quoted" and after[0].start == token.end:
            # {schema}"name", where the schema brings its dot along, or is not there.
            return [f"{HOLE}."]
        if verb in _OF_ROWS and sql_tokens.ends_operand(before):
            # A further condition or clause. In a statement of the schema it might be what makes it another one.
            return [""]
        found = [f"'{HOLE}'", f"({HOLE})", f"('{HOLE}')", str(ANY_NUMBER), f"SELECT {HOLE}"]
        if verb == "CREATE TABLE":
            found.append(f"LIKE {HOLE}")
        return [*found, f"{HOLE} = {HOLE}", f"WHEN {HOLE} THEN {HOLE}"] if verb in _OF_ROWS else found

    def _invalid(self, tokens: list[Token], at: int, message: str) -> InvalidSQL:
        token = next((token for token in tokens if token.end > at), tokens[-1])
        return InvalidSQL(
            error=message,
            verb=sql_tokens.verb(tokens),
            tables=sql_tokens.tables(tokens),
            place=self.source.place(token.start, token.end),
            sql=self.text[tokens[0].start : tokens[-1].end],
        )


def _is_dropped(mended: Edit) -> bool:
    """Whether nothing was sent for a hole."""
    return HOLE not in mended.text and mended.text not in ("($1)", str(ANY_NUMBER))


_OF_ROWS = frozenset(["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"])
