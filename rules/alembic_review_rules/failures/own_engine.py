"""Flags a revision that opens a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import PythonCall
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule


class OwnEngine(Rule):
    """
    A revision that opens a connection of its own.

    ## Why is this bad?

    What the revision has done so far is in Alembic's transaction, which the other connection does not see: it finds
    no such table, or waits for ever for a lock that this very revision holds. What it writes stays when the revision
    fails, and it goes to whatever database its URL names.

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
        op.create_table("run", sa.Column("job_id", sa.Integer()))
        engine = sa.create_engine(op.get_bind().engine.url)
        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO run SELECT id FROM job"))

    def downgrade():
        op.drop_table("run")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table("run", sa.Column("job_id", sa.Integer()))
        op.execute("INSERT INTO run SELECT id FROM job")

    def downgrade():
        op.drop_table("run")
    ```
    """

    severity = Severity.WARNING
    proof = Fails("UndefinedTable")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.steps(PythonCall):
            if step.operation.call == "create_engine":
                yield self.at(
                    change,
                    step,
                    "opens a connection of its own, which does not see what this revision has done",
                    "Use Alembic's: op.get_bind().",
                )
