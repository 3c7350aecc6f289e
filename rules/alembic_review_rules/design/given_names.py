"""The names that an upgrade gives to tables and columns."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from alembic_review.change import Change, Step
from alembic_review.operations import AddColumn, AlterColumn, CreateTable, Operation, Place, RenameTable
from alembic_review.types import HOLE, Name


class GivenName(Struct, frozen=True):
    """A name of a table or column, as an upgrade gives it."""

    step: Step[Operation]
    kind: str
    name: str
    table: Name
    place: Place


def given_names(change: Change) -> Iterator[GivenName]:
    """The names that `upgrade()` gives to tables and columns, in order, as far as they could be read."""
    return (given for given in _given(change) if HOLE not in given.name)


def _given(change: Change) -> Iterator[GivenName]:
    for step in change.upgrades(CreateTable, AddColumn, AlterColumn, RenameTable):
        if step.unused:
            continue
        operation = step.operation
        match operation:
            case CreateTable(table=table, columns=columns, temporary=False):
                yield GivenName(step, "table", table.name, table, operation.place)
                for column in columns:
                    yield GivenName(step, "column", column.name, table, column.place)
            case AddColumn(table=table, column=column):
                yield GivenName(step, "column", column.name, table, column.place)
            case AlterColumn(table=table, new_name=str(name)):
                yield GivenName(step, "column", name, table, operation.place)
            case RenameTable(table=table, new_name=name):
                yield GivenName(step, "table", name, table, operation.place)
