"""Flags columns that are dropped while one like them is added: a rename that loses what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import Operation
from alembic_review.proof import Loses
from alembic_review.rule import Finding, Rule
from alembic_review_rules.renames.suspects import suspected_columns


class SuspectedColumnRename(Rule):
    """
    A column that is dropped in the same upgrade that adds one like it.

    ## Why is this bad?

    Autogenerate cannot see that a column was renamed: it writes one line that adds the new column and one that drops
    the old, with all it holds. The upgrade succeeds, and the values are gone.

    Every column that is dropped is held against every one that the same upgrade adds to the same table: by type,
    nullability, default and name, and, where several go and come, by its place among them. The best pairs are told,
    one to one, with their score. Columns of other types, with other foreign keys, or with names that have nothing in
    common are different things and no pair, and neither is a new column that the upgrade fills: whoever wrote that
    knows what becomes of the values. What is told here is not told as dropped-column once more.

    The least score, from 0 to 1, can be set:

    ```toml
    [tool.alembic-review.rules.suspected-column-rename]
    threshold = 0.7
    ```

    ## Given

    ```python
    def upgrade():
        op.create_table("user", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("nick", sa.Text()))

    def downgrade():
        op.drop_table("user")
    ```

    ## Example

    ```python
    def upgrade():
        op.add_column("user", sa.Column("nickname", sa.Text()))
        op.drop_column("user", "nick")

    def downgrade():
        op.add_column("user", sa.Column("nick", sa.Text()))
        op.drop_column("user", "nickname")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.alter_column("user", "nick", new_column_name="nickname")

    def downgrade():
        op.alter_column("user", "nickname", new_column_name="nick")
    ```

    Where the two have nothing to do with each other, say so: `# alembic-review: allow[suspected-column-rename] reason`.
    """

    severity = Severity.WARNING
    settings: ClassVar[Mapping[str, float]] = {"threshold": 0.7}
    proof = Loses("column", "user.nick")

    def tells_of(self, change: Change) -> Iterator[Step[Operation]]:
        for suspect in suspected_columns(change, self.setting("threshold")):
            yield suspect.dropped

    def check(self, change: Change) -> Iterator[Finding]:
        for suspect in suspected_columns(change, self.setting("threshold")):
            operation, table, old, new = suspect.dropped.operation, suspect.table, suspect.column, suspect.new
            on = f'op.alter_column("{table.name}", ' if operation.batch is None else "batch_op.alter_column("
            yield self.at(
                change,
                suspect.dropped,
                f'drops the column "{table}.{old}" and all it holds, and adds "{new}", '
                f"which looks like a rename: {suspect.reasons} (score {suspect.score:.2f})",
                f'To keep the values, write {on}"{old}", new_column_name="{new}"{suspect.rest}) instead of both.',
                thing=f"{table}.{old}",
            )
