"""What is known of a value that is one thing or another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from alembic_review.operations import Condition, Operation, PythonCall, Unread
from alembic_review.parsing.values import PARTLY_UNKNOWN, Made, Member, Unknown, cut, joined, same
from alembic_review.types import HOLE, Name

EITHER = "a value that depends on a condition"
"""Why a value that is one or another is not known."""


def either_of(one: Any, other: Any) -> Any:
    """What is known of a value that is one or the other.

    Of two texts, the words that both begin and end with; of two statements that go on from one, that one.
    """
    if same(one, other):
        return one
    if isinstance(one, Made) and isinstance(other, Made):
        chain, begun = _chain(one), {id(step) for step in _chain(other)}
        return next((step for step in chain if id(step) in begun), Unknown(EITHER))
    if isinstance(one, str) and isinstance(other, str):
        if not one or not other:
            there = one or other
            return f"{' ' if there[:1].isspace() else ''}{HOLE}{' ' if there[-1:].isspace() else ''}"
        shorter = min(len(one), len(other))
        start = next((at for at in range(shorter) if one[at] != other[at]), shorter)
        start = max(one.rfind(" ", 0, start), one.rfind("\n", 0, start)) + 1
        tail = shorter - start
        end = next((at for at in range(tail) if one[-1 - at] != other[-1 - at]), tail)
        ends = [at for at in (one.find(" ", len(one) - end), one.find("\n", len(one) - end)) if at >= 0]
        if one[:start].strip():
            return joined([cut(one, 0, start), HOLE, cut(one, min(ends), len(one)) if ends else ""])
    return Unknown(EITHER, (one, other))


class Split(Struct):
    """A value that is `one` where a condition holds, and else `other`; `count` is of how many it is one in all."""

    held: Condition
    one: Any
    other: Any
    count: int


def merged(
    one: dict[str, Any], other: dict[str, Any], either_of: Callable[[Any, Any], Any] = either_of
) -> dict[str, Any]:
    """What names are worth behind two branches that both go on."""
    found = dict(one)
    for name, value in other.items():
        found[name] = either_of(found[name], value) if name in found else value
    return found


def _chain(made: Made) -> list[Made]:
    """A call of a method of a call of a method …, from the last one to the first."""
    found = [made]
    while isinstance(found[-1].func, Member) and isinstance(found[-1].func.owner, Made):
        found.append(found[-1].func.owner)
    return found


def names_either(operations: list[Operation]) -> bool:
    """Whether all that some operations are about has a name which is not known, or not in full."""
    done = [one for one in operations if not isinstance(one, PythonCall)]
    return bool(done) and all(map(_has_hole, done))


def _has_hole(operation: Operation) -> bool:
    if isinstance(operation, Unread):
        return operation.why in (EITHER, PARTLY_UNKNOWN)
    for field in ("table", "name", "column", "new_name", "value", "index", "constraint"):
        value = getattr(operation, field, None)
        if HOLE in str(value if isinstance(value, (str, Name)) else getattr(value, "name", "")):
            return True
    return False
