"""Flags downgrades that work only while the tables are empty."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, AlterColumn, Delete, Operation, Truncate, Unread, Update
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Column
from alembic_review.types import UNKNOWN_NAME, Name
from alembic_review_rules.renames.swaps import column_names, may_write


class DowngradeFailsOnRows(Rule):
    """
    A downgrade that works only while the tables are empty.

    ## Why is this bad?

    A NOT NULL column that was dropped comes back without a value for the rows that are there, and a column that was
    nullable before the upgrade too may hold nulls: PostgreSQL stops at
    `column "nickname" of relation "member" contains null values`. On the empty database of a test it passes.

    What the upgrade made nullable is not flagged: all rows from before have a value there, and only rows written
    since may stand in the way.

    ## Given

    ```python
    def upgrade():
        op.create_table(
            "member",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("nickname", sa.Text(), nullable=False),
        )

    def downgrade():
        op.drop_table("member")
    ```

    ## Example

    ```python
    def upgrade():
        op.drop_column("member", "nickname")

    def downgrade():
        op.add_column("member", sa.Column("nickname", sa.Text(), nullable=False))
    ```

    ## Use instead

    ```python
    def upgrade():
        op.drop_column("member", "nickname")

    def downgrade():
        op.add_column("member", sa.Column("nickname", sa.Text(), nullable=False, server_default=""))
        op.alter_column("member", "nickname", server_default=None)
    ```
    """

    severity = Severity.WARNING
    proof = Fails("NotNullViolation", "downgrade", rows=True)

    def check(self, change: Change) -> Iterator[Finding]:
        empty: set[Name] = set()
        writes: list[Update | Unread] = []
        for step in change.downgrades(AddColumn, AlterColumn, Delete, Truncate, Unread, Update):
            match step.operation:
                case Delete(table=table, where=False):
                    empty.add(table)
                case Truncate(tables=tables):
                    empty.update(tables)
                case Update() | Unread():
                    writes.append(step.operation)
                case AddColumn(table=table) | AlterColumn(table=table):
                    column = _refused_column(change, step)
                    if column is None or table in empty or change.made_here(table, step):
                        continue
                    names = column_names(change.downgrade, step, table, column)
                    if isinstance(step.operation, AlterColumn) and any(_may_fill(one, table, names) for one in writes):
                        continue
                    adds = isinstance(step.operation, AddColumn)
                    yield self.at(
                        change,
                        step,
                        f'{"adds" if adds else "sets"} "{table}.{column}" NOT NULL, '
                        "which fails on rows that have no value for it",
                        "Add it with a server default, or nullable, fill it, and set NOT NULL at the end."
                        if adds
                        else "Fill it before, or leave it nullable.",
                        thing=f"{table}.{column}",
                    )


def _refused_column(change: Change, step: Step[Operation]) -> str | None:
    """The column that the step makes NOT NULL though rows may have nothing there."""
    operation = step.operation
    if isinstance(operation, AddColumn):
        made = step.after.column(operation.table, operation.column.name)
        has_value = made is None or made.nullable or made.default or made.identity or made.computed
        return None if has_value or step.unused else operation.column.name
    if isinstance(operation, AlterColumn) and operation.nullable is False:
        column = step.before.column(operation.table, operation.column)
        holds = column is not None and not column.uncertain and _may_hold_nulls(change, operation.table, column)
        return operation.column if holds else None
    return None


def _may_fill(operation: Update | Unread, table: Name, called: Collection[str]) -> bool:
    """Whether an operation may give values to a column that is, or was, *called* so."""
    if isinstance(operation, Unread):
        return may_write(operation, {table})
    return operation.table in (table, UNKNOWN_NAME) and (
        not operation.columns or not set(called).isdisjoint(operation.columns)
    )


def _may_hold_nulls(change: Change, table: Name, column: Column) -> bool:
    """Whether rows from before the upgrade may have nothing there."""
    if column.made_in != change.revision.id:
        before = change.before.column(table, column.name)
        return column.nullable and before is not None and before.nullable and column.default is None
    return column.nullable and column.default is None
