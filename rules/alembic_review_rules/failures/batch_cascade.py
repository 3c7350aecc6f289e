"""Flags batches whose copy empties the tables that refer to it."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, CreateIndex, DropIndex, ForeignKey, Operation
from alembic_review.proof import Loses
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name


class BatchCascade(Rule):
    """
    Batch mode on a table that others refer to with ON DELETE CASCADE.

    ## Why is this bad?

    On SQLite, batch mode makes a new table, copies the rows, and drops the old one. With `PRAGMA foreign_keys=ON` a
    DROP TABLE deletes its rows first, and the cascade takes those of the other tables along: the revision succeeds,
    and the children are empty.

    ## Given

    ```python
    def upgrade():
        op.create_table("team", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text()))
        op.create_table(
            "player",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("team_id", sa.Integer(), sa.ForeignKey("team.id", ondelete="CASCADE")),
        )

    def downgrade():
        op.drop_table("player")
        op.drop_table("team")
    ```

    ## Example

    ```python
    def upgrade():
        with op.batch_alter_table("team") as batch_op:
            batch_op.alter_column("name", nullable=False)

    def downgrade():
        with op.batch_alter_table("team") as batch_op:
            batch_op.alter_column("name", nullable=True)
    ```

    ## Use instead

    Before anything is written, since within a transaction the PRAGMA does nothing. It holds for Alembic's connection:

    ```python
    def upgrade():
        op.execute("PRAGMA foreign_keys=OFF")
        with op.batch_alter_table("team") as batch_op:
            batch_op.alter_column("name", nullable=False)

    def downgrade():
        op.execute("PRAGMA foreign_keys=OFF")
        with op.batch_alter_table("team") as batch_op:
            batch_op.alter_column("name", nullable=True)
    ```
    """

    severity = Severity.ERROR
    proof = Loses("table", "player", dialect="sqlite")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "sqlite" or (change.environment and change.environment.foreign_keys_off):
            return
        for steps in (change.upgrade, change.downgrade):
            enforced, copied = True, None
            for step in steps:
                operation = step.operation
                sql = (operation.sql or "").lower()
                if "pragma" in sql and "foreign_keys" in sql:
                    enforced = "off" not in sql and "0" not in sql
                table: Name | None = getattr(operation, "table", None)
                if operation.batch is None or table is None:
                    copied = None
                elif enforced and table != copied and step.ran is not False and _copies(operation):
                    copied = table
                    yield from self._emptied(change, step, table)

    def _emptied(self, change: Change, step: Step[Operation], table: Name) -> Iterator[Finding]:
        children = {
            str(other.name)
            for other, constraint in step.before.foreign_keys_to(table)
            if isinstance(constraint.definition, ForeignKey)
            and constraint.definition.ondelete == "CASCADE"
            and other.name != table
        }
        if children:
            listed = ", ".join(f'"{child}"' for child in sorted(children))
            yield self.at(
                change,
                step,
                f'copies "{table}" and drops the old one: where foreign keys are enforced, the rows of {listed} that '
                "refer to it are deleted",
                'Put op.execute("PRAGMA foreign_keys=OFF") before it.',
                thing=table,
            )


def _copies(operation: Operation) -> bool:
    """Whether batch mode makes the table anew for it (``SQLiteImpl.requires_recreate_in_batch``)."""
    if operation.batch == "never" or isinstance(operation, (CreateIndex, DropIndex)):
        return operation.batch == "always"
    if isinstance(operation, AddColumn) and operation.batch == "auto":
        default, computed = operation.column.default, operation.column.computed
        return (default is not None and not default.quoted) or (computed is not None and computed.stored is True)
    return True
