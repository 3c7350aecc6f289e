"""What an operation came to: the schema it leaves, what is refused, what went along, and the state of the command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from alembic_review.config import Config, Version
from alembic_review.naming import NO_CONVENTION
from alembic_review.operations import Operation
from alembic_review.schema import (
    Attached,
    Column,
    Constraint,
    EnumType,
    Index,
    Object,
    Origin,
    Schema,
    Sequence,
    Table,
)
from alembic_review.types import HOLE, Name

Thing = Column | Constraint | Index | Sequence | Table | Object | Attached | EnumType


class Settings(Struct, frozen=True):
    """What of the project decides how a replay goes.

    `naming_convention` is that of ``target_metadata``; `convention_known` is False where it may have another one.
    `postgresql` is the server's major version, `sqlalchemy` the version of SQLAlchemy, None where nothing is said;
    `transaction_per_migration` is as ``env.py`` says it.
    """

    naming_convention: Mapping[str, str] = field(default_factory=lambda: NO_CONVENTION)
    convention_known: bool = True
    postgresql: int = 15
    sqlalchemy: Version | None = None
    transaction_per_migration: bool = False

    @classmethod
    def of(cls, config: Config) -> Settings:
        """What the configuration says."""
        settings = cls(sqlalchemy=config.sqlalchemy)
        return replace(settings, postgresql=config.postgresql[0]) if config.postgresql else settings


class EnumValue(NamedTuple):
    """A value that ``ALTER TYPE … ADD VALUE`` gave to an enum type."""

    enum: Name
    value: str


class Command(Struct, frozen=True):
    """What one Alembic command has done so far, as far as it decides what comes next.

    `types` are those for which ``create_table`` has emitted CREATE TYPE: it does so once per command. `new_values`
    were added to enum types, and `new_types` made, since the last COMMIT.
    """

    types: frozenset[Name] = frozenset()
    new_values: frozenset[EnumValue] = frozenset()
    new_types: frozenset[Name] = frozenset()

    def committed(self) -> Command:
        """The same command after a COMMIT."""
        return Command(self.types) if self.new_values or self.new_types else self


Path = tuple[str, ...]
"""A ``search_path``, but for the schemas that every server has."""

DEFAULT_PATH: Path = ("public",)
UNKNOWN_PATH: Path = (HOLE,)


class Run(Struct, frozen=True):
    """One way through one revision, in both cuts.

    `alone` is the deployment of this revision by a command of its own, `fresh` that of the whole history by one
    ``upgrade head``. `answers` are those that conditions got when they were first met; None where the schema cannot
    tell. `older` are the tables that may be there though no revision makes them. `assumed` says which settings of the
    project's own code are taken to be on, and which to be off. `path` is the ``search_path``, and
    `lasting_path` the one that is left of it when the transaction ends; no revision is taken to leave one to the next.
    """

    settings: Settings = Settings()
    revision: str = ""
    upgrade: bool = True
    alone: Command = Command()
    fresh: Command = Command()
    answers: Mapping[int, bool | None] = field(default_factory=dict)
    older: frozenset[Name] = frozenset()
    assumed: Mapping[str, bool] = field(default_factory=dict)
    path: Path = DEFAULT_PATH
    lasting_path: Path = DEFAULT_PATH

    def next(self, revision: str, upgrade: bool = True) -> Run:
        """The run of the next revision, which the fresh command goes on with; a downgrade is always a new command."""
        fresh = self.fresh if upgrade else Command()
        if self.settings.transaction_per_migration:
            fresh = fresh.committed()
        return Run(self.settings, revision, upgrade, Command(), fresh, older=self.older, assumed=self.assumed)


class Dependent(Struct, frozen=True):
    """Something that stands on something else. `table` is that of a column, default or constraint."""

    kind: str
    name: str
    table: Name | None = None


class Refusal(Struct, frozen=True):
    """What PostgreSQL would refuse, or Alembic or SQLAlchemy before it.

    `error` is psycopg's name of PostgreSQL's error class, else that of the Python exception; `message` is theirs, in
    their words. `kind`, `name` and `table` say what it is about; `by` what made the thing in the way, or dropped the
    thing that is not there, where the history did; `dependents` stand on the thing that is to go.
    `alone` and `fresh` say which deployments it hits: that of this revision by itself, that of the whole history by
    one command.
    """

    error: str
    message: str
    kind: str
    name: str
    table: Name | None = None
    by: Origin | None = None
    dependents: tuple[Dependent, ...] = ()
    alone: bool = True
    fresh: bool = True

    @property
    def deployment(self) -> str:
        """Which deployment it hits, in people's words that end a message; empty where it hits both."""
        if self.alone and self.fresh:
            return ""
        alone, fresh = "deployed by a command of its own", "in one upgrade head"
        hit, spared = (alone, fresh) if self.alone else (fresh, alone)
        return f"; {hit} it fails, {spared} it does not"

    @property
    def sent(self) -> bool:
        """Whether the database refuses it; else Alembic or SQLAlchemy do, before the database is asked."""
        return self.error not in _RAISED

    @property
    def asks_schema(self) -> bool:
        """Whether it is for what is there, or is not; else for how it is written, or what the same command did."""
        return self.sent and self.kind != "statement" and self.error not in _OF_THE_COMMAND


_RAISED = frozenset(
    (
        "ArgumentError",
        "CompileError",
        "ConstraintColumnNotFoundError",
        "DuplicateColumnError",
        "IndexError",
        "InvalidRequestError",
        "TypeError",
    )
)


_OF_THE_COMMAND = frozenset(("ActiveSqlTransaction", "UnsafeNewEnumValueUsage"))


What = Literal["dropped", "renamed", "assumed"]


class Effect(Struct, frozen=True):
    """What went along with an operation beside its own thing.

    `what`: ``dropped``, ``renamed`` (to `new_name`), or ``assumed`` (a table that the history never made, and that
    must have been there). `kind` is that of the thing: ``table``, ``column``, ``index``, ``sequence``, ``enum``, a
    constraint's, an object's. `thing` is the thing as it was before.
    """

    what: What
    kind: str
    name: str
    table: Name | None = None
    thing: Thing | None = None
    new_name: str | None = None


class Outcome(Struct, frozen=True):
    """What one operation came to. `ran` is None where a condition cannot be told.

    `unused`: it ran and found nothing to do, as ``IF EXISTS`` and ``checkfirst`` do. `operation` is what ran, with its
    names in the schemas where the ``search_path`` finds them; None where nothing did.
    """

    schema: Schema
    run: Run
    refusals: tuple[Refusal, ...] = ()
    effects: tuple[Effect, ...] = ()
    ran: bool | None = True
    unused: bool = False
    operation: Operation | None = None
