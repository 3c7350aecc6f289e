"""Flags operations on what is not there at that point of the history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alembic_review.change import Change, Refusal, Step
from alembic_review.diagnostics import Severity
from alembic_review.nearest import nearest, resemblance
from alembic_review.operations import Operation
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Schema
from alembic_review_rules.external_tables.external_table_touched import ExternalTableTouched
from alembic_review_rules.refusals import holds_for, in_vain, told_of, went


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
        told = list(told_of(type(self), change))
        besides = set(map(id, self.besides(change, [step for step, _ in told], ExternalTableTouched)))
        for step, refusal in told:
            if id(step) not in besides or not holds_for(self.config.dialect, step, refusal):
                continue
            gone = f": {went(change, refusal.by, refusal.name)}" if refusal.by else ""
            yield self.at(
                change,
                step,
                f"{_what(refusal)}{gone}{in_vain(step.operation)}",
                _help(step, refusal),
                table=refusal.table,
                thing=f"{refusal.table}.{refusal.name}" if _is_member(refusal) else refusal.name,
            )


_TOLD = 6
"""How many of the things that are there are named, those most like the missing one first."""

_NEAR = 0.85
"""How like it something elsewhere has to be, as ``SequenceMatcher.ratio`` has it: a letter or two apart."""


def _is_member(refusal: Refusal) -> bool:
    return refusal.table is not None and refusal.kind != "table"


def _what(refusal: Refusal) -> str:
    if refusal.error == "WrongObjectType":
        return refusal.message
    of = f' on "{refusal.table}"' if _is_member(refusal) else ""
    return f'there is no {refusal.kind} "{refusal.name}"{of} at this point'


def _help(step: Step[Operation], refusal: Refusal) -> str | None:
    """What there is at that point, in the place of what is not."""
    table = step.before.table(refusal.table) if refusal.table else None
    there: Iterable[str] = ()
    if table is not None and refusal.kind == "column":
        there = table.columns
    elif table is not None and refusal.kind == "index":
        there = table.indexes
    elif table is not None and refusal.kind == "constraint":
        there = table.constraints
    names = sorted(set(there) - {refusal.name}, key=lambda name: (-_likeness(name, refusal.name), name))
    if table is None or refusal.kind == "table":
        names = _nearest(step.before, refusal)
    if not names:
        return None
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    foreign = "; PRIMARY is what MySQL calls every primary key" if refusal.name == "PRIMARY" else ""
    return f"There {'is' if len(names) == 1 else 'are'} {', '.join(names[:_TOLD])}{more}{foreign}."


def _nearest(schema: Schema, refusal: Refusal) -> list[str]:
    """Tables or indexes of the whole schema that are called nearly so."""
    known = {"table": [*schema.tables], "index": [*schema.indexes]}.get(refusal.kind, [])
    return nearest(refusal.name, map(str, known), least=_NEAR, count=3)


def _likeness(one: str, other: str) -> float:
    return resemblance(one.lower(), other.lower())
