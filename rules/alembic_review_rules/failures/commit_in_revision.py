"""Flags a commit in the middle of a revision."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
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
            what = _what(step.operation) if not step.operation.autocommit else None
            if what:
                yield self.at(
                    change,
                    step,
                    what,
                    "Remove it, and put what needs it into: with op.get_context().autocommit_block().",
                )


def _what(operation: Operation) -> str | None:
    if isinstance(operation, PythonCall) and operation.call == "commit":
        return "ends Alembic's transaction: what follows is rolled back without a word, and the version is not written"
    if isinstance(operation, Execute) and operation.verb == "COMMIT":
        return "ends Alembic's transaction: what was done so far stays, also when something later fails"
    return None
