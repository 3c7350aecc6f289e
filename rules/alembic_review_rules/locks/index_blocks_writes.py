"""Flags indexes that are built while writes to their table wait."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, CreateIndex, Index, IndexElement, Operation
from alembic_review.proof import TakesLock
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.locks.typed import BLOCK, executed, texts
from alembic_review_rules.locks.works import works


class IndexBlocksWrites(Rule):
    """
    An index that is built on a table in use without CONCURRENTLY.

    ## Why is this bad?

    CREATE INDEX holds a SHARE lock until its transaction ends: everything that writes to the table waits while the
    whole table is read, and with it, soon, every request that writes. `index=True` and `unique=True` of a column that
    `add_column` adds are built in the same way, `unique=True` even under a lock that stops reads too.

    Tables that the same upgrade makes or empties are left alone, and those that the settings call small
    (`small-tables = ["country"]`). Downgrades are not judged: they are run in an emergency, when this is known.

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
        op.create_index("ix_orders_state", "orders", ["state"])

    def downgrade():
        op.drop_index("ix_orders_state", table_name="orders")
    ```

    ## Use instead

    Built concurrently, it reads the table twice and stops nobody. That cannot be done in a transaction, hence the
    `autocommit_block()`, and a revision that does nothing else. A build that fails leaves an INVALID index behind, so
    drop what is there before:

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.drop_index("ix_orders_state", table_name="orders", postgresql_concurrently=True, if_exists=True)
            op.create_index("ix_orders_state", "orders", ["state"], postgresql_concurrently=True)

    def downgrade():
        with op.get_context().autocommit_block():
            op.drop_index("ix_orders_state", table_name="orders", postgresql_concurrently=True, if_exists=True)
    ```
    """

    severity = Severity.WARNING
    proof = TakesLock("SHARE", ("orders",))

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(CreateIndex, AddColumn):
            for work in works(change, step, self.config):
                if work.kind == "index":
                    yield self.at(
                        change,
                        step,
                        f"blocks {work.stops} while {work.doing}",
                        _concurrently(step, work.table, work.name),
                        table=work.table,
                        thing=f"{work.table}.{work.name}",
                    )


def _concurrently(step: Step[Operation], table: Name, name: str) -> str:
    there = step.before.table(table)
    if there is not None and there.partitioned:
        return (
            f'op.execute("CREATE INDEX … ON ONLY {table.sql} …"), then the same CONCURRENTLY on each partition, and '
            "ALTER INDEX … ATTACH PARTITION for each."
        )
    made = step.after.table(table)
    index = made.indexes.get(name) if made is not None else None
    block = f"In a revision of its own: {BLOCK}"
    if isinstance(step.operation, CreateIndex) and step.operation.sql is not None:
        sql = " ".join(step.operation.sql.rstrip("; \n").split())
        return block + executed(_CREATED.sub(r"\g<0> CONCURRENTLY", sql))
    if index is None:
        column = step.operation.column.name if isinstance(step.operation, AddColumn) else "…"
        unique = Index(name, (IndexElement(column),), unique=True)
        return (
            f"Without unique=True; then, in a revision of its own: {BLOCK}"
            f"op.create_index({_arguments(name, unique, table)}, postgresql_concurrently=True)"
        )
    return f"{block}op.create_index({_arguments(index.name, index.definition, table)}, postgresql_concurrently=True)"


_CREATED = re.compile(r"^CREATE( UNIQUE)? INDEX", re.IGNORECASE)


def _arguments(name: str, index: Index, table: Name) -> str:
    elements = [
        f'"{element.column}"'
        if element.column is not None and not element.order
        else f'sa.text("{element.column or element.sql or "…"}{element.order and f" {element.order}"}")'
        for element in index.elements
    ]
    arguments = [f'"{name}"', f'"{table.name}"', f"[{', '.join(elements)}]"]
    if index.unique:
        arguments.append("unique=True")
    if index.nulls_not_distinct:
        arguments.append("postgresql_nulls_not_distinct=True")
    if table.schema is not None:
        arguments.append(f'schema="{table.schema}"')
    if index.using not in (None, "btree"):
        arguments.append(f'postgresql_using="{index.using}"')
    if index.include:
        arguments.append(f"postgresql_include={texts(index.include)}")
    classes = {element.column: element.opclass for element in index.elements if element.column and element.opclass}
    if classes:
        of = ", ".join(f'"{name}": "{kind}"' for name, kind in classes.items())
        arguments.append(f"postgresql_ops={{{of}}}")
    if index.where is not None:
        arguments.append(f'postgresql_where=sa.text("{index.where}")')
    return ", ".join(arguments)
