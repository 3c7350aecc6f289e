"""Flags columns and tables that another of the same name takes the place of, under running code."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.mirror import same_default
from alembic_review.operations import Operation
from alembic_review.proof import Breaks
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Column, Schema
from alembic_review.types import Name, same_type
from alembic_review_rules.renames.swaps import Swap, column_swaps, referred_by, table_swaps


class ReplacedColumn(Rule):
    """
    A column, or a table, that another one of the same name takes the place of.

    ## Why is this bad?

    A new column is made, filled from the old one, and gets its name when the old one is dropped. What it holds is
    carried over, and the name stays: it is neither a drop nor a rename. But its type or its constraints are other
    ones from one moment to the next, and code that was written for the old ones still runs. What the new one is not
    filled with is lost, and the column moves to the end of the table.

    Where nothing fills the new one, it is a drop, and told as such (dropped-column, dropped-table).

    ## Given

    ```python
    def upgrade():
        op.create_table("member", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("settings", sa.Text()))

    def downgrade():
        op.drop_table("member")
    ```

    ## Example

    ```python
    def upgrade():
        op.add_column("member", sa.Column("settings_json", postgresql.JSONB()))
        op.execute("UPDATE member SET settings_json = to_jsonb(settings)")
        op.drop_column("member", "settings")
        op.alter_column("member", "settings_json", new_column_name="settings")

    def downgrade():
        op.alter_column("member", "settings", type_=sa.Text(), existing_type=postgresql.JSONB())
    ```

    ## Use instead

    Let both stand side by side under names of their own: deploy code that reads the new one, and drop the old one in
    a later release:

    ```python
    def upgrade():
        op.add_column("member", sa.Column("preferences", postgresql.JSONB()))
        op.execute("UPDATE member SET preferences = to_jsonb(settings)")

    def downgrade():
        op.drop_column("member", "preferences")
    ```
    """

    severity = Severity.WARNING
    proof = Breaks("SELECT lower(settings) FROM member", "UndefinedFunction")

    def tells_of(self, change: Change) -> Iterator[Step[Operation]]:
        for swap in (*column_swaps(change), *table_swaps(change)):
            yield swap.dropped
            if swap.aside is not None:
                yield swap.aside

    def check(self, change: Change) -> Iterator[Finding]:
        for swap in (*column_swaps(change), *table_swaps(change)):
            kind, thing = (
                ("table", str(swap.table)) if swap.column is None else ("column", f"{swap.table}.{swap.column}")
            )
            doubt = "" if swap.filled else "; whether it is filled from the old one could not be read"
            yield self.at(
                change,
                swap.dropped,
                f'puts a new {kind} in the place of "{thing}" under running code{_changed(change, swap)}{doubt}',
                f"Give the new {kind} a name of its own, and drop the old one when no running code asks for it.",
                thing=thing,
            )


def _changed(change: Change, swap: Swap) -> str:
    """How the new column differs from the old one, as far as both are known."""
    if swap.column is None:
        return ""
    old, new = change.before.column(swap.table, swap.column), change.after.column(swap.table, swap.column)
    if old is None or new is None or not (old.type.known and new.type.known):
        return ""
    other_default = not same_default(old.default, old.type, new.default, new.type)
    was = _told(change.before, swap.table, old, default=other_default)
    # One type may be spelled in two ways.
    type_ = old.type if same_type(old.type, new.type) else new.type
    now = _told(change.after, swap.table, replace(new, type=type_), default=other_default)
    return f": was {was}, is {now}" if was != now else ""


def _told(schema: Schema, table: Name, column: Column, *, default: bool) -> str:
    referred = referred_by(schema, table, column.name)
    parts = (
        str(column.type),
        "" if column.nullable else "NOT NULL",
        f"DEFAULT {column.default.sql}" if default and column.default is not None else "",
        "IDENTITY" if column.identity is not None else "",
        f'REFERENCES "{referred}"' if referred is not None else "",
    )
    return " ".join(filter(None, parts))
