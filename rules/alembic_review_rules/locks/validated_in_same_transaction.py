"""Flags constraints that are added NOT VALID and validated before the lock of the first is gone."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddConstraint, Constraint, ForeignKey, Operation, ValidateConstraint
from alembic_review.proof import Scans
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.in_use import is_in_use, shown
from alembic_review_rules.locks.transactions import transactions
from alembic_review_rules.locks.typed import validated


class ValidatedInSameTransaction(Rule):
    """
    NOT VALID and VALIDATE CONSTRAINT in one transaction.

    ## Why is this bad?

    NOT VALID is there so that the rows are read under a lighter lock, later. But locks last until the transaction
    ends: in one transaction, VALIDATE reads all rows while the lock of ADD CONSTRAINT, which stops writes, and for a
    CHECK reads too, is still held. Nothing is won over adding the constraint at once.

    Two revisions are not enough where one `alembic upgrade head` applies both: unless `env.py` sets
    `transaction_per_migration=True`, it runs all of them in one transaction. An `autocommit_block()` is enough.

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
        op.create_check_constraint("price_is_positive", "orders", "price > 0", postgresql_not_valid=True)
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT price_is_positive")

    def downgrade():
        op.drop_constraint("price_is_positive", "orders", type_="check")
    ```

    ## Use instead

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
        if self.config.dialect != "postgresql":
            return
        for together in transactions(change.upgrade):
            added: dict[tuple[Name, str | None], str] = {}
            for step in together:
                operation = step.operation
                if isinstance(operation, AddConstraint) and operation.constraint.not_valid:
                    key = (operation.table, operation.constraint.name)
                    added[key] = self._stopped(change, step, operation.table, operation.constraint)
                elif isinstance(operation, ValidateConstraint):
                    stopped = added.get((operation.table, operation.name))
                    if stopped is None or not is_in_use(change, step, operation.table, self.config):
                        continue
                    yield self.at(
                        change,
                        step,
                        f'blocks {stopped} while every row is checked by "{operation.name}": the lock of ADD '
                        "CONSTRAINT … NOT VALID lasts until the end of the transaction",
                        f"Move it to the next revision: {validated(operation.table, operation.name)}",
                        thing=f"{operation.table}.{operation.name}",
                    )

    def _stopped(self, change: Change, step: Step[Operation], table: Name, constraint: Constraint) -> str:
        """What waits for the lock under which a constraint is added."""
        if not isinstance(constraint, ForeignKey):
            return f"reads and writes of {shown(table)}"
        other = constraint.referred
        also = other != table and is_in_use(change, step, other, self.config)
        return f"writes to {shown(table)}{f' and {shown(other)}' if also else ''}"
