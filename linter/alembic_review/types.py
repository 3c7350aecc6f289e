"""Column types, made comparable: ``sa.String(50)``, ``sa.VARCHAR(length=50)`` and ``varchar(50)`` are one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

HOLE = "\ue000"
"""Stands in a text for what could not be known. PostgreSQL's grammar takes it as a letter of an identifier."""


class Name(NamedTuple):
    """The name of a thing in a schema, as the catalogue has it. No schema means the first of the search path."""

    name: str
    schema: str | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def known(self) -> bool:
        """Whether every letter of it could be read."""
        return HOLE not in self.name and HOLE not in (self.schema or "")

    @property
    def sql(self) -> str:
        """The name as SQL text needs it; a schema that is not known is left out."""
        schema = None if HOLE in (self.schema or "") else self.schema
        return ".".join(quoted(part) for part in (schema, self.name) if part)


def quoted(name: str) -> str:
    """A name as SQL text needs it: in quotes where PostgreSQL would fold it, or take it for a keyword."""
    return name if _PLAIN.fullmatch(name) and name not in _RESERVED else f'"{name}"'


_PLAIN = re.compile(rf"[a-z_{HOLE}][a-z0-9_${HOLE}]*")

# pg_get_keywords() of PostgreSQL 15: what cannot be the name of a table or column.
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
    from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
    returning right select session_user similar some symmetric table tablesample then to trailing true union unique
    user using variadic verbose when where window with
    """.split()  # noqa: SIM905
)


UNKNOWN_NAME = Name(HOLE)


class Enum(Struct, frozen=True, gc=False, omit_defaults=True):
    """What an ``Enum`` in a revision says of its type.

    `labels` is None where they could not be read. `creates` is False for ``postgresql.ENUM(create_type=False)``:
    then ``create_table`` emits no CREATE TYPE. `python_class` names the class that the labels come from.
    `keywords` names what the call gives though not every SQLAlchemy listens: ``create_type=False`` and ``metadata``,
    which mean something from 2.1 on, ``checkfirst``, and ``native_enum=False`` of ``postgresql.ENUM``.
    `inherits_schema`: its schema is that of the table.
    """

    name: Name | None
    labels: tuple[str, ...] | None
    creates: bool = True
    python_class: str | None = None
    keywords: tuple[str, ...] = ()
    inherits_schema: bool = False


class Type(Struct, frozen=True, gc=False, omit_defaults=True):
    """A column type by PostgreSQL's own name for it (``pg_type.typname`` in the words of ``format_type``).

    `args` are the modifiers (length; precision and scale). `dimensions` counts array brackets. `enum` is there for
    enum types, as declared. An `opaque` type is known by its Python name alone: a TypeDecorator of the project.
    """

    name: str
    args: tuple[int | str, ...] = ()
    dimensions: int = 0
    enum: Enum | None = None
    schema: str | None = None
    opaque: bool = False

    def __str__(self) -> str:
        arguments = f"({','.join(map(str, self.args))})" if self.args else ""
        qualified = f"{self.schema}.{self.name}" if self.schema else self.name
        head, zone, tail = qualified.partition(" with")
        text = f"{head}{arguments}{zone}{tail}" if zone else f"{qualified}{arguments}"
        return text + "[]" * min(self.dimensions, 1)

    @property
    def known(self) -> bool:
        """Whether it is a type that the database knows by this name: neither opaque nor unread."""
        return not self.opaque and HOLE not in self.name

    @property
    def element(self) -> Type:
        """The type of the elements, for an array; else itself."""
        return replace(self, dimensions=0) if self.dimensions else self


UNKNOWN_TYPE = Type(HOLE, opaque=True)

_ALIASES = {
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "int2": "smallint",
    "serial4": "serial",
    "serial8": "bigserial",
    "serial2": "smallserial",
    "bool": "boolean",
    "character varying": "varchar",
    "nvarchar": "varchar",
    "character": "char",
    "bpchar": "char",
    "decimal": "numeric",
    "dec": "numeric",
    "float4": "real",
    "float8": "double precision",
    "double": "double precision",
    "timestamp without time zone": "timestamp",
    "timestamptz": "timestamp with time zone",
    "time without time zone": "time",
    "timetz": "time with time zone",
    "varbit": "bit varying",
}

_SERIALS = {"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}


@lru_cache(maxsize=1_000)
def sql_type(name: str, args: tuple[int | str, ...] = (), dimensions: int = 0, schema: str | None = None) -> Type:
    """The type that *name* means to PostgreSQL, whatever spelling it came in (any case, aliases of ``pg_type``).

    ``float(p)`` is real up to 24 bits and double precision above; ``decimal(p)`` has scale 0; ``char`` without a
    length is ``char(1)`` (https://www.postgresql.org/docs/current/datatype.html).
    """
    canonical = _ALIASES.get(name, name)
    if canonical == "float":
        bits = args[0] if args and isinstance(args[0], int) else 53
        canonical, args = ("real" if bits <= 24 else "double precision"), ()
    elif canonical in ("numeric",) and len(args) == 1:
        args = (*args, 0)
    elif canonical == "char" and not args:
        args = (1,)
    if schema in ("pg_catalog", "public"):
        schema = None
    return Type(canonical, args, dimensions, schema=schema)


def stored(type_: Type) -> Type:
    """What a column declared as *type_* holds: SERIAL columns are integers with a sequence."""
    plain = _SERIALS.get(type_.name)
    return replace(type_, name=plain) if plain else type_


def is_serial(type_: Type) -> bool:
    """Whether declaring a column so makes a sequence and a default from it."""
    return type_.name in _SERIALS


def same_type(one: Type, other: Type) -> bool:
    """Whether two types are the same to the database; enum types are so by name. Opaque types equal themselves."""
    if one.enum and other.enum:
        return one.enum.name == other.enum.name and one.dimensions == other.dimensions
    enum, plain = (one, other) if one.enum else (other, one)
    if enum.enum:
        named = enum.enum.name
        return named is not None and named == Name(plain.name, plain.schema) and enum.dimensions == plain.dimensions
    return (one.name, one.args, one.schema, min(one.dimensions, 1)) == (
        other.name,
        other.args,
        other.schema,
        min(other.dimensions, 1),
    )
