"""Flags changes for which every row of a table is written anew while reads and writes of it wait."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.casts import cast
from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, AlterColumn, AlterTable, Operation, SyncEnumValues
from alembic_review.proof import Rewrites
from alembic_review.rule import Finding, Rule
from alembic_review.types import quoted
from alembic_review_rules.locks.typed import BLOCK, executed
from alembic_review_rules.locks.works import Work, works


class TableRewritten(Rule):
    """
    A change for which every row of a table in use is written anew.

    ## Why is this bad?

    PostgreSQL copies the table, row by row, with all its indexes, under an ACCESS EXCLUSIVE lock: nobody reads or
    writes it until the copy is done, and it needs twice the room. That happens with

    - most changes of a column's type, and any whose USING is more than the column itself;
    - a new column that is SERIAL, IDENTITY, or a stored generated column, whose default has another value in each row
      (`gen_random_uuid()`, `random()`, `clock_timestamp()`), or whose domain has constraints;
    - SET LOGGED, SET UNLOGGED, SET ACCESS METHOD, SET TABLESPACE, and `batch_alter_table(recreate="always")`.

    It does not happen, and is not flagged, with what PostgreSQL changes in the catalogue alone: text to varchar and
    back, varchar(10) to varchar(50), numeric(10,2) to numeric(12,2), a longer or no limit, timestamp to timestamptz on
    a server that runs in UTC (PostgreSQL 12), a column with a constant default or `now()` (PostgreSQL 11).

    Left alone are tables that the same upgrade makes or empties, and those that the settings call small. Downgrades are
    not judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("amount", sa.Integer()))

    def downgrade():
        op.drop_table("orders")
    ```

    ## Example

    ```python
    def upgrade():
        op.alter_column("orders", "amount", type_=sa.BigInteger())

    def downgrade():
        op.alter_column("orders", "amount", type_=sa.Integer())
    ```

    ## Use instead

    Add a column of the new type, let running code write both, fill it in batches, and let go of the old one when
    nothing reads it any more:

    ```python
    def upgrade():
        op.add_column("orders", sa.Column("amount_big", sa.BigInteger()))

    def downgrade():
        op.drop_column("orders", "amount_big")
    ```
    """

    severity = Severity.WARNING
    proof = Rewrites("orders")

    def check(self, change: Change) -> Iterator[Finding]:
        copied = set()
        for step in change.upgrades(Operation):
            for work in works(change, step, self.config):
                if work.kind != "rewrite" or (step.operation.batch == "always" and work.table in copied):
                    continue
                copied.add(work.table)
                yield self.at(
                    change,
                    step,
                    f"blocks {work.stops} while {work.doing}",
                    _instead(step, work),
                    table=work.table,
                    thing=f"{work.table}.{work.name}" if work.name else work.table,
                )


def _between_zones_in_utc(operation: AlterColumn, step: Step[Operation]) -> bool:
    """Whether USING does what PostgreSQL 12 does by itself, without touching a row, while TimeZone is UTC."""
    before = step.before.column(operation.table, operation.column)
    old = before.type if before is not None and before.type.known else operation.existing_type
    if old is None or operation.type is None or operation.using is None:
        return False
    change = cast(old, operation.type)
    using = operation.using.replace('"', "").strip("( )")
    return change is not None and change.utc_free and _AT_UTC.fullmatch(using) is not None


def _between_enums(operation: AlterColumn, step: Step[Operation]) -> bool:
    before = step.before.column(operation.table, operation.column)
    after = step.after.column(operation.table, operation.new_name or operation.column)
    return before is not None and before.enum is not None and after is not None and after.enum is not None


_AT_UTC = re.compile(r"\w+\s+AT\s+TIME\s+ZONE\s+'(?:Etc/)?(?:UTC|GMT)'", re.IGNORECASE)


def _instead(step: Step[Operation], work: Work) -> str | None:
    operation = step.operation
    if operation.batch == "always":
        return "Without recreate: on PostgreSQL batch_alter_table() then is plain ALTER TABLE."
    match operation:
        case AlterColumn() if _between_zones_in_utc(operation, step):
            return (
                "Leave out postgresql_using, and before it op.execute(\"SET LOCAL timezone = 'UTC'\"): "
                "then PostgreSQL changes only its catalogue."
            )
        case AlterColumn() if _between_enums(operation, step):
            return "To add a label, ALTER TYPE … ADD VALUE touches no row; a label that goes can stay in the type."
        case AlterColumn(type=new):
            added = f"ALTER TABLE {work.table.sql} ADD COLUMN {quoted(f'{work.name}_new')} {new}"
            return f"Add a column beside it, fill it in batches, and swap them later: {executed(added)}"
        case SyncEnumValues(name=name):
            value = executed(f"ALTER TYPE {name.sql} ADD VALUE IF NOT EXISTS '…'")
            return f"For each new value, {BLOCK}{value}, which touches no row; values that go can stay."
        case AlterTable():
            return "Take it out of the migration: it needs an hour in which nobody uses the table."
        case AddColumn(column=column) if column.default is not None:
            nullable = "" if column.nullable else " and with nullable=True"
            later = "" if column.nullable else "; NOT NULL comes last, see not-null-scan"
            return (
                f'Add it without the default{nullable}, then op.alter_column("{work.table.name}", "{work.name}", '
                f"server_default=…) for new rows, and fill the others in batches{later}."
            )
        case AddColumn():
            return "Add it as a plain column that may be NULL, and fill it in batches."
        case _:
            return None
