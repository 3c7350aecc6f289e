"""Flags an env.py that executes SQL on the connection before it configures the migration context."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.diagnostics import Severity
from alembic_review.environment import Event
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule


class ExecutesBeforeConfigure(Rule):
    """
    An `env.py` that executes SQL on the connection before `context.configure()`, and does not commit it.

    ## Why is this bad?

    With SQLAlchemy 2 the first statement begins a transaction. Alembic finds one under way, leaves it to whoever began
    it, and nobody commits: the upgrade ends with exit code 0, and everything it did is rolled back. An
    `autocommit_block()` in a revision stops with a bare AssertionError.

    ## Example

    ```python
    def run_migrations_online():
        with connectable.connect() as connection:
            connection.execute(text("SET search_path TO app"))
            context.configure(connection=connection, target_metadata=target_metadata)
            with context.begin_transaction():
                context.run_migrations()


    run_migrations_online()
    ```

    ## Use instead

    ```python
    def run_migrations_online():
        with connectable.connect() as connection:
            context.configure(connection=connection, target_metadata=target_metadata)
            with context.begin_transaction():
                connection.execute(text("SET search_path TO app"))
                context.run_migrations()


    run_migrations_online()
    ```
    """

    severity = Severity.ERROR

    def check_history(self, history: History) -> Iterator[Finding]:
        environment = history.environment() if history.whole else None
        if environment is None:
            return
        begun: list[Event] = []
        for event in environment.events:
            if event.kind == "execute" and not event.inside:
                begun.append(event)
            elif event.kind == "commit":
                begun.clear()
            elif event.kind == "configure" and begun:
                certain = next((one for one in begun if one.when <= event.when), None)
                yield self.in_environment(
                    environment.path,
                    (certain or begun[0]).place,
                    f"{'executes' if certain else 'may execute'} SQL before context.configure(): with SQLAlchemy 2, "
                    "the transaction it begins is never committed, so that the whole upgrade is rolled back",
                    "Move it inside context.begin_transaction().",
                )
                return
