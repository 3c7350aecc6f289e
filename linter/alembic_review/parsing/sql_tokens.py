"""SQL text cut into tokens as PostgreSQL's lexer does: for what has to be known of a text without its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from alembic_review.types import HOLE, Name

# A letter, an underscore, or anything beyond ASCII. Said by what it is not, it compiles ten times as fast.
_LETTER = r"[^\x00-@\[-^`{-\x7f]"
_REST = r"[^\x00-#%-/:-@\[-^`{-\x7f]"
_TAG = r"[^\x00-/:-@\[-^`{-\x7f]"
_QUOTED = r"[^']*(?:''[^']*)*(?:'|\Z)"
LITERALS = rf"""
    (?P<string>[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*(?:'|\Z) | (?:[bBxXnN]|[uU]&)?'{_QUOTED})
    |(?P<dollar>\$(?P<tag>(?:{_LETTER}{_TAG}*)?)\$.*?(?:\$(?P=tag)\$|\Z))
    |(?P<quoted>(?:[uU]&)?"[^"]*(?:""[^"]*)*(?:"|\Z))
"""
_TOKEN = re.compile(
    rf"""
    [ \t\r\n\f\v]*(?:
    (?P<word>(?![eEbBxXnN]'|[uU]&['"]){_LETTER}{_REST}*)
    |(?P<list>[(),;])
    |{LITERALS}
    |(?P<number>\.?[0-9][0-9A-Za-z_]*(?:\.[0-9][0-9A-Za-z_]*)?)
    |(?P<parameter>\$[0-9]+|(?<!:):\w+|%\(\w+\)s)
    |(?P<line>--[^\r\n]*|\Z)
    |(?P<comment>/\*.*?(?:\*/|\Z))
    |(?P<sign>::|:=|[^ \t\r\n\f\v])
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_ENDS = re.compile(r"/\*|\*/")


class Token(NamedTuple):
    """Characters [start, end) of a text; `kind` is string, dollar, quoted, word, number, parameter or sign.

    `text` is in upper case for words, which are keywords unless they are names.
    """

    kind: str
    text: str
    start: int
    end: int


def upper(word: str) -> str:
    """*word* in upper case, as keywords are compared: PostgreSQL knows the case of ASCII letters only."""
    return (
        word.upper() if word.isascii() else "".join([letter.upper() if letter < "\x80" else letter for letter in word])
    )


def lower(word: str) -> str:
    """*word* as PostgreSQL folds an unquoted name."""
    return (
        word.lower() if word.isascii() else "".join([letter.lower() if letter < "\x80" else letter for letter in word])
    )


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of characters [start, end) of *text*, without white space and comments. Takes any text."""
    found: list[Token] = []
    last = len(text) if end is None else end
    while start < last:
        for match in _TOKEN.finditer(text, start, last):
            kind = match.lastgroup or ""
            at, to = match.span(kind)
            if kind == "word":
                found.append(Token(kind, upper(text[at:to]), at, to))
            elif kind == "comment":
                if "/*" in match[kind][2:]:
                    # PostgreSQL's comments nest, which no regular expression can follow.
                    start = _end_of_comment(text, at, last)
                    break
            elif kind != "line":
                found.append(Token("sign" if kind == "list" else kind, text[at:to], at, to))
        else:
            return found
    return found


def _end_of_comment(text: str, start: int, end: int) -> int:
    depth = 0
    for match in _COMMENT_ENDS.finditer(text, start, end):
        depth += 1 if match.group() == "/*" else -1
        if not depth:
            return match.end()
    return end


def statements(every: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens of each statement of a text, as a client splits it: at semicolons outside of bodies and rules."""
    found: list[Token] = []
    parentheses = blocks = 0
    for index, token in enumerate(every):
        if token.text == ";" and token.kind == "sign":
            if blocks or (parentheses and _is_rule(found)):
                found.append(token)
                continue
            if found:
                yield found
            found, parentheses = [], 0
            continue
        if token.text == "(":
            parentheses += 1
        elif token.text == ")":
            parentheses -= 1
        elif not found and _begins_block(every, index):
            blocks = 1
        elif token.text in ("BEGIN", "CASE") and found and found[0].text in ("CREATE", "BEGIN"):
            # BEGIN ATOMIC, and the bodies of other dialects, which hold what they have without quotes.
            blocks += token.text == "BEGIN" or blocks > 0
        elif (
            token.text == "END" and blocks and (index + 1 == len(every) or every[index + 1].text not in _CLOSED_BY_END)
        ):
            blocks -= 1
        found.append(token)
    if found:
        yield found


_OF_TRANSACTIONS = frozenset(
    [
        "TRANSACTION",
        "TRAN",
        "WORK",
        "ISOLATION",
        "READ",
        "DEFERRABLE",
        "NOT",
        "DEFERRED",
        "IMMEDIATE",
        "EXCLUSIVE",
        "CONCURRENT",
    ]
)


def _begins_block(found: Sequence[Token], index: int) -> bool:
    """Whether a statement is a block of other dialects, and no BEGIN of a transaction."""
    after = found[index + 1] if index + 1 < len(found) else None
    return found[index].text == "BEGIN" and after is not None and after.text not in (";", *_OF_TRANSACTIONS)


_CLOSED_BY_END = frozenset(["IF", "LOOP", "WHILE", "REPEAT"])


def _is_rule(found: list[Token]) -> bool:
    words = [token.text for token in found[:4]]
    return words[:1] == ["CREATE"] and "RULE" in words


def folded(text: str, start: int = 0, end: int | None = None) -> str:
    """Characters [start, end) of *text* without comments, and with a single space where there is any white space."""
    parts: list[str] = []
    before = -1
    for token in tokens(text, start, end):
        if before >= 0 and token.start > before:
            parts.append(" ")
        parts.append(text[token.start : token.end])
        before = token.end
    return "".join(parts)


def matching(found: Sequence[Token], opening: int) -> int:
    """The index of the parenthesis or bracket that closes the one at index *opening*; the last index if none does."""
    depth = 0
    for index in range(opening, len(found)):
        text = found[index].text
        if text in ("(", "["):
            depth += 1
        elif text in (")", "]"):
            depth -= 1
            if not depth:
                return index
    return len(found) - 1


def split(found: Sequence[Token]) -> list[Sequence[Token]]:
    """Tokens cut at the commas that stand in no parentheses or brackets."""
    parts: list[Sequence[Token]] = []
    depth = first = 0
    for index, token in enumerate(found):
        if token.text in ("(", "["):
            depth += 1
        elif token.text in (")", "]"):
            depth -= 1
        elif token.text == "," and not depth:
            parts.append(found[first:index])
            first = index + 1
    parts.append(found[first:])
    return parts


# --- what can be told without a syntax tree ---------------------------------------------------------------------------

_MODIFIERS = frozenset(
    [
        "OR",
        "REPLACE",
        "TEMP",
        "TEMPORARY",
        "GLOBAL",
        "LOCAL",
        "UNLOGGED",
        "UNIQUE",
        "RECURSIVE",
        "TRUSTED",
        "PROCEDURAL",
        "CONSTRAINT",
        "DEFAULT",
        "CONCURRENTLY",
        "COLUMNSTORE",
    ]
)
_TWO_WORDS = frozenset(
    [
        "MATERIALIZED VIEW",
        "FOREIGN TABLE",
        "FOREIGN DATA",
        "EVENT TRIGGER",
        "TEXT SEARCH",
        "ACCESS METHOD",
        "OPERATOR CLASS",
        "OPERATOR FAMILY",
        "USER MAPPING",
        "DEFAULT PRIVILEGES",
        "OWNED BY",
        "LARGE OBJECT",
    ]
)
_ROWS = frozenset(["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES"])
_LONGER = {
    "LOCK": "LOCK TABLE",
    "REFRESH": "REFRESH MATERIALIZED VIEW",
    "END": "COMMIT",
    "ABORT": "ROLLBACK",
    "START": "BEGIN",
}
_TO_TABLE = frozenset(["INTO", "UPDATE", "FROM", "JOIN", "TABLE", "REFERENCES", "TRUNCATE", "USING"])
_BEFORE_OTHER_UPDATE = frozenset(["DO", "FOR", "ON", "BEFORE", "AFTER", "OF", "OR"])
_BETWEEN = frozenset(["TABLE", "ONLY", "IF", "NOT", "EXISTS", "LATERAL"])


def verb(found: Sequence[Token]) -> str:
    """The first keywords of a statement, such as ``ALTER TABLE`` or, behind WITH, ``UPDATE``; empty if not known."""
    if not found or found[0].kind != "word" or HOLE in found[0].text:
        return ""
    first = found[0].text
    if _begins_block(found, 0):
        return ""
    if first in ("CREATE", "ALTER", "DROP"):
        words = [token.text if token.kind == "word" else "" for token in found[1:9]]
        while words and words[0] in _MODIFIERS and words[:2] != ["DEFAULT", "PRIVILEGES"]:
            del words[0]
        two = " ".join(words[:2])
        what = two if two in _TWO_WORDS else words[0] if words else ""
        return f"{first} {what}".rstrip() if HOLE not in what else first
    if first == "WITH":
        depth = 0
        for token in found:
            depth += (token.text == "(") - (token.text == ")")
            if not depth and token.kind == "word" and token.text in _ROWS:
                return token.text
        return ""
    if first == "VACUUM" and any(token.text == "FULL" for token in found[1:6]):
        return "VACUUM FULL"
    if first == "SET" and len(found) > 1 and found[1].text == "CONSTRAINTS":
        return "SET CONSTRAINTS"
    return _LONGER.get(first, first)


_OF_TABLES = frozenset(
    (
        "",
        "CREATE",
        "ALTER",
        "DROP",
        "CREATE TABLE",
        "ALTER TABLE",
        "DROP TABLE",
        "CREATE INDEX",
        "ALTER INDEX",
        "DROP INDEX",
        "DROP TYPE",
        "DROP SCHEMA",
        "DROP OWNED",
        "INSERT",
        "UPDATE",
        "DELETE",
        "MERGE",
        "TRUNCATE",
        "COPY",
        "DO",
        "CALL",
        "EXECUTE",
        "RENAME",
        "REPLACE",
    )
)


def may_change_tables(verb: str) -> bool:
    """Whether a statement of that verb, empty if it is not known, may change tables or their rows."""
    return verb in _OF_TABLES


def tables(found: Sequence[Token]) -> tuple[Name, ...]:
    """The tables that a statement seems to name, by the keywords before them, in order."""
    names: dict[Name, None] = {}
    ctes: set[str] = set()
    first = found[0].text if found else ""
    is_index = verb(found) in ("CREATE INDEX", "CREATE TRIGGER", "DROP TRIGGER", "CREATE POLICY", "DROP POLICY")
    index = 0
    while index < len(found):
        token = found[index]
        index += 1
        if token.kind != "word":
            continue
        if token.text == "AS" and first == "WITH" and index < len(found) and found[index].text in ("(", "MATERIALIZED"):
            ctes.add(_name(found, index - 2)[0].name)
            continue
        if token.text not in _TO_TABLE and not (token.text == "ON" and is_index):
            continue
        if token.text == "UPDATE" and index > 1 and found[index - 2].text in _BEFORE_OTHER_UPDATE:
            continue
        while True:
            while index < len(found) and found[index].text in _BETWEEN:
                index += 1
            name, after = _name(found, index)
            if not name.name or (after < len(found) and found[after].text == "(" and token.text in ("FROM", "USING")):
                break
            names[name] = None
            index = after
            if token.text not in ("TABLE", "TRUNCATE", "FROM") or index >= len(found) or found[index].text != ",":
                break
            index += 1
        if token.text == "ON":
            is_index = False
    return tuple([name for name in names if name.schema or name.name not in ctes])


def _name(found: Sequence[Token], index: int) -> tuple[Name, int]:
    parts: list[str] = []
    while 0 <= index < len(found) and found[index].kind in ("word", "quoted"):
        token = found[index]
        if token.kind == "word" and token.text in ("SELECT", "VALUES", "SET", "WHERE"):
            break
        parts.append(identifier(token))
        index += 1
        if index >= len(found) or found[index].text != ".":
            break
        index += 1
    if not parts:
        return Name(""), index
    schema = parts[-2] if len(parts) > 1 else None
    return Name(parts[-1], None if schema == "public" else schema), index


def identifier(token: Token) -> str:
    """The name that a word or a quoted identifier stands for: words are folded to lower case, long ones are cut."""
    if token.kind == "quoted" and token.text.endswith('"'):
        name = token.text.partition('"')[2].removesuffix('"').replace('""', '"')
    elif token.kind == "quoted":
        # Other dialects' `name` and [name].
        name = token.text[1:-1]
    else:
        name = lower(token.text)
    # NAMEDATALEN - 1 bytes; the server cuts longer ones with no more than a notice.
    return name if len(name) < 16 else name.encode(errors="replace")[:63].decode(errors="ignore")


_BEFORE_OPERAND = frozenset(
    [
        "LIKE",
        "ILIKE",
        "IN",
        "AND",
        "OR",
        "NOT",
        "VALUES",
        "LIMIT",
        "OFFSET",
        "THEN",
        "ELSE",
        "WHEN",
        "BETWEEN",
        "SELECT",
        "DISTINCT",
        "ANY",
        "ALL",
        "SOME",
        "SET",
        "TO",
        "IS",
        "INTERVAL",
        "BY",
        "CASE",
        "FROM",
        "WHERE",
        "HAVING",
        "ON",
        "USING",
        "RETURNING",
        "AS",
        "DO",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "EXISTS",
        "JOIN",
        "INTO",
        "UPDATE",
    ]
)


def ends_operand(token: Token) -> bool:
    """Whether a value, a name or a clause may end with *token*, so that no value can follow."""
    if token.kind == "word":
        return token.text not in _BEFORE_OPERAND
    return token.kind != "sign" or token.text in (")", "]")
