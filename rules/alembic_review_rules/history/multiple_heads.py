"""Flags histories with more than one head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule


class MultipleHeads(Rule):
    """
    A history that ends in more than one revision, without branch labels that say it is meant to.

    ## Why is this bad?

    Two branches of code that each add a revision to the same parent leave two heads once both are merged. Then
    `alembic upgrade head` stops with "Multiple head revisions are present", usually during the deployment.

    Branches with labels of their own are meant to be, and so is a trunk beside them; two heads with the same labels are
    not. Nothing is said of a head that a broken revision may come after: that one is told first.

    With `--base`, the heads are those that the history has once this branch is merged with the base branch: there the
    other head may be one that only the base branch has.

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
        base = history.base
        order = base.merged if base is not None else history.order
        if history.selection.history.script_location is None and len(order.roots) > 1:
            # Files that were found without an env.py may belong to several histories.
            return
        # Each of these may be what comes after one of the heads.
        lost = {unknown.revision for unknown in order.unknown if unknown.variable == "down_revision"}
        doubtful = len(lost) + len(history.unreadable) + len(history.duplicates)
        branches: dict[frozenset[str], list[str]] = {}
        for head in order.heads:
            branches.setdefault(order.labels[head], []).append(head)
        for labels, heads in branches.items():
            if len(heads) - doubtful < 2:
                continue
            what = f"the branch {_quoted(sorted(labels))}" if labels else "the history"
            help = f"alembic merge -m 'merge heads' {' '.join(heads) if len(heads) <= _SHOWN else 'heads'}"
            if base is not None and not history.revisions.keys() >= {*heads}:
                what += f' after a merge with "{base.name}"'
                help = f"git merge {base.name}, and then {help}"
            for head in heads:
                revision = history.revisions.get(head)
                if revision is not None and revision.path in history.reviewed:
                    yield self.in_file(
                        revision,
                        "revision",
                        f'"{head}" is one of {len(heads)} heads of {what}, '
                        f"beside {_quoted(other for other in heads if other != head)}",
                        help,
                        thing=head,
                    )


_SHOWN = 5


def _quoted(names: Iterable[str]) -> str:
    shown = [f'"{name}"' for name in islice(names, _SHOWN + 1)]
    return ", ".join(shown if len(shown) <= _SHOWN else [*shown[:_SHOWN], "…"])
