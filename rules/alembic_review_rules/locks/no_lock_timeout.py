"""Flags upgrades that wait for locks as long as it takes."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import Operation
from alembic_review.proof import Waits
from alembic_review.rule import Finding, Rule
from alembic_review_rules.in_use import shown
from alembic_review_rules.locks.patience import gives_up
from alembic_review_rules.locks.works import works


class NoLockTimeout(Rule):
    """
    An upgrade that waits for a lock without a `lock_timeout`.

    ## Why is this bad?

    Even a change that takes an instant needs its lock first, and waits for it behind the slowest query. Everything
    else that comes to the table waits behind the change. With a `lock_timeout` the upgrade gives up after a few
    seconds, nobody is stopped, and it is tried again.

    Off by default: most projects set it once, in `env.py`, which is looked into, or for the database user. Told once
    for each revision.

    ## Given

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("orders")
    ```

    ## Example

    ```python
    def upgrade():
        op.add_column("orders", sa.Column("state", sa.Text()))

    def downgrade():
        op.drop_column("orders", "state")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("orders", sa.Column("state", sa.Text()))

    def downgrade():
        op.drop_column("orders", "state")
    ```
    """

    severity = Severity.INFO
    default_on = False
    proof = Waits("orders", 6)

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(Operation):
            for work in works(change, step, self.config):
                if work.stops and not gives_up(change, step):
                    yield self.at(
                        change,
                        step,
                        f"waits for a lock on {shown(work.table)} as long as it takes: no lock_timeout is set",
                        "op.execute(\"SET LOCAL lock_timeout = '5s'\") before it.",
                        table=work.table,
                        thing=work.table,
                    )
                    return
