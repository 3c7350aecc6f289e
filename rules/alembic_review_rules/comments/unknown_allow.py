"""Flags comments that allow what no rule is called."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.allowances import Comments
from alembic_review.diagnostics import Severity, Span
from alembic_review.nearest import did_you_mean
from alembic_review.rule import Finding, Rule


class UnknownAllow(Rule):
    """
    A comment that allows a rule or group which does not exist, or does not say what it allows.

    ## Why is this bad?

    A name with a slip in it allows nothing, and the comment looks as if it did.

    ## Example

    ```python
    def upgrade():
        op.drop_column("user", "email")  # alembic-review: allow[droped-column] not read since March

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

    severity = Severity.ERROR

    def check_comments(self, comments: Comments) -> Iterator[Finding]:
        for allow in comments.allows:
            unknown = [
                f'no rule or group is called "{name}"{did_you_mean(name, comments.known)}'
                for name in allow.names
                if name not in comments.known
            ]
            for message in unknown if allow.names else ["this comment names nothing that it allows"]:
                yield Finding(
                    UnknownAllow,
                    comments.path,
                    Span(allow.line, allow.column, allow.line, allow.end_column),
                    message,
                    "Write allow[rule] with the name of a rule or group: alembic-review rules lists them.",
                    comments.revision,
                )
