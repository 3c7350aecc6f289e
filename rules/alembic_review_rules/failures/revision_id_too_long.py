"""Flags revision ids that the version table has no room for."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule

ROOM = 32
"""Alembic makes ``alembic_version.version_num`` a VARCHAR(32)."""


class RevisionIdTooLong(Rule):
    """
    A revision id of more than 32 characters.

    ## Why is this bad?

    The column that Alembic keeps the version in is a VARCHAR(32). SQLite takes a longer id all the same; PostgreSQL
    and MySQL refuse it at the end of the upgrade: `value too long for type character varying(32)`.

    ## Example

    ```python
    revision = "0009_agent_ownership_public_channel_model"
    down_revision = None

    import sqlalchemy as sa
    from alembic import op

    def upgrade():
        op.create_table("agent", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("agent")
    ```

    ## Use instead

    A short id; the description belongs into the name of the file and its docstring. Revisions that name this one as
    their `down_revision` have to follow.

    ```python
    revision = "0009_agent_ownership"
    down_revision = None

    import sqlalchemy as sa
    from alembic import op

    def upgrade():
        op.create_table("agent", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("agent")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("StringDataRightTruncation")

    def check(self, change: Change) -> Iterator[Finding]:
        name = change.revision.id
        if len(name) > ROOM and self.config.dialect != "sqlite":
            yield self.at(
                change,
                "revision",
                f'the revision id "{name}" has {len(name)} characters, and alembic_version has room for {ROOM}',
                f'Shorten it, as to "{name[:ROOM].rstrip("_-")}", here and in the down_revision of what follows.',
            )
