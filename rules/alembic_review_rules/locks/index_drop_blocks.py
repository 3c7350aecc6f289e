"""Flags indexes that are dropped while reads and writes of their table wait."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import DropIndex
from alembic_review.proof import TakesLock
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.locks.anyway import is_stopped_anyway
from alembic_review_rules.locks.typed import BLOCK, executed
from alembic_review_rules.locks.works import works


class IndexDropBlocks(Rule):
    """
    An index of a table in use that is dropped without CONCURRENTLY.

    ## Why is this bad?

    DROP INDEX itself is done in an instant, but under an ACCESS EXCLUSIVE lock: it waits until every query that uses
    the table has ended, and all queries that come meanwhile wait behind it. One long report is enough to stop
    everything. The lock is then held until the transaction ends.

    Left alone are tables that the same upgrade makes or drops, those that the settings call small, and those that the
    same transaction locks anyway, to drop the column of the index or to change anything else. Downgrades are not
    judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("state", sa.Text()))
        op.create_index("ix_orders_state", "orders", ["state"])

    def downgrade():
        op.drop_table("orders")
    ```

    ## Example

    ```python
    def upgrade():
        op.drop_index("ix_orders_state", table_name="orders")

    def downgrade():
        op.create_index("ix_orders_state", "orders", ["state"])
    ```

    ## Use instead

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.drop_index("ix_orders_state", table_name="orders", postgresql_concurrently=True, if_exists=True)

    def downgrade():
        with op.get_context().autocommit_block():
            op.drop_index("ix_orders_state", table_name="orders", postgresql_concurrently=True, if_exists=True)
            op.create_index("ix_orders_state", "orders", ["state"], postgresql_concurrently=True)
    ```
    """

    severity = Severity.WARNING
    proof = TakesLock("ACCESS EXCLUSIVE", ("orders",))

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(DropIndex):
            for work in works(change, step, self.config):
                if work.kind == "drop index" and not is_stopped_anyway(change, step, work, self.config):
                    yield self.at(
                        change,
                        step,
                        f"blocks {work.stops} while {work.doing}: an instant, once every running query on it has ended",
                        _concurrently(step, work.table),
                        table=work.table,
                        thing=f"{work.table}.{work.name}",
                    )


def _concurrently(step: Step[DropIndex], table: Name) -> str:
    name = step.operation.name
    block = f"In a revision of its own: {BLOCK}"
    if step.operation.sql is not None:
        return block + executed(f"DROP INDEX CONCURRENTLY IF EXISTS {name.sql if name else ''}")
    schema = f', schema="{table.schema}"' if table.schema else ""
    arguments = f'"{name.name if name else ""}", table_name="{table.name}"{schema}'
    return f"{block}op.drop_index({arguments}, postgresql_concurrently=True, if_exists=True)"
