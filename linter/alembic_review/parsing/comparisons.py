"""What ``==``, ``in``, ``is`` and their kin say: a truth value, or a question where that is for the schema to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic_review.parsing.evaluate import Evaluator
from alembic_review.parsing.listing import question
from alembic_review.parsing.values import (
    Handle,
    Listed,
    Made,
    Member,
    Names,
    OneOf,
    Query,
    Ref,
    Result,
    Some,
    Unknown,
    has_unknown,
    hashable,
)


def compared(evaluator: Evaluator, operator: str, left: Any, right: Any) -> Any:
    """The value of ``left operator right``: a truth value, a question, or a condition of SQLAlchemy's."""
    if isinstance(left, OneOf) or isinstance(right, OneOf):
        agreed = (
            left.agreed(lambda text: compared(evaluator, operator, text, right))
            if isinstance(left, OneOf)
            else right.agreed(lambda text: compared(evaluator, operator, left, text))
        )
        return Query("unknown") if isinstance(agreed, Unknown) else agreed
    if operator in ("in", "not in"):
        found = _contains(evaluator, left, right)
        if operator == "not in":
            return evaluator.negated(found)
        return found
    left, right = evaluator.plain_member(left), evaluator.plain_member(right)
    if evaluator.gathered_of(left) is not None or evaluator.gathered_of(right) is not None:
        return Query("unknown")
    if isinstance(left, (Member, Made)) and operator in ("==", "!=", "<", "<=", ">", ">="):
        # A condition of SQLAlchemy's: table.c.x == 1.
        return Made(Ref(f"operator.{operator}"), [left, right], {})
    if isinstance(left, Listed) or isinstance(right, Listed):
        names, other = (left.names, right) if isinstance(left, Listed) else (right.names, left)
        if operator in ("==", "!=") and isinstance(other, str):
            query = question(names, other)
            return query if operator == "==" else evaluator.negated(query)
        return Query("unknown")
    asked = left if isinstance(left, (Result, Some, Query)) else None
    if asked is not None:
        return _compared_query(evaluator, operator, asked, right)
    if has_unknown(left) or has_unknown(right):
        return Query("unknown", text=getattr(left, "why", "") or getattr(right, "why", ""))
    if isinstance(left, (Ref, Made, Handle)) or isinstance(right, (Ref, Made, Handle)):
        sure = _is_something(left if right is None else right)
        if operator in ("is", "is not") and (left is None or right is None) and sure:
            return operator == "is not"
        return Query("unknown")
    try:
        return _COMPARISONS[operator](left, right)
    except (TypeError, KeyError, ValueError):
        return Query("unknown")


def _compared_query(evaluator: Evaluator, operator: str, asked: Any, right: Any) -> Any:
    truth = evaluator.truth(asked)
    if isinstance(truth, bool):
        return truth
    if right is None or right is False or right == 0:
        if operator in ("is", "=="):
            return evaluator.negated(truth)
        if operator in ("is not", "!=", ">"):
            return truth
    if right is True and operator in ("is", "=="):
        return truth
    return Query("unknown")


def _contains(evaluator: Evaluator, item: Any, container: Any) -> Any:
    if isinstance(item, Member):
        item = evaluator.plain(item)
    if isinstance(container, Names):
        return question(container, item) if isinstance(item, str) else Query("unknown")
    found = evaluator.gathered_of(container)
    if found is not None:
        return Query("unknown") if has_unknown(item) else found.has(item)
    if isinstance(item, Listed) and isinstance(container, (list, tuple, set, frozenset, dict)):
        parts = [question(item.names, name) for name in container if isinstance(name, str)]
        return Query("any", parts=tuple(parts)) if parts else False
    if has_unknown(item) or has_unknown(container):
        if isinstance(container, (list, tuple, dict, set)) and hashable(item):
            try:
                if item in container:
                    return True
            except TypeError:
                pass
        return Query("unknown")
    try:
        return item in container
    except TypeError:
        return Query("unknown")


def _is_something(value: Any) -> bool:
    """Whether it cannot be None; what a function that is not followed gives may be."""
    return not isinstance(value, Made) or (
        isinstance(value.func, Ref) and (value.func.root == "sqlalchemy" or value.leaf[:1].isupper())
    )


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "is": lambda left, right: left is right or left == right,
    "is not": lambda left, right: left is not right and left != right,
}
