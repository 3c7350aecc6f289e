"""Flags tables that are dropped with all their rows."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import DropTable, Insert
from alembic_review.proof import Loses
from alembic_review.rule import Finding, Rule
from alembic_review_rules.data_loss.along import surely
from alembic_review_rules.external_tables.external_table_touched import ExternalTableTouched
from alembic_review_rules.external_tables.unknown_table import UnknownTable
from alembic_review_rules.renames.replaced_column import ReplacedColumn
from alembic_review_rules.renames.suspected_table_rename import SuspectedTableRename
from alembic_review_rules.renames.swaps import called_before, existing_table


class DroppedTable(Rule):
    """
    A table that is dropped, with all its rows.

    ## Why is this bad?

    The rows are gone at the end of the transaction, and no `downgrade()` brings them back. Code that still runs while
    the migration is applied fails on its next query.

    A table that the same upgrade made holds nothing that anybody could miss, and is not flagged. Each drop is told
    once: where the table looks renamed, is swapped for another of its name, is another system's or was never made by
    the history, suspected-table-rename, replaced-column, external-table-touched or unknown-table tells of it, unless
    that rule is not asked.

    ## Given

    ```python
    def upgrade():
        op.create_table("draft", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("body", sa.Text()))

    def downgrade():
        op.drop_table("draft")
    ```

    ## Example

    ```python
    def upgrade():
        op.drop_table("draft")

    def downgrade():
        op.create_table("draft", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("body", sa.Text()))
    ```

    ## Use instead

    Deploy code that no longer uses the table first, and set it aside under another name for a while. When nobody has
    missed it, take a backup, drop it, and say why:

    ```python
    def upgrade():
        # alembic-review: allow[dropped-table] unused since 2026-03, exported to the archive
        op.drop_table("draft")

    def downgrade():
        op.create_table("draft", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("body", sa.Text()))
    ```
    """

    severity = Severity.WARNING
    proof = Loses("table", "draft")

    def check(self, change: Change) -> Iterator[Finding]:
        drops = (step for step in change.upgrades(DropTable) if existing_table(change, step))
        for step in self.besides(
            change, drops, ReplacedColumn, SuspectedTableRename, ExternalTableTouched, UnknownTable
        ):
            table = called_before(change, step, step.operation.table)
            yield self.at(
                change,
                step,
                f'{"drops" if surely(step) else "may drop"} the table "{table}" and all its rows{_kept(change, step)}',
                "Take a backup, drop it when no running code reads it, and say why: "
                "# alembic-review: allow[dropped-table] reason",
                thing=table,
            )


def _kept(change: Change, step: Step[DropTable]) -> str:
    """Which other table has rows that come from it, because the upgrade put them there."""
    for insert in change.upgrades(Insert):
        if step.operation.table in insert.operation.reads:
            return f', from which "{insert.operation.table}" is filled'
    return ""
