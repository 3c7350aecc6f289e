"""Flags SQL that is handed to a connection as a plain string, and parameters that op.execute does not take."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import PythonCall
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule


class RawStringExecuted(Rule):
    """
    SQL handed to a connection as a plain string.

    ## Why is this bad?

    Since SQLAlchemy 2.0 a connection or session executes no plain strings: `Not an executable object: 'UPDATE …'`.
    `op.execute` does, but takes no parameters beside the text, and stops with a TypeError where there are some.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("state", sa.Text()))

    def downgrade():
        op.drop_table("job")
    ```

    ## Example

    ```python
    def upgrade():
        op.get_bind().execute("UPDATE job SET state = 'new'")

    def downgrade():
        pass
    ```

    ## Use instead

    ```python
    def upgrade():
        op.get_bind().execute(sa.text("UPDATE job SET state = 'new'"))

    def downgrade():
        pass
    ```
    """

    severity = Severity.ERROR
    proof = Fails("ObjectNotExecutableError")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.steps(PythonCall):
            operation = step.operation
            if operation.guarded:
                continue
            if operation.call == "raw-string" and (self.config.sqlalchemy or (2,)) >= (2,):
                yield self.at(
                    change,
                    step,
                    "hands the connection a plain string, which SQLAlchemy 2.0 does not execute",
                    "Wrap it: sa.text(…).",
                )
            elif operation.call == "parameters":
                yield self.at(
                    change,
                    step,
                    f"{operation.text} takes no parameters, and stops with a TypeError",
                    "Bind them: op.execute(sa.text(…).bindparams(…)).",
                )
