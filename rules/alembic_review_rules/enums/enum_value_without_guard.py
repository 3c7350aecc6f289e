"""Notes values that are added outside of a transaction, and cannot be added a second time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddEnumValue, Execute
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.locks.transactions import ends


class EnumValueWithoutGuard(Rule):
    """
    `ADD VALUE` in an `autocommit_block()`, without `IF NOT EXISTS`.

    ## Why is this bad?

    The value is committed at once. If anything after it fails, the version is not written, and the revision runs
    again: it then stops at `enum label "paused" already exists`.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("state", sa.Enum("new", "done", name="job_state")))

    def downgrade():
        op.drop_table("job")
        op.execute("DROP TYPE job_state")
    ```

    ## Example

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE job_state ADD VALUE 'paused'")

    def downgrade():
        pass
    ```

    ## Use instead

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE job_state ADD VALUE IF NOT EXISTS 'paused'")

    def downgrade():
        pass
    ```
    """

    severity = Severity.INFO
    proof = Fails("DuplicateObject", "rerun")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step in _before_any_commit(change):
            operation = step.operation
            if isinstance(operation, AddEnumValue) and operation.autocommit and not operation.if_not_exists:
                yield self.at(
                    change,
                    step,
                    f'commits the value "{operation.value}" of the enum type "{operation.name}" at once; '
                    "run again after a failure, it stops there",
                    "Write ADD VALUE IF NOT EXISTS." if operation.sql is not None else None,
                    thing=f"{operation.name}.{operation.value}",
                )


def _before_any_commit(change: Change) -> Iterator[Step[AddEnumValue | Execute]]:
    """What comes before a COMMIT by hand: psycopg 3 begins a transaction after it, and psycopg 2 does not."""
    for way in (change.upgrades, change.downgrades):
        yield from takewhile(lambda step: not ends(step.operation), way(AddEnumValue, Execute))
