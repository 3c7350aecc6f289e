"""Flags colons in SQL that SQLAlchemy takes for parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import PythonCall
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.failures.defaults import defaults_set

# sqlalchemy.sql.elements.TextClause._bind_params_regex
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")


class ColonInSql(Rule):
    """
    A colon in SQL text that SQLAlchemy takes for a bind parameter.

    ## Why is this bad?

    `:name` is a parameter to `sa.text` and to `op.execute`, between quotes too. The revision stops at `A value is
    required for bind parameter 'name'`. In a `server_default` it is worse: there SQLAlchemy puts NULL in its place and
    says nothing, so that `{"a":1}` becomes `{"a"NULL}`.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("path", sa.Text()))

    def downgrade():
        op.drop_table("job")
    ```

    ## Example

    ```python
    def upgrade():
        op.execute("UPDATE job SET path = 'root:home'  WHERE path = ':home'")

    def downgrade():
        pass
    ```

    ## Use instead

    ```python
    def upgrade():
        op.execute(r"UPDATE job SET path = 'root:home' WHERE path = '\\:home'")

    def downgrade():
        pass
    ```
    """

    severity = Severity.ERROR
    proof = Fails("InvalidRequestError")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.steps(PythonCall):
            operation = step.operation
            if operation.call == "unbound-parameter" and not operation.guarded:
                yield self.at(
                    change,
                    step,
                    f'":{operation.text}" becomes a bind parameter, and nothing gives it a value',
                    rf"Write \:{operation.text} in a raw string, or give the value: "
                    f"sa.text(…).bindparams({operation.text}=…).",
                    thing=operation.text,
                )
        for given in defaults_set(change):
            for match in _PARAMETER.finditer(given.default.sql or "") if given.default.text else ():
                yield self.at(
                    change,
                    given.step,
                    f'":{match[1]}" in the default of "{given.name}" becomes NULL, without a word',
                    rf"Write \:{match[1]} in a raw string.",
                    place=given.place,
                    thing=given.name,
                )
