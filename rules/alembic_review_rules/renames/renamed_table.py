"""Flags tables that get another name or schema, which running code does not know."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step, once
from alembic_review.diagnostics import Severity
from alembic_review.operations import AlterColumn, DropTable, RenameTable, SetSchema
from alembic_review.proof import Breaks
from alembic_review.rule import Finding, Rule
from alembic_review.schema import RELATIONS
from alembic_review.types import Name
from alembic_review_rules.external_tables.external_table_touched import ExternalTableTouched
from alembic_review_rules.renames.replaced_column import ReplacedColumn
from alembic_review_rules.renames.swaps import called_before, is_new, renamed


class RenamedTable(Rule):
    """
    An existing table that gets another name, or moves to another schema.

    ## Why is this bad?

    Code that runs while the migration is applied, or that has to be rolled back to, asks for the table by its old
    name, and fails from the moment of the rename. A rename is only safe where nothing runs beside the migration.

    A table that gets its old name back in the same upgrade is not flagged, nor one that is set aside for another to
    take its place (replaced-column), nor one that is dropped in the end (dropped-table), nor one that a view takes the
    old name of.

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
        for step, old, new in self._renames(change):
            does = f'{"may rename" if step.ran is None else "renames"} the table "{old}" to "{new}"'
            view = f'leave a view called "{old}" behind'
            if old in _with_renamed_columns(change):
                view += ", with the old names of its columns"
            if change.after.table(old) is not None and step.ran:
                told = f'{does} and makes another "{old}", which running code finds in its place'
                help = f"Give the new table a name of its own, and {view}"
            else:
                told = f"{does}, and running code asks for it by its old name"
                help = f"{view[0].upper()}{view[1:]}"
            yield self.at(change, step, told, f"{help}, until no running code asks for it any more.", thing=old)

    def _renames(self, change: Change) -> Iterator[tuple[Step[RenameTable | SetSchema], Name, Name]]:
        """The renames that running code sees, each with the names before and after."""
        steps: Iterator[Step[RenameTable | SetSchema]] = change.upgrades(RenameTable, SetSchema)
        for step in self.besides(change, steps, ReplacedColumn, ExternalTableTouched):
            old, new = renamed(step.operation)
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
            if old in _dropped(change):
                # dropped-table tells of it.
                continue
            yield step, old, new


@once
def _dropped(change: Change) -> frozenset[Name]:
    """The tables that go, by their names before the upgrade."""
    return frozenset(
        called_before(change, step, step.operation.table)
        for step in change.upgrades(DropTable)
        if not change.made_here(step.operation.table, step)
    )


@once
def _with_renamed_columns(change: Change) -> frozenset[Name]:
    """The tables of which columns get other names too, by their names before the upgrade."""
    found: set[Name] = set()
    for step in change.upgrades(AlterColumn):
        operation = step.operation
        column = step.before.column(operation.table, operation.column)
        if operation.new_name not in (None, operation.column) and (column is None or not is_new(change, column)):
            found.add(called_before(change, step, operation.table))
    return frozenset(found)
