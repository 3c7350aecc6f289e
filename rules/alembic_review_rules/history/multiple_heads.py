"""Flags histories with more than one head."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule


class MultipleHeads(Rule):
    """
    A history that ends in more than one revision, without branch labels that say it is meant to.

    ## Why is this bad?

    Two branches of code that each add a revision to the same parent leave two heads once both are merged. Then
    `alembic upgrade head` stops with "Multiple head revisions are present", usually during the deployment.

    ## Given

    ```python
    revision = "a1"
    down_revision = None

    def upgrade():
        pass

    def downgrade():
        pass
    ```

    ```python
    revision = "b1"
    down_revision = "a1"

    def upgrade():
        pass

    def downgrade():
        pass
    ```

    ## Example

    ```python
    revision = "b2"
    down_revision = "a1"

    def upgrade():
        pass

    def downgrade():
        pass
    ```

    ## Use instead

    Put the newer one on top of the other, or join them with `alembic merge heads`.

    ```python
    revision = "b2"
    down_revision = "b1"

    def upgrade():
        pass

    def downgrade():
        pass
    ```
    """

    severity = Severity.ERROR

    def check_history(self, history: History) -> Iterator[Finding]:
        heads = [head for head in history.order.heads if not history.order.labels[head]]
        if len(history.order.heads) < 2 or not heads:
            return
        if history.selection.history.script_location is None and len(history.order.roots) > 1:
            # Files that were found without an env.py may belong to several histories.
            return
        for head in heads:
            revision = history.revisions[head]
            if revision.path not in history.reviewed:
                continue
            others = ", ".join(f'"{other}"' for other in history.order.heads if other != head)
            yield self.in_file(
                revision,
                "revision",
                f'"{head}" is one of {len(history.order.heads)} heads of the history, beside {others}',
                f"alembic merge -m 'merge heads' {' '.join(history.order.heads)}",
                thing=head,
            )
