"""Flags statements that write or delete many rows of a table in use at once."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import Delete, Update
from alembic_review.proof import LocksRows
from alembic_review.rule import Finding, Rule
from alembic_review_rules.in_use import is_in_use, shown


class UnbatchedBackfill(Rule):
    """
    An UPDATE or DELETE over a table in use, in one statement.

    ## Why is this bad?

    Every row that it has touched stays locked until the transaction ends: whoever wants to write one of them waits.
    On a large table that takes long, the table grows by a copy of every row, replicas fall behind, and when it is
    cancelled in the end, all of it was for nothing.

    Not flagged: statements that pick rows by key, range or LIMIT, as a batch does; tables that the same upgrade makes
    or drops; those that the settings call small (`small-tables = ["country"]`). Downgrades are not judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("state", sa.Text()))

    def downgrade():
        op.drop_table("orders")
    ```

    ## Example

    ```python
    def upgrade():
        op.execute("UPDATE orders SET state = lower(state)")

    def downgrade():
        pass
    ```

    ## Use instead

    Some thousand rows at a time, each batch committed by itself, until none is left:

    ```python
    BATCH = sa.text(
        "UPDATE orders SET state = lower(state) "
        "WHERE id IN (SELECT id FROM orders WHERE state <> lower(state) LIMIT 5000)"
    )

    def upgrade():
        with op.get_context().autocommit_block():
            while op.get_bind().execute(BATCH).rowcount:
                pass

    def downgrade():
        pass
    ```
    """

    severity = Severity.WARNING
    proof = LocksRows("orders")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(Update, Delete):
            operation = step.operation
            if not isinstance(operation, (Update, Delete)) or operation.bounded or "where" in operation.partly:
                continue
            if not is_in_use(change, step, operation.table, self.config):
                continue
            does = "updates" if isinstance(operation, Update) else "deletes"
            which, they = ("rows", "they") if operation.where else ("every row", "all of them")
            of = shown(operation.table)
            yield self.at(
                change,
                step,
                f"{does} {which} of {of} in one statement: {they} stay locked until the transaction ends",
                "In batches, in an autocommit_block(): … WHERE id IN (SELECT id … LIMIT 5000), until rowcount is 0.",
                thing=operation.table,
            )
