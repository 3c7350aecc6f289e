"""What the declaration of a table or column holds beside its columns: constraints, keys, indexes, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.config import Version
from alembic_review.replay.stored import INTEGERS
from alembic_review.types import is_serial

# The order in which PostgreSQL makes, and so names, the constraints of a new table.
_ORDER: Mapping[type[ops.Constraint], int] = {
    ops.Check: 0,
    ops.PrimaryKey: 1,
    ops.Unique: 2,
    ops.Exclude: 2,
    ops.ForeignKey: 3,
}


def own_index(column: ops.Column) -> ops.Index:
    """The index of ``sa.Column(index=True)``; with ``unique=True`` it is a unique index instead of a constraint."""
    return ops.Index(None, (ops.IndexElement(column.name),), unique=column.unique, place=column.place)


def constraints_on(column: ops.Column, *, without_key: bool = False) -> Iterator[ops.Constraint]:
    """The constraints declared on a column, with the column filled in. *without_key* leaves out its primary key."""
    declared = column.constraints
    if column.primary_key and not without_key and not any(isinstance(item, ops.PrimaryKey) for item in declared):
        yield ops.PrimaryKey(columns=(column.name,), place=column.place)
    for constraint in declared:
        if isinstance(constraint, ops.PrimaryKey) and without_key:
            continue
        match constraint:
            case ops.PrimaryKey(columns=()) | ops.Unique(columns=()) | ops.ForeignKey(columns=()):
                yield replace(constraint, columns=(column.name,))
            case ops.Check(of_type=True, columns=()):
                yield replace(constraint, columns=(column.name,))
            case _:
                yield constraint
    if column.unique and not column.index and not any(isinstance(item, ops.Unique) for item in declared):
        yield ops.Unique(columns=(column.name,), place=column.place)


def constraints_of(operation: ops.CreateTable) -> list[ops.Constraint]:
    """All constraints of a new table, in the order in which PostgreSQL makes them.

    The table's own come before those of its columns: SQLAlchemy makes the latter when the columns are put in.
    """
    found: list[ops.Constraint] = []
    flagged = tuple(column.name for column in operation.columns if column.primary_key)
    own_key = any(isinstance(constraint, ops.PrimaryKey) for constraint in operation.constraints)
    if operation.by_sqlalchemy and flagged and not own_key:
        found.append(ops.PrimaryKey(columns=flagged))
    for constraint in operation.constraints:
        if isinstance(constraint, ops.PrimaryKey) and not constraint.columns:
            constraint = replace(constraint, columns=flagged)
        found.append(constraint)
    for column in operation.columns:
        found.extend(constraints_on(column, without_key=operation.by_sqlalchemy))
    found.sort(key=lambda constraint: _ORDER.get(type(constraint), 2))
    return found


def keys(
    operation: ops.CreateTable, declared: list[ops.Constraint], sqlalchemy: Version | None
) -> tuple[frozenset[str], frozenset[str]]:
    """The columns of the primary key, and those that are SERIAL; puts an autoincremented column first in the key."""
    serials = {column.name for column in operation.columns if is_serial(column.type)}
    primary = next((constraint for constraint in declared if isinstance(constraint, ops.PrimaryKey)), None)
    if primary is None:
        return frozenset(), frozenset(serials)
    key = primary.columns
    own_key = next((constraint for constraint in operation.constraints if isinstance(constraint, ops.PrimaryKey)), None)
    if operation.by_sqlalchemy:
        referring = {name for item in declared if isinstance(item, ops.ForeignKey) for name in item.columns}
        for column in operation.columns:
            name = column.name
            if name in key and is_autoincrement(column, sqlalchemy, alone=len(key) == 1, foreign=name in referring):
                serials.add(name)
                if own_key is None:
                    # PGDDLCompiler.visit_primary_key_constraint puts it first, where no key is written out.
                    key = (name, *(other for other in key if other != name))
                    declared[declared.index(primary)] = replace(primary, columns=key)
                break
    return frozenset(key), frozenset(serials)


def is_autoincrement(column: ops.Column, sqlalchemy: Version | None, *, alone: bool, foreign: bool) -> bool:
    """Whether SQLAlchemy makes a column of a primary key SERIAL (``PrimaryKeyConstraint._autoincrement_column``).

    *alone*: it is the whole key. *foreign*: a foreign key is on it. Before SQLAlchemy 2.1, numbers with a fraction are
    made SERIAL too.
    """
    if column.identity is not None or column.python_default or column.computed is not None:
        return False
    if column.autoincrement is True:
        return column.type.name in (*INTEGERS, "numeric") or is_serial(column.type)
    if column.autoincrement is False or not alone or foreign or column.default is not None:
        return False
    of_old = _FRACTIONS if sqlalchemy is not None and sqlalchemy < (2, 1) else ()
    return column.type.name in (*INTEGERS, *of_old) and not column.type.dimensions


_FRACTIONS = ("numeric", "double precision", "real")


def refers(column: ops.Column) -> bool:
    """Whether a foreign key is declared on the column."""
    return any(isinstance(constraint, ops.ForeignKey) for constraint in column.constraints)
