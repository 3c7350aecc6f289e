"""Flags names that are words of SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.rule import Finding, Rule
from alembic_review.types import quoted
from alembic_review_rules.design.given_names import given_names


class ReservedName(Rule):
    """
    A table or column whose name is a reserved word of PostgreSQL's.

    ## Why is this bad?

    Such a name needs quotes in SQL that is written by hand, unless it follows a dot. Without them it is a syntax error,
    or something else: `SELECT * FROM user` gives the name of the session's user, and says nothing of the table.

    ## Example

    ```python
    def upgrade():
        op.create_table("user", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True))

    def downgrade():
        op.drop_table("user")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table("account", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True))

    def downgrade():
        op.drop_table("account")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for given in given_names(change):
            # What is plain and needs quotes all the same is a reserved word.
            if _PLAIN.fullmatch(given.name) and quoted(given.name) != given.name:
                yield self.at(
                    change,
                    given.step,
                    f'the name of the {given.kind} "{given.name}" is a reserved word, and needs quotes where it stands '
                    "alone",
                    "Choose a name that is no word of SQL's.",
                    place=given.place,
                    table=given.table,
                    thing=given.name,
                )


_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
