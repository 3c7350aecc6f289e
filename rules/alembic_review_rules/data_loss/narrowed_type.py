"""Flags changes of a column's type that not every value it may hold survives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.casts import cast
from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AlterColumn, Delete, Update
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Schema, words
from alembic_review.types import Enum, Type
from alembic_review_rules.external_tables.external_table_touched import ExternalTableTouched
from alembic_review_rules.renames.swaps import is_new

# Types among which PostgreSQL rounds and cuts off what does not fit, and says nothing.
_ROUNDED = frozenset(
    {
        *("numeric", "real", "double precision", "money"),
        *("timestamp", "timestamp with time zone", "time", "time with time zone", "date", "interval"),
    }
)


class NarrowedType(Rule):
    """
    A change of a column's type that not every value survives.

    ## Why is this bad?

    A shorter text, a smaller number, a uuid or an enum where there was text: one row with a value that does not fit
    stops the upgrade, on the database that has such a row, after all tests have passed. Where PostgreSQL does not
    refuse the value it changes it: fractions are rounded, times of day and time zones are dropped, and with
    `USING column::varchar(10)` the end of a text is cut off. No `downgrade()` brings that back.

    A change whose `USING` is more than a cast of the column is not flagged, nor one before which the upgrade updates
    the column or deletes rows: whoever wrote that has thought of what does not fit. For PostgreSQL only.

    ## Given

    ```python
    def upgrade():
        op.create_table("account", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("external", sa.Text()))

    def downgrade():
        op.drop_table("account")
    ```

    ## Example

    ```python
    def upgrade():
        op.alter_column("account", "external", type_=sa.Uuid(), postgresql_using="external::uuid")

    def downgrade():
        op.alter_column("account", "external", type_=sa.Text())
    ```

    ## Use instead

    Say what becomes of the values that do not fit:

    ```python
    def upgrade():
        op.alter_column(
            "account",
            "external",
            type_=sa.Uuid(),
            postgresql_using="CASE WHEN length(external) = 36 THEN external::uuid END",
        )

    def downgrade():
        op.alter_column("account", "external", type_=sa.Text())
    ```
    """

    severity = Severity.WARNING
    proof = Fails("InvalidTextRepresentation", rows=True)

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step in self.besides(change, change.upgrades(AlterColumn), ExternalTableTouched):
            operation = step.operation
            if operation.type is None or change.made_here(operation.table, step):
                continue
            column = step.before.column(operation.table, operation.column)
            if column is not None and column.origin is not None and (column.uncertain or is_new(change, column)):
                continue
            after = step.after.column(operation.table, operation.new_name or operation.column)
            # Of a column from before the history, an earlier revision says more than this one.
            old = column.type if column is not None and column.type.known else operation.existing_type
            new = after.type if after is not None and not after.uncertain else operation.type
            fate = _fate(step, old, new) if old is not None else None
            if fate is None or not _is_plain(operation, new) or _is_prepared(change, step):
                continue
            yield self.at(
                change,
                step,
                f'{"may narrow" if step.ran is None else "narrows"} "{operation.table}.{operation.column}" '
                f"from {old} to {new}: {fate}",
                "Look for values that do not fit, and say in postgresql_using what becomes of them.",
                thing=f"{operation.table}.{operation.column}",
            )


def _fate(step: Step[AlterColumn], old: Type, new: Type) -> str | None:
    """What PostgreSQL does with values that do not fit, None where all fit."""
    if old.enum is not None and new.enum is not None:
        return _labels_lost(step.before, old.enum, new.enum)
    change = cast(old, new)
    if change is None or not change.narrows or change.how == "refused" or _is_endless(new):
        return None
    if change.how == "using" and step.operation.using is None:
        # No value survives, and that is told as refused.
        return None
    if old.enum is not None and _fit(step.before, old.enum, new):
        return None
    if new.enum is not None:
        return "values that are none of its labels stop the upgrade"
    if old.name in _ROUNDED and new.name in _ROUNDED:
        return "what does not fit is cut off or rounded"
    if step.operation.using is not None and new.name in ("varchar", "char"):
        return "longer values are cut off"
    return "values that do not fit stop the upgrade"


def _fit(schema: Schema, enum: Enum, text: Type) -> bool:
    """Whether no label of an enum type is known that a text would be too short for."""
    there = schema.enums.get(enum.name) if enum.name is not None else None
    labels = (there.labels if there is not None else None) or enum.labels or ()
    length = text.args[0] if text.args else 1
    return isinstance(length, int) and all(len(label) <= length for label in labels)


def _is_endless(type_: Type) -> bool:
    """Whether a text may be longer than PostgreSQL has any: the length is another database's."""
    length = type_.args[0] if type_.name in ("varchar", "char") and type_.args else 0
    return isinstance(length, int) and length > 10_485_760


def _labels_lost(schema: Schema, old: Enum, new: Enum) -> str | None:
    was = schema.enums.get(old.name) if old.name is not None else None
    now = schema.enums.get(new.name) if new.name is not None else None
    if was is None or now is None or was.labels is None or now.labels is None:
        return None
    lost = [f"'{label}'" for label in was.labels if label not in now.labels]
    return f"rows with {', '.join(lost)} stop the upgrade" if lost else None


def _is_prepared(change: Change, step: Step[AlterColumn]) -> bool:
    """Whether the upgrade has changed or deleted values of the column before."""
    table, column = step.operation.table, step.operation.column
    for other in change.upgrades(Update, Delete, AlterColumn):
        operation = other.operation
        if other is step:
            return False
        if isinstance(operation, Update) and operation.table == table and column in operation.columns:
            return True
        if isinstance(operation, Delete) and operation.table == table:
            return True
    return False


_CAST = re.compile(r'[\w\s".:,()\[\]]*')
"""What a cast is written with: neither operators nor literals."""


def _is_plain(operation: AlterColumn, new: Type) -> bool:
    """Whether USING is nothing but a cast of the column."""
    if operation.using is None:
        return True
    if not _CAST.fullmatch(operation.using):
        return False
    known = {"cast", "as", "text", operation.column, operation.table.name, *str(new).lower().replace("(", " ").split()}
    return words(operation.using) <= known | words(str(new))
