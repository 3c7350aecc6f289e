"""Flags what PostgreSQL refuses to do inside a transaction, and is asked to do there."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import CreateIndex, CreateObject, DropIndex, DropObject, Execute, Operation
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule

# PreventInTransactionBlock() of PostgreSQL: what of Execute is refused, by its verb; with CONCURRENTLY the first ones.
_CONCURRENT = {"REINDEX": "REINDEX CONCURRENTLY", "ALTER TABLE DETACH PARTITION": "DETACH PARTITION CONCURRENTLY"}
_ALWAYS = frozenset(("ALTER SYSTEM", "CREATE TABLESPACE", "DROP TABLESPACE", "VACUUM", "VACUUM FULL"))


class ConcurrentlyInTransaction(Rule):
    """
    CONCURRENTLY, VACUUM and the like inside the transaction that Alembic opens for a revision.

    ## Why is this bad?

    PostgreSQL refuses it: `CREATE INDEX CONCURRENTLY cannot run inside a transaction block`. That goes for CREATE
    INDEX, DROP INDEX, REINDEX and DETACH PARTITION with CONCURRENTLY, for VACUUM, and for CREATE and DROP DATABASE,
    with `transaction_per_migration=True` as well. (REFRESH MATERIALIZED VIEW CONCURRENTLY may stand in a transaction.)

    Not flagged where `env.py` asks for the isolation level AUTOCOMMIT, or is handed a connection by somebody else.

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
        op.create_index("ix_orders_state", "orders", ["state"], postgresql_concurrently=True)

    def downgrade():
        op.drop_index("ix_orders_state", table_name="orders", postgresql_concurrently=True)
    ```

    ## Use instead

    `autocommit_block()` commits what came before, and runs what is inside without a transaction:

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.create_index("ix_orders_state", "orders", ["state"], postgresql_concurrently=True)

    def downgrade():
        with op.get_context().autocommit_block():
            op.drop_index("ix_orders_state", table_name="orders", postgresql_concurrently=True)
    ```
    """

    severity = Severity.ERROR
    proof = Fails("ActiveSqlTransaction")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql" or not _is_known_to_begin(change):
            return
        for step in change.steps(CreateIndex, DropIndex, Execute, CreateObject, DropObject):
            what = _refused(step.operation)
            if what is not None and not step.operation.autocommit:
                yield self.at(
                    change,
                    step,
                    f"{what} is refused inside the transaction of the revision",
                    "Put it in: with op.get_context().autocommit_block():",
                    thing=what,
                )


def _is_known_to_begin(change: Change) -> bool:
    """Whether nothing speaks against a transaction.

    An ``env.py`` does that has others run the migrations, or is handed a connection, whose isolation level nobody
    knows; and one that asks for AUTOCOMMIT.
    """
    environment = change.environment
    if environment is None:
        return True
    runs = any(event.kind == "run_migrations" for event in environment.events)
    return runs and environment.opens_connection and not environment.autocommits


def _refused(operation: Operation) -> str | None:
    match operation:
        case CreateIndex(concurrently=True):
            return "CREATE INDEX CONCURRENTLY"
        case DropIndex(concurrently=True):
            return "DROP INDEX CONCURRENTLY"
        case CreateObject(kind="database"):
            return "CREATE DATABASE"
        case DropObject(kind="database"):
            return "DROP DATABASE"
        case Execute(verb=verb, concurrently=True) if verb in _CONCURRENT:
            return _CONCURRENT[verb]
        case Execute(verb=verb) if verb in _ALWAYS:
            return verb
        case _:
            return None
