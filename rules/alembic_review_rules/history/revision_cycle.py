"""Flags revisions that come after themselves."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule

_SHOWN = 6


class RevisionCycle(Rule):
    """
    Revisions that come after one another in a circle.

    ## Why is this bad?

    No command of Alembic's runs any more: "Cycle is detected in revisions". It comes from a `down_revision` that was
    edited by hand, or from two files with one id (see duplicate-revision). The rest is reviewed all the same, as if
    the circle began with the revision at which this is told.

    ## Given

    ```python
    revision = "4f1c8e02b7d9"
    down_revision = "93ab60d1c57e"

    def upgrade():
        pass

    def downgrade():
        pass
    ```

    ## Example

    ```python
    revision = "93ab60d1c57e"
    down_revision = "4f1c8e02b7d9"

    def upgrade():
        pass

    def downgrade():
        pass
    ```

    ## Use instead

    ```python
    revision = "93ab60d1c57e"
    down_revision = None

    def upgrade():
        pass

    def downgrade():
        pass
    ```
    """

    severity = Severity.ERROR

    def check_history(self, history: History) -> Iterator[Finding]:
        for cycle in history.order.cycles:
            # Told once, where the circle is entered, or at the first of its files that is under review.
            for at, identifier in enumerate(cycle):
                revision = history.revisions[identifier]
                if revision.path in history.reviewed:
                    way = [*cycle[at:], *cycle[:at]]
                    parent = way[-1]
                    where = "down_revision" if parent in revision.down_revision else "depends_on"
                    yield self.in_file(
                        revision,
                        where,
                        f'"{identifier}" comes after itself: {_listed([*way, identifier])}',
                        f'Give {where} the revision that it is meant to come after; "{parent}" comes after this one.',
                        thing=identifier,
                    )
                    break


def _listed(way: list[str]) -> str:
    shown = way if len(way) <= _SHOWN else [*way[: _SHOWN - 3], f"… {len(way) - _SHOWN + 1} more …", *way[-2:]]
    return " -> ".join(shown)
