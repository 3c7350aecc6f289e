"""Flags downgrades after which the schema is not what it was before the upgrade."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Difference
from alembic_review.diagnostics import Severity
from alembic_review.mirror import differences, in_sum
from alembic_review.operations import AddEnumValue, Operation, Raise, Unread
from alembic_review.proof import NotRestored
from alembic_review.rule import Finding, Rule
from alembic_review.schema import KINDS
from alembic_review.types import Name
from alembic_review_rules.refusals import is_refused, stops


class SchemaNotRestored(Rule):
    """
    A downgrade after which the schema is not the one that was there before the upgrade.

    ## Why is this bad?

    A database that went up and down again is no longer like the others: the next upgrade, a later downgrade or the
    next autogenerate meets a column, an index or a constraint that the history does not tell of, or misses one.
    Data that the upgrade dropped is gone by nature and does not count; neither does the order of columns.

    ## Example

    ```python
    def upgrade():
        op.drop_index("ix_user_email", "user")
        op.alter_column("user", "email", existing_type=sa.String(200), type_=sa.Text())

    def downgrade():
        op.create_index("ix_user_email", "user", ["email"])
    ```

    ## Given

    ```python
    def upgrade():
        op.create_table("user", sa.Column("id", sa.Integer()), sa.Column("email", sa.String(200)))
        op.create_index("ix_user_email", "user", ["email"], unique=True)

    def downgrade():
        op.drop_table("user")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.drop_index("ix_user_email", "user")
        op.alter_column("user", "email", existing_type=sa.String(200), type_=sa.Text())

    def downgrade():
        op.alter_column("user", "email", existing_type=sa.Text(), type_=sa.String(200))
        op.create_index("ix_user_email", "user", ["email"], unique=True)
    ```
    """

    severity = Severity.WARNING
    proof = NotRestored()

    def check(self, change: Change) -> Iterator[Finding]:
        # What nothing takes back, or a refusal on purpose, is told of by missing- and irreversible-downgrade.
        if not change.revision.downgrade or any(step.ran for step in change.downgrades(Raise)):
            return
        if any(step.operation.anything for step in change.downgrades(Unread)):
            return
        if self.config.dialect == "postgresql" and stops(change, "downgrade"):
            # It comes to no end, which is told of, and leaves nothing but what was there.
            return
        refused = set(self._refused(change))
        found = [
            difference
            for difference in change.differences
            if not _told_elsewhere(change, difference) and refused.isdisjoint(_abouts(difference))
        ]
        if found:
            yield self.at(
                change,
                "downgrade",
                f"downgrade() {in_sum(found)}",
                "Undo in downgrade() each step of upgrade(), with the definition that was there before.",
            )

    def _refused(self, change: Change) -> Iterator[About]:
        """What is told to be refused, and what that would have changed."""
        for step in change.steps(Operation) if self.config.dialect == "postgresql" else ():
            if is_refused(change, step):
                for refusal in step.refusals:
                    yield (None if refusal.kind == "table" else refusal.table), refusal.name
                for one, other in ((step.before, step.after), (step.after, step.before)):
                    yield from ((difference.table, difference.name) for difference in differences(one, other))


About = tuple[Name | None, str]
"""The table that something is of, where it is of one, and its name; that is empty for what has none."""


def _abouts(difference: Difference) -> Iterator[About]:
    yield difference.table, difference.name
    if difference.how == "left" and difference.kind in KINDS.values():
        # What a constraint without a name would have dropped.
        yield difference.table, ""


def _told_elsewhere(change: Change, difference: Difference) -> bool:
    """Whether enum-left-behind or enum-value-kept tells of it."""
    if difference.kind != "enum":
        return False
    added = {str(step.operation.name) for step in change.upgrades(AddEnumValue)}
    return difference.how == "left" or (difference.what == "labels" and difference.name in added)
