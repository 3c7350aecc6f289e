"""Flags columns that are given as one string."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddConstraint, CreateIndex
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.refusals import told_of


class StringForColumns(Rule):
    """
    Columns given as a string, where a list of names is meant.

    ## Why is this bad?

    A string is a sequence of letters: Alembic makes an index on the columns `m`, `a`, `i` and `l`, and the database
    answers `column "m" does not exist`.

    ## Given

    ```python
    def upgrade():
        op.create_table("user", sa.Column("id", sa.Integer()), sa.Column("mail", sa.Text()))

    def downgrade():
        op.drop_table("user")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_index("ix_user_mail", "user", "mail")

    def downgrade():
        op.drop_index("ix_user_mail", "user")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_index("ix_user_mail", "user", ["mail"])

    def downgrade():
        op.drop_index("ix_user_mail", "user")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("UndefinedColumn")

    def check(self, change: Change) -> Iterator[Finding]:
        for step, _ in told_of(type(self), change):
            columns = _columns(step.operation)
            text = columns[0] if columns else ""
            yield self.at(
                change,
                step,
                f'takes the letters of "{text}" for columns: {", ".join(text)}',
                f'Write ["{text}"].',
                thing=text,
            )


def _columns(operation: object) -> tuple[str, ...]:
    if isinstance(operation, CreateIndex):
        return tuple(element.column or "" for element in operation.index.elements)
    return getattr(operation.constraint, "columns", ()) if isinstance(operation, AddConstraint) else ()
