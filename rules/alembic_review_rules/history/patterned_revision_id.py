"""Flags revision ids that somebody made up."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.rule import Finding, Rule
from alembic_review_rules.history.identifiers import fresh, made_up


class PatternedRevisionId(Rule):
    """
    A revision id that follows a pattern, as people and language models make them up.

    ## Why is this bad?

    Alembic draws ids at random, so that two branches never have the same. `a1b2c3d4e5f6` was found in 18 of 88 public
    projects: whoever makes up the next one makes up the same, and two files with one id break the history (see
    duplicate-revision).

    Ids that count, such as `0012`, are a project's own choice and not flagged. Neither is what chance makes more
    often than once in 50,000 ids. A revision that a database has applied keeps its id: allow it there.

    ## Example

    ```python
    revision = "a1b2c3d4e5f6"
    down_revision = None

    def upgrade():
        op.create_table("invoice", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("invoice")
    ```

    ## Use instead

    The id that `alembic revision` draws.

    ```python
    revision = "93ab60d1c57e"
    down_revision = None

    def upgrade():
        op.create_table("invoice", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("invoice")
    ```
    """

    severity = Severity.WARNING

    def check_history(self, history: History) -> Iterator[Finding]:
        referring: dict[str, list[str]] = {}
        for revision in history.in_order():
            for name in dict.fromkeys((*revision.down_revision, *revision.depends_on)):
                referring.setdefault(name, []).append(f'"{revision.id}"')
        for revision in (*history.in_order(), *history.duplicates):
            if revision.path in history.reviewed and made_up(revision.id):
                also = (
                    f", also where {' and '.join(names)} has the old one"
                    if (names := referring.get(revision.id))
                    else ""
                )
                yield self.in_file(
                    revision,
                    "revision",
                    f'the revision id "{revision.id}" follows a pattern: it was made up, and others make up the same',
                    f'Where no database has it yet: revision = "{fresh(revision)}"{also}',
                    thing=revision.id,
                )
