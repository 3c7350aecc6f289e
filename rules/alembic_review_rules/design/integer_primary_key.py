"""Flags primary keys that will run out of numbers."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.rule import Finding, Rule
from alembic_review_rules.design.declared import declared_columns


class IntegerPrimaryKey(Rule):
    """
    A primary key that the database counts, and that is no `bigint`.

    ## Why is this bad?

    An `integer` ends at 2,147,483,647, and every failed INSERT uses up a number as well. When it is reached, nothing
    can be inserted any more, and to make the column a `bigint` then rewrites the table, and all that refer to it.

    ## Example

    ```python
    def upgrade():
        op.create_table("visit", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("visit")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table("visit", sa.Column("id", sa.BigInteger(), primary_key=True))

    def downgrade():
        op.drop_table("visit")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        for declared in declared_columns(change):
            table = change.after.table(declared.table)
            column = table.columns.get(declared.name) if table else None
            key = table.primary_key if table else None
            if column is None or key is None or key.columns != (declared.name,) or column.sequence is None:
                continue
            if column.type.name in ("integer", "smallint") and not column.uncertain:
                yield self.at(
                    change,
                    declared.step,
                    f"the primary key {declared.shown} is {column.type}, whose numbers run out",
                    "sa.BigInteger()",
                    place=declared.place,
                    table=declared.table,
                    thing=declared.name,
                )
