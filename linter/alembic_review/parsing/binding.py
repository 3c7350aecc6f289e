"""Values given to the targets of assignments."""

from __future__ import annotations

from typing import Any

from alembic_review.parsing import syntax
from alembic_review.parsing.containers import put_item
from alembic_review.parsing.either import either_of
from alembic_review.parsing.evaluate import Evaluator
from alembic_review.parsing.frames import Frame
from alembic_review.parsing.values import InstanceOf, Made, Member, Query, Ref, Unknown, same


def bind(evaluator: Evaluator, target: syntax.Expression, value: Any, frame: Frame) -> None:
    """Give *value* to a target of an assignment."""
    if isinstance(target, syntax.Name):
        _name(evaluator, target.id, value, frame)
    elif isinstance(target, syntax.Display):
        _unpack(evaluator, target, value, frame)
    elif isinstance(target, syntax.Subscript):
        owner = evaluator.value(target.value, frame)
        key = evaluator.value(target.index, frame)
        if isinstance(owner, dict):
            put_item(evaluator, owner, key, value)
        elif isinstance(owner, list) and isinstance(key, int) and -len(owner) <= key < len(owner):
            evaluator.grown(owner, value)
            sure = not evaluator.hangs(owner) or same(owner[key], value)
            owner[key] = value if sure else Unknown("a value that depends on a condition", (owner[key], value))
        elif isinstance(owner, list):
            found = evaluator.gathering(owner)
            found.open = True
            found.take(evaluator.condition(Query("unknown", text="an item may have been replaced")))
        elif isinstance(key, str):
            evaluator.assigned[key] = owner, value
    elif isinstance(target, syntax.Attribute):
        owner = evaluator.value(target.value, frame)
        if isinstance(owner, (InstanceOf, Made)):
            evaluator.attributes.give(owner, target.name, value)
        elif isinstance(owner, (Member, Ref)):
            evaluator.assigned[target.name] = owner, value
    elif isinstance(target, syntax.Starred):
        bind(evaluator, target.value, value, frame)


def _name(evaluator: Evaluator, name: str, value: Any, frame: Frame) -> None:
    at = frame.elsewhere.get(name)
    if at is None:
        frame.names[name] = value
    else:
        # The branches of this frame know nothing of the names of another.
        old = at.names.get(name, value)
        at.names[name] = either_of(old, value) if evaluator.conditions else value


def _unpack(evaluator: Evaluator, target: syntax.Display, value: Any, frame: Frame) -> None:
    items = list(value) if isinstance(value, (list, tuple, str)) and evaluator.gathered_of(value) is None else None
    count = len(target.items)
    if items is not None and any(isinstance(item, syntax.Starred) for item in target.items):
        star = next(index for index, item in enumerate(target.items) if isinstance(item, syntax.Starred))
        after = count - star - 1
        if len(items) >= count - 1:
            items = [*items[:star], items[star : len(items) - after], *items[len(items) - after :]]
    if items is None or len(items) != count:
        items = [Unknown("an unpacked value that is not known")] * count
    for item, part in zip(target.items, items, strict=True):
        bind(evaluator, item, part, frame)
