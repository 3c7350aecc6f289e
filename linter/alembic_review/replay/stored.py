"""What a declared type, default or literal is worth to PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.casts import BUILT_IN, cast
from alembic_review.replay.draft import Draft, plain
from alembic_review.replay.outcome import Command, EnumValue
from alembic_review.schema import Column, EnumType, Key, Table, words
from alembic_review.types import HOLE, Enum, Name, Type, stored

# Types of other databases that SQLAlchemy renders as they are; PostgreSQL has none of that name.
_FOREIGN_TYPES = frozenset(
    (
        "datetime",
        "tinyint",
        "mediumint",
        "tinytext",
        "mediumtext",
        "longtext",
        "tinyblob",
        "mediumblob",
        "longblob",
        "blob",
        "clob",
        "nclob",
        "double",
        "nvarchar",
        "binary",
        "varbinary",
        "number",
        "year",
        "smalldatetime",
        "datetime2",
        "uniqueidentifier",
    )
)

EXTENSION_TYPES = {
    "citext": "citext",
    "cube": "cube",
    "earth": "earthdistance",
    "geography": "postgis",
    "geometry": "postgis",
    "halfvec": "vector",
    "hstore": "hstore",
    "lquery": "ltree",
    "ltree": "ltree",
    "ltxtquery": "ltree",
    "raster": "postgis_raster",
    "seg": "seg",
    "sparsevec": "vector",
    "vector": "vector",
}
"""The types that extensions bring, and which one does."""

INTEGERS = frozenset(("integer", "bigint", "smallint"))

# Types that PostgreSQL compares with each other, so that a foreign key may join them: members of one family of btree
# operators, and what is cast implicitly to the type of the key (``ATAddForeignKeyConstraint``).
_FAMILIES = (
    INTEGERS,
    frozenset(("real", "double precision")),
    frozenset(("text", "varchar", "name", "char")),
    frozenset(("date", "timestamp", "timestamp with time zone")),
)
_IMPLICIT = frozenset(
    (
        *((number, "numeric") for number in INTEGERS),
        *((number, wide) for number in (*INTEGERS, "numeric") for wide in ("real", "double precision")),
        *((number, "oid") for number in INTEGERS),
        ("cidr", "inet"),
        ("macaddr", "macaddr8"),
        ("macaddr8", "macaddr"),
        ("time", "time with time zone"),
        ("time", "interval"),
        ("bit", "bit varying"),
        ("bit varying", "bit"),
        ("char", "name"),
        ('"char"', "text"),
    )
)


def enum_type(name: Name, dimensions: int = 0) -> Type:
    """How a column's type names an enum type; the labels are kept by the schema."""
    return Type(name.name, (), min(dimensions, 1), Enum(name, None), name.schema)


def store_type(draft: Draft, type_: Type) -> Type:
    """The type as a column has it: SERIAL is an integer, and any number of brackets is one."""
    if type_.enum is None and type_.name in BUILT_IN and type_.dimensions < 2:
        return type_
    type_ = stored(type_)
    if type_.enum is not None and type_.enum.name is not None:
        return enum_type(plain(type_.enum.name), type_.dimensions)
    if not type_.args and (named := plain(Name(type_.name, type_.schema))) in draft.enums:
        return enum_type(named, type_.dimensions)
    return replace(type_, dimensions=1) if type_.dimensions > 1 else type_


def need_type(draft: Draft, type_: Type) -> None:
    """Refuse a type that is not there, where that is sure."""
    name = type_.enum.name if type_.enum is not None else None
    if name is None:
        foreign = type_.name in _FOREIGN_TYPES and type_.known and type_.schema is None
        if foreign and not _is_made(draft, Name(type_.name)):
            draft.refuse("UndefinedObject", f'type "{type_.name}" does not exist', "type", type_.name)
        return
    if name in draft.enums or _is_made(draft, name) or draft.relation(name) is not None:
        return
    by = draft.gone.get(Key("enum", name))
    if name.known and (draft.complete or by is not None):
        brackets = "[]" if type_.dimensions else ""
        draft.refuse("UndefinedObject", f'type "{name}{brackets}" does not exist', "enum", str(name), by=by)
    # Whoever wrote the revision has seen it run.
    draft.enums = draft.enums.put(name, EnumType(name, None, None, uncertain=True))


def _is_made(draft: Draft, name: Name) -> bool:
    return any(Key(kind, name) in draft.objects for kind in ("type", "domain"))


def use_value(draft: Draft, type_: Type, value: str) -> None:
    """A literal stands for a value of an enum type: it must be one, and a committed one."""
    name = type_.enum.name if type_.enum is not None and not type_.dimensions else None
    enum = draft.enums.get(name) if name is not None else None
    if name is None or enum is None or enum.uncertain or enum.labels is None or HOLE in value:
        return
    if value not in enum.labels:
        message = f'invalid input value for enum {name}: "{value}"'
        draft.refuse("InvalidTextRepresentation", message, "enum value", value, by=enum.origin)
        return
    used = EnumValue(name, value)
    alone = _is_unsafe(draft, draft.run.alone, used)
    fresh = _is_unsafe(draft, draft.run.fresh, used)
    if alone or fresh:
        message = f'unsafe use of new value "{value}" of enum type {name}'
        draft.refuse("UnsafeNewEnumValueUsage", message, "enum value", value, alone=alone, fresh=fresh)


def _is_unsafe(draft: Draft, command: Command, used: EnumValue) -> bool:
    if used not in command.new_values:
        return False
    # PostgreSQL 17 lets new values be used where the type was made in the same transaction (commit af1d39584).
    return draft.run.settings.postgresql < 17 or used.enum not in command.new_types


def use_new_values(draft: Draft, table: Table, columns: tuple[str, ...], values: tuple[str, ...]) -> None:
    """Literals are handed to some columns: none may be a value that was added to an enum type just now."""
    if draft.run.alone.new_values or draft.run.fresh.new_values:
        for name in columns:
            if name in table.columns:
                _use_new_values(draft, table.columns[name].type, values)


_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TEXT = r"'(?:[^']|'')*'"
_NAME = r'(?:"[^"]+"|[A-Za-z_][\w$]*)'
_COMPARED = re.compile(
    rf"""
    ({_NAME}) \s* (?: <>|!=|<=|>=|=|<|> | \b IS \s+ (?:NOT\s+)? DISTINCT \s+ FROM \b ) \s* ({_TEXT}) (?! \s* ::)
    | ({_NAME}) \s+ (?:NOT\s+)? IN \s* \( \s* ({_TEXT} (?: \s*,\s* {_TEXT} )*) \s* \)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CAST_TEXT = re.compile(
    rf"""
    ({_TEXT}) \s* :: \s* ((?:{_NAME}\.)?{_NAME})
    | \b CAST \s* \( \s* ({_TEXT}) \s+ AS \s+ ((?:{_NAME}\.)?{_NAME}) \s* \)
    """,
    re.IGNORECASE | re.VERBOSE,
)


def use_sql(draft: Draft, sql: str | None, *named: Name) -> None:
    """The same for the literals that a piece of SQL compares with a column, or casts to an enum type.

    *named* are the tables that it is about, beside those that it names without a schema.
    """
    new = draft.run.alone.new_values | draft.run.fresh.new_values
    if sql is None or not any(one.value.replace("'", "''") in sql for one in new):
        return
    sql = _COMMENT.sub(" ", sql)
    names = dict.fromkeys((*map(plain, named), *map(Name, sorted(words(sql)))))
    tables = [table for table in map(draft.tables.get, names) if table is not None]
    for compared in _COMPARED.finditer(sql):
        column = _identifier(compared[1] or compared[3])
        use_compared(draft, tables, column, tuple(map(_literal, re.findall(_TEXT, compared[2] or compared[4]))))
    for cast_text in _CAST_TEXT.finditer(sql):
        schema, _, name = (cast_text[2] or cast_text[4]).rpartition(".")
        enum = plain(Name(_identifier(name), _identifier(schema) if schema else None))
        _use_new_values(draft, enum_type(enum), (_literal(cast_text[1] or cast_text[3]),))


def use_compared(draft: Draft, tables: Sequence[Table], column: str, values: tuple[str, ...]) -> None:
    """The same for literals that a column of one of some tables is compared with."""
    types = {table.columns[column].type for table in tables if column in table.columns}
    if len(types) == 1:
        _use_new_values(draft, types.pop(), values)


def _use_new_values(draft: Draft, type_: Type, values: tuple[str, ...]) -> None:
    """None of the literals may be a value that was added to an enum type just now."""
    name = type_.enum.name if type_.enum is not None else None
    new = draft.run.alone.new_values | draft.run.fresh.new_values
    refused = {refusal.name for refusal in draft.refusals}
    for value in values:
        if name is not None and EnumValue(name, value) in new and value not in refused:
            use_value(draft, type_, value)


def _identifier(text: str) -> str:
    return text[1:-1] if text.startswith('"') else text.lower()


def _literal(text: str) -> str:
    return text[1:-1].replace("''", "'")


# What no access method has an operator class for, but for one that somebody made.
_WITHOUT_ORDER = frozenset(("json", "xml"))


def need_operator_class(draft: Draft, table: Table, columns: Iterable[str], method: str | None) -> None:
    """Refuse an index on columns whose type no index can hold."""
    for name in columns:
        column = table.columns.get(name)
        if column is None or column.uncertain or column.type.dimensions or column.type.name not in _WITHOUT_ORDER:
            continue
        has_none = f"data type {column.type.name} has no default operator class"
        message = f'{has_none} for access method "{method or "btree"}"'
        draft.refuse("UndefinedObject", message, "type", column.type.name, table.name, by=column.origin)


# --- defaults --------------------------------------------------------------------------------------------------------


def next_value(sequence: Name) -> ops.Default:
    """The default that SERIAL stands for."""
    return ops.Default(f"nextval('{sequence}'::regclass)")


_TAKES = re.compile(r"nextval\(\s*'([^']+)'(?:::regclass)?\s*\)", re.IGNORECASE)


def sequence_of(default: ops.Default) -> Name | None:
    """The sequence that a default takes its values from, and stands on."""
    found = _TAKES.fullmatch(default.sql.strip()) if default.sql is not None else None
    if found is None:
        return None
    *schema, name = [part.strip('"') if '"' in part else part.lower() for part in found[1].split(".")]
    return Name(name, schema[0]) if schema and schema[0] != "public" else Name(name)


def takes_from(column: Column, sequence: Name) -> bool:
    """Whether the column's default takes its values from that sequence."""
    return column.default is not None and column.default == next_value(sequence)


_LITERAL = re.compile(r"""\(*'((?:[^']|'')*)'(?:::[\w "().\[\]]+)?\)*""")
_NUMBER = re.compile(r"-?\d+")
_FUNCTION = re.compile(r"(\w+)\s*(?:\(.*\))?", re.DOTALL)
_FUNCTION_TYPES = {
    "now": "timestamp with time zone",
    "current_timestamp": "timestamp with time zone",
    "transaction_timestamp": "timestamp with time zone",
    "statement_timestamp": "timestamp with time zone",
    "clock_timestamp": "timestamp with time zone",
    "localtimestamp": "timestamp",
    "current_date": "date",
    "gen_random_uuid": "uuid",
    "uuid_generate_v4": "uuid",
    "uuid_generate_v1": "uuid",
    "nextval": "bigint",
    "random": "double precision",
}


def literal_of(default: ops.Default) -> str | None:
    """The text of a default that is nothing but a quoted literal."""
    if default.sql is None or HOLE in default.sql:
        return None
    match = _LITERAL.fullmatch(default.sql.strip())
    return match[1].replace("''", "'") if match else None


TRUTHS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), "true"),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), "false"),
}
"""What PostgreSQL takes for a boolean, and which one it is."""


def settled_truth(default: ops.Default | None, type_: Type) -> ops.Default | None:
    """The default of a column whose type is about to change: of a boolean, PostgreSQL keeps the value, not its text."""
    literal = literal_of(default) if default is not None else None
    if literal is None or type_.name != "boolean" or type_.dimensions:
        return default
    return ops.Default(TRUTHS.get(literal.lower(), literal))


def type_of_default(default: ops.Default, column: Type) -> Type | None:
    """The type that a stored default has, None where only the server could tell.

    A literal was turned into the column's type when the default was set; of other expressions the cast to it is
    stripped again before the new one is looked for (``strip_implicit_coercions`` in ``ATExecAlterColumnType``).
    """
    if not default.known or default.sql is None:
        return None
    sql = default.sql.strip()
    if literal_of(default) is not None:
        return column
    if sql.lower() in ("true", "false"):
        return Type("boolean")
    if _NUMBER.fullmatch(sql):
        return Type("integer") if column.name in INTEGERS else column
    function = _FUNCTION.fullmatch(sql)
    known = _FUNCTION_TYPES.get(function[1].lower()) if function else None
    return Type(known) if known else None


# --- types held against each other -----------------------------------------------------------------------------------


_SPELLED = {
    "varchar": "character varying",
    "char": "character",
    "timestamp": "timestamp without time zone",
    "time": "time without time zone",
}


def spelled(type_: Type) -> str:
    """A type as PostgreSQL's messages have it."""
    name = _SPELLED.get(type_.name, type_.name)
    return f"{f'{type_.schema}.' if type_.schema else ''}{name}{'[]' if type_.dimensions else ''}"


def incomparable(referring: Column | None, referred: Column | None) -> bool:
    """Whether PostgreSQL surely finds no operator to compare the column of a foreign key with that of its key."""
    if referring is None or referred is None or referring.uncertain or referred.uncertain:
        return False
    one, other = referring.type, referred.type
    change = cast(one, other)
    if change is None or change.how == "same":
        return False
    if one.dimensions or other.dimensions:
        return one.name != other.name or not (one.dimensions and other.dimensions)
    if one.enum or other.enum:
        return True
    if one.name == other.name:
        return False
    if any(one.name in family and other.name in family for family in _FAMILIES):
        return False
    return (one.name, other.name) not in _IMPLICIT
