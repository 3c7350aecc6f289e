"""Tells of an env.py that does not have server defaults compared."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule


class ServerDefaultsNotCompared(Rule):
    """
    An `env.py` that leaves server defaults out of what autogenerate compares.

    ## Why is this bad?

    Without `compare_server_default=True`, a server default that is added to a model, changed or removed makes no line
    in any revision, and `alembic check` says that all is well.

    ## Example

    ```python
    context.configure(connection=connection, target_metadata=target_metadata)
    ```

    ## Use instead

    ```python
    context.configure(connection=connection, target_metadata=target_metadata, compare_server_default=True)
    ```
    """

    severity = Severity.INFO
    default_on = False

    def check_history(self, history: History) -> Iterator[Finding]:
        environment = history.environment() if history.whole else None
        if environment is None or not any(event.kind == "configure" for event in environment.events):
            return
        # Without metadata nothing is compared at all.
        if environment.has_metadata is False:
            return
        if environment.options.get("compare_server_default", environment.more_options) is False:
            yield self.in_environment(
                environment.path,
                environment.place("configure"),
                "server defaults are not compared: autogenerate writes nothing when one changes",
                "compare_server_default=True",
            )
