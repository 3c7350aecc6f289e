"""``op.*(…)`` and ``batch_op.*(…)`` to operations, with Alembic's own signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import takewhile
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterColumn,
    CommentOn,
    Constraint,
    CreateIndex,
    CreateObject,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropObject,
    DropTable,
    Exclude,
    Execute,
    ForeignKey,
    Identity,
    Insert,
    Operation,
    PrimaryKey,
    RenameTable,
    SyncEnumValues,
    Unique,
    Unread,
)
from alembic_review.parsing import columns as of
from alembic_review.parsing import keywords
from alembic_review.parsing.values import Batch, ClassValue, InstanceOf, Made, Member, Unknown, text_of
from alembic_review.types import HOLE, UNKNOWN_NAME, UNKNOWN_TYPE, Name, Type

Signature = tuple[str, ...]

# Positional parameters, then `*name` where the rest is collected, then those that only go by keyword; `**` takes any.
# From alembic.operations.base; a test holds them against the installed Alembic.
OPERATIONS: dict[str, Signature] = {
    "add_column": ("table_name", "column", "/", "schema", "if_not_exists", "inline_references", "inline_primary_key"),
    "alter_column": (
        "table_name",
        "column_name",
        "/",
        "nullable",
        "comment",
        "server_default",
        "new_column_name",
        "type_",
        "existing_type",
        "existing_server_default",
        "existing_nullable",
        "existing_comment",
        "schema",
        "**",
    ),
    "batch_alter_table": (
        "table_name",
        "schema",
        "recreate",
        "partial_reordering",
        "copy_from",
        "table_args",
        "table_kwargs",
        "reflect_args",
        "reflect_kwargs",
        "naming_convention",
    ),
    "bulk_insert": ("table", "rows", "/", "multiinsert"),
    "create_check_constraint": ("constraint_name", "table_name", "condition", "/", "schema", "**"),
    "create_exclude_constraint": ("constraint_name", "table_name", "*elements", "**"),
    "create_foreign_key": (
        "constraint_name",
        "source_table",
        "referent_table",
        "local_cols",
        "remote_cols",
        "/",
        "onupdate",
        "ondelete",
        "deferrable",
        "initially",
        "match",
        "source_schema",
        "referent_schema",
        "**",
    ),
    "create_index": ("index_name", "table_name", "columns", "/", "schema", "unique", "if_not_exists", "**"),
    "create_primary_key": ("constraint_name", "table_name", "columns", "/", "schema"),
    "create_table": ("table_name", "*columns", "if_not_exists", "**"),
    "create_table_comment": ("table_name", "comment", "/", "existing_comment", "schema"),
    "create_unique_constraint": ("constraint_name", "table_name", "columns", "/", "schema", "**"),
    "drop_column": ("table_name", "column_name", "/", "schema", "**"),
    "drop_constraint": ("constraint_name", "table_name", "type_", "/", "schema", "if_exists"),
    "drop_index": ("index_name", "table_name", "/", "schema", "if_exists", "**"),
    "drop_table": ("table_name", "/", "schema", "if_exists", "**"),
    "drop_table_comment": ("table_name", "/", "existing_comment", "schema"),
    "execute": ("sqltext", "/", "execution_options"),
    "rename_table": ("old_table_name", "new_table_name", "/", "schema"),
}

BATCH_OPERATIONS: dict[str, Signature] = {
    "add_column": (
        "column",
        "/",
        "insert_before",
        "insert_after",
        "if_not_exists",
        "inline_references",
        "inline_primary_key",
    ),
    "alter_column": (
        "column_name",
        "/",
        "nullable",
        "comment",
        "server_default",
        "new_column_name",
        "type_",
        "existing_type",
        "existing_server_default",
        "existing_nullable",
        "existing_comment",
        "insert_before",
        "insert_after",
        "**",
    ),
    "create_check_constraint": ("constraint_name", "condition", "/", "**"),
    "create_exclude_constraint": ("constraint_name", "*elements", "**"),
    "create_foreign_key": (
        "constraint_name",
        "referent_table",
        "local_cols",
        "remote_cols",
        "/",
        "referent_schema",
        "onupdate",
        "ondelete",
        "deferrable",
        "initially",
        "match",
        "**",
    ),
    "create_index": ("index_name", "columns", "/", "**"),
    "create_primary_key": ("constraint_name", "columns"),
    "create_table_comment": ("comment", "/", "existing_comment"),
    "create_unique_constraint": ("constraint_name", "columns", "/", "**"),
    "drop_column": ("column_name", "/", "**"),
    "drop_constraint": ("constraint_name", "type_"),
    "drop_index": ("index_name", "/", "**"),
    "drop_table_comment": ("/", "existing_comment"),
    "execute": ("sqltext", "/", "execution_options"),
}

OTHERS = frozenset(
    [
        "f",
        "get_bind",
        "get_context",
        "inline_literal",
        "context",
        "implementation_for",
        "register_operation",
        "invoke",
        "run_async",
        "create_module_class_proxy",
    ]
)
"""What `op` has besides directives that change the database."""

# The plugins whose directives real histories use.
THIRD_PARTY: dict[str, Signature] = {
    "create_entity": ("entity",),
    "drop_entity": ("entity",),
    "replace_entity": ("entity",),
    "sync_enum_values": (
        "enum_schema",
        "enum_name",
        "new_values",
        "affected_columns",
        "enum_values_to_rename",
        "indexes_to_recreate",
    ),
    # geoalchemy2/alembic_helpers.py
    "create_geospatial_table": ("table_name", "*columns", "**"),
    "drop_geospatial_table": ("table_name", "schema", "**"),
    "create_geospatial_index": ("index_name", "table_name", "columns", "schema", "unique", "**"),
    "drop_geospatial_index": ("index_name", "table_name", "column_name", "schema", "unique", "**"),
    "add_geospatial_column": ("table_name", "column", "schema"),
    "drop_geospatial_column": ("table_name", "column_name", "schema", "**"),
}

THIRD_PARTY_IN_BATCH: dict[str, Signature] = {
    "create_geospatial_index": ("index_name", "columns", "**"),
    "drop_geospatial_index": ("index_name", "**"),
    "add_geospatial_column": ("column", "insert_before", "insert_after"),
    "drop_geospatial_column": ("column_name", "**"),
}

# That of alembic-autogenerate-enums, which has a sync_enum_values of its own.
_OF_AUTOGENERATE_ENUMS: Signature = (
    "schema",
    "name",
    "old_values",
    "new_values",
    "affected_columns",
    "should_reverse",
)

Fields = dict[str, Any]


class Given:
    """The arguments of one call by the names of the directive's parameters; `other` are those of other names."""

    def __init__(self, made: Made, signature: Signature) -> None:
        self.values: dict[str, Any] = {}
        self.rest: list[Any] = []
        self.other: dict[str, Any] = {}
        self.invalid: str | None = None
        self.made = made
        positional, named, collects = _shape(signature)
        for index, value in enumerate(made.args):
            if index < len(positional):
                self.values[positional[index]] = value
            else:
                self.rest.append(value)
        if self.rest and not collects and not made.starred:
            self.invalid = f"takes {len(positional)} positional arguments, {len(made.args)} are given"
        for name, value in made.kwargs.items():
            if name in self.values and not made.starred:
                self.invalid = f"got multiple values for argument {name!r}"
            elif name in named:
                self.values[name] = value
            else:
                self.other[name] = value

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)

    def flag(self, name: str) -> bool:
        return self.values.get(name, self.other.get(name)) is True


@cache
def _shape(signature: Signature) -> tuple[Sequence[str], frozenset[str], bool]:
    """The parameters that take positional arguments, those that take keywords, and whether there is a ``*`` one."""
    positional = tuple(takewhile(lambda name: name != "/" and not name.startswith("*"), signature))
    named = frozenset(name for name in signature if name not in ("/", "**") and not name.startswith("*"))
    return positional, named, any(name.startswith("*") and name != "**" for name in signature)


@cache
def _taken(name: str, signature: Signature) -> frozenset[str]:
    """The keywords that a directive takes; what `batch_op` hands on, its signature does not name."""
    return _shape(signature)[1] | _shape(OPERATIONS[name])[1]


DIRECTIVES = frozenset([*OPERATIONS, *THIRD_PARTY])
"""What a function of the project may stand for."""


def _not_taken(name: str, given: Given) -> str | None:
    """Why SQLAlchemy does not take an argument, where it is sure not to."""
    if name in ("add_column", "create_table") and any(map(of.is_nameless, [given["column"], *given.rest])):
        return "is given a Column without a name"
    if name == "drop_column" and of.is_column(given["column_name"]):
        return "takes the name of the column, and is given a Column"
    return None


def read(host: of.Host, name: str, made: Made, batch: Batch | None, fields: Fields) -> list[Operation] | None:
    """The operations of one directive; None where no directive has this name.

    *fields* are those that every operation has.
    """
    own, others = (OPERATIONS, THIRD_PARTY) if batch is None else (BATCH_OPERATIONS, THIRD_PARTY_IN_BATCH)
    signature = own.get(name) or others.get(name)
    build = _BUILD.get(name)
    if signature is None or build is None:
        return None
    if name == "sync_enum_values" and _has_old_values(host, made):
        signature, build = _OF_AUTOGENERATE_ENUMS, _add_enum_values
    given = Given(made, signature)
    given.invalid = given.invalid or _not_taken(name, given)
    if given.invalid:
        twice = batch is not None and batch.table.name in made.args
        why = ": a batch has the name of its table already" if twice else ""
        fields = {**fields, "invalid": f"{name}() {given.invalid}{why}"}
    if name in OPERATIONS:
        unfit = (
            *keywords.of_directive(name, _taken(name, signature), made.kwargs, host.dialect),
            *keywords.of_constructs([*given.rest, given["column"]], host.dialect),
        )
        if unfit:
            fields = {**fields, "unfit": unfit}
    if made.starred:
        fields = {**fields, "partly": ("arguments",)}
    if batch is not None:
        fields = {**fields, "batch": batch.recreate}
        table = batch.table
    else:
        named = given.values.get("old_table_name", _table(given))
        schema = given.values.get("schema", given.values.get("source_schema", given.other.get("schema")))
        table = of.qualified(host, named, schema) if named is not None else UNKNOWN_NAME
    return [_with_unread(operation) for operation in build(host, table, given, fields)]


def table_given(made: Made) -> Any:
    """What a call gives for the table, if it is called as the directive is that is about one; else None."""
    signature = OPERATIONS.get(made.leaf)
    return None if signature is None else _table(Given(made, signature))


def _table(given: Given) -> Any:
    return given.values.get("table_name", given.values.get("source_table"))


def _with_unread(operation: Operation) -> Operation:
    table = getattr(operation, "table", None)
    if isinstance(table, Name) and not table.known and not isinstance(operation, Unread):
        return replace(operation, partly=("table name", *operation.partly))
    return operation


def _add_column(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    column = of.column_of(host, given["column"])
    if column is None:
        return [
            Unread(what="add_column", why=_why(given["column"]), verb="add_column", tables=(table,), **_plain(fields))
        ]
    partly = of.unread_of(column)
    return [
        AddColumn(
            table=table,
            column=of.of_table(column, table),
            if_not_exists=given.flag("if_not_exists"),
            by_sqlalchemy=True,
            inline_references=given.flag("inline_references"),
            **_partly(fields, *partly),
        )
    ]


def _alter_column(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    partly: list[str] = []
    type_: Type | None = None
    if given["type_"] is not None:
        type_ = of.type_of(host, given["type_"])
        if type_ == UNKNOWN_TYPE:
            partly.append("type")
    nullable = given["nullable"]
    if nullable is not None and not isinstance(nullable, bool):
        partly.append("nullable")
        nullable = None
    default: Any = UNSET
    identity: Any = UNSET
    if "server_default" in given.values and given["server_default"] is not False:
        value = given["server_default"]
        leaf = value.leaf if isinstance(value, Made) else ""
        if leaf == "Identity":
            identity = Identity(value.given(2, "always") is True)
        else:
            default = of.default_of(host, value)
            if default is not None and default.sql is None and default.python is None:
                partly.append("server_default")
    new_name = given["new_column_name"]
    comment: Any = UNSET
    if "comment" in given.values and given["comment"] is not False:
        comment = given["comment"] if isinstance(given["comment"], str) else None
    using = given.other.get("postgresql_using")
    column = of.names_of(host, [given.values.get("column_name")])[0]
    if HOLE in column:
        partly.append("column name")
    existing_type, existing_nullable = given["existing_type"], given["existing_nullable"]
    return [
        AlterColumn(
            table=table,
            column=column,
            new_name=of.name_of(host, new_name) if new_name is not None else None,
            type=type_,
            nullable=nullable,
            default=default,
            identity=identity,
            comment=comment,
            using=None if using is None else str(using) if isinstance(using, str) else of.sql_of(host, using) or HOLE,
            existing_type=of.type_of(host, existing_type) if existing_type is not None else None,
            existing_nullable=existing_nullable if isinstance(existing_nullable, bool) else None,
            existing=tuple(sorted(name for name in {**given.values, **given.other} if name.startswith("existing_"))),
            **_partly(fields, *partly),
        )
    ]


def _bulk_insert(host: of.Host, _table: Name, given: Given, fields: Fields) -> list[Operation]:
    columns: dict[str, None] = {}
    values: dict[str, None] = {}
    rows = host.items(given["rows"]) if given["rows"] is not None else None
    for row in rows or ():
        if isinstance(row, dict):
            for key, value in row.items():
                columns[str(key)] = None
                if isinstance(value, str) and HOLE not in value and len(values) < 100 and len(value) < 200:
                    values[str(value)] = None
    table = table_of(host, given["table"])
    return [Insert(table=table, columns=tuple(columns), values=tuple(values), **_partly(fields))]


def table_of(host: of.Host, value: Any) -> Name:
    """The name of the table that a value stands for: ``sa.table()``, ``sa.Table()``, a mapped class."""
    if isinstance(value, Made) and value.leaf in ("table", "Table", "TableClause"):
        return of.qualified(host, value.args[0] if value.args else value.kwargs.get("name"), value.kwargs.get("schema"))
    if (
        isinstance(value, Made)
        and isinstance(value.func, Member)
        and value.func.name in ("alias", "copy", "to_metadata")
    ):
        return table_of(host, value.func.owner)
    if isinstance(value, Made) and value.leaf == "aliased" and value.args:
        return table_of(host, value.args[0])
    if isinstance(value, InstanceOf):
        value = value.cls
    if isinstance(value, Member) and value.name == "__table__":
        value = value.owner
    if isinstance(value, Member) and isinstance(value.owner, Member) and value.owner.name == "tables":
        return Name(value.name)
    if isinstance(value, ClassValue):
        own = host.class_attribute(value, "__table__")
        if isinstance(own, Made):
            return table_of(host, own)
        name = host.class_attribute(value, "__tablename__")
        arguments = host.class_attribute(value, "__table_args__")
        if isinstance(arguments, tuple) and arguments and isinstance(arguments[-1], dict):
            arguments = arguments[-1]
        schema = arguments.get("schema") if isinstance(arguments, dict) else None
        if isinstance(name, str):
            return of.qualified(host, name, schema)
    return UNKNOWN_NAME


def _constraint(host: of.Host, given: Given, kind: type[Constraint], **more: Any) -> Constraint:
    name = given["constraint_name"]
    deferrable = given.values.get("deferrable", given.other.get("deferrable"))
    initially = given.values.get("initially", given.other.get("initially"))
    return kind(
        name=of.constraint_name(host, name),
        final=of.is_final(name),
        not_valid=given.other.get("postgresql_not_valid") is True,
        deferrable=of.may_be_deferred(deferrable, initially),
        deferred=of.is_deferred(initially),
        place=given.made.place,
        **more,
    )


def _spelled(fields: Fields, *columns: Any) -> Fields:
    """A string in place of a list of columns is taken for a list of its letters, where the call is taken at all."""
    spelled = any(isinstance(value, str) and len(value) > 1 for value in columns)
    return {"invalid": "string-for-columns", **fields} if spelled else fields


def _create_primary_key(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    fields = _spelled(fields, given["columns"])
    columns = of.columns_of(host, given["columns"])
    constraint = _constraint(host, given, PrimaryKey, columns=columns)
    return [AddConstraint(table=table, constraint=constraint, **_holes(fields, columns))]


def _create_unique_constraint(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    fields = _spelled(fields, given["columns"])
    columns = of.columns_of(host, given["columns"])
    constraint = _constraint(
        host,
        given,
        Unique,
        columns=columns,
        nulls_not_distinct=given.other.get("postgresql_nulls_not_distinct") is True,
    )
    return [AddConstraint(table=table, constraint=constraint, **_holes(fields, columns))]


def _create_foreign_key(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    fields = _spelled(fields, given["local_cols"], given["remote_cols"])
    columns = of.columns_of(host, given["local_cols"])
    remote = of.columns_of(host, given["remote_cols"])
    target = of.qualified(host, given["referent_table"], given.values.get("referent_schema"))
    ondelete, onupdate = given["ondelete"], given["onupdate"]
    constraint = _constraint(
        host,
        given,
        ForeignKey,
        columns=columns,
        referred=target,
        referred_columns=remote,
        ondelete=str(ondelete).upper() if isinstance(ondelete, str) else None,
        onupdate=str(onupdate).upper() if isinstance(onupdate, str) else None,
    )
    return [AddConstraint(table=table, constraint=constraint, **_holes(fields, (*columns, *remote, target.name)))]


def _create_check_constraint(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    check = of.check_of(
        host,
        given["condition"],
        name=of.constraint_name(host, given["constraint_name"]),
        final=of.is_final(given["constraint_name"]),
        not_valid=given.other.get("postgresql_not_valid") is True,
        place=given.made.place,
    )
    return [
        AddConstraint(table=table, constraint=check, **_partly(fields, *(("condition",) if check.sql is None else ())))
    ]


def _create_exclude_constraint(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    name = given["constraint_name"]
    exclude = of.exclude_of(
        host,
        given.rest,
        given.other,
        name=of.constraint_name(host, name),
        final=of.is_final(name),
        place=given.made.place,
    )
    if not isinstance(exclude, Exclude):
        return []
    return [AddConstraint(table=table, constraint=exclude, **_partly(fields))]


def _create_index(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    index = of.index_of(host, given["index_name"], given["columns"], _merged(given))
    holes = [element.column or "" for element in index.elements]
    fields = _spelled(fields, given["columns"])
    return [
        CreateIndex(
            table=table,
            index=index,
            concurrently=given.other.get("postgresql_concurrently") is True,
            if_not_exists=given.flag("if_not_exists"),
            by_sqlalchemy=True,
            **_holes(fields, (*holes, index.name or "")),
        )
    ]


def _merged(given: Given) -> Made:
    made = given.made
    return Made(
        made.func, [], {**given.other, "unique": given.values.get("unique", given.other.get("unique"))}, made.place
    )


def _create_table(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    columns, constraints, indexes, unread = of.members_of(host, given.rest)
    comment = given.other.get("comment")
    prefixes = given.other.get("prefixes")
    opaque = given.made.starred or "columns" in unread
    return [
        CreateTable(
            table=table,
            columns=tuple([of.of_table(column, table) for column in columns]),
            constraints=tuple(constraints),
            indexes=tuple(indexes),
            if_not_exists=given.flag("if_not_exists"),
            by_sqlalchemy=True,
            opaque=opaque,
            temporary=isinstance(prefixes, list) and any("TEMP" in str(prefix).upper() for prefix in prefixes),
            comment=comment if isinstance(comment, str) else None,
            partitioned="postgresql_partition_by" in given.other,
            **_partly(fields, *dict.fromkeys(unread)),
        )
    ]


def _drop_column(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    name = of.names_of(host, [given["column_name"]])[0]
    return [
        DropColumn(table=table, column=name, if_exists=given.other.get("if_exists") is True, **_holes(fields, (name,)))
    ]


def _drop_constraint(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    name = of.constraint_name(host, given["constraint_name"])
    kind = given["type_"]
    return [
        DropConstraint(
            table=table,
            name=name,
            kind=str(kind) if isinstance(kind, str) else None,
            final=of.is_final(given["constraint_name"]),
            if_exists=given.flag("if_exists"),
            **_holes(fields, (name or "",)),
        )
    ]


def _drop_index(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    name = of.constraint_name(host, given["index_name"])
    known = table if table.known else None
    schema = known.schema if known else (given["schema"] if isinstance(given["schema"], str) else None)
    return [
        DropIndex(
            name=Name(name, schema) if name is not None else None,
            table=known,
            concurrently=given.other.get("postgresql_concurrently") is True,
            if_exists=given.flag("if_exists"),
            final=of.is_final(given["index_name"]),
            **_holes(fields, (name or "",)),
        )
    ]


def _drop_table(_host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    return [DropTable(table=table, if_exists=given.flag("if_exists"), **_partly(fields))]


def _rename_table(host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    new = of.name_of(host, given["new_table_name"])
    return [RenameTable(table=table, new_name=new, **_holes(fields, (new,)))]


def _create_table_comment(_host: of.Host, table: Name, given: Given, fields: Fields) -> list[Operation]:
    comment = given["comment"]
    return [CommentOn(kind="table", table=table, comment=comment if isinstance(comment, str) else None, **fields)]


def _drop_table_comment(_host: of.Host, table: Name, _given: Given, fields: Fields) -> list[Operation]:
    return [CommentOn(kind="table", table=table, comment=None, **fields)]


def _sync_enum_values(host: of.Host, _table: Name, given: Given, fields: Fields) -> list[Operation]:
    values = host.items(given["new_values"])
    labels = tuple([of.name_of(host, value) for value in values]) if values is not None else None
    affected: list[tuple[Name, str]] = []
    for value in host.items(given["affected_columns"]) or ():
        # Without a schema of its own, and in the pairs of older versions, a table lies in that of the type.
        schema = given["enum_schema"]
        if isinstance(value, Made):
            schema = value.given(2, "table_schema", schema)
            value = (value.given(0, "table_name"), value.given(1, "column_name"))
        if isinstance(value, tuple) and len(value) > 1:
            affected.append((of.qualified(host, value[0], schema), of.name_of(host, value[1])))
    name = of.qualified(host, given["enum_name"], given["enum_schema"])
    return [SyncEnumValues(name=name, labels=labels, columns=tuple(affected), **_holes(fields, (name.name,)))]


def _has_old_values(host: of.Host, made: Made) -> bool:
    """Whether a ``sync_enum_values()`` is that of alembic-autogenerate-enums: given labels twice, old ones and new."""
    if "old_values" in made.kwargs:
        return True
    fourth = host.items(made.args[3]) if len(made.args) > 3 else None
    return bool(fourth) and all(isinstance(item, str) for item in fourth or ())


def _add_enum_values(host: of.Host, _table: Name, given: Given, fields: Fields) -> list[Operation]:
    """It commits and adds what is new; only with ``should_reverse`` it makes the type anew, its labels sorted."""
    name = of.qualified(host, given["name"], given["schema"])
    old, new = host.items(given["old_values"]), host.items(given["new_values"])
    if old is None or new is None:
        why = "values that could not be read"
        return [Unread(what="sync_enum_values", why=why, verb="sync_enum_values", **_plain(fields))]
    labels = [of.name_of(host, value) for value in new]
    columns = host.items(given["affected_columns"])
    if given.flag("should_reverse") and columns is not None:
        pairs = [item for item in columns if isinstance(item, tuple) and len(item) == 2]
        affected = tuple([(of.qualified(host, table), of.name_of(host, column)) for table, column in pairs])
        return [SyncEnumValues(name=name, labels=tuple(sorted({*labels})), columns=affected, **fields)]
    there = {of.name_of(host, value) for value in old}
    outside = {**fields, "autocommit": True}
    return [AddEnumValue(name=name, value=label, **outside) for label in labels if label not in there]


_ENTITIES: Mapping[str, Any] = {
    "PGView": "view",
    "PGMaterializedView": "materialized view",
    "PGFunction": "function",
    "PGTrigger": "trigger",
    "PGExtension": "extension",
    "PGPolicy": "policy",
}


def _entity(host: of.Host, value: Any) -> tuple[str, Name, Name | None, str | None] | None:
    if not isinstance(value, Made) or value.leaf not in _ENTITIES:
        return None
    kind = _ENTITIES[value.leaf]
    schema, signature = value.given(0, "schema"), value.given(1, "signature")
    text = text_of(host.plain(signature)) or HOLE
    table: Name | None = None
    if kind in ("trigger", "policy"):
        on = value.kwargs.get("on_entity")
        table = of.referred(of.name_of(host, on) + ".")[0] if isinstance(on, str) and "." in on else None
        if isinstance(on, str) and "." not in on:
            table = Name(str(on))
    name = text.partition("(")[0].strip().strip('"')
    definition = value.kwargs.get("definition")
    folded = " ".join(definition.split()) if isinstance(definition, str) and HOLE not in definition else None
    known_schema = str(schema) if isinstance(schema, str) and schema != "public" and kind != "extension" else None
    return kind, Name(name, known_schema), table, folded


def _rights(host: of.Host, directive: str, value: Any, fields: Fields, *verbs: str) -> list[Operation]:
    """What is done with a ``PGGrantTable``, which is the one entity that is nothing in the schema."""
    if isinstance(value, Made) and value.leaf == "PGGrantTable":
        table = of.qualified(host, value.given(1, "table"), value.given(0, "schema"))
        return [Execute(verb=verb, tables=(table,), **fields) for verb in verbs]
    return [Unread(what=directive, why=_why(value), verb=directive, **_plain(fields))]


def _create_entity(host: of.Host, _table: Name, given: Given, fields: Fields) -> list[Operation]:
    entity = _entity(host, given["entity"])
    if entity is None:
        return _rights(host, "create_entity", given["entity"], fields, "GRANT")
    kind, name, table, definition = entity
    return [CreateObject(kind=kind, name=name, table=table, definition=definition, **fields)]  # type: ignore[arg-type]


def _replace_entity(host: of.Host, _table: Name, given: Given, fields: Fields) -> list[Operation]:
    entity = _entity(host, given["entity"])
    if entity is None:
        return _rights(host, "replace_entity", given["entity"], fields, "REVOKE", "GRANT")
    kind, name, table, definition = entity
    return [
        CreateObject(
            kind=kind,  # type: ignore[arg-type]
            name=name,
            table=table,
            definition=definition,
            or_replace=True,
            **fields,
        )
    ]


def _drop_entity(host: of.Host, _table: Name, given: Given, fields: Fields) -> list[Operation]:
    entity = _entity(host, given["entity"])
    if entity is None:
        return _rights(host, "drop_entity", given["entity"], fields, "REVOKE")
    kind, name, table, _definition = entity
    return [DropObject(kind=kind, name=name, table=table, **fields)]  # type: ignore[arg-type]


def _why(value: Any) -> str:
    if isinstance(value, Unknown):
        return value.why
    return "an argument that is not known"


def _plain(fields: Fields) -> Fields:
    return {key: value for key, value in fields.items() if key != "partly"}


def _partly(fields: Fields, *names: str) -> Fields:
    if not names:
        return fields
    return {**fields, "partly": (*fields.get("partly", ()), *names)}


def _holes(fields: Fields, names: tuple[str, ...]) -> Fields:
    return _partly(fields, "name") if any(HOLE in name for name in names) else fields


_BUILD: dict[str, Callable[[of.Host, Name, Given, Fields], list[Operation]]] = {
    "add_column": _add_column,
    "add_geospatial_column": _add_column,
    "alter_column": _alter_column,
    "bulk_insert": _bulk_insert,
    "create_check_constraint": _create_check_constraint,
    "create_exclude_constraint": _create_exclude_constraint,
    "create_foreign_key": _create_foreign_key,
    "create_index": _create_index,
    "create_geospatial_index": _create_index,
    "create_primary_key": _create_primary_key,
    "create_table": _create_table,
    "create_geospatial_table": _create_table,
    "create_table_comment": _create_table_comment,
    "create_unique_constraint": _create_unique_constraint,
    "drop_column": _drop_column,
    "drop_geospatial_column": _drop_column,
    "drop_constraint": _drop_constraint,
    "drop_index": _drop_index,
    "drop_geospatial_index": _drop_index,
    "drop_table": _drop_table,
    "drop_geospatial_table": _drop_table,
    "drop_table_comment": _drop_table_comment,
    "rename_table": _rename_table,
    "sync_enum_values": _sync_enum_values,
    "create_entity": _create_entity,
    "replace_entity": _replace_entity,
    "drop_entity": _drop_entity,
}
