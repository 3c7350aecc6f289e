"""Constraints: how they are named, what they need, what stands on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.naming import CannotNameError, Named, conventional_name, joined_columns, shortened
from alembic_review.replay.draft import Draft, dependent, having, lost_constraint, plain
from alembic_review.replay.outcome import Effect
from alembic_review.replay.stored import incomparable, need_operator_class, spelled, use_sql
from alembic_review.schema import KINDS, Column, Constraint, Key, Table, columns_of, words
from alembic_review.types import HOLE, Name

_PREFIXES: Mapping[type[ops.Constraint], str] = {
    ops.PrimaryKey: "pk",
    ops.Unique: "uq",
    ops.ForeignKey: "fk",
    ops.Check: "ck",
}
_KINDS_BY_TYPE = {"primary": "primary key", "unique": "unique", "foreignkey": "foreign key", "check": "check"}
_PREFIXES_BY_TYPE = {"primary": "pk", "unique": "uq", "foreignkey": "fk", "check": "ck"}


def add(draft: Draft, operation: ops.AddConstraint) -> None:
    """ALTER TABLE … ADD CONSTRAINT, and the directives that come to it."""
    table = draft.table(operation.table)
    if table is None:
        draft.doubt(operation.table, operation.constraint.name)
        return
    add_constraint(draft, table, operation.constraint, by_sqlalchemy=operation.sql is None)


def add_constraint(
    draft: Draft, table: Table, declared: ops.Constraint, *, by_sqlalchemy: bool, with_table: bool = False
) -> Table:
    """The table with one more constraint.

    *by_sqlalchemy*: its conventions name it. *with_table*: it is part of CREATE TABLE.
    """
    if isinstance(declared, ops.Check) and declared.of_type and _is_boolean(table, declared):
        # PostgreSQL has a boolean type of its own: SQLAlchemy makes no CHECK for it.
        return table
    name = declared.name
    if by_sqlalchemy:
        try:
            name = _conventional(draft, table, declared)
        except CannotNameError as why:
            draft.refuse(why.error, str(why), KINDS[type(declared)], "", table.name)
            return table
    refused_by_sqlalchemy = by_sqlalchemy and with_table
    index: str | None = None
    match declared:
        case ops.PrimaryKey() | ops.Unique() if declared.index is not None:
            return _take_over(draft, table, declared, declared.index, name)
        case ops.PrimaryKey():
            table = _one_primary_key(draft, table, declared)
            _need_columns(draft, table, declared, 'column "{}" named in key does not exist', refused_by_sqlalchemy)
            need_operator_class(draft, table, declared.columns, None)
            index = chosen = name or draft.choose(table.name, "", "pkey", relation=True, constraint=True)
        case ops.Unique():
            if with_table and (merged := _merged(draft, table, declared, name)) is not None:
                return merged
            _need_columns(draft, table, declared, 'column "{}" named in key does not exist', refused_by_sqlalchemy)
            need_operator_class(draft, table, declared.columns, None)
            second = joined_columns(declared.columns)
            index = chosen = name or draft.choose(table.name, second, "key", relation=True, constraint=True)
        case ops.Exclude():
            second = joined_columns(declared.columns)
            index = chosen = name or draft.choose(table.name, second, "excl", relation=True, constraint=True)
        case ops.ForeignKey():
            message = 'column "{}" referenced in foreign key constraint does not exist'
            _need_columns(draft, table, declared, message, refused_by_sqlalchemy)
            second = joined_columns(declared.columns)
            chosen = name or draft.choose(table.name, second, "fkey", relation=False, constraint=True)
            declared, index = _reference(draft, table, declared, chosen, by_sqlalchemy, with_table)
        case ops.Check():
            declared = replace(declared, columns=declared.columns or _named_in(table, declared.sql))
            use_sql(draft, declared.sql, table.name)
            needed = declared
            if by_sqlalchemy:
                # Not every word of a text that only SQLAlchemy has seen is a column.
                words = tuple(column for column in declared.columns if column in table.gone)
                needed = replace(declared, columns=words)
            _need_columns(draft, table, needed, 'column "{}" does not exist', by_sqlalchemy=False)
            second = declared.columns[0] if len(declared.columns) == 1 else ""
            chosen = name or draft.choose(table.name, second, "check", relation=False, constraint=True)
        case _:
            return table
    # A foreign key may have made its table known.
    table = draft.tables[table.name]
    place = Name(chosen, table.name.schema)
    there = table.constraints.get(chosen)
    if index == chosen and not isinstance(declared, ops.ForeignKey) and draft.relation(place) is not None:
        if not draft.is_uncertain(place):
            message = f'relation "{chosen}" already exists'
            draft.refuse("DuplicateTable", message, "constraint", chosen, table.name, by=draft.maker(place))
        table = clear_relation(draft, table, place)
    elif there is not None:
        if not there.uncertain and chosen not in draft.doubted:
            message = f'constraint "{chosen}" for relation "{table.name.name}" already exists'
            draft.refuse("DuplicateObject", message, "constraint", chosen, table.name, by=there.origin)
        table = without_constraint(draft, table, there)
    guessed = by_sqlalchemy and not draft.run.settings.convention_known and not declared.final
    guessed = guessed and (name is None or isinstance(declared, ops.Check))
    constraint = Constraint(chosen, declared, draft.origin, index, name is None, HOLE in chosen, guessed)
    know(draft, table, constraint)
    columns = _not_null(table.columns, declared.columns) if isinstance(declared, ops.PrimaryKey) else table.columns
    return draft.put(table, having(table, columns, {**table.constraints, chosen: constraint}))


def _is_boolean(table: Table, check: ops.Check) -> bool:
    return any(table.columns[name].type.name == "boolean" for name in check.columns if name in table.columns)


def _named_in(table: Table, sql: str | None) -> tuple[str, ...]:
    if sql is None:
        return ()
    there = words(sql)
    return tuple(column for column in table.columns if column in there)


def _conventional(draft: Draft, table: Table, declared: ops.Constraint) -> str | None:
    """The name that SQLAlchemy hands to the database, None where it leaves it to it."""
    if declared.final and declared.name is not None:
        return shortened(declared.name)
    foreign = declared if isinstance(declared, ops.ForeignKey) else None
    named = Named(
        _PREFIXES.get(type(declared), ""),
        table.name.name,
        table.name.schema,
        columns_of(declared),
        declared.name,
        foreign.referred.name if foreign else "",
        foreign.referred_columns if foreign else (),
    )
    return conventional_name(named, draft.run.settings.naming_convention)


def _need_columns(draft: Draft, table: Table, declared: ops.Constraint, message: str, by_sqlalchemy: bool) -> None:
    for column in columns_of(declared):
        if column in table.columns or (column == table.name.name and isinstance(declared, ops.Check)):
            # The name of the table stands for the whole row in an expression.
            continue
        if by_sqlalchemy and draft.surely_lacks(table, column):
            text = (
                f"Can't create {type(declared).__name__}Constraint on table '{table.name.name}': "
                f"no column named '{column}' is present."
            )
            draft.refuse("ConstraintColumnNotFoundError", text, "column", column, table.name)
        else:
            draft.lacks_column(table, column, message.format(column))


def _not_null(columns: dict[str, Column], names: Iterable[str]) -> dict[str, Column]:
    """The columns, those of a primary key NOT NULL."""
    changed = {
        name: replace(column, nullable=False)
        for name in names
        if (column := columns.get(name)) is not None and column.nullable
    }
    return {**columns, **changed} if changed else columns


def _one_primary_key(draft: Draft, table: Table, declared: ops.PrimaryKey) -> Table:
    """A table has one primary key; the table without the one it has."""
    key = table.primary_key
    if key is None:
        return table
    if not key.uncertain:
        message = f'multiple primary keys for table "{table.name.name}" are not allowed'
        draft.refuse("InvalidTableDefinition", message, "primary key", declared.name or "", table.name, by=key.origin)
    return without_constraint(draft, table, key)


def _merged(draft: Draft, table: Table, declared: ops.Unique, name: str | None) -> Table | None:
    """The table, if CREATE TABLE makes one index of this constraint and an equal one (``transformIndexConstraints``).

    A name given to any of the two is the name of both.
    """
    for constraint in table.constraints.values():
        prior = constraint.definition
        if not isinstance(prior, (ops.PrimaryKey, ops.Unique)):
            continue
        if prior.columns != declared.columns or prior.deferrable != declared.deferrable:
            continue
        if constraint.chosen and name is not None:
            place = Name(name, table.name.schema)
            if name != constraint.name and draft.relation(place) is not None and not draft.is_uncertain(place):
                message = f'relation "{name}" already exists'
                draft.refuse("DuplicateTable", message, "constraint", name, table.name, by=draft.maker(place))
            elif name != constraint.name and name in table.constraints:
                message = f'constraint "{name}" for relation "{table.name.name}" already exists'
                draft.refuse("DuplicateObject", message, "constraint", name, table.name, by=draft.origin)
            forget(draft, table, constraint)
            named = replace(constraint, name=name, index=name, chosen=False)
            know(draft, table, named)
            constraints = {item.name: item for item in table.constraints.values() if item is not constraint}
            return draft.put(table, having(table, constraints={**constraints, name: named}))
        return table
    return None


def _take_over(
    draft: Draft, table: Table, declared: ops.PrimaryKey | ops.Unique, index_name: str, name: str | None
) -> Table:
    """ADD CONSTRAINT … USING INDEX: the index takes the name of the constraint."""
    index = table.indexes.get(index_name)
    columns = index.columns if index is not None else declared.columns
    if index is None and draft.surely_lacks(table, index_name):
        by = draft.gone.get(Key("index", Name(index_name, table.name.schema)))
        draft.refuse("UndefinedObject", f'index "{index_name}" does not exist', "index", index_name, table.name, by=by)
    if isinstance(declared, ops.PrimaryKey):
        table = _one_primary_key(draft, table, declared)
    chosen = name or index_name
    if index is not None and chosen != index_name:
        draft.effects.append(Effect("renamed", "index", index_name, table.name, index, chosen))
        point_keys(draft, table, index_name, chosen)
        table = draft.tables[table.name]
    draft.indexes = draft.indexes.without(Name(index_name, table.name.schema))
    definition = replace(declared, columns=columns, index=None)
    constraint = Constraint(chosen, definition, draft.origin, chosen, uncertain=index is None or index.uncertain)
    know(draft, table, constraint)
    kept = {key: item for key, item in table.indexes.items() if key != index_name}
    now = _not_null(table.columns, columns) if isinstance(declared, ops.PrimaryKey) else table.columns
    return draft.put(table, having(table, now, {**table.constraints, chosen: constraint}, kept))


def point_keys(draft: Draft, table: Table, index: str, new: str) -> None:
    """Foreign keys stand on an index of *table* that has another name now."""
    for other, constraint in draft.schema().foreign_keys_to(table.name):
        if constraint.index == index:
            now = draft.tables[other.name]
            moved = replace(constraint, index=new)
            draft.put(now, having(now, constraints={**now.constraints, constraint.name: moved}))


def _reference(
    draft: Draft, table: Table, declared: ops.ForeignKey, chosen: str, by_sqlalchemy: bool, with_table: bool
) -> tuple[ops.ForeignKey, str | None]:
    """A foreign key with the columns it refers to, and the index there that it stands on."""
    referred = plain(declared.referred)
    declared = replace(declared, referred=referred)
    if by_sqlalchemy and declared.referred_columns and len(declared.referred_columns) != len(declared.columns):
        message = "ForeignKeyConstraint number of constrained columns must match the number of referenced columns."
        draft.refuse("ArgumentError", message, "foreign key", chosen, table.name)
    other = table if referred == table.name else draft.table(referred)
    if other is None:
        return declared, None
    sure = other.complete and not draft.doubts(other)
    if not declared.referred_columns:
        key = other.primary_key
        if key is None:
            if sure:
                message = f'there is no primary key for referenced table "{other.name.name}"'
                draft.refuse("UndefinedObject", message, "foreign key", chosen, table.name)
            return declared, None
        declared = replace(declared, referred_columns=key.columns)
    columns = declared.referred_columns
    missing = [column for column in columns if column not in other.columns]
    for column in missing:
        if by_sqlalchemy and with_table and other is table:
            # SQLAlchemy adds the column to the table that it is about to make, without a type.
            message = f"(in table '{table.name.name}', column '{column}'): Can't generate DDL for NullType()"
            draft.refuse("CompileError", message, "column", column, table.name)
        else:
            message = f'column "{column}" referenced in foreign key constraint does not exist'
            draft.lacks_column(other, column, message)
    standing = other.keys_on(columns)
    index = _oldest(other, standing)
    if missing or not sure or any(column in draft.doubted for column in (*columns, *declared.columns)):
        return declared, index
    if len(columns) != len(declared.columns):
        message = "number of referencing and referenced columns for foreign key disagree"
        draft.refuse("InvalidForeignKey", message, "foreign key", chosen, table.name)
    elif not standing:
        message = f'there is no unique constraint matching given keys for referenced table "{other.name.name}"'
        draft.refuse("InvalidForeignKey", message, "foreign key", chosen, table.name)
    else:
        pairs = zip(declared.columns, columns, strict=True)
        compared = [(table.columns.get(mine), other.columns.get(theirs)) for mine, theirs in pairs]
        need_comparable(draft, chosen, table.name, other.name, compared)
    return declared, index


def _oldest(table: Table, indexes: list[str]) -> str | None:
    """The oldest of the unique indexes on some columns, which a foreign key stands on; None where that is not known."""
    if not indexes:
        return None
    first = next((item for item in table.constraints.values() if item.index == indexes[0]), None)
    with_table = first is not None and first.origin is table.origin
    # Of a later constraint's index and one that is no constraint's, nobody kept which is the older.
    return indexes[0] if with_table or len(indexes) == 1 or indexes[-1] not in table.indexes else None


def need_comparable(
    draft: Draft, key: str, table: Name, other: Name, pairs: Iterable[tuple[Column | None, Column | None]]
) -> None:
    """Refuse a foreign key of *table* to *other* where a column of the *pairs* cannot be compared with its partner."""
    for mine, theirs in pairs:
        if mine is not None and theirs is not None and incomparable(mine, theirs):
            message = (
                f'foreign key constraint "{key}" cannot be implemented: "{mine.name}" is {spelled(mine.type)}, '
                f'"{other}.{theirs.name}" is {spelled(theirs.type)}'
            )
            draft.refuse("DatatypeMismatch", message, "foreign key", key, table)
            return


def keeps_index(constraint: Constraint) -> bool:
    """Whether an index of the constraint's own name goes with it."""
    return constraint.index == constraint.name and not isinstance(constraint.definition, ops.ForeignKey)


def know(draft: Draft, table: Table, constraint: Constraint) -> None:
    """Take up the constraint's name among those of its schema."""
    place = Name(constraint.name, table.name.schema)
    draft.constraint_names = draft.constraint_names.put(place, (*(draft.constraint_names.get(place) or ()), table.name))
    if keeps_index(constraint):
        draft.indexes = draft.indexes.put(place, table.name)


def forget(draft: Draft, table: Table, constraint: Constraint) -> None:
    """Give the constraint's name free."""
    place = Name(constraint.name, table.name.schema)
    left = tuple(name for name in draft.constraint_names.get(place) or () if name != table.name)
    if left:
        draft.constraint_names = draft.constraint_names.put(place, left)
    else:
        draft.constraint_names = draft.constraint_names.without(place)
    if keeps_index(constraint):
        draft.indexes = draft.indexes.without(place)


def without_constraint(draft: Draft, table: Table, constraint: Constraint, *, along: bool = False) -> Table:
    """The table without a constraint; *along* with something else that is dropped."""
    if constraint.name not in table.constraints:
        return table
    if along:
        draft.went("dropped", constraint.kind, constraint, table.name)
    forget(draft, table, constraint)
    constraints = {name: item for name, item in table.constraints.items() if name != constraint.name}
    gone = {**table.gone, constraint.name: draft.origin}
    return draft.put(table, having(table, constraints=constraints, gone=gone))


def drop_references(draft: Draft, references: Iterable[tuple[Table, Constraint]]) -> None:
    """Foreign keys go along with what they stand on."""
    for table, constraint in references:
        now = draft.tables.get(table.name)
        if now is not None:
            without_constraint(draft, now, constraint, along=True)


def clear_relation(draft: Draft, table: Table, place: Name) -> Table:
    """An index of that name cannot be there, since the revision makes one now. Gives *table* as it is then."""
    on = draft.indexes.get(place)
    other = draft.tables.get(on) if on is not None else None
    if other is None:
        return table
    if place.name in other.indexes:
        draft.indexes = draft.indexes.without(place)
        kept = {name: index for name, index in other.indexes.items() if name != place.name}
        draft.put(other, having(other, indexes=kept))
    elif place.name in other.constraints:
        without_constraint(draft, other, other.constraints[place.name])
    return draft.tables[table.name]


def drop(draft: Draft, operation: ops.DropConstraint) -> None:
    """ALTER TABLE … DROP CONSTRAINT, and ``drop_constraint``."""
    name = operation.name
    if operation.sql is None:
        try:
            name = _name_to_drop(draft, operation)
        except CannotNameError as why:
            draft.refuse(why.error, str(why), "constraint", "", plain(operation.table))
            return
    if name is None:
        message = "Can't emit DROP CONSTRAINT for constraint Constraint(); it has no name"
        draft.refuse("CompileError", message, "constraint", "", plain(operation.table))
        return
    table, kind = draft.table(operation.table), _KINDS_BY_TYPE.get(operation.kind or "")
    if table is None:
        if HOLE in name and HOLE in operation.table.name:
            draft.lose_track()
        else:
            draft.doubt(operation.table, name)
        return
    if HOLE in name:
        draft.put(table, lost_constraint(table, kind))
        return
    constraint = _find(table, name, kind)
    if constraint is None:
        key = table.primary_key
        named = operation.kind == "primary" and key is not None and not key.uncertain and not key.guessed
        of = f'of relation "{table.name.name}"'
        _lacks_constraint(draft, table, name, of, if_exists=operation.if_exists, named=named)
        return
    name = constraint.name
    standing = [
        (other, item)
        for other, item in draft.schema().foreign_keys_to(table.name)
        if keeps_index(constraint) and item.index == constraint.index
    ]
    draft.let_go(
        f"constraint {name} on table {table.name}",
        constraint.kind,
        name,
        table.name,
        [dependent(draft, item, other) for other, item in standing],
        cascade=operation.cascade or constraint.uncertain,
    )
    drop_references(draft, standing)
    without_constraint(draft, draft.tables[table.name], constraint)


def _find(table: Table, name: str, kind: str | None = None) -> Constraint | None:
    """The constraint of that name, or the one that a naming convention which is not known may have called so."""
    constraint = table.constraints.get(name)
    if constraint is not None or name in table.gone:
        return constraint
    guessed = [
        item
        for item in table.constraints.values()
        if item.guessed and kind in (None, item.kind) and _may_be_called(item, name.lower())
    ]
    return max(guessed, key=lambda item: len(item.columns), default=None)


_PRIMARY = re.compile(r"(^|_)(pk|pkey|primary|primary_key)(_|$)")


def _may_be_called(constraint: Constraint, name: str) -> bool:
    if isinstance(constraint.definition, ops.PrimaryKey):
        return _PRIMARY.search(name) is not None
    if isinstance(constraint.definition, ops.Check):
        return constraint.name.lower() in name
    # The columns, as they are called now or were when the name was chosen.
    kept = constraint.name.lower().rpartition("_")[0]
    return kept in name or all(column.lower() in name for column in constraint.columns)


def _name_to_drop(draft: Draft, operation: ops.DropConstraint) -> str | None:
    """The name that ``drop_constraint`` hands to the database: a convention may change it."""
    if operation.final and operation.name is not None:
        return shortened(operation.name)
    table = plain(operation.table)
    prefix = _PREFIXES_BY_TYPE.get(operation.kind or "", "")
    named = Named(prefix, table.name, table.schema, (), operation.name)
    return conventional_name(named, draft.run.settings.naming_convention)


def _lacks_constraint(
    draft: Draft, table: Table, name: str, of: str, *, if_exists: bool = False, named: bool = False
) -> None:
    """Refuse what asks for a constraint that is not there; *named*: the one that is meant has another name."""
    surely = draft.surely_lacks(table, name) or (named and name not in draft.doubted)
    if if_exists:
        draft.unused = surely
    elif surely:
        message = f'constraint "{name}" {of} does not exist'
        draft.refuse("UndefinedObject", message, "constraint", name, table.name, by=table.gone.get(name))


def rename(draft: Draft, operation: ops.RenameConstraint) -> None:
    """ALTER TABLE … RENAME CONSTRAINT."""
    table = draft.table(operation.table)
    if table is None:
        draft.doubt(operation.table, operation.name, operation.new_name)
        return
    constraint = _find(table, operation.name)
    if constraint is None:
        if not operation.name.endswith("_not_null"):
            # Since version 18, PostgreSQL has constraints for NOT NULL, which are not kept here.
            _lacks_constraint(draft, table, operation.name, f'for table "{table.name.name}"')
        return
    rename_constraint(draft, table, constraint, operation.new_name)


def rename_constraint(draft: Draft, table: Table, constraint: Constraint, new: str) -> None:
    """Give a constraint another name, and the index that it keeps."""
    place = Name(new, table.name.schema)
    clash = table.constraints.get(new)
    with_index = keeps_index(constraint)
    if with_index and draft.relation(place) is not None:
        if not draft.is_uncertain(place):
            message = f'relation "{new}" already exists'
            draft.refuse("DuplicateTable", message, "constraint", new, table.name, by=draft.maker(place))
    elif clash is not None and not clash.uncertain:
        message = f'constraint "{new}" for relation "{table.name.name}" already exists'
        draft.refuse("DuplicateObject", message, "constraint", new, table.name, by=clash.origin)
    if with_index:
        point_keys(draft, table, constraint.name, new)
        table = draft.tables[table.name]
        constraint = table.constraints[constraint.name]
    if clash is not None:
        table = without_constraint(draft, table, clash)
    forget(draft, table, constraint)
    renamed = replace(constraint, name=new, index=new if with_index else constraint.index, chosen=False)
    know(draft, table, renamed)
    constraints = {
        (new if item is constraint else name): (renamed if item is constraint else item)
        for name, item in table.constraints.items()
    }
    gone = {**table.gone, constraint.name: draft.origin}
    draft.put(table, having(table, constraints=constraints, gone=gone))


def validate(draft: Draft, operation: ops.ValidateConstraint) -> None:
    """ALTER TABLE … VALIDATE CONSTRAINT."""
    table = draft.table(operation.table)
    if table is None:
        return
    constraint = table.constraints.get(operation.name)
    if constraint is None:
        _lacks_constraint(draft, table, operation.name, f'of relation "{table.name.name}"')
        return
    valid = replace(constraint, definition=replace(constraint.definition, not_valid=False))
    draft.put(table, having(table, constraints={**table.constraints, operation.name: valid}))
