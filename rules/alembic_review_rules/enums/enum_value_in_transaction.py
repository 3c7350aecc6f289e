"""Flags values of enum types that are used in the transaction that adds them."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddEnumValue
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.refusals import in_vain, told_of


class EnumValueInTransaction(Rule):
    """
    A value of an enum type that is used in the transaction that adds it.

    ## Why is this bad?

    PostgreSQL lets nobody use a new value before it is committed: an UPDATE, an INSERT, a server default, the WHERE of
    an index stop at `unsafe use of new value "paused" of enum type job_state`. One Alembic command is one
    transaction, unless `transaction_per_migration` is set, so that the use may stand in a later revision. From
    PostgreSQL 17 on, a type that was made in the same transaction is exempt; before PostgreSQL 12, ADD VALUE cannot
    run in a transaction at all.

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
        op.execute("ALTER TYPE job_state ADD VALUE IF NOT EXISTS 'paused'")
        op.alter_column("job", "state", server_default="paused")

    def downgrade():
        op.alter_column("job", "state", server_default=None)
    ```

    ## Use instead

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE job_state ADD VALUE IF NOT EXISTS 'paused'")
        op.alter_column("job", "state", server_default="paused")

    def downgrade():
        op.alter_column("job", "state", server_default=None)
    ```
    """

    severity = Severity.ERROR
    proof = Fails("UnsafeNewEnumValueUsage", alone=True)

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step, refusal in told_of(type(self), change):
            value = refusal.name
            if refusal.error == "UnsafeNewEnumValueUsage":
                what = f'uses the value "{value}" of an enum type in the transaction that adds it'
            elif refusal.error == "ActiveSqlTransaction":
                what = f'adds the value "{value}" to an enum type in a transaction, before PostgreSQL 12'
            else:
                continue
            here = any(step.operation.value == value for step in change.steps(AddEnumValue))
            yield self.at(
                change,
                step,
                what + refusal.deployment + in_vain(step.operation),
                f"{'Add' if here else 'In the revision that adds the value, add'} it in "
                '"with op.get_context().autocommit_block():".',
                thing=value,
            )
