"""The schema where nobody can tell whether an operation ran: what it would change is there, and uncertain."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from alembic_review.persistent import Shared
from alembic_review.schema import Column, Constraint, EnumType, Index, Object, Schema, Sequence, Table
from alembic_review.types import Name

_K = TypeVar("_K")
_V = TypeVar("_V")
_Thing = TypeVar("_Thing", EnumType, Sequence, Object)
_Member = TypeVar("_Member", Column, Constraint, Index)


def either(before: Schema, changed: Schema) -> Schema:
    """What may be there after an operation that leads from *before* to *changed*, if it ran."""
    if changed is before:
        return before
    return Schema(
        _tables(before.tables, changed.tables),
        _things(before.enums, changed.enums),
        _things(before.sequences, changed.sequences),
        _things(before.objects, changed.objects),
        _union(before.indexes, changed.indexes, lambda _, new: new),
        _union(before.constraint_names, changed.constraint_names, lambda old, new: tuple(dict.fromkeys(old + new))),
        _union(before.referred_by, changed.referred_by, lambda old, new: old | new),
        _union(before.typed_by, changed.typed_by, lambda old, new: old | new),
        _union(before.viewed_by, changed.viewed_by, lambda old, new: old | new),
        before.gone,
        before.complete and changed.complete,
        before.doubted | changed.doubted,
        changed.unread,
    )


def _union(before: Shared[_K, _V], changed: Shared[_K, _V], both: Callable[[_V, _V], _V]) -> Shared[_K, _V]:
    result = changed
    for key in changed.differing(before):
        old, new = before.get(key), changed.get(key)
        if old is not None:
            result = result.put(key, old if new is None else both(old, new))
    return result


def _things(before: Shared[_K, _Thing], changed: Shared[_K, _Thing]) -> Shared[_K, _Thing]:
    result = changed
    for key in changed.differing(before):
        thing = changed.get(key) or before.get(key)
        if thing is not None:
            result = result.put(key, replace(thing, uncertain=True))
    return result


def _tables(before: Shared[Name, Table], changed: Shared[Name, Table]) -> Shared[Name, Table]:
    result = changed
    for key in changed.differing(before):
        old, new = before.get(key), changed.get(key)
        if old is not None and new is not None:
            blended = replace(
                new,
                columns=_members(old.columns, new.columns),
                constraints=_members(old.constraints, new.constraints),
                indexes=_members(old.indexes, new.indexes),
                gone=old.gone,
                uncertain=old.uncertain or new.uncertain,
                complete=old.complete and new.complete,
            )
            result = result.put(key, blended)
        elif (one := old or new) is not None:
            result = result.put(key, replace(one, uncertain=True))
    return result


def _members(old: dict[str, _Member], new: dict[str, _Member]) -> dict[str, _Member]:
    if old is new:
        return new
    return {
        name: thing if old.get(name) is new.get(name) else replace(thing, uncertain=True)
        for name, thing in {**old, **new}.items()
    }
