"""Where an enum type is declared."""

from __future__ import annotations

from alembic_review.operations import CreateTable, Operation, Place


def declared_at(operation: Operation, name: str) -> Place:
    """A column of a new table that has the type of that name, else the whole operation."""
    columns = operation.columns if isinstance(operation, CreateTable) else ()
    places = (column.place for column in columns if column.type.enum is not None and str(column.type.enum.name) == name)
    place = next(places, operation.place)
    return place if place.node else operation.place
