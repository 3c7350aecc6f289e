"""Whether a revision gives up waiting for a lock after a while."""

from __future__ import annotations

from alembic_review.change import Change, Step
from alembic_review.operations import Execute, Operation
from alembic_review.replay.search_path import is_local
from alembic_review_rules.locks.transactions import transactions


def gives_up(change: Change, step: Step[Operation]) -> bool:
    """Whether a ``lock_timeout`` is set when *step* comes to its locks, by the revision or by ``env.py``.

    SET LOCAL lasts until the end of its transaction; 0 stands for no limit.
    """
    lasting = change.environment is not None and change.environment.lock_timeout
    for together in transactions(change.upgrade if step.direction == "upgrade" else change.downgrade):
        local: bool | None = None
        for other in together:
            if other is step:
                return lasting if local is None else local
            operation = other.operation
            for name, value in operation.settings if isinstance(operation, Execute) else ():
                if name != "lock_timeout":
                    continue
                if is_local(operation):
                    local = _is_a_while(value)
                else:
                    lasting, local = _is_a_while(value), None
    return lasting


def _is_a_while(value: str) -> bool:
    return value.rstrip("usminhd ") not in ("0", "-1")
