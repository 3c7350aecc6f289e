"""Flags columns of type money."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.rule import Finding, Rule
from alembic_review_rules.design.declared import declared_columns


class MoneyColumn(Rule):
    """
    A column of type `money`.

    ## Why is this bad?

    What is shown, and taken, depends on the `lc_monetary` of the session: the same row is $1.00 or 1,00 € or ¥100, and
    a dump that is restored under another setting changes the amounts.

    ## Example

    ```python
    def upgrade():
        op.create_table(
            "invoice",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("price", postgresql.MONEY()),
        )

    def downgrade():
        op.drop_table("invoice")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table(
            "invoice",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("price", sa.Numeric(12, 2)),
        )

    def downgrade():
        op.drop_table("invoice")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for column in declared_columns(change):
            if column.type.element.name == "money":
                yield self.at(
                    change,
                    column.step,
                    f"the column {column.shown} is money, which means another amount under another locale",
                    "sa.Numeric(12, 2)",
                    place=column.place,
                    table=column.table,
                    thing=column.name,
                )
