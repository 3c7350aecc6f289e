"""Tells of operations that could not be read, and why."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import Unread
from alembic_review.rule import Finding, Rule


class UnreadOperation(Rule):
    """
    An operation that could not be read, and why.

    ## Why is this bad?

    It is not bad: it is what the review does not know. Revisions are read and never run, so the result of a query, or
    a helper that lies outside the project, stays unknown. Rules keep quiet about what such an operation may have
    touched, so a person has to look at it. Those who want no blind spot set `unread = "error"`.

    ## Example

    ```python
    from company_tools import rebuild_everything


    def upgrade():
        rebuild_everything(op.get_bind())


    def downgrade():
        pass
    ```

    ## Use instead

    Write what is done where it is done, or keep the helper in the project's own tree. A helper that stands for a
    directive of Alembic's can be named in `[tool.alembic-review.wrappers]`.

    ```python
    def upgrade():
        op.execute("REFRESH MATERIALIZED VIEW totals")


    def downgrade():
        pass
    ```
    """

    severity = Severity.INFO

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.steps(Unread):
            operation = step.operation
            names = ", ".join(f'"{table}"' for table in operation.tables if table.known)
            named = f", which names {names}" if names else ""
            yield self.at(
                change,
                step,
                f"{operation.what} could not be read: {operation.why}{named}",
                thing=operation.what,
                table=operation.tables[0] if len(operation.tables) == 1 else None,
            )
