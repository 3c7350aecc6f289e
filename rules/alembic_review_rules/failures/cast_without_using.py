"""Flags changes of a column's type that PostgreSQL does not make by itself."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.casts import cast
from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AlterColumn
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.types import Type
from alembic_review_rules.refusals import told_of


class CastWithoutUsing(Rule):
    """
    A change of a column's type that PostgreSQL cannot make by itself, without `postgresql_using`.

    ## Why is this bad?

    Where no cast leads from the old type to the new one on assignment, PostgreSQL stops at `column "size" cannot be
    cast automatically to type integer`, even where the table is empty. Autogenerate writes no USING.

    ## Given

    ```python
    def upgrade():
        op.create_table("part", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("size", sa.Text()))

    def downgrade():
        op.drop_table("part")
    ```

    ## Example

    ```python
    def upgrade():
        op.alter_column("part", "size", type_=sa.Integer(), existing_type=sa.Text())

    def downgrade():
        op.alter_column("part", "size", type_=sa.Text(), existing_type=sa.Integer())
    ```

    ## Use instead

    ```python
    def upgrade():
        op.alter_column(
            "part", "size", type_=sa.Integer(), existing_type=sa.Text(), postgresql_using="nullif(size, '')::integer"
        )

    def downgrade():
        op.alter_column("part", "size", type_=sa.Text(), existing_type=sa.Integer())
    ```
    """

    severity = Severity.ERROR
    proof = Fails("DatatypeMismatch")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        refused = {id(step) for step, _ in told_of(type(self), change)}
        for step in change.steps(AlterColumn):
            operation = step.operation
            old, new = _old_type(step), operation.type
            if old is None or new is None or not (id(step) in refused or _is_refused(step, old, new)):
                continue
            name = f"{operation.table}.{operation.column}"
            change_of_type = cast(old, new)
            castable = change_of_type is not None and change_of_type.how == "using"
            using = f"{operation.column}::{new}" if castable else "…"
            yield self.at(
                change,
                step,
                f'changes "{name}" from {old} to {new}, which PostgreSQL does not do by itself',
                f'Say how: postgresql_using="{using}".' if operation.sql is None else f"Say how: USING {using}.",
                thing=name,
            )


def _old_type(step: Step[AlterColumn]) -> Type | None:
    column = step.before.column(step.operation.table, step.operation.column)
    if column is not None and not column.uncertain:
        return column.type
    return step.operation.existing_type


def _is_refused(step: Step[AlterColumn], old: Type, new: Type) -> bool:
    """Whether what the call itself says of a column that the history does not know makes it a refusal."""
    operation = step.operation
    column = step.before.column(operation.table, operation.column)
    if operation.using is not None or operation.guarded or not step.ran or (column and not column.uncertain):
        return False
    change_of_type = cast(old, new)
    return change_of_type is not None and change_of_type.how in ("using", "refused")
