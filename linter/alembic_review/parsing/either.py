"""What is known of a value that is one thing or another."""

from __future__ import annotations

from typing import Any

from alembic_review.parsing.values import Made, Member, Unknown, cut, joined, same
from alembic_review.types import HOLE


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What names are worth behind two branches that both go on."""
    found = dict(one)
    for name, value in other.items():
        found[name] = either_of(found[name], value) if name in found else value
    return found


def either_of(one: Any, other: Any) -> Any:
    """What is known of a value that is one or the other.

    Of two texts, the words that both begin and end with; of two statements that go on from one, that one.
    """
    if same(one, other):
        return one
    if isinstance(one, Made) and isinstance(other, Made):
        chain, begun = _chain(one), {id(step) for step in _chain(other)}
        return next((step for step in chain if id(step) in begun), Unknown("a value that depends on a condition"))
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
    return Unknown("a value that depends on a condition")


def _chain(made: Made) -> list[Made]:
    """A call of a method of a call of a method …, from the last one to the first."""
    found = [made]
    while isinstance(found[-1].func, Member) and isinstance(found[-1].func.owner, Made):
        found.append(found[-1].func.owner)
    return found
