"""Flags tables that get another name or schema, which running code does not know."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import Operation, RenameTable, SetSchema
from alembic_review.proof import Breaks
from alembic_review.rule import Finding, Rule
from alembic_review.schema import RELATIONS
from alembic_review.types import Name
from alembic_review_rules.external_tables.external_table_touched import ExternalTableTouched
from alembic_review_rules.renames.replaced_column import ReplacedColumn
from alembic_review_rules.renames.swaps import is_new


class RenamedTable(Rule):
    """
    An existing table that gets another name, or moves to another schema.

    ## Why is this bad?

    Code that runs while the migration is applied, or that has to be rolled back to, asks for the table by its old
    name, and fails from the moment of the rename. A rename is only safe where nothing runs beside the migration.

    A table that gets its old name back in the same upgrade is not flagged, nor one that is set aside for another to
    take its place (replaced-column), nor one that a view takes the old name of.

    ## Given

    ```python
    def upgrade():
        op.create_table("task_history", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("task_history")
    ```

    ## Example

    ```python
    def upgrade():
        op.rename_table("task_history", "task_run")

    def downgrade():
        op.rename_table("task_run", "task_history")
    ```

    ## Use instead

    Leave a view of the old name, which PostgreSQL lets code read and write like the table, until no running code
    asks for it any more:

    ```python
    def upgrade():
        op.rename_table("task_history", "task_run")
        op.execute("CREATE VIEW task_history AS SELECT * FROM task_run")

    def downgrade():
        op.execute("DROP VIEW task_history")
        op.rename_table("task_run", "task_history")
    ```
    """

    severity = Severity.WARNING
    proof = Breaks("SELECT * FROM task_history", "UndefinedTable")

    def check(self, change: Change) -> Iterator[Finding]:
        steps = change.upgrades(RenameTable, SetSchema)
        for step in self.besides(change, steps, ReplacedColumn, ExternalTableTouched):
            old, new = _names(step.operation)
            if step.unused or new == old or change.made_here(old, step):
                continue
            after = change.after.table(old)
            # Where nobody can tell whether the rename runs, the table is still there as one that may be.
            if after is not None and not is_new(change, after) and not (step.ran is None and after.uncertain):
                continue
            if change.before.table(old) is None and step.before.table(old) is not None:
                # The upgrade itself has given it this name.
                continue
            if any(step.before.object(kind, old) or change.after.object(kind, old) for kind in RELATIONS):
                continue
            yield self.at(
                change,
                step,
                f'{"may rename" if step.ran is None else "renames"} the table "{old}" to "{new}", '
                "and running code asks for it by its old name",
                f'Leave a view called "{old}" behind, until no running code asks for it any more.',
                thing=old,
            )


def _names(operation: Operation) -> tuple[Name, Name]:
    if isinstance(operation, RenameTable):
        return operation.table, Name(operation.new_name, operation.table.schema)
    assert isinstance(operation, SetSchema)
    return operation.table, Name(operation.table.name, operation.schema)
