"""Flags files that have the revision id of another one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.revision import Revision
from alembic_review.rule import Finding, Rule
from alembic_review_rules.history.identifiers import fresh


class DuplicateRevision(Rule):
    """
    Two files with one revision id.

    ## Why is this bad?

    Alembic warns "Revision … is present more than once", keeps one of the two, and never runs the other. What hangs on
    the one that is gone then ends in several heads, or in a cycle. It happens when a file is copied to begin a new
    one, and when ids are made up (see patterned-revision-id).

    The one that no database has applied yet is the one to change, and the revisions that come after it with it.

    ## Given

    ```python
    revision = "4f1c8e02b7d9"
    down_revision = None

    def upgrade():
        op.create_table("invoice", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("invoice")
    ```

    ## Example

    ```python
    revision = "4f1c8e02b7d9"
    down_revision = None

    def upgrade():
        op.create_table("payment", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("payment")
    ```

    ## Use instead

    ```python
    revision = "93ab60d1c57e"
    down_revision = "4f1c8e02b7d9"

    def upgrade():
        op.create_table("payment", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("payment")
    ```
    """

    severity = Severity.ERROR

    def check_history(self, history: History) -> Iterator[Finding]:
        files: dict[str, list[Revision]] = {}
        for revision in history.duplicates:
            files.setdefault(revision.id, []).append(revision)
        for identifier, others in files.items():
            same = [*others, history.revisions[identifier]]
            for revision in same:
                if revision.path not in history.reviewed:
                    continue
                rest = ", ".join(_named(other, revision) for other in same if other is not revision)
                yield self.in_file(
                    revision,
                    "revision",
                    f'"{identifier}" is the revision id of {rest} as well; Alembic knows only one of them',
                    f'In the newer of them, revision = "{fresh(revision)}"',
                    thing=identifier,
                )


def _named(other: Revision, revision: Revision) -> str:
    """A file by its name, with its folder where that is another one."""
    path = Path(other.path)
    return path.name if path.parent == Path(revision.path).parent else f"{path.parent.name}/{path.name}"
