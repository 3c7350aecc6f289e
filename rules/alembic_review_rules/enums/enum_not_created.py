"""Flags uses of an enum type that nothing has made."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddEnumValue, DropEnum, Operation, RenameEnumValue, RenameObject
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.enums.enum_name_folded import EnumNameFolded
from alembic_review_rules.refusals import in_vain, told_of


class EnumNotCreated(Rule):
    """
    The use of an enum type that nothing has made at that point.

    ## Why is this bad?

    Only `op.create_table` emits CREATE TYPE, once for each type and command, and not with `create_type=False`.
    `op.add_column` and `op.alter_column` never do, and autogenerate writes nothing that would. The migration stops at
    `type "mood" does not exist`.

    ## Given

    ```python
    def upgrade():
        op.create_table("person", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("person")
    ```

    ## Example

    ```python
    def upgrade():
        op.add_column("person", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))

    def downgrade():
        op.drop_column("person", "mood")
    ```

    ## Use instead

    ```python
    def upgrade():
        mood = postgresql.ENUM("happy", "sad", name="mood", create_type=False)
        mood.create(op.get_bind(), checkfirst=True)
        op.add_column("person", sa.Column("mood", mood))

    def downgrade():
        op.drop_column("person", "mood")
        op.execute("DROP TYPE mood")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("UndefinedObject")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        steps = {id(step): step for step, refusal in told_of(type(self), change) if refusal.error == _ERROR}
        for step in self.besides(change, steps.values(), EnumNameFolded):
            for refusal in step.outcome.refusals:
                if refusal.error == _ERROR and refusal.kind == "enum":
                    what = f"{change.told(refusal.by)} has dropped" if refusal.by else "nothing has made"
                    yield self.at(
                        change,
                        step,
                        f'uses the enum type "{refusal.name}", which {what}{refusal.deployment}'
                        + in_vain(step.operation),
                        _help(step.operation, refusal.name),
                        thing=refusal.name,
                    )


_ERROR = "UndefinedObject"


def _help(operation: Operation, name: str) -> str:
    if isinstance(operation, DropEnum):
        return f"Leave it out, or op.execute({f'DROP TYPE IF EXISTS {name}'!r})."
    if isinstance(operation, (AddEnumValue, RenameEnumValue, RenameObject)):
        return f"Name a type that is there, or make it first: CREATE TYPE {name} AS ENUM (…)."
    return f'Make it first: sa.Enum(…, name="{name}").create(op.get_bind(), checkfirst=True).'
