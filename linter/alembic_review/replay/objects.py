"""What is neither table, index nor enum type: views, functions, triggers, extensions, schemas, …"""

from __future__ import annotations

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.replay import enums, indexes, sequences, views
from alembic_review.replay.constraints import drop_references
from alembic_review.replay.draft import Draft, plain
from alembic_review.replay.outcome import Dependent
from alembic_review.replay.stored import use_sql
from alembic_review.replay.tables import remove
from alembic_review.replay.users import columns_of, drop_along, let_function_go
from alembic_review.schema import RELATIONS, Attached, Column, Key, Object, Table
from alembic_review.types import HOLE, Name

_ATTACHED = ("trigger", "policy", "rule")

_DUPLICATES = {
    "schema": "DuplicateSchema",
    "extension": "DuplicateObject",
    "type": "DuplicateObject",
    "domain": "DuplicateObject",
}
_MISSING = {
    "view": "UndefinedTable",
    "materialized view": "UndefinedTable",
    "schema": "InvalidSchemaName",
    "extension": "UndefinedObject",
    "type": "UndefinedObject",
    "domain": "UndefinedObject",
}


def create(draft: Draft, operation: ops.CreateObject) -> None:
    """CREATE VIEW, FUNCTION, TRIGGER, EXTENSION, SCHEMA, SEQUENCE, …"""
    name, kind = plain(operation.name), operation.kind
    if name.schema == "pg_temp":
        # It is gone with the session.
        return
    if operation.table is not None and kind in _ATTACHED:
        _attach(draft, operation, name)
    elif HOLE in name.name:
        draft.complete = False
    elif kind == "sequence":
        if not _is_taken(draft, operation, name):
            sequences.create_sequence(draft, name)
    elif kind in RELATIONS:
        replaces = operation.or_replace and Key(kind, name) in draft.objects
        if replaces or not _is_taken(draft, operation, name):
            reads = tuple([plain(read) for read in operation.reads])
            use_sql(draft, operation.definition, *reads)
            views.put_view(draft, Object(kind, name, operation.definition, draft.origin, reads, operation.columns))
    else:
        _create(draft, operation, name)


def _create(draft: Draft, operation: ops.CreateObject, name: Name) -> None:
    kind = operation.kind
    there = draft.objects.get(Key(kind, name))
    if there is not None and operation.if_not_exists:
        draft.unused = not there.uncertain
        return
    # Functions may share a name where their arguments differ, which are not looked at.
    if there is not None and kind in _DUPLICATES and not operation.or_replace and not there.uncertain:
        word = "type" if kind == "domain" else kind
        message = f'{word} "{name.name}" already exists'
        draft.refuse(_DUPLICATES[kind], message, kind, str(name), by=there.origin)
    elif kind in ("type", "domain") and (enum := draft.enums.get(name)) is not None and not enum.uncertain:
        message = f'type "{name.name}" already exists'
        draft.refuse("DuplicateObject", message, "enum", str(name), by=enum.origin)
    draft.objects = draft.objects.put(Key(kind, name), Object(kind, name, operation.definition, draft.origin))
    draft.regain(kind, name)


def _is_taken(draft: Draft, operation: ops.CreateObject, name: Name) -> bool:
    """Whether nothing is made because of what has the name already; refuses it where that is sure."""
    relation = draft.relation(name)
    if relation is None:
        return False
    if draft.is_uncertain(name):
        return relation != operation.kind
    draft.unused = operation.if_not_exists
    if not operation.if_not_exists:
        message = f'relation "{name.name}" already exists'
        draft.refuse("DuplicateTable", message, relation, str(name), by=draft.maker(name))
    return True


def _attach(draft: Draft, operation: ops.CreateObject, name: Name) -> None:
    table = draft.table(operation.table) if operation.table is not None else None
    if table is None:
        return
    key = (operation.kind, name.name)
    there = table.attached.get(key)
    if there is not None and not operation.or_replace and not there.uncertain:
        of = "table" if operation.kind == "policy" else "relation"
        message = f'{operation.kind} "{name.name}" for {of} "{table.name.name}" already exists'
        draft.refuse("DuplicateObject", message, operation.kind, name.name, table.name, by=there.origin)
    made = Attached(operation.kind, name.name, operation.definition, draft.origin)
    draft.put(table, replace(table, attached={**table.attached, key: made}))


def drop(draft: Draft, operation: ops.DropObject) -> None:
    """DROP VIEW, FUNCTION, TRIGGER, EXTENSION, SCHEMA, SEQUENCE, …"""
    name, kind = plain(operation.name), operation.kind
    if kind == "function":
        let_function_go(draft, name, cascade=operation.cascade)
    if operation.table is not None and kind in _ATTACHED:
        table = draft.table(operation.table)
        if table is not None:
            _detach(draft, table, operation, name)
    elif kind == "schema":
        _drop_schema(draft, operation, name)
    elif kind == "sequence":
        sequences.drop_sequence(draft, operation, name)
    elif (there := draft.objects.get(Key(kind, name))) is None:
        _lacks(draft, operation, Key(kind, name))
    elif kind in RELATIONS:
        draft.let_go(
            f"{kind} {name}",
            kind,
            str(name),
            None,
            views.dependents(draft, draft.schema().views_of(name)),
            cascade=operation.cascade or there.uncertain,
        )
        views.remove_view(draft, there, along=False)
    elif kind in ("type", "domain", "extension"):
        enums.drop_type(draft, there, cascade=operation.cascade)
    else:
        draft.objects = draft.objects.without(Key(kind, name))
        draft.lose(kind, name)


def _lacks(draft: Draft, operation: ops.DropObject, key: Key) -> None:
    relation = draft.relation(key.name) if key.kind in RELATIONS else None
    if relation is not None:
        if not draft.is_uncertain(key.name):
            message = f'"{key.name.name}" is not a {key.kind}'
            draft.refuse("WrongObjectType", message, relation, str(key.name), since=draft.maker(key.name))
        return
    by = draft.gone.get(key)
    # Extensions, functions and types may come from elsewhere: what the history never made may be there.
    surely = key.name.known and (by is not None or (key.kind in RELATIONS and draft.complete))
    if operation.if_exists:
        draft.unused = surely
    elif surely and key.kind in _MISSING:
        word = "type" if key.kind == "domain" else key.kind
        draft.refuse(_MISSING[key.kind], f'{word} "{key.name}" does not exist', key.kind, str(key.name), by=by)


def _detach(draft: Draft, table: Table, operation: ops.DropObject, name: Name) -> None:
    key = (operation.kind, name.name)
    if key in table.attached:
        attached = {item: thing for item, thing in table.attached.items() if item != key}
        draft.put(table, replace(table, attached=attached))
        return
    surely = draft.surely_lacks(table, name.name)
    if operation.if_exists:
        draft.unused = surely
    elif surely:
        of = "relation" if operation.kind == "rule" else "table"
        message = f'{operation.kind} "{name.name}" for {of} "{table.name.name}" does not exist'
        draft.refuse("UndefinedObject", message, operation.kind, name.name, table.name)


def _drop_schema(draft: Draft, operation: ops.DropObject, name: Name) -> None:
    tables = [draft.tables[key] for key in draft.tables if key.schema == name.name]
    types = [draft.enums[key] for key in draft.enums if key.schema == name.name]
    others = [draft.objects[key] for key in draft.objects if key.name.schema == name.name]
    loose = [draft.sequences[key] for key in draft.sequences if key.schema == name.name]
    loose = [sequence for sequence in loose if sequence.table is None]
    draft.let_go(
        f"schema {name.name}",
        "schema",
        name.name,
        None,
        [
            *((Dependent("table", str(table.name)), draft.doubts(table)) for table in tables),
            *((Dependent("enum", str(enum.name)), draft.doubts(enum)) for enum in types),
            *((Dependent(other.kind, str(other.name)), draft.doubts(other)) for other in others),
            *((Dependent("sequence", str(sequence.name)), draft.doubts(sequence)) for sequence in loose),
        ],
        cascade=operation.cascade,
    )
    inside = {table.name for table in tables}
    for table in tables:
        draft.went("dropped", "table", table)
        for view in draft.schema().views_of(table.name):
            views.remove_view(draft, view)
        references = draft.schema().foreign_keys_to(table.name)
        drop_references(draft, [(other, item) for other, item in references if other.name not in inside])
        remove(draft, draft.tables[table.name])
        draft.lose("table", table.name)
    for enum in types:
        draft.went("dropped", "enum", enum)
        _drop_columns(draft, draft.schema().columns_of_type(enum.name))
        draft.enums = draft.enums.without(enum.name)
        draft.lose("enum", enum.name)
    for other in others:
        _drop_inside(draft, other)
    for sequence in loose:
        draft.went("dropped", "sequence", sequence)
        sequences.remove_sequence(draft, sequence, sequences.defaults_of(draft, sequence.name))
    draft.objects = draft.objects.without(Key("schema", name))
    draft.lose("schema", name)


def _drop_inside(draft: Draft, other: Object) -> None:
    """A view, function, domain, … goes along with its schema, and with it what stands on it elsewhere."""
    key = Key(other.kind, other.name)
    if other.kind in RELATIONS:
        views.remove_view(draft, other)
        return
    draft.went("dropped", other.kind, other)
    if other.kind == "function":
        let_function_go(draft, other.name, cascade=True)
    else:
        _drop_columns(draft, columns_of(draft, key))
    draft.objects = draft.objects.without(key)
    draft.lose(other.kind, other.name)


def _drop_columns(draft: Draft, columns: list[tuple[Table, Column]]) -> None:
    for table, column in columns:
        drop_along(draft, table.name, column)


def rename(draft: Draft, operation: ops.RenameObject) -> None:
    """ALTER … RENAME TO and SET SCHEMA of anything but tables."""
    name, new, kind = plain(operation.name), plain(operation.new_name), operation.kind
    there = draft.objects.get(Key(kind, name)) if kind != "index" else None
    if kind == "index":
        indexes.rename(draft, operation, name, new)
    elif kind == "sequence":
        sequences.rename_sequence(draft, operation, name, new)
    elif there is None and kind == "type":
        enums.rename(draft, name, new, if_exists=operation.if_exists)
    elif there is not None and kind in RELATIONS:
        views.remove_view(draft, there, along=False)
        views.put_view(draft, replace(there, name=new))
    elif there is not None:
        draft.objects = draft.objects.without(Key(kind, name)).put(Key(kind, new), replace(there, name=new))
        draft.lose(kind, name)
        draft.regain(kind, new)
