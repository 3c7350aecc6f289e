"""Flags changes of a column's type that its default cannot follow."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AlterColumn
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.refusals import told_of


class DefaultBlocksCast(Rule):
    """
    A change of a column's type while the column has a default that does not fit the new type.

    ## Why is this bad?

    USING says how the values are cast, not how the default is. PostgreSQL stops at `default for column "state" cannot
    be cast automatically to type mood`.

    ## Given

    ```python
    def upgrade():
        op.create_table("person", sa.Column("mood", sa.Text(), server_default="happy"))
        op.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")

    def downgrade():
        op.drop_table("person")
        op.execute("DROP TYPE mood")
    ```

    ## Example

    ```python
    from sqlalchemy.dialects import postgresql

    mood = postgresql.ENUM("happy", "sad", name="mood", create_type=False)

    def upgrade():
        op.alter_column("person", "mood", type_=mood, postgresql_using="mood::mood")

    def downgrade():
        op.alter_column("person", "mood", type_=sa.Text())
    ```

    ## Use instead

    ```python
    from sqlalchemy.dialects import postgresql

    mood = postgresql.ENUM("happy", "sad", name="mood", create_type=False)

    def upgrade():
        op.alter_column("person", "mood", server_default=None)
        op.alter_column("person", "mood", type_=mood, postgresql_using="mood::mood")
        op.alter_column("person", "mood", server_default="happy")

    def downgrade():
        op.alter_column("person", "mood", server_default=None)
        op.alter_column("person", "mood", type_=sa.Text())
        op.alter_column("person", "mood", server_default="happy")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("DatatypeMismatch")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step, refusal in told_of(type(self), change):
            column = step.before.column(refusal.table, refusal.name) if refusal.table else None
            default = column.default.sql if column and column.default else None
            name = f"{refusal.table}.{refusal.name}"
            operation = step.operation
            new = operation.type if isinstance(operation, AlterColumn) else None
            yield self.at(
                change,
                step,
                f'changes "{name}" to {new} while its default is {default}, which does not become one',
                f'Drop the default before, and set it again after: op.alter_column("{refusal.table}", '
                f'"{refusal.name}", server_default=None).',
                thing=name,
            )
