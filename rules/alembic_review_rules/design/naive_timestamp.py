"""Flags timestamps without a time zone."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.rule import Finding, Rule
from alembic_review_rules.design.declared import declared_columns


class NaiveTimestamp(Rule):
    """
    A column of type `timestamp` without a time zone.

    ## Why is this bad?

    What such a column holds depends on who wrote it: the clock of a server, of a laptop, of a container in UTC. To make
    it `timestamptz` later, somebody has to know which time zone every row was meant in.

    ## Example

    ```python
    def upgrade():
        op.create_table(
            "visit",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("at", sa.DateTime()),
        )

    def downgrade():
        op.drop_table("visit")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table(
            "visit",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("at", sa.DateTime(timezone=True)),
        )

    def downgrade():
        op.drop_table("visit")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for column in declared_columns(change):
            if column.type.element.name == "timestamp":
                yield self.at(
                    change,
                    column.step,
                    f"the column {column.shown} holds timestamps without a time zone",
                    "sa.DateTime(timezone=True)",
                    place=column.place,
                    table=column.table,
                    thing=column.name,
                )
