"""Flags arguments that Alembic drops without a word, or does not take."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AlterColumn, Operation
from alembic_review.proof import ChangesNothing
from alembic_review.rule import Finding, Rule
from alembic_review_rules.refusals import told_of


class IgnoredArgument(Rule):
    """
    An argument that Alembic drops without a word, or does not take at all.

    ## Why is this bad?

    `op.alter_column` takes any keyword, for the sake of dialects. One that no dialect knows is dropped:
    `op.alter_column("job", "state", default="new")` sends no SQL at all, and succeeds. Other directives stop with a
    TypeError when they are run.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("state", sa.Text()))

    def downgrade():
        op.drop_table("job")
    ```

    ## Example

    ```python
    def upgrade():
        op.alter_column("job", "state", default="new")

    def downgrade():
        op.alter_column("job", "state", default=None)
    ```

    ## Use instead

    ```python
    def upgrade():
        op.alter_column("job", "state", server_default="new")

    def downgrade():
        op.alter_column("job", "state", server_default=None)
    ```
    """

    severity = Severity.ERROR
    proof = ChangesNothing()

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.steps(Operation):
            for argument in step.operation.ignored:
                meant = _meant(step.operation, argument)
                yield self.at(
                    change,
                    step,
                    f"Alembic drops the argument {argument}= without a word",
                    f"Write {meant}=." if meant else f"Remove {argument}=.",
                    thing=argument,
                )
        for step, refusal in told_of(type(self), change):
            yield self.at(change, step, f"Alembic refuses this call: {refusal.message}")


def _meant(operation: Operation, argument: str) -> str | None:
    """The argument that is meant, where the call does not give that too."""
    if not isinstance(operation, AlterColumn):
        return None
    given = {
        "default": ("server_default", operation.default is not UNSET or operation.identity is not UNSET),
        "using": ("postgresql_using", operation.using is not None),
        "type": ("type_", operation.type is not None),
        "name": ("new_column_name", operation.new_name is not None),
    }
    meant, is_given = given.get(argument, (None, True))
    return None if is_given else meant
