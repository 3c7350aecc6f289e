"""How blocks of statements may end and what they bind, as far as it is seen without running them."""

from __future__ import annotations

import builtins
from typing import Any

from msgspec import Struct

from alembic_review.parsing import syntax


def breaks(body: list[syntax.Statement], keywords: tuple[str, ...] = ("break",)) -> bool:
    """Whether a loop with this body may be broken off, or what else of `Flow` the keywords name."""
    for statement in body:
        if isinstance(statement, syntax.Flow):
            if statement.keyword in keywords:
                return True
        elif not isinstance(statement, (syntax.Scope, syntax.For, syntax.While)) and any(
            breaks(block, keywords) for block in _blocks(statement)
        ):
            return True
    return False


def returns_from(body: list[syntax.Statement]) -> bool:
    """Whether a loop with this body is left by nothing but a ``return``: what follows hangs on there being none."""
    return _has_return(body) and not breaks(body, ("break", "continue"))


def _has_return(body: list[syntax.Statement]) -> bool:
    return any(
        isinstance(statement, syntax.Return)
        or (not isinstance(statement, syntax.Scope) and any(map(_has_return, _blocks(statement))))
        for statement in body
    )


def _blocks(statement: syntax.Statement) -> list[list[syntax.Statement]]:
    parts = (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
    return [*[getattr(statement, name, []) for name in ("body", "orelse", "final")], *[part.body for part in parts]]


def rebound(body: list[syntax.Statement]) -> set[str]:
    """The names that some statements give a new value."""
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, (syntax.Assign, syntax.AugmentedAssign)):
            targets = statement.targets if isinstance(statement, syntax.Assign) else (statement.target,)
            found.update(target.id for target in targets if isinstance(target, syntax.Name))
        elif not isinstance(statement, syntax.Scope):
            for block in ("body", "orelse", "final"):
                found |= rebound(getattr(statement, block, []))
            for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                found |= rebound(part.body)
    return found


def goes_on(handler: syntax.Handler) -> bool:
    """Whether it takes what the database raises, and does not raise in its turn."""
    own = {"Exception", "BaseException"}
    takes = not handler.types or any(name in own or not hasattr(builtins, name) for name in handler.types)
    return takes and not (handler.body and isinstance(handler.body[-1], syntax.Raise))


_HEADS: dict[type, str] = {
    syntax.ExpressionStatement: "value",
    syntax.Assign: "value",
    syntax.AugmentedAssign: "value",
    syntax.Return: "value",
    syntax.If: "test",
    syntax.For: "iterable",
    syntax.While: "test",
    syntax.With: "items",
    syntax.Match: "subject",
}


def names_read(statement: syntax.Statement) -> tuple[str, ...]:
    """The names that a statement asks for, but for those that the blocks in it do."""
    found: dict[str, None] = {}
    left: list[Any] = [getattr(statement, _HEADS.get(type(statement), ""), None)]
    if isinstance(statement, syntax.AugmentedAssign):
        left.append(statement.target)
    while left:
        node = left.pop()
        if isinstance(node, syntax.Name):
            found[node.id] = None
        elif isinstance(node, tuple):
            left.extend(reversed(node))
        elif isinstance(node, Struct):
            left.extend(getattr(node, name) for name in reversed(node.__struct_fields__))
    return tuple(found)
