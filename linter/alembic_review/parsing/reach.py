"""Which values may change the database when somebody calls them: for calls that are not followed."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from alembic_review.parsing import syntax
from alembic_review.parsing.directives import OTHERS
from alembic_review.parsing.evaluate import DATABASE, Evaluator
from alembic_review.parsing.values import (
    Batch,
    ClassValue,
    Closure,
    Handle,
    InstanceOf,
    Made,
    Member,
    Ref,
    Unknown,
)

_ACTS = frozenset(
    [
        "execute",
        "exec_driver_sql",
        "executemany",
        "create",
        "drop",
        "create_all",
        "drop_all",
        "run_callable",
        "run_sync",
    ]
)
"""What is called of connections, tables and types to change something."""


def is_handle(value: Any) -> bool:
    """Whether a value is a way to the database."""
    return (
        isinstance(value, (Handle, Batch))
        or (isinstance(value, Ref) and value.name in (DATABASE, "alembic"))
        or (isinstance(value, Member) and isinstance(value.owner, Handle))
    )


def acts(evaluator: Evaluator, *values: Any) -> bool:
    """Whether one of some values is a directive, a function that uses one or executes something, or holds such."""
    todo, seen = list(values), set()
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        evaluator.spend(1)
        match value:
            case Ref(name=name) if name.startswith(f"{DATABASE}."):
                if _is_directive(value.leaf):
                    return True
            case Ref():
                found = evaluator.resolved(value)
                if found is not value:
                    todo.append(found)
            case Closure():
                used = _used(value.function)
                evaluator.spend(used.size)
                if used.attributes & _ACTS:
                    return True
                for name in used.names:
                    found = _worth(value, name)
                    if is_handle(found):
                        if any(of == name and _is_directive(attribute) for of, attribute in used.taken):
                            return True
                    else:
                        todo.append(found)
            case Member(owner=Batch(), name=name) | Member(owner=Handle(), name=name):
                if isinstance(value.owner, Batch) or name in _ACTS:
                    return True
            case Member(owner=InstanceOf(cls=cls), name=name) | Member(owner=ClassValue() as cls, name=name):
                todo.append(evaluator.class_attribute(cls, name))
            case Made(func=Ref(root=root)) if root in ("builtins", "functools"):
                todo.extend(value.args)
            case Unknown():
                todo.extend(value.of)
            case list() | tuple() | set():
                todo.extend(value)
            case dict():
                todo.extend(value.values())
    return False


def _is_directive(name: str) -> bool:
    return name not in OTHERS


class _Used(Struct):
    """What the body of a function spells: names, attributes, and those that are taken from a name.

    `size` is of how much it is made.
    """

    names: set[str]
    attributes: set[str]
    taken: set[tuple[str, str]]
    size: int = 0


def _used(function: syntax.Function | syntax.Lambda) -> _Used:
    used = _Used(set(), set(), set())
    todo: list[Any] = [function.body]
    while todo:
        one = todo.pop()
        used.size += 1
        match one:
            case list() | tuple():
                todo.extend(one)
            case syntax.Scope():
                todo.append(one.body)
            case syntax.Name(id=name):
                used.names.add(name)
            case syntax.Attribute(value=value, name=name):
                used.attributes.add(name)
                if isinstance(value, syntax.Name):
                    used.taken.add((value.id, name))
                todo.append(value)
            case Struct():
                todo.extend([getattr(one, field) for field in one.__struct_fields__])
    return used


def _worth(closure: Closure, name: str) -> Any:
    """What a name means to a function that is not run."""
    frame = closure.frame
    while frame is not None:
        if name in frame.names:
            return frame.names[name]
        frame = frame.parent
    return None
