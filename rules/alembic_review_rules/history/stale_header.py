"""Flags docstrings that tell another place in the history than the variables do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from alembic_review.diagnostics import Severity
from alembic_review.history.folder import History
from alembic_review.revision import Revision
from alembic_review.rule import Finding, Rule


class StaleHeader(Rule):
    """
    A docstring whose `Revision ID` or `Revises` is not what the variables say.

    ## Why is this bad?

    Alembic goes by the variables, and people read the docstring. When a revision is put on another parent, or copied,
    and its docstring is left as it was, the history that one reads is not the one that runs.

    Other spellings of the same are fine: quotes, the beginning of an id, an id with words behind it. What is no id at
    all, as in "Revises: the first one", says nothing that could be wrong.

    ## Example

    ```python
    '''Add the nickname

    Revision ID: 93ab60d1c57e
    Revises: 2b7d94f1c8e0

    '''
    revision = "93ab60d1c57e"
    down_revision = None

    def upgrade():
        op.create_table("member", sa.Column("nickname", sa.String()))

    def downgrade():
        op.drop_table("member")
    ```

    ## Use instead

    ```python
    '''Add the nickname

    Revision ID: 93ab60d1c57e
    Revises:

    '''
    revision = "93ab60d1c57e"
    down_revision = None

    def upgrade():
        op.create_table("member", sa.Column("nickname", sa.String()))

    def downgrade():
        op.drop_table("member")
    ```
    """

    severity = Severity.WARNING

    def check_history(self, history: History) -> Iterator[Finding]:
        for revision in (*history.in_order(), *history.duplicates):
            if revision.path in history.reviewed:
                yield from self._of_id(revision)
                yield from self._of_parents(revision, history.revisions)

    def _of_id(self, revision: Revision) -> Iterator[Finding]:
        words = re.findall(r"[\w.-]+", revision.header.revision or "")
        if words and not _same(words[0], revision.id):
            yield self.in_file(
                revision,
                "Revision ID",
                f'the docstring says that this is revision "{words[0]}", and it is "{revision.id}"',
                f"Revision ID: {revision.id}",
                thing="Revision ID",
            )

    def _of_parents(self, revision: Revision, known: Collection[str]) -> Iterator[Finding]:
        told, parents = revision.header.revises, revision.down_revision
        if told is None:
            return
        untold = [parent for parent in parents if not any(_same(name, parent) for name in told)]
        wrong = [name for name in told if not any(_same(name, parent) for parent in parents)]
        # Words that are no ids may say anything.
        if any(name in known or _AN_ID.fullmatch(name) for name in wrong) or (untold and not told):
            yield self.in_file(
                revision,
                "Revises",
                f"the docstring says that it revises {_listed(told)}, and it revises {_listed(parents)}",
                f"Revises: {', '.join(parents)}".rstrip(),
                thing="Revises",
            )


_AN_ID = re.compile(r"(?=[a-f]*\d)[0-9a-f]{8,40}")


def _same(told: str, identifier: str) -> bool:
    """Whether what a docstring says may be this id: all of it, its beginning, or more than it."""
    told, identifier = told.lower(), identifier.lower()
    return (
        told == identifier
        or (len(told) >= 4 and identifier.startswith(told))
        or re.match(rf"{re.escape(identifier)}[^0-9a-z]", told) is not None
    )


def _listed(names: Collection[str]) -> str:
    return " and ".join(f'"{name}"' for name in names) or "nothing"
