"""The keywords that Alembic's directives and SQLAlchemy's constructs take, and what becomes of others."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from alembic_review.nearest import nearest
from alembic_review.operations import Keyword
from alembic_review.parsing.values import Made, Ref

_CONSTRAINT = frozenset(["name", "deferrable", "initially", "info", "comment"])
_FOREIGN_KEY = _CONSTRAINT | {"onupdate", "ondelete", "use_alter", "link_to_name", "match"}

# From sqlalchemy.sql.schema; a test holds them against the installed SQLAlchemy.
CONSTRUCTS: Mapping[str, Collection[str]] = {
    "CheckConstraint": _CONSTRAINT | {"sqltext", "table"},
    "Column": frozenset(
        [
            "name",
            "type_",
            "autoincrement",
            "comment",
            "default",
            "doc",
            "index",
            "info",
            "insert_default",
            "insert_sentinel",
            "key",
            "nullable",
            "onupdate",
            "primary_key",
            "quote",
            "server_default",
            "server_onupdate",
            "system",
            "unique",
        ]
    ),
    "ForeignKey": _FOREIGN_KEY | {"column"},
    "ForeignKeyConstraint": _FOREIGN_KEY | {"columns", "refcolumns", "table"},
    "Index": frozenset(["info", "quote", "unique"]),
    "PrimaryKeyConstraint": _CONSTRAINT,
    "Table": frozenset(
        [
            "autoload_replace",
            "autoload_with",
            "comment",
            "extend_existing",
            "implicit_returning",
            "include_columns",
            "info",
            "keep_existing",
            "listeners",
            "must_exist",
            "prefixes",
            "quote",
            "quote_schema",
            "resolve_fks",
            "schema",
        ]
    ),
    "UniqueConstraint": _CONSTRAINT,
}

_ALL = "*"

# `construct_arguments` of SQLAlchemy's own dialects, which have to be called `<dialect>_<argument>`; the same test.
DIALECT_ARGUMENTS: Mapping[str, Mapping[str, Collection[str]]] = {
    "postgresql": {
        "CheckConstraint": ["not_valid"],
        "ForeignKey": ["not_valid"],
        "ForeignKeyConstraint": ["not_valid"],
        "Index": [
            "concurrently",
            "include",
            "invalid",
            "nulls_not_distinct",
            "ops",
            "tablespace",
            "using",
            "where",
            "with",
        ],
        "PrimaryKeyConstraint": ["include"],
        "Table": [
            "ignore_search_path",
            "inherits",
            "on_commit",
            "partition_by",
            "tablespace",
            "using",
            "with",
            "with_oids",
        ],
        "UniqueConstraint": ["include", "nulls_not_distinct"],
    },
    "mysql": {
        "Index": ["length", "prefix", "using", "with_parser"],
        "PrimaryKeyConstraint": ["using"],
        "Table": [_ALL],
    },
    "mariadb": {
        "Index": ["length", "prefix", "using", "with_parser"],
        "PrimaryKeyConstraint": ["using"],
        "Table": [_ALL],
    },
    "sqlite": {
        "CheckConstraint": ["on_conflict"],
        "Column": ["on_conflict_not_null", "on_conflict_primary_key", "on_conflict_unique"],
        "ForeignKey": ["on_conflict"],
        "ForeignKeyConstraint": ["on_conflict"],
        "Index": ["where"],
        "PrimaryKeyConstraint": ["on_conflict"],
        "Table": ["autoincrement", "strict", "with_rowid"],
        "UniqueConstraint": ["on_conflict"],
    },
    "mssql": {
        "Column": ["identity_increment", "identity_start"],
        "Index": ["clustered", "columnstore", "include", "where"],
        "PrimaryKeyConstraint": ["clustered"],
        "UniqueConstraint": ["clustered"],
    },
    "oracle": {
        "Index": ["bitmap", "compress", "vector"],
        "Table": ["compress", "on_commit", "resolve_synonyms", "tablespace"],
    },
}

# Whose constructor gets what a directive of Alembic collects in `**` (alembic/operations/schemaobj.py).
_PASSED_TO = {
    "create_check_constraint": "CheckConstraint",
    "create_foreign_key": "ForeignKeyConstraint",
    "create_index": "Index",
    "create_table": "Table",
    "create_unique_constraint": "UniqueConstraint",
    "drop_index": "Index",
    "drop_table": "Table",
}

# The directives that take any keyword, and those that they look at (alembic/ddl/*.py, postgresql.ExcludeConstraint).
_LOOKED_AT: Mapping[str, Collection[str]] = {
    "alter_column": frozenset(
        [
            "autoincrement",
            "existing_autoincrement",
            "existing_column",
            "existing_schema",
            "insert_after",
            "insert_before",
            "mysql_existing_nullable",
            "postgresql_using",
        ]
    ),
    "create_exclude_constraint": frozenset(["deferrable", "initially", "ops", "schema", "using", "where"]),
    "drop_column": frozenset(["if_exists", "mssql_drop_check", "mssql_drop_default", "mssql_drop_foreign_key"]),
}

# What nothing like it is called.
_MEANT = {
    ("alter_column", "default"): "server_default",
    ("alter_column", "name"): "new_column_name",
    ("alter_column", "null"): "nullable",
    ("Column", "null"): "nullable",
}

# How SQLAlchemy takes a keyword apart into dialect and argument.
_DIALECT = re.compile(r"(.+?)_(.+)")

# Words that no dialect is called: `if_not_exist`, `on_delete`, `nulls_not_distinct`.
_NO_DIALECTS = frozenset(["if", "is", "not", "nulls", "on"])


def of_directive(name: str, taken: Collection[str], given: Collection[str], dialect: str) -> Iterator[Keyword]:
    """Those of the keywords *given* to a directive, which takes the *taken* ones, that it has no use for."""
    other = [one for one in given if one not in taken]
    return _unless_given(_of_directive(name, taken, other, dialect), given) if other else iter(())


def _of_directive(name: str, taken: Collection[str], other: Iterable[str], dialect: str) -> Iterator[Keyword]:
    construct = _PASSED_TO.get(name)
    if construct is not None:
        # The name goes by another name in a directive.
        own = (set(CONSTRUCTS[construct]) | set(taken)) - {"name"}
        yield from _of(construct, f"{name}()", own, other, dialect)
        return
    looked_at = _LOOKED_AT.get(name)
    for keyword in other:
        if looked_at is None:
            yield Keyword(keyword, f"{name}()", _meant(name, keyword, taken), refused=True)
        elif keyword not in looked_at and keyword.partition("_")[0] not in DIALECT_ARGUMENTS:
            # Alembic gives its own `name` to what it hands this on to.
            refused = (name, keyword) == ("alter_column", "name")
            yield Keyword(keyword, f"{name}()", _meant(name, keyword, (*taken, *looked_at)), refused=refused)


def of_constructs(values: Iterable[Any], dialect: str) -> Iterator[Keyword]:
    """The keywords that SQLAlchemy's constructs among the arguments of a directive have no use for."""
    for value in values:
        if not isinstance(value, Made):
            continue
        func = value.func
        own = CONSTRUCTS.get(func.leaf) if isinstance(func, Ref) and func.root == "sqlalchemy" else None
        if own is not None:
            unfit = _of(value.leaf, f"{value.leaf}()", own, value.kwargs, dialect)
            for keyword in _unless_given(unfit, value.kwargs):
                yield replace(keyword, place=value.place)
            yield from of_constructs(value.args, dialect)


def _unless_given(unfit: Iterable[Keyword], given: Collection[str]) -> Iterator[Keyword]:
    """The same; what is given already is not meant once more."""
    return (replace(keyword, meant=None) if keyword.meant in given else keyword for keyword in unfit)


def _of(construct: str, called: str, own: Collection[str], keywords: Iterable[str], dialect: str) -> Iterator[Keyword]:
    for keyword in keywords:
        if keyword in own or keyword.startswith("_"):
            continue
        parts = _DIALECT.fullmatch(keyword)
        known = DIALECT_ARGUMENTS.get(parts[1]) if parts else None
        if parts and known is not None and not {_ALL, parts[2]}.isdisjoint(known.get(construct, ())):
            continue
        of_dialect = DIALECT_ARGUMENTS.get(dialect, {}).get(construct, ())
        meant = _meant(construct, keyword, (*own, *[f"{dialect}_{name}" for name in of_dialect if name != _ALL]))
        refused = parts is None or known is not None
        if refused or meant or (parts and parts[1] in _NO_DIALECTS):
            # What may be meant for a dialect that comes with another package is passed over.
            yield Keyword(keyword, called, meant, refused=refused)


def _meant(owner: str, keyword: str, taken: Iterable[str]) -> str | None:
    """The keyword most like one that is not taken, with or without the dialect before it."""
    if (owner, keyword) in _MEANT:
        return _MEANT[owner, keyword]
    names = {name: name for name in sorted(taken)}
    for name in tuple(names):
        head, _, rest = name.partition("_")
        if head in DIALECT_ARGUMENTS:
            names.setdefault(rest, name)
    close = nearest(keyword, names, least=0.75)
    return names[close[0]] if close else None
