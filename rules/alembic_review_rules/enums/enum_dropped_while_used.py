"""Flags enum types that are dropped while columns have them."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Dependent
from alembic_review.diagnostics import Severity
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.refusals import in_vain, told_of


class EnumDroppedWhileUsed(Rule):
    """
    An enum type that is dropped while a column has it.

    ## Why is this bad?

    PostgreSQL refuses it: `cannot drop type mood because other objects depend on it`. `checkfirst=True` does not
    help, and CASCADE drops the columns of all tables without a word.

    A column that gets another type keeps its default as it was, `'happy'::mood`, and that stands on the type too.

    ## Given

    ```python
    def upgrade():
        op.create_table("person", sa.Column("id", sa.Integer()))

    def downgrade():
        op.drop_table("person")
    ```

    ## Example

    ```python
    def upgrade():
        mood = postgresql.ENUM("happy", "sad", name="mood", create_type=False)
        mood.create(op.get_bind())
        op.add_column("person", sa.Column("mood", mood))

    def downgrade():
        op.execute("DROP TYPE mood")
        op.drop_column("person", "mood")
    ```

    ## Use instead

    First what has the type, then the type:

    ```python
    def upgrade():
        mood = postgresql.ENUM("happy", "sad", name="mood", create_type=False)
        mood.create(op.get_bind())
        op.add_column("person", sa.Column("mood", mood))

    def downgrade():
        op.drop_column("person", "mood")
        op.execute("DROP TYPE mood")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("DependentObjectsStillExist", "downgrade")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step, refusal in told_of(type(self), change):
            if refusal.error == "DependentObjectsStillExist":
                users = [_user(user) for user in refusal.dependents if user.table is not None]
                yield self.at(
                    change,
                    step,
                    f'drops the enum type "{refusal.name}" while {_listed(users)} it{in_vain(step.operation)}',
                    _help(refusal.dependents),
                    thing=refusal.name,
                )


def _user(user: Dependent) -> str:
    of = "the default of " if user.kind == "default" else ""
    return f'{of}"{user.table}.{user.name}"'


def _help(users: tuple[Dependent, ...]) -> str:
    defaults = [user for user in users if user.kind == "default"]
    if not defaults or len(defaults) < len(users):
        return "Drop the type after the last column that has it, in the revision that made it."
    first = defaults[0]
    return (
        f'Drop the default before the column\'s type is changed: op.alter_column("{first.table}", "{first.name}", '
        "server_default=None)."
    )


def _listed(users: list[str]) -> str:
    if not users:
        return "a table needs"
    *most, last = users
    return f"{', '.join(most)} and {last} have" if most else f"{last} has"
