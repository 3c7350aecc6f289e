"""Tables: made with all that is declared in them, dropped with all that is their own, renamed."""

from __future__ import annotations

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.config import Version
from alembic_review.replay import sequences, views
from alembic_review.replay.columns import new_column
from alembic_review.replay.constraints import add_constraint, drop_references, forget, keeps_index, know
from alembic_review.replay.declared import constraints_of, keys, own_index
from alembic_review.replay.draft import Draft, dependent, plain
from alembic_review.replay.enums import need_free, put_enum
from alembic_review.replay.indexes import add_index
from alembic_review.replay.outcome import Effect
from alembic_review.schema import RELATIONS, Column, Constraint, EnumType, Key, Table
from alembic_review.types import HOLE, Enum, Name


def create(draft: Draft, operation: ops.CreateTable) -> None:
    """CREATE TABLE, and what SQLAlchemy emits around it."""
    name = plain(operation.table)
    clash = draft.relation(name)
    if operation.checked and clash is not None:
        draft.unused = True
        return
    if operation.by_sqlalchemy:
        _create_types(draft, operation)
    if HOLE in name.name:
        draft.complete = False
        return
    if clash is not None and not operation.temporary:
        if not draft.is_uncertain(name):
            if operation.if_not_exists:
                _only_indexes(draft, operation, name)
                return
            message = f'relation "{name.name}" already exists'
            draft.refuse("DuplicateTable", message, "table", str(name), name, by=draft.maker(name))
        if clash != "table":
            return
    elif name in draft.enums and not draft.enums[name].uncertain:
        message = f'type "{name.name}" already exists'
        draft.refuse("DuplicateObject", message, "enum", str(name), by=draft.enums[name].origin)
    if name in draft.tables:
        remove(draft, draft.tables[name])
    _put_new(draft, operation, name)


def _put_new(draft: Draft, operation: ops.CreateTable, name: Name) -> None:
    draft.regain("table", name)
    declared = constraints_of(operation)
    key, serials = keys(operation, declared, draft.run.settings.sqlalchemy)
    columns: dict[str, Column] = {}
    parent = draft.table(operation.partition_of) if operation.partition_of is not None else None
    if parent is not None:
        columns.update(parent.columns)
    for column in operation.columns:
        if column.name in columns and parent is None:
            _refuse_twice(draft, operation, name, column.name)
            continue
        serial = column.name in serials
        columns[column.name] = new_column(draft, name, column, serial=serial, key=column.name in key)
    unread = operation.opaque or any(HOLE in column for column in columns)
    table = draft.put(
        None,
        Table(
            name,
            draft.origin,
            columns,
            comment=operation.comment,
            temporary=operation.temporary,
            partitioned=operation.partitioned,
            partition_of=parent.name if parent is not None else None,
            uncertain=not name.known,
            complete=not unread and operation.partition_of is None,
        ),
    )
    for constraint in declared:
        table = add_constraint(draft, table, constraint, by_sqlalchemy=operation.by_sqlalchemy, with_table=True)
    for index in _indexes_of(operation):
        table = add_index(draft, table, index, by_sqlalchemy=operation.by_sqlalchemy)


def _only_indexes(draft: Draft, operation: ops.CreateTable, name: Name) -> None:
    """IF NOT EXISTS of a table that is there: SQLAlchemy makes its indexes all the same."""
    table = draft.tables.get(name)
    draft.unused = True
    if table is None or not operation.by_sqlalchemy:
        return
    for index in _indexes_of(operation):
        draft.unused = False
        table = add_index(draft, table, index, by_sqlalchemy=True)


def _indexes_of(operation: ops.CreateTable) -> list[ops.Index]:
    return [*operation.indexes, *(own_index(column) for column in operation.columns if column.index)]


def _refuse_twice(draft: Draft, operation: ops.CreateTable, table: Name, column: str) -> None:
    if operation.by_sqlalchemy:
        message = f"A column with name '{column}' is already present in table '{table.name}'."
        draft.refuse("DuplicateColumnError", message, "column", column, table)
    else:
        message = f'column "{column}" specified more than once'
        draft.refuse("DuplicateColumn", message, "column", column, table, since=draft.origin)


def _create_types(draft: Draft, operation: ops.CreateTable) -> None:
    """CREATE TYPE for the enum types of columns, which SQLAlchemy emits once for each name and command."""
    sqlalchemy = draft.run.settings.sqlalchemy
    looks = operation.checked or (operation.by_table and not (sqlalchemy is not None and sqlalchemy < (2, 1)))
    made: set[Name] = set()
    for column in operation.columns:
        enum = column.type.enum
        emits = enum is not None and _emits(enum, sqlalchemy)
        if enum is None or emits is False:
            continue
        if enum.name is None:
            message = "PostgreSQL ENUM type requires a name."
            draft.refuse("CompileError", message, "enum", "", plain(operation.table))
            continue
        name = plain(enum.name)
        if name in made:
            continue
        made.add(name)
        run = draft.run
        alone = operation.by_table or name not in run.alone.types
        fresh = operation.by_table or name not in run.fresh.types
        there = draft.enums.get(name)
        by = draft.gone.get(Key("enum", name))
        if emits is None:
            if there is None:
                put_enum(draft, EnumType(name, enum.labels, draft.origin, uncertain=True))
            continue
        if there is None and by is not None and not (alone and fresh):
            # It was made and dropped in this command, and is not made a second time.
            message = f'type "{name}" does not exist'
            draft.refuse("UndefinedObject", message, "enum", str(name), by=by, alone=not alone, fresh=not fresh)
        elif not looks and (alone or fresh):
            need_free(draft, name, alone=alone, fresh=fresh)
        # Where one of the two commands passes over it, the type keeps the labels that it has.
        if there is None or there.uncertain or (alone and fresh and not looks):
            put_enum(draft, EnumType(name, enum.labels, draft.origin, uncertain=not name.known))
        if not operation.by_table:
            _emitted(draft, name)


def _emits(enum: Enum, sqlalchemy: Version | None) -> bool | None:
    """Whether ``create_table`` emits CREATE TYPE; None where that depends on a version which is not known."""
    if not enum.creates:
        return False
    before, since = "metadata" not in enum.keywords, "create_type" not in enum.keywords
    if before == since:
        return before
    return None if sqlalchemy is None else since if sqlalchemy >= (2, 1) else before


def _emitted(draft: Draft, name: Name) -> None:
    run = draft.run
    draft.run = replace(
        run,
        alone=replace(run.alone, types=run.alone.types | {name}),
        fresh=replace(run.fresh, types=run.fresh.types | {name}),
    )


def recreate(draft: Draft, on: Name | None) -> None:
    """``batch_alter_table(recreate="always")``: a copy of the table is made, and with it the types of its columns."""
    table = draft.tables.get(plain(on)) if on is not None else None
    if table is None or table.uncertain:
        return
    for name in {column.enum: None for column in table.columns.values() if column.enum is not None}:
        run = draft.run
        alone, fresh = name not in run.alone.types, name not in run.fresh.types
        if alone or fresh:
            need_free(draft, name, alone=alone, fresh=fresh)
            _emitted(draft, name)


def drop(draft: Draft, operation: ops.DropTable) -> None:
    """DROP TABLE. The enum types of its columns stay."""
    name = plain(operation.table)
    table = draft.tables.get(name)
    if table is None:
        _drop_missing(draft, operation, name)
        return
    schema = draft.schema()
    partitions = _partitions(draft, table)
    going = {gone.name: gone for gone in (table, *partitions)}
    references = [
        (other, item) for gone in going for other, item in schema.foreign_keys_to(gone) if other.name not in going
    ]
    seen = [view for gone in going for view in schema.views_of(gone)]
    draft.let_go(
        f"table {name}",
        "table",
        str(name),
        name,
        [*(dependent(draft, constraint, other) for other, constraint in references), *views.dependents(draft, seen)],
        cascade=operation.cascade or table.uncertain,
    )
    drop_references(draft, references)
    for view in seen:
        views.remove_view(draft, view)
    remove(draft, table)
    _lose(draft, table)
    for partition in partitions:
        draft.went("dropped", "table", partition, name)
        remove(draft, partition)
        _lose(draft, partition)


def _partitions(draft: Draft, table: Table) -> list[Table]:
    """The partitions of a table, and theirs, which go with it."""
    if not table.partitioned:
        return []
    own = [other for key in draft.tables if (other := draft.tables[key]).partition_of == table.name]
    return [*own, *(inner for other in own for inner in _partitions(draft, other))]


def alter(draft: Draft, operation: ops.AlterTable) -> None:
    """An action of ALTER TABLE that changes no schema, but for ATTACH PARTITION."""
    table = draft.table(operation.table)
    partition = draft.tables.get(plain(operation.partition)) if operation.partition is not None else None
    if table is not None and partition is not None:
        draft.put(partition, replace(partition, partition_of=table.name))


def _lose(draft: Draft, table: Table) -> None:
    name = table.name
    draft.lose("table", name)
    for index in (*table.indexes, *(item.index for item in table.constraints.values() if keeps_index(item))):
        if index is not None:
            draft.lose("index", Name(index, name.schema))


def _drop_missing(draft: Draft, operation: ops.DropTable, name: Name) -> None:
    relation = draft.relation(name)
    by = draft.gone.get(Key("table", name))
    if HOLE in name.name:
        draft.doubt_tables()
    elif relation is not None:
        if not draft.is_uncertain(name):
            message = f'"{name.name}" is not a table'
            draft.refuse("WrongObjectType", message, relation, str(name), name, since=draft.maker(name))
    elif by is not None:
        draft.unused = operation.if_exists
        if not operation.if_exists:
            draft.refuse("UndefinedTable", f'table "{name}" does not exist', "table", str(name), name, by=by)
    else:
        # The history never made it. That it drops it does not tell that there was more before the history.
        draft.effects.append(Effect("assumed", "table", str(name), name))
        draft.lose("table", name)


def remove(draft: Draft, table: Table) -> None:
    """Take a table away with all that is its own."""
    for constraint in table.constraints.values():
        forget(draft, table, constraint)
    for index in table.indexes:
        draft.indexes = draft.indexes.without(Name(index, table.name.schema))
    for column in table.columns.values():
        if column.sequence is not None:
            sequences.drop_along(draft, column.sequence)
    draft.remove(table)


def rename(draft: Draft, operation: ops.RenameTable) -> None:
    """ALTER TABLE … RENAME TO, which renames views too."""
    table = _to_move(draft, operation.table, if_exists=operation.if_exists)
    old = plain(operation.table)
    view = next((view for kind in RELATIONS if (view := draft.objects.get(Key(kind, old)))), None)
    new = Name(operation.new_name, old.schema)
    if HOLE in old.name and HOLE not in new.name and draft.relation(new) is None:
        # Some table has this name now.
        draft.regain("table", new)
        draft.put(None, Table(new, None, uncertain=True, complete=False))
    if table is None and view is None:
        return
    relation = draft.relation(new)
    if relation is not None and not draft.is_uncertain(new):
        message = f'relation "{new.name}" already exists'
        draft.refuse("DuplicateTable", message, relation, str(new), new, by=draft.maker(new))
    elif new in draft.enums and not draft.enums[new].uncertain:
        message = f'type "{new.name}" already exists'
        draft.refuse("DuplicateObject", message, "enum", str(new), by=draft.enums[new].origin)
    if view is not None:
        views.remove_view(draft, view, along=False)
        views.put_view(draft, replace(view, name=new))
    elif table is not None and relation in (None, "table"):
        _move(draft, table, new)


def set_schema(draft: Draft, operation: ops.SetSchema) -> None:
    """ALTER TABLE … SET SCHEMA."""
    table = _to_move(draft, operation.table)
    if table is None:
        return
    new = plain(Name(table.name.name, operation.schema))
    if new == table.name:
        return
    relation = draft.relation(new)
    for name in (new.name, *table.indexes, *(item.name for item in table.constraints.values() if keeps_index(item))):
        moved = Name(name, new.schema)
        if draft.relation(moved) is not None and not draft.is_uncertain(moved):
            message = f'relation "{name}" already exists in schema "{operation.schema}"'
            draft.refuse("DuplicateTable", message, "table", str(new), new, by=draft.maker(moved))
            break
    if relation in (None, "table"):
        _move(draft, table, new)


def _to_move(draft: Draft, name: Name, *, if_exists: bool = False) -> Table | None:
    name = plain(name)
    if HOLE in name.name:
        draft.doubt_tables()
        return None
    if if_exists and draft.relation(name) is None and (draft.complete or Key("table", name) in draft.gone):
        draft.unused = True
        return None
    return draft.table(name)


def _move(draft: Draft, table: Table, new: Name) -> None:
    """Give a table another name or schema. Its constraints, indexes and sequences keep their names."""
    old = table.name
    if new in draft.tables:
        remove(draft, draft.tables[new])
    columns = {
        name: column
        if column.sequence is None
        else sequences.renamed(draft, column, Name(column.sequence.name, new.schema), new)
        for name, column in table.columns.items()
    }
    for constraint in table.constraints.values():
        forget(draft, table, constraint)
    for index in table.indexes:
        draft.indexes = draft.indexes.without(Name(index, old.schema)).put(Name(index, new.schema), new)
    draft.remove(table)
    constraints = {name: _referring(constraint, old, new) for name, constraint in table.constraints.items()}
    moved = draft.put(None, replace(table, name=new, columns=columns, constraints=constraints))
    for constraint in constraints.values():
        know(draft, moved, constraint)
    for name in draft.referred_by.get(old) or ():
        other = draft.tables.get(name)
        if other is not None:
            followed = {key: _referring(constraint, old, new) for key, constraint in other.constraints.items()}
            draft.put(other, replace(other, constraints=followed))
    for view in draft.schema().views_of(old):
        views.put_view(draft, replace(view, reads=tuple([new if read == old else read for read in view.reads])))
    draft.lose("table", old)
    draft.regain("table", new)


def _referring(constraint: Constraint, old: Name, new: Name) -> Constraint:
    """A foreign key follows the table it refers to."""
    definition = constraint.definition
    if isinstance(definition, ops.ForeignKey) and definition.referred == old:
        return replace(constraint, definition=replace(definition, referred=new))
    return constraint
