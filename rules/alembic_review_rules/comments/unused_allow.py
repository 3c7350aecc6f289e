"""Flags comments that allow what nobody finds."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.allowances import Comments
from alembic_review.diagnostics import Severity, Span
from alembic_review.rule import Finding, Rule


class UnusedAllow(Rule):
    """
    A comment that allows what nothing in its place does.

    ## Why is this bad?

    It was written for a line that has changed since, or it stands in the wrong place and what it was meant to allow
    is still told. Left where it is, it will silently allow the next thing of its kind.

    A comment is about the statement that it stands in or directly above; at the head of a function, or directly above
    it, about that function; before the first statement of the file about all of it.

    Names of rules that this run does not ask are passed over.

    ## Example

    ```python
    def upgrade():
        # alembic-review: allow[dropped-column] not read since March
        op.add_column("user", sa.Column("email", sa.Text()))

    def downgrade():
        op.drop_column("user", "email")
    ```

    ## Given

    ```python
    def upgrade():
        op.create_table("user", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("user")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.add_column("user", sa.Column("email", sa.Text()))

    def downgrade():
        op.drop_column("user", "email")
    ```
    """

    severity = Severity.WARNING

    def check_comments(self, comments: Comments) -> Iterator[Finding]:
        for allow, name in comments.idle:
            yield Finding(
                UnusedAllow,
                comments.path,
                Span(allow.line, allow.column, allow.line, allow.end_column),
                f"nothing here needs allow[{name}]",
                "Remove the comment." if len(allow.names) == 1 else f"Remove {name} from the comment.",
                comments.revision,
                thing=name,
            )
