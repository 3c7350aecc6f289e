"""Flags SQL that is not SQL to the database."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import InvalidSQL
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.refusals import in_vain, is_caught


class SqlSyntaxError(Rule):
    """
    SQL text that the grammar of the database refuses.

    ## Why is this bad?

    Nothing reads the text of `op.execute` before the database does. There the deployment stops.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("state", sa.Text()))

    def downgrade():
        op.drop_table("job")
    ```

    ## Example

    ```python
    def upgrade():
        op.execute("UPDATE job SET state = 'new' WERE state IS NULL")

    def downgrade():
        pass
    ```

    ## Use instead

    ```python
    def upgrade():
        op.execute("UPDATE job SET state = 'new' WHERE state IS NULL")

    def downgrade():
        pass
    ```
    """

    severity = Severity.ERROR
    proof = Fails("SyntaxError")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.steps(InvalidSQL):
            operation = step.operation
            if step.ran and not is_caught(operation, sent=True):
                yield self.at(
                    change,
                    step,
                    f"this is no SQL to {_PEOPLE[self.config.dialect]}: {operation.error}{in_vain(operation)}",
                    _help(operation, self.config.dialect),
                    table=operation.tables[0] if len(operation.tables) == 1 else None,
                    thing=operation.verb or None,
                )


def _help(operation: InvalidSQL, dialect: str) -> str:
    for mark, other in _MARKS.items():
        if mark in operation.error and other != dialect:
            return f'Mend it; or, if this history is for {_PEOPLE[other]}, set dialect = "{other}".'
    return "Mend it; dialect in the settings says what SQL is read for."


# What the grammar stumbles over, where the SQL is another database's.
_MARKS = {"`": "mysql", "PRAGMA": "sqlite"}

_PEOPLE = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "sqlite": "SQLite",
    "oracle": "Oracle",
    "mssql": "SQL Server",
}
