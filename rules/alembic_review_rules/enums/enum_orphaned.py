"""Flags upgrades that remove the last column of an enum type and keep the type."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AlterColumn, DropColumn, DropTable, Operation
from alembic_review.proof import Orphans
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.enums.typed import dropping


class EnumOrphaned(Rule):
    """
    An upgrade that removes the last column of an enum type and keeps the type.

    ## Why is this bad?

    PostgreSQL keeps the type, and nothing in the models tells of it any more. A `create_table` with the same name,
    in a later revision or in this one's own `downgrade()`, stops at `type "mood" already exists`.

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
        op.drop_table("person")

    def downgrade():
        op.create_table("person", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))
    ```

    ## Use instead

    ```python
    def upgrade():
        op.drop_table("person")
        op.execute("DROP TYPE mood")

    def downgrade():
        op.create_table("person", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))
    ```
    """

    severity = Severity.WARNING
    proof = Orphans("mood")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step in change.upgrades(DropTable, DropColumn, AlterColumn):
            for name in _types(step):
                enum = change.after.enums.get(name)
                if enum is None or enum.uncertain or enum.made_in in (None, change.revision.id):
                    continue
                if not step.after.columns_of_type(name) and not change.after.columns_of_type(name):
                    yield self.at(
                        change,
                        step,
                        f'removes the last column of the enum type "{name}" and keeps the type',
                        f"End upgrade() with {dropping(enum)}, and make it in downgrade().",
                        thing=name,
                    )


def _types(step: Step[Operation]) -> list[Name]:
    """The enum types of the columns that the step drops or alters, where they surely have them."""
    operation = step.operation
    if isinstance(operation, DropTable):
        table = step.before.table(operation.table)
        columns = list(table.columns.values()) if table is not None and not table.uncertain else []
    elif isinstance(operation, (DropColumn, AlterColumn)):
        column = step.before.column(operation.table, operation.column)
        columns = [column] if column is not None else []
    else:
        columns = []
    return sorted({column.enum for column in columns if column.enum is not None and not column.uncertain}, key=str)
