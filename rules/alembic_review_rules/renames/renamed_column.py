"""Flags columns that get another name, which running code does not know."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AlterColumn
from alembic_review.proof import Breaks
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.external_tables.external_table_touched import ExternalTableTouched
from alembic_review_rules.renames.replaced_column import ReplacedColumn
from alembic_review_rules.renames.swaps import called_before, is_new


class RenamedColumn(Rule):
    """
    A column of an existing table that gets another name.

    ## Why is this bad?

    Code that runs while the migration is applied, or that has to be rolled back to, asks for the column by its old
    name, and fails from the moment of the rename. A rename is only safe where nothing runs beside the migration.

    Constraints and indexes are not what code asks for: renaming them is not flagged. Neither is a column that gets
    its old name back in the same upgrade, nor one that is set aside for another to take its place (replaced-column).

    ## Given

    ```python
    def upgrade():
        op.create_table("project", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("title", sa.Text()))

    def downgrade():
        op.drop_table("project")
    ```

    ## Example

    ```python
    def upgrade():
        op.alter_column("project", "title", new_column_name="name")

    def downgrade():
        op.alter_column("project", "name", new_column_name="title")
    ```

    ## Use instead

    Add the new column, deploy code that writes both and reads the new one, and drop the old one in a later release:

    ```python
    def upgrade():
        op.add_column("project", sa.Column("name", sa.Text()))
        op.execute("UPDATE project SET name = title")

    def downgrade():
        op.drop_column("project", "name")
    ```
    """

    severity = Severity.WARNING
    proof = Breaks("SELECT title FROM project", "UndefinedColumn")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in self.besides(change, change.upgrades(AlterColumn), ReplacedColumn, ExternalTableTouched):
            table, old, new = step.operation.table, step.operation.column, step.operation.new_name
            if new is None or new == old or change.made_here(table, step):
                continue
            if _is_here_only(change, step, table, old):
                continue
            table = called_before(change, step, table)
            yield self.at(
                change,
                step,
                f'{"may rename" if step.ran is None else "renames"} the column "{table}.{old}" to "{new}", '
                "and running code asks for it by its old name",
                f'Add "{new}" beside it, and drop "{old}" when no running code asks for it any more.',
                thing=f"{table}.{old}",
            )


def _is_here_only(change: Change, step: Step[AlterColumn], table: Name, column: str) -> bool:
    """Whether no code knows a column by that name yet, or all of it will still find it under the name."""
    now, after, before = (
        step.before.column(table, column),
        change.after.column(table, column),
        change.before.table(table),
    )
    if now is not None and (is_new(change, now) or (before is not None and column not in before.columns)):
        return True
    # Where nobody can tell whether the rename runs, the column is still there as one that may be.
    return after is not None and not is_new(change, after) and not (step.ran is None and after.uncertain)
