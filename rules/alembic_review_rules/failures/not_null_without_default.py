"""Flags NOT NULL columns that are added to an existing table without a value for the rows it has."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, Operation
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Schema, words
from alembic_review.types import Name, Type
from alembic_review_rules.emptied import follow

_REFUSING = ("postgresql", "sqlite")
"""MySQL fills the rows with the zero of the type instead."""


class NotNullWithoutDefault(Rule):
    """
    A NOT NULL column added to an existing table without a server default.

    ## Why is this bad?

    The rows that are there get NULL in the new column, which it does not take: as soon as the table has one row,
    PostgreSQL stops at `column "state" of relation "job" contains null values`. On the empty tables of a test it
    passes. `default=` is of no help: SQLAlchemy applies it to new rows, in Python.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("job")
    ```

    ## Example

    ```python
    def upgrade():
        op.add_column("job", sa.Column("state", sa.Text(), nullable=False))

    def downgrade():
        op.drop_column("job", "state")
    ```

    ## Use instead

    Add it nullable, fill it, and set it NOT NULL; or give it a `server_default`:

    ```python
    def upgrade():
        op.add_column("job", sa.Column("state", sa.Text()))
        op.execute("UPDATE job SET state = 'new'")
        op.alter_column("job", "state", nullable=False)

    def downgrade():
        op.drop_column("job", "state")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("NotNullViolation", rows=True)

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect not in _REFUSING:
            return
        maybe_empty: set[Name] = set()
        for step in change.upgrades(Operation):
            operation = step.operation
            # Rows that are deleted on a condition are as a rule those that the condition has found.
            follow(maybe_empty, step, surely=False)
            if not isinstance(operation, AddColumn) or operation.table in maybe_empty or step.unused:
                continue
            column = step.after.column(operation.table, operation.column.name)
            if column is None or column.nullable or change.made_here(operation.table, step):
                continue
            if _has_default(step.before, column.type):
                continue
            if column.default is None and column.identity is None and column.computed is None:
                name = f"{operation.table}.{column.name}"
                python = ": default= is applied by the application only" if operation.column.python_default else ""
                yield self.at(
                    change,
                    step,
                    f'adds "{name}" NOT NULL, which fails as soon as the table has a row{python}',
                    "Give it a server_default, or add it nullable, fill it, and then set nullable=False.",
                    place=operation.column.place,
                    thing=name,
                )


def _has_default(schema: Schema, type_: Type) -> bool:
    """Whether it is a domain that has a default of its own."""
    domain = schema.object("domain", Name(type_.name, type_.schema))
    return domain is not None and "default" in words(domain.definition or "")
