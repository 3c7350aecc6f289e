"""Flags columns of type serial."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.rule import Finding, Rule
from alembic_review_rules.design.declared import declared_columns


class SerialColumn(Rule):
    """
    A column that is a SERIAL, also where SQLAlchemy makes one of it.

    ## Why is this bad?

    A SERIAL is an integer with a sequence beside it: whoever may insert needs rights on the sequence as well, a copy of
    the table shares it, and any INSERT may write a number of its own that the sequence will come to. An identity
    column has none of that. SQLAlchemy makes a SERIAL of a primary key that is an integer and says nothing else.

    ## Example

    ```python
    def upgrade():
        op.create_table("visit", sa.Column("id", sa.BigInteger(), primary_key=True))

    def downgrade():
        op.drop_table("visit")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table("visit", sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True))

    def downgrade():
        op.drop_table("visit")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for declared in declared_columns(change):
            column = declared.step.after.column(declared.table, declared.name)
            if column is None or column.uncertain or column.sequence is None or column.identity is not None:
                continue
            before = declared.step.before.column(declared.table, declared.name)
            if before is None or before.sequence is None:
                yield self.at(
                    change,
                    declared.step,
                    f"the column {declared.shown} is a SERIAL",
                    "sa.Identity(always=True)",
                    place=declared.place,
                    table=declared.table,
                    thing=declared.name,
                )
