"""Which steps of one way through a revision share a transaction, and so hold their locks together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alembic_review.change import Step
from alembic_review.operations import Execute, Operation, PythonCall


def transactions(steps: Sequence[Step[Operation]]) -> Iterator[list[Step[Operation]]]:
    """The steps that may run, by the transaction they run in.

    Each one in an ``autocommit_block()`` has its own, but for those from a BEGIN by hand to its end.
    """
    together: list[Step[Operation]] = []
    begun = False
    for step in steps:
        if step.ran is False:
            continue
        operation = step.operation
        if begun:
            together.append(step)
            begun = not ends(operation)
            if not begun:
                yield together
                together = []
        elif operation.autocommit or ends(operation):
            if together:
                yield together
            begun = isinstance(operation, Execute) and operation.verb == "BEGIN"
            together = [step] if begun else []
            if not begun:
                yield [step]
        else:
            together.append(step)
    if together:
        yield together


def ends(operation: Operation) -> bool:
    """Whether it ends a transaction by hand."""
    return (isinstance(operation, PythonCall) and operation.call == "commit") or (
        isinstance(operation, Execute) and operation.verb in ("COMMIT", "END", "ROLLBACK")
    )
