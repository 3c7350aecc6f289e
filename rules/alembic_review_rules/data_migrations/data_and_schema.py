"""Flags revisions that change the schema and rows of tables that are there."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review import operations as ops
from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.proof import Scans
from alembic_review.rule import Finding, Rule
from alembic_review_rules.in_use import is_in_use, shown

_SCHEMA = (
    ops.AddColumn,
    ops.AddConstraint,
    ops.AlterColumn,
    ops.CreateIndex,
    ops.CreateTable,
    ops.DropColumn,
    ops.DropConstraint,
    ops.DropIndex,
    ops.DropTable,
    ops.RenameTable,
    ops.SetSchema,
)


class DataAndSchema(Rule):
    """
    A revision that changes the schema, and rows of tables that are there.

    ## Why is this bad?

    Rows take as long as there are rows, and the locks of the schema's changes are held meanwhile. A failure in the
    middle of the rows takes the schema back with it; and on MySQL, which has no such transaction, it takes back
    nothing. Two revisions can be deployed, watched and repeated one by one.

    Off by default: where tables are small, one revision is simpler. Rows of tables that the same upgrade makes do not
    count.

    ## Given

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("price", sa.Integer()))

    def downgrade():
        op.drop_table("orders")
    ```

    ## Example

    ```python
    def upgrade():
        op.add_column("orders", sa.Column("cents", sa.Integer()))
        op.execute("UPDATE orders SET cents = price * 100")

    def downgrade():
        op.drop_column("orders", "cents")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.add_column("orders", sa.Column("cents", sa.Integer()))

    def downgrade():
        op.drop_column("orders", "cents")
    ```

    ```python
    def upgrade():
        op.execute("UPDATE orders SET cents = price * 100")

    def downgrade():
        pass
    ```
    """

    severity = Severity.WARNING
    default_on = False
    proof = Scans("orders", under="ACCESS EXCLUSIVE")

    def check(self, change: Change) -> Iterator[Finding]:
        if next(change.upgrades(*_SCHEMA), None) is None:
            return
        for step in change.upgrades(ops.Operation):
            if not isinstance(step.operation, (ops.Insert, ops.Update, ops.Delete)):
                continue
            table = step.operation.table
            if is_in_use(change, step, table, self.config):
                yield self.at(
                    change,
                    step,
                    f"changes rows of {shown(table)} in a revision that changes the schema",
                    'Move it to a revision of its own: alembic revision -m "…"',
                    thing=table,
                )
                return
