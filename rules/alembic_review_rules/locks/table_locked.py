"""Flags statements that lock whole tables by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import Execute
from alembic_review.proof import TakesLock
from alembic_review.rule import Finding, Rule
from alembic_review.schema import words
from alembic_review_rules.locks.patience import gives_up
from alembic_review_rules.locks.typed import BLOCK, executed
from alembic_review_rules.locks.works import works

_INSTEAD = {
    "VACUUM FULL": "Take it out of the migration; pg_repack copies a table beside its users.",
    "CLUSTER": "Take it out of the migration; pg_repack sorts a table beside its users.",
    "LOCK TABLE": "op.execute(\"SET LOCAL lock_timeout = '5s'\") before it, and nothing slow after it.",
}


class TableLocked(Rule):
    """
    LOCK TABLE, VACUUM FULL, CLUSTER, REINDEX and REFRESH MATERIALIZED VIEW on something in use.

    ## Why is this bad?

    They lock a whole table, VACUUM FULL, CLUSTER, REINDEX and REFRESH for as long as it has rows: reads and writes
    wait (with REINDEX writes, and reads that want the index). REINDEX and REFRESH have a CONCURRENTLY that does not.

    Left alone are tables and views that the same upgrade makes, those that the settings call small, and LOCK TABLE that
    does not wait long: with NOWAIT, or after a `lock_timeout`. Downgrades are not judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))
        op.execute("CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS number FROM orders")
        op.execute("CREATE UNIQUE INDEX ux_totals ON totals (number)")

    def downgrade():
        op.execute("DROP MATERIALIZED VIEW totals")
        op.drop_table("orders")
    ```

    ## Example

    ```python
    def upgrade():
        op.execute("REFRESH MATERIALIZED VIEW totals")

    def downgrade():
        pass
    ```

    ## Use instead

    ```python
    def upgrade():
        op.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY totals")

    def downgrade():
        pass
    ```
    """

    severity = Severity.WARNING
    proof = TakesLock("ACCESS EXCLUSIVE", ("totals",))

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(Execute):
            for work in works(change, step, self.config):
                if work.kind == "explicit" and work.stops and not _is_brief(change, step):
                    yield self.at(
                        change,
                        step,
                        f"blocks {work.stops} while {work.doing}",
                        _instead(step.operation),
                        table=work.table,
                        thing=work.table,
                    )


# What stands before CONCURRENTLY.
_CONCURRENT = re.compile(r"REINDEX( ?\([^)]*\))? \w+|REFRESH MATERIALIZED VIEW", re.IGNORECASE)


def _instead(operation: Execute) -> str | None:
    sql = " ".join((operation.sql or "").rstrip("; \n").split())
    concurrently = executed(_CONCURRENT.sub(r"\g<0> CONCURRENTLY", sql, count=1))
    match operation.verb:
        case "REINDEX":
            return BLOCK + concurrently
        case "REFRESH MATERIALIZED VIEW":
            return f"{concurrently}, which needs a unique index on the view."
        case verb:
            return _INSTEAD.get(verb)


def _is_brief(change: Change, step: Step[Execute]) -> bool:
    operation = step.operation
    return operation.verb == "LOCK TABLE" and ("nowait" in words(operation.sql or "") or gives_up(change, step))
