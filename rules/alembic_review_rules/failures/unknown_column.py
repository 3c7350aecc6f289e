"""Flags operations on what is not there at that point of the history."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Refusal
from alembic_review.diagnostics import Severity
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.refusals import in_vain, told_of


class UnknownColumn(Rule):
    """
    An operation on a column, index, constraint or table that is not there at that point.

    ## Why is this bad?

    Whatever the revision does is rolled back, and the deployment stops. It is a name that was mistyped or guessed, a
    thing that an earlier revision dropped or renamed, or one that the database called otherwise than one expects: it
    names an unnamed unique constraint on `user.email` `user_email_key`.

    ## Given

    ```python
    def upgrade():
        op.create_table("user", sa.Column("id", sa.Integer()), sa.Column("mail", sa.Text(), unique=True))

    def downgrade():
        op.drop_table("user")
    ```

    ## Example

    ```python
    def upgrade():
        op.drop_constraint("uq_user_mail", "user", type_="unique")

    def downgrade():
        op.create_unique_constraint("uq_user_mail", "user", ["mail"])
    ```

    ## Use instead

    ```python
    def upgrade():
        op.drop_constraint("user_mail_key", "user", type_="unique")

    def downgrade():
        op.create_unique_constraint("user_mail_key", "user", ["mail"])
    ```
    """

    severity = Severity.ERROR
    proof = Fails("UndefinedObject")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step, refusal in told_of(type(self), change):
            gone = f": {change.told(refusal.by)} dropped or renamed it" if refusal.by else ""
            yield self.at(
                change,
                step,
                f"{_what(refusal)}{gone}{in_vain(step.operation)}",
                _help(change, refusal),
                table=refusal.table,
                thing=f"{refusal.table}.{refusal.name}" if _is_member(refusal) else refusal.name,
            )


def _is_member(refusal: Refusal) -> bool:
    return refusal.table is not None and refusal.kind != "table"


def _what(refusal: Refusal) -> str:
    if refusal.error == "WrongObjectType":
        return refusal.message
    of = f' on "{refusal.table}"' if _is_member(refusal) else ""
    return f'there is no {refusal.kind} "{refusal.name}"{of} at this point'


def _help(change: Change, refusal: Refusal) -> str | None:
    table = (change.before.table(refusal.table) or change.after.table(refusal.table)) if refusal.table else None
    there: tuple[str, ...] = ()
    if table is not None and refusal.kind == "column":
        there = tuple(table.columns)
    elif table is not None and refusal.kind == "index":
        there = tuple(table.indexes)
    elif table is not None and refusal.kind == "constraint":
        there = tuple(table.constraints)
    if not there:
        return None
    return f"There {'is' if len(there) == 1 else 'are'} {', '.join(sorted(there))}."
