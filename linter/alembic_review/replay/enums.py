"""Enum types: made, dropped with the columns that have them, renamed with them, given other values."""

from __future__ import annotations

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.replay.draft import Draft, having, plain
from alembic_review.replay.outcome import Dependent, EnumValue
from alembic_review.replay.stored import enum_type, literal_of
from alembic_review.replay.users import columns_of, let_type_go
from alembic_review.schema import RELATIONS, Column, EnumType, Key, Object
from alembic_review.types import HOLE, Name


def put_enum(draft: Draft, enum: EnumType) -> None:
    """Make an enum type in this transaction."""
    draft.enums = draft.enums.put(enum.name, enum)
    draft.regain("enum", enum.name)
    run = draft.run
    draft.run = replace(
        run,
        alone=replace(run.alone, new_types=run.alone.new_types | {enum.name}),
        fresh=replace(run.fresh, new_types=run.fresh.new_types | {enum.name}),
    )


def create(draft: Draft, operation: ops.CreateEnum) -> None:
    """CREATE TYPE … AS ENUM, and ``Enum.create()``, which counts for nothing in what ``create_table`` emits."""
    name = plain(operation.name)
    if HOLE in name.name:
        draft.complete = False
        return
    there = draft.enums.get(name)
    if there is not None and not there.uncertain and operation.checked:
        draft.unused = True
        return
    need_free(draft, name)
    put_enum(draft, EnumType(name, operation.labels, draft.origin, uncertain=not name.known))


def need_free(draft: Draft, name: Name, *, alone: bool = True, fresh: bool = True) -> None:
    """Refuse a name that a type has, or a table or view, each of which has a type of its name."""
    there = draft.enums.get(name)
    if there is not None and not there.uncertain and name.known:
        by = there.origin
    elif draft.relation(name) in ("table", *RELATIONS) and not draft.is_uncertain(name):
        by = draft.maker(name)
    else:
        return
    message = f'type "{name.name}" already exists'
    draft.refuse("DuplicateObject", message, "enum", str(name), by=by, alone=alone, fresh=fresh)


def _lacks(draft: Draft, name: Name, *, if_exists: bool = False) -> None:
    by = draft.gone.get(Key("enum", name))
    if any(Key(kind, name) in draft.objects for kind in ("type", "domain")):
        return
    relation = draft.relation(name)
    if relation in ("table", *RELATIONS):
        if not draft.is_uncertain(name):
            draft.refuse("WrongObjectType", f"{name} is not an enum", relation, str(name), since=draft.maker(name))
        return
    surely = name.known and (draft.complete or by is not None)
    if if_exists:
        draft.unused = surely
    elif surely:
        draft.refuse("UndefinedObject", f'type "{name}" does not exist', "enum", str(name), by=by)


def drop(draft: Draft, operation: ops.DropEnum) -> None:
    """DROP TYPE, and ``Enum.drop()``."""
    name = plain(operation.name)
    enum = draft.enums.get(name)
    if enum is None:
        for kind in ("type", "domain"):
            if (there := draft.objects.get(Key(kind, name))) is not None:
                drop_type(draft, there, cascade=operation.cascade)
                return
        if (relation := draft.relation(name)) in ("table", *RELATIONS) and not draft.is_uncertain(name):
            message = f"cannot drop type {name} because {relation} {name} requires it"
            dependents = [Dependent(str(relation), str(name))]
            since = draft.maker(name)
            draft.refuse("DependentObjectsStillExist", message, "enum", str(name), since=since, dependents=dependents)
        else:
            _lacks(draft, name, if_exists=operation.if_exists)
        return
    schema = draft.schema()
    let_type_go(
        draft,
        f"type {name}",
        Key("enum", name),
        schema.columns_of_type(name),
        schema.defaults_of_type(name),
        cascade=operation.cascade,
        surely=not enum.uncertain,
    )
    draft.enums = draft.enums.without(name)
    draft.lose("enum", name)


def drop_type(draft: Draft, there: Object, *, cascade: bool) -> None:
    """DROP TYPE of a composite type, DROP DOMAIN, DROP EXTENSION."""
    key = Key(there.kind, there.name)
    word = "extension" if there.kind == "extension" else "type"
    let_type_go(draft, f"{word} {there.name}", key, columns_of(draft, key), cascade=cascade, surely=not there.uncertain)
    draft.objects = draft.objects.without(key)
    draft.lose(there.kind, there.name)


def add_value(draft: Draft, operation: ops.AddEnumValue) -> None:
    """ALTER TYPE … ADD VALUE. The value cannot be used before it is committed."""
    name, value = plain(operation.name), operation.value
    enum = draft.enums.get(name)
    if enum is None:
        _lacks(draft, name)
        return
    run = draft.run
    if run.settings.postgresql < 12 and not operation.autocommit:
        alone, fresh = name not in run.alone.new_types, name not in run.fresh.new_types
        if alone or fresh:
            message = "ALTER TYPE ... ADD cannot run inside a transaction block"
            draft.refuse("ActiveSqlTransaction", message, "enum value", value, alone=alone, fresh=fresh)
    labels = enum.labels
    if labels is None or HOLE in value:
        draft.enums = draft.enums.put(name, replace(enum, labels=None))
        return
    if value in labels:
        draft.unused = operation.if_not_exists
        if not operation.if_not_exists and not enum.uncertain:
            message = f'enum label "{value}" already exists'
            draft.refuse("DuplicateObject", message, "enum value", value, by=enum.origin)
        return
    neighbour = operation.before if operation.before is not None else operation.after
    position = len(labels)
    if neighbour is not None and neighbour in labels:
        position = labels.index(neighbour) + (operation.before is None)
    elif neighbour is not None and not enum.uncertain and HOLE not in neighbour:
        message = f'"{neighbour}" is not an existing enum label'
        draft.refuse("InvalidParameterValue", message, "enum value", neighbour, since=enum.origin)
    draft.enums = draft.enums.put(name, replace(enum, labels=(*labels[:position], value, *labels[position:])))
    if not operation.autocommit:
        added = EnumValue(name, value)
        draft.run = replace(
            run,
            alone=replace(run.alone, new_values=run.alone.new_values | {added}),
            fresh=replace(run.fresh, new_values=run.fresh.new_values | {added}),
        )


def rename_value(draft: Draft, operation: ops.RenameEnumValue) -> None:
    """ALTER TYPE … RENAME VALUE. Defaults follow it."""
    name, value, new = plain(operation.name), operation.value, operation.new_value
    enum = draft.enums.get(name)
    if enum is None:
        _lacks(draft, name)
        return
    labels = enum.labels
    if labels is None:
        return
    if not enum.uncertain and value not in labels:
        message = f'"{value}" is not an existing enum label'
        draft.refuse("InvalidParameterValue", message, "enum value", value, since=enum.origin)
    elif not enum.uncertain and new in labels:
        message = f'enum label "{new}" already exists'
        draft.refuse("DuplicateObject", message, "enum value", new, by=enum.origin)
    draft.enums = draft.enums.put(name, replace(enum, labels=tuple([new if it == value else it for it in labels])))
    schema = draft.schema()
    for table, column in (*schema.columns_of_type(name), *schema.defaults_of_type(name)):
        if column.default is not None and literal_of(column.default) == value:
            quoted = new.replace("'", "''")
            _put_column(draft, table.name, replace(column, default=ops.Default(f"'{quoted}'")))


def sync_values(draft: Draft, operation: ops.SyncEnumValues) -> None:
    """``sync_enum_values``: the type has these labels and no others."""
    name = plain(operation.name)
    enum = draft.enums.get(name)
    if enum is None:
        _lacks(draft, name)
        return
    draft.enums = draft.enums.put(name, replace(enum, labels=operation.labels))
    for on, column_name in operation.columns:
        table = draft.tables.get(plain(on))
        column = table.columns.get(column_name) if table is not None else None
        if table is not None and column is not None:
            # They are cast to the new type through their text, whatever type they had.
            turned = replace(column, type=enum_type(name, column.type.dimensions), default_type=None)
            _put_column(draft, table.name, turned)


def rename(draft: Draft, name: Name, new: Name, *, if_exists: bool) -> None:
    """ALTER TYPE … RENAME TO, SET SCHEMA. The columns and defaults that have the type follow it."""
    enum = draft.enums.get(name)
    if enum is None:
        _lacks(draft, name, if_exists=if_exists)
        return
    need_free(draft, new)
    schema = draft.schema()
    users, defaults = schema.columns_of_type(name), schema.defaults_of_type(name)
    draft.enums = draft.enums.without(name).put(new, replace(enum, name=new))
    draft.lose("enum", name)
    draft.regain("enum", new)
    for table, column in users:
        _put_column(draft, table.name, replace(column, type=enum_type(new, column.type.dimensions)))
    for table, column in defaults:
        dimensions = column.default_type.dimensions if column.default_type is not None else 0
        _put_column(draft, table.name, replace(column, default_type=enum_type(new, dimensions)))


def _put_column(draft: Draft, table: Name, column: Column) -> None:
    now = draft.tables[table]
    draft.put(now, having(now, {**now.columns, column.name: column}))
