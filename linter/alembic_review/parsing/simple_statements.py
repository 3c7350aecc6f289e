"""What each simple statement does: one that has no block of its own, a ``def`` and a ``class``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from alembic_review.parsing import syntax
from alembic_review.parsing.binding import bind
from alembic_review.parsing.builtins import OWN_DECORATORS
from alembic_review.parsing.containers import change, operated
from alembic_review.parsing.directives import OPERATIONS, OTHERS
from alembic_review.parsing.evaluate import DATABASE, Evaluator
from alembic_review.parsing.expressions import called, defaults
from alembic_review.parsing.frames import Flow, Frame, Raised
from alembic_review.parsing.values import ClassValue, Closure, InstanceOf, Made, Member, Ref, Unknown


def _expression(evaluator: Evaluator, statement: syntax.ExpressionStatement, frame: Frame) -> Flow:
    if isinstance(statement.value, syntax.Call):
        called(evaluator, statement.value, frame)
    else:
        evaluator.value(statement.value, frame)
    return Flow.NEXT


def _assign(evaluator: Evaluator, statement: syntax.Assign, frame: Frame) -> Flow:
    value = evaluator.value(statement.value, frame)
    for target in statement.targets:
        bind(evaluator, target, value, frame)
    return Flow.NEXT


def _augmented(evaluator: Evaluator, statement: syntax.AugmentedAssign, frame: Frame) -> Flow:
    old = evaluator.value(statement.target, frame)
    new = evaluator.value(statement.value, frame)
    method = None
    if isinstance(old, list) and statement.operator == "+":
        method = "extend"
    elif isinstance(old, (set, dict)) and statement.operator == "|":
        method = "update"
    if method is not None:
        change(evaluator, old, method, Made(Member(old, method), [new], {}))
        return Flow.NEXT
    bind(evaluator, statement.target, operated(evaluator, statement.operator, old, new), frame)
    return Flow.NEXT


def _return(evaluator: Evaluator, statement: syntax.Return, frame: Frame) -> Flow:
    frame.returns.append((evaluator.value(statement.value, frame) if statement.value else None, evaluator.conditions))
    return Flow.RETURN


def _raise(evaluator: Evaluator, statement: syntax.Raise, frame: Frame) -> Flow:
    value = evaluator.value(statement.value, frame) if statement.value else Unknown("a raise of what was caught")
    name, message = "", ""
    if isinstance(value, Made):
        name = value.leaf
        given = value.given(0, "message")
        message = given if isinstance(given, str) else ""
    elif isinstance(value, Ref):
        name = value.leaf
    elif isinstance(value, (ClassValue, InstanceOf)):
        name = (value.cls if isinstance(value, InstanceOf) else value).node.name
    evaluator.actions.raised(evaluator, evaluator.place(()), name, message)
    raise Raised


def _delete(evaluator: Evaluator, statement: syntax.Delete, frame: Frame) -> Flow:
    for target in statement.targets:
        if isinstance(target, syntax.Subscript):
            owner = evaluator.value(target.value, frame)
            if isinstance(owner, (list, dict)):
                change(evaluator, owner, "pop", Made(Member(owner, "pop"), [evaluator.value(target.index, frame)], {}))
        else:
            bind(evaluator, target, Unknown("what was deleted"), frame)
    return Flow.NEXT


def _elsewhere(_evaluator: Evaluator, statement: syntax.Elsewhere, frame: Frame) -> Flow:
    at = frame.parent
    for name in statement.names:
        while at is not None and at.parent is not None and (statement.top or name not in at.names):
            at = at.parent
        if at is not None:
            frame.elsewhere[name] = at
    return Flow.NEXT


def _flow(_evaluator: Evaluator, statement: syntax.Flow, _frame: Frame) -> Flow:
    return {"pass": Flow.NEXT, "break": Flow.BREAK, "continue": Flow.CONTINUE}[statement.keyword]


def _other(_evaluator: Evaluator, _statement: syntax.Other, _frame: Frame) -> Flow:
    return Flow.NEXT


def _import(_evaluator: Evaluator, statement: syntax.Import, frame: Frame) -> Flow:
    for name, bound in statement.names:
        frame.names[bound or name.partition(".")[0]] = Ref(name if bound else name.partition(".")[0])
    return Flow.NEXT


def _import_from(evaluator: Evaluator, statement: syntax.ImportFrom, frame: Frame) -> Flow:
    prefix = "." * statement.level + statement.module
    base = frame.source.path if statement.level else ""
    if statement.names is None:
        frame.source.dirty = True
        module = evaluator.find(evaluator, prefix, frame.source.path if statement.level else "")
        if module is not None and module is not frame.source:
            frame.names.update(evaluator.module(module).names)
            frame.source.stars.extend(module.stars)
        elif prefix == "alembic":
            frame.names.update({name: Ref(f"alembic.{name}") for name in ("op", "context")})
        elif prefix == DATABASE:
            frame.names.update({name: Ref(f"{DATABASE}.{name}") for name in (*OPERATIONS, *OTHERS)})
        elif module is None:
            frame.source.stars.append(prefix)
        return Flow.NEXT
    for name, bound in statement.names:
        dot = "" if prefix.endswith(".") or not prefix else "."
        frame.names[bound or name] = Ref(f"{prefix}{dot}{name}", base)
    return Flow.NEXT


def _function(evaluator: Evaluator, statement: syntax.Function, frame: Frame) -> Flow:
    closure = Closure(statement, frame, defaults=defaults(evaluator, statement, frame))
    for decorator in reversed(statement.decorators):
        made = _decorated(evaluator, evaluator.resolved(evaluator.value(decorator, frame)), closure)
        closure = made if isinstance(made, Closure) else closure
    frame.names[statement.name] = closure
    return Flow.NEXT


def _decorated(evaluator: Evaluator, decorator: Any, closure: Closure) -> Any:
    """What a decorator of the project makes of a function; others are taken to leave it as it is."""
    if isinstance(decorator, Made) and decorator.leaf == "contextmanager":
        return closure
    under = OWN_DECORATORS.get(decorator.leaf) if isinstance(decorator, Ref) else None
    if under is not None:
        return replace(closure, under=under)
    if isinstance(decorator, Member) and isinstance(decorator.owner, Closure) and decorator.owner.under == "property":
        # @name.setter gives the property of that name again.
        return decorator.owner
    if isinstance(decorator, Closure):
        return evaluator.call_closure(decorator, [closure], {})
    evaluator.actions.decorated(evaluator, decorator, closure)
    return closure


def _class(evaluator: Evaluator, statement: syntax.Class, frame: Frame) -> Flow:
    bases = tuple([evaluator.value(base, frame) for base in statement.bases])
    frame.names[statement.name] = ClassValue(statement, frame, bases)
    return Flow.NEXT


SIMPLE: dict[type, Callable[[Evaluator, Any, Frame], Flow]] = {
    syntax.ExpressionStatement: _expression,
    syntax.Assign: _assign,
    syntax.AugmentedAssign: _augmented,
    syntax.Return: _return,
    syntax.Raise: _raise,
    syntax.Delete: _delete,
    syntax.Elsewhere: _elsewhere,
    syntax.Flow: _flow,
    syntax.Other: _other,
    syntax.Import: _import,
    syntax.ImportFrom: _import_from,
    syntax.Function: _function,
    syntax.Class: _class,
}
