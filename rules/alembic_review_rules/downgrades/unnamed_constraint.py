"""Flags constraints that are dropped without a name, and what makes them without one."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.mirror import in_words
from alembic_review.operations import AddConstraint, DropConstraint, Operation
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Constraint
from alembic_review_rules.refusals import knows_convention, told_of
from alembic_review_rules.renames.swaps import is_new


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
        for step, refusal in told_of(type(self), change):
            operation = step.operation
            if not isinstance(operation, DropConstraint):
                yield self.at(change, step, f"drops an {refusal.kind} without a name", "Name it.")
                continue
            unnamed = _unnamed(change, step, operation)
            meant = _meant(change, step, operation, unnamed)
            yield self.at(
                change,
                step,
                f'drops a constraint of "{operation.table}" without a name, which Alembic refuses'
                + (f": {_called(change, step, meant)}" if meant is not None else ""),
                f'Name it here and where it is made: "{meant.name if meant else "…"}".'
                if unnamed or step.direction == "upgrade"
                else "Leave this line out, or name what it is to drop: upgrade() makes nothing without a name that is "
                "still there.",
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


def _unnamed(change: Change, step: Step[Operation], operation: DropConstraint) -> list[Constraint]:
    """The constraints that may be meant: those of the table and kind that were made without a name, oldest first.

    A downgrade means what its upgrade has made. What the revision drops by its name elsewhere is not meant.
    """
    table = step.before.table(operation.table)
    if table is None:
        return []
    kind = _KINDS.get(operation.kind or "", operation.kind)
    named = {other.operation.name for other in _drops(change, step, operation)}
    return [
        constraint
        for constraint in table.constraints.values()
        if constraint.definition.name is None and kind in (None, constraint.kind) and constraint.name not in named
        if step.direction == "upgrade" or is_new(change, constraint)
    ]


def _meant(
    change: Change, step: Step[Operation], operation: DropConstraint, unnamed: list[Constraint]
) -> Constraint | None:
    """The one that is meant, where that is certain: there are as many without a name as are dropped without one."""
    alike = [
        other
        for other in _drops(change, step, operation)
        if other.operation.name is None and other.operation.kind == operation.kind
    ]
    # A downgrade drops in reverse order.
    paired = zip(alike, reversed(unnamed), strict=True) if len(alike) == len(unnamed) else ()
    return next((constraint for other, constraint in paired if other is step), None)


def _drops(change: Change, step: Step[Operation], operation: DropConstraint) -> list[Step[DropConstraint]]:
    """What the same way drops of the same table."""
    drops = (change.upgrades if step.direction == "upgrade" else change.downgrades)(DropConstraint)
    return [other for other in drops if other.operation.table == operation.table]


def _called(change: Change, step: Step[Operation], constraint: Constraint) -> str:
    """How the database calls it, as far as the history tells."""
    table = step.before.table(step.operation.table) if isinstance(step.operation, DropConstraint) else None
    # In a table from before the history, the name may have been another's.
    probably = "" if table is not None and table.complete else "probably "
    unless = "" if knows_convention(change) else ", unless a naming convention does"
    return f'the database {probably}calls it "{constraint.name}"{unless}'


def _made_in(change: Change, constraint: Constraint | None) -> Step[Operation] | None:
    """The step of this upgrade that makes the constraint by itself."""
    made_by = constraint.made_by if constraint is not None else None
    return next((step for step in change.upgrades(AddConstraint) if step.operation is made_by), None)
