"""What an upgrade carries over before it drops the old, and what it swaps for another of the same name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct

from alembic_review.change import Change, Step, once
from alembic_review.operations import (
    AddColumn,
    AlterColumn,
    CreateTable,
    DropColumn,
    DropTable,
    Insert,
    Operation,
    RenameTable,
    SetSchema,
    Unread,
    Update,
)
from alembic_review.schema import Column, Constraint, Schema, Table
from alembic_review.types import UNKNOWN_NAME, Name

K = TypeVar("K", bound=Operation)


class Swap(Struct, frozen=True):
    """A column (or a table, where `column` is None) of an existing table that another takes the place of.

    `table` and `column` are the name that both have, one before the upgrade and the other after it. `dropped` is the
    step that drops the old one, `aside` the one that gave it another name first, where there is one. `filled` is None
    where it cannot be told whether the new one is filled from the old.
    """

    table: Name
    column: str | None
    dropped: Step[Operation]
    aside: Step[Operation] | None
    filled: bool | None


def existing_column(change: Change, step: Step[DropColumn]) -> bool:
    """Whether a step drops a column that was there before the upgrade, and may hold something."""
    operation = step.operation
    if step.unused or change.made_here(operation.table, step):
        return False
    column = step.before.column(operation.table, operation.column)
    return column is None or not is_new(change, column)


def existing_table(change: Change, step: Step[DropTable]) -> bool:
    """Whether a step drops a table that was there before the upgrade, and may hold something.

    Not a temporary table, nor what Alembic's own batch mode calls its tables, nor one that is only made way for.
    """
    operation, name = step.operation, step.operation.table
    if step.unused or change.made_here(name, step) or name.name.startswith("_alembic_tmp_"):
        return False
    there, after = step.before.table(name), change.after.table(name)
    if there is not None:
        return not there.temporary
    return not (operation.if_exists and after is not None and is_new(change, after))


def column_swaps(change: Change) -> Iterator[Swap]:
    """Columns that are dropped and whose name a new one has at the end, filled from them as far as can be told."""
    steps = change.upgrade
    renames = [(at, step) for at, step in _numbered(change, AlterColumn) if step.operation.new_name is not None]
    for end, dropped in _numbered(change, DropColumn):
        if not existing_column(change, dropped):
            continue
        table, old = dropped.operation.table, dropped.operation.column
        aside = _renaming_to(renames, table, old, end)
        name = aside.operation.column if aside is not None else old
        new = change.after.column(table, name)
        if new is None or not is_new(change, new):
            continue
        final = _renaming_to(renames, table, name, len(steps))
        names = {name if final is None else final.operation.column}
        start = next((at for at, step in _numbered(change, AddColumn) if _adds(step, table, names)), len(steps))
        filled = _either(
            fills_column(steps[start:end], table, names, {old, name} - names),
            fills_column(steps[max(start, end) :], table, {name}, set()),
        )
        if filled is not False:
            yield Swap(table, name, dropped, aside, filled)


def table_swaps(change: Change) -> Iterator[Swap]:
    """Tables that are dropped and whose name a new one has at the end, filled from them as far as can be told."""
    steps = change.upgrade
    renames = list(_numbered(change, RenameTable))
    for end, dropped in _numbered(change, DropTable):
        if not existing_table(change, dropped):
            continue
        old = dropped.operation.table
        aside = _table_renaming_to(renames, old, end)
        name = aside.operation.table if aside is not None else old
        new = change.after.table(name)
        if new is None or not is_new(change, new):
            continue
        final = _table_renaming_to(renames, name, len(steps))
        names = {name if final is None else final.operation.table}
        start = next((at for at, step in _numbered(change, CreateTable) if step.operation.table in names), len(steps))
        filled = _either(
            fills_table(steps[start:end], names, {old, name} - names),
            fills_table(steps[max(start, end) :], {name}, set()),
        )
        if filled is not False:
            yield Swap(name, None, dropped, aside, filled)


def fills_column(steps: tuple[Step[Operation], ...], table: Name, columns: set[str], old: set[str]) -> bool | None:
    """Whether *steps* give one of *columns* values that come from *old* ones, None where that cannot be told.

    Values that Python worked out may come from there; those of another table are taken to be looked up by them.
    """
    unread = False
    for step in steps:
        operation = step.operation
        if step.ran is False:
            continue
        if isinstance(operation, Update) and operation.table in (table, UNKNOWN_NAME):
            assigns = bool(columns & set(operation.columns))
            if assigns and (operation.tables or old & set(operation.reads)):
                return True
            # What is neither a literal nor made from columns comes out of Python.
            made = (operation.reads or operation.values) and "values" not in operation.partly
            if not operation.columns or (assigns and not made):
                unread = True
        elif isinstance(operation, Unread):
            unread = unread or may_write(operation, {table})
    return None if unread else False


def fills_table(steps: tuple[Step[Operation], ...], tables: set[Name], old: set[Name]) -> bool | None:
    """Whether *steps* put rows into one of *tables* that come from *old* ones, None where that cannot be told."""
    unread = False
    for step in steps:
        operation = step.operation
        if step.ran is False:
            continue
        if isinstance(operation, Insert) and operation.table in tables:
            if old & set(operation.reads):
                return True
            unread = unread or not operation.values or UNKNOWN_NAME in operation.reads
        elif isinstance(operation, CreateTable):
            # CREATE TABLE … AS fills it from somewhere.
            unread = unread or (operation.table in tables and operation.opaque)
        elif isinstance(operation, Unread):
            unread = unread or may_write(operation, tables)
    return None if unread else False


def may_write(unread: Unread, tables: set[Name]) -> bool:
    """Whether what could not be read may write into one of *tables*."""
    statement = not unread.tables and not unread.verb
    return unread.anything or statement or bool(tables & set(unread.tables))


def _either(*answers: bool | None) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False


def renamed(operation: RenameTable | SetSchema) -> tuple[Name, Name]:
    """What a table is called before it gets another name or schema, and then."""
    if isinstance(operation, RenameTable):
        return operation.table, Name(operation.new_name, operation.table.schema)
    return operation.table, Name(operation.table.name, operation.schema)


def called_before(change: Change, step: Step[Operation], table: Name) -> Name:
    """What running code calls the table that *step* of an upgrade finds under a name: as it was called before."""
    renames = _table_renames(change)
    place = _places(change)[id(step)] if renames else 0
    for at, old, new in reversed(renames):
        if at < place and new == table:
            table = old
    return table


def column_names(steps: Sequence[Step[Operation]], step: Step[Operation], table: Name, column: str) -> list[str]:
    """The names that a column has had on its way to *step*, which finds it under the first of them."""
    names = [column]
    for other in reversed(steps[: next(at for at, one in enumerate(steps) if one is step)]):
        match other.operation:
            case AlterColumn(table=on, column=old, new_name=new) if on == table and new == names[-1] and other.ran:
                names.append(old)
    return names


@once
def _table_renames(change: Change) -> Sequence[tuple[int, Name, Name]]:
    """The names that tables of an upgrade get, with the places of the steps among all."""
    return [
        (_places(change)[id(step)], *renamed(step.operation))
        for step in change.upgrades(RenameTable, SetSchema)
        if not step.unused and isinstance(step.operation, (RenameTable, SetSchema))
    ]


@once
def _places(change: Change) -> Mapping[int, int]:
    return {id(step): place for place, step in enumerate(change.upgrade)}


def referred_by(schema: Schema, table: Name, column: str) -> Name | None:
    """The table that a column by itself refers to."""
    there = schema.table(table)
    for _, key in there.foreign_keys if there else ():
        if key.columns == (column,):
            return key.referred
    return None


def is_new(change: Change, thing: Column | Constraint | Table) -> bool:
    """Whether the upgrade of *change* made a thing."""
    origin = thing.origin
    return origin is not None and origin.revision == change.revision.id and origin.upgrade


def _numbered(change: Change, kind: type[K]) -> Iterator[tuple[int, Step[K]]]:
    """The steps of one kind that may run, with their places among all steps."""
    for number, step in enumerate(change.upgrade):
        if isinstance(step.operation, kind) and step.ran is not False:
            yield number, step  # type: ignore[misc]


def _renaming_to(
    renames: Sequence[tuple[int, Step[AlterColumn]]], table: Name, column: str, before: int
) -> Step[AlterColumn] | None:
    for number, step in renames:
        if number < before and step.operation.table == table and step.operation.new_name == column:
            return step
    return None


def _table_renaming_to(
    renames: Sequence[tuple[int, Step[RenameTable]]], table: Name, before: int
) -> Step[RenameTable] | None:
    for number, step in renames:
        if number < before and Name(step.operation.new_name, step.operation.table.schema) == table:
            return step
    return None


def _adds(step: Step[AddColumn], table: Name, names: set[str]) -> bool:
    return step.operation.table == table and step.operation.column.name in names
