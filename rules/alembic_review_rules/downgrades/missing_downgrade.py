"""Flags upgrades that nothing takes back."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review import operations as ops
from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.mirror import differences, in_sum
from alembic_review.proof import NotRestored
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.in_use import shown

_CHANGES = (
    *(ops.CreateTable, ops.DropTable, ops.RenameTable, ops.SetSchema),
    *(ops.AddColumn, ops.AlterColumn, ops.DropColumn),
    *(ops.AddConstraint, ops.DropConstraint, ops.RenameConstraint, ops.CreateIndex, ops.DropIndex),
    *(ops.CreateEnum, ops.DropEnum, ops.CreateObject, ops.DropObject, ops.RenameObject),
)


class MissingDowngrade(Rule):
    """
    An empty or absent `downgrade()` of an upgrade that changes the schema.

    ## Why is this bad?

    `alembic downgrade` writes the older revision into the database and changes nothing else. The next upgrade then
    stops at `relation "invoice" already exists`, and the code of the older release meets a schema it does not know.
    Without the function, Alembic stops with an `AttributeError`.

    An upgrade that only touches rows is not flagged: the schema that it leaves is the one that was there. Neither is
    `ALTER TYPE … ADD VALUE`, which nothing can take back (see enum-value-kept). Where nobody can tell whether a step
    runs, or what it is called that is changed, it is told as what may be.

    ## Example

    ```python
    def upgrade():
        op.create_table("invoice", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        pass
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table("invoice", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("invoice")
    ```

    Where there is no way back, `raise NotImplementedError("…")` says so: Alembic stops before it writes the older
    revision.
    """

    severity = Severity.WARNING
    proof = NotRestored()

    def check(self, change: Change) -> Iterator[Finding]:
        downgrade = change.revision.downgrade
        if downgrade:
            return
        # A value of an enum type is enum-value-kept's.
        left = [item for item in differences(change.before, change.after) if item.what != "labels"]
        perhaps = [] if left else _perhaps_changed(change)
        if left or perhaps:
            state = "there is no downgrade()" if downgrade is None else "downgrade() is empty"
            leaves = in_sum(left) if left else f"leaves what upgrade() may do to {', '.join(perhaps)}"
            yield self.at(
                change,
                "upgrade" if downgrade is None else "downgrade",
                f"{state}, which {leaves}",
                "Write in downgrade(), in reverse order, what takes each step of upgrade() back.",
                direction="downgrade",
            )


def _perhaps_changed(change: Change) -> list[str]:
    """What the upgrade changes where nobody can tell whether it comes to it, or what it is called."""
    found: dict[str, None] = {}
    for step in change.upgrades(*_CHANGES):
        operation = step.operation
        name = getattr(operation, "table", None) or getattr(operation, "name", None)
        if step.unused or step.refusals or not isinstance(name, Name) or getattr(operation, "temporary", False):
            continue
        if (step.ran is None or not name.known) and not name.name.startswith("_alembic_tmp_"):
            found[shown(name)] = None
    return list(found)
