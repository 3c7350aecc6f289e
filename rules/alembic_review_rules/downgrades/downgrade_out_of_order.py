"""Flags downgrades that drop things in an order in which the database refuses it."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Refusal
from alembic_review.diagnostics import Severity
from alembic_review.mirror import in_words
from alembic_review.operations import DropColumn, DropTable
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.refusals import in_vain, told_of


class DowngradeOutOfOrder(Rule):
    """
    A downgrade that drops things in an order in which the database refuses it.

    ## Why is this bad?

    PostgreSQL drops no table that a foreign key of another one refers to, and an index or a constraint that went
    with its table or column cannot be dropped once more. The downgrade stops there, and is rolled back.

    ## Example

    ```python
    def upgrade():
        op.create_table("team", sa.Column("id", sa.Integer(), primary_key=True))
        op.create_table("player", sa.Column("team_id", sa.Integer(), sa.ForeignKey("team.id")))

    def downgrade():
        op.drop_table("team")
        op.drop_table("player")
    ```

    ## Use instead

    The reverse of the order in which `upgrade()` makes them:

    ```python
    def upgrade():
        op.create_table("team", sa.Column("id", sa.Integer(), primary_key=True))
        op.create_table("player", sa.Column("team_id", sa.Integer(), sa.ForeignKey("team.id")))

    def downgrade():
        op.drop_table("player")
        op.drop_table("team")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("DependentObjectsStillExist", "downgrade")

    def check(self, change: Change) -> Iterator[Finding]:
        for step, refusal in told_of(type(self), change):
            if refusal.dependents and self.config.dialect == "sqlite":
                # SQLite drops a table that others refer to, and looks at their rows at most.
                continue
            if refusal.dependents:
                when, help = f"while {_listed(refusal)} on it", "Drop what stands on it first."
            else:
                when, help = f"after {_taken_by(refusal)}, which took it along", "Drop it before, or leave it out."
            yield self.at(
                change,
                step,
                f"drops the {in_words(refusal.kind)} {_name(refusal)} {when}{in_vain(step.operation)}",
                help,
                thing=refusal.name,
            )


def _name(refusal: Refusal) -> str:
    return f'"{refusal.table}.{refusal.name}"' if refusal.kind == "column" else f'"{refusal.name}"'


def _listed(refusal: Refusal) -> str:
    *most, last = (
        f'the {in_words(one.kind)} "{one.name}"' + (f' of "{one.table}"' if one.table is not None else "")
        for one in refusal.dependents
    )
    return f"{', '.join(most)} and {last} stand" if most else f"{last} stands"


def _taken_by(refusal: Refusal) -> str:
    operation = refusal.by.operation if refusal.by is not None else None
    if isinstance(operation, DropTable):
        return f'the table "{operation.table}"'
    if isinstance(operation, DropColumn):
        return f'the column "{operation.table}.{operation.column}"'
    return "what it stood on"
