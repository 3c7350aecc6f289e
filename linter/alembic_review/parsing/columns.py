"""``sa.Column(…)``, types, constraints and defaults, from what their calls were given to the vocabulary."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any, Protocol

from msgspec.structs import replace

from alembic_review.operations import (
    Check,
    Column,
    Computed,
    Constraint,
    Default,
    Exclude,
    ForeignKey,
    Identity,
    Index,
    IndexElement,
    PrimaryKey,
    Unique,
    key_order,
)
from alembic_review.parsing.gathering import Gathered
from alembic_review.parsing.values import (
    ClassValue,
    Closure,
    InstanceOf,
    Made,
    Member,
    Ref,
    Result,
    Unknown,
    text_of,
)
from alembic_review.types import HOLE, UNKNOWN_NAME, UNKNOWN_TYPE, Enum, Name, Type, sql_type


class Host(Protocol):
    """What is asked of the evaluator."""

    dialect: str

    def plain(self, value: Any) -> Any: ...

    def resolved(self, value: Any) -> Any: ...

    def items(self, value: Any) -> list[Any] | None: ...

    def enum_members(self, cls: ClassValue) -> dict[str, Any] | None: ...

    def class_attribute(self, cls: ClassValue, name: str) -> Any: ...

    def dialect_impl(self, value: ClassValue | InstanceOf) -> Any: ...

    def gathered_of(self, value: Any) -> Gathered | None: ...

    def call(self, func: Any, made: Made) -> Any: ...


_INTEGERS = {"integer", "bigint", "smallint"}

# SQLAlchemy's and its dialects' names for types, as PostgreSQL names what they create
# (sqlalchemy/dialects/postgresql/base.py, PGTypeCompiler).
_PLAIN = {
    "Integer": "integer",
    "INTEGER": "integer",
    "INT": "integer",
    "BigInteger": "bigint",
    "BIGINT": "bigint",
    "SmallInteger": "smallint",
    "SMALLINT": "smallint",
    "TINYINT": "smallint",
    "MEDIUMINT": "integer",
    "String": "varchar",
    "Unicode": "varchar",
    "VARCHAR": "varchar",
    "NVARCHAR": "varchar",
    "CHAR": "char",
    "NCHAR": "char",
    "AutoString": "varchar",
    "Text": "text",
    "TEXT": "text",
    "UnicodeText": "text",
    "CLOB": "text",
    "LONGTEXT": "text",
    "MEDIUMTEXT": "text",
    "TINYTEXT": "text",
    "Boolean": "boolean",
    "BOOLEAN": "boolean",
    "Date": "date",
    "DATE": "date",
    "Numeric": "numeric",
    "NUMERIC": "numeric",
    "DECIMAL": "numeric",
    "Float": "float",
    "FLOAT": "float",
    "Double": "double precision",
    "DOUBLE": "double precision",
    "DOUBLE_PRECISION": "double precision",
    "REAL": "real",
    "LargeBinary": "bytea",
    "BYTEA": "bytea",
    "BLOB": "bytea",
    "BINARY": "bytea",
    "VARBINARY": "bytea",
    "LONGBLOB": "bytea",
    "MEDIUMBLOB": "bytea",
    "PickleType": "bytea",
    "JSON": "json",
    "JSONB": "jsonb",
    "Uuid": "uuid",
    "UUID": "uuid",
    "Interval": "interval",
    "INTERVAL": "interval",
    "INET": "inet",
    "CIDR": "cidr",
    "MACADDR": "macaddr",
    "MACADDR8": "macaddr8",
    "MONEY": "money",
    "OID": "oid",
    "REGCLASS": "regclass",
    "TSVECTOR": "tsvector",
    "TSQUERY": "tsquery",
    "HSTORE": "hstore",
    "CITEXT": "citext",
    "INT4RANGE": "int4range",
    "INT8RANGE": "int8range",
    "NUMRANGE": "numrange",
    "DATERANGE": "daterange",
    "TSRANGE": "tsrange",
    "TSTZRANGE": "tstzrange",
    "INT4MULTIRANGE": "int4multirange",
    "INT8MULTIRANGE": "int8multirange",
    "NUMMULTIRANGE": "nummultirange",
    "DATEMULTIRANGE": "datemultirange",
    "TSMULTIRANGE": "tsmultirange",
    "TSTZMULTIRANGE": "tstzmultirange",
    "NullType": "null",
    "JSONPATH": "jsonpath",
}

_LENGTHS = {"varchar", "char", "bit", "bit varying"}

# Types of well-known packages, whose names in the database are fixed.
_THIRD_PARTY = {
    "geoalchemy2": {"Geometry": "geometry", "Geography": "geography", "Raster": "raster"},
    "pgvector": {
        "Vector": "vector",
        "VECTOR": "vector",
        "HALFVEC": "halfvec",
        "SPARSEVEC": "sparsevec",
        "BIT": "bit",
        "HalfVector": "halfvec",
        "SparseVector": "sparsevec",
    },
    "sqlalchemy_utils": {
        "UUIDType": "uuid",
        "EmailType": "varchar",
        "URLType": "text",
        "LtreeType": "ltree",
        "JSONType": "json",
        "IPAddressType": "varchar",
        "TSVectorType": "tsvector",
    },
    "fastapi_users_db_sqlalchemy": {"GUID": "uuid"},
    "sqlmodel": {"AutoString": "varchar"},
}


def is_type(value: Any) -> bool:
    """Whether a value is a column type as SQLAlchemy takes it: a class, or an instance."""
    ref = _ref(value)
    if ref is not None:
        if ref.root == "sqlalchemy":
            return ref.leaf in _PLAIN or ref.leaf in _SPECIAL or "dialects" in ref.name or ".types." in ref.name
        return ref.root in _THIRD_PARTY or ref.leaf.endswith("Type") or ref.leaf[:1].isupper()
    if isinstance(value, Made) and isinstance(value.func, Member) and value.func.name == "with_variant":
        return True
    return isinstance(value, (ClassValue, InstanceOf))


# SQLAlchemy sends these as they are, and PostgreSQL has no such types.
_OF_OTHERS = {"BINARY", "BLOB", "CLOB", "DATETIME", "DOUBLE", "NVARCHAR", "VARBINARY"}

_SPECIAL = {"Enum", "ENUM", "ARRAY", "DateTime", "TIMESTAMP", "DATETIME", "Time", "TIME", "BIT", "DOMAIN", "Variant"}


def _ref(value: Any) -> Ref | None:
    func = value.func if isinstance(value, Made) else value
    return func if isinstance(func, Ref) else None


def type_of(host: Host, value: Any) -> Type:
    """The column type that a value stands for."""
    value = host.resolved(value)
    if isinstance(value, Member) and isinstance(value.owner, ClassValue):
        # A class of the project that only gathers types: Types.Name.
        value = host.resolved(host.class_attribute(value.owner, value.name))
    if isinstance(value, Made) and isinstance(value.func, Member):
        return _derived(host, value)
    if isinstance(value, (ClassValue, InstanceOf)):
        return _own(host, value)
    ref = _ref(value)
    if ref is None:
        return UNKNOWN_TYPE
    made = value if isinstance(value, Made) else Made(ref, [], {})
    leaf = ref.leaf
    if ref.root == "sqlalchemy" or ref.root in _THIRD_PARTY:
        found = _sqlalchemy(host, ref, leaf, made)
        if found is not None:
            return found
    return Type(ref.name.lstrip("."), tuple([arg for arg in made.args if isinstance(arg, (int, str))]), opaque=True)


def _sqlalchemy(host: Host, ref: Ref, leaf: str, made: Made) -> Type | None:
    if leaf in ("Enum", "ENUM"):
        return enum_of(host, made, leaf == "ENUM" and "postgresql" in ref.name)
    if leaf == "ARRAY":
        item = type_of(host, made.given(0, "item_type"))
        return replace(item, dimensions=item.dimensions + 1)
    if leaf in _OF_OTHERS and host.dialect == "postgresql":
        return Type(leaf.lower())
    if leaf in ("DateTime", "TIMESTAMP", "DATETIME"):
        zone = made.kwargs.get("timezone", made.args[0] if made.args else False)
        if isinstance(zone, Unknown):
            return UNKNOWN_TYPE
        digits = made.kwargs.get("precision") if "postgresql" in ref.name else None
        return Type(
            "timestamp with time zone" if zone is True else "timestamp", (digits,) if isinstance(digits, int) else ()
        )
    if leaf in ("Time", "TIME"):
        zone = made.kwargs.get("timezone", made.args[0] if made.args else False)
        return Type("time with time zone" if zone is True else "time")
    if leaf == "BIT":
        length = made.given(0, "length", 1)
        return Type("bit varying" if made.given(1, "varying") is True else "bit", (length,) if length else ())
    if ref.root in _THIRD_PARTY:
        plain = _THIRD_PARTY[ref.root].get(leaf)
        if plain in ("geometry", "geography"):
            shape = made.given(0, "geometry_type", "GEOMETRY")
            srid = made.given(1, "srid", -1)
            return Type(plain, (str(shape), srid if isinstance(srid, int) else -1))
        if plain is None and ref.root == "sqlmodel":
            # sqlmodel.sql.sqltypes.types is SQLAlchemy's.
            plain = _PLAIN.get(leaf)
    else:
        plain = _PLAIN.get(leaf)
    if plain is None:
        return None
    args: list[int | str] = []
    if plain in _LENGTHS or plain in ("vector", "halfvec", "sparsevec"):
        length = made.given(0, "length", made.kwargs.get("dim"))
        if isinstance(length, (Unknown, Member)):
            args.append(HOLE)
        elif isinstance(length, int):
            args.append(int(length))
        elif leaf == "EmailType":
            args.append(255)
    elif plain == "numeric":
        for position, keyword in ((0, "precision"), (1, "scale")):
            number = made.given(position, keyword)
            if isinstance(number, int):
                args.append(int(number))
    elif plain == "float":
        precision = made.given(0, "precision")
        args = [int(precision) if isinstance(precision, int) else 53]
    elif plain == "uuid" and made.kwargs.get("native_uuid") is False:
        return Type("char", (32,))
    return sql_type(plain, tuple(args))


def enum_of(host: Host, made: Made, native_only: bool) -> Type:
    """The type of an ``Enum(…)``; *native_only* for ``postgresql.ENUM``, which is never a VARCHAR."""
    members: dict[str, Any] | None = None
    python_class: str | None = None
    labels: list[str] | None = []
    arguments = list(made.args)
    if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)):
        arguments = list(arguments[0])
    for arg in arguments:
        if isinstance(arg, ClassValue):
            members, python_class = host.enum_members(arg), arg.node.name
            chosen = made.kwargs.get("values_callable")
            if members is None:
                labels = None
            elif chosen is not None:
                labels = _called_labels(host, chosen, arg)
            elif labels is not None:
                # Without the aliases, since SQLAlchemy 2.0.
                whole = made.kwargs.get("omit_aliases") is False
                labels.extend(members if whole else [member.name for member in host.items(arg) or ()])
        elif isinstance(arg, Ref):
            python_class, labels = arg.leaf, None
        else:
            text = host.plain(arg)
            if isinstance(text, str) and HOLE not in text:
                if labels is not None:
                    labels.append(str(text))
            else:
                labels = None
    if made.starred:
        labels = None
    given = host.plain(made.kwargs.get("name"))
    name = str(given) if isinstance(given, str) else None
    if name is None and python_class is not None and "name" not in made.kwargs:
        name = python_class.lower()
    if given is not None and name is None:
        name = HOLE
    if made.kwargs.get("native_enum") is False and not native_only:
        # native_enum=False makes a VARCHAR as long as the longest label.
        length = made.kwargs.get("length")
        longest = (
            length if isinstance(length, int) else max(map(len, labels), default=0) if labels is not None else HOLE
        )
        return Type("varchar", (longest,))
    schema = made.kwargs.get("schema")
    qualified = Name(name, None if schema in (None, "public") else str(schema)) if name is not None else None
    creates = not (native_only and made.kwargs.get("create_type") is False)
    keywords = tuple([name for name in _ENUM_KEYWORDS if _passed_over(made, name, native_only)])
    inherits = made.kwargs.get("inherit_schema") is True
    enum = Enum(qualified, tuple(labels) if labels is not None else None, creates, python_class, keywords, inherits)
    return Type(name or "enum", enum=enum, schema=qualified.schema if qualified else None)


_ENUM_KEYWORDS = ("create_type", "checkfirst", "native_enum", "metadata")


def _passed_over(made: Made, keyword: str, native_only: bool) -> bool:
    """Whether an ``Enum(…)`` gives a keyword that not every SQLAlchemy listens to."""
    value = made.kwargs.get(keyword)
    if keyword == "create_type":
        return value is False and not native_only
    if keyword == "native_enum":
        return value is False
    return value is not None and value is not False


def _called_labels(host: Host, chosen: Any, cls: ClassValue) -> list[str] | None:
    values = host.items(host.call(chosen, Made(chosen, [cls], {})))
    if values is None:
        return None
    texts = [host.plain(value) for value in values]
    return [str(text) for text in texts] if all(isinstance(text, str) for text in texts) else None


def _derived(host: Host, made: Made) -> Type:
    """``type.with_variant(other, dialect)``, ``type.evaluates_none()`` and the like."""
    func = made.func
    if func.name == "with_variant" and len(made.args) >= 2:
        dialects = [arg for arg in made.args[1:] if isinstance(arg, str)]
        if host.dialect in dialects:
            return type_of(host, made.args[0])
        return type_of(host, func.owner)
    if func.name in ("evaluates_none", "copy", "as_mutable", "adapt"):
        return type_of(host, func.owner)
    if func.name == "as_mutable" and made.args:
        return type_of(host, made.args[0])
    return UNKNOWN_TYPE


def _own(host: Host, value: ClassValue | InstanceOf) -> Type:
    """A type that the file, or the project, defines: what it chooses for the dialect, else what its ``impl`` says."""
    cls = value.cls if isinstance(value, InstanceOf) else value
    impl = host.dialect_impl(value)
    if impl is None:
        impl = host.class_attribute(cls, "impl")
    if impl is None or not is_type(impl):
        return Type(cls.node.name, opaque=True)
    if isinstance(impl, Ref) and isinstance(value, InstanceOf) and value.made is not None:
        # TypeDecorator makes its `impl` from what it is given itself.
        impl = Made(impl, value.made.args, value.made.kwargs, value.made.place, value.made.starred)
    found = type_of(host, impl)
    if found.enum is not None and found.enum.name is None and isinstance(value, InstanceOf) and value.made is None:
        # Its own __init__ gives it a name.
        return Type(cls.node.name, opaque=True)
    if isinstance(value, InstanceOf) and found.name == "varchar" and not found.args:
        length = value.kwargs.get("length")
        if isinstance(length, int):
            return replace(found, args=(length,))
    return found


# --- columns ---------------------------------------------------------------------------------------------------------


def is_column(value: Any) -> bool:
    """Whether a value is SQLAlchemy's own ``Column(…)``."""
    ref = _ref(value)
    return isinstance(value, Made) and ref is not None and ref.root == "sqlalchemy" and ref.leaf == "Column"


def is_nameless(value: Any) -> bool:
    """Whether a value is a ``Column(…)`` that surely has no name: what stands there is its type, or a key."""
    if not is_column(value) or value.starred or "name" in value.kwargs:
        return False
    first = _ref(value.args[0]) if value.args else None
    return not value.args or (
        first is not None and first.root == "sqlalchemy" and (is_type(value.args[0]) or first.leaf == "ForeignKey")
    )


def name_of(host: Host, value: Any) -> str:
    """A name as it was given; a hole for what is not known."""
    if isinstance(value, Made) and value.leaf in ("f", "quoted_name") and value.args:
        return name_of(host, value.args[0])
    text = text_of(host.plain(value)) if value is not None else None
    return HOLE if text is None else sys.intern(str(text))


def is_final(value: Any) -> bool:
    """Whether a name was given through ``op.f()``."""
    return isinstance(value, Made) and value.leaf == "f"


def constraint_name(host: Host, value: Any) -> str | None:
    """The name of a constraint or index; None where there is none."""
    if value is None or (isinstance(value, Ref) and value.leaf == "_NONE_NAME"):
        return None
    return name_of(host, value)


def column_of(host: Host, value: Any) -> Column | None:
    """The column that ``sa.Column(…)`` declares; None for what is no column."""
    if isinstance(value, Made) and isinstance(value.func, Member) and value.func.name in ("copy", "_copy"):
        return column_of(host, value.func.owner)
    if not isinstance(value, Made) or value.leaf not in ("Column", "mapped_column"):
        return None
    args = list(value.args)
    name = HOLE
    if args and (isinstance(args[0], (str, Unknown)) or is_final(args[0]) or _is_text(args[0])):
        name = name_of(host, args.pop(0))
    elif "name" in value.kwargs:
        name = name_of(host, value.kwargs["name"])
    elif args and isinstance(args[0], Member):
        name = name_of(host, args.pop(0))
    type_ = value.kwargs.get("type_")
    found_type = type_of(host, type_) if type_ is not None else None
    constraints: list[Constraint] = []
    identity: Identity | None = None
    computed: Computed | None = None
    default: Default | None = None
    for arg in args:
        leaf = arg.leaf if isinstance(arg, Made) else ""
        if leaf == "ForeignKey":
            constraints.append(_inline_key(host, arg, name))
        elif leaf == "CheckConstraint":
            constraints.append(_check(host, arg))
        elif leaf in ("UniqueConstraint", "PrimaryKeyConstraint"):
            made = constraint_of(host, arg)
            if made is not None:
                constraints.append(made)
        elif leaf == "Identity":
            identity = Identity(arg.given(2, "always") is True)
        elif leaf == "Computed":
            stored = arg.given(1, "persisted")
            computed = Computed(sql_of(host, arg.given(0, "sqltext")), stored if isinstance(stored, bool) else None)
        elif leaf in ("FetchedValue", "ColumnDefault", "Default"):
            continue
        elif leaf == "DefaultClause":
            default = default_of(host, arg.given(0, "arg"))
        elif leaf == "Sequence":
            continue
        elif found_type is None:
            found_type = type_of(host, arg)
    keywords = value.kwargs
    if "server_default" in keywords:
        given = keywords["server_default"]
        leaf = given.leaf if isinstance(given, Made) else ""
        if leaf == "Identity":
            identity = Identity(given.given(2, "always") is True)
        elif leaf == "Computed":
            computed = Computed(sql_of(host, given.given(0, "sqltext")), None)
        else:
            default = default_of(host, given)
    primary_key = keywords.get("primary_key") is True
    autoincrement = keywords.get("autoincrement")
    comment = keywords.get("comment")
    if found_type is None:
        # A column without a type takes that of the key it refers to, and is NULL type else.
        found_type = UNKNOWN_TYPE if constraints else Type("null")
    if found_type.name in ("varchar",) and value.kwargs.get("create_constraint"):
        constraints.append(Check(of_type=True))
    constraints.extend(_of_type(host, value, name))
    return Column(
        name=name,
        type=found_type,
        nullable=_flag(keywords.get("nullable"), not primary_key)
        if identity is None or "nullable" in keywords
        else False,
        default=default,
        python_default="default" in keywords and keywords["default"] is not None,
        identity=identity,
        computed=computed,
        comment=comment if isinstance(comment, str) else None,
        primary_key=primary_key,
        unique=keywords.get("unique") in (True, 1),
        index=keywords.get("index") in (True, 1),
        autoincrement=autoincrement if isinstance(autoincrement, bool) else None,
        constraints=tuple(constraints),
        place=value.place,
    )


def unread_of(column: Column) -> tuple[str, ...]:
    """What of a column could not be read."""
    found = []
    if HOLE in column.name:
        found.append("column name")
    if column.type is UNKNOWN_TYPE or HOLE in column.type.name or HOLE in column.type.args:
        found.append("type")
    if column.default is not None and column.default.sql is None and column.default.python is None:
        found.append("server_default")
    return tuple(found)


def _flag(value: Any, default: bool) -> bool:
    return value if isinstance(value, bool) else default


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _of_type(host: Host, value: Made, column: str) -> list[Constraint]:
    """The CHECK that a ``Boolean`` or a non-native ``Enum`` makes when asked to (``create_constraint=True``)."""
    for arg in value.args:
        if isinstance(arg, Made) and arg.leaf in ("Boolean", "Enum") and arg.kwargs.get("create_constraint") is True:
            native = host.dialect == "postgresql" and (
                arg.leaf == "Boolean" or arg.kwargs.get("native_enum") is not False
            )
            if not native:
                return [
                    Check(
                        name=constraint_name(host, arg.kwargs.get("name")),
                        columns=(column,),
                        of_type=True,
                        place=value.place,
                    )
                ]
    return []


def default_of(host: Host, value: Any) -> Default | None:
    """The server default that a value stands for; None for no default."""
    if value is None:
        return None
    if isinstance(value, str):
        if HOLE in value:
            return Default(None, quoted=True)
        return Default("'" + str(value).replace("'", "''") + "'", quoted=True)
    if isinstance(value, (bool, int, float, dict, list, tuple)):
        return Default(None, python=type(value).__name__)
    if isinstance(value, Member) and isinstance(value.owner, ClassValue):
        text = host.plain(value)
        if not isinstance(text, str):
            return Default(None)
        # An enum that is a str is text to SQLAlchemy, its value.
        return default_of(host, text) if _is_text_class(value.owner) else Default(None, python=value.owner.node.name)
    if isinstance(value, Closure) or (isinstance(value, Ref) and _is_function(value)):
        return Default(None, python="function")
    if isinstance(value, Made) and value.leaf in ("text", "literal_column"):
        return Default(sql_of(host, value), text=True)
    if isinstance(value, Made) and value.leaf == "FetchedValue":
        return None
    return Default(sql_of(host, value))


def _is_function(value: Ref) -> bool:
    """Whether it is a function that is not called: ``datetime.utcnow``, ``uuid.uuid4``, ``sa.func.now``."""
    return value.root in ("builtins", "datetime", "time", "uuid") or ".func." in f".{value.name}"


def _is_text_class(cls: ClassValue) -> bool:
    return any(
        _is_text_class(base) if isinstance(base, ClassValue) else getattr(base, "leaf", "") in ("str", "StrEnum")
        for base in cls.bases
    )


def sql_of(host: Host, value: Any) -> str | None:
    """The SQL of an expression: text, ``sa.text()``, ``sa.func.x()``, ``sa.true()``, …; None where it is not known."""
    if isinstance(value, str):
        return None if HOLE in value else str(value)
    if isinstance(value, Ref):
        if value.root == "sqlalchemy" and ".func." in value.name:
            return f"{value.leaf}()"
        return None
    if not isinstance(value, Made):
        return None
    leaf = value.leaf
    name = value.func.name if isinstance(value.func, Ref) else ""
    if leaf in ("text", "literal_column", "DDL", "inline_literal") and value.args:
        given = value.args[0]
        if leaf == "inline_literal" and isinstance(given, str):
            return "'" + str(given).replace("'", "''") + "'"
        return sql_of(host, given)
    if leaf in ("true", "false", "null") and name.startswith("sqlalchemy"):
        return leaf
    if ".func." in name:
        if leaf in ("current_timestamp", "current_date", "current_user", "localtimestamp", "current_time"):
            return leaf.upper()
        parts = [_argument(host, arg) for arg in value.args]
        if any(part is None for part in parts):
            return None
        function = name.partition(".func.")[2]
        return f"{function}({', '.join(part for part in parts if part is not None)})"
    if leaf in ("literal", "cast") and value.args:
        return _argument(host, value.args[0])
    if isinstance(value.func, Member) and value.func.name in ("self_group", "label", "compile", "bindparams"):
        return sql_of(host, value.func.owner)
    return None


def _argument(host: Host, value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return None if HOLE in value else "'" + str(value).replace("'", "''") + "'"
    if isinstance(value, Made) and value.leaf in ("column", "Column") and value.args:
        return name_of(host, value.args[0])
    if isinstance(value, Member):
        return value.name
    return sql_of(host, value)


# --- constraints -----------------------------------------------------------------------------------------------------


def names_of(host: Host, values: Iterable[Any]) -> tuple[str, ...]:
    """Names of columns, given as texts, ``sa.column()``s or columns of a table."""
    found = []
    for value in values:
        if isinstance(value, Member):
            # table.c.name and Model.name, but not row.name
            of_table = not isinstance(value.owner, (Unknown, InstanceOf, Result))
            found.append(value.name if of_table else HOLE)
        elif isinstance(value, Made) and value.leaf in ("column", "Column") and value.args:
            found.append(name_of(host, value.args[0]))
        else:
            found.append(name_of(host, value))
    return tuple(found)


def columns_of(host: Host, value: Any) -> tuple[str, ...]:
    """The names in a list of columns; one hole for a list that is not known."""
    if isinstance(value, str):
        return (str(value),)
    items = host.items(value)
    return (HOLE,) if items is None else names_of(host, items)


def qualified(host: Host, value: Any, schema: Any = None) -> Name:
    """The name of a table, with its schema; the schema ``public`` is the default one."""
    if isinstance(value, Made) and value.leaf in ("table", "Table") and value.args:
        return qualified(host, value.args[0], value.kwargs.get("schema", schema))
    name = name_of(host, value)
    if schema is None or (isinstance(schema, str) and schema in ("public", "")):
        return Name(name)
    # An unknown schema leaves the rest known.
    text = text_of(host.plain(schema))
    return Name(name) if text is None or HOLE in text else Name(name, None if text == "public" else str(text))


def referred(target: str, schema: str | None = None) -> tuple[Name, str]:
    """``"schema.table.column"`` taken apart."""
    parts = target.split(".")
    if len(parts) < 2:
        return (Name(target, schema) if parts else UNKNOWN_NAME), ""
    own = ".".join(parts[:-2]) or schema
    # An unknown schema leaves the rest known, as for `qualified`.
    return Name(parts[-2], None if own == "public" or HOLE in (own or "") else own), parts[-1]


def _inline_key(host: Host, made: Made, column: str) -> ForeignKey:
    target = made.given(0, "column")
    if isinstance(target, Member):
        owner = target.owner.owner if isinstance(target.owner, Member) and target.owner.name == "c" else target.owner
        table, name = qualified(host, owner), target.name
    else:
        table, name = referred(name_of(host, target))
    return ForeignKey(
        columns=(column,),
        referred=table,
        referred_columns=(name,) if name else (),
        **_key_options(host, made),
        **_options(host, made, made.given(2, "name")),
    )


def _key_options(host: Host, made: Made) -> dict[str, Any]:
    found = {}
    for keyword in ("ondelete", "onupdate"):
        value = made.kwargs.get(keyword)
        found[keyword] = str(value).upper() if isinstance(value, str) else None
    return found


def _options(host: Host, made: Made, name: Any) -> dict[str, Any]:
    return {
        "name": constraint_name(host, name),
        "final": is_final(name),
        "not_valid": made.kwargs.get("postgresql_not_valid") is True,
        "deferrable": may_be_deferred(made.kwargs.get("deferrable"), made.kwargs.get("initially")),
        "deferred": is_deferred(made.kwargs.get("initially")),
        "place": made.place,
    }


def may_be_deferred(deferrable: Any, initially: Any) -> bool:
    """Whether a constraint is DEFERRABLE, by SQLAlchemy's two arguments: INITIALLY DEFERRED says so too."""
    return deferrable is True or is_deferred(initially)


def is_deferred(initially: Any) -> bool:
    """Whether a constraint is INITIALLY DEFERRED."""
    return isinstance(initially, str) and initially.upper() == "DEFERRED"


_WORD = re.compile(r"'(?:[^']|'')*'|\"((?:[^\"]|\"\")*)\"|([A-Za-z_][\w$]*)(\s*\()?")
_NOT_NULL = re.compile(r"^\s*\(*\s*\"?(\w+)\"?\s+is\s+not\s+null\s*\)*\s*$", re.IGNORECASE)
_KEYWORDS = frozenset(
    [
        "and",
        "or",
        "not",
        "in",
        "is",
        "null",
        "like",
        "ilike",
        "between",
        "true",
        "false",
        "any",
        "all",
        "array",
        "case",
        "when",
        "then",
        "else",
        "end",
        "cast",
        "as",
        "similar",
        "to",
        "interval",
        "exists",
        "select",
        "from",
        "where",
        "text",
        "varchar",
        "integer",
        "int",
        "bigint",
        "boolean",
        "jsonb",
        "json",
        "uuid",
        "numeric",
        "date",
        "timestamp",
        "current_timestamp",
        "current_date",
        "now",
        "distinct",
        "collate",
        "at",
        "time",
        "zone",
        "for",
        "double",
        "precision",
    ]
)


def expression_columns(sql: str | None) -> tuple[str, ...]:
    """The words of an SQL expression that may be columns."""
    if sql is None:
        return ()
    found: dict[str, None] = {}
    for match in _WORD.finditer(sql):
        if match[1] is not None:
            found[match[1]] = None
        elif match[2] and not match[3] and match[2].lower() not in _KEYWORDS:
            found[match[2].lower()] = None
    return tuple(found)


def check_of(host: Host, condition: Any, **options: Any) -> Check:
    """The CHECK of a condition, which may be text or an expression."""
    sql = sql_of(host, condition)
    proven = _NOT_NULL.match(sql) if sql else None
    return Check(sql=sql, columns=expression_columns(sql), not_null=proven[1] if proven else None, **options)


def _check(host: Host, made: Made) -> Check:
    return check_of(host, made.given(0, "sqltext"), **_options(host, made, made.given(1, "name")))


def constraint_of(host: Host, value: Any) -> Constraint | None:
    """The table constraint that a value declares; None for what is none."""
    if not isinstance(value, Made):
        return None
    leaf = value.leaf
    name = value.kwargs.get("name")
    if leaf == "PrimaryKeyConstraint":
        return PrimaryKey(columns=names_of(host, value.args), **_options(host, value, name))
    if leaf == "UniqueConstraint":
        return Unique(
            columns=names_of(host, value.args),
            nulls_not_distinct=value.kwargs.get("postgresql_nulls_not_distinct") is True,
            **_options(host, value, name),
        )
    if leaf == "ForeignKeyConstraint":
        columns = columns_of(host, value.given(0, "columns"))
        targets = [name_of(host, item) for item in host.items(value.given(1, "refcolumns")) or ()]
        tables = [referred(target) for target in targets]
        return ForeignKey(
            columns=columns,
            referred=tables[0][0] if tables else UNKNOWN_NAME,
            referred_columns=tuple([column for _, column in tables if column]),
            **_key_options(host, value),
            **_options(host, value, value.given(2, "name")),
        )
    if leaf == "CheckConstraint":
        return _check(host, value)
    if leaf == "ExcludeConstraint":
        return exclude_of(host, value.args, value.kwargs, **_options(host, value, name))
    return None


def exclude_of(host: Host, elements: list[Any], kwargs: dict[str, Any], **options: Any) -> Exclude:
    """The EXCLUDE of pairs (column, operator)."""
    columns: list[str] = []
    for element in elements:
        if isinstance(element, tuple) and element:
            column = element[0]
            columns.append(sql_of(host, column) or name_of(host, column))
    using = kwargs.get("using")
    return Exclude(columns=tuple(columns), using=using if isinstance(using, str) else "gist", **options)


def index_of(host: Host, name: Any, columns: Any, made: Made) -> Index:
    """The index of ``create_index`` or ``sa.Index``."""
    items = host.items(columns) if not isinstance(columns, str) else [columns]
    elements: list[IndexElement] = []
    opclasses = made.kwargs.get("postgresql_ops")
    for item in items if items is not None else [HOLE]:
        elements.append(_element(host, item, opclasses if isinstance(opclasses, dict) else {}))
    unique = made.kwargs.get("unique")
    using = made.kwargs.get("postgresql_using")
    where = made.kwargs.get("postgresql_where")
    include = made.kwargs.get("postgresql_include")
    return Index(
        name=constraint_name(host, name),
        elements=tuple(elements),
        unique=unique in (True, 1),
        where=None if where is None else sql_of(host, where) or HOLE,
        using=using if isinstance(using, str) else None,
        include=columns_of(host, include) if include else (),
        nulls_not_distinct=made.kwargs.get("postgresql_nulls_not_distinct") is True,
        final=is_final(name),
        place=made.place,
    )


# What may stand behind a key of an index: a collation, the operator class, and the order.
_TAIL = (
    r"(?:\s+COLLATE\s+(?P<collation>[\w.\"-]+))?(?:\s+(?!ASC\b|DESC\b|NULLS\b|COLLATE\b)(?P<opclass>[A-Za-z_]\w*))?"
    r"(?:\s+(?P<way>ASC|DESC))?(?:\s+NULLS\s+(?P<nulls>FIRST|LAST))?\s*$"
)
_SIMPLE = re.compile(rf"^\s*(?:\"([^\"]+)\"|([A-Za-z_]\w*)){_TAIL}", re.IGNORECASE)
_EXPRESSION = re.compile(rf"^(.*\)){_TAIL}", re.IGNORECASE | re.DOTALL)

_NULLS = {"nullsfirst": True, "nulls_first": True, "nullslast": False, "nulls_last": False}
_ORDERS = frozenset((*_NULLS, "desc", "asc", "collate"))


def _element(host: Host, item: Any, opclasses: dict[Any, Any]) -> IndexElement:
    if isinstance(item, Made) and isinstance(item.func, Member) and item.func.name in _ORDERS:
        return _ordered(_element(host, item.func.owner, opclasses), item.func.name, item.args)
    if isinstance(item, Made) and item.leaf in _ORDERS and item.args:
        return _ordered(_element(host, item.args[0], opclasses), item.leaf, item.args[1:])
    if isinstance(item, Made) and item.leaf in ("text", "literal_column"):
        sql = sql_of(host, item)
        simple = _SIMPLE.match(sql) if sql else None
        if simple:
            # In text, PostgreSQL folds the name.
            return IndexElement(simple[1] or simple[2].lower(), sql, (), *_tail(simple))
        tailed = _EXPRESSION.match(sql) if sql else None
        if tailed:
            return IndexElement(None, tailed[1], expression_columns(tailed[1]), *_tail(tailed))
        return IndexElement(None, sql or HOLE, expression_columns(sql))
    if isinstance(item, Made) and item.leaf not in ("column", "Column", "f"):
        sql = sql_of(host, item)
        return IndexElement(None, sql or HOLE, expression_columns(sql))
    name = names_of(host, [item])[0]
    # What is given as a class of operators is written behind the name, whatever it is.
    given = opclasses.get(name)
    written = _SIMPLE.match(f"name {given}") if isinstance(given, str) else None
    return IndexElement(name, None, (), *(_tail(written) if written else ()))


def _tail(match: re.Match[str]) -> tuple[str | None, str | None, str]:
    """The class of operators, the collation and the order of a key."""
    nulls = match["nulls"]
    order = key_order((match["way"] or "").upper() == "DESC", None if nulls is None else nulls.upper() == "FIRST")
    return match["opclass"], match["collation"].strip('"') if match["collation"] else None, order


def _ordered(element: IndexElement, how: str, args: list[Any]) -> IndexElement:
    if how == "collate":
        return replace(element, collation=str(args[0]) if args and isinstance(args[0], str) else HOLE)
    return replace(element, order=key_order(how == "desc" or element.order.startswith("DESC"), _NULLS.get(how)))


def of_table(column: Column, table: Name) -> Column:
    """The column of a table: an enum type with ``inherit_schema=True`` lies in the schema of the table."""
    enum = column.type.enum
    if enum is None or enum.name is None or not enum.inherits_schema:
        return column
    name = Name(enum.name.name, table.schema)
    return replace(column, type=replace(column.type, enum=replace(enum, name=name), schema=table.schema))


def members_of(host: Host, values: Iterable[Any]) -> tuple[list[Column], list[Constraint], list[Index], list[str]]:
    """The columns, constraints and indexes among the arguments of ``create_table``, and what could not be read."""
    columns: list[Column] = []
    constraints: list[Constraint] = []
    indexes: list[Index] = []
    unread: list[str] = []
    for value in values:
        column = column_of(host, value)
        if column is not None:
            columns.append(column)
            unread.extend(unread_of(column))
            continue
        if isinstance(value, Made) and value.kwargs.get("use_alter") is True and host.dialect != "sqlite":
            # DDLCompiler.create_table_constraints() leaves it to an ALTER, which op.create_table() does not send.
            continue
        constraint = constraint_of(host, value)
        if constraint is not None:
            constraints.append(constraint)
        elif isinstance(value, Made) and value.leaf == "Index":
            indexes.append(index_of(host, value.given(0, "name"), value.args[1:], value))
        elif isinstance(value, (list, tuple)):
            inner = members_of(host, value)
            columns.extend(inner[0])
            constraints.extend(inner[1])
            indexes.extend(inner[2])
            unread.extend(inner[3])
        elif value is not None:
            unread.append("columns")
    return columns, constraints, indexes, unread
