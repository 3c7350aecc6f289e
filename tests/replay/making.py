"""Operations as tests want to write them, and what a replay of some of them comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    Column,
    Constraint,
    CreateIndex,
    CreateTable,
    ForeignKey,
    Index,
    IndexElement,
    Operation,
    PrimaryKey,
)
from alembic_review.replay import Effect, Outcome, Refusal, Run, Settings, after
from alembic_review.schema import EMPTY, Schema
from alembic_review.types import Enum, Name, Type, sql_type

INTEGER = sql_type("integer")
BIGINT = sql_type("bigint")
TEXT = sql_type("text")
BOOLEAN = sql_type("boolean")
UUID = sql_type("uuid")


def varchar(length: int) -> Type:
    return sql_type("varchar", (length,))


def enum(name: str, *labels: str, **fields: Any) -> Type:
    return Type(name, enum=Enum(Name(name), labels or None, **fields))


def column(name: str, type_: Type = INTEGER, **fields: Any) -> Column:
    return Column(name, type_, **fields)


def create_table(name: str, *parts: Column | Constraint, **fields: Any) -> CreateTable:
    """CREATE TABLE through SQLAlchemy, unless *fields* say otherwise."""
    return CreateTable(
        **{
            "table": Name(name),
            "columns": tuple(part for part in parts if isinstance(part, Column)),
            "constraints": tuple(part for part in parts if isinstance(part, Constraint)),
            "by_sqlalchemy": True,
            **fields,
        }
    )


def keyed_table(name: str, *parts: Column | Constraint, **fields: Any) -> CreateTable:
    """The same with an integer key called id."""
    return create_table(name, column("id", nullable=False), *parts, PrimaryKey(columns=("id",)), **fields)


def add_column(table: str, name: str, type_: Type = INTEGER, **fields: Any) -> AddColumn:
    return AddColumn(table=Name(table), column=column(name, type_, **fields), by_sqlalchemy=True)


def add_constraint(table: str, constraint: Constraint) -> AddConstraint:
    return AddConstraint(table=Name(table), constraint=constraint)


def create_index(name: str | None, table: str, *columns: str, **fields: Any) -> CreateIndex:
    elements = tuple(IndexElement(each) for each in columns)
    return CreateIndex(table=Name(table), index=Index(name, elements, **fields), by_sqlalchemy=True)


def refers(table: str, *columns: str, **fields: Any) -> ForeignKey:
    return ForeignKey(referred=Name(table), referred_columns=columns or ("id",), **fields)


@dataclass(frozen=True)
class Replay:
    """What some operations came to, one after another."""

    outcomes: tuple[Outcome, ...]
    before: Schema

    @property
    def schema(self) -> Schema:
        return self.outcomes[-1].schema if self.outcomes else self.before

    @property
    def refusals(self) -> list[Refusal]:
        return [refusal for outcome in self.outcomes for refusal in outcome.refusals]

    @property
    def refused(self) -> list[tuple[str, str]]:
        """The error and the message of each refusal."""
        return [(refusal.error, refusal.message) for refusal in self.refusals]

    @property
    def effects(self) -> list[tuple[str, str, str]]:
        """What the last operation took along."""
        return [(effect.what, effect.kind, effect.name) for effect in self.last_effects]

    @property
    def last_effects(self) -> Sequence[Effect]:
        return self.outcomes[-1].effects

    @property
    def run(self) -> Run:
        return self.outcomes[-1].run


def replay(*operations: Operation, on: Schema = EMPTY, run: Run | None = None, **settings: Any) -> Replay:
    """Replay operations, on an empty database unless told otherwise, as one revision."""
    run = run if run is not None else Run(Settings(**settings), "r1")
    outcomes: list[Outcome] = []
    schema, earlier = on, []
    for operation in operations:
        earlier.append(schema)
        outcome = after(schema, operation, run, earlier)
        schema, run = outcome.schema, outcome.run
        outcomes.append(outcome)
    return Replay(tuple(outcomes), on)
