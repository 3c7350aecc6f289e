"""Flags SQL that is not SQL to the database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import InvalidSQL
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.types import quoted
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
    at = _AT.search(operation.error)
    word = at[1] if at else ""
    name = word.lower()
    if quoted(name) != name and any(table.name == name for table in operation.tables):
        return f"Write {quoted(name)} with the quotes, since it is a keyword."
    for other, verb, words in _MARKS:
        if other != dialect and verb in ("", operation.verb) and word.upper() in words.split():
            return f'Mend it; or, if this history is for {_PEOPLE[other]}, set dialect = "{other}".'
    return "Mend it; dialect in the settings says what SQL is read for."


_AT = re.compile(r'at or near "([^"]+)"')

# What PostgreSQL's grammar stumbles over, in which statements, where the SQL is another database's.
_MARKS = (
    ("mysql", "", "`"),
    ("mysql", "ALTER TABLE", "AFTER CHANGE CHARACTER CONVERT ENGINE FOREIGN KEY MODIFY PRIMARY"),
    ("mysql", "CREATE TABLE", "AUTO_INCREMENT ENGINE"),
    ("mysql", "DROP INDEX", "ON"),
    ("mysql", "INSERT", "DUPLICATE IGNORE"),
    ("mysql", "UPDATE", "CROSS INNER JOIN LEFT RIGHT"),
    ("sqlite", "", "PRAGMA"),
    ("sqlite", "CREATE TABLE", "AUTOINCREMENT"),
    ("sqlite", "INSERT", "OR"),
)

_PEOPLE = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "sqlite": "SQLite",
    "oracle": "Oracle",
    "mssql": "SQL Server",
}
