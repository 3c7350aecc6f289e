"""PostgreSQL's own grammar, as libpg_query carries it out of the server: SQL text in, syntax trees out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from ctypes import CDLL, POINTER, Structure, c_char_p, c_int
from functools import cache
from typing import Any

from alembic_review.parsing.stack import with_stack

LARGEST = 1_000_000
"""The longest text that is parsed, in characters: its tree takes some hundred times as much memory."""

_SHALLOW = 20_000
# A chain such as 1+1+1+… is as deep a tree as it has operators, and libpg_query writes trees recursively, at about 120
# bytes of stack for each level. Texts up to _SHALLOW fit into anybody's stack; longer ones get one of their own.
_STACK = 256 * 1024 * 1024

_COMMENTS = 100
# For each comment within a comment, PostgreSQL's lexer looks at all that is left of the text.


class SQLError(Exception):
    """SQL text that the grammar refuses: PostgreSQL's own message, and at which character of the text, from 0."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class NotParsed(Exception):
    """SQL text that could not be put to the grammar at all; says why."""


def parse(sql: str) -> list[Any]:
    """The statements of *sql*, as libpg_query's JSON has them: ``RawStmt`` nodes, locations in bytes of UTF-8.

    Fields that are zero, false or empty are left out. Raises SQLError and NotParsed, nothing else.
    """
    found: list[Any] = _called("pg_query_parse", sql)["stmts"]
    return found


def parse_plpgsql(sql: str) -> list[Any]:
    """The PL/pgSQL functions of *sql*, one ``DO`` or ``CREATE FUNCTION``; places are line numbers of the body, from 1.

    A refusal's position is 0; where PostgreSQL names the line, the message says ``near line N``.
    Raises SQLError and NotParsed, nothing else.
    """
    found: list[Any] = _called("pg_query_parse_plpgsql", sql)
    return found


def _called(function: str, sql: str) -> Any:
    if len(sql) > LARGEST:
        raise NotParsed("the SQL is longer than what is parsed")
    if sql.count("/*") > _COMMENTS and _depth_of_comments(sql) > _COMMENTS:
        raise NotParsed("comments are nested too deeply")
    if "\0" in sql:
        raise SQLError("a NUL character, which PostgreSQL's text cannot hold", sql.index("\0"))
    try:
        data = sql.encode()
    except UnicodeEncodeError as error:
        raise SQLError("a lone surrogate, which is no character", error.start) from None
    run = _bound(function)
    try:
        result, refusal = run(data) if len(data) <= _SHALLOW else with_stack(_STACK, lambda: run(data))
    except MemoryError:
        raise NotParsed("there is no memory to parse SQL of this length") from None
    if refusal is not None:
        raise SQLError(*refusal)
    # Here and not above: who has no SQL to read does not pay for the import.
    import json

    try:
        return json.loads(result)
    except RecursionError:
        raise NotParsed("the SQL is nested too deeply") from None
    except ValueError:
        raise NotParsed("libpg_query's answer could not be read") from None


def _depth_of_comments(sql: str) -> int:
    depth = deepest = at = 0
    while (at := sql.find("*", at)) >= 0:
        if at and sql[at - 1] == "/":
            depth += 1
            deepest = max(deepest, depth)
        elif sql[at + 1 : at + 2] == "/":
            depth = max(depth - 1, 0)
            at += 1
        at += 1
    return deepest


class _Error(Structure):
    _fields_ = (
        ("message", c_char_p),
        ("funcname", c_char_p),
        ("filename", c_char_p),
        ("lineno", c_int),
        ("cursorpos", c_int),
        ("context", c_char_p),
    )


class _Parsed(Structure):
    _fields_ = (("tree", c_char_p), ("stderr_buffer", c_char_p), ("error", POINTER(_Error)))


class _ParsedPlpgsql(Structure):
    _fields_ = (("tree", c_char_p), ("error", POINTER(_Error)))


# PgQueryParseResult and PgQueryPlpgsqlParseResult, as libpg_query declares them in pg_query.h.
_RESULTS = {"pg_query_parse": _Parsed, "pg_query_parse_plpgsql": _ParsedPlpgsql}
_FREE = {
    "pg_query_parse": "pg_query_free_parse_result",
    "pg_query_parse_plpgsql": "pg_query_free_plpgsql_parse_result",
}

_Run = Callable[[bytes], "tuple[bytes, tuple[str, int] | None]"]


@cache
def _bound(function: str) -> _Run:
    library = _library()
    try:
        call, free = library[function], library[_FREE[function]]
    except AttributeError as error:
        raise NotParsed(f"the package postgast is not as expected: {error}") from None
    call.argtypes, call.restype = [c_char_p], _RESULTS[function]
    free.argtypes, free.restype = [_RESULTS[function]], None

    def run(data: bytes) -> tuple[bytes, tuple[str, int] | None]:
        result = call(data)
        try:
            if not result.error:
                return result.tree, None
            error = result.error.contents
            message = (error.message or b"").decode(errors="replace")
            near = (error.context or b"").decode(errors="replace").rpartition(" near line ")
            # PostgreSQL counts an error's place in characters, from 1, unlike the locations in its trees.
            return b"", (f"{message} near line {near[2]}" if near[1] else message, max(error.cursorpos - 1, 0))
        finally:
            free(result)

    return run


@cache
def _library() -> CDLL:
    """The shared library out of the package postgast, whose Python would import protobuf for it."""
    from importlib.util import find_spec

    package = find_spec("postgast")
    folders = package.submodule_search_locations if package else None
    if not folders:
        raise NotParsed("the package postgast is not installed")
    name = {"darwin": "libpg_query.dylib", "win32": "pg_query.dll"}.get(sys.platform, "libpg_query.so")
    try:
        return CDLL(os.path.join(folders[0], name))
    except OSError as error:
        # A postgast that was built without it takes the one of the system.
        from ctypes.util import find_library

        found = find_library("pg_query")
        if found is None:
            raise NotParsed(f"PostgreSQL's grammar could not be loaded from the package postgast: {error}") from None
        return CDLL(found)
