"""Flags columns of type char(n)."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.rule import Finding, Rule
from alembic_review_rules.design.declared import declared_columns


class CharColumn(Rule):
    """
    A column of type `char(n)`.

    ## Why is this bad?

    PostgreSQL fills the value up with blanks, and ignores them in some comparisons and not in others. It saves neither
    space nor time, and a longer value is refused all the same as with `varchar(n)`. `char(1)` is left alone: one letter
    fills it.

    ## Example

    ```python
    def upgrade():
        op.create_table(
            "country",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("code", sa.CHAR(2)),
        )

    def downgrade():
        op.drop_table("country")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table(
            "country",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("code", sa.String(2)),
        )

    def downgrade():
        op.drop_table("country")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for column in declared_columns(change):
            type_ = column.type.element
            if type_.name == "char" and type_.args != (1,):
                length = ", ".join(map(str, type_.args))
                yield self.at(
                    change,
                    column.step,
                    f"the column {column.shown} is {column.type}, which is filled up with blanks",
                    f"varchar({length})" if column.step.operation.sql is not None else f"sa.String({length})",
                    place=column.place,
                    table=column.table,
                    thing=column.name,
                )
