"""Which tables others may be using while a revision runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from alembic_review.change import Change, Step
from alembic_review.config import Config
from alembic_review.environment import VERSION_TABLE
from alembic_review.operations import CreateTable, DropTable, Operation
from alembic_review.schema import RELATIONS, Table
from alembic_review.types import HOLE, Name

K = TypeVar("K", bound=Operation)


def is_in_use(change: Change, step: Step[Operation], table: Name, config: Config) -> bool:
    """Whether others may be reading and writing *table* when *step* comes to it, so that a lock on it matters.

    Not where this revision made it, or drops it as well, where it is temporary, or where the settings call it small;
    and not the table of Alembic itself, which has a row for each head.
    Where only its schema is unknown, it is taken for the table of that name. A materialized view counts as a table. A
    table that the history never made is in use; one whose name is not known is so unless the revision makes a table,
    which may well be the one.
    """
    if HOLE in (table.schema or ""):
        table = Name(table.name)
    if not table.known:
        return next(_same_way(change, step, CreateTable), None) is None
    if str(table) in config.small_tables or table.name == version_table(change):
        return False
    there = step.before.table(table)
    if there is None:
        views = [view for kind in RELATIONS if (view := step.before.object(kind, table))]
        return not any(view.made_in == change.revision.id for view in views)
    return not (there.temporary or change.made_here(table, step) or _goes(change, step, there))


def version_table(change: Change) -> str:
    """The name of Alembic's own table, as far as env.py says."""
    return change.environment.version_table if change.environment is not None else VERSION_TABLE


def _goes(change: Change, step: Step[Operation], table: Table) -> bool:
    """Whether the table is dropped on the same way: nobody is meant to use it any more."""
    for drop in _same_way(change, step, DropTable):
        dropped = drop.before.table(drop.operation.table)
        if dropped is not None and dropped.origin is table.origin and (table.origin or dropped.name == table.name):
            return True
    return False


def _same_way(change: Change, step: Step[Operation], kind: type[K]) -> Iterator[Step[K]]:
    return change.upgrades(kind) if step.direction == "upgrade" else change.downgrades(kind)


def shown(table: Name) -> str:
    """A table as people are told it: what is known of its name, in quotes."""
    if not (table.schema or "").strip(HOLE):
        table = Name(table.name)
    return f'"{table}"' if table.name.strip(HOLE) else "a table whose name is not known"
