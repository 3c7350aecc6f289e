"""Flags TRUNCATE, which empties a table."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import Truncate
from alembic_review.proof import Loses
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.data_loss.emptied import is_missed
from alembic_review_rules.external_tables.external_table_touched import ExternalTableTouched


class TruncatedTable(Rule):
    """
    A `TRUNCATE`, which empties a table.

    ## Why is this bad?

    Every row is gone, no `downgrade()` brings one back, and no trigger for DELETE is asked. Nobody else can read or
    write the table until the migration is done. `TRUNCATE … CASCADE` empties the tables that refer to it as well, and
    those that refer to these, named nowhere; the message names those that the history knows.

    ## Given

    ```python
    def upgrade():
        op.create_table("event", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("body", sa.Text()))

    def downgrade():
        op.drop_table("event")
    ```

    ## Example

    ```python
    def upgrade():
        op.execute("TRUNCATE event")

    def downgrade():
        pass
    ```

    ## Use instead

    Delete the rows that are in the way, and no others:

    ```python
    def upgrade():
        op.execute("DELETE FROM event WHERE body IS NULL")

    def downgrade():
        pass
    ```
    """

    severity = Severity.WARNING
    proof = Loses("table", "event")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in self.besides(change, change.steps(Truncate), ExternalTableTouched):
            tables = [table for table in step.operation.tables if is_missed(change, step, table)]
            if not tables:
                continue
            along = sorted(_referring(step, tables), key=str) if step.operation.cascade else []
            yield self.at(
                change,
                step,
                f"{'may empty' if step.ran is None else 'empties'} {_listed('the table', tables)}"
                + (f" and, by CASCADE, {_listed('the table', along)}" if along else ""),
                "Delete only the rows that have to go, or say why all can: "
                "# alembic-review: allow[truncated-table] reason",
                table=tables[0],
                thing=tables[0],
            )


def _referring(step: Step[Truncate], tables: list[Name]) -> set[Name]:
    """The tables that refer to these, and those that refer to them."""
    found: set[Name] = set()
    ahead = list(tables)
    while ahead:
        for table, _ in step.before.foreign_keys_to(ahead.pop()):
            if table.name not in found and table.name not in step.operation.tables:
                found.add(table.name)
                ahead.append(table.name)
    return found


def _listed(kind: str, tables: list[Name]) -> str:
    return f"{kind}{'s' if len(tables) > 1 else ''} " + ", ".join(f'"{table}"' for table in tables)
