"""Flags foreign keys to a table that is not there yet."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Refusal, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import (
    NOWHERE,
    AddColumn,
    AddConstraint,
    CreateTable,
    ForeignKey,
    Operation,
    Place,
)
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Origin
from alembic_review.types import Name
from alembic_review_rules.refusals import renamed_to, told_of, went


class ForeignKeyBeforeTable(Rule):
    """
    A foreign key to a table that is made later, or that is gone.

    ## Why is this bad?

    PostgreSQL stops at `relation "team" does not exist`. Autogenerate writes two tables that refer to each other in
    an order of its own, which cannot be right for both.

    ## Example

    ```python
    def upgrade():
        op.create_table("player", sa.Column("team_id", sa.Integer(), sa.ForeignKey("team.id")))
        op.create_table("team", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("player")
        op.drop_table("team")
    ```

    ## Use instead

    The table first. Where two refer to each other, make both, and then one of the foreign keys:

    ```python
    def upgrade():
        op.create_table("team", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("captain_id", sa.Integer()))
        op.create_table(
            "player",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("team_id", sa.Integer(), sa.ForeignKey("team.id")),
        )
        op.create_foreign_key("team_captain_id_fkey", "team", "player", ["captain_id"], ["id"])

    def downgrade():
        op.drop_constraint("team_captain_id_fkey", "team", type_="foreignkey")
        op.drop_table("player")
        op.drop_table("team")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("UndefinedTable")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        refused: dict[int, list[Refusal]] = {}
        for step, refusal in told_of(type(self), change):
            refused.setdefault(id(step), []).append(refusal)
        for steps in (change.upgrade, change.downgrade):
            made = {table: at for at, step in enumerate(steps) if (table := _made(step))}
            for at, step in enumerate(steps):
                for refusal in refused.get(id(step), ()):
                    if (other := refusal.table) is not None:
                        here = made.get(other, at) > at
                        yield self._finding(change, step, other, _made_here(step) if here else "", refusal.by)
                if not isinstance(step.operation, (AddColumn, AddConstraint, CreateTable)):
                    continue
                for effect in step.effects:
                    other = effect.table
                    if effect.what != "assumed" or other is None or other == step.operation.table:
                        continue
                    if made.get(other, at) > at:
                        yield self._finding(change, step, other, _made_here(step))
                    elif later := _later(change, step, other):
                        yield self._finding(change, step, other, f"revision {later} makes it, which comes later")

    def _finding(
        self, change: Change, step: Step[Operation], other: Name, later: str, by: Origin | None = None
    ) -> Finding:
        """*later* says what makes the table after *step*, *by* is what dropped or renamed it."""
        renamed = renamed_to(by.operation, str(other)) if by is not None else None
        help: str | None
        if later:
            help = f'Make "{other}" first, or add the foreign key after both tables: op.create_foreign_key(…).'
        elif renamed is not None:
            help = f'Refer to "{renamed}".' if renamed in step.before.tables else None
        else:
            help = f'Leave the foreign key out, or make "{other}" before it.'
        why = later or (went(change, by, str(other)) if by is not None else "nothing has made it")
        return self.at(
            change,
            step,
            f'"{getattr(step.operation, "table", None)}" refers to "{other}", which is not there at this point: {why}',
            help,
            place=_place(step.operation, other),
            thing=other,
        )


def _made_here(step: Step[Operation]) -> str:
    return f"this {step.direction}() makes it later"


def _place(operation: Operation, other: Name) -> Place:
    """Where a new table declares its foreign key to *other*."""
    if not isinstance(operation, CreateTable):
        return NOWHERE
    declared = [(constraint, constraint.place) for constraint in operation.constraints]
    declared += [(constraint, column.place) for column in operation.columns for constraint in column.constraints]
    places = (place for key, place in declared if isinstance(key, ForeignKey) and key.referred == other)
    return next(places, NOWHERE)


def _later(change: Change, step: Step[Operation], table: Name) -> str | None:
    """The later revision that surely makes a table, which therefore cannot have been there before."""
    surely = change.makers is not None and step.ran and not step.before.unread and table.known
    return change.makers.after(change.revision.id, table) if surely and change.makers is not None else None


def _made(step: Step[Operation]) -> Name | None:
    """The table that a step surely makes, which therefore cannot have been there before."""
    operation = step.operation
    if not isinstance(operation, CreateTable) or not step.ran:
        return None
    return None if operation.if_not_exists or operation.checked or operation.guarded else operation.table
