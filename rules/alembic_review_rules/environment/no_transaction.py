"""Flags an env.py that runs the migrations outside of begin_transaction()."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule


class NoTransaction(Rule):
    """
    An `env.py` that calls `context.run_migrations()` outside of `context.begin_transaction()`.

    ## Why is this bad?

    Nobody commits: the upgrade ends with exit code 0, and nothing of it is kept.

    ## Example

    ```python
    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        context.run_migrations()
    ```

    ## Use instead

    ```python
    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()
    ```
    """

    severity = Severity.ERROR

    def check_history(self, history: History) -> Iterator[Finding]:
        environment = history.environment() if history.whole else None
        if environment is None or not environment.opens_connection:
            return
        committed = any(event.kind == "commit" for event in environment.events)
        for event in environment.events:
            if event.kind == "run_migrations" and not event.inside and not committed:
                yield self.in_environment(
                    environment.path,
                    event.place,
                    "runs the migrations outside of context.begin_transaction(): nothing of them is committed",
                    "with context.begin_transaction(): context.run_migrations()",
                )
