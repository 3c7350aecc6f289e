"""Flags NOT NULL columns whose default is taken away again: old code can no longer insert rows."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, AlterColumn
from alembic_review.proof import Breaks
from alembic_review.rule import Finding, Rule
from alembic_review.schema import RELATIONS
from alembic_review_rules.renames.swaps import called_before


class TemporaryDefault(Rule):
    """
    A NOT NULL column that is added with a server default which the same upgrade drops.

    ## Why is this bad?

    The default fills the rows there are, and is gone when the upgrade is done. Code that runs meanwhile, or that has
    to be rolled back to, does not know the column: each of its INSERTs leaves it out, and fails.

    A column of a table that gets another name in the same upgrade is not flagged: code does not find that table anyhow
    (renamed-table).

    ## Given

    ```python
    def upgrade():
        op.create_table("member", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("member")
    ```

    ## Example

    ```python
    def upgrade():
        op.add_column("member", sa.Column("role", sa.Text(), nullable=False, server_default="reader"))
        op.alter_column("member", "role", server_default=None)

    def downgrade():
        op.drop_column("member", "role")
    ```

    ## Use instead

    Keep the default until all running code writes the column, and drop it in a later release:

    ```python
    def upgrade():
        op.add_column("member", sa.Column("role", sa.Text(), nullable=False, server_default="reader"))

    def downgrade():
        op.drop_column("member", "role")
    ```
    """

    severity = Severity.WARNING
    proof = Breaks("INSERT INTO member (id) VALUES (7)", "NotNullViolation")

    def check(self, change: Change) -> Iterator[Finding]:
        added = {
            (step.operation.table, step.operation.column.name)
            for step in change.upgrades(AddColumn)
            if step.operation.column.default is not None and not step.unused
            if not change.made_here(step.operation.table, step)
        }
        for step in change.upgrades(AlterColumn) if added else ():
            table, name = step.operation.table, step.operation.column
            if (table, name) not in added or step.operation.default is not None:
                continue
            after = change.after.column(table, step.operation.new_name or name)
            if after is None or after.nullable or after.default is not None or after.identity is not None:
                continue
            if _is_out_of_reach(change, step):
                continue
            yield self.at(
                change,
                step,
                f'takes the default of "{table}.{name}" away again: '
                "running code, which does not know the column, can no longer insert rows",
                "Leave this line to a later revision, when all running code writes the column.",
                thing=f"{table}.{name}",
            )


def _is_out_of_reach(change: Change, step: Step[AlterColumn]) -> bool:
    """Whether running code has lost the table anyhow, which got another name before, and left none behind."""
    old = called_before(change, step, step.operation.table)
    return old != step.operation.table and not any(change.after.object(kind, old) for kind in RELATIONS)
