"""Flags amounts of money as floating point numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.rule import Finding, Rule
from alembic_review_rules.design.declared import declared_columns


class FloatForMoney(Rule):
    """
    A column for an amount of money that is a floating point number.

    ## Why is this bad?

    0.1 + 0.2 is not 0.3: sums of many rows are off by cents, and comparisons with `=` fail.

    A column counts as one for money by a word of its name: price, cost, amount, balance, fee, salary, wage, payment,
    revenue.

    ## Example

    ```python
    def upgrade():
        op.create_table(
            "invoice",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("total_price", sa.Float()),
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
            sa.Column("total_price", sa.Numeric(12, 2)),
        )

    def downgrade():
        op.drop_table("invoice")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        for column in declared_columns(change):
            if column.type.element.name in _FLOATS and _MONEY.search(column.name.lower()):
                yield self.at(
                    change,
                    column.step,
                    f"the column {column.shown} is for money, and is a floating point number",
                    "sa.Numeric(12, 2), or with as many decimals as the amounts have",
                    place=column.place,
                    table=column.table,
                    thing=column.name,
                )


_FLOATS = ("real", "double precision")
_MONEY = re.compile(r"(?:^|_)(?:price|cost|amount|balance|fee|salary|wage|payment|revenue)s?(?:_|$)")
