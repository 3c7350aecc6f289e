"""The columns that an upgrade declares: those it makes, and those it gives another type."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from alembic_review.change import Change, Step
from alembic_review.operations import AddColumn, AlterColumn, CreateTable, Operation, Place
from alembic_review.types import Name, Type


class Declared(Struct, frozen=True):
    """A column as an upgrade declares it."""

    step: Step[Operation]
    table: Name
    name: str
    type: Type
    place: Place

    @property
    def shown(self) -> str:
        """The column as people are told it."""
        return f'"{self.table}.{self.name}"'


def declared_columns(change: Change) -> Iterator[Declared]:
    """The columns that `upgrade()` declares, in order; not those of temporary tables, nor what finds nothing to do."""
    for step in change.upgrades(CreateTable, AddColumn, AlterColumn):
        if step.unused:
            continue
        match step.operation:
            case CreateTable(table=table, columns=columns, temporary=False):
                for column in columns:
                    yield Declared(step, table, column.name, column.type, column.place)
            case AddColumn(table=table, column=column):
                yield Declared(step, table, column.name, column.type, column.place)
            case AlterColumn(table=table, column=name, type=Type() as type_):
                before = step.before.column(table, name)
                if before is None or before.type != type_:
                    yield Declared(step, table, name, type_, step.operation.place)
