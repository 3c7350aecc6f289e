"""Flags DELETE without a WHERE, which empties a table."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import Delete
from alembic_review.proof import Loses
from alembic_review.rule import Finding, Rule
from alembic_review_rules.data_loss.emptied import is_missed
from alembic_review_rules.external_tables.external_table_touched import ExternalTableTouched


class DeletedRows(Rule):
    """
    A `DELETE` without a `WHERE`, which empties a table.

    ## Why is this bad?

    Every row is gone, with those of other tables that refer to it `ON DELETE CASCADE`, and no `downgrade()` brings
    one back. In a large table it holds a lock on every row for minutes, and leaves all of them to be vacuumed.

    It does not matter who is asked to do it: `op.execute`, a connection, a session, `sa.delete(table)`. The rows of a
    table that the revision makes itself, or drops in the same direction, are not told of.

    ## Given

    ```python
    def upgrade():
        op.create_table("event", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("body", sa.Text()))

    def downgrade():
        op.drop_table("event")
    ```

    ## Example

    ```python
    def upgrade():
        op.execute("DELETE FROM event")

    def downgrade():
        pass
    ```

    ## Use instead

    Delete the rows that are in the way, and no others:

    ```python
    def upgrade():
        op.execute("DELETE FROM event WHERE body IS NULL")

    def downgrade():
        pass
    ```
    """

    severity = Severity.WARNING
    proof = Loses("table", "event")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in self.besides(change, change.steps(Delete), ExternalTableTouched):
            table = step.operation.table
            if step.operation.where or step.operation.bounded or not is_missed(change, step, table):
                continue
            yield self.at(
                change,
                step,
                f'{"may delete" if step.ran is None else "deletes"} all rows of the table "{table}"',
                "Delete only the rows that have to go, or say why all can: "
                "# alembic-review: allow[deleted-rows] reason",
                thing=table,
            )
