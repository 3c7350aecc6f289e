"""Flags enum types and their values that are made while they are there."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Refusal
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddEnumValue, CreateEnum, CreateTable, Operation
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.enums.places import declared_at
from alembic_review_rules.refusals import in_vain, told_of


class EnumCreatedTwice(Rule):
    """
    An enum type, or a value of one, that is made while it is there.

    ## Why is this bad?

    The statement stops at `type "mood" already exists`. Whether it comes that far depends on how the revisions are
    applied: `op.create_table` emits CREATE TYPE once for each type and command. A second table with the type passes
    in a fresh `alembic upgrade head`, as in CI, and fails in production, where each release is a command of its own.
    A type that was made by `.create()` or by SQL is not remembered: the `create_table` after it fails in both.

    ## Given

    ```python
    def upgrade():
        op.create_table("person", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))

    def downgrade():
        op.drop_table("person")
        op.execute("DROP TYPE mood")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_table("pet", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))

    def downgrade():
        op.drop_table("pet")
    ```

    ## Use instead

    ```python
    def upgrade():
        mood = postgresql.ENUM("happy", "sad", name="mood", create_type=False)
        op.create_table("pet", sa.Column("mood", mood))

    def downgrade():
        op.drop_table("pet")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("DuplicateObject", alone=True)

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step, refusal in told_of(type(self), change):
            if refusal.error != "DuplicateObject":
                continue
            yield self.at(
                change,
                step,
                f'makes the {_word(refusal)} "{refusal.name}", which {change.told(refusal.by)} has made'
                f"{refusal.deployment}{in_vain(step.operation)}",
                _help(step.operation, refusal.name),
                place=declared_at(step.operation, refusal.name),
                thing=refusal.name,
            )
        for clash in change.clashes:
            for step, refusal in told_of(type(self), clash.change):
                if refusal.error != "DuplicateObject" or step.direction != "upgrade" or refusal.by is None:
                    continue
                if refusal.by.revision in clash.others:
                    yield self.at(
                        change,
                        "down_revision",
                        f"the branches do not go together: revision {refusal.by.revision} has made the "
                        f'{_word(refusal)} "{refusal.name}" when revision {clash.change.revision.id} makes it'
                        f"{refusal.deployment}",
                        thing=refusal.name,
                    )


def _word(refusal: Refusal) -> str:
    return "value" if refusal.kind == "enum value" else "enum type"


def _help(operation: Operation, name: str) -> str:
    if operation.batch is not None:
        return 'Leave recreate="always" out: PostgreSQL alters a table in place.'
    if isinstance(operation, CreateTable):
        return f'Give the column postgresql.ENUM(…, name="{name}", create_type=False).'
    if isinstance(operation, AddEnumValue):
        return "Write ADD VALUE IF NOT EXISTS."
    if isinstance(operation, CreateEnum) and operation.sql is None:
        return "Write create(op.get_bind(), checkfirst=True)."
    return "Leave it out, or drop the other one first."
