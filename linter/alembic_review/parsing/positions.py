"""Where a node of a file stands, in lines and columns: computed for what is reported, and for nothing else.

The standard library's parser knows the place of every node and costs a twelfth of LibCST's, so the way that
`syntax` gave to a node is walked again in its tree. Where the file is in a newer Python than the one that runs, LibCST
is asked for the places of all its nodes.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator

from alembic_review.diagnostics import START, Span
from alembic_review.operations import Place
from alembic_review.parsing.ways import BODY, FINALLY, HANDLERS, ORELSE, Way

_LINE_END = re.compile(r"\r\n?|\n")
_OPENING = re.compile(r"([A-Za-z]{0,2})(\"\"\"|'''|\"|')")
_ESCAPE = re.compile(r"\\(?:\r\n|N\{[^}]*\}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-7]{1,3}|.)", re.DOTALL)


class Positions:
    """The positions of one file's nodes. What no parser can read has its findings on its first line."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(source))]
        self._numbered: dict[Way, list[ast.expr]] = {}
        # One literal may have thousands of findings: where each node stands, and by that its letters.
        self._found: dict[Way, tuple[int, int, bool]] = {}
        self._letters: dict[int, list[tuple[int, int]]] = {}
        self._body: list[ast.stmt] = []
        self._newer: dict[Way, tuple[int, int]] | None = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._body = ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self._newer = self._by_libcst()

    def span(self, place: Place) -> Span:
        """Where *place* is; the start of the file for the empty place, and for what is not found."""
        try:
            return self._span(place)
        except (LookupError, RecursionError):
            # A way that leads nowhere: the file is no longer what it was when it was read.
            return START

    def _span(self, place: Place) -> Span:
        if not place.node:
            return START
        if self._newer is not None:
            start, end = self._newer[place.node]
            if place.node[-1] == 0:
                return self._first_line(start, end)
            return self._within(start, end, place, self._source[start:end].endswith(("'", '"')))
        *way, ordinal = place.node
        statement = self._statement(tuple(way))
        if ordinal == 0:
            return self._header(statement)
        found = self._found.get(place.node)
        if found is None:
            numbered = self._numbered.get(tuple(way))
            if numbered is None:
                numbered = self._numbered[tuple(way)] = list(_of_statement(statement))
            node = numbered[ordinal - 1]
            found = *self._offsets(node), isinstance(node, (ast.Constant, ast.JoinedStr))
            self._found[place.node] = found
        start, end, string = found
        return self._within(start, end, place, string)

    def _within(self, start: int, end: int, place: Place, string: bool) -> Span:
        if place.start >= 0 and string:
            letters = self._letters.get(start)
            if letters is None:
                letters = self._letters[start] = list(_letters(self._source, start, end))
            if place.start < len(letters) and place.start < place.end <= len(letters):
                start, end = letters[place.start][0], letters[place.end - 1][1]
        return self.between(start, end)

    def between(self, start: int, end: int) -> Span:
        """The span of the characters from offset *start* up to *end* of the file."""
        return Span(*self._point(start), *self._point(end))

    def _point(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def _offset(self, line: int, column: int) -> int:
        # The standard library counts columns in bytes of UTF-8.
        start = self._starts[line - 1]
        text = self._source[start : start + column]
        return start + (column if text.isascii() else len(text.encode()[:column].decode(errors="ignore")))

    def _offsets(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0),
        )

    def _statement(self, way: Way) -> ast.stmt:
        block, steps = self._body, list(way)
        statement = block[steps.pop(0)]
        while steps:
            kind, index = steps.pop(0), steps.pop(0)
            statement = _block(statement, kind)[index]
        return statement

    def _header(self, statement: ast.stmt) -> Span:
        start, end = self._offsets(statement)
        body = getattr(statement, "body", None)
        if body:
            return self._first_line(start, min(end, self._offsets(body[0])[0]))
        return self.between(start, end)

    def _first_line(self, start: int, end: int) -> Span:
        line_end = _LINE_END.search(self._source, start)
        end = min(end, line_end.start() if line_end else end)
        return self.between(start, start + len(self._source[start:end].rstrip()))

    def _by_libcst(self) -> dict[Way, tuple[int, int]]:
        from libcst.metadata import MetadataWrapper, PositionProvider

        from alembic_review.parsing.syntax import nodes
        from alembic_review.parsing.tree import NotPython, of_libcst, turned

        try:
            wrapper = MetadataWrapper(of_libcst(self._source), unsafe_skip_copy=True)
            ranges = wrapper.resolve(PositionProvider)
            module, theirs = turned(wrapper.module)
            ways = nodes(module)
        except (NotPython, RecursionError):
            return {}
        found = {}
        for way, node in ways.items():
            where = ranges[theirs[id(node)]]
            found[way] = (
                self._starts[where.start.line - 1] + where.start.column,
                self._starts[where.end.line - 1] + where.end.column,
            )
        return found


def _block(statement: ast.stmt, kind: int) -> list[ast.stmt]:
    if kind == BODY:
        return getattr(statement, "body", [])
    if kind == ORELSE:
        return getattr(statement, "orelse", [])
    if kind == FINALLY:
        return getattr(statement, "finalbody", [])
    handlers: list[ast.ExceptHandler] = getattr(statement, "handlers", [])
    cases: list[ast.match_case] = getattr(statement, "cases", [])
    return (cases or handlers)[kind - HANDLERS].body


def _of_statement(statement: ast.stmt) -> Iterator[ast.expr]:
    """The calls and strings of a statement's own expressions, in the order in which `syntax` numbers them."""
    match statement:
        case ast.Expr(value=value) | ast.Return(value=value) | ast.Raise(exc=value):
            yield from _of(value)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _of(target)
            yield from _of(value)
        case ast.AnnAssign(target=target, value=value) | ast.AugAssign(target=target, value=value):
            yield from _of(target)
            yield from _of(value)
        case ast.Delete(targets=targets):
            for target in targets:
                yield from _of(target)
        case ast.If(test=test) | ast.While(test=test):
            yield from _of(test)
        case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
            yield from _of(target)
            yield from _of(iterable)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                yield from _of(item.context_expr)
                yield from _of(item.optional_vars)
        case (
            ast.FunctionDef(args=arguments, decorator_list=decorators)
            | ast.AsyncFunctionDef(args=arguments, decorator_list=decorators)
        ):
            for default in (*arguments.defaults, *arguments.kw_defaults, *decorators):
                yield from _of(default)
        case ast.Assert(test=test):
            yield from _of(test)
        case ast.Match(subject=subject, cases=cases):
            yield from _of(subject)
            for case in cases:
                for value in _pattern_values(case.pattern):
                    yield from _of(value)
                yield from _of(case.guard)
        case ast.ClassDef(bases=bases, keywords=keywords):
            for base in (*bases, *(keyword.value for keyword in keywords)):
                yield from _of(base)


def _pattern_values(pattern: ast.pattern) -> list[ast.expr]:
    match pattern:
        case ast.MatchValue(value=value):
            return [value]
        case ast.MatchOr(patterns=parts) if all(isinstance(p, (ast.MatchValue, ast.MatchSingleton)) for p in parts):
            return [part.value for part in parts if isinstance(part, ast.MatchValue)]
    return []


def _of(node: ast.expr | None) -> Iterator[ast.expr]:
    match node:
        case ast.Constant(value=str() | bytes()) | ast.JoinedStr():
            yield node
        case ast.Call() | ast.Attribute():
            calls: list[ast.Call] = []
            at: ast.expr = node
            while isinstance(at, (ast.Call, ast.Attribute)):
                if isinstance(at, ast.Call):
                    yield at
                    calls.append(at)
                at = at.func if isinstance(at, ast.Call) else at.value
            yield from _of(at)
            for call in reversed(calls):
                values = [*call.args, *(keyword.value for keyword in call.keywords)]
                for value in sorted(values, key=lambda value: (value.lineno, value.col_offset)):
                    yield from _of(value)
        case ast.Starred(value=value) | ast.Await(value=value):
            yield from _of(value)
        case ast.Yield(value=value) | ast.YieldFrom(value=value):
            yield from _of(value)
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            for item in items:
                yield from _of(item)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                yield from _of(key)
                yield from _of(value)
        case ast.BinOp():
            sums = [node]
            while isinstance(sums[-1].left, ast.BinOp):
                sums.append(sums[-1].left)
            yield from _of(sums[-1].left)
            for one in reversed(sums):
                yield from _of(one.right)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _of(value)
        case ast.Compare(left=left, comparators=comparators):
            for value in (left, *comparators):
                yield from _of(value)
        case ast.UnaryOp(operand=operand):
            yield from _of(operand)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from _of(body)
            yield from _of(test)
            yield from _of(orelse)
        case ast.Subscript(value=value, slice=index):
            yield from _of(value)
            yield from _of(index)
        case ast.Slice(lower=lower, upper=upper, step=step):
            yield from _of(lower)
            yield from _of(upper)
            yield from _of(step)
        case ast.Lambda(args=arguments, body=body):
            for default in (*arguments.defaults, *arguments.kw_defaults):
                yield from _of(default)
            yield from _of(body)
        case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
            yield from _of(element)
            yield from _generators(node.generators)
        case ast.DictComp(key=key, value=value):
            yield from _of(key)
            yield from _of(value)
            yield from _generators(node.generators)
        case ast.NamedExpr(target=target, value=value):
            yield from _of(target)
            yield from _of(value)


def _generators(generators: list[ast.comprehension]) -> Iterator[ast.expr]:
    for generator in generators:
        yield from _of(generator.target)
        yield from _of(generator.iter)
        for condition in generator.ifs:
            yield from _of(condition)


def _letters(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """For each letter of the text that the literals in source[start:end] are worth, where it stands in the source.

    Letters that an f-string's braces put in are left out: those are not in the source.
    """
    at = start
    while at < end:
        opening = _OPENING.match(source, at)
        if not opening:
            # Between the parts of a concatenation: blanks, comments, line ends, parentheses.
            if source[at] == "#":
                line_end = _LINE_END.search(source, at)
                at = line_end.end() if line_end else end
            else:
                at += 1
            continue
        prefix, quote = opening[1].lower(), opening[2]
        at = opening.end()
        while at < end and not source.startswith(quote, at):
            if source[at] == "\\" and "r" not in prefix:
                escape = _ESCAPE.match(source, at)
                size = len(escape[0]) if escape else 1
                if escape and escape[0] not in ("\\\n", "\\\r\n", "\\\r"):
                    yield at, at + size
                    if escape[0][1] not in "\\'\"abfnrtv01234567xuUN":
                        # An escape that Python does not know stands for both its letters.
                        yield at, at + size
                at += size
            elif source[at] in "{}" and "f" in prefix:
                if source.startswith(source[at] * 2, at):
                    yield at, at + 2
                    at += 2
                else:
                    at = _after_braces(source, at, end)
            elif source.startswith("\r\n", at):
                yield at, at + 2
                at += 2
            else:
                yield at, at + 1
                at += 1
        at += len(quote)


def _after_braces(source: str, at: int, end: int) -> int:
    depth = 0
    while at < end:
        if source[at] == "{":
            depth += 1
        elif source[at] == "}":
            depth -= 1
            if depth <= 0:
                return at + 1
        at += 1
    return end
