"""Flags an env.py that creates tables beside Alembic."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule


class CreatesAll(Rule):
    """
    An `env.py` that calls `metadata.create_all()` beside Alembic.

    ## Why is this bad?

    The tables are there before the revision that creates them, which then stops at "relation already exists"; and
    what later revisions change in them is never applied to a database that was made so.

    ## Example

    ```python
    with connectable.connect() as connection:
        target_metadata.create_all(connection)
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
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

    severity = Severity.WARNING

    def check_history(self, history: History) -> Iterator[Finding]:
        environment = history.environment() if history.whole else None
        for event in environment.events if environment else ():
            if event.kind == "create_all":
                yield self.in_environment(
                    environment.path if environment else "",
                    event.place,
                    "creates the tables of the metadata beside Alembic: the revisions that create them will fail",
                    "Remove it, and let `alembic upgrade head` create the tables.",
                )
