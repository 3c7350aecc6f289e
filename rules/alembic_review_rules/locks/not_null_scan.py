"""Flags SET NOT NULL that reads every row while reads and writes of the table wait."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.change import Change, Settings, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateTable,
    Delete,
    InvalidSQL,
    Operation,
    Unread,
    Update,
)
from alembic_review.proof import Scans
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name, quoted
from alembic_review_rules.locks.transactions import transactions
from alembic_review_rules.locks.typed import executed, validated
from alembic_review_rules.locks.works import works
from alembic_review_rules.renames.swaps import column_names


class NotNullScan(Rule):
    """
    SET NOT NULL on a column of a table in use, by itself or by way of a primary key.

    ## Why is this bad?

    PostgreSQL takes an ACCESS EXCLUSIVE lock, and keeps it while it looks for a NULL in every row: nobody reads or
    writes the table meanwhile. One row with NULL, and the upgrade fails with NotNullViolation; where this upgrade
    does not fill the column, and no default did when it was made, the message says so.

    Not flagged: a column that a validated `CHECK (column IS NOT NULL)` already proves (PostgreSQL 12), one that the
    same transaction added and filled (ADD COLUMN holds the same lock already: `slow-work-under-lock` is about what
    follows it), tables that the same upgrade makes or empties, and those that the settings call small. Downgrades are
    not judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("state", sa.Text()))

    def downgrade():
        op.drop_table("orders")
    ```

    ## Example

    ```python
    def upgrade():
        op.alter_column("orders", "state", nullable=False)

    def downgrade():
        op.alter_column("orders", "state", nullable=True)
    ```

    ## Use instead

    First a CHECK that is NOT VALID. Then validate it, which reads all rows and lets others read and write; SET NOT NULL
    takes its word and reads nothing, and the CHECK can go:

    ```python
    def upgrade():
        op.create_check_constraint("state_is_there", "orders", "state IS NOT NULL", postgresql_not_valid=True)

    def downgrade():
        op.drop_constraint("state_is_there", "orders", type_="check")
    ```

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.execute("ALTER TABLE orders VALIDATE CONSTRAINT state_is_there")
        op.alter_column("orders", "state", nullable=False)
        op.drop_constraint("state_is_there", "orders", type_="check")

    def downgrade():
        op.create_check_constraint("state_is_there", "orders", "state IS NOT NULL", postgresql_not_valid=True)
        op.alter_column("orders", "state", nullable=True)
    ```
    """

    severity = Severity.WARNING
    proof = Scans("orders", under="ACCESS EXCLUSIVE")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(AlterColumn, AddConstraint):
            for work in works(change, step, self.config):
                if work.kind == "not null":
                    if _is_new_and_filled(change, step, work.table, work.name):
                        continue
                    filled = _is_filled(change, step, work.table, work.name)
                    fails = "" if filled else "; where a row has NULL, the upgrade fails"
                    yield self.at(
                        change,
                        step,
                        f"blocks {work.stops} while {work.doing}{fails}",
                        _proven_first(work.table, work.name, Settings.of(self.config).postgresql),
                        table=work.table,
                        thing=f"{work.table}.{work.name}",
                    )


def _is_new_and_filled(change: Change, step: Step[Operation], table: Name, column: str) -> bool:
    """Whether the transaction of *step* added the column, and before *step* gave every row a value that is not NULL."""
    together = next(steps for steps in transactions(change.upgrade) if any(one is step for one in steps))
    before, names = together[0].before.table(table), column_names(together, step, table, column)
    if before is None or names[-1] in before.columns or step.before.column(table, column) is None:
        return False
    for other in together:
        if other is step:
            break
        match other.operation:
            case Update(table=on, columns=columns, values=values, reads=reads, tables=()) if (
                on.name == table.name and any(name in columns and _is_of_all(other.operation, name) for name in names)
            ):
                known = [other.before.column(table, read) for read in reads]
                # A text that is not known in full is one all the same.
                is_text = len(columns) == 1 and bool(values)
                there = is_text or "values" not in other.operation.partly
                if there and all(read is not None and not read.nullable for read in known):
                    return True
    return False


def _is_of_all(update: Update, column: str) -> bool:
    """Whether it has no WHERE, or one that leaves out only rows that are filled already."""
    null = rf'\sWHERE\s+\(?"?{re.escape(column)}"?\s+IS\s+NULL\s*\)?\s*;?\s*$'
    return not update.where or re.search(null, update.sql or "", re.IGNORECASE) is not None


def _is_filled(change: Change, step: Step[Operation], table: Name, column: str) -> bool:
    """Whether this upgrade fills the column or removes rows before, or a default filled it when it was made."""
    names = column_names(change.upgrade, step, table, column)
    for other in change.upgrade:
        if other is step:
            break
        match other.operation:
            case Delete(table=on) if on.name == table.name:
                return True
            case Update(table=on, columns=columns) if on.name == table.name and not set(names).isdisjoint(columns):
                return True
            case InvalidSQL() | Unread():
                # Nobody knows what it does to the rows.
                return True
    there = step.before.column(table, column)
    made_by = there.made_by if there is not None else None
    if isinstance(made_by, AddColumn):
        return made_by.column.default is not None
    declared = made_by.columns if isinstance(made_by, CreateTable) else ()
    return any(one.name == column and one.default is not None for one in declared)


def _proven_first(table: Name, column: str, postgresql: int) -> str:
    name = f"{column}_not_null"
    if postgresql >= 18:
        added = f"ADD CONSTRAINT {quoted(name)} NOT NULL {quoted(column)} NOT VALID"
    else:
        added = f"ADD CONSTRAINT {quoted(name)} CHECK ({quoted(column)} IS NOT NULL) NOT VALID"
    after = "; then SET NOT NULL reads nothing" if 12 <= postgresql < 18 else " instead"
    return f"{executed(f'ALTER TABLE {table.sql} {added}')}; in the next revision, {validated(table, name)}{after}"
