"""Flags views that are dropped and not made again."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import DropObject
from alembic_review.proof import Breaks
from alembic_review.rule import Finding, Rule
from alembic_review.schema import RELATIONS


class DroppedView(Rule):
    """
    A view, plain or materialized, that is dropped and not made again in the same upgrade.

    ## Why is this bad?

    No row is lost, but whoever reads the view fails from then on: code that still runs while the migration is
    applied, and reports and other people's queries that are in no repository.

    A view that is dropped to be made anew, as PostgreSQL asks for before the columns below it can change, is not
    flagged.

    ## Given

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("paid", sa.Boolean()))
        op.execute("CREATE VIEW open_orders AS SELECT id FROM orders WHERE NOT paid")

    def downgrade():
        op.execute("DROP VIEW open_orders")
        op.drop_table("orders")
    ```

    ## Example

    ```python
    def upgrade():
        op.execute("DROP VIEW open_orders")

    def downgrade():
        op.execute("CREATE VIEW open_orders AS SELECT id FROM orders WHERE NOT paid")
    ```

    ## Use instead

    Ask who reads it, deploy code that does not, and say why it can go:

    ```python
    def upgrade():
        # alembic-review: allow[dropped-view] the dashboard reads open_invoices since 2026-03
        op.execute("DROP VIEW open_orders")

    def downgrade():
        op.execute("CREATE VIEW open_orders AS SELECT id FROM orders WHERE NOT paid")
    ```
    """

    severity = Severity.INFO
    proof = Breaks("SELECT * FROM open_orders", "UndefinedTable")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(DropObject):
            kind, name = step.operation.kind, step.operation.name
            if kind not in RELATIONS or step.unused:
                continue
            there = step.before.object(kind, name)
            if there is not None and there.made_in == change.revision.id:
                continue
            if name in change.after.tables or any(change.after.object(other, name) for other in RELATIONS):
                continue
            yield self.at(
                change,
                step,
                f'{"may drop" if step.ran is None else "drops"} the {kind} "{name}", and whoever reads it fails',
                "Ask who reads it, and say why it can go: # alembic-review: allow[dropped-view] reason",
                thing=name,
            )
