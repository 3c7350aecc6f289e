"""Flags what belongs to an extension that no revision creates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, AlterColumn, Column, CreateIndex, CreateTable, Index, Operation, Place
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Schema
from alembic_review.types import Type

_TYPES = {
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
_OPERATOR_CLASSES = (
    (re.compile(r"gi(n|st)_trgm_ops"), "pg_trgm"),
    (re.compile(r"(vector|halfvec|sparsevec)_(l1|l2|ip|cosine)_ops|bit_(hamming|jaccard)_ops"), "vector"),
    (re.compile(r"gi(n|st)_hstore_ops"), "hstore"),
    (re.compile(r"gist_ltree_ops"), "ltree"),
)
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
        for step in change.upgrades(AddColumn, AlterColumn, CreateIndex, CreateTable):
            if step.unused or not step.ran or step.operation.guarded:
                continue
            for what, extension, place in _needed(step.operation):
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


def _needed(operation: Operation) -> Iterator[tuple[str, str, Place]]:
    """What an operation needs of an extension, the extension, and where that stands."""
    match operation:
        case CreateTable():
            for column in operation.columns:
                yield from _of_column(column)
            for index in operation.indexes:
                yield from _of_index(index)
        case AddColumn():
            yield from _of_column(operation.column)
        case AlterColumn() if operation.type is not None:
            yield from _of_type(operation.type, operation.place)
        case CreateIndex():
            yield from _of_index(operation.index)


def _of_column(column: Column) -> Iterator[tuple[str, str, Place]]:
    yield from _of_type(column.type, column.place)
    if column.default is not None and _FUNCTIONS.match(column.default.sql or ""):
        yield f"{column.default.sql}", "uuid-ossp", column.place


def _of_type(type_: Type, place: Place) -> Iterator[tuple[str, str, Place]]:
    extension = _TYPES.get(type_.name)
    if extension is not None and type_.enum is None:
        yield f"the type {type_.name}", extension, place


def _of_index(index: Index) -> Iterator[tuple[str, str, Place]]:
    extension = _METHODS.get(index.using or "")
    if extension is not None:
        yield f"the access method {index.using}", extension, index.place
    for element in index.elements:
        for pattern, owner in _OPERATOR_CLASSES:
            if element.opclass is not None and pattern.fullmatch(element.opclass):
                yield f"the operator class {element.opclass}", owner, index.place


def _is_there(schema: Schema, extension: str) -> bool:
    family = extension.partition("_")[0] if extension.startswith("postgis") else extension
    return any(
        key.kind == "extension" and (key.name.name == extension or key.name.name.startswith(f"{family}_"))
        for key in schema.objects
    ) or any(key.kind in ("type", "domain") and _TYPES.get(key.name.name) == extension for key in schema.objects)


def _is_used(schema: Schema, extension: str) -> bool:
    """Whether the history has used it before: somebody else creates it, since that ran."""
    for name in schema.tables:
        for column in schema.tables[name].columns.values():
            if _TYPES.get(column.type.name) == extension or (
                extension == "uuid-ossp" and column.default is not None and _FUNCTIONS.match(column.default.sql or "")
            ):
                return True
        for index in schema.tables[name].indexes.values():
            if any(owner == extension for _, owner, _place in _of_index(index.definition)):
                return True
    return False


def _quoted(extension: str) -> str:
    return f"'{extension}'".replace("'", '\\"') if "-" in extension else extension
