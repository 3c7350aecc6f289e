"""The replay, held against a real PostgreSQL: operations at random, each refused by both or by none, and the catalogue
after each that is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.database.catalogue import Catalogue, Table, reflect
from alembic_review.database.server import Server
from alembic_review.mirror import same_default
from alembic_review.naming import NO_CONVENTION
from alembic_review.replay import Outcome, Run, Settings, after
from alembic_review.schema import EMPTY, Schema
from alembic_review.schema import Table as Replayed
from alembic_review.types import Name, Type, sql_type
from tests.parsing.reading import upgraded
from tests.replay.inventing import SQL, Inventor
from tests.replay.making import enum
from tests.replay.sending import Command, statements

pytestmark = pytest.mark.server

SEEDS = range(30)
STEPS = 40

CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[sa.Connection]:
    with server.database() as url:
        address = url.replace("postgresql://", "postgresql+psycopg://", 1)
        engine = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            yield connection


@pytest.mark.parametrize("seed", SEEDS)
def test_a_replay_comes_to_what_postgresql_comes_to(connection: sa.Connection, server: Server, seed: int) -> None:
    _empty(connection)
    convention = CONVENTION if seed % 4 == 3 else None
    run = Run(Settings(convention or NO_CONVENTION, postgresql=server.version[0], sqlalchemy=_sqlalchemy()))
    inventor, schema, command = Inventor(seed), EMPTY, Command(connection, convention)
    done: list[str] = []
    for number in range(STEPS):
        if inventor.often(0.15):
            command, run = Command(connection, convention), run.next(f"r{number}")
        inventor.schema = schema
        operation = inventor.operation()
        outcome = after(schema, operation, run)
        done.append(_told(operation))

        error = command.send(operation)

        assert _complaint(operation, outcome, error, schema) is None, "\n".join(done)
        if error is None:
            schema, run = outcome.schema, outcome.run
            assert list(_differences(schema, reflect(_driver(connection)))) == [], "\n".join(done)


def test_a_default_goes_on_standing_on_the_enum_type_that_its_column_had(
    connection: sa.Connection, server: Server
) -> None:
    _empty(connection)
    run, schema = Run(Settings(postgresql=server.version[0], sqlalchemy=_sqlalchemy())), EMPTY
    table, mood, feeling = Name("t"), Name("mood"), Name("feeling")
    columns = (
        ops.Column("m", enum("mood"), default=ops.Default("'p'")),
        ops.Column("n", replace(enum("mood"), dimensions=1), default=ops.Default("'{}'")),
    )
    done = (
        ops.CreateEnum(name=mood, labels=("p", "q"), sql=SQL),
        ops.CreateTable(table=table, columns=columns, sql=SQL),
        ops.AlterColumn(table=table, column="m", type=sql_type("text"), sql=SQL),
        ops.AlterColumn(table=table, column="n", type=sql_type("text", (), 1), sql=SQL),
        ops.DropEnum(name=mood, sql=SQL),
        ops.AlterColumn(table=table, column="m", type=sql_type("integer"), sql=SQL),
        ops.RenameObject(kind="type", name=mood, new_name=feeling, sql=SQL),
        ops.DropEnum(name=feeling, sql=SQL),
        ops.AlterColumn(table=table, column="m", default=None, sql=SQL),
        ops.DropEnum(name=feeling, sql=SQL),
        ops.DropEnum(name=feeling, cascade=True, sql=SQL),
    )
    refused: list[list[str]] = []
    for operation in done:
        outcome, error = after(schema, operation, run), Command(connection, None).send(operation)

        assert [refusal.error for refusal in outcome.refusals] == ([type(error).__name__] if error else [])
        refused.append([dependent.name for refusal in outcome.refusals for dependent in refusal.dependents])
        if error is None:
            schema, run = outcome.schema, outcome.run
            assert list(_differences(schema, reflect(_driver(connection)))) == []
    assert list(filter(None, refused)) == [["m", "n"], ["m", "n"], ["n"]]


@pytest.mark.parametrize("name", ["BINARY", "BLOB", "CLOB", "DATETIME", "DOUBLE", "NVARCHAR", "VARBINARY"])
def test_what_sqlalchemy_sends_of_other_databases_types_is_refused(connection: sa.Connection, name: str) -> None:
    _empty(connection)
    (made,) = upgraded(f'op.create_table("t", sa.Column("a", sa.{name}()))')
    table = sa.Table("t", sa.MetaData(), sa.Column("a", getattr(sa, name)()))

    with pytest.raises(sa.exc.ProgrammingError) as shown:
        table.create(connection)
    refused = [(refusal.error, refusal.message) for refusal in after(EMPTY, made, Run()).refusals]

    assert refused == [("UndefinedObject", f'type "{name.lower()}" does not exist')]
    assert type(shown.value.orig).__name__ == "UndefinedObject"
    assert refused[0][1] in str(shown.value.orig)


def _empty(connection: sa.Connection) -> None:
    for statement in ("DROP SCHEMA IF EXISTS s CASCADE", "DROP SCHEMA public CASCADE"):
        connection.exec_driver_sql(statement)
    for statement in ("CREATE SCHEMA public", "CREATE SCHEMA s"):
        connection.exec_driver_sql(statement)


def _sqlalchemy() -> tuple[int, ...]:
    return tuple(int(part) for part in sa.__version__.split(".")[:2])


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


def _told(operation: ops.Operation) -> str:
    try:
        return "; ".join(statements(operation)) + ("" if operation.sql else "   -- by Alembic")
    except NotImplementedError:
        return repr(operation)


def _complaint(operation: ops.Operation, outcome: Outcome, error: Exception | None, schema: Schema) -> str | None:
    """What the replay and the server do not agree on."""
    refused = {refusal.error for refusal in outcome.refusals if refusal.alone}
    if error is None:
        return f"the replay alone refuses: {sorted(refused)}" if refused else None
    kind = type(error).__name__
    if kind in refused or (refused and (isinstance(operation, ops.CreateTable) or operation.sql is None)):
        # Of several things that are wrong, the first is told by each in an order of its own.
        return None
    if _is_beyond(operation, outcome, kind, schema):
        return None
    return f"the server alone refuses: {kind} {error}, the replay {sorted(refused)}"


def _is_beyond(operation: ops.Operation, outcome: Outcome, kind: str, schema: Schema) -> bool:
    """Whether the replay is not meant to know."""
    table = getattr(operation, "table", None)
    if kind == "UndefinedTable":
        # Tables that the history never made are taken to be there.
        return any(effect.what == "assumed" for effect in outcome.effects)
    if kind in ("UndefinedFunction", "WrongObjectType", "InternalError_"):
        # Operators that a CHECK needs of another type, what is done to views as if they were tables.
        return True
    if kind == "UndefinedColumn" and operation.sql is None and not isinstance(operation, ops.CreateIndex):
        # Not every word of a CHECK that only SQLAlchemy has seen is a column.
        return True
    # Views and indexes can be altered as if they were tables.
    return table is not None and table not in schema.tables


def _differences(schema: Schema, catalogue: Catalogue) -> Iterator[object]:
    if set(schema.tables) != set(catalogue.tables):
        yield "tables", set(schema.tables) ^ set(catalogue.tables)
    for name in set(schema.tables) & set(catalogue.tables):
        for difference in _table_differences(schema.tables[name], catalogue.tables[name]):
            yield name, difference
    enums = {name: schema.enums[name].labels for name in schema.enums}
    if enums != dict(catalogue.enums):
        yield "enums", enums, catalogue.enums
    ours = {name: (schema.sequences[name].table, schema.sequences[name].column) for name in schema.sequences}
    theirs = {name: (sequence.table, sequence.column) for name, sequence in catalogue.sequences.items()}
    if ours != theirs:
        yield "sequences", ours, theirs
    views = {key.name for key in schema.objects if key.kind == "view"}
    if views != set(catalogue.views):
        yield "views", views, set(catalogue.views)
    yield from _lost_ways(schema)


def _table_differences(ours: Replayed, theirs: Table) -> Iterator[object]:
    if set(ours.columns) != set(theirs.columns):
        yield "columns", set(ours.columns) ^ set(theirs.columns)
    for name in set(ours.columns) & set(theirs.columns):
        one, other = ours.columns[name], theirs.columns[name]
        default = ops.Default(other.default) if other.default else None
        kept = one.type.enum is None and other.default is not None and "::" in other.default
        if _formatted(one.type) != other.type or one.nullable != other.nullable:
            yield name, _formatted(one.type), other.type, one.nullable, other.nullable
        if (one.identity is None) != (other.identity is None):
            yield name, one.identity, other.identity
        # What was a default of an enum type stays one when the column becomes a text.
        if not same_default(one.default, one.type, default, one.type) and not kept:
            yield name, one.default, other.default
    for part in ("constraints", "indexes"):
        mine, real = getattr(ours, part), getattr(theirs, part)
        if set(mine) != set(real):
            yield part, set(mine) ^ set(real)
    for name in set(ours.constraints) & set(theirs.constraints):
        item, there = ours.constraints[name], theirs.constraints[name]
        if item.kind != there.kind or sorted(item.columns) != sorted(there.columns):
            yield name, item, there
        if isinstance(item.definition, ops.ForeignKey):
            key = item.definition
            mine = (key.referred, key.referred_columns, item.index or there.index)
            if mine != (there.referred, there.referred_columns, there.index):
                yield name, mine, there
    for name in set(ours.indexes) & set(theirs.indexes):
        index, found = ours.indexes[name], theirs.indexes[name]
        if (index.unique, index.columns) != (found.unique, found.elements):
            yield name, index, found


_SPELLED = {"varchar": "character varying", "timestamp": "timestamp without time zone"}


def _formatted(type_: Type) -> str:
    name = str(type_.enum.name) if type_.enum else _SPELLED.get(type_.name, type_.name)
    arguments = f"({','.join(map(str, type_.args))})" if type_.args else ""
    return f"{name}{arguments}{'[]' * type_.dimensions}"


def _lost_ways(schema: Schema) -> Iterator[object]:
    """The ways back that a schema keeps lead to all that is there, and nowhere else."""
    indexes: dict[Name, Name] = {}
    referred: dict[Name, set[Name]] = {}
    typed: dict[Name, set[Name]] = {}
    for name, table in schema.tables.items():
        for index in table.indexes:
            indexes[Name(index, name.schema)] = name
        for constraint in table.constraints.values():
            if constraint.kind in ("primary key", "unique"):
                indexes[Name(constraint.index or "", name.schema)] = name
        for _, key in table.foreign_keys:
            referred.setdefault(key.referred, set()).add(name)
        for column in table.columns.values():
            for type_ in (column.type, column.default_type):
                if type_ is not None and type_.enum is not None and type_.enum.name is not None:
                    typed.setdefault(type_.enum.name, set()).add(name)
    if indexes != dict(schema.indexes):
        yield "indexes", indexes, dict(schema.indexes)
    if referred != {name: set(names) for name, names in schema.referred_by.items() if names}:
        yield "referred_by", referred
    if typed != {name: set(names) for name, names in schema.typed_by.items() if names}:
        yield "typed_by", typed
