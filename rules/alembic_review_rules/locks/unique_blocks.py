"""Flags unique constraints whose index is built while reads and writes of their table wait."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddConstraint
from alembic_review.proof import Scans
from alembic_review.rule import Finding, Rule
from alembic_review_rules.locks.using_index import using_index
from alembic_review_rules.locks.works import works


class UniqueBlocks(Rule):
    """
    A unique constraint that is added to a table in use.

    ## Why is this bad?

    It is kept by an index, which PostgreSQL builds under an ACCESS EXCLUSIVE lock: nobody reads or writes the table
    while all of it is read and sorted.

    Left alone are tables that the same upgrade makes or empties, those that the settings call small, and a constraint
    that takes over an index that is there. Downgrades are not judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("account", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("email", sa.Text()))

    def downgrade():
        op.drop_table("account")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_unique_constraint("uq_email", "account", ["email"])

    def downgrade():
        op.drop_constraint("uq_email", "account", type_="unique")
    ```

    ## Use instead

    Build the index concurrently, in a revision of its own. The constraint then takes it over in an instant:

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.drop_index("uq_email", table_name="account", postgresql_concurrently=True, if_exists=True)
            op.create_index("uq_email", "account", ["email"], unique=True, postgresql_concurrently=True)

    def downgrade():
        with op.get_context().autocommit_block():
            op.drop_index("uq_email", table_name="account", postgresql_concurrently=True, if_exists=True)
    ```

    ```python
    def upgrade():
        op.execute("ALTER TABLE account ADD CONSTRAINT uq_email UNIQUE USING INDEX uq_email")

    def downgrade():
        op.drop_constraint("uq_email", "account", type_="unique")
    ```
    """

    severity = Severity.WARNING
    proof = Scans("account", under="ACCESS EXCLUSIVE")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(AddConstraint):
            for work in works(change, step, self.config):
                if work.kind == "unique":
                    yield self.at(
                        change,
                        step,
                        f"blocks {work.stops} while {work.doing}",
                        using_index(change, work.table, work.name, step.operation.constraint),
                        table=work.table,
                        thing=f"{work.table}.{work.name}",
                    )
