"""Flags work on many rows while the transaction still holds a lock that stops reads and writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import Operation
from alembic_review.proof import Scans
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.in_use import shown
from alembic_review_rules.locks.transactions import transactions
from alembic_review_rules.locks.works import Work, works


class SlowWorkUnderLock(Rule):
    """
    A scan, a build or a backfill after a change of a table, in one transaction.

    ## Why is this bad?

    A lock lasts until the transaction ends. ADD COLUMN needs its ACCESS EXCLUSIVE lock for an instant; followed by a
    CREATE INDEX or an UPDATE in the same transaction, it keeps everybody from reading and writing the table as long as
    that takes, though by itself that would stop writes at most, or nobody. Alembic runs a revision, and where
    `env.py` does not set `transaction_per_migration=True` all revisions of one command, in one transaction.

    Told once for each transaction, with the tables that later work keeps blocked. Left alone are tables that the same
    upgrade makes or drops, and those that the settings call small. Downgrades are not judged.

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
        op.add_column("orders", sa.Column("cents", sa.Integer()))
        op.execute("UPDATE orders SET cents = price * 100")

    def downgrade():
        op.drop_column("orders", "cents")
    ```

    ## Use instead

    One revision for the column, and another transaction for the rows; with many of them, in batches:

    ```python
    def upgrade():
        op.add_column("orders", sa.Column("cents", sa.Integer()))

    def downgrade():
        op.drop_column("orders", "cents")
    ```

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.execute("UPDATE orders SET cents = price * 100 WHERE cents IS NULL")

    def downgrade():
        pass
    ```
    """

    severity = Severity.WARNING
    proof = Scans("orders", under="ACCESS EXCLUSIVE")

    def check(self, change: Change) -> Iterator[Finding]:
        for together in transactions(change.upgrade):
            found = self._slow(change, together)
            if found is None:
                continue
            step, slow, held, later = found
            first = next(iter(held.values()))
            too = f"; later those of {_listed(list(map(shown, later)))} too" if later else ""
            tables = _listed(list(map(shown, held)))
            where = "" if slow.table in held or shown(slow.table) in slow.doing else f", on {shown(slow.table)},"
            because = f"{first.name} runs" if first.kind == "explicit" else first.doing
            if (len(held) > 1 or where) and shown(first.table) not in because:
                because = f"{because} on {shown(first.table)}"
            yield self.at(
                change,
                step,
                f"keeps reads and writes of {tables} blocked while{where} {slow.doing}, because {because} earlier in "
                f"the same transaction{too}",
                "Move it to a revision of its own, in: with op.get_context().autocommit_block():",
                table=slow.table,
                thing=f"{slow.table}.{slow.name}" if slow.name else slow.table,
            )

    def _slow(
        self, change: Change, together: Sequence[Step[Operation]]
    ) -> tuple[Step[Operation], Work, dict[Name, Work], list[Name]] | None:
        """The first work on many rows that keeps tables blocked which it would not block by itself, and these.

        Last come the tables that only later work of that sort keeps blocked.
        """
        found: tuple[Step[Operation], Work, dict[Name, Work]] | None = None
        later: dict[Name, None] = {}
        locked: set[Name] = set()
        # Those of the locked tables that no slow work has been seen to keep blocked.
        free: dict[Name, Work] = {}
        for step in together:
            done = list(works(change, step, self.config))
            slow = next((work for work in done if work.is_slow), None) if free else None
            own = {work.table for work in done if work.mode == "ACCESS EXCLUSIVE"}
            held = {table: work for table, work in free.items() if table not in own} if slow is not None else {}
            if slow is not None and held:
                if found is None:
                    found = step, slow, held
                else:
                    later.update(dict.fromkeys(held))
                free = {table: work for table, work in free.items() if table in own}
            for work in done:
                if work.mode == "ACCESS EXCLUSIVE" and work.table not in locked:
                    locked.add(work.table)
                    free[work.table] = work
        return None if found is None else (*found, list(later))


def _listed(tables: list[str]) -> str:
    if len(tables) > 3:
        tables = [*tables[:2], f"{len(tables) - 2} more tables"]
    return " and ".join((", ".join(tables[:-1]), tables[-1])) if len(tables) > 1 else tables[0]
