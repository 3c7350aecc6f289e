"""What a transaction stops for another reason, so that one lock more changes nothing."""

from __future__ import annotations

from alembic_review.change import Change, Step
from alembic_review.config import Config
from alembic_review.operations import Operation
from alembic_review_rules.locks.transactions import transactions
from alembic_review_rules.locks.works import Work, works


def is_stopped_anyway(change: Change, step: Step[Operation], work: Work, config: Config) -> bool:
    """Whether the transaction of *step* stops reads and writes of the table as long for a work of another kind."""
    together = next((steps for steps in transactions(change.upgrade) if any(one is step for one in steps)), ())
    return any(
        also.table == work.table
        and also.mode == "ACCESS EXCLUSIVE"
        and also.kind != work.kind
        and also.is_slow >= work.is_slow
        for other in together
        if other is not step
        for also in works(change, other, config)
    )
