"""Flags constraints that are dropped without a name, and what makes them without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.mirror import in_words
from alembic_review.operations import AddConstraint, DropConstraint, Operation
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Constraint, Schema
from alembic_review_rules.refusals import knows_convention, told_of


class UnnamedConstraint(Rule):
    """
    A constraint that is dropped without a name.

    ## Why is this bad?

    Autogenerate writes `create_foreign_key(None, …)` in `upgrade()`, which the database gives a name of its own, and
    `drop_constraint(None, …)` in `downgrade()`, which Alembic cannot emit:
    `Can't emit DROP CONSTRAINT for constraint; it has no name`.

    ## Given

    ```python
    def upgrade():
        op.create_table("team", sa.Column("id", sa.Integer(), primary_key=True))
        op.create_table("player", sa.Column("team_id", sa.Integer()))

    def downgrade():
        op.drop_table("player")
        op.drop_table("team")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_foreign_key(None, "player", "team", ["team_id"], ["id"])

    def downgrade():
        op.drop_constraint(None, "player", type_="foreignkey")
    ```

    ## Use instead

    The name that PostgreSQL chooses, so that databases that are upgraded already have it too:

    ```python
    def upgrade():
        op.create_foreign_key("player_team_id_fkey", "player", "team", ["team_id"], ["id"])

    def downgrade():
        op.drop_constraint("player_team_id_fkey", "player", type_="foreignkey")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("CompileError", "downgrade")

    def check(self, change: Change) -> Iterator[Finding]:
        dropped: Counter[tuple[object, str | None]] = Counter()
        for step, refusal in told_of(type(self), change):
            operation = step.operation
            if not isinstance(operation, DropConstraint):
                yield self.at(change, step, f"drops an {refusal.kind} without a name", "Name it.")
                continue
            known = _unnamed(step.before, operation)
            # A downgrade drops in reverse order.
            nth = dropped[operation.table, operation.kind]
            dropped[operation.table, operation.kind] += 1
            meant = known[-1 - nth] if nth < len(known) else None
            called = f': the database calls it "{meant.name}"' if meant is not None else ""
            unless = ", unless a naming convention does" if meant is not None and not knows_convention(change) else ""
            yield self.at(
                change,
                step,
                f'drops a constraint of "{operation.table}" without a name, which Alembic refuses{called}{unless}',
                f'Name it here and where it is made: "{meant.name if meant else "…"}".',
            )
            made = _made_in(change, meant)
            if made is not None and meant is not None:
                yield self.at(
                    change,
                    made,
                    f'makes the {in_words(meant.kind)} "{meant.name}" without a name, and downgrade() cannot drop what '
                    "has none",
                    f'Name it in both: "{meant.name}".',
                )


_KINDS = {"foreignkey": "foreign key", "primary": "primary key"}


def _unnamed(schema: Schema, operation: DropConstraint) -> list[Constraint]:
    """The constraints that may be meant: those of the table and kind that were made without a name, oldest first."""
    table = schema.table(operation.table)
    if table is None:
        return []
    kind = _KINDS.get(operation.kind or "", operation.kind)
    return [
        constraint
        for constraint in table.constraints.values()
        if constraint.definition.name is None and kind in (None, constraint.kind)
    ]


def _made_in(change: Change, constraint: Constraint | None) -> Step[Operation] | None:
    """The step of this upgrade that makes the constraint by itself."""
    made_by = constraint.made_by if constraint is not None else None
    return next((step for step in change.upgrades(AddConstraint) if step.operation is made_by), None)
