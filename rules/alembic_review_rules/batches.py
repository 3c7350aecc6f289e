"""Which statements are about few rows, as those of a batch are."""

from __future__ import annotations

from alembic_review.change import Step
from alembic_review.operations import Delete, Operation, Update


def picks_few(step: Step[Operation]) -> bool:
    """Whether an UPDATE or DELETE picks rows by range or limit, or by a key: one by its name, or that the table has."""
    operation = step.operation
    if not isinstance(operation, (Update, Delete)):
        return False
    table = step.before.table(operation.table)
    return operation.bounded or (table is not None and table.tells_apart(operation.fixed))
