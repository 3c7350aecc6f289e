"""Indexes that are no constraint's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.naming import Named, conventional_name, joined_columns, shortened
from alembic_review.replay.constraints import clear_relation, drop_references, point_keys, rename_constraint
from alembic_review.replay.draft import Draft, dependent, having, lost_index, plain
from alembic_review.replay.stored import need_operator_class, use_sql
from alembic_review.schema import RELATIONS, Index, Key, Table
from alembic_review.types import HOLE, Name


def create(draft: Draft, operation: ops.CreateIndex) -> None:
    """CREATE INDEX."""
    table = draft.table(operation.table)
    if table is None:
        draft.doubt(operation.table, operation.index.name)
        _create_on_view(draft, operation)
        return
    add_index(
        draft,
        table,
        operation.index,
        by_sqlalchemy=operation.by_sqlalchemy,
        if_not_exists=operation.if_not_exists,
    )


def _create_on_view(draft: Draft, operation: ops.CreateIndex) -> None:
    name = plain(operation.table)
    for kind in RELATIONS:
        view = draft.objects.get(Key(kind, name))
        if view is not None and operation.index.name is not None:
            draft.indexes = draft.indexes.put(Name(operation.index.name, name.schema), name)
            added = replace(view, indexes=(*view.indexes, operation.index.name))
            draft.objects = draft.objects.put(Key(kind, name), added)


def add_index(
    draft: Draft, table: Table, declared: ops.Index, *, by_sqlalchemy: bool, if_not_exists: bool = False
) -> Table:
    """The table with one more index."""
    name = _name(draft, table, declared) if by_sqlalchemy else declared.name
    if name is None and by_sqlalchemy:
        message = "CREATE INDEX requires that the index have a name"
        draft.refuse("CompileError", message, "index", "", table.name)
        return table
    if name is None:
        second = joined_columns(tuple(_key_names(declared)))
        name = draft.choose(table.name, second, "idx", relation=True, constraint=False)
    for element in declared.elements:
        for column in (element.column,) if element.column is not None else element.columns:
            if column in table.columns:
                continue
            # In an expression, the name of the table stands before its columns, or for the whole row; and not every
            # word of a text that only SQLAlchemy has seen is a column.
            if element.column is not None or (column in table.gone if by_sqlalchemy else column != table.name.name):
                draft.lacks_column(table, column, f'column "{column}" does not exist')
    place = Name(name, table.name.schema)
    # A naming convention that could not be read may call it otherwise.
    guessed = by_sqlalchemy and declared.name is None and not draft.run.settings.convention_known
    if draft.relation(place) is not None:
        uncertain = guessed or draft.is_uncertain(place)
        if if_not_exists:
            draft.unused = not uncertain
            return table
        if not uncertain:
            message = f'relation "{name}" already exists'
            draft.refuse("DuplicateTable", message, "index", name, table.name, by=draft.maker(place))
        table = clear_relation(draft, table, place)
    keys = (element.column for element in declared.elements if element.column is not None and not element.opclass)
    need_operator_class(draft, table, keys, declared.using)
    if declared.where is not None:
        use_sql(draft, declared.where, table.name)
    draft.indexes = draft.indexes.put(place, table.name)
    index = Index(name, declared, draft.origin, guessed or HOLE in name)
    return draft.put(table, having(table, indexes={**table.indexes, name: index}))


def _name(draft: Draft, table: Table, declared: ops.Index) -> str | None:
    """The name that SQLAlchemy hands to the database."""
    if declared.final and declared.name is not None:
        return shortened(declared.name)
    keys = [element.column or element.sql or "" for element in declared.elements]
    named = Named("ix", table.name.name, table.name.schema, keys, declared.name)
    return conventional_name(named, draft.run.settings.naming_convention)


def _key_names(index: ops.Index) -> Iterator[str]:
    """What PostgreSQL calls the keys of an index when it makes its name (``ChooseIndexColumnNames``)."""
    used: set[str] = set()
    for element in index.elements:
        name = element.column
        if name is None:
            function = re.match(r"\(*\s*(\w+)\s*\(", element.sql or "")
            name = function[1].lower() if function else "expr"
        number, plain_name = 0, name
        while name in used:
            number += 1
            name = f"{plain_name}{number}"
        used.add(name)
        yield name


def drop(draft: Draft, operation: ops.DropIndex) -> None:
    """DROP INDEX. PostgreSQL knows no table in it: that of ``drop_index`` counts for its schema alone."""
    if operation.name is None:
        draft.refuse("CompileError", "DROP INDEX requires that the index have a name", "index", "")
        return
    name = plain(operation.name)
    on = plain(operation.table) if operation.table is not None else None
    if operation.sql is None:
        name = Name(shortened(name.name), on.schema if on is not None and name.schema is None else name.schema)
    if HOLE in name.name:
        table = draft.tables.get(on) if on is not None else None
        if table is not None:
            draft.put(table, lost_index(table))
        elif on is None or HOLE in on.name:
            draft.lose_track()
        return
    owner = draft.indexes.get(name)
    if owner is None:
        _lacks_index(draft, name, on, if_exists=operation.if_exists)
        return
    table = draft.tables.get(owner)
    if table is None:
        draft.indexes = draft.indexes.without(name)
    elif name.name in table.indexes:
        _drop(draft, operation, name, table, table.indexes[name.name])
    else:
        constraint = next((item for item in table.constraints.values() if item.index == name.name), None)
        if constraint is not None and not constraint.uncertain:
            message = f"cannot drop index {name} because constraint {name.name} on table {table.name} requires it"
            draft.refuse(
                "DependentObjectsStillExist",
                message,
                "index",
                name.name,
                table.name,
                by=constraint.origin,
                dependents=[dependent(draft, constraint, table)[0]],
            )


def _drop(draft: Draft, operation: ops.DropIndex, name: Name, table: Table, index: Index) -> None:
    standing = [(other, item) for other, item in draft.schema().foreign_keys_to(table.name) if item.index == index.name]
    draft.let_go(
        f"index {name}",
        "index",
        name.name,
        table.name,
        [dependent(draft, item, other) for other, item in standing],
        cascade=operation.cascade or index.uncertain,
    )
    drop_references(draft, standing)
    table = draft.tables[table.name]
    draft.indexes = draft.indexes.without(name)
    kept = {key: item for key, item in table.indexes.items() if item is not index}
    draft.put(table, having(table, indexes=kept, gone={**table.gone, name.name: draft.origin}))
    draft.lose("index", name)


def _lacks_index(draft: Draft, name: Name, on: Name | None, *, if_exists: bool, word: str = "index") -> None:
    relation = draft.relation(name)
    if relation is not None:
        if not draft.is_uncertain(name):
            draft.refuse(
                "WrongObjectType", f'"{name.name}" is not an index', relation, str(name), since=draft.maker(name)
            )
        return
    by = draft.gone.get(Key("index", name))
    table = draft.tables.get(on) if on is not None else None
    if table is not None:
        surely = draft.surely_lacks(table, name.name)
    else:
        # A table that the history never made has indexes that it never made.
        surely = draft.complete and (on is None or Key("table", on) in draft.gone)
    surely = (surely or by is not None) and name.known and name.name not in draft.doubted
    if if_exists:
        draft.unused = surely
    elif surely:
        error = "UndefinedObject" if word == "index" else "UndefinedTable"
        draft.refuse(error, f'{word} "{name}" does not exist', "index", name.name, on, by=by)


def rename(draft: Draft, operation: ops.RenameObject, name: Name, new: Name) -> None:
    """ALTER INDEX … RENAME TO, which renames the constraint of an index along with it."""
    if HOLE in name.name:
        draft.lose_track()
        draft.doubted |= {new.name}
        return
    owner = draft.indexes.get(name)
    table = draft.tables.get(owner) if owner is not None else None
    if table is None:
        _lacks_index(draft, name, None, if_exists=operation.if_exists, word="relation")
        return
    index = table.indexes.get(name.name)
    if index is None:
        for constraint in table.constraints.values():
            if constraint.index == name.name and not isinstance(constraint.definition, ops.ForeignKey):
                rename_constraint(draft, table, constraint, new.name)
                return
        return
    if draft.relation(new) is not None:
        if not draft.is_uncertain(new):
            message = f'relation "{new.name}" already exists'
            draft.refuse("DuplicateTable", message, "index", new.name, table.name, by=draft.maker(new))
        table = clear_relation(draft, table, new)
    point_keys(draft, table, name.name, new.name)
    table = draft.tables[table.name]
    indexes = {
        (new.name if item is index else key): (replace(item, name=new.name) if item is index else item)
        for key, item in table.indexes.items()
    }
    draft.indexes = draft.indexes.without(name).put(new, table.name)
    draft.lose("index", name)
    draft.regain("index", new)
    draft.put(table, having(table, indexes=indexes, gone={**table.gone, name.name: draft.origin}))
