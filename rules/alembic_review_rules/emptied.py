"""Which tables have no rows, because the revision has emptied them."""

from __future__ import annotations

from alembic_review.change import Change, Step
from alembic_review.operations import Delete, Insert, Operation, RenameTable, Truncate
from alembic_review.types import Name


def follow(empty: set[Name], step: Step[Operation], *, surely: bool = True) -> None:
    """Keep *empty* to the tables that the steps up to this one have emptied, or may have if not *surely*."""
    match step.operation:
        case Delete(where=False) if step.ran or not surely:
            empty.add(step.operation.table)
        case Truncate() if step.ran or not surely:
            empty.update(step.operation.tables)
        case Insert():
            empty.discard(step.operation.table)
        case RenameTable() if step.operation.table in empty:
            empty.remove(step.operation.table)
            empty.add(Name(step.operation.new_name, step.operation.table.schema))


def emptied(change: Change, step: Step[Operation]) -> set[Name]:
    """The tables that the revision has emptied when it comes to *step*."""
    empty: set[Name] = set()
    if next(change.steps(Delete, Truncate), None) is None:
        return empty
    for other in change.upgrade if step.direction == "upgrade" else change.downgrade:
        if other is step:
            break
        if other.ran is not False:
            follow(empty, other)
    return empty
