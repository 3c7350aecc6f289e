"""Flags server defaults that are a function call in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.types import Type
from alembic_review_rules.failures.defaults import defaults_set

_CALL = re.compile(
    r"'\s*((?:now|gen_random_uuid|uuid_generate_v[1345]\w*|uuidv[47]|random|clock_timestamp|statement_timestamp|"
    r"transaction_timestamp|timezone|nextval|localtimestamp|current_timestamp|current_date|current_time|current_user|"
    r"session_user|true|false|json_build_object|jsonb_build_object|array)\s*\(.*\)|"
    r"current_timestamp|current_date|current_time|localtimestamp|localtime)\s*'",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"'\s*(now\s*(?:\(\s*\))?|today|tomorrow|yesterday)\s*'", re.IGNORECASE)
_TIMES = ("timestamp", "timestamp with time zone", "date", "time", "time with time zone")
_TEXTS = ("text", "varchar", "char")


class QuotedFunctionDefault(Rule):
    """
    A server default that is a function call in quotes.

    ## Why is this bad?

    A string given as `server_default` is a literal. PostgreSQL reads `'now()'` once, when the revision runs: every
    row has the moment of the migration ever after. `'CURRENT_TIMESTAMP'` and `'gen_random_uuid()'` it refuses, and in
    a text column it stores them letter by letter.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("job")
    ```

    ## Example

    ```python
    def upgrade():
        op.add_column("job", sa.Column("made", sa.DateTime(), server_default="CURRENT_TIMESTAMP"))

    def downgrade():
        op.drop_column("job", "made")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.add_column("job", sa.Column("made", sa.DateTime(), server_default=sa.text("CURRENT_TIMESTAMP")))

    def downgrade():
        op.drop_column("job", "made")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("InvalidDatetimeFormat")

    def check(self, change: Change) -> Iterator[Finding]:
        for given in defaults_set(change):
            call = quoted_call(given.default.sql, given.type)
            if call is not None:
                yield self.at(
                    change,
                    given.step,
                    f'the default of "{given.name}" is the quoted text {given.default.sql}, no call: '
                    f"{_effect(given.default.sql, given.type, self.config.dialect)}",
                    f'Write server_default=sa.text("{call}").',
                    place=given.place,
                    thing=given.name,
                )


def quoted_call(sql: str | None, type_: Type | None) -> str | None:
    """The call that stands in quotes in a default, None where there is none."""
    match = _CALL.fullmatch(sql or "")
    if match is None and type_ is not None and type_.name in _TIMES:
        match = _MOMENT.fullmatch(sql or "")
    return match[1] if match is not None else None


def _effect(sql: str | None, type_: Type | None, dialect: str) -> str:
    if dialect != "postgresql" or type_ is None or type_.name in _TEXTS:
        return "it is not called"
    if type_.name in _TIMES and _MOMENT.fullmatch(sql or ""):
        return "every row gets the moment of the migration"
    return f"PostgreSQL refuses it as {type_}" if type_.known else "it is not called"
