"""Flags what is made though it is there."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Refusal
from alembic_review.diagnostics import Severity
from alembic_review.operations import Column, CreateTable, Operation
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.refusals import holds_for, in_vain, told_of


class AlreadyThere(Rule):
    """
    Something that is made though the history has made it already.

    ## Why is this bad?

    The database refuses it: `relation "ix_user_mail" already exists`. It is a revision that was generated twice, a
    downgrade that brings back what its upgrade did not take away, or a name that two things share: the indexes,
    tables, sequences and views of a schema have one space of names, and constraints that stand on an index too.

    Two branches may make the same thing, each on its own: it is where they are merged that they do not go together.

    ## Given

    ```python
    def upgrade():
        op.create_table("user", sa.Column("id", sa.Integer()), sa.Column("mail", sa.Text(), index=True))

    def downgrade():
        op.drop_table("user")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_index("ix_user_mail", "user", ["mail"])

    def downgrade():
        op.drop_index("ix_user_mail", "user")
    ```

    ## Use instead

    A name of its own, or nothing at all:

    ```python
    def upgrade():
        op.create_index("ix_user_mail_id", "user", ["mail", "id"])

    def downgrade():
        op.drop_index("ix_user_mail_id", "user")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("DuplicateTable")

    def check(self, change: Change) -> Iterator[Finding]:
        for step, refusal in told_of(type(self), change):
            if not holds_for(self.config.dialect, step, refusal):
                continue
            by = f", which {change.told(refusal.by)} made" if refusal.by else ""
            again = _second(step.operation, refusal)
            what = f'declares the column "{refusal.name}" twice' if again else f"{_what(refusal)} already{by}"
            yield self.at(
                change,
                step,
                f"{what}{in_vain(step.operation)}",
                place=again.place if again else None,
                table=refusal.table,
                thing=refusal.name or refusal.table,
            )
        for clash in change.clashes if self.config.dialect == "postgresql" else ():
            for step, refusal in told_of(type(self), clash.change):
                if step.direction == "upgrade" and refusal.by is not None and refusal.by.revision in clash.others:
                    yield self.at(
                        change,
                        "down_revision",
                        f"the branches do not go together: {_what(refusal)} already, which revision "
                        f"{refusal.by.revision} made, when revision {clash.change.revision.id} makes it",
                        table=refusal.table,
                        thing=refusal.name or refusal.table,
                    )


def _second(operation: Operation, refusal: Refusal) -> Column | None:
    """The column of a new table that has the name of one before it."""
    if not isinstance(operation, CreateTable) or refusal.kind != "column":
        return None
    named = [column for column in operation.columns if column.name == refusal.name]
    return named[1] if len(named) > 1 else None


def _what(refusal: Refusal) -> str:
    if refusal.kind == "primary key":
        return f'"{refusal.table}" has a primary key'
    member = refusal.table is not None and refusal.kind != "table"
    return f'there is {_a(refusal.kind)} "{refusal.name}"{_on(refusal.table) if member else ""}'


def _on(table: object) -> str:
    return f' on "{table}"'


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
