"""Flags names with capital letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.rule import Finding, Rule
from alembic_review_rules.design.given_names import given_names


class MixedCaseName(Rule):
    """
    A table or column whose name has capital letters.

    ## Why is this bad?

    PostgreSQL folds a name without quotes to small letters: `SELECT userId FROM account` fails, and everybody who
    writes SQL by hand has to put the name in quotes, for ever.

    ## Example

    ```python
    def upgrade():
        op.create_table("account", sa.Column("userId", sa.BigInteger(), sa.Identity(), primary_key=True))

    def downgrade():
        op.drop_table("account")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table("account", sa.Column("user_id", sa.BigInteger(), sa.Identity(), primary_key=True))

    def downgrade():
        op.drop_table("account")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        for given in given_names(change):
            if given.name != given.name.lower():
                yield self.at(
                    change,
                    given.step,
                    f'the name of the {given.kind} "{given.name}" has capital letters, and needs quotes everywhere',
                    f'"{_CAPITAL.sub("_", given.name).lower()}"',
                    place=given.place,
                    table=given.table,
                    thing=given.name,
                )


_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
