"""Flags tables without a primary key."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import CreateTable
from alembic_review.rule import Finding, Rule


class TableWithoutPrimaryKey(Rule):
    """
    A table that is made without a primary key.

    ## Why is this bad?

    Two rows that are equal cannot be told apart, so that one of them can neither be changed nor deleted. Logical
    replication refuses UPDATE and DELETE on the table, and SQLAlchemy cannot map it.

    Temporary tables and partitions are left alone.

    ## Example

    ```python
    def upgrade():
        op.create_table("visit", sa.Column("page", sa.Text()), sa.Column("at", sa.DateTime(timezone=True)))

    def downgrade():
        op.drop_table("visit")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table(
            "visit",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("page", sa.Text()),
            sa.Column("at", sa.DateTime(timezone=True)),
        )

    def downgrade():
        op.drop_table("visit")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(CreateTable):
            operation = step.operation
            table = change.after.table(operation.table)
            if step.unused or operation.opaque or operation.temporary or operation.partition_of is not None:
                continue
            if table is not None and table.complete and not table.uncertain and table.primary_key is None:
                yield self.at(
                    change,
                    step,
                    f'the table "{operation.table}" has no primary key',
                    "primary_key=True on a column, or sa.PrimaryKeyConstraint(…)",
                    thing=operation.table,
                )
