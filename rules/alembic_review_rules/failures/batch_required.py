"""Flags changes that SQLite can only make by copying the table."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    DropConstraint,
    ForeignKey,
    Operation,
)
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule


class BatchRequired(Rule):
    """
    A change of a table that SQLite cannot make outside batch mode.

    ## Why is this bad?

    SQLite renames, adds and drops columns, and changes nothing else of a table. A type, NOT NULL or a default ends in
    `near "ALTER": syntax error`, a constraint in a NotImplementedError. Batch mode makes a new table and copies the
    rows.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("state", sa.Text()))

    def downgrade():
        op.drop_table("job")
    ```

    ## Example

    ```python
    def upgrade():
        op.alter_column("job", "state", nullable=False)

    def downgrade():
        op.alter_column("job", "state", nullable=True)
    ```

    ## Use instead

    ```python
    def upgrade():
        with op.batch_alter_table("job") as batch_op:
            batch_op.alter_column("state", nullable=False)

    def downgrade():
        with op.batch_alter_table("job") as batch_op:
            batch_op.alter_column("state", nullable=True)
    ```
    """

    severity = Severity.ERROR
    proof = Fails("OperationalError", dialect="sqlite")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "sqlite":
            return
        for step in change.steps(Operation):
            operation = step.operation
            what = _what(operation)
            if what and step.ran and operation.sql is None and operation.batch in (None, "never"):
                table = getattr(operation, "table", None)
                yield self.at(
                    change,
                    step,
                    f"{what}, which SQLite cannot do to a table that is there",
                    f'Do it in: with op.batch_alter_table("{table}") as batch_op.',
                )


def _what(operation: Operation) -> str | None:
    """What SQLite cannot do of an operation, None where it can do all of it."""
    match operation:
        case AlterColumn():
            changed = [
                word
                for word, given in (
                    ("type", operation.type is not None),
                    ("nullability", operation.nullable is not None),
                    ("default", operation.default is not UNSET),
                )
                if given
            ]
            return f'changes the {" and ".join(changed)} of "{operation.table}.{operation.column}"' if changed else None
        case AddConstraint():
            return f'adds a constraint to "{operation.table}"'
        case DropConstraint():
            return f'drops a constraint of "{operation.table}"'
        case AddColumn():
            column = operation.column
            apart = [
                constraint
                for constraint in column.constraints
                if not (operation.inline_references and isinstance(constraint, ForeignKey))
            ]
            name = f'"{operation.table}.{column.name}"'
            return f"adds {name} with a constraint of its own" if apart or column.unique else None
    return None
