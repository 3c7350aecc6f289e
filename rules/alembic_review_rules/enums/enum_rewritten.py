"""Flags enum types that are made anew, and their columns cast to them, only to get another label."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import Place, SyncEnumValues
from alembic_review.proof import Rewrites
from alembic_review.rule import Finding, Rule
from alembic_review.schema import EnumType, Schema
from alembic_review.types import Name
from alembic_review_rules.enums.typed import adding


class EnumRewritten(Rule):
    """
    An enum type that is swapped for a new one only to get another label.

    ## Why is this bad?

    To cast the columns to the new type, PostgreSQL writes every row of their tables anew, and nobody can read or
    write them meanwhile. `ALTER TYPE … ADD VALUE` adds a label, at any place, without touching a row.

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
        op.execute("ALTER TYPE job_state RENAME TO job_state_old")
        op.execute("CREATE TYPE job_state AS ENUM ('new', 'done', 'paused')")
        op.execute("ALTER TABLE job ALTER COLUMN state TYPE job_state USING state::text::job_state")
        op.execute("DROP TYPE job_state_old")

    def downgrade():
        op.execute("ALTER TYPE job_state RENAME TO job_state_old")
        op.execute("CREATE TYPE job_state AS ENUM ('new', 'done')")
        op.execute("ALTER TABLE job ALTER COLUMN state TYPE job_state USING state::text::job_state")
        op.execute("DROP TYPE job_state_old")
    ```

    ## Use instead

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE job_state ADD VALUE IF NOT EXISTS 'paused'")

    def downgrade():
        op.execute("ALTER TYPE job_state RENAME TO job_state_old")
        op.execute("CREATE TYPE job_state AS ENUM ('new', 'done')")
        op.execute("ALTER TABLE job ALTER COLUMN state TYPE job_state USING state::text::job_state")
        op.execute("DROP TYPE job_state_old")
    ```
    """

    severity = Severity.WARNING
    proof = Rewrites("job")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step in change.upgrades(SyncEnumValues):
            old, labels = step.before.enums.get(step.operation.name), step.operation.labels
            if old is not None and not old.uncertain and _only_grows(old.labels, labels):
                yield self._finding(change, step.operation.place, old, labels)
        for name in change.after.enums.differing(change.before.enums):
            old, new = change.before.enums.get(name), change.after.enums.get(name)
            if old is None or new is None or new.origin is None or new.made_in != change.revision.id:
                continue
            certain = not old.uncertain and not new.uncertain
            cast = _columns(change.before, name) & _columns(change.after, name)
            if certain and cast and _only_grows(old.labels, new.labels):
                yield self._finding(change, new.origin.operation.place, old, new.labels)

    def _finding(self, change: Change, place: Place, old: EnumType, labels: tuple[str, ...] | None) -> Finding:
        return self.at(
            change,
            place,
            f'makes the enum type "{old.name}" anew, and rewrites its tables, only to add labels',
            f"Write {adding(old.name, old.labels or (), labels or ())}.",
            direction="upgrade",
            thing=old.name,
        )


def _only_grows(old: tuple[str, ...] | None, new: tuple[str, ...] | None) -> bool:
    """Whether *new* has all labels of *old* in their order, and others."""
    if old is None or new is None or len(new) <= len(old):
        return False
    rest = iter(new)
    return all(label in rest for label in old)


def _columns(schema: Schema, enum: Name) -> set[tuple[Name, str]]:
    return {(table.name, column.name) for table, column in schema.columns_of_type(enum)}
