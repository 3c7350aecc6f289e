"""Flags foreign keys whose columns no index begins with."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import PrimaryKey, Unique
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Table


class ForeignKeyWithoutIndex(Rule):
    """
    A foreign key on columns that no index begins with.

    ## Why is this bad?

    PostgreSQL makes an index for the columns that are referred to, and none for those that refer. Each DELETE of a row
    of the other table, and each UPDATE of its key, then reads all of this one.

    ## Given

    ```python
    def upgrade():
        op.create_table("author", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True))

    def downgrade():
        op.drop_table("author")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_table(
            "book",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("author_id", sa.BigInteger(), sa.ForeignKey("author.id")),
        )

    def downgrade():
        op.drop_table("book")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table(
            "book",
            sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
            sa.Column("author_id", sa.BigInteger(), sa.ForeignKey("author.id"), index=True),
        )

    def downgrade():
        op.drop_table("book")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for table in change.tables():
            if not table.complete or table.uncertain or table.temporary:
                continue
            for constraint, key in table.foreign_keys:
                origin = constraint.origin
                if origin is None or origin.revision != change.revision.id or not origin.upgrade:
                    continue
                if constraint.uncertain or not key.columns or _has_index(table, key.columns):
                    continue
                columns = ", ".join(key.columns)
                quoted = ", ".join(f'"{column}"' for column in key.columns)
                name = "_".join(("ix", table.name.name, *key.columns))
                yield self.at(
                    change,
                    key.place if key.place.node else origin.operation.place,
                    f'no index of "{table.name}" begins with {columns}: each DELETE in "{key.referred}" reads all of '
                    f'"{table.name}"',
                    f'op.create_index("{name}", "{table.name.name}", [{quoted}])',
                    direction="upgrade",
                    table=table.name,
                    thing=columns,
                )


def _has_index(table: Table, columns: tuple[str, ...]) -> bool:
    wanted = set(columns)
    keys = [
        constraint.columns
        for constraint in table.constraints.values()
        if isinstance(constraint.definition, (PrimaryKey, Unique))
    ]
    keys += [
        index.columns
        for index in table.indexes.values()
        if index.definition.where is None
        or all(f"{column} IS NOT NULL" in index.definition.where for column in columns)
    ]
    return any(set(key[: len(columns)]) == wanted for key in keys)
