"""Flags columns that are dropped with all they hold."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import DropColumn, Update
from alembic_review.proof import Loses
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.data_loss.along import listed, own, surely
from alembic_review_rules.emptied import emptied
from alembic_review_rules.external_tables.external_table_touched import ExternalTableTouched
from alembic_review_rules.external_tables.unknown_table import UnknownTable
from alembic_review_rules.renames.replaced_column import ReplacedColumn
from alembic_review_rules.renames.suspected_column_rename import SuspectedColumnRename
from alembic_review_rules.renames.swaps import existing_column, table_swaps


class DroppedColumn(Rule):
    """
    A column that is dropped, with all it holds.

    ## Why is this bad?

    What the column held is gone at the end of the transaction, and no `downgrade()` brings it back. Code that still
    runs while the migration is applied fails on its next query. Indexes and constraints that include the column go
    with it, which nothing announces.

    Each drop is told once: where the column looks renamed, is swapped for another of its name, or belongs to a table
    that is another system's or that the history never made, suspected-column-rename, replaced-column,
    external-table-touched or unknown-table tells of it, unless that rule is not asked. Where another table takes the
    place of one, which replaced-column tells, the columns that it has not are told here.

    ## Given

    ```python
    def upgrade():
        op.create_table("user", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("nickname", sa.Text()))

    def downgrade():
        op.drop_table("user")
    ```

    ## Example

    ```python
    def upgrade():
        op.drop_column("user", "nickname")

    def downgrade():
        op.add_column("user", sa.Column("nickname", sa.Text()))
    ```

    ## Use instead

    Deploy code that no longer uses the column first. When nothing reads it any more, take a backup, drop it, and say
    why:

    ```python
    def upgrade():
        # alembic-review: allow[dropped-column] unused since 2026-03, exported to the archive
        op.drop_column("user", "nickname")

    def downgrade():
        op.add_column("user", sa.Column("nickname", sa.Text()))
    ```
    """

    severity = Severity.WARNING
    proof = Loses("column", "user.nickname")

    def check(self, change: Change) -> Iterator[Finding]:
        drops = (step for step in change.upgrades(DropColumn) if existing_column(change, step))
        for step in self.besides(
            change, drops, ReplacedColumn, SuspectedColumnRename, ExternalTableTouched, UnknownTable
        ):
            column = f"{step.operation.table}.{step.operation.column}"
            gone = own(step)
            along = f"; with it {'goes' if len(gone) == 1 else 'go'} {listed(gone)}" if gone else ""
            is_empty = step.operation.table in emptied(change, step)
            loses = ", of a table that upgrade() has emptied" if is_empty else f" and all it holds{_kept(change, step)}"
            yield self.at(
                change,
                step,
                f'{"drops" if surely(step) else "may drop"} the column "{column}"{loses}{along}',
                f"{'D' if is_empty else 'Take a backup, d'}rop it when no running code reads it, and say why: "
                "# alembic-review: allow[dropped-column] reason",
                thing=column,
            )
        swaps = {id(swap.dropped): swap for swap in table_swaps(change)}
        for replaced in self.besides(change, [swap.dropped for swap in swaps.values()], ExternalTableTouched):
            table = swaps[id(replaced)].table
            columns = _left_out(change, table)
            if columns:
                yield self.at(
                    change,
                    replaced,
                    f"{'drops' if surely(replaced) else 'may drop'} the column{'s' if len(columns) > 1 else ''} "
                    f"{_in_a_row(columns)}, which the table that takes the place of the old one has not",
                    "Take a backup, drop it when no running code reads what is gone, and say why: "
                    "# alembic-review: allow[dropped-column] reason",
                    table=table,
                    thing=f"{table}.*",
                )


def _left_out(change: Change, table: Name) -> list[str]:
    """The columns of a table that the one which has its name afterwards has not, in their order."""
    old, new = change.before.table(table), change.after.table(table)
    if old is None or new is None or not new.complete:
        return []
    return [
        f'"{table}.{column.name}"'
        for column in old.columns.values()
        if column.name not in new.columns and not column.uncertain
    ]


def _in_a_row(things: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(things[:-1]), things[-1])))


def _kept(change: Change, step: Step[DropColumn]) -> str:
    """Which other column has its values, because the upgrade put them there."""
    for update in change.upgrades(Update):
        operation = update.operation
        if operation.table == step.operation.table and step.operation.column in operation.reads:
            return "".join(f', which "{name}" is filled from' for name in operation.columns[:1])
    return ""
