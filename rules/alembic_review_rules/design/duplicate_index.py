"""Flags indexes that another one makes superfluous."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import PrimaryKey, Unique
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Index, Table


class DuplicateIndex(Rule):
    """
    An index on columns that another index begins with.

    ## Why is this bad?

    Every INSERT and most UPDATEs write both, both take up memory and disk, and no query needs the shorter one. It often
    comes from `index=True` on a column that is `unique=True` or a primary key as well.

    ## Example

    ```python
    def upgrade():
        op.create_table("account", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True))
        op.create_index("ix_account_id", "account", ["id"])

    def downgrade():
        op.drop_table("account")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table("account", sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True))

    def downgrade():
        op.drop_table("account")
    ```
    """

    severity = Severity.WARNING
    default_on = False

    def check(self, change: Change) -> Iterator[Finding]:
        for table in change.tables():
            for index in table.indexes.values():
                origin = index.origin
                if origin is None or origin.revision != change.revision.id or not origin.upgrade:
                    continue
                other = _other(table, index)
                if other is not None:
                    place = index.definition.place
                    yield self.at(
                        change,
                        place if place.node else origin.operation.place,
                        f'the index "{index.name}" is on columns that "{other}" begins with',
                        "Remove it.",
                        direction="upgrade",
                        table=table.name,
                        thing=index.name,
                    )


def _other(table: Table, index: Index) -> str | None:
    """The name of an index, or of a key, that begins with the columns of this one."""
    if index.unique or index.uncertain or not _is_plain(index):
        return None
    for name, constraint in table.constraints.items():
        if isinstance(constraint.definition, (PrimaryKey, Unique)) and _begins(constraint.columns, index):
            return None if constraint.uncertain else name
    for name, other in table.indexes.items():
        if other is index or other.uncertain or not _is_plain(other) or not _begins(other.columns, index):
            continue
        # Of two that are equal, the one that came first counts.
        if (
            other.columns != index.columns
            or other.unique
            or list(table.indexes).index(name) < list(table.indexes).index(index.name)
        ):
            return name
    return None


def _is_plain(index: Index) -> bool:
    """Whether it is a B-tree of all rows, on columns alone."""
    definition = index.definition
    return (
        definition.where is None
        and definition.using in (None, "btree")
        and not definition.include
        and all(
            element.column is not None and not (element.opclass or element.collation or element.order)
            for element in definition.elements
        )
    )


def _begins(columns: tuple[str, ...], index: Index) -> bool:
    return columns[: len(index.columns)] == index.columns
