"""The server defaults that a revision sets, each with its column."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from alembic_review.change import Change, Step
from alembic_review.operations import AddColumn, AlterColumn, CreateTable, Default, Operation, Place
from alembic_review.types import Type


class Given(Struct, frozen=True):
    """A server default: where, for which column (``table.column``), and the type of that, where it is known."""

    step: Step[Operation]
    place: Place
    name: str
    type: Type | None
    default: Default


def defaults_set(change: Change) -> Iterator[Given]:
    """The defaults that steps of a change set, whose call was not meant to fail."""
    for step in change.steps(AlterColumn):
        operation = step.operation
        if isinstance(operation.default, Default) and not operation.guarded:
            name = f"{operation.table}.{operation.column}"
            yield Given(step, operation.place, name, _type_of(step), operation.default)
    for made in change.steps(Operation):
        new = made.operation
        if isinstance(new, (AddColumn, CreateTable)) and not new.guarded:
            for column in new.columns if isinstance(new, CreateTable) else (new.column,):
                if column.default is not None:
                    yield Given(made, column.place, f"{new.table}.{column.name}", column.type, column.default)


def _type_of(step: Step[AlterColumn]) -> Type | None:
    operation = step.operation
    there = step.before.column(operation.table, operation.column)
    known = there.type if there is not None and not there.uncertain else operation.existing_type
    return operation.type or known
