"""Flags revisions that come after one which is not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.history.order import UnknownParent as Missing
from alembic_review.nearest import nearest
from alembic_review.revision import Revision
from alembic_review.rule import Finding, Rule
from alembic_review.types import HOLE


class UnknownParent(Rule):
    """
    A `down_revision`, or a `depends_on`, that no file has for its revision id.

    ## Why is this bad?

    No command of Alembic's runs any more: it stops with `KeyError: '…'`. Often it is the name of a file where its id
    is meant, or the beginning of an id, or a revision of a branch that was never merged.

    It is not told where the revision may be in a file that cannot be read (see unreadable-revision).

    ## Given

    ```python
    revision = "4f1c8e02b7d9"
    down_revision = None

    def upgrade():
        pass

    def downgrade():
        pass
    ```

    ## Example

    ```python
    revision = "93ab60d1c57e"
    down_revision = "4f1c8e02b7d9_create_invoices"

    def upgrade():
        pass

    def downgrade():
        pass
    ```

    ## Use instead

    ```python
    revision = "93ab60d1c57e"
    down_revision = "4f1c8e02b7d9"

    def upgrade():
        pass

    def downgrade():
        pass
    ```
    """

    severity = Severity.ERROR

    def check_history(self, history: History) -> Iterator[Finding]:
        hidden = [found.id for found in history.unreadable]
        invisible = {found.id: found for found in history.invisible if isinstance(found, Revision)}
        for missing in history.order.unknown:
            revision = history.revisions[missing.revision]
            if revision.path not in history.reviewed or HOLE in missing.name:
                continue
            if None in hidden or missing.name in hidden:
                continue
            unseen = invisible.get(missing.name)
            meant = None if unseen else _meant(missing, revision, history)
            what = f"; Alembic does not see {Path(unseen.path).name}" if unseen else ""
            yield self.in_file(
                revision,
                missing.variable,
                f'{missing.variable} is "{missing.name}", and no revision has that id{what}',
                f"{missing.variable} = {_mended(missing, revision, meant)}" if meant else None,
                thing=missing.name,
            )


def _mended(missing: Missing, revision: Revision, meant: str) -> str:
    """The value of the variable with the right id in it."""
    names = revision.down_revision if missing.variable == "down_revision" else revision.depends_on
    mended = [f'"{meant if name == missing.name else name}"' for name in names]
    return mended[0] if len(mended) == 1 else f"({', '.join(mended)})"


def _meant(missing: Missing, revision: Revision, history: History) -> str | None:
    """The id that was meant, if there is just one that it can be."""
    others = [other for other in history.revisions.values() if other.id != revision.id]
    name = missing.name.removesuffix(".py").strip()
    for fitting in (
        (other.id for other in others if Path(other.path).stem == name),
        (other.id for other in others if other.id.lower() == name.lower()),
        (other.id for other in others if missing.variable == "down_revision" and name in other.branch_labels),
        (other.id for other in others if name.startswith(f"{other.id}_") or other.id.startswith(name)),
        (other.id for other in others if other.id in (revision.header.revises or ())),
        nearest(name, (other.id for other in others), least=0.9, count=2),
    ):
        found = set(fitting)
        if found:
            return found.pop() if len(found) == 1 else None
    return None
