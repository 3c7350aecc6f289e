"""Views: what they stand on, and what they keep from being dropped."""

from __future__ import annotations

from alembic_review.replay.draft import Draft
from alembic_review.replay.outcome import Dependent
from alembic_review.schema import Key, Object, Table
from alembic_review.types import Name


def dependents(draft: Draft, views: list[Object]) -> list[tuple[Dependent, bool]]:
    """Views as what stands on something, each with whether that is uncertain."""
    return [(Dependent(view.kind, str(view.name)), draft.doubts(view)) for view in views]


def reading(draft: Draft, table: Table, column: str) -> list[Object]:
    """The views that surely read a column: they name it, and nothing else that they read is called so."""
    return [view for view in draft.schema().views_of(table.name) if _reads(draft, view, table, column)]


def _reads(draft: Draft, view: Object, table: Table, column: str) -> bool:
    if column not in view.columns:
        return False
    others = (draft.tables.get(read) for read in view.reads if read != table.name)
    return all(other is not None and other.complete and column not in other.columns for other in others)


def put_view(draft: Draft, view: Object) -> None:
    """Make a view, or make it anew."""
    before = draft.objects.get(Key(view.kind, view.name))
    _stop_reading(draft, view.name, before.reads if before else ())
    for read in view.reads:
        draft.viewed_by = draft.viewed_by.put(read, (draft.viewed_by.get(read) or frozenset()) | {view.name})
    draft.objects = draft.objects.put(Key(view.kind, view.name), view)
    draft.regain(view.kind, view.name)


def remove_view(draft: Draft, view: Object, *, along: bool = True) -> None:
    """Drop a view and those that stand on it; *along* with something else that is dropped."""
    key = Key(view.kind, view.name)
    if key not in draft.objects:
        return
    for other in draft.schema().views_of(view.name):
        remove_view(draft, other)
    _stop_reading(draft, view.name, view.reads)
    for index in view.indexes:
        draft.indexes = draft.indexes.without(Name(index, view.name.schema))
    draft.objects = draft.objects.without(key)
    draft.lose(view.kind, view.name)
    if along:
        draft.went("dropped", view.kind, view)


def _stop_reading(draft: Draft, view: Name, reads: tuple[Name, ...]) -> None:
    for read in reads:
        draft.viewed_by = draft.viewed_by.put(read, (draft.viewed_by.get(read) or frozenset()) - {view})
