"""Flags a commit in the middle of a revision."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import Execute, Operation, PythonCall
from alembic_review.proof import NotStamped
from alembic_review.rule import Finding, Rule


class CommitInRevision(Rule):
    """
    A commit in the middle of a revision, on the connection or in SQL.

    ## Why is this bad?

    Alembic runs revisions in a transaction of its own, and writes the version at its end. `op.get_bind().commit()`
    ends it: what comes before stays, while all that comes after is rolled back, the version row too, and the command
    succeeds. A `COMMIT` in SQL goes behind SQLAlchemy's back: the version is written, but when a later statement
    fails, half of the revision stays. What follows it has no transaction with psycopg 2, and a new one with psycopg 3,
    where CONCURRENTLY and the use of a new enum value are refused as before.

    Where the connection is set to AUTOCOMMIT after the commit, the version is written too. Such a commit is flagged
    only where something was done before it, which stays when a later statement fails.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("job")
    ```

    ## Example

    ```python
    def upgrade():
        op.add_column("job", sa.Column("state", sa.Text()))
        op.get_bind().commit()

    def downgrade():
        op.drop_column("job", "state")
    ```

    ## Use instead

    Leave the transaction to Alembic. What cannot run inside one has a block of its own:

    ```python
    def upgrade():
        op.add_column("job", sa.Column("state", sa.Text()))
        with op.get_context().autocommit_block():
            op.create_index("ix_job_state", "job", ["state"], postgresql_concurrently=True)

    def downgrade():
        op.drop_column("job", "state")
    ```
    """

    severity = Severity.ERROR
    proof = NotStamped()

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.steps(Execute, PythonCall):
            # In an autocommit_block() there is no transaction of Alembic's.
            what = _what(change, step) if not step.operation.autocommit else None
            if what:
                yield self.at(
                    change,
                    step,
                    what,
                    "Remove it, and put what needs it into: with op.get_context().autocommit_block().",
                )


def _what(change: Change, step: Step[Operation]) -> str | None:
    operation = step.operation
    if isinstance(operation, PythonCall) and operation.call == "commit":
        way = list(change.upgrades(Operation) if step.direction == "upgrade" else change.downgrades(Operation))
        at = next(at for at, other in enumerate(way) if other is step)
        if not any(
            isinstance(other.operation, PythonCall) and other.operation.call == "autocommit" for other in way[at:]
        ):
            return (
                "ends Alembic's transaction: what follows is rolled back without a word, and the version is not written"
            )
        return _STAYS if any(not isinstance(other.operation, PythonCall) for other in way[:at]) else None
    return _STAYS if isinstance(operation, Execute) and operation.verb == "COMMIT" else None


_STAYS = "ends Alembic's transaction: what was done so far stays, also when something later fails"
