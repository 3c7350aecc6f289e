"""Flags foreign keys to a table that is not there yet."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, AddConstraint, CreateTable, Operation
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.refusals import told_of


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
        for step, refusal in told_of(type(self), change):
            if refusal.table is not None:
                why = f"{change.told(refusal.by)} dropped or renamed it" if refusal.by else "nothing has made it"
                yield self._finding(change, step, refusal.table, why)
        for steps in (change.upgrade, change.downgrade):
            made = {table: at for at, step in enumerate(steps) if (table := _made(step))}
            for at, step in enumerate(steps):
                if not isinstance(step.operation, (AddColumn, AddConstraint, CreateTable)):
                    continue
                for effect in step.effects:
                    other = effect.table
                    if effect.what == "assumed" and other is not None and made.get(other, at) > at:
                        yield self._finding(change, step, other, f"this {step.direction}() makes it later")

    def _finding(self, change: Change, step: Step[Operation], other: Name, why: str) -> Finding:
        table = getattr(step.operation, "table", None)
        return self.at(
            change,
            step,
            f'"{table}" refers to "{other}", which is not there at this point: {why}',
            f'Make "{other}" first, or add the foreign key after both tables: op.create_foreign_key(…).',
            thing=other,
        )


def _made(step: Step[Operation]) -> Name | None:
    """The table that a step surely makes, which therefore cannot have been there before."""
    operation = step.operation
    if not isinstance(operation, CreateTable) or not step.ran:
        return None
    return None if operation.if_not_exists or operation.checked or operation.guarded else operation.table
