"""Flags what belongs to an extension that no revision creates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import (
    NOWHERE,
    AddColumn,
    AddConstraint,
    AlterColumn,
    Column,
    CreateIndex,
    CreateTable,
    Exclude,
    Index,
    Operation,
    Place,
)
from alembic_review.proof import Fails
from alembic_review.replay.stored import EXTENSION_TYPES
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Schema, Table
from alembic_review.types import Type

_OPERATOR_CLASSES = (
    (re.compile(r"gi(n|st)_trgm_ops"), "pg_trgm"),
    (re.compile(r"(vector|halfvec|sparsevec)_(l1|l2|ip|cosine)_ops|bit_(hamming|jaccard)_ops"), "vector"),
    (re.compile(r"gi(n|st)_hstore_ops"), "hstore"),
    (re.compile(r"gist_ltree_ops"), "ltree"),
)
# What has no operator class of its own for these methods; compared with the answers of a server.
_SCALARS = frozenset(
    [
        "bigint",
        "boolean",
        "bytea",
        "char",
        "date",
        "double precision",
        "integer",
        "interval",
        "numeric",
        "real",
        "smallint",
        "text",
        "time",
        "timestamp",
        "timestamp with time zone",
        "uuid",
        "varchar",
    ]
)
_FOR_SCALARS = {"gin": "btree_gin", "gist": "btree_gist"}
_METHODS = {"hnsw": "vector", "ivfflat": "vector", "bloom": "bloom"}
_FUNCTIONS = re.compile(r"\s*uuid_generate_v[1345]\w*\s*\(.*", re.IGNORECASE)


class MissingExtension(Rule):
    """
    A type, an operator class or a function of an extension that no revision creates.

    ## Why is this bad?

    A new database does not have the extension, and PostgreSQL stops at `type "citext" does not exist`. On the
    database where somebody created it by hand, all is well.

    ## Example

    ```python
    def upgrade():
        op.create_table("user", sa.Column("mail", postgresql.CITEXT()))

    def downgrade():
        op.drop_table("user")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.execute("CREATE EXTENSION IF NOT EXISTS citext")
        op.create_table("user", sa.Column("mail", postgresql.CITEXT()))

    def downgrade():
        op.drop_table("user")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("UndefinedObject")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        said: set[str] = set()
        for step in change.upgrades(AddColumn, AddConstraint, AlterColumn, CreateIndex, CreateTable):
            if step.unused or not step.ran or step.operation.guarded:
                continue
            for what, extension, place in _needed(step):
                if extension in said or _is_there(step.before, extension) or _is_used(change.before, extension):
                    continue
                said.add(extension)
                yield self.at(
                    change,
                    step,
                    f'{what} belongs to the extension "{extension}", which no revision has created',
                    f'op.execute("CREATE EXTENSION IF NOT EXISTS {_quoted(extension)}")',
                    place=place,
                    thing=extension,
                )


def _needed(step: Step[Operation]) -> Iterator[tuple[str, str, Place]]:
    """What an operation needs of an extension, the extension, and where that stands."""
    operation = step.operation
    match operation:
        case CreateTable():
            for column in operation.columns:
                yield from _of_column(column)
            for index in operation.indexes:
                yield from _of_index(index, step.after.table(operation.table))
            for constraint in operation.constraints:
                if isinstance(constraint, Exclude):
                    yield from _of_keys(constraint.columns, constraint.using, step.after.table(operation.table))
        case AddColumn():
            yield from _of_column(operation.column)
        case AddConstraint(constraint=Exclude() as constraint):
            yield from _of_keys(constraint.columns, constraint.using, step.after.table(operation.table))
        case AlterColumn() if operation.type is not None:
            yield from _of_type(operation.type, operation.place)
        case CreateIndex():
            yield from _of_index(operation.index, step.after.table(operation.table))


def _of_column(column: Column) -> Iterator[tuple[str, str, Place]]:
    yield from _of_type(column.type, column.place)
    if column.default is not None and _FUNCTIONS.match(column.default.sql or ""):
        yield f"{column.default.sql}", "uuid-ossp", column.place


def _of_type(type_: Type, place: Place) -> Iterator[tuple[str, str, Place]]:
    extension = EXTENSION_TYPES.get(type_.name)
    if extension is not None and type_.enum is None:
        yield f"the type {type_.name}", extension, place


def _of_index(index: Index, table: Table | None) -> Iterator[tuple[str, str, Place]]:
    extension = _METHODS.get(index.using or "")
    if extension is not None:
        yield f"the access method {index.using}", extension, index.place
    for element in index.elements:
        for pattern, owner in _OPERATOR_CLASSES:
            if element.opclass is not None and pattern.fullmatch(element.opclass):
                yield f"the operator class {element.opclass}", owner, index.place
    plain = tuple(element.column for element in index.elements if element.column is not None and not element.opclass)
    yield from _of_keys(plain, index.using or "", table)


def _of_keys(columns: Iterable[str], method: str, table: Table | None) -> Iterator[tuple[str, str, Place]]:
    """What the columns need that an index has for its keys, without any operator class."""
    extension = _FOR_SCALARS.get(method)
    if extension is None or table is None:
        return
    for column in (table.columns[name] for name in columns if name in table.columns):
        if column.type.name in _SCALARS and not column.type.dimensions and not column.uncertain:
            yield f"the operator class of {column.type} for {method}", extension, NOWHERE


def _is_there(schema: Schema, extension: str) -> bool:
    family = extension.partition("_")[0] if extension.startswith("postgis") else extension
    return any(
        key.kind == "extension" and (key.name.name == extension or key.name.name.startswith(f"{family}_"))
        for key in schema.objects
    ) or any(
        key.kind in ("type", "domain") and EXTENSION_TYPES.get(key.name.name) == extension for key in schema.objects
    )


def _is_used(schema: Schema, extension: str) -> bool:
    """Whether the history has used it before: somebody else creates it, since that ran."""
    for name in schema.tables:
        for column in schema.tables[name].columns.values():
            if EXTENSION_TYPES.get(column.type.name) == extension or (
                extension == "uuid-ossp" and column.default is not None and _FUNCTIONS.match(column.default.sql or "")
            ):
                return True
        for index in schema.tables[name].indexes.values():
            if any(owner == extension for _, owner, _place in _of_index(index.definition, schema.tables[name])):
                return True
        for constraint in schema.tables[name].constraints.values():
            keys = constraint.definition
            if isinstance(keys, Exclude) and any(
                owner == extension for _, owner, _place in _of_keys(keys.columns, keys.using, schema.tables[name])
            ):
                return True
    return False


def _quoted(extension: str) -> str:
    return f"'{extension}'".replace("'", '\\"') if "-" in extension else extension
