"""Flags changes to tables that this history never made, where it makes the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropTable,
    Operation,
    RenameTable,
    SetSchema,
)
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.schema import RELATIONS, Schema
from alembic_review.types import Name
from alembic_review_rules.external_tables.external_table_touched import ExternalTableTouched
from alembic_review_rules.external_tables.owners import owner_of

_CHANGES = (AddColumn, AddConstraint, AlterColumn, DropColumn, DropConstraint, DropTable, RenameTable, SetSchema)


class UnknownTable(Rule):
    """
    A table that is dropped, altered or referred to, and that this history never made.

    ## Why is this bad?

    In a database that this history has built from nothing, the table is not there: the upgrade fails in every test
    run and on every new machine. Where it is there, something else made it, and it is not this history's to drop:
    autogenerate writes `drop_table` for every table that it finds in the database and not in the models.

    A history that does not make its tables itself, because the database is older than it, is not flagged; nor is a
    table that may be made by what could not be read, nor a drop of a table only if it is there.

    ## Given

    ```python
    def upgrade():
        op.create_table("user", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("user")
    ```

    ## Example

    ```python
    def upgrade():
        op.drop_table("invoice")

    def downgrade():
        op.create_table("invoice", sa.Column("id", sa.Integer(), primary_key=True))
    ```

    ## Use instead

    Delete the lines if the table is another system's. If it is yours, make it in a revision of this history first.

    ```python
    def upgrade():
        op.create_table("invoice", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("invoice")
    ```
    """

    severity = Severity.WARNING
    proof = Fails("UndefinedTable")

    def tells_of(self, change: Change) -> Iterator[Step[Operation]]:
        yield from _unknown(change)
        for step, _ in self._referred(change):
            yield step

    def check(self, change: Change) -> Iterator[Finding]:
        for step in self.besides(change, _unknown(change), ExternalTableTouched):
            operation = step.operation
            table = _table_of(operation)
            yield self.at(
                change,
                step,
                f'{"drops" if isinstance(operation, DropTable) else "changes"} the table "{table}", '
                "which no revision of this history has made",
                f'If "{table}" is not yours, delete this line and leave the table out with include_object in env.py.',
                table=table,
                thing=table,
            )
        for step, other in self._referred(change):
            yield self.at(
                change,
                step,
                f'refers to the table "{other}", which no revision of this history has made',
                table=other,
                thing=other,
            )

    def _referred(self, change: Change) -> Iterator[tuple[Step[Operation], Name]]:
        """The foreign keys to a table that no revision makes, before this one or after it, nor another system."""
        if not _makes_its_tables(change.before) or change.makers is None:
            return
        leaves_out = change.environment.excludes if change.environment is not None else None
        for step in change.upgrades(AddColumn, AddConstraint, CreateTable):
            for effect in step.effects if step.ran else ():
                other = effect.table
                if (
                    effect.what != "assumed"
                    or other is None
                    or other == getattr(step.operation, "table", None)
                    or not other.known
                ):
                    continue
                external = owner_of(other, self.config.external_tables) or (leaves_out and leaves_out(other))
                if not external and other not in change.makers.revisions and step.before.complete:
                    yield step, other


def _makes_its_tables(schema: Schema) -> bool:
    return schema.complete and any(table.origin for table in schema.tables.unsorted())


def _unknown(change: Change) -> Iterator[Step[Operation]]:
    """For each table that the history never made, the step that drops it, else the first that alters it."""
    if _makes_its_tables(change.before):
        yield from _first(change, change.upgrades(*_CHANGES))
    if _makes_its_tables(change.after):
        makers = change.makers.revisions if change.makers is not None else {}
        # One of another branch may be there when it goes down.
        yield from (
            step for step in _first(change, change.downgrades(*_CHANGES)) if _table_of(step.operation) not in makers
        )


def _first(change: Change, steps: Iterable[Step[Operation]]) -> Iterator[Step[Operation]]:
    found: dict[Name, Step[Operation]] = {}
    for step in steps:
        operation = step.operation
        table = _table_of(operation)
        if step.ran is None or (isinstance(operation, DropTable) and operation.if_exists) or not table.known:
            continue
        if (table not in found or isinstance(operation, DropTable)) and _never_made(change, step, table):
            found[table] = step
    yield from found.values()


def _never_made(change: Change, step: Step[Operation], table: Name) -> bool:
    schema = step.before
    there = schema.table(table)
    if there is not None:
        return there.origin is None and there.uncertain
    # What is not a table, or is gone already, is told of as refused.
    return not step.refusals and not any(schema.object(kind, table) for kind in RELATIONS)


def _table_of(operation: Operation) -> Name:
    assert isinstance(operation, _CHANGES)
    return operation.table
