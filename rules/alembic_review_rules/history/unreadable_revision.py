"""Flags files that lie where revisions are looked for, and are none."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.diagnostics import Severity, Span
from alembic_review.history.folder import History
from alembic_review.revision import Unreadable
from alembic_review.rule import Finding, Rule


class UnreadableRevision(Rule):
    """
    A file where Alembic looks for revisions that is not Python, not text, or has no `revision`.

    ## Why is this bad?

    Alembic stops at it: no command runs until it is mended or gone. Here it is told, and every other file is reviewed
    all the same; but what comes after a revision that cannot be read is judged without it.

    ## Example

    ```python
    from alembic import op

    revision_id = "a1f4"


    def upgrade():
        op.drop_table("user")
    ```

    ## Use instead

    ```python
    from alembic import op

    revision = "a1f4"
    down_revision = None


    def upgrade():
        op.execute("DROP TABLE IF EXISTS account")


    def downgrade():
        pass
    ```
    """

    severity = Severity.ERROR

    def check_history(self, history: History) -> Iterator[Finding]:
        invisible = [found for found in history.invisible if isinstance(found, Unreadable)]
        for found in (*history.unreadable, *invisible):
            if found.path in history.reviewed:
                yield Finding(
                    UnreadableRevision,
                    found.path,
                    Span(found.line, found.column, found.line, found.column),
                    f"this is no revision: {found.reason}",
                    "Mend it, or move it out of the folder of revisions.",
                )
