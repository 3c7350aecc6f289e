"""Flags comments that do not say why they allow."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.allowances import Comments
from alembic_review.diagnostics import Severity, Span
from alembic_review.rule import Finding, Rule


class AllowWithoutReason(Rule):
    """
    A comment that allows something and does not say why.

    ## Why is this bad?

    Whoever reads it next cannot tell whether it still holds. A reason costs half a line and is what a reviewer asks
    for anyway. Not every team wants this, so that it has to be selected.

    ## Example

    ```python
    def upgrade():
        op.drop_column("user", "email")  # alembic-review: allow[dropped-column]

    def downgrade():
        op.add_column("user", sa.Column("email", sa.Text()))
    ```

    ## Given

    ```python
    def upgrade():
        op.create_table("user", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("email", sa.Text()))

    def downgrade():
        op.drop_table("user")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.drop_column("user", "email")  # alembic-review: allow[dropped-column] not read since March

    def downgrade():
        op.add_column("user", sa.Column("email", sa.Text()))
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check_comments(self, comments: Comments) -> Iterator[Finding]:
        for allow in comments.allows:
            if allow.names and not allow.reason:
                yield Finding(
                    AllowWithoutReason,
                    comments.path,
                    Span(allow.line, allow.column, allow.line, allow.end_column),
                    f"allows {', '.join(allow.names)} without saying why",
                    "Say why, behind the bracket.",
                    comments.revision,
                    thing=", ".join(allow.names),
                )
