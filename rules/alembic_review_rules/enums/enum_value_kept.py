"""Notes values of enum types that a downgrade does not take back."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddEnumValue, Delete, Raise
from alembic_review.proof import NotRestored
from alembic_review.rule import Finding, Rule


class EnumValueKept(Rule):
    """
    A value added to an enum type, which the downgrade leaves in it.

    ## Why is this bad?

    PostgreSQL has no way to take a value back, and most projects leave it. After the downgrade the type has one value
    more than the models know; without IF NOT EXISTS the next upgrade stops at
    `enum label "paused" already exists`.

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

    def downgrade():
        pass
    ```

    ## Use instead

    Where the value has to go, swap the type; a row that has the value stops it:

    ```python
    def upgrade():
        op.execute("ALTER TYPE job_state ADD VALUE IF NOT EXISTS 'paused'")

    def downgrade():
        op.execute("ALTER TYPE job_state RENAME TO job_state_old")
        op.execute("CREATE TYPE job_state AS ENUM ('new', 'done')")
        op.execute("ALTER TABLE job ALTER COLUMN state TYPE job_state USING state::text::job_state")
        op.execute("DROP TYPE job_state_old")
    ```
    """

    severity = Severity.INFO
    proof = NotRestored()

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql" or any(step.ran for step in change.downgrades(Raise)):
            return
        if any(step.operation.table.name == "pg_enum" for step in change.downgrades(Delete)):
            # A value is taken from the catalogue itself; which one, nobody can tell.
            return
        for step in change.upgrades(AddEnumValue):
            name, value = step.operation.name, step.operation.value
            before, reverted = change.before.enums.get(name), change.reverted.enums.get(name)
            if before is None or reverted is None or before.uncertain or reverted.uncertain:
                continue
            if before.labels is None or value in before.labels or value not in (reverted.labels or ()):
                continue
            # A condition may ask for the value.
            guarded = step.operation.if_not_exists or bool(step.operation.conditions)
            yield self.at(
                change,
                step,
                f'downgrade() leaves the value "{value}" in the enum type "{name}"'
                + ("" if guarded else ", and the next upgrade stops at it"),
                None if guarded or step.operation.sql is None else "Write ADD VALUE IF NOT EXISTS.",
                thing=f"{name}.{value}",
            )
