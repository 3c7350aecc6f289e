"""Flags changes of a column on MySQL that take away what they do not repeat."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AlterColumn
from alembic_review.proof import Writes
from alembic_review.rule import Finding, Rule


class ExistingAttributesLost(Rule):
    """
    An `alter_column` on MySQL that does not repeat what the column is.

    ## Why is this bad?

    MySQL has no statement for a part of a column: Alembic sends `MODIFY` or `CHANGE` with all of it, and what the call
    does not say is gone. Without `existing_nullable` a NOT NULL column takes NULL afterwards, without
    `existing_server_default` it has no default, without `existing_comment` no comment; without `existing_type` Alembic
    refuses the call.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("state", sa.String(20), server_default="new", nullable=False))

    def downgrade():
        op.drop_table("job")
    ```

    ## Example

    ```python
    def upgrade():
        op.alter_column("job", "state", type_=sa.String(50), existing_type=sa.String(20))

    def downgrade():
        op.alter_column("job", "state", type_=sa.String(20), existing_type=sa.String(50))
    ```

    ## Use instead

    ```python
    def upgrade():
        op.alter_column(
            "job",
            "state",
            type_=sa.String(50),
            existing_type=sa.String(20),
            existing_nullable=False,
            existing_server_default="new",
        )

    def downgrade():
        op.alter_column(
            "job",
            "state",
            type_=sa.String(20),
            existing_type=sa.String(50),
            existing_nullable=False,
            existing_server_default="new",
        )
    ```
    """

    severity = Severity.ERROR
    proof = Writes("ALTER TABLE job MODIFY state VARCHAR(50) NULL", dialect="mysql")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect not in ("mysql", "mariadb"):
            return
        for step in change.steps(AlterColumn):
            operation = step.operation
            if operation.sql is not None or not _sends_whole(operation):
                continue
            lost = dict(_lost(step))
            name = f"{operation.table}.{operation.column}"
            if "existing_type" in lost:
                message = f'changes "{name}" without its type, which Alembic refuses on MySQL'
            elif lost:
                message = f'changes "{name}" to a column {" and ".join(lost.values())}'
            else:
                continue
            yield self.at(change, step, message, f"Give {', '.join(f'{keyword}=' for keyword in lost)}.", thing=name)


def _sends_whole(operation: AlterColumn) -> bool:
    """Whether Alembic sends MODIFY or CHANGE (``MySQLImpl.alter_column``); a default has a statement of its own."""
    return (
        operation.new_name is not None
        or operation.nullable is not None
        or operation.type is not None
        or operation.comment is not UNSET
    )


def _lost(step: Step[AlterColumn]) -> Iterator[tuple[str, str]]:
    """The keywords that are missing, and what the column becomes without them."""
    operation, existing = step.operation, step.operation.existing
    column = step.before.column(operation.table, operation.column)
    known = column if column is not None and not column.uncertain else None
    if operation.type is None and "existing_type" not in existing:
        yield "existing_type", "of no type"
    if operation.nullable is None and "existing_nullable" not in existing:
        if known is None:
            yield "existing_nullable", "that may take NULL from now on"
        elif not known.nullable:
            yield "existing_nullable", "that takes NULL"
    if operation.default is UNSET and "existing_server_default" not in existing and known and known.default:
        yield "existing_server_default", f"without its default {known.default.sql}"
    if operation.comment is UNSET and "existing_comment" not in existing and known and known.comment:
        yield "existing_comment", "without its comment"
