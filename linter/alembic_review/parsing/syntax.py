"""The Python that revisions are made of, taken from LibCST's tree: few kinds of nodes, each with its place.

LibCST keeps every blank of a file; the evaluator needs none of them, and walks some functions many times. So each
statement that matters is turned once into the small nodes below, and the LibCST tree is let go.

A node's place is the way to it: the indexes of the statements from the module's body down (for a compound statement
first the block, then the statement in it), then the ordinal of the call or string in the statement, in source order
(0 is the statement itself). `positions` finds the same node again by that way.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from alembic_review.parsing.tree import cst
from alembic_review.parsing.ways import BODY, FINALLY, HANDLERS, ORELSE, Way


class Expression(Struct):
    """What all expressions have in common: nothing but being one."""


class Constant(Expression):
    value: object


class String(Expression):
    """A string literal, implicitly concatenated ones included."""

    value: str
    way: Way


class FormattedString(Expression):
    """An f-string; each part is a text or an (expression, conversion, format) triple."""

    parts: tuple[str | tuple[Expression, str, str], ...]
    way: Way


class Name(Expression):
    id: str


class Attribute(Expression):
    value: Expression
    name: str


class Argument(Struct):
    """`keyword` is None for a positional one; `star` is ``*``, ``**`` or empty."""

    value: Expression
    keyword: str | None
    star: str


class Call(Expression):
    func: Expression
    args: tuple[Argument, ...]
    way: Way


class Display(Expression):
    """A tuple, list or set display; `kind` is the type it makes."""

    kind: type
    items: tuple[Expression, ...]


class Starred(Expression):
    value: Expression


class Dict(Expression):
    """A key of None stands for ``**value``."""

    items: tuple[tuple[Expression | None, Expression], ...]


class Binary(Expression):
    operator: str
    left: Expression
    right: Expression


class Boolean(Expression):
    operator: str
    left: Expression
    right: Expression


class Compare(Expression):
    left: Expression
    rest: tuple[tuple[str, Expression], ...]


class Unary(Expression):
    operator: str
    value: Expression


class Conditional(Expression):
    test: Expression
    body: Expression
    orelse: Expression


class Subscript(Expression):
    value: Expression
    index: Expression


class Slice(Expression):
    lower: Expression | None
    upper: Expression | None
    step: Expression | None


class Parameter(Struct):
    """`star` is ``*``, ``**`` or empty."""

    name: str
    default: Expression | None
    star: str = ""
    keyword_only: bool = False


class Lambda(Expression):
    params: tuple[Parameter, ...]
    body: Expression


class Generator(Struct):
    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]


class Comprehension(Expression):
    """`kind` is list, set, dict or tuple (for a generator); `key` is there for dict only."""

    kind: type
    key: Expression | None
    element: Expression
    generators: tuple[Generator, ...]


class Walrus(Expression):
    target: Expression
    value: Expression


class Yield(Expression):
    """`each` for ``yield from``."""

    value: Expression | None
    each: bool


class Opaque(Expression):
    """An expression of a kind that is not followed."""

    kind: str


# --- statements ------------------------------------------------------------------------------------------------------


class Statement(Struct):
    """What all statements have in common."""

    way: Way


class ExpressionStatement(Statement):
    value: Expression


class Assign(Statement):
    targets: tuple[Expression, ...]
    value: Expression


class AugmentedAssign(Statement):
    target: Expression
    operator: str
    value: Expression


class Return(Statement):
    value: Expression | None


class Raise(Statement):
    value: Expression | None


class Import(Statement):
    """Pairs of (dotted name, the name it is bound to)."""

    names: tuple[tuple[str, str | None], ...]


class ImportFrom(Statement):
    """`level` counts leading dots; `names` is None for ``*``."""

    module: str
    level: int
    names: tuple[tuple[str, str | None], ...] | None


class If(Statement):
    test: Expression
    body: list[Statement]
    orelse: list[Statement]


class For(Statement):
    target: Expression
    iterable: Expression
    body: list[Statement]
    orelse: list[Statement]


class While(Statement):
    test: Expression
    body: list[Statement]


class With(Statement):
    items: tuple[tuple[Expression, Expression | None], ...]
    body: list[Statement]


class Handler(Struct):
    """`types` are the dotted names of what is caught; empty for a bare ``except``."""

    types: tuple[str, ...]
    name: str | None
    body: list[Statement]


class Try(Statement):
    body: list[Statement]
    handlers: tuple[Handler, ...]
    orelse: list[Statement]
    final: list[Statement]


class Case(Struct):
    """`values` are what the subject may equal; None for a pattern that is not followed, empty for one that takes all.

    `name` is what the subject is bound to.
    """

    values: tuple[Expression, ...] | None
    name: str | None
    guard: Expression | None
    body: list[Statement]


class Match(Statement):
    subject: Expression
    cases: tuple[Case, ...]


class Delete(Statement):
    """``del x, y[0]``."""

    targets: tuple[Expression, ...]


class Elsewhere(Statement):
    """``global x`` and ``nonlocal x``: `names` are bound in another frame, that of the file if `top`."""

    names: tuple[str, ...]
    top: bool


class Flow(Statement):
    """``pass``, ``break``, ``continue``."""

    keyword: str


class Scope(Statement):
    """A function or class: the body is turned when it is asked for, and only then."""

    name: str
    node: cst.FunctionDef | cst.ClassDef
    _body: list[Statement] | None

    @property
    def turned(self) -> list[Statement]:
        """The body, if it has been asked for; nothing else of the file can have run."""
        return self._body or []

    @property
    def body(self) -> list[Statement]:
        if self._body is None:
            self._body = _block(self.node.body, (*self.way, BODY))
        return self._body


class Function(Scope):
    params: tuple[Parameter, ...]
    decorators: tuple[Expression, ...]


class Class(Scope):
    bases: tuple[Expression, ...]


class Other(Statement):
    """A statement that does nothing the evaluator follows: ``global``, ``del``, …"""

    kind: str


# --- LibCST to these -------------------------------------------------------------------------------------------------


def statements(module: cst.Module) -> list[Statement]:
    """The statements of a module; those inside functions and classes are turned when they are asked for."""
    return list(_lines(module.body, ()))


def docstring(body: Sequence[Statement]) -> str | None:
    """The docstring of a module, as it stands between its quotes."""
    match body:
        case [ExpressionStatement(value=String(value=text)), *_]:
            return text
    return None


_FOR_PROGRAMS = re.compile(r"(?:alembic-review|noqa|type|pragma|pylint|fmt|mypy|ruff|pyright)\b.*")
_FRAME = "#=-*~ \t"


def said_by_idle(function: Function) -> str | None:
    """What the docstring and the comments of a function say that does nothing; None of one that does something.

    Each stands on a line of its own. Comments above the function are its as well; those for programs say nothing.
    """
    said: list[str] = []
    for statement in function.body:
        match statement:
            case Flow(keyword="pass") | Return(value=None) | Return(value=Constant(value=None)):
                pass
            case ExpressionStatement(value=String(value=text)):
                said.append(text.strip())
            case ExpressionStatement(value=Constant()):
                pass
            case _:
                return None
    comments = [comment.value.strip(_FRAME) for comment in _comments(function.node)]
    return "\n".join([*said, *(text for text in comments if text and not _FOR_PROGRAMS.fullmatch(text))])


def _comments(function: cst.FunctionDef | cst.ClassDef) -> Iterator[cst.Comment]:
    """The comments above a function that has none but simple statements, and between and beside those."""
    body = function.body
    beside: list[cst.TrailingWhitespace | cst.EmptyLine] = [*function.leading_lines]
    if isinstance(body, cst.IndentedBlock):
        beside.append(body.header)
        for line in body.body:
            if isinstance(line, cst.SimpleStatementLine):
                beside += [*line.leading_lines, line.trailing_whitespace]
        beside += body.footer
    elif isinstance(body, cst.SimpleStatementSuite):
        beside.append(body.trailing_whitespace)
    yield from (place.comment for place in beside if place.comment is not None)


def nodes(module: cst.Module) -> dict[Way, cst.CSTNode]:
    """The nodes of a module by the ways to them, statements and what is numbered in them."""
    global _noted
    found: dict[Way, cst.CSTNode] = {}
    _noted = found
    try:
        todo = statements(module)
        while todo:
            statement = todo.pop()
            for block in ("body", "orelse", "final"):
                todo.extend(getattr(statement, block, ()))
            for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                todo.extend(part.body)
    finally:
        _noted = None
    return found


# Where `nodes` has every node noted while it turns a module.
_noted: dict[Way, cst.CSTNode] | None = None


class _Turner:
    """Turns the expressions of one statement, numbering its calls and strings in source order."""

    __slots__ = ("_fixed", "_next", "_way")

    def __init__(self, way: Way) -> None:
        self._way = way
        self._next = 1
        self._fixed: Way | None = None

    def _number(self, node: cst.CSTNode) -> Way:
        if self._fixed is not None:
            return self._fixed
        way = (*self._way, self._next)
        self._next += 1
        if _noted is not None:
            _noted[way] = node
        return way

    def __call__(self, node: cst.CSTNode) -> Expression:
        turn = _TURNS.get(type(node))
        return turn(self, node) if turn else Opaque(type(node).__name__)

    def maybe(self, node: cst.CSTNode | None) -> Expression | None:
        return None if node is None else self(node)

    def name(self, node: cst.Name) -> Expression:
        value = node.value
        if value in _KEYWORDS:
            return Constant(_KEYWORDS[value])
        return Name(value)

    def chain(self, node: cst.Attribute | cst.Call) -> Expression:
        """``a.b().c(d)``: of any length, so not by recursion."""
        links: list[tuple[Any, Way]] = []
        at: Any = node
        while (kind := type(at)) is cst.Attribute or kind is cst.Call:
            links.append((at, self._number(at) if kind is cst.Call else ()))
            at = at.func if kind is cst.Call else at.value
        value = self(at)
        for link, way in reversed(links):
            if way:
                args = [
                    Argument(self(arg.value), arg.keyword.value if arg.keyword else None, arg.star) for arg in link.args
                ]
                value = Call(value, tuple(args), way)
            else:
                value = Attribute(value, link.attr.value)
        return value

    def string(self, node: cst.SimpleString) -> Expression:
        way = self._number(node)
        value = literal(node.value)
        return String(value, way) if isinstance(value, str) else Constant(value)

    def concatenated(self, node: cst.ConcatenatedString) -> Expression:
        way = self._number(node)
        outer, self._fixed = self._fixed, way
        parts: list[str | tuple[Expression, str, str]] = []
        try:
            for part in _leaves(node):
                if isinstance(part, cst.SimpleString):
                    value = literal(part.value)
                    if not isinstance(value, str):
                        return Constant(value)
                    parts.append(value)
                elif isinstance(part, cst.FormattedString):
                    parts.extend(self._parts(part))
                else:
                    return Opaque(type(part).__name__)
        finally:
            self._fixed = outer
        if all(isinstance(part, str) for part in parts):
            return String("".join(part for part in parts if isinstance(part, str)), way)
        return FormattedString(tuple(parts), way)

    def formatted(self, node: cst.FormattedString) -> Expression:
        way = self._number(node)
        outer, self._fixed = self._fixed, way
        parts = tuple(self._parts(node))
        self._fixed = outer
        return FormattedString(parts, way)

    def _parts(self, node: cst.FormattedString) -> Iterator[str | tuple[Expression, str, str]]:
        raw = "r" in node.start.lower()
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                text = part.value.replace("{{", "{").replace("}}", "}")
                yield text if raw or "\\" not in text else _unescaped(text)
            elif isinstance(part, cst.FormattedStringExpression):
                shape = "".join(
                    piece.value if isinstance(piece, cst.FormattedStringText) else "\0"
                    for piece in part.format_spec or ()
                )
                conversion = part.conversion or ""
                if part.equal is not None:
                    yield _as_written(part, part.equal), "", ""
                    conversion = conversion or ("" if shape else "r")
                yield self(part.expression), conversion, shape

    def integer(self, node: cst.Integer | cst.Float | cst.Imaginary) -> Expression:
        digits = node.value
        try:
            # Almost every number is a plain one; int() takes leading zeros, which Python does not.
            plain = digits.isdecimal() and digits.isascii() and (digits[0] != "0" or len(digits) == 1)
            return Constant(int(digits) if plain else ast.literal_eval(digits))
        except ValueError:
            return Opaque("number")

    def ellipsis(self, _node: cst.Ellipsis) -> Expression:
        return Constant(...)

    def elements(self, node: cst.Tuple | cst.List | cst.Set) -> Expression:
        kind = {cst.Tuple: tuple, cst.List: list, cst.Set: set}[type(node)]
        return Display(
            kind,
            tuple(
                [
                    Starred(self(item.value)) if isinstance(item, cst.StarredElement) else self(item.value)
                    for item in node.elements
                ]
            ),
        )

    def dictionary(self, node: cst.Dict) -> Expression:
        return Dict(
            tuple(
                [
                    (self(item.key) if isinstance(item, cst.DictElement) else None, self(item.value))
                    for item in node.elements
                ]
            )
        )

    def binary(self, node: cst.BinaryOperation) -> Expression:
        # A text may be put together from hundreds of lines.
        sums: list[Any] = [node]
        while type(sums[-1].left) is cst.BinaryOperation:
            sums.append(sums[-1].left)
        value = self(sums[-1].left)
        for one in reversed(sums):
            value = Binary(_OPERATORS.get(type(one.operator), ""), value, self(one.right))
        return value

    def boolean(self, node: cst.BooleanOperation) -> Expression:
        left = self(node.left)
        return Boolean("and" if isinstance(node.operator, cst.And) else "or", left, self(node.right))

    def comparison(self, node: cst.Comparison) -> Expression:
        left = self(node.left)
        return Compare(
            left,
            tuple([(_OPERATORS.get(type(part.operator), ""), self(part.comparator)) for part in node.comparisons]),
        )

    def unary(self, node: cst.UnaryOperation) -> Expression:
        return Unary(_OPERATORS.get(type(node.operator), ""), self(node.expression))

    def conditional(self, node: cst.IfExp) -> Expression:
        body = self(node.body)
        test = self(node.test)
        return Conditional(test, body, self(node.orelse))

    def subscript(self, node: cst.Subscript) -> Expression:
        value = self(node.value)
        indexes: list[Expression] = []
        for element in node.slice:
            if isinstance(element.slice, cst.Index):
                indexes.append(self(element.slice.value))
            elif isinstance(element.slice, cst.Slice):
                part = element.slice
                indexes.append(Slice(self.maybe(part.lower), self.maybe(part.upper), self.maybe(part.step)))
        return Subscript(value, indexes[0] if len(indexes) == 1 else Display(tuple, tuple(indexes)))

    def function(self, node: cst.Lambda) -> Expression:
        return Lambda(self.parameters(node.params), self(node.body))

    def parameters(self, node: cst.Parameters) -> tuple[Parameter, ...]:
        found = [
            Parameter(param.name.value, self.maybe(param.default)) for param in (*node.posonly_params, *node.params)
        ]
        if isinstance(node.star_arg, cst.Param):
            found.append(Parameter(node.star_arg.name.value, None, "*"))
        found.extend(
            Parameter(param.name.value, self.maybe(param.default), keyword_only=True) for param in node.kwonly_params
        )
        if node.star_kwarg:
            found.append(Parameter(node.star_kwarg.name.value, None, "**"))
        return tuple(found)

    def comprehension(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Expression:
        kind = {cst.ListComp: list, cst.SetComp: set, cst.GeneratorExp: tuple}[type(node)]
        element = self(node.elt)
        return Comprehension(kind, None, element, self._generators(node.for_in))

    def dict_comprehension(self, node: cst.DictComp) -> Expression:
        key = self(node.key)
        value = self(node.value)
        return Comprehension(dict, key, value, self._generators(node.for_in))

    def _generators(self, node: cst.CompFor) -> tuple[Generator, ...]:
        found = []
        part: cst.CompFor | None = node
        while part is not None:
            target = self(part.target)
            iterable = self(part.iter)
            found.append(Generator(target, iterable, tuple([self(test.test) for test in part.ifs])))
            part = part.inner_for_in
        return tuple(found)

    def awaited(self, node: cst.Await) -> Expression:
        return self(node.expression)

    def yielded(self, node: cst.Yield) -> Expression:
        if isinstance(node.value, cst.From):
            return Yield(self(node.value.item), each=True)
        return Yield(self.maybe(node.value), each=False)

    def walrus(self, node: cst.NamedExpr) -> Expression:
        target = self(node.target)
        return Walrus(target, self(node.value))


_TURNS: dict[type, Callable[[_Turner, Any], Expression]] = {
    cst.Name: _Turner.name,
    cst.Attribute: _Turner.chain,
    cst.Call: _Turner.chain,
    cst.SimpleString: _Turner.string,
    cst.ConcatenatedString: _Turner.concatenated,
    cst.FormattedString: _Turner.formatted,
    cst.Integer: _Turner.integer,
    cst.Float: _Turner.integer,
    cst.Imaginary: _Turner.integer,
    cst.Ellipsis: _Turner.ellipsis,
    cst.Tuple: _Turner.elements,
    cst.List: _Turner.elements,
    cst.Set: _Turner.elements,
    cst.Dict: _Turner.dictionary,
    cst.BinaryOperation: _Turner.binary,
    cst.BooleanOperation: _Turner.boolean,
    cst.Comparison: _Turner.comparison,
    cst.UnaryOperation: _Turner.unary,
    cst.IfExp: _Turner.conditional,
    cst.Subscript: _Turner.subscript,
    cst.Lambda: _Turner.function,
    cst.ListComp: _Turner.comprehension,
    cst.SetComp: _Turner.comprehension,
    cst.GeneratorExp: _Turner.comprehension,
    cst.DictComp: _Turner.dict_comprehension,
    cst.Await: _Turner.awaited,
    cst.NamedExpr: _Turner.walrus,
    cst.Yield: _Turner.yielded,
}

_KEYWORDS = {"None": None, "True": True, "False": False}

_OPERATORS: dict[type, str] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.Divide: "/",
    cst.FloorDivide: "//",
    cst.Modulo: "%",
    cst.Power: "**",
    cst.BitOr: "|",
    cst.BitAnd: "&",
    cst.LeftShift: "<<",
    cst.RightShift: ">>",
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
    cst.BitOrAssign: "|",
    cst.ModuloAssign: "%",
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.In: "in",
    cst.NotIn: "not in",
    cst.Is: "is",
    cst.IsNot: "is not",
    cst.Not: "not",
    cst.Minus: "-",
    cst.Plus: "+",
}


def literal(source: str) -> str | bytes:
    """What the source of one string literal is worth."""
    if source[0] in "\"'" and "\\" not in source and source[:3] not in ('"""', "'''"):
        return source[1:-1]  # Almost all of them.
    quote = source.find('"')
    single = source.find("'")
    start = min(position for position in (quote, single) if position >= 0)
    prefix = source[:start].lower()
    size = 3 if source[start : start + 3] in ('"""', "'''") else 1
    if "b" in prefix or ("\\" in source and "r" not in prefix):
        return ast.literal_eval(source)  # type: ignore[no-any-return]
    return source[start + size : -size]


def _unescaped(text: str) -> str:
    try:
        # Quotes that are escaped already stay so.
        value = ast.literal_eval(
            '"""' + re.sub(r'\\.|"', lambda found: found[0].rjust(2, "\\"), text, flags=re.DOTALL) + '"""'
        )
    except (SyntaxError, ValueError):
        return text
    return value if isinstance(value, str) else text


def _as_written(part: cst.FormattedStringExpression, equal: cst.AssignEqual) -> Expression:
    """What ``f"{x = }"`` shows before the value of x: its own text, which is known where x is a name."""
    pieces = (part.whitespace_before_expression, part.expression, equal.whitespace_before, equal.whitespace_after)
    words = [piece.value for piece in pieces if isinstance(piece, (cst.SimpleWhitespace, cst.Name))]
    if len(words) < len(pieces) or part.expression.lpar:
        return Opaque(type(part).__name__)
    return Constant("{}{}{}={}".format(*words))


def _leaves(node: cst.ConcatenatedString) -> Iterator[cst.BaseExpression]:
    part: cst.BaseExpression = node
    while isinstance(part, cst.ConcatenatedString):
        yield part.left
        part = part.right
    yield part


def dotted(node: cst.CSTNode | None) -> str:
    """The dotted name that an expression spells, or an empty text."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr.value}" if head else ""
    if isinstance(node, cst.Call):
        return dotted(node.func)
    return ""


def _lines(body: Sequence[cst.BaseStatement | cst.BaseSmallStatement], way: Way) -> Iterator[Statement]:
    index = 0
    for node in body:
        smalls = node.body if isinstance(node, cst.SimpleStatementLine) else (node,)
        for small in smalls:
            yield _statement(small, (*way, index))
            index += 1


def _block(suite: cst.BaseSuite | cst.Else | cst.Finally | None, way: Way) -> list[Statement]:
    if suite is None:
        return []
    inner: Any = suite
    while isinstance(inner, (cst.Else, cst.Finally, cst.IndentedBlock, cst.SimpleStatementSuite)):
        inner = inner.body
    return list(_lines(inner, way))


def _statement(node: cst.CSTNode, way: Way) -> Statement:
    if _noted is not None:
        _noted[way + (0,)] = node  # noqa: RUF005
    turn = _STATEMENTS.get(type(node))
    return turn(node, way) if turn else Other(way, type(node).__name__)


def _expression(node: cst.Expr, way: Way) -> Statement:
    return ExpressionStatement(way, _Turner(way)(node.value))


def _assign(node: cst.Assign, way: Way) -> Statement:
    turn = _Turner(way)
    targets = tuple([turn(target.target) for target in node.targets])
    return Assign(way, targets, turn(node.value))


def _annotated(node: cst.AnnAssign, way: Way) -> Statement:
    if node.value is None:
        return Other(way, "annotation")
    turn = _Turner(way)
    target = turn(node.target)
    return Assign(way, (target,), turn(node.value))


def _augmented(node: cst.AugAssign, way: Way) -> Statement:
    turn = _Turner(way)
    target = turn(node.target)
    return AugmentedAssign(way, target, _OPERATORS.get(type(node.operator), ""), turn(node.value))


def _return(node: cst.Return, way: Way) -> Statement:
    return Return(way, _Turner(way).maybe(node.value))


def _raise(node: cst.Raise, way: Way) -> Statement:
    return Raise(way, _Turner(way).maybe(node.exc))


def _if(node: cst.If, way: Way) -> Statement:
    test = _Turner(way)(node.test)
    if isinstance(node.orelse, cst.If):
        orelse = [_statement(node.orelse, (*way, ORELSE, 0))]
    else:
        orelse = _block(node.orelse, (*way, ORELSE))
    return If(way, test, _block(node.body, (*way, BODY)), orelse)


def _for(node: cst.For, way: Way) -> Statement:
    turn = _Turner(way)
    target = turn(node.target)
    iterable = turn(node.iter)
    return For(way, target, iterable, _block(node.body, (*way, BODY)), _block(node.orelse, (*way, ORELSE)))


def _while(node: cst.While, way: Way) -> Statement:
    return While(way, _Turner(way)(node.test), _block(node.body, (*way, BODY)))


def _with(node: cst.With, way: Way) -> Statement:
    turn = _Turner(way)
    items = []
    for item in node.items:
        value = turn(item.item)
        items.append((value, turn(item.asname.name) if item.asname else None))
    return With(way, tuple(items), _block(node.body, (*way, BODY)))


def _assert(node: cst.Assert, way: Way) -> Statement:
    return ExpressionStatement(way, _Turner(way)(node.test))


def _match(node: cst.Match, way: Way) -> Statement:
    turn = _Turner(way)
    subject = turn(node.subject)
    cases = []
    for index, case in enumerate(node.cases):
        found = _pattern_values(case.pattern)
        values = None if found is None else tuple([turn(value) for value in found])
        bound = case.pattern.name if isinstance(case.pattern, cst.MatchAs) else None
        guard = turn.maybe(case.guard)
        body = _block(case.body, (*way, HANDLERS + index))
        cases.append(Case(values, bound.value if bound else None, guard, body))
    return Match(way, subject, tuple(cases))


def _pattern_values(pattern: cst.MatchPattern) -> list[cst.BaseExpression] | None:
    if isinstance(pattern, (cst.MatchValue, cst.MatchSingleton)):
        return [pattern.value]
    if isinstance(pattern, cst.MatchAs) and pattern.pattern is None:
        return []
    if isinstance(pattern, cst.MatchOr):
        parts = [element.pattern for element in pattern.patterns]
        if all(isinstance(part, (cst.MatchValue, cst.MatchSingleton)) for part in parts):
            return [part.value for part in parts if isinstance(part, (cst.MatchValue, cst.MatchSingleton))]
    return None


def _function(node: cst.FunctionDef, way: Way) -> Statement:
    turn = _Turner(way)
    params = turn.parameters(node.params)
    return Function(way, node.name.value, node, None, params, tuple([turn(one.decorator) for one in node.decorators]))


def _class(node: cst.ClassDef, way: Way) -> Statement:
    turn = _Turner(way)
    return Class(way, node.name.value, node, None, tuple([turn(base.value) for base in node.bases]))


def _import(node: cst.Import, way: Way) -> Statement:
    return Import(way, tuple([_alias(alias) for alias in node.names]))


def _import_from(node: cst.ImportFrom, way: Way) -> Statement:
    names = None if isinstance(node.names, cst.ImportStar) else tuple([_alias(alias) for alias in node.names])
    return ImportFrom(way, dotted(node.module), len(node.relative), names)


def fields(node: Class) -> tuple[str, ...]:
    """The names that the body of a class annotates, in order: the fields of a dataclass or NamedTuple."""
    lines = node.node.body.body if isinstance(node.node.body, cst.IndentedBlock) else ()
    smalls = [small for line in lines if isinstance(line, cst.SimpleStatementLine) for small in line.body]
    found = []
    for small in smalls:
        if isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name):
            kind = small.annotation.annotation
            last = dotted(kind.value if isinstance(kind, cst.Subscript) else kind).rpartition(".")[2]
            if last not in ("ClassVar", "KW_ONLY"):
                found.append(small.target.value)
    return tuple(found)


def decorators(node: Class) -> frozenset[str]:
    """The last words of the names of a class's decorators."""
    return frozenset([dotted(one.decorator).rpartition(".")[2] for one in node.node.decorators])


def _delete(node: cst.Del, way: Way) -> Statement:
    turned = _Turner(way)(node.target)
    return Delete(way, turned.items if isinstance(turned, Display) else (turned,))


def _elsewhere(node: cst.Global | cst.Nonlocal, way: Way) -> Statement:
    return Elsewhere(way, tuple([item.name.value for item in node.names]), isinstance(node, cst.Global))


def _flow(node: cst.Pass | cst.Break | cst.Continue, way: Way) -> Statement:
    return Flow(way, type(node).__name__.lower())


def _alias(node: cst.ImportAlias) -> tuple[str, str | None]:
    bound = node.asname.name if node.asname else None
    return dotted(node.name), bound.value if isinstance(bound, cst.Name) else None


def _try(node: cst.Try | cst.TryStar, way: Way) -> Statement:
    handlers = []
    found: Sequence[cst.ExceptHandler | cst.ExceptStarHandler] = node.handlers
    for index, handler in enumerate(found):
        caught = handler.type
        if isinstance(caught, cst.Tuple):
            types = tuple([dotted(element.value) for element in caught.elements])
        else:
            types = (dotted(caught),) if caught is not None else ()
        bound = handler.name.name if handler.name else None
        handlers.append(
            Handler(
                types,
                bound.value if isinstance(bound, cst.Name) else None,
                _block(handler.body, (*way, HANDLERS + index)),
            )
        )
    return Try(
        way,
        _block(node.body, (*way, BODY)),
        tuple(handlers),
        _block(node.orelse, (*way, ORELSE)),
        _block(node.finalbody, (*way, FINALLY)),
    )


_STATEMENTS: dict[type, Callable[[Any, Way], Statement]] = {
    cst.Expr: _expression,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.If: _if,
    cst.For: _for,
    cst.While: _while,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Assert: _assert,
    cst.Match: _match,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
    cst.Del: _delete,
    cst.Global: _elsewhere,
    cst.Nonlocal: _elsewhere,
    cst.Pass: _flow,
    cst.Break: _flow,
    cst.Continue: _flow,
}
