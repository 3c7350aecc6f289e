"""Sequences: those that SERIAL and IDENTITY make for a column, and those made by themselves."""

from __future__ import annotations

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.replay.draft import Draft, having, plain
from alembic_review.replay.outcome import Dependent
from alembic_review.replay.stored import INTEGERS, next_value, sequence_of, takes_from
from alembic_review.schema import Column, Key, Sequence, Table
from alembic_review.types import Name, Type


def own_sequence(draft: Draft, table: Name, column: str, type_: Type) -> Name:
    """Make the sequence of a SERIAL or IDENTITY column, under the name that PostgreSQL chooses."""
    name = Name(draft.choose(table, column, "seq", relation=True, constraint=False), table.schema)
    holds = type_.name if type_.name in INTEGERS else "bigint"
    draft.sequences = draft.sequences.put(name, Sequence(name, draft.origin, holds, table, column))
    draft.regain("sequence", name)
    return name


def drop_along(draft: Draft, name: Name) -> None:
    """A sequence goes with the column or table that owns it."""
    sequence = draft.sequences.get(name)
    if sequence is not None:
        draft.went("dropped", "sequence", sequence, sequence.table)
        draft.sequences = draft.sequences.without(name)


def renamed(draft: Draft, column: Column, name: Name, table: Name) -> Column:
    """The column of *table* whose own sequence is called *name* now; its default follows."""
    sequence = draft.sequences.get(column.sequence) if column.sequence is not None else None
    if sequence is None:
        return column
    draft.sequences = draft.sequences.without(sequence.name).put(name, replace(sequence, name=name, table=table))
    default = next_value(name) if takes_from(column, sequence.name) else column.default
    return replace(column, sequence=name, default=default)


def owner(draft: Draft, sequence: Sequence) -> tuple[Table, Column] | None:
    """The table and column that a sequence belongs to."""
    table = draft.tables.get(sequence.table) if sequence.table is not None else None
    column = table.columns.get(sequence.column or "") if table is not None else None
    return (table, column) if table is not None and column is not None and column.sequence == sequence.name else None


def defaults_of(draft: Draft, sequence: Name) -> list[tuple[Table, Column]]:
    """The columns whose default takes its values from a sequence."""
    return [
        (table, column)
        for table in map(draft.tables.__getitem__, draft.tables)
        for column in table.columns.values()
        if column.default is not None and sequence_of(column.default) == sequence
    ]


def create_sequence(draft: Draft, name: Name) -> None:
    """CREATE SEQUENCE of a name that is free."""
    draft.sequences = draft.sequences.put(name, Sequence(name, draft.origin))
    draft.regain("sequence", name)


def own(draft: Draft, operation: ops.OwnSequence) -> None:
    """OWNED BY: the sequence goes with another column from now on, or with none."""
    name = plain(operation.name)
    sequence = draft.sequences.get(name)
    if sequence is None:
        _lacks_sequence(draft, name, "relation", if_exists=False)
        return
    owned = owner(draft, sequence)
    if owned is not None:
        _put_sequence(draft, *owned, None)
    table = draft.table(operation.table) if operation.table is not None else None
    column = table.columns.get(operation.column or "") if table is not None else None
    if table is not None and column is not None and column.sequence is None:
        _put_sequence(draft, table, column, name)
        sequence = replace(sequence, table=table.name, column=column.name)
    else:
        # Of a column that is not known, or has a sequence of its own, nothing tells when it goes.
        sequence = replace(sequence, table=None, column=None, uncertain=operation.table is not None)
    draft.sequences = draft.sequences.put(name, sequence)


def _put_sequence(draft: Draft, table: Table, column: Column, sequence: Name | None) -> None:
    draft.put(table, having(table, columns={**table.columns, column.name: replace(column, sequence=sequence)}))


def drop_sequence(draft: Draft, operation: ops.DropObject, name: Name) -> None:
    """DROP SEQUENCE."""
    sequence = draft.sequences.get(name)
    if sequence is None:
        _lacks_sequence(draft, name, "sequence", if_exists=operation.if_exists)
        return
    owned = owner(draft, sequence)
    if owned is not None and owned[1].identity is not None and not owned[1].uncertain:
        table, column = owned
        message = f"cannot drop sequence {name} because column {column.name} of table {table.name} requires it"
        dependents = [Dependent("column", column.name, table.name)]
        draft.refuse("DependentObjectsStillExist", message, "sequence", str(name), table.name, dependents=dependents)
        return
    users = defaults_of(draft, name)
    draft.let_go(
        f"sequence {name}",
        "sequence",
        str(name),
        users[0][0].name if users else None,
        [
            (Dependent("default", column.name, table.name), column.uncertain or draft.doubts(sequence))
            for table, column in users
        ],
        cascade=operation.cascade,
    )
    remove_sequence(draft, sequence, users)


def remove_sequence(draft: Draft, sequence: Sequence, users: list[tuple[Table, Column]]) -> None:
    """Take a sequence away, and the defaults that take their values from it."""
    for table, column in users:
        now = draft.tables[table.name]
        draft.went("dropped", "default", column, table.name)
        draft.put(now, having(now, columns={**now.columns, column.name: replace(column, default=None)}))
    owned = owner(draft, sequence)
    if owned is not None:
        _put_sequence(draft, *owned, None)
    draft.sequences = draft.sequences.without(sequence.name)
    draft.lose("sequence", sequence.name)


def rename_sequence(draft: Draft, operation: ops.RenameObject, name: Name, new: Name) -> None:
    """ALTER SEQUENCE … RENAME TO, SET SCHEMA."""
    sequence = draft.sequences.get(name)
    if sequence is None:
        _lacks_sequence(draft, name, "relation", if_exists=operation.if_exists)
        return
    if draft.relation(new) is not None and not draft.is_uncertain(new):
        message = f'relation "{new.name}" already exists'
        draft.refuse("DuplicateTable", message, "sequence", str(new), by=draft.maker(new))
    owned = owner(draft, sequence)
    if owned is not None:
        table, column = owned
        changed = renamed(draft, column, new, table.name)
        draft.put(table, having(table, columns={**table.columns, column.name: changed}))
    else:
        draft.sequences = draft.sequences.without(name).put(new, replace(sequence, name=new))
    draft.lose("sequence", name)
    draft.regain("sequence", new)


def _lacks_sequence(draft: Draft, name: Name, word: str, *, if_exists: bool) -> None:
    relation = draft.relation(name)
    if relation is not None:
        if not draft.is_uncertain(name):
            draft.refuse(
                "WrongObjectType", f'"{name.name}" is not a sequence', relation, str(name), since=draft.maker(name)
            )
        return
    by = draft.gone.get(Key("sequence", name))
    surely = (by is not None or draft.complete) and name.known
    if if_exists:
        draft.unused = surely
    elif surely:
        draft.refuse("UndefinedTable", f'{word} "{name}" does not exist', "sequence", str(name), by=by)
