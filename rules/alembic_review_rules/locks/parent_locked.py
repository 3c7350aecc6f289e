"""Flags foreign keys that go, or are made anew, and lock the other table."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.proof import TakesLock
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.locks.anyway import is_stopped_anyway
from alembic_review_rules.locks.transactions import transactions
from alembic_review_rules.locks.works import works


class ParentLocked(Rule):
    """
    A foreign key that is dropped, or made anew with the type of its column, and locks the other table too.

    ## Why is this bad?

    A foreign key has triggers on the table it refers to. To drop them, PostgreSQL takes an ACCESS EXCLUSIVE lock on
    that table as well: dropping a small, forgotten table waits for every query on `customers`, and everything that
    comes to `customers` meanwhile waits behind it, until the transaction ends.

    A foreign key goes by itself, with its column, or with its table. A change of the type of a column, on either side
    of a foreign key, drops and makes it too, under the same lock on the other table; and where that rewrites the
    table, for as long as it has rows.

    A table that several foreign keys refer to is told of once for each transaction: it stays locked from the first one
    on. Left alone are tables that the same upgrade makes or drops, those that the settings call small, and those that
    the same transaction locks anyway, for a change of their own. Downgrades are not judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("customers", sa.Column("id", sa.Integer(), primary_key=True))
        op.create_table("notes", sa.Column("customer", sa.Integer(), sa.ForeignKey("customers.id")))

    def downgrade():
        op.drop_table("notes")
        op.drop_table("customers")
    ```

    ## Example

    ```python
    def upgrade():
        op.drop_table("notes")

    def downgrade():
        op.create_table("notes", sa.Column("customer", sa.Integer(), sa.ForeignKey("customers.id")))
    ```

    ## Use instead

    The lock cannot be avoided, only the queue behind it: do nothing else in the revision, give up after a few seconds
    and try again, and say so.

    ```python
    def upgrade():
        op.execute("SET LOCAL lock_timeout = '5s'")
        # alembic-review: allow[parent-locked] gives up after 5 s, the deployment tries again
        op.drop_table("notes")

    def downgrade():
        op.create_table("notes", sa.Column("customer", sa.Integer(), sa.ForeignKey("customers.id")))
    ```
    """

    severity = Severity.WARNING
    proof = TakesLock("ACCESS EXCLUSIVE", ("customers",))

    def check(self, change: Change) -> Iterator[Finding]:
        for together in transactions(change.upgrade):
            # The tables that the transaction has locked so far, and whether for as long as there are rows.
            locked: set[tuple[Name, bool]] = set()
            for step in together:
                for work in works(change, step, self.config):
                    if work.kind != "drop foreign key":
                        continue
                    if not locked.isdisjoint({(work.table, True), (work.table, work.is_slow)}):
                        continue
                    if is_stopped_anyway(change, step, work, self.config):
                        continue
                    locked.add((work.table, work.is_slow))
                    instant = "" if work.is_slow else ": an instant, once every running query on it has ended"
                    yield self.at(
                        change,
                        step,
                        f"blocks {work.stops} too while {work.doing}{instant}",
                        "op.execute(\"SET LOCAL lock_timeout = '5s'\") before it, in a revision of its own.",
                        thing=f"{work.table}.{work.name}",
                    )
