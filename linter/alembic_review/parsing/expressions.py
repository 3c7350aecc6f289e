"""What each kind of expression is worth."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from alembic_review.operations import Condition
from alembic_review.parsing import syntax
from alembic_review.parsing.attributes import Given
from alembic_review.parsing.binding import bind
from alembic_review.parsing.builtins import BUILTINS
from alembic_review.parsing.comparisons import compared
from alembic_review.parsing.containers import operated, put_item
from alembic_review.parsing.either import either_of
from alembic_review.parsing.evaluate import NEVER_FOLLOWED, Evaluator
from alembic_review.parsing.frames import Frame
from alembic_review.parsing.gathering import Gathered, Items, When, further, gathered, put
from alembic_review.parsing.listing import of_listed, of_names
from alembic_review.parsing.values import (
    ClassValue,
    Closure,
    Defaults,
    Globals,
    InstanceOf,
    Listed,
    Made,
    Member,
    Names,
    Piece,
    Query,
    Ref,
    Result,
    Some,
    Super,
    Text,
    Unknown,
    formatted,
    hashable,
    joined,
    text_of,
)
from alembic_review.types import HOLE


def _constant(_evaluator: Evaluator, node: syntax.Constant, _frame: Frame) -> Any:
    return node.value


def _string(evaluator: Evaluator, node: syntax.String, frame: Frame) -> Any:
    if frame.source is not evaluator.source:
        return node.value
    return Text.of(node.value, (Piece(0, len(node.value), node.way, 0),))


def _formatted(evaluator: Evaluator, node: syntax.FormattedString, frame: Frame) -> Any:
    parts: list[str] = []
    offset = 0
    for part in node.parts:
        if isinstance(part, str):
            if frame.source is evaluator.source:
                parts.append(Text.of(part, (Piece(0, len(part), node.way, offset),)))
            else:
                parts.append(part)
            offset += len(part)
            continue
        expression, conversion, shape = part
        value = evaluator.value(expression, frame)
        text: str | None
        if conversion == "r" and isinstance(value, str):
            text = repr(str(value))
        elif shape and isinstance(value, (str, int, float)) and "\0" not in shape:
            text = formatted(value, shape)
        else:
            text = text_of(evaluator.plain(value))
        parts.append(HOLE if text is None else text)
    return joined(parts)


def _name(evaluator: Evaluator, node: syntax.Name, frame: Frame) -> Any:
    value = _named(evaluator, node, frame)
    # Most names are those of modules.
    return value if type(value) is Ref else evaluator.used(value)


def _named(evaluator: Evaluator, node: syntax.Name, frame: Frame) -> Any:
    at: Frame | None = frame.elsewhere.get(node.id, frame)
    while at is not None:
        if node.id in at.names:
            value = at.names[node.id]
            if isinstance(value, Ref) and value.root not in NEVER_FOLLOWED:
                found = evaluator.resolved(value)
                return value if isinstance(found, (Closure, ClassValue)) else found
            return value
        at = at.parent
    if node.id in BUILTINS:
        return Ref(f"builtins.{node.id}")
    if node.id in ("__file__",):
        return frame.source.path
    if frame.source.stars:
        return _by_star(frame.source.stars, node.id)
    if not frame.source.dirty and frame.source is evaluator.source:
        evaluator.undefined.setdefault(node.id, evaluator.place(()))
    return Unknown("a name that is not defined")


def _by_star(stars: list[str], name: str) -> Ref:
    """A name that is imported with everything of a module; what looks like a class is SQLAlchemy's, if there is any."""
    own = [star for star in stars if star.partition(".")[0] == "sqlalchemy"]
    others = [star for star in stars if star not in own]
    known = own if own and (name[0].isupper() or name in _OF_SQLALCHEMY or not others) else others
    return Ref(f"{known[-1]}.{name}")


_OF_SQLALCHEMY = frozenset(["and_", "or_", "not_", "text", "func", "select", "table", "column", "literal_column"])


def _chain(evaluator: Evaluator, node: syntax.Attribute | syntax.Call, frame: Frame) -> Any:
    return _followed(evaluator, node, frame, discarded=False)


def called(evaluator: Evaluator, node: syntax.Call, frame: Frame) -> Any:
    """The value of a call that is a statement of its own."""
    return _followed(evaluator, node, frame, discarded=True)


def _followed(evaluator: Evaluator, node: syntax.Attribute | syntax.Call, frame: Frame, *, discarded: bool) -> Any:
    """The value of ``a.b().c(d)``, link by link; *discarded* says that the last one is a statement of its own."""
    links: list[Any] = []
    at: Any = node
    while (kind := type(at)) is syntax.Attribute or kind is syntax.Call:
        links.append(at)
        at = at.func if kind is syntax.Call else at.value
    value = _owner(evaluator, at, frame)
    while links:
        link = links.pop()
        if type(link) is syntax.Attribute:
            value = _attribute(evaluator, value, link.name)
        else:
            value = _call(evaluator, value, link, frame, discarded and not links)
    return value


def _attribute(evaluator: Evaluator, owner: Any, name: str) -> Any:
    found = evaluator.attribute(owner, name)
    if type(found) is Ref or (isinstance(found, Member) and found.owner is owner):
        return found
    return evaluator.used(found)


def _owner(evaluator: Evaluator, node: syntax.Expression, frame: Frame) -> Any:
    """What something is taken from: of it as a whole nothing is done."""
    return _named(evaluator, node, frame) if type(node) is syntax.Name else evaluator.value(node, frame)


def _call(evaluator: Evaluator, func: Any, node: syntax.Call, frame: Frame, discarded: bool) -> Any:
    made = arguments(evaluator, func, node, frame)
    if isinstance(func, Ref) and func.name in _OF_FRAMES:
        return _OF_FRAMES[func.name](frame, made.args)
    made.discarded = discarded
    return evaluator.call(func, made)


def _super(frame: Frame, given: list[Any]) -> Any:
    at = frame
    while not given and at.parent is not None:
        if at.parent.cls is not None:
            # The first of a method's names is that of its object.
            given = [at.parent.cls, *list(at.names.values())[:1]]
        at = at.parent
    match given:
        case [ClassValue() as cls, (InstanceOf() | ClassValue()) as owner]:
            return Super(cls, owner)
    return Unknown("super()")


_OF_FRAMES: dict[str, Callable[[Frame, list[Any]], Any]] = {
    "builtins.globals": lambda _frame, _given: Globals(),
    "builtins.locals": lambda frame, _given: dict(frame.names),
    "builtins.super": _super,
}
"""The functions that look at where they are called."""


def _yield(evaluator: Evaluator, node: syntax.Yield, frame: Frame) -> Any:
    value = evaluator.value(node.value, frame) if node.value is not None else None
    if frame.at_yield is not None:
        frame.at_yield(value)
        return None
    if frame.yields is None:
        frame.yields = Gathered([])
    entries = evaluator.entries(value) if node.each else [(value, ())]
    if entries is None:
        frame.yields.open = True
    since = evaluator.stack[-1][1] if evaluator.stack else ()
    for item, when in entries or ():
        put(frame.yields, item, (*further(evaluator.conditions, since), *when))
    return Unknown("what a generator is sent")


def arguments(evaluator: Evaluator, func: Any, node: syntax.Call, frame: Frame) -> Made:
    """A call with what its arguments are worth."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    starred = False
    for argument in node.args:
        value = evaluator.value(argument.value, frame)
        if argument.star == "*":
            items = evaluator.items(value)
            if items is None:
                starred = True
                args.append(Unknown("a starred argument that is not known"))
            else:
                args.extend(items)
        elif argument.star == "**":
            if isinstance(value, dict):
                kwargs.update({key: item for key, item in value.items() if isinstance(key, str)})
                starred = starred or evaluator.gathered_of(value) is not None
            else:
                starred = True
        elif argument.keyword is not None:
            kwargs[argument.keyword] = value
        else:
            args.append(value)
    return Made(func, args, kwargs, evaluator.place(node.way), starred)


def _sequence(evaluator: Evaluator, node: syntax.Display, frame: Frame) -> Any:
    items: list[Any] = []
    for item in node.items:
        if isinstance(item, syntax.Starred):
            value = evaluator.value(item.value, frame)
            known = evaluator.items(value)
            if known is None:
                items.append(Unknown("a starred item that is not known"))
            else:
                items.extend(known)
        else:
            items.append(evaluator.value(item, frame))
    if node.kind is set:
        return evaluator.new(set(items) if all(hashable(item) for item in items) else items)
    return tuple(items) if node.kind is tuple else evaluator.new(items)


def _dict(evaluator: Evaluator, node: syntax.Dict, frame: Frame) -> Any:
    found: dict[Any, Any] = {}
    for key, value in node.items:
        worth = evaluator.value(value, frame)
        if key is None:
            found.update(worth if isinstance(worth, dict) else {HOLE: worth})
            continue
        name = evaluator.value(key, frame)
        if isinstance(name, Member) or not hashable(name):
            # A column of a table as a key: SQLAlchemy's values({t.c.x: 1}).
            name = name.name if isinstance(name, Member) else HOLE
        found[name] = worth
    return evaluator.new(found)


def _binary(evaluator: Evaluator, node: syntax.Binary, frame: Frame) -> Any:
    sums: list[Any] = [node]
    while type(sums[-1].left) is syntax.Binary:
        sums.append(sums[-1].left)
    value = evaluator.value(sums[-1].left, frame)
    for one in reversed(sums):
        value = evaluator.used(operated(evaluator, one.operator, value, evaluator.value(one.right, frame)))
    return value


def _boolean(evaluator: Evaluator, node: syntax.Boolean, frame: Frame) -> Any:
    left = evaluator.value(node.left, frame)
    truth = evaluator.truth(left)
    if isinstance(truth, bool):
        if truth == (node.operator == "or"):
            return left
        return evaluator.value(node.right, frame)
    reached = evaluator.condition(truth)
    if node.operator == "or":
        reached = replace(reached, expected=not reached.expected)
    right, given = _on_condition(evaluator, reached, node.right, frame)
    evaluator.attributes.settle(given, {}, either_of)
    other = evaluator.truth(right)
    if isinstance(other, bool):
        if other == (node.operator == "or"):
            # `x or True` is true whatever x is; `x or "default"` is not known to be the default.
            return right if isinstance(right, bool) else Unknown("a value that depends on a condition")
        return truth if isinstance(right, bool) else left
    return Query("any" if node.operator == "or" else "all", parts=(truth, other))


def _compare(evaluator: Evaluator, node: syntax.Compare, frame: Frame) -> Any:
    left = evaluator.value(node.left, frame)
    result: Any = True
    for operator, expression in node.rest:
        right = evaluator.value(expression, frame)
        result = compared(evaluator, operator, left, right)
        if result is False:
            return False
        left = right
    return result if len(node.rest) == 1 or isinstance(result, bool) else Query("unknown")


def _unary(evaluator: Evaluator, node: syntax.Unary, frame: Frame) -> Any:
    value = evaluator.value(node.value, frame)
    if node.operator == "not":
        return evaluator.negated(value)
    if isinstance(value, (int, float)):
        return -value if node.operator == "-" else value
    return Made(Ref(f"operator.{node.operator or 'invert'}"), [value], {})


def _conditional(evaluator: Evaluator, node: syntax.Conditional, frame: Frame) -> Any:
    truth = evaluator.truth(evaluator.value(node.test, frame))
    if isinstance(truth, bool):
        return evaluator.value(node.body if truth else node.orelse, frame)
    held = evaluator.condition(truth)
    either = partial(evaluator.one_of, held)
    one, given = _on_condition(evaluator, held, node.body, frame)
    other, given_else = _on_condition(evaluator, replace(held, expected=not held.expected), node.orelse, frame)
    evaluator.attributes.settle(given, given_else, either)
    return either(one, other)


def _on_condition(evaluator: Evaluator, held: Condition, node: syntax.Expression, frame: Frame) -> tuple[Any, Given]:
    """What an expression is worth that is evaluated on a condition, and what it would have given attributes."""
    outer = evaluator.conditions
    evaluator.conditions = (*outer, held)
    try:
        return evaluator.attributes.apart(lambda: evaluator.value(node, frame))
    finally:
        evaluator.conditions = outer


def _subscript(evaluator: Evaluator, node: syntax.Subscript, frame: Frame) -> Any:
    return evaluator.used(_item(evaluator, node, frame))


def _item(evaluator: Evaluator, node: syntax.Subscript, frame: Frame) -> Any:
    owner = _owner(evaluator, node.value, frame)
    if isinstance(node.index, syntax.Slice):
        bounds = [
            evaluator.value(bound, frame) if bound is not None else None
            for bound in (node.index.lower, node.index.upper, node.index.step)
        ]
        if isinstance(owner, (str, list, tuple)) and all(b is None or isinstance(b, int) for b in bounds):
            return owner[slice(*bounds)]
        return Unknown("a slice of what is not known")
    key = evaluator.value(node.index, frame)
    if isinstance(owner, Ref) and owner.name == "sys.modules" and key == Ref("builtins.__name__"):
        return Globals()
    if isinstance(owner, Globals):
        return evaluator.attribute(owner, key if isinstance(key, str) else HOLE)
    if isinstance(owner, (Listed, Some)):
        return of_listed(owner, key)
    if isinstance(owner, Names):
        return of_names(owner, key)
    if isinstance(key, Member):
        key = evaluator.plain(key)
    if isinstance(owner, Defaults) and not (hashable(key) and key in owner):
        made = evaluator.call(owner.factory, Made(owner.factory, [], {})) if owner.factory is not None else None
        put_item(evaluator, owner, key, made)
        return made
    if isinstance(owner, list) and evaluator.gathered_of(owner) is not None:
        return Unknown("an item of what is not known", (owner,))
    if isinstance(owner, (dict, list, tuple, str)) and hashable(key):
        try:
            return owner[key]
        except (KeyError, IndexError, TypeError):
            return Unknown("a key that is not known", (owner,))
    if isinstance(owner, ClassValue):
        members = evaluator.enum_members(owner)
        if members is not None and key in members:
            return Member(owner, str(key))
    if isinstance(owner, (Member, Made)) and isinstance(key, str):
        # table.c["name"], metadata.tables["name"]
        return Member(owner, key)
    if isinstance(owner, Result):
        return owner
    return Unknown("an item of what is not known", (owner,))


def _slice(_evaluator: Evaluator, _node: syntax.Slice, _frame: Frame) -> Any:
    return Unknown("a slice of what is not known")


def _lambda(evaluator: Evaluator, node: syntax.Lambda, frame: Frame) -> Any:
    return Closure(node, frame, defaults=defaults(evaluator, node, frame))


def defaults(evaluator: Evaluator, function: syntax.Function | syntax.Lambda, frame: Frame) -> dict[str, Any]:
    """What the parameters of a function are where they are not given: evaluated once, where it is defined."""
    return {param.name: evaluator.value(param.default, frame) for param in function.params if param.default is not None}


def _comprehension(evaluator: Evaluator, node: syntax.Comprehension, frame: Frame) -> Any:
    inner = Frame(frame.source, frame, frame.function)
    found: Items = []
    special = _comprehend(evaluator, node, 0, inner, (), found)
    if special is not None:
        return special
    kind = node.kind
    if kind is dict:
        found = [(pair, when) for pair, when in found if hashable(pair[0])]
    if any(when for _item, when in found):
        return evaluator.known(gathered(found, kind if kind in (dict, set) else list))
    items = [item for item, _when in found]
    if kind is dict:
        return evaluator.new(dict(items))
    if kind is set and all(hashable(item) for item in items):
        return evaluator.new(set(items))
    return evaluator.new(items)


def _comprehend(
    evaluator: Evaluator, node: syntax.Comprehension, depth: int, frame: Frame, when: When, found: Items
) -> Any:
    generator = node.generators[depth]
    iterable = evaluator.value(generator.iterable, frame)
    if isinstance(iterable, Names):
        return _comprehend_names(evaluator, node, generator, iterable, frame)
    items = evaluator.entries(iterable)
    if items is None:
        evaluator.read_result(iterable)
        return Unknown("a comprehension over what is not known")
    for item, hangs in items:
        evaluator.step()
        bind(evaluator, generator.target, item, frame)
        tests = [evaluator.truth(evaluator.value(test, frame)) for test in generator.conditions]
        if False in tests:
            continue
        asked = [evaluator.condition(test) for test in tests if not isinstance(test, bool)]
        under = (*when, *hangs, *asked)
        if depth + 1 < len(node.generators):
            special = _comprehend(evaluator, node, depth + 1, frame, under, found)
            if special is not None:
                return special
        elif node.key is not None:
            found.append(((evaluator.value(node.key, frame), evaluator.value(node.element, frame)), under))
        else:
            found.append((evaluator.value(node.element, frame), under))
    return None


def _comprehend_names(
    evaluator: Evaluator, node: syntax.Comprehension, generator: syntax.Generator, names: Names, frame: Frame
) -> Any:
    """``[c["name"] for c in inspector.get_columns(t)]`` and its kin."""
    bind(evaluator, generator.target, Listed(names), frame)
    tests = [evaluator.truth(evaluator.value(test, frame)) for test in generator.conditions]
    queries = [test for test in tests if isinstance(test, Query) and test.question != "unknown"]
    if len(queries) == 1 and len(tests) == 1:
        return Some(queries[0])
    if tests:
        return Unknown("a comprehension with a condition that is not known")
    element = evaluator.value(node.key if node.key is not None else node.element, frame)
    if isinstance(element, Listed):
        return names
    if isinstance(element, Query):
        return Some(element)
    return Unknown("a comprehension over what the database has")


def _walrus(evaluator: Evaluator, node: syntax.Walrus, frame: Frame) -> Any:
    value = evaluator.value(node.value, frame)
    bind(evaluator, node.target, value, frame)
    return value


def _starred(evaluator: Evaluator, node: syntax.Starred, frame: Frame) -> Any:
    return evaluator.value(node.value, frame)


def _opaque(_evaluator: Evaluator, node: syntax.Opaque, _frame: Frame) -> Any:
    return Unknown(f"an expression of the kind {node.kind}")


EXPRESSIONS: dict[type, Callable[[Evaluator, Any, Frame], Any]] = {
    syntax.Constant: _constant,
    syntax.String: _string,
    syntax.FormattedString: _formatted,
    syntax.Name: _name,
    syntax.Attribute: _chain,
    syntax.Call: _chain,
    syntax.Display: _sequence,
    syntax.Dict: _dict,
    syntax.Binary: _binary,
    syntax.Boolean: _boolean,
    syntax.Compare: _compare,
    syntax.Unary: _unary,
    syntax.Conditional: _conditional,
    syntax.Subscript: _subscript,
    syntax.Slice: _slice,
    syntax.Lambda: _lambda,
    syntax.Comprehension: _comprehension,
    syntax.Walrus: _walrus,
    syntax.Yield: _yield,
    syntax.Starred: _starred,
    syntax.Opaque: _opaque,
}
