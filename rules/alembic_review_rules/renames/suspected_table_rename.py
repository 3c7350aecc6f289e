"""Flags tables that are dropped while one like them is made: a rename that loses their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import Operation
from alembic_review.proof import Loses
from alembic_review.rule import Finding, Rule
from alembic_review_rules.renames.suspects import suspected_tables


class SuspectedTableRename(Rule):
    """
    A table that is dropped in the same upgrade that makes one like it.

    ## Why is this bad?

    Autogenerate cannot see that a table was renamed: it makes the new one, empty, and drops the old one with all its
    rows. The upgrade succeeds, and the rows are gone.

    Every table that is dropped is held against every one that the same upgrade makes under a new name, by the share
    of columns with the same name and type; those that most tables have (`id`, `name`, `created_at`, …) count a
    quarter. The best pairs are told, one to one, with their score. A new table that the upgrade fills is no pair:
    whoever wrote that knows what becomes of the rows. What is told here is not told as dropped-table once more.

    The least score, from 0 to 1, can be set:

    ```toml
    [tool.alembic-review.rules.suspected-table-rename]
    threshold = 0.6
    ```

    ## Given

    ```python
    def upgrade():
        op.create_table(
            "note",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("member_id", sa.Integer(), nullable=False),
            sa.Column("body", sa.Text()),
        )

    def downgrade():
        op.drop_table("note")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_table(
            "comment",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("member_id", sa.Integer(), nullable=False),
            sa.Column("body", sa.Text()),
        )
        op.drop_table("note")

    def downgrade():
        op.create_table(
            "note",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("member_id", sa.Integer(), nullable=False),
            sa.Column("body", sa.Text()),
        )
        op.drop_table("comment")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.rename_table("note", "comment")

    def downgrade():
        op.rename_table("comment", "note")
    ```

    Where the two have nothing to do with each other, say so: `# alembic-review: allow[suspected-table-rename] reason`.
    """

    severity = Severity.WARNING
    settings: ClassVar[Mapping[str, float]] = {"threshold": 0.6}
    proof = Loses("table", "note")

    def tells_of(self, change: Change) -> Iterator[Step[Operation]]:
        for suspect in suspected_tables(change, self.setting("threshold")):
            yield suspect.dropped

    def check(self, change: Change) -> Iterator[Finding]:
        for suspect in suspected_tables(change, self.setting("threshold")):
            table, new = suspect.table, suspect.new
            then = f", and then {suspect.rest}" if suspect.rest else ""
            yield self.at(
                change,
                suspect.dropped,
                f'drops the table "{table}" and all its rows, and makes "{new}", '
                f"which looks like a rename: {suspect.reasons} (score {suspect.score:.2f})",
                f'To keep the rows, write op.rename_table("{table.name}", "{new}") instead of both{then}.',
                thing=table,
            )
