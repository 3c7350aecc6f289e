"""Flags server defaults that are no value of their column's type."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal

from alembic_review.casts import cast
from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.types import HOLE, Type, stored
from alembic_review_rules.failures.defaults import Given, defaults_set
from alembic_review_rules.failures.quoted_function_default import quoted_call
from alembic_review_rules.refusals import told_of

_INTEGER = re.compile(r"\s*[-+]?\d+\s*")
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*|\s*[-+]?(nan|inf(inity)?)\s*", re.IGNORECASE)
_UUID = re.compile(r"\{?([0-9a-f]{4}-?){7}[0-9a-f]{4}\}?", re.IGNORECASE)
_BOOLEANS = ("true", "false", "yes", "no", "on", "off")
_HALF = Decimal("0.5")
_BITS = {"smallint": 15, "integer": 31, "bigint": 63}

# What PostgreSQL reads as a moment though there is no digit in it.
_MOMENTS = {
    **dict.fromkeys(
        ("date", "timestamp", "timestamp with time zone"),
        frozenset(["now", "today", "tomorrow", "yesterday", "epoch", "infinity", "-infinity"]),
    ),
    **dict.fromkeys(("time", "time with time zone"), frozenset(["now", "allballs"])),
    # From PostgreSQL 17 on.
    "interval": frozenset(["infinity", "+infinity", "-infinity"]),
}

_NAME = re.compile(r"""(?:"[^"]+"|[^\W\d][\w$]*)(?:\.(?:"[^"]+"|[^\W\d][\w$]*))*""")

# The words that stand for a value.
_VALUES = frozenset(
    [
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "false",
        "localtime",
        "localtimestamp",
        "null",
        "session_user",
        "system_user",
        "true",
        "user",
    ]
)


class DefaultOfWrongType(Rule):
    """
    A server default that is no value of its column's type.

    ## Why is this bad?

    SQLAlchemy takes text and SQL expressions as `server_default`: a Python `False`, `0` or `{}` raises an
    ArgumentError. PostgreSQL in its turn takes no number for a boolean (`sa.text("0")`; the literal `"0"` it does),
    no `[]` for an array, and no label that an enum type does not have. `sa.text("new")` is a column to it, which a
    default may not name. A text that is longer than its column, or a number with too many digits, stops `add_column`;
    a new table takes it, and refuses every row that is to have it. Quotes within the text of a literal are kept:
    `server_default="'new'"` puts `'new'` with its quotes into every row.

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
        op.add_column("job", sa.Column("done", sa.Boolean(), server_default=sa.text("0")))

    def downgrade():
        op.drop_column("job", "done")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.add_column("job", sa.Column("done", sa.Boolean(), server_default=sa.false()))

    def downgrade():
        op.drop_column("job", "done")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("DatatypeMismatch")

    def check(self, change: Change) -> Iterator[Finding]:
        for given in defaults_set(change):
            python = given.default.python
            if python is not None:
                what = f"a Python {python}, which SQLAlchemy refuses: it takes text and SQL expressions"
            elif self.config.dialect == "postgresql":
                what = _mismatch(given) or ""
            else:
                what = ""
            if what:
                yield self.at(
                    change,
                    given.step,
                    f'the default of "{given.name}" is {what}',
                    _help(given),
                    place=given.place,
                    thing=given.name,
                )
        if self.config.dialect == "postgresql":
            for step, refusal in told_of(type(self), change):
                names = {
                    given.name: given.place
                    for given in defaults_set(change)
                    if given.step is step and _literal(given.default.sql or "") == refusal.name
                }
                name, place = next(iter(names.items()), ("", None))
                what = f'the default of "{name}"' if name else "the default"
                message = f"{what} is none of the type's values: {refusal.message}"
                yield self.at(change, step, message, place=place, thing=name or None)


def _mismatch(given: Given) -> str | None:
    """Why PostgreSQL takes the default for no value of the type, or keeps its quotes."""
    sql, type_ = given.default.sql, given.type
    if sql is None or HOLE in sql or type_ is None or not type_.known or quoted_call(sql, type_) is not None:
        return None
    literal = _literal(sql)
    if literal is None:
        if not sql.strip() or sql.strip()[0] in "{[":
            return f"{sql or 'empty'}, which is no SQL expression"
        if _NAME.fullmatch(sql) and sql.lower() not in _VALUES:
            return f"{sql}, which PostgreSQL takes for a column, and refuses in a default"
        if _NUMBER.fullmatch(sql) and not _is_in_range(sql, stored(type_)):
            return f"{sql}, which PostgreSQL refuses as {type_}"
        given_type = _type_of_expression(sql)
        change = cast(given_type, stored(type_)) if given_type is not None else None
        if change is not None and change.how in ("using", "refused"):
            return f"{sql}, which PostgreSQL refuses as {type_}"
        return None
    if given.default.quoted and len(literal) > 1 and literal[0] == literal[-1] == "'":
        return f"{literal} with its quotes: they become part of every value"
    return None if _is_value(literal, type_) else f"{sql}, which PostgreSQL refuses as {type_}"


def _literal(sql: str) -> str | None:
    match = re.fullmatch(r"'((?:[^']|'')*)'", sql)
    return match[1].replace("''", "'") if match else None


def _type_of_expression(sql: str) -> Type | None:
    text = sql.strip().lower()
    if text in ("true", "false"):
        return Type("boolean")
    return Type("integer") if re.fullmatch(r"\(?[-+]?\d{1,9}\)?", text) else None


def _is_value(text: str, type_: Type) -> bool:
    """Whether PostgreSQL reads the text as a value of the type, as far as can be told."""
    if type_.dimensions:
        # Bounds may stand before the braces: [1:2]={1,2}.
        return "{" in text
    kept = stored(type_)
    match kept.name:
        case "integer" | "bigint" | "smallint":
            return _INTEGER.fullmatch(text) is not None and _is_in_range(text, kept)
        case "numeric" | "real" | "double precision":
            return _NUMBER.fullmatch(text) is not None and _is_in_range(text, kept)
        case "varchar" | "char" if kept.args and isinstance(kept.args[0], int):
            return len(text.rstrip(" ")) <= kept.args[0]
        case "date" | "timestamp" | "timestamp with time zone" | "time" | "time with time zone" | "interval":
            words = text.lower().split()
            return any(map(str.isdigit, text)) or not _MOMENTS[kept.name].isdisjoint(words)
        case "boolean":
            word = text.strip().lower()
            return word in ("0", "1") or any(word and one.startswith(word) and word != "o" for one in _BOOLEANS)
        case "uuid":
            return _UUID.fullmatch(text) is not None
        case "json" | "jsonb":
            return _is_json(text)
    return True


def _is_in_range(number: str, type_: Type) -> bool:
    """Whether a column of the type is wide enough for a number."""
    value = Decimal(number.strip())
    if type_.dimensions or not value.is_finite():
        return True
    # Both round half away from zero.
    if type_.name in _BITS:
        bound = 1 << _BITS[type_.name]
        return -bound - _HALF < value < bound - _HALF
    if type_.name == "numeric" and type_.args:
        precision, scale = [arg if isinstance(arg, int) else 0 for arg in (*type_.args, 0)][:2]
        return not precision or abs(value) < Decimal(1).scaleb(precision - scale) - _HALF.scaleb(-scale)
    return True


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refused)
    except ValueError:
        return False
    return True


def _refused(constant: str) -> None:
    raise ValueError(constant)


def _help(given: Given) -> str | None:
    default, type_ = given.default, given.type
    if type_ is not None and type_.name == "boolean" and (default.python in ("bool", "int") or default.text):
        return "Write sa.false() or sa.true()."
    if default.python == "function":
        return "Write a call in SQL, such as sa.func.now()."
    if default.python in ("dict", "list", "tuple"):
        return "Write it as text, such as '{}'."
    if default.python is not None:
        return "Write it as text in quotes."
    if default.text and _NAME.fullmatch(default.sql or ""):
        return f'Write server_default="{default.sql}".'
    if default.text and (default.sql or "").strip()[:1] in ("{", "["):
        return f"Write server_default='{default.sql}'."
    literal = _literal(default.sql or "") or ""
    if default.quoted and len(literal) > 1 and literal[0] == literal[-1] == "'":
        return f'Write server_default="{literal[1:-1]}".'
    if type_ is not None and type_.dimensions:
        return "Write '{}' for an empty array."
    return None
