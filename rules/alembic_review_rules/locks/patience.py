"""Whether a revision gives up waiting for a lock after a while."""

from __future__ import annotations

from alembic_review.change import Change, Step
from alembic_review.operations import Execute, Operation


def gives_up(change: Change, step: Step[Operation]) -> bool:
    """Whether a ``lock_timeout`` is set when *step* comes to its locks, by the revision or by ``env.py``."""
    if change.environment is not None and change.environment.lock_timeout:
        return True
    for other in change.upgrade if step.direction == "upgrade" else change.downgrade:
        if other is step:
            return False
        operation = other.operation
        if isinstance(operation, Execute) and any(name == "lock_timeout" for name, _ in operation.settings):
            return True
    return False
