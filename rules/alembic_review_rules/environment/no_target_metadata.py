"""Flags an env.py that gives autogenerate nothing to compare with."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule


class NoTargetMetadata(Rule):
    """
    An `env.py` whose `target_metadata` is None.

    ## Why is this bad?

    `alembic revision --autogenerate` stops, `alembic check` cannot tell whether the models and the migrations agree,
    and a naming convention of the models does not reach `op.create_index` and its kin.

    ## Example

    ```python
    target_metadata = None

    context.configure(connection=connection, target_metadata=target_metadata)
    ```

    ## Use instead

    ```python
    from myapp.models import Base

    target_metadata = Base.metadata

    context.configure(connection=connection, target_metadata=target_metadata)
    ```
    """

    severity = Severity.WARNING

    def check_history(self, history: History) -> Iterator[Finding]:
        environment = history.environment() if history.whole else None
        if environment is None or environment.has_metadata is not False:
            return
        if any(event.kind == "configure" for event in environment.events):
            yield self.in_environment(
                environment.path,
                environment.place("target_metadata"),
                "target_metadata is None: autogenerate and `alembic check` have nothing to compare the database with",
                "target_metadata = Base.metadata",
            )
