"""Flags CHECK constraints that are checked row by row while reads and writes of their table wait."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, AddConstraint
from alembic_review.proof import Scans
from alembic_review.rule import Finding, Rule
from alembic_review_rules.locks.typed import validated
from alembic_review_rules.locks.works import works


class CheckBlocks(Rule):
    """
    A CHECK constraint that is added to a table in use without NOT VALID.

    ## Why is this bad?

    Adding it takes an ACCESS EXCLUSIVE lock, and keeps it while every row is checked: nobody reads or writes the
    table meanwhile. The CHECK of a column that `add_column` adds reads all rows too.

    Left alone are tables that the same upgrade makes or empties, and those that the settings call small. Downgrades are
    not judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("price", sa.Integer()))

    def downgrade():
        op.drop_table("orders")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_check_constraint("price_is_positive", "orders", "price > 0")

    def downgrade():
        op.drop_constraint("price_is_positive", "orders", type_="check")
    ```

    ## Use instead

    Add it NOT VALID, which takes an instant and holds for new rows at once. Then, in another transaction, validate:
    that reads all rows, and lets others read and write.

    ```python
    def upgrade():
        op.create_check_constraint("price_is_positive", "orders", "price > 0", postgresql_not_valid=True)

    def downgrade():
        op.drop_constraint("price_is_positive", "orders", type_="check")
    ```

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.execute("ALTER TABLE orders VALIDATE CONSTRAINT price_is_positive")

    def downgrade():
        pass
    ```
    """

    severity = Severity.WARNING
    proof = Scans("orders", under="ACCESS EXCLUSIVE")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(AddConstraint, AddColumn):
            for work in works(change, step, self.config):
                if work.kind == "check":
                    how = "with postgresql_not_valid=True" if step.operation.sql is None else "with NOT VALID"
                    if isinstance(step.operation, AddColumn):
                        how = "after the column, by itself, with NOT VALID"
                    yield self.at(
                        change,
                        step,
                        f"blocks {work.stops} while {work.doing}",
                        f"Add it {how}; then, in the next revision, {validated(work.table, work.name)}",
                        table=work.table,
                        thing=f"{work.table}.{work.name}",
                    )
