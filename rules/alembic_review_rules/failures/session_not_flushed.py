"""Flags sessions whose objects are never written."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import Operation, PythonCall
from alembic_review.proof import ChangesNothing
from alembic_review.rule import Finding, Rule

_WRITES = ("session.flush", "session.begin", "session.commit", "commit", "reads-result")
"""What writes the objects of a session: a query does so before it reads, and a transaction of its own when it ends."""


class SessionNotFlushed(Rule):
    """
    A session that adds or deletes objects, and neither flushes nor commits.

    ## Why is this bad?

    `session.add()` and `session.delete()` write nothing. Where nothing else makes the session flush, it is thrown
    away with what it holds: the revision succeeds, and the row is not there.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("state", sa.Text()))

    def downgrade():
        op.drop_table("job")
    ```

    ## Example

    ```python
    import sqlalchemy as sa
    from sqlalchemy.orm import Session, declarative_base

    class Job(declarative_base()):
        __tablename__ = "job"
        id = sa.Column(sa.Integer, primary_key=True)
        state = sa.Column(sa.Text)

    def upgrade():
        with Session(bind=op.get_bind()) as session:
            session.add(Job(state="new"))

    def downgrade():
        op.execute("DELETE FROM job WHERE state = 'new'")
    ```

    ## Use instead

    ```python
    import sqlalchemy as sa
    from sqlalchemy.orm import Session, declarative_base

    class Job(declarative_base()):
        __tablename__ = "job"
        id = sa.Column(sa.Integer, primary_key=True)
        state = sa.Column(sa.Text)

    def upgrade():
        with Session(bind=op.get_bind()) as session:
            session.add(Job(state="new"))
            session.flush()

    def downgrade():
        op.execute("DELETE FROM job WHERE state = 'new'")
    ```
    """

    severity = Severity.ERROR
    proof = ChangesNothing()

    def check(self, change: Change) -> Iterator[Finding]:
        for steps in (change.upgrade, change.downgrade):
            calls = [(at, call) for at, step in enumerate(steps) if (call := _call(step))]
            added = [at for at, call in calls if call == "session.add"]
            if added and not any(at > added[-1] or call == "session.begin" for at, call in calls if call in _WRITES):
                yield self.at(
                    change,
                    steps[added[-1]],
                    "the session is never flushed: what it was given is not written, without a word",
                    "End with session.flush().",
                )


def _call(step: Step[Operation]) -> str:
    operation = step.operation
    return operation.call if isinstance(operation, PythonCall) and step.ran is not False else ""
