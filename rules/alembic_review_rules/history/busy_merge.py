"""Flags merges that change the schema."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import (
    Delete,
    Execute,
    Insert,
    InvalidSQL,
    PythonCall,
    Raise,
    Truncate,
    Unread,
    Update,
)
from alembic_review.rule import Finding, Rule

_ASIDE = (Execute, Insert, Update, Delete, Truncate, PythonCall, Raise, InvalidSQL, Unread)


class BusyMerge(Rule):
    """
    A merge revision that also changes the schema.

    ## Why is this bad?

    A merge is expected to be empty: reviewers pass over it, and whoever meets the next conflict of heads deletes it
    and makes another one, with its changes lost.

    Rows may be changed in a merge: it may have to bring together what the branches did to them.

    ## Given

    ```python
    revision = "a1"
    down_revision = None

    def upgrade():
        op.create_table("member", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("member")
    ```

    ```python
    revision = "b1"
    down_revision = "a1"

    def upgrade():
        pass

    def downgrade():
        pass
    ```

    ```python
    revision = "b2"
    down_revision = "a1"

    def upgrade():
        pass

    def downgrade():
        pass
    ```

    ## Example

    ```python
    revision = "c1"
    down_revision = ("b1", "b2")

    def upgrade():
        op.add_column("member", sa.Column("nickname", sa.String()))

    def downgrade():
        op.drop_column("member", "nickname")
    ```

    ## Use instead

    ```python
    revision = "c1"
    down_revision = ("b1", "b2")

    def upgrade():
        pass

    def downgrade():
        pass
    ```

    ```python
    revision = "d1"
    down_revision = "c1"

    def upgrade():
        op.add_column("member", sa.Column("nickname", sa.String()))

    def downgrade():
        op.drop_column("member", "nickname")
    ```
    """

    severity = Severity.WARNING

    def check(self, change: Change) -> Iterator[Finding]:
        if not change.revision.is_merge:
            return
        first = next(
            (
                step
                for step in change.upgrade
                if step.ran is not False and not step.unused and not isinstance(step.operation, _ASIDE)
            ),
            None,
        )
        if first is not None:
            yield self.at(
                change,
                first,
                "a merge revision that changes the schema as well",
                "Put this into a revision of its own, after the merge.",
            )
