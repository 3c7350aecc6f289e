"""Flags columns of type json."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.rule import Finding, Rule
from alembic_review_rules.design.declared import declared_columns


class JsonColumn(Rule):
    """
    A column of type `json`, where `jsonb` is meant.

    ## Why is this bad?

    PostgreSQL keeps `json` as text: it is parsed on each access, has no equality (`SELECT DISTINCT`, `GROUP BY` and
    `UNION` fail), and no GIN index, which finds any key or value in it. `jsonb` has all of that.

    ## Example

    ```python
    def upgrade():
        op.create_table(
            "event",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("body", sa.JSON()),
        )

    def downgrade():
        op.drop_table("event")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table(
            "event",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("body", postgresql.JSONB()),
        )

    def downgrade():
        op.drop_table("event")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for column in declared_columns(change):
            if column.type.element.name == "json":
                yield self.at(
                    change,
                    column.step,
                    f"the column {column.shown} is json, which cannot be compared, nor have a GIN index",
                    "postgresql.JSONB()",
                    place=column.place,
                    table=column.table,
                    thing=column.name,
                )
