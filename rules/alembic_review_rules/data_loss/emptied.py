"""Whether anybody misses the rows of a table that a revision empties."""

from __future__ import annotations

from alembic_review.change import Change, Step
from alembic_review.operations import DropTable, Operation
from alembic_review.types import Name


def is_missed(change: Change, step: Step[Operation], table: Name) -> bool:
    """Whether rows that were there before the revision go, and nothing else tells of them.

    Not those of a table that the revision itself makes, and not those of a table that it drops later.
    """
    there = step.before.table(table)
    if there is not None and (there.temporary or there.made_in == change.revision.id):
        return False
    way = change.upgrade if step.direction == "upgrade" else change.downgrade
    return not any(isinstance(other.operation, DropTable) and other.operation.table == table for other in way)
