"""Columns: added, dropped with what stands on them, altered, renamed with what follows them."""

from __future__ import annotations

import re

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.casts import cast
from alembic_review.replay import sequences, views
from alembic_review.replay.constraints import (
    add_constraint,
    drop_references,
    forget,
    keeps_index,
    need_comparable,
)
from alembic_review.replay.declared import constraints_on, is_autoincrement, own_index, refers
from alembic_review.replay.draft import Draft, dependent, having, lost_column
from alembic_review.replay.indexes import add_index
from alembic_review.replay.outcome import Dependent
from alembic_review.replay.stored import (
    INTEGERS,
    literal_of,
    need_type,
    next_value,
    settled_truth,
    spelled,
    store_type,
    type_of_default,
    use_sql,
    use_value,
)
from alembic_review.schema import Column, Constraint, Table, words
from alembic_review.types import HOLE, UNKNOWN_TYPE, Name, Type, is_serial, same_type


def new_column(draft: Draft, table: Name, declared: ops.Column, *, serial: bool, key: bool) -> Column:
    """A column as PostgreSQL stores it; its sequence is made. *key*: it is part of the primary key."""
    type_ = store_type(draft, declared.type)
    need_type(draft, type_)
    if serial and type_.name == "numeric":
        type_ = Type("integer")
    default, sequence = declared.default, None
    if serial or declared.identity is not None:
        sequence = sequences.own_sequence(draft, table, declared.name, type_)
        if serial:
            default = next_value(sequence)
    if default is not None and (value := literal_of(default)) is not None:
        use_value(draft, type_, value)
    nullable = declared.nullable and not (key or serial or declared.primary_key or declared.identity is not None)
    return Column(
        declared.name,
        type_,
        nullable,
        draft.origin,
        default,
        declared.identity,
        declared.computed,
        declared.comment,
        sequence,
    )


def add(draft: Draft, operation: ops.AddColumn) -> None:
    """ALTER TABLE … ADD COLUMN; ``add_column`` makes keys, uniques and indexes by statements of their own."""
    declared = operation.column
    table = draft.table(operation.table)
    if table is None:
        draft.doubt(operation.table, declared.name)
        return
    if HOLE in declared.name:
        draft.put(table, replace(table, complete=False))
        return
    there = table.columns.get(declared.name)
    if there is not None and not there.uncertain and declared.name not in draft.doubted:
        if operation.if_not_exists:
            draft.unused = True
            return
        message = f'column "{declared.name}" of relation "{table.name.name}" already exists'
        draft.refuse("DuplicateColumn", message, "column", declared.name, table.name, by=there.origin)
    else:
        table = _put_new(draft, table, operation)
    for constraint in constraints_on(declared, without_key=operation.by_sqlalchemy):
        table = add_constraint(draft, table, constraint, by_sqlalchemy=operation.by_sqlalchemy)
    if declared.index:
        add_index(draft, table, own_index(declared), by_sqlalchemy=operation.by_sqlalchemy)


def _put_new(draft: Draft, table: Table, operation: ops.AddColumn) -> Table:
    declared = operation.column
    serial = is_serial(declared.type)
    if operation.by_sqlalchemy and declared.primary_key:
        # Alembic leaves the key out, but SQLAlchemy still sees the column of a key and makes it SERIAL.
        sqlalchemy = draft.run.settings.sqlalchemy
        serial = serial or is_autoincrement(declared, sqlalchemy, alone=True, foreign=refers(declared))
    column = new_column(draft, table.name, declared, serial=serial, key=False)
    return draft.put(table, having(table, {**table.columns, declared.name: column}))


def drop(draft: Draft, operation: ops.DropColumn) -> None:
    """ALTER TABLE … DROP COLUMN."""
    table = draft.table(operation.table)
    name = operation.column
    if table is None:
        draft.doubt(operation.table, name)
        return
    if HOLE in name:
        draft.put(table, lost_column(table))
        return
    column = table.columns.get(name)
    if column is not None:
        drop_column(draft, table, column, cascade=operation.cascade or column.uncertain)
    elif operation.if_exists:
        draft.unused = draft.surely_lacks(table, name)
    else:
        draft.lacks_column(table, name, f'column "{name}" of relation "{table.name.name}" does not exist')
        draft.put(table, having(table, gone={**table.gone, name: draft.origin}))


def drop_column(draft: Draft, table: Table, column: Column, *, cascade: bool) -> None:
    """Drop a column with its indexes, its constraints and its sequence; refuse where others stand on it."""
    name = column.name
    own = table.constraints_on(name)
    indexes = table.indexes_on(name)
    keys = {constraint.name for constraint in own if keeps_index(constraint)} | {index.name for index in indexes}
    references = [
        (other, constraint)
        for other, constraint in draft.schema().foreign_keys_to(table.name)
        if _stands_on(constraint, name, keys) and not (other is table and name in constraint.columns)
    ]
    computed = [
        other
        for other in table.columns.values()
        if other.computed and other.computed.sql and other is not column and name in words(other.computed.sql)
    ]
    seen = views.reading(draft, table, name)
    draft.let_go(
        f"column {name} of table {table.name}",
        "column",
        name,
        table.name,
        [
            *(dependent(draft, constraint, other) for other, constraint in references),
            *((Dependent("column", other.name, table.name), draft.doubts(other)) for other in computed),
            *views.dependents(draft, seen),
        ],
        cascade=cascade,
    )
    drop_references(draft, references)
    for view in seen:
        views.remove_view(draft, view)
    table = draft.tables[table.name]
    constraints, kept, gone = dict(table.constraints), dict(table.indexes), dict(table.gone)
    for constraint in own:
        if constraints.pop(constraint.name, None) is not None:
            forget(draft, table, constraint)
            gone[constraint.name] = draft.origin
            draft.went("dropped", constraint.kind, constraint, table.name)
    for index in indexes:
        del kept[index.name]
        draft.indexes = draft.indexes.without(Name(index.name, table.name.schema))
        gone[index.name] = draft.origin
        draft.lose("index", Name(index.name, table.name.schema))
        draft.went("dropped", "index", index, table.name)
    if column.sequence is not None:
        sequences.drop_along(draft, column.sequence)
    columns = dict(table.columns)
    for dropped in (column, *computed):
        del columns[dropped.name]
        gone[dropped.name] = draft.origin
        if dropped is not column:
            draft.went("dropped", "column", dropped, table.name)
    draft.put(table, having(table, columns, constraints, kept, gone))


def _stands_on(constraint: Constraint, column: str, keys: set[str]) -> bool:
    definition = constraint.definition
    return constraint.index in keys or (
        isinstance(definition, ops.ForeignKey) and column in definition.referred_columns
    )


def alter(draft: Draft, operation: ops.AlterColumn) -> None:
    """ALTER TABLE … ALTER COLUMN, in the order in which Alembic emits its parts: the new name comes last."""
    table = draft.table(operation.table)
    name = operation.column
    if table is None:
        draft.doubt(operation.table, name, operation.new_name)
        return
    if HOLE in name:
        draft.put(table, replace(lost_column(table), complete=operation.new_name is None and table.complete))
        return
    column = table.columns.get(name)
    if column is None:
        _alter_missing(draft, table, operation)
        return
    changed = column
    if operation.type is not None:
        changed = _with_type(draft, table, changed, operation.type, using=operation.using is not None)
        use_sql(draft, operation.using, table.name)
    if operation.nullable is not None and operation.nullable != changed.nullable:
        changed = _with_nullable(draft, table, changed, operation.nullable)
    if operation.default is not UNSET and (kept := _keeps_default(column)) is not None:
        message = f'column "{name}" of relation "{table.name.name}" is {kept} column'
        draft.refuse("SyntaxError", message, "default", name, table.name, by=column.origin)
    elif operation.default is not UNSET:
        if operation.default is not None and (value := literal_of(operation.default)) is not None:
            use_value(draft, changed.type, value)
        changed = replace(changed, default=operation.default, default_type=None)
    if operation.identity is not UNSET:
        changed = _with_identity(draft, table, changed, operation.identity)
    if operation.drop_expression:
        changed = replace(changed, computed=None)
    if operation.comment is not UNSET:
        changed = replace(changed, comment=operation.comment)
    if changed is not column:
        table = draft.tables[table.name]
        table = draft.put(table, having(table, {**table.columns, name: changed}))
    if operation.new_name is not None:
        _rename(draft, table, changed, operation.new_name)


def _keeps_default(column: Column) -> str | None:
    """What a column is that takes no DEFAULT, in PostgreSQL's words."""
    if column.uncertain or (column.identity is None and column.computed is None):
        return None
    return "an identity" if column.identity is not None else "a generated"


def _alter_missing(draft: Draft, table: Table, operation: ops.AlterColumn) -> None:
    name, new = operation.column, operation.new_name
    renames_only = new is not None and operation.type is None and operation.nullable is None
    of = "" if renames_only else f' of relation "{table.name.name}"'
    draft.lacks_column(table, name, f'column "{name}"{of} does not exist')
    called = new or name
    if called in table.columns or HOLE in called or (new is None and draft.surely_lacks(table, name)):
        return
    if new is not None or operation.type is not None:
        # What it is called now is known, and what it is only as far as the call says it.
        type_ = store_type(draft, operation.type) if operation.type is not None else UNKNOWN_TYPE
        told = Column(called, type_, True, None, uncertain=True)
        gone = table.gone if new is None else {**table.gone, name: draft.origin}
        draft.put(table, having(table, {**table.columns, called: told}, gone=gone))


def _with_type(draft: Draft, table: Table, column: Column, declared: Type, *, using: bool) -> Column:
    new = store_type(draft, declared)
    need_type(draft, new)
    change = cast(column.type, new)
    changed = replace(column, type=new)
    if column.uncertain or column.name in draft.doubted:
        return changed
    _free_for_type(draft, table, column)
    if change is None or change.how == "same":
        return changed
    given = column.default_type
    if given is None and column.default is not None:
        given = type_of_default(column.default, column.type)
    if change.how in ("using", "refused") and not using:
        message = f'column "{column.name}" cannot be cast automatically to type {spelled(new)}'
        draft.refuse("DatatypeMismatch", message, "column", column.name, table.name, by=column.origin)
    elif given is not None:
        turned = cast(given, new)
        if turned is not None and turned.how in ("using", "refused"):
            message = f'default for column "{column.name}" cannot be cast automatically to type {spelled(new)}'
            draft.refuse("DatatypeMismatch", message, "default", column.name, table.name, by=column.origin)
            given = None
    _keep_references(draft, table, changed)
    if column.identity is not None and column.sequence is not None:
        if new.name not in INTEGERS or new.dimensions:
            message = "identity column type must be smallint, integer, or bigint"
            draft.refuse("InvalidParameterValue", message, "column", column.name, table.name)
        sequence = draft.sequences.get(column.sequence)
        if sequence is not None:
            draft.sequences = draft.sequences.put(sequence.name, replace(sequence, type=new.name))
    kept = given if given is not None and given.enum is not None and not same_type(given, new) else None
    return replace(changed, default=settled_truth(column.default, column.type), default_type=kept)


def _keep_references(draft: Draft, table: Table, changed: Column) -> None:
    """The foreign keys on both sides of a column must still compare when its type has changed."""
    columns = {**table.columns, changed.name: changed}
    for constraint, definition in table.foreign_keys:
        other = draft.tables.get(definition.referred)
        if other is None or constraint.uncertain or changed.name not in definition.columns:
            continue
        theirs = columns if other is table else other.columns
        pairs = zip(definition.columns, definition.referred_columns, strict=False)
        partners = [theirs.get(referred) for mine, referred in pairs if mine == changed.name]
        need_comparable(draft, constraint.name, table.name, other.name, [(changed, it) for it in partners])
    for other, constraint in draft.schema().foreign_keys_to(table.name):
        key = constraint.definition
        if other is table or constraint.uncertain or not isinstance(key, ops.ForeignKey):
            continue
        pairs = zip(key.columns, key.referred_columns, strict=False)
        partners = [other.columns.get(mine) for mine, referred in pairs if referred == changed.name]
        need_comparable(draft, constraint.name, other.name, table.name, [(it, changed) for it in partners])


def _free_for_type(draft: Draft, table: Table, column: Column) -> None:
    """Views and computed columns keep the type of a column they read."""
    seen = [view for view in views.reading(draft, table, column.name) if not draft.doubts(view)]
    if seen:
        message = "cannot alter type of a column used by a view or rule"
        dependents = [Dependent(view.kind, str(view.name)) for view in seen]
        since = draft.origin
        draft.refuse(
            "FeatureNotSupported", message, "column", column.name, table.name, since=since, dependents=dependents
        )
    computed = [
        Dependent("column", other.name, table.name)
        for other in table.columns.values()
        if other.computed and other.computed.sql and column.name in words(other.computed.sql) and not other.uncertain
    ]
    if computed:
        message = "cannot alter type of a column used by a generated column"
        draft.refuse("FeatureNotSupported", message, "column", column.name, table.name, dependents=computed)


def _with_nullable(draft: Draft, table: Table, column: Column, nullable: bool) -> Column:
    key = table.primary_key
    if nullable and key is not None and column.name in key.columns and not key.uncertain:
        message = f'column "{column.name}" is in a primary key'
        draft.refuse("InvalidTableDefinition", message, "column", column.name, table.name, by=key.origin)
        return column
    if nullable and column.identity is not None and not column.uncertain:
        message = f'column "{column.name}" of relation "{table.name.name}" is an identity column'
        draft.refuse("SyntaxError", message, "column", column.name, table.name, by=column.origin)
        return column
    return replace(column, nullable=nullable)


def _with_identity(draft: Draft, table: Table, column: Column, identity: ops.Identity | UnsetType | None) -> Column:
    if isinstance(identity, ops.Identity):
        if column.identity is not None:
            return replace(column, identity=identity)
        sequence = sequences.own_sequence(draft, table.name, column.name, column.type)
        return replace(column, identity=identity, sequence=sequence)
    if column.identity is not None and column.sequence is not None:
        sequences.drop_along(draft, column.sequence)
        return replace(column, identity=None, sequence=None)
    return column


def comment(draft: Draft, operation: ops.CommentOn) -> None:
    """COMMENT ON a table or column."""
    if operation.kind not in ("table", "column"):
        return
    table = draft.table(operation.table)
    if table is None:
        return
    if operation.column is None:
        draft.put(table, replace(table, comment=operation.comment))
        return
    column = table.columns.get(operation.column)
    if column is None:
        message = f'column "{operation.column}" of relation "{table.name.name}" does not exist'
        draft.lacks_column(table, operation.column, message)
        return
    draft.put(table, having(table, {**table.columns, column.name: replace(column, comment=operation.comment)}))


# --- renaming --------------------------------------------------------------------------------------------------------


def _rename(draft: Draft, table: Table, column: Column, new: str) -> None:
    """Constraints, indexes, foreign keys of others and computed columns follow; their names do not."""
    old = column.name
    if HOLE in new:
        draft.put(table, replace(lost_column(table), complete=False))
        return
    clash = table.columns.get(new)
    if clash is not None and not clash.uncertain:
        # Also where it is the column itself.
        message = f'column "{new}" of relation "{table.name.name}" already exists'
        draft.refuse("DuplicateColumn", message, "column", new, table.name, by=clash.origin)
    if new == old:
        return
    columns = {}
    for name, other in table.columns.items():
        if name == old:
            columns[new] = replace(column, name=new)
        elif name != new:
            columns[name] = _computing(other, old, new)
    constraints = {name: _renaming(item, table.name, old, new, own=True) for name, item in table.constraints.items()}
    indexes = {
        name: replace(index, definition=_with_key(index.definition, old, new)) if index.involves(old) else index
        for name, index in table.indexes.items()
    }
    if column.sequence is not None and (sequence := draft.sequences.get(column.sequence)):
        draft.sequences = draft.sequences.put(sequence.name, replace(sequence, column=new))
    for view in views.reading(draft, table, old):
        named = tuple([new if column == old else column for column in view.columns])
        views.put_view(draft, replace(view, definition=_respelled(view.definition, old, new), columns=named))
    draft.put(table, having(table, columns, constraints, indexes, {**table.gone, old: draft.origin}))
    for referring in draft.referred_by.get(table.name) or ():
        other_table = draft.tables.get(referring)
        if other_table is not None:
            followed = {
                key: _renaming(item, table.name, old, new, own=False) for key, item in other_table.constraints.items()
            }
            draft.put(other_table, having(other_table, constraints=followed))


def _renamed(columns: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple([new if column == old else column for column in columns])


def _respelled(sql: str | None, old: str, new: str) -> str | None:
    """An expression whose column has another name now."""
    if sql is None or old not in words(sql):
        return sql
    parts = re.split(r"('(?:[^']|'')*')", sql)
    word = re.compile(rf'"{re.escape(old)}"|\b{re.escape(old)}\b', re.IGNORECASE if old == old.lower() else 0)
    return "".join(part if part.startswith("'") else word.sub(lambda _: new, part) for part in parts)


def _computing(column: Column, old: str, new: str) -> Column:
    if column.computed is None or column.computed.sql is None:
        return column
    return replace(column, computed=replace(column.computed, sql=_respelled(column.computed.sql, old, new)))


def _renaming(constraint: Constraint, table: Name, old: str, new: str, *, own: bool) -> Constraint:
    """A constraint whose column is renamed: one of its *own* table, or one that a foreign key refers to."""
    definition = constraint.definition
    if isinstance(definition, ops.ForeignKey):
        if definition.referred == table and old in definition.referred_columns:
            definition = replace(definition, referred_columns=_renamed(definition.referred_columns, old, new))
        if own and old in definition.columns:
            definition = replace(definition, columns=_renamed(definition.columns, old, new))
    elif own and isinstance(definition, ops.Check) and old in definition.columns:
        definition = replace(
            definition,
            columns=_renamed(definition.columns, old, new),
            sql=_respelled(definition.sql, old, new),
            not_null=new if definition.not_null == old else definition.not_null,
        )
    elif own and isinstance(definition, (ops.PrimaryKey, ops.Unique, ops.Exclude)) and old in definition.columns:
        definition = replace(definition, columns=_renamed(definition.columns, old, new))
    return constraint if definition is constraint.definition else replace(constraint, definition=definition)


def _with_key(index: ops.Index, old: str, new: str) -> ops.Index:
    elements = tuple(
        [
            replace(
                element,
                column=new if element.column == old else element.column,
                sql=_respelled(element.sql, old, new),
                columns=_renamed(element.columns, old, new),
            )
            for element in index.elements
        ]
    )
    where = _respelled(index.where, old, new)
    return replace(index, elements=elements, where=where, include=_renamed(index.include, old, new))
