"""Flags statements that write or delete many rows of a table in use at once."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import Delete, Update
from alembic_review.proof import LocksRows
from alembic_review.rule import Finding, Rule
from alembic_review.types import quoted
from alembic_review_rules.batches import picks_few
from alembic_review_rules.in_use import is_in_use, shown

_CHANGES: tuple[type[Update | Delete], ...] = (Update, Delete)


class UnbatchedBackfill(Rule):
    """
    An UPDATE or DELETE over a table in use, in one statement.

    ## Why is this bad?

    Every row that it has touched stays locked until the transaction ends: whoever wants to write one of them waits.
    On a large table that takes long, the table grows by a copy of every row, replicas fall behind, and when it is
    cancelled in the end, all of it was for nothing.

    Not flagged: statements that pick rows by range or LIMIT, as a batch does, or by the values of a key; tables that
    the same upgrade makes or drops; those that the settings call small (`small-tables = ["country"]`). Downgrades are
    not judged. Several statements of one text on one table are told once.

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
        op.execute("UPDATE orders SET state = lower(state)")

    def downgrade():
        pass
    ```

    ## Use instead

    In a revision of its own, some thousand rows at a time, each batch committed by itself, until none is left:

    ```python
    BATCH = sa.text(
        "UPDATE orders SET state = lower(state) "
        "WHERE id IN (SELECT id FROM orders WHERE state <> lower(state) LIMIT 5000)"
    )

    def upgrade():
        with op.get_context().autocommit_block():
            while op.get_bind().execute(BATCH).rowcount:
                pass

    def downgrade():
        pass
    ```
    """

    severity = Severity.WARNING
    proof = LocksRows("orders")

    def check(self, change: Change) -> Iterator[Finding]:
        together: dict[tuple[object, ...], list[Step[Update | Delete]]] = {}
        for step in change.upgrades(*_CHANGES):
            operation = step.operation
            if picks_few(step) or "where" in operation.partly:
                continue
            if is_in_use(change, step, operation.table, self.config):
                what = operation.place.node, operation.table, type(operation)
                together.setdefault(what, []).append(step)
        for [step, *more] in together.values():
            operation = step.operation
            deletes = isinstance(operation, Delete)
            which, they = ("rows", "they") if operation.where else ("every row", "all of them")
            of = shown(operation.table)
            also = f", and in {len(more)} more" if more else ""
            yield self.at(
                change,
                step,
                f"{'deletes' if deletes else 'updates'} {which} of {of} in one statement{also}: "
                f"{they} stay locked until the transaction ends",
                "In batches, in an autocommit_block() of a revision of its own: "
                f"{_batch(step, '' if deletes else 'WHERE it is not done ')}, until rowcount is 0.",
                thing=operation.table,
            )


def _batch(step: Step[Update | Delete], left: str) -> str:
    """The WHERE of a batch; *left* is the condition that leaves out what is done, which for a DELETE is gone."""
    table = step.before.table(step.operation.table)
    key = table.primary_key if table is not None else None
    columns = ", ".join(map(quoted, key.columns if key is not None else ())) or "id"
    one = f"({columns})" if "," in columns else columns
    return f"… WHERE {one} IN (SELECT {columns} … {left}LIMIT 5000)"
