"""Flags concurrent builds of an index that pass over what a failed build has left."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import CreateIndex, DropIndex, Execute, Operation
from alembic_review.proof import KeepsInvalidIndex
from alembic_review.rule import Finding, Rule
from alembic_review.schema import words
from alembic_review.types import Name


class InvalidIndexKept(Rule):
    """
    IF NOT EXISTS for an index that is built CONCURRENTLY.

    ## Why is this bad?

    A concurrent build that fails, on a duplicate value, a deadlock or a cancelled deployment, leaves an index behind
    that is INVALID: it costs on every write, no query uses it, and a unique one guards nothing. IF NOT EXISTS asks
    only whether there is something of that name. The rerun does nothing, and reports success.

    Not flagged: an index that is dropped before, and a revision that asks for `pg_index.indisvalid`.

    ## Given

    ```python
    def upgrade():
        op.create_table("account", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("email", sa.Text()))

    def downgrade():
        op.drop_table("account")
    ```

    ## Example

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.create_index(
                "ux_email", "account", ["email"], unique=True, postgresql_concurrently=True, if_not_exists=True
            )

    def downgrade():
        with op.get_context().autocommit_block():
            op.drop_index("ux_email", table_name="account", postgresql_concurrently=True, if_exists=True)
    ```

    ## Use instead

    Drop what is left before, then build:

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.drop_index("ux_email", table_name="account", postgresql_concurrently=True, if_exists=True)
            op.create_index("ux_email", "account", ["email"], unique=True, postgresql_concurrently=True)

    def downgrade():
        with op.get_context().autocommit_block():
            op.drop_index("ux_email", table_name="account", postgresql_concurrently=True, if_exists=True)
    ```
    """

    severity = Severity.WARNING
    proof = KeepsInvalidIndex("ux_email", "INSERT INTO account VALUES (1, 'a@b.c'), (2, 'a@b.c')")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for steps in (change.upgrade, change.downgrade):
            dropped: set[str] = set()
            for step in steps:
                if step.ran is False:
                    continue
                if _asks_validity(step.operation):
                    break
                dropped.update(_dropped(step))
                operation = step.operation
                if not isinstance(operation, CreateIndex) or not (operation.concurrently and operation.if_not_exists):
                    continue
                name = operation.index.name or ""
                if name not in dropped:
                    yield self.at(
                        change,
                        step,
                        f'keeps an INVALID index "{name}" that a failed build has left: IF NOT EXISTS asks for its '
                        "name alone",
                        f"Drop it before: {_drop(operation.table, name)}",
                        thing=f"{operation.table}.{name}",
                    )


def _asks_validity(operation: Operation) -> bool:
    """Whether it looks by itself for what a failed build has left."""
    return isinstance(operation, Execute) and "indisvalid" in words(operation.sql or "")


def _dropped(step: Step[Operation]) -> Iterator[str]:
    if isinstance(step.operation, DropIndex) and step.operation.name is not None:
        yield step.operation.name.name


def _drop(table: Name, name: str) -> str:
    schema = f', schema="{table.schema}"' if table.schema else ""
    where = f'table_name="{table.name}"{schema}'
    return f'op.drop_index("{name}", {where}, postgresql_concurrently=True, if_exists=True)'
