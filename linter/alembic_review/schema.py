"""The schema at one point of a history, as PostgreSQL's catalogue would have it, and who made what in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from alembic_review import operations as ops
from alembic_review.persistent import Shared
from alembic_review.types import Name, Type


class Origin(NamedTuple):
    """The operation that made something, and the revision it stands in.

    `unread` tells how much that could not be read had been done before, as `Schema.unread` does.
    """

    operation: ops.Operation
    revision: str
    upgrade: bool = True
    unread: int = 0


class Made:
    """What all things of a schema tell of where they come from."""

    __slots__ = ()
    origin: Origin | None

    @property
    def made_by(self) -> ops.Operation | None:
        """The operation that made it, or None for what was there before the history."""
        return self.origin.operation if self.origin else None

    @property
    def made_in(self) -> str | None:
        """The id of the revision that made it."""
        return self.origin.revision if self.origin else None


class Column(Struct, Made, frozen=True):
    """A column of a table.

    `type` is what is stored: a SERIAL is an integer, an enum type carries its name alone (its labels are the
    schema's). `sequence` is the sequence that goes with the column, of SERIAL and IDENTITY.
    `default_type` is the enum type that its default still has, where the column had it once: PostgreSQL then casts
    what the default gives, and the default goes on depending on the type.
    `uncertain`: it may not be there, or not be so.
    """

    name: str
    type: Type
    nullable: bool
    origin: Origin | None
    default: ops.Default | None = None
    identity: ops.Identity | None = None
    computed: ops.Computed | None = None
    comment: str | None = None
    sequence: Name | None = None
    default_type: Type | None = None
    uncertain: bool = False

    @property
    def enum(self) -> Name | None:
        """The enum type it has, also as the element of an array."""
        return self.type.enum.name if self.type.enum else None


class Constraint(Struct, Made, frozen=True):
    """A constraint of a table.

    `definition` has the columns and tables by the names they have now. `name` is the one it has in the catalogue;
    `chosen` where the database chose it; `guessed` where a naming convention that could not be read may have chosen
    another. `index` is the index that keeps a primary key, unique or exclusion constraint, and for a foreign key the
    one on the other table that it stands on.
    """

    name: str
    definition: ops.Constraint
    origin: Origin | None
    index: str | None = None
    chosen: bool = False
    uncertain: bool = False
    guessed: bool = False

    @property
    def kind(self) -> str:
        """``primary key``, ``unique``, ``foreign key``, ``check`` or ``exclude``."""
        return KINDS[type(self.definition)]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of its table that it is on, in its order."""
        return columns_of(self.definition)


KINDS: Mapping[type[ops.Constraint], str] = {
    ops.PrimaryKey: "primary key",
    ops.Unique: "unique",
    ops.ForeignKey: "foreign key",
    ops.Check: "check",
    ops.Exclude: "exclude",
}


def columns_of(constraint: ops.Constraint) -> tuple[str, ...]:
    """The columns that a declared constraint names."""
    return getattr(constraint, "columns", ())


class Index(Struct, Made, frozen=True):
    """An index that is no constraint's own. It lies in the schema of its table."""

    name: str
    definition: ops.Index
    origin: Origin | None
    uncertain: bool = False

    @property
    def unique(self) -> bool:
        """Whether it is a unique index."""
        return self.definition.unique

    @property
    def columns(self) -> tuple[str, ...]:
        """Its keys that are columns, in order."""
        return tuple(element.column for element in self.definition.elements if element.column is not None)

    def involves(self, column: str) -> bool:
        """Whether it goes when *column* is dropped: as a key, within an expression, or included.

        A column that only the WHERE names counts where it stands there as a word of its own.
        """
        definition = self.definition
        if any(column == element.column or column in element.columns for element in definition.elements):
            return True
        return column in definition.include or (definition.where is not None and column in words(definition.where))


class Attached(Struct, Made, frozen=True):
    """A trigger, policy or rule of a table."""

    kind: str
    name: str
    definition: str | None
    origin: Origin | None
    uncertain: bool = False


class Table(Struct, Made, frozen=True):
    """A table.

    `gone` holds the columns, constraints and indexes that the history dropped or renamed away.
    `uncertain`: it may not be there; `complete`: what is not listed is not there.
    """

    name: Name
    origin: Origin | None
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    attached: dict[tuple[str, str], Attached] = field(default_factory=dict)
    comment: str | None = None
    temporary: bool = False
    partitioned: bool = False
    partition_of: Name | None = None
    gone: dict[str, Origin] = field(default_factory=dict)
    uncertain: bool = False
    complete: bool = True

    @property
    def primary_key(self) -> Constraint | None:
        """Its primary key."""
        for constraint in self.constraints.values():
            if isinstance(constraint.definition, ops.PrimaryKey):
                return constraint
        return None

    @property
    def foreign_keys(self) -> Iterator[tuple[Constraint, ops.ForeignKey]]:
        """Its foreign keys, each with its definition."""
        for constraint in self.constraints.values():
            if isinstance(constraint.definition, ops.ForeignKey):
                yield constraint, constraint.definition

    def constraints_on(self, column: str) -> list[Constraint]:
        """The constraints that go when *column* is dropped."""
        return [constraint for constraint in self.constraints.values() if column in constraint.columns]

    def indexes_on(self, column: str) -> list[Index]:
        """The indexes that go when *column* is dropped, those of constraints not among them."""
        return [index for index in self.indexes.values() if index.involves(column)]

    @property
    def keys(self) -> Iterator[Constraint | Index]:
        """What keeps rows apart by columns alone: primary keys and unique constraints, then indexes of all rows."""
        for constraint in self.constraints.values():
            if isinstance(constraint.definition, (ops.PrimaryKey, ops.Unique)):
                yield constraint
        for index in self.indexes.values():
            whole = index.definition.where is None and len(index.columns) == len(index.definition.elements)
            if index.unique and whole:
                yield index

    def keys_on(self, columns: tuple[str, ...]) -> list[str]:
        """The unique indexes on exactly these columns, in any order, that a foreign key can stand on.

        Those of constraints come first, in the order in which they were made.
        """
        wanted = sorted(columns)
        found = [
            key.index if isinstance(key, Constraint) else key.name
            for key in self.keys
            if sorted(key.columns) == wanted and not (isinstance(key, Constraint) and key.definition.deferrable)
        ]
        return [name for name in found if name is not None]

    def tells_apart(self, columns: tuple[str, ...]) -> bool:
        """Whether no two rows have the same values in *columns*, as far as is certain."""
        return any(key.columns and not key.uncertain and set(key.columns) <= set(columns) for key in self.keys)


class EnumType(Struct, Made, frozen=True):
    """An enum type. `labels` is None where they could not be read."""

    name: Name
    labels: tuple[str, ...] | None
    origin: Origin | None
    uncertain: bool = False


class Sequence(Struct, Made, frozen=True):
    """A sequence of values of a `type`; `table` and `column` are those that own it, and take it along when they go."""

    name: Name
    origin: Origin | None
    type: str = "bigint"
    table: Name | None = None
    column: str | None = None
    uncertain: bool = False


class Object(Struct, Made, frozen=True):
    """A view, function, extension, schema, domain, …

    `reads` are the tables that a view is made from, `columns` those of their columns that it surely names.
    `indexes` are those of a materialized view.
    """

    kind: str
    name: Name
    definition: str | None
    origin: Origin | None
    reads: tuple[Name, ...] = ()
    columns: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    uncertain: bool = False


class Key(NamedTuple):
    """Names a thing among all kinds."""

    kind: str
    name: Name

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


RELATIONS = ("view", "materialized view")
"""Kinds of objects that share their names with tables, indexes and sequences (``pg_class``)."""


class Schema(Struct, frozen=True):
    """All that is there at one point of a history.

    `indexes` tells of every index, a constraint's own included, which table it is on; `constraint_names` which tables
    have a constraint of a name. `referred_by`, `typed_by` and `viewed_by` are the ways back: from a table to those
    with a foreign key to it, from an enum type to the tables whose columns or defaults have it, from a table or view
    to the views made from it. `gone` holds what the history dropped or renamed away, by kind and name.

    `complete`: the history made all there is. Else there were tables before it, or something unread may have made
    some, and what is not known here may still exist. `doubted` are names of columns, indexes and constraints that an
    operation on an unknown table may have made or dropped. `unread` counts the operations so far that could not be
    read and may have touched anything: what was made or dropped before the last of them need not be so any more.
    """

    tables: Shared[Name, Table] = field(default_factory=Shared)
    enums: Shared[Name, EnumType] = field(default_factory=Shared)
    sequences: Shared[Name, Sequence] = field(default_factory=Shared)
    objects: Shared[Key, Object] = field(default_factory=Shared)
    indexes: Shared[Name, Name] = field(default_factory=Shared)
    constraint_names: Shared[Name, tuple[Name, ...]] = field(default_factory=Shared)
    referred_by: Shared[Name, frozenset[Name]] = field(default_factory=Shared)
    typed_by: Shared[Name, frozenset[Name]] = field(default_factory=Shared)
    viewed_by: Shared[Name, frozenset[Name]] = field(default_factory=Shared)
    gone: Shared[Key, Origin] = field(default_factory=Shared)
    complete: bool = True
    doubted: frozenset[str] = frozenset()
    unread: int = 0

    def table(self, name: Name) -> Table | None:
        """The table of that name."""
        return self.tables.get(name)

    def column(self, table: Name, name: str) -> Column | None:
        """A column of a table, or None if either is not there."""
        there = self.tables.get(table)
        return there.columns.get(name) if there else None

    def index(self, name: Name) -> Index | None:
        """The index of that name, if it is no constraint's own."""
        table = self.tables.get(self.indexes.get(name, NOBODY) or NOBODY)
        return table.indexes.get(name.name) if table else None

    def constraint(self, table: Name, name: str) -> Constraint | None:
        """A constraint of a table."""
        there = self.tables.get(table)
        return there.constraints.get(name) if there else None

    def object(self, kind: str, name: Name) -> Object | None:
        """A view, function, extension, … of that name."""
        return self.objects.get(Key(kind, name))

    def columns_of_type(self, enum: Name) -> list[tuple[Table, Column]]:
        """The columns that have an enum type, also as an array of it."""
        return [
            (table, column)
            for table in self._tables(self.typed_by.get(enum))
            for column in table.columns.values()
            if column.enum == enum
        ]

    def defaults_of_type(self, enum: Name) -> list[tuple[Table, Column]]:
        """The columns that have another type, and a default that still has this enum type."""
        return [
            (table, column)
            for table in self._tables(self.typed_by.get(enum))
            for column in table.columns.values()
            if column.default_type is not None
            and column.default_type.enum is not None
            and column.default_type.enum.name == enum
        ]

    def foreign_keys_to(self, table: Name) -> list[tuple[Table, Constraint]]:
        """The foreign keys that other tables, and the table itself, have to a table."""
        return [
            (referring, constraint)
            for referring in self._tables(self.referred_by.get(table))
            for constraint, definition in referring.foreign_keys
            if definition.referred == table
        ]

    def views_of(self, name: Name) -> list[Object]:
        """The views made from a table or view."""
        names = sorted(self.viewed_by.get(name) or (), key=str)
        return [view for name in names for kind in RELATIONS if (view := self.objects.get(Key(kind, name)))]

    def _tables(self, names: frozenset[Name] | None) -> list[Table]:
        return [table for name in sorted(names or (), key=str) if (table := self.tables.get(name))]


NOBODY = Name("")
EMPTY = Schema()


_WORD = re.compile(r"""'[^']*'|"([^"]*)"|([^\W\d][\w$]*)""")


def words(sql: str) -> frozenset[str]:
    """The identifiers that stand in a piece of SQL, quoted ones as they are, others in lower case."""
    return frozenset(match[1] or match[2].lower() for match in _WORD.finditer(sql) if match[1] or match[2])
