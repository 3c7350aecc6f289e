"""Flags revisions that cannot be written out as SQL, because they read from the database."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import PythonCall
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule


class ReadsOffline(Rule):
    """
    A revision that reads what a query returns.

    ## Why is this bad?

    `alembic upgrade --sql` writes SQL for somebody else to run; there is no database to ask. `execute()` returns None
    there, and the revision stops with `'NoneType' object has no attribute 'fetchall'`. Where migrations are never
    written out as SQL, ignore this rule.

    Told once for each of upgrade() and downgrade(), and not where it asks `context.is_offline_mode()`.

    ## Given

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("cents", sa.Integer()))

    def downgrade():
        op.drop_table("orders")
    ```

    ## Example

    ```python
    def upgrade():
        connection = op.get_bind()
        for (number,) in connection.execute(sa.text("SELECT id FROM orders WHERE cents IS NULL")).fetchall():
            connection.execute(sa.text("UPDATE orders SET cents = 0 WHERE id = :id"), {"id": number})

    def downgrade():
        pass
    ```

    ## Use instead

    One statement that reads and writes, or a word to those who write the SQL out:

    ```python
    def upgrade():
        op.execute("UPDATE orders SET cents = 0 WHERE cents IS NULL")

    def downgrade():
        pass
    ```
    """

    severity = Severity.INFO
    proof = Fails("AttributeError", "upgrade --sql")

    def check(self, change: Change) -> Iterator[Finding]:
        for calls in (list(change.upgrades(PythonCall)), list(change.downgrades(PythonCall))):
            if any(step.operation.call == "asks-offline" for step in calls):
                continue
            for step in calls:
                if step.operation.call == "reads-result":
                    way = step.direction
                    yield self.at(
                        change,
                        step,
                        f"reads what a query returns: alembic {way} --sql cannot write this revision out",
                        "Say it in one SQL statement, or return where context.is_offline_mode().",
                        thing=way,
                    )
                    break
