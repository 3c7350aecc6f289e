"""What a change of a column's type does: nothing, a rewrite of the table, a refusal, or the loss of what it held."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from alembic_review.types import Type, same_type

How = Literal["same", "free", "rewrite", "using", "refused"]


class Cast(Struct, frozen=True):
    """What ``ALTER COLUMN … TYPE`` does without USING.

    `how`: ``same`` (it is the same type), ``free`` (in the catalogue alone), ``rewrite`` (every row is written anew),
    ``using`` (PostgreSQL refuses, and takes ``USING column::type``), ``refused`` (an expression has to be written).
    `narrows`: values there are may be refused, cut or changed. `utc_free`: no rewrite where TimeZone is UTC.
    """

    how: How
    narrows: bool = False
    utc_free: bool = False


# pg_cast of PostgreSQL 18 without its reg… types and "char": source -> targets, by what may apply the cast. "free" are
# those that need no function, because both are stored alike; the rest call one. Explicit casts are applied by USING
# only. Those between whole numbers and bytea are there since PostgreSQL 18.
_FREE = {
    "bit": "bit varying",
    "bit varying": "bit",
    "cidr": "inet",
    "integer": "oid",
    "oid": "integer",
    "text": "varchar",
    "varchar": "text",
    "xml": "text,varchar",
}
_ASSIGNED = {
    "bigint": "double precision,integer,money,numeric,oid,real,smallint,bit:using,bytea:using",
    "bit": "bigint:using,integer:using",
    "boolean": "char,varchar,text,integer:using",
    "box": "polygon,circle:using,lseg:using,point:using",
    "bytea": "bigint:using,integer:using,smallint:using",
    "char": "varchar,name,text,xml:using",
    "cidr": "char,varchar,text",
    "circle": "box:using,point:using,polygon:using",
    "date": "timestamp with time zone,timestamp",
    "daterange": "datemultirange:using",
    "double precision": "bigint,integer,numeric,real,smallint",
    "inet": "char,varchar,cidr,text",
    "int4range": "int4multirange:using",
    "int8range": "int8multirange:using",
    "integer": "bigint,bit:using,boolean:using,bytea:using,double precision,money,numeric,real,smallint",
    "interval": "time",
    "json": "jsonb",
    "jsonb": (
        "bigint:using,boolean:using,double precision:using,integer:using,json,numeric:using,real:using,smallint:using"
    ),
    "lseg": "point:using",
    "macaddr": "macaddr8",
    "macaddr8": "macaddr",
    "money": "numeric",
    "name": "char,varchar,text",
    "numeric": "bigint,double precision,integer,money,real,smallint",
    "numrange": "nummultirange:using",
    "oid": "bigint",
    "path": "polygon",
    "point": "box",
    "polygon": "box:using,circle:using,path,point:using",
    "real": "bigint,double precision,integer,numeric,smallint",
    "smallint": "bigint,bytea:using,double precision,integer,numeric,oid,real",
    "text": "char,name,xml:using",
    "time": "interval,time with time zone",
    "time with time zone": "time",
    "timestamp": "date,time,timestamp with time zone",
    "timestamp with time zone": "date,time with time zone,time,timestamp",
    "tsrange": "tsmultirange:using",
    "tstzrange": "tstzmultirange:using",
    "varchar": "char,name,xml:using",
    "xml": "char",
}

_PATHS: dict[tuple[str, str], How] = {
    (source, target): "free" for source, targets in _FREE.items() for target in targets.split(",")
}
for _source, _targets in _ASSIGNED.items():
    for _target in _targets.split(","):
        _name, _, _explicit = _target.partition(":")
        _PATHS[_source, _name] = "using" if _explicit else "rewrite"

# pg_type.typcategory 'S': every type has a cast to these through its text, on assignment; from them, an explicit one.
_STRINGS = frozenset({"text", "varchar", "char", "name"})

_OTHERS = frozenset(
    (
        "uuid",
        "time",
        "date",
        "interval",
        "json",
        "xml",
        "bytea",
        "inet",
        "macaddr",
        "macaddr8",
        "point",
        "line",
        "lseg",
        "box",
        "path",
        "polygon",
        "circle",
        "tsvector",
        "tsquery",
        "int4range",
        "int8range",
        "numrange",
        "tsrange",
        "tstzrange",
        "daterange",
        "int4multirange",
        "int8multirange",
        "nummultirange",
        "tsmultirange",
        "tstzmultirange",
        "datemultirange",
        "money",
        "oid",
        "pg_lsn",
        "txid_snapshot",
    )
)
BUILT_IN = frozenset(name for path in _PATHS for name in path) | _STRINGS | _OTHERS
"""The types of PostgreSQL's own that this table knows, as `Type.name` has them."""

# How many letters the longest value takes, for types whose text may be put into a varchar of limited length.
_WIDTHS = {
    "bigint": 20,
    "boolean": 5,
    "cidr": 43,
    "date": 13,
    "daterange": 33,
    "double precision": 24,
    "inet": 43,
    "int4range": 25,
    "int8range": 43,
    "integer": 11,
    "macaddr": 17,
    "macaddr8": 23,
    "money": 27,
    "oid": 10,
    "pg_lsn": 17,
    "point": 51,
    "real": 15,
    "smallint": 6,
    "time": 15,
    "time with time zone": 24,
    "timestamp": 29,
    "timestamp with time zone": 38,
    "uuid": 36,
}

# How many digits of a whole number each of them keeps.
_DIGITS = {"smallint": 4, "integer": 9, "bigint": 18, "money": 16, "real": 6, "double precision": 15}

# What may not survive: (source, target) pairs, beside the limits of length and precision that `_tighter` knows.
_NARROWING = frozenset(
    {
        *((wide, narrow) for wide in ("bigint", "integer") for narrow in ("smallint", "real", "boolean")),
        ("bigint", "integer"),
        ("bigint", "double precision"),
        *(
            (wide, narrow)
            for wide in ("double precision", "real")
            for narrow in ("bigint", "integer", "smallint", "numeric")
        ),
        ("double precision", "real"),
        ("bigint", "money"),
        *((wide, "oid") for wide in ("bigint", "integer", "smallint")),
        ("oid", "integer"),
        *((exact, day) for exact in ("timestamp", "timestamp with time zone") for day in ("date", "time")),
        ("timestamp with time zone", "timestamp"),
        ("timestamp with time zone", "time with time zone"),
        ("time with time zone", "time"),
        ("interval", "time"),
        *((string, "xml") for string in ("text", "varchar", "char", "name")),
        ("inet", "cidr"),
        ("macaddr8", "macaddr"),
        *(
            ("jsonb", scalar)
            for scalar in ("bigint", "integer", "smallint", "real", "double precision", "numeric", "boolean")
        ),
        *(("bytea", number) for number in ("bigint", "integer", "smallint")),
        *((number, "bit") for number in ("bigint", "integer")),
        *((shape, "point") for shape in ("box", "circle", "lseg", "polygon")),
        *(("polygon", shape) for shape in ("box", "circle")),
        ("box", "circle"),
        ("box", "lseg"),
        ("circle", "box"),
        ("circle", "polygon"),
        ("path", "polygon"),
    }
)


def cast(old: Type, new: Type) -> Cast | None:
    """What ``ALTER COLUMN … TYPE new`` does to a column of type *old*, or None where one of the types is not known.

    Enum types are told by `Type.enum`. Source: ``pg_cast``, ``find_coercion_pathway`` and the planner's support
    functions of the length casts, held against a real server cell by cell.
    """
    if same_type(old, new):
        return Cast("same")
    if not _is_known(old) or not _is_known(new):
        return None
    if old.dimensions and new.dimensions:
        return _array_cast(old.element, new.element)
    if old.dimensions or new.dimensions:
        return _textual_cast(old, new)
    if old.enum or new.enum:
        return _textual_cast(old, new)
    if old.name == new.name:
        return _resized(old, new)
    how = _PATHS.get((old.name, new.name))
    if how is None:
        return _textual_cast(old, new)
    narrows = (old.name, new.name) in _NARROWING or _overflows(old, new)
    if new.name == "bit" and old.name == "bit varying":
        # A bit string of another length is refused; bit alone is bit(1).
        how, narrows = "rewrite", True
    elif how == "free" and new.args:
        # The length is checked in every row.
        how = "rewrite"
    # The cast gives six digits, which are then cut, though there be no more.
    utc_free = {old.name, new.name} == {"timestamp", "timestamp with time zone"} and _seconds(new) == 6
    return Cast(how, narrows or _fewer_digits(old, new), utc_free)


def _is_known(type_: Type) -> bool:
    if type_.enum:
        return type_.enum.name is not None and type_.enum.name.known
    return type_.known and type_.schema is None and type_.name in BUILT_IN


def _textual_cast(old: Type, new: Type) -> Cast:
    if new.name in _STRINGS and not new.dimensions and not new.enum:
        return Cast("rewrite", narrows=_overflows(old, new))
    if old.name in _STRINGS and not old.dimensions and not old.enum:
        return Cast("using", narrows=True)
    return Cast("refused", narrows=True)


def _array_cast(old: Type, new: Type) -> Cast | None:
    element = cast(old, new)
    if element is None:
        return None
    # Elements of another type are cast one by one, though both be stored alike; a new length alone can be free.
    free = element.how == "free" and old.name != new.name
    return Cast("rewrite" if free else element.how, element.narrows)


def _overflows(old: Type, new: Type) -> bool:
    """Whether a value, or its text, may not fit into *new*."""
    if new.name == "name":
        # It keeps 63 bytes, and a letter takes up to four.
        letters = _letters(old)
        return letters is None or letters * (4 if old.name in _STRINGS else 1) > 63
    if new.name == "char" or (new.name == "varchar" and new.args):
        letters = _letters(old)
        return letters is None or letters > (new.args[0] if new.args and isinstance(new.args[0], int) else 1)
    if old.name == "numeric" and new.name in _DIGITS:
        precision, scale = _precision(old)
        if new.name in ("real", "double precision"):
            return not old.args or precision > _DIGITS[new.name]
        return not old.args or precision - scale > _DIGITS[new.name] or scale > (2 if new.name == "money" else 0)
    if new.name == "numeric" and new.args:
        digits = {"smallint": 5, "integer": 10, "bigint": 19}.get(old.name)
        precision, scale = _precision(new)
        return digits is None or digits > precision - scale
    return False


def _letters(type_: Type) -> int | None:
    """How many letters the longest text of its values has; None where there is no end, or it is not known."""
    if type_.dimensions:
        return None
    if type_.enum or type_.name == "name":
        return 63
    if type_.name == "numeric" and type_.args:
        # A sign, a point, and a zero before it.
        precision, scale = _precision(type_)
        return max(precision, scale + 1) + 1 + (scale > 0)
    if type_.name in ("varchar", "char", "bit varying", "bit"):
        length = type_.args[0] if type_.args else None if type_.name in ("varchar", "bit varying") else 1
        return length if isinstance(length, int) else None
    return _WIDTHS.get(type_.name)


def _precision(type_: Type) -> tuple[int, int]:
    precision, scale = (*type_.args, 0, 0)[:2]
    return (precision, scale) if isinstance(precision, int) and isinstance(scale, int) else (0, 0)


def _fewer_digits(old: Type, new: Type) -> bool:
    """Whether fractions of seconds are cut off."""
    timed = ("timestamp", "timestamp with time zone", "time", "time with time zone", "interval")
    return old.name in timed and new.name in timed and _seconds(new) < _seconds(old)


def _seconds(type_: Type) -> int:
    return type_.args[0] if type_.args and isinstance(type_.args[0], int) else 6


def _resized(old: Type, new: Type) -> Cast:
    """The same type with other modifiers."""
    if old.name == "numeric":
        if not new.args:
            return Cast("free")
        if not old.args:
            return Cast("rewrite", narrows=True)
        (digits, scale), (new_digits, new_scale) = _precision(old), _precision(new)
        if scale == new_scale and new_digits >= digits:
            return Cast("free")
        return Cast("rewrite", narrows=new_scale < scale or new_digits - new_scale < digits - scale)
    if old.name in ("timestamp", "timestamp with time zone", "time", "time with time zone", "interval"):
        shorter = _seconds(new) < _seconds(old)
        return Cast("rewrite" if shorter else "free", narrows=shorter)
    if old.name in ("varchar", "bit varying"):
        if not new.args:
            return Cast("free")
        if not old.args:
            return Cast("rewrite", narrows=True)
        shorter = int(new.args[0]) < int(old.args[0])
        return Cast("rewrite" if shorter else "free", narrows=shorter)
    if old.name in ("char", "bit"):
        # Values of a fixed length are padded anew; a bit string of another length is refused.
        shorter = int(new.args[0] if new.args else 1) < int(old.args[0] if old.args else 1)
        return Cast("rewrite", narrows=shorter or old.name == "bit")
    return Cast("same")
