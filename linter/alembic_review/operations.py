"""The vocabulary: what a revision asks of a database, one frozen type for each kind of operation."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from alembic_review.types import HOLE, UNKNOWN_NAME, Name, Type


class Place(Struct, frozen=True, gc=False, omit_defaults=True):
    """Where something stands: the way to a node of a file, and the characters inside it where it is SQL text.

    `node` is what `parsing.positions` turns into lines and columns, when somebody has to be told; what a helper of
    another file does stands where that helper is called. `start` and `end` count characters of the text that the
    literal at `node` is worth; -1 means the whole node.
    """

    node: tuple[int, ...] = ()
    start: int = -1
    end: int = -1


NOWHERE = Place()


@lru_cache(maxsize=10_000)
def place_of(node: tuple[int, ...]) -> Place:
    """The place of a whole node: one object for all files, which are much alike."""
    return Place(node)


Question = Literal[
    "table",
    "column",
    "index",
    "constraint",
    "primary key",
    "enum",
    "schema",
    "sequence",
    "view",
    "nullable",
    "type",
    "has-rows",
    "failed",
    "setting",
    "all",
    "any",
    "unknown",
]


LOOP = "a loop over what is not known"
"""The text of the condition that everything in such a loop hangs on: how often it goes round, nobody can tell."""


class Condition(Struct, frozen=True, gc=False, omit_defaults=True):
    """What has to be so for an operation to run.

    `id` is shared by everything that hangs on one evaluation of one question, so that it is asked of the schema once.
    `question` says what is asked: whether a table, column, … exists; ``primary key``: whether the table has one;
    ``nullable``: whether the column is; ``type``: whether the class that SQLAlchemy reflects its type as is one of
    those that `text` names; ``failed``: whether the guarded statements raised; ``setting``: whether what
    the project's own code calls `text` is true, which no database decides; ``all`` and ``any``: whether the `parts`
    hold, each with its own `expected`; ``unknown``: what `text` says, and the schema cannot answer. `since` is how many
    operations of the function come before the database was asked, None where it is asked for the first operation that
    hangs on it.
    """

    id: int
    question: Question
    expected: bool = True
    table: Name | None = None
    name: str | None = None
    text: str = ""
    parts: tuple[Condition, ...] = ()
    since: int | None = None


class Default(Struct, frozen=True, gc=False, omit_defaults=True):
    """A server default: the SQL expression as the database is told it, or None where it could not be read.

    `python` names the Python type of a value that is neither text nor an SQL expression: Alembic refuses those.
    `quoted` is True where a plain Python string was given, which SQLAlchemy renders as a quoted literal.
    `text` is True where the expression came through ``sa.text()``.
    """

    sql: str | None
    quoted: bool = False
    text: bool = False
    python: str | None = None

    @property
    def known(self) -> bool:
        """Whether the whole expression could be read."""
        return self.sql is not None and HOLE not in self.sql


class Identity(Struct, frozen=True, gc=False, omit_defaults=True):
    """``GENERATED … AS IDENTITY``."""

    always: bool = False


class Computed(Struct, frozen=True, gc=False, omit_defaults=True):
    """``GENERATED ALWAYS AS (sql)``; `stored` is None where the call leaves it to the server's own default."""

    sql: str | None
    stored: bool | None = None


# --- constraints -----------------------------------------------------------------------------------------------------


class ConstraintBase(Struct, frozen=True, gc=False, kw_only=True, tag_field="class", tag=True, omit_defaults=True):
    """What all constraints have. `final` names are given with ``op.f()``: no naming convention touches them.

    `deferred` is INITIALLY DEFERRED, which is deferrable too.
    """

    name: str | None = None
    final: bool = False
    not_valid: bool = False
    deferrable: bool = False
    deferred: bool = False
    place: Place = NOWHERE


class PrimaryKey(ConstraintBase, frozen=True, kw_only=True):
    """PRIMARY KEY. `index` names an existing index that it takes over (``USING INDEX``)."""

    columns: tuple[str, ...] = ()
    index: str | None = None


class Unique(ConstraintBase, frozen=True, kw_only=True):
    """UNIQUE. `index` names an existing index that it takes over (``USING INDEX``)."""

    columns: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    index: str | None = None


class ForeignKey(ConstraintBase, frozen=True, kw_only=True):
    """FOREIGN KEY. `referred_columns` is empty where the primary key of the other table is meant."""

    columns: tuple[str, ...] = ()
    referred: Name = UNKNOWN_NAME
    referred_columns: tuple[str, ...] = ()
    ondelete: str | None = None
    onupdate: str | None = None


class Check(ConstraintBase, frozen=True, kw_only=True):
    """CHECK. `columns` are those the expression names, where they could be read. `sql` is None where it could not.

    `of_type` is True for the constraint that ``Boolean`` and ``Enum`` make for themselves (``create_constraint``).
    `not_null` is the column that the whole expression says is not null, if that is all it says.
    """

    sql: str | None = None
    columns: tuple[str, ...] = ()
    of_type: bool = False
    not_null: str | None = None


class Exclude(ConstraintBase, frozen=True, kw_only=True):
    """EXCLUDE."""

    columns: tuple[str, ...] = ()
    using: str = "gist"


Constraint = PrimaryKey | Unique | ForeignKey | Check | Exclude


# --- columns and indexes ---------------------------------------------------------------------------------------------


class Column(Struct, frozen=True, gc=False, omit_defaults=True):
    """A column as declared.

    `default` is the server's; `python_default` tells of ``default=``, which only the application applies.
    `constraints` are those declared on the column itself. `autoincrement` is SQLAlchemy's: None stands for "auto".
    `index` and `unique` are the keywords of ``sa.Column``.
    """

    name: str
    type: Type
    nullable: bool = True
    default: Default | None = None
    python_default: bool = False
    identity: Identity | None = None
    computed: Computed | None = None
    comment: str | None = None
    primary_key: bool = False
    unique: bool = False
    index: bool = False
    autoincrement: bool | None = None
    constraints: tuple[Constraint, ...] = ()
    place: Place = NOWHERE


class IndexElement(Struct, frozen=True, gc=False, omit_defaults=True):
    """One key of an index: a column, or an expression (`column` is None, `sql` its text, `columns` those it names).

    `order` is as `key_order` has it.
    """

    column: str | None
    sql: str | None = None
    columns: tuple[str, ...] = ()
    opclass: str | None = None
    collation: str | None = None
    order: str = ""


def key_order(descending: bool, nulls_first: bool | None = None) -> str:
    """The order of a key as its shortest SQL, empty for the default; *nulls_first* is None where nothing is said."""
    if nulls_first is None or nulls_first == descending:
        return "DESC" if descending else ""
    return "DESC NULLS LAST" if descending else "NULLS FIRST"


class Index(Struct, frozen=True, gc=False, omit_defaults=True):
    """An index as declared. `name` is None where the database chooses it; `table` is repeated in `CreateIndex`."""

    name: str | None
    elements: tuple[IndexElement, ...]
    unique: bool = False
    where: str | None = None
    using: str | None = None
    include: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    final: bool = False
    place: Place = NOWHERE


# --- operations ------------------------------------------------------------------------------------------------------


class Keyword(Struct, frozen=True, gc=False, omit_defaults=True):
    """A keyword that was given to what has no use for it: `called` says to what, `meant` is the one most like it.

    It is dropped, or makes the call fail where it is `refused`. `place` is that of a construct among the arguments.
    """

    name: str
    called: str
    meant: str | None = None
    refused: bool = False
    place: Place = NOWHERE


class Operation(Struct, frozen=True, gc=False, kw_only=True, tag_field="class", tag=True, omit_defaults=True):
    """What all operations have.

    `place` is where it stands. `conditions` must all hold for it to run. `autocommit` is True inside an
    ``autocommit_block()`` or after a hand-written COMMIT. `guard` is the number of the ``try`` around it that goes
    on after a failure, 0 where there is none; `savepoint` is True where a savepoint was set before.
    `batch` is the ``recreate`` of the surrounding ``batch_alter_table`` (``"auto"``, ``"always"``, ``"never"``), or
    None. `sql` is the statement, where it was written as SQL. `unfit` are keywords that the call has no use for.
    `engine` is that of ``upgrade_<engine>()``, else empty. `invalid` says why Alembic or SQLAlchemy refuses the call
    before any SQL. `partly` names the arguments that could not be read, or not wholly.
    """

    place: Place = NOWHERE
    conditions: tuple[Condition, ...] = ()
    autocommit: bool = False
    guard: int = 0
    savepoint: bool = False
    batch: str | None = None
    sql: str | None = None
    unfit: tuple[Keyword, ...] = ()
    engine: str = ""
    invalid: str | None = None
    partly: tuple[str, ...] = ()

    @property
    def guarded(self) -> bool:
        """Whether it stands in a ``try`` that goes on after a failure."""
        return self.guard > 0


class CreateTable(Operation, frozen=True, kw_only=True):
    """`by_sqlalchemy`: made through SQLAlchemy, which emits CREATE TYPE for enum columns, and SERIAL for lone keys.

    `by_table`: made by ``Table.create()``, which knows nothing of the types that ``create_table`` has made, and from
    SQLAlchemy 2.1 on looks for each type before it makes it.
    `checked`: ``Table.create(checkfirst=True)`` and ``create_all`` look before they make.
    `opaque`: further columns exist that could not be read (``LIKE``, ``INHERITS``, ``AS SELECT``, a starred argument).
    `partition_of` names the partitioned parent.
    """

    table: Name
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    if_not_exists: bool = False
    checked: bool = False
    by_sqlalchemy: bool = False
    by_table: bool = False
    opaque: bool = False
    temporary: bool = False
    comment: str | None = None
    partition_of: Name | None = None
    partitioned: bool = False


class DropTable(Operation, frozen=True, kw_only=True):
    table: Name
    if_exists: bool = False
    cascade: bool = False


class RenameTable(Operation, frozen=True, kw_only=True):
    table: Name
    new_name: str
    if_exists: bool = False


class AddColumn(Operation, frozen=True, kw_only=True):
    """`by_sqlalchemy`: keys, uniques and indexes of the column become statements of their own.

    `inline_references`: but for its foreign keys, which are declared with it.
    """

    table: Name
    column: Column
    if_not_exists: bool = False
    by_sqlalchemy: bool = False
    inline_references: bool = False


class DropColumn(Operation, frozen=True, kw_only=True):
    table: Name
    column: str
    if_exists: bool = False
    cascade: bool = False


class AlterColumn(Operation, frozen=True, kw_only=True):
    """What is UNSET stays as it is. `default` None drops the default; `using` is the expression of the cast.

    `existing` names those of ``existing_type``, ``existing_nullable``, ``existing_server_default``,
    ``existing_comment`` and ``autoincrement`` that the call gives; `existing_type` and `existing_nullable` are what the
    first two say, where that could be read.
    """

    table: Name
    column: str
    new_name: str | None = None
    type: Type | None = None
    nullable: bool | None = None
    default: Default | UnsetType | None = UNSET
    identity: Identity | UnsetType | None = UNSET
    drop_expression: bool = False
    comment: str | UnsetType | None = UNSET
    using: str | None = None
    existing_type: Type | None = None
    existing_nullable: bool | None = None
    existing: tuple[str, ...] = ()


class AddConstraint(Operation, frozen=True, kw_only=True):
    """``create_primary_key``, ``create_unique_constraint``, ``create_foreign_key``, …"""

    table: Name
    constraint: Constraint


class DropConstraint(Operation, frozen=True, kw_only=True):
    """`kind` is the ``type_`` of the call: ``primary``, ``unique``, ``foreignkey``, ``check``, or None."""

    table: Name
    name: str | None
    kind: str | None = None
    final: bool = False
    if_exists: bool = False
    cascade: bool = False


class RenameConstraint(Operation, frozen=True, kw_only=True):
    table: Name
    name: str
    new_name: str


class ValidateConstraint(Operation, frozen=True, kw_only=True):
    table: Name
    name: str


class CreateIndex(Operation, frozen=True, kw_only=True):
    table: Name
    index: Index
    concurrently: bool = False
    if_not_exists: bool = False
    by_sqlalchemy: bool = False


class DropIndex(Operation, frozen=True, kw_only=True):
    """`table` is None where the statement does not say it, as in SQL. `final`: the name is given with ``op.f()``."""

    name: Name | None
    table: Name | None = None
    concurrently: bool = False
    if_exists: bool = False
    cascade: bool = False
    final: bool = False


class CreateEnum(Operation, frozen=True, kw_only=True):
    """`checked`: ``checkfirst=True``, or a guard in the SQL itself, such as an exception handler for duplicates."""

    name: Name
    labels: tuple[str, ...] | None
    checked: bool = False


class DropEnum(Operation, frozen=True, kw_only=True):
    """DROP TYPE, or ``Enum.drop()``. `if_exists` stands for ``checkfirst=True`` too."""

    name: Name
    if_exists: bool = False
    cascade: bool = False


class AddEnumValue(Operation, frozen=True, kw_only=True):
    name: Name
    value: str
    before: str | None = None
    after: str | None = None
    if_not_exists: bool = False


class RenameEnumValue(Operation, frozen=True, kw_only=True):
    name: Name
    value: str
    new_value: str


class SyncEnumValues(Operation, frozen=True, kw_only=True):
    """``sync_enum_values`` of alembic-postgresql-enum: the type is made anew and the columns are cast to it.

    `columns` are the affected (table, column) pairs.
    """

    name: Name
    labels: tuple[str, ...] | None
    columns: tuple[tuple[Name, str], ...] = ()


Kind = Literal[
    "schema",
    "sequence",
    "view",
    "materialized view",
    "function",
    "trigger",
    "extension",
    "type",
    "domain",
    "policy",
    "rule",
    "database",
    "owned",
    "other",
]


class CreateObject(Operation, frozen=True, kw_only=True):
    """Makes a thing that is neither table, index nor enum. `table` is that of a trigger, policy or rule.

    `definition` is the text that makes it, folded to single spaces, so that two can be compared: that it replaces what
    is there, or is only made where nothing is, is not part of it.
    `reads` are the tables and views that a view is made from, `columns` those of their columns that it surely names.
    """

    kind: Kind
    name: Name
    table: Name | None = None
    if_not_exists: bool = False
    or_replace: bool = False
    definition: str | None = None
    reads: tuple[Name, ...] = ()
    columns: tuple[str, ...] = ()


class DropObject(Operation, frozen=True, kw_only=True):
    kind: Kind
    name: Name
    table: Name | None = None
    if_exists: bool = False
    cascade: bool = False


class RenameObject(Operation, frozen=True, kw_only=True):
    """RENAME TO and SET SCHEMA of anything but tables and columns; `kind` may be ``index`` or ``type``."""

    kind: Kind | Literal["index"]
    name: Name
    new_name: Name
    if_exists: bool = False


class OwnSequence(Operation, frozen=True, kw_only=True):
    """``OWNED BY`` of a sequence: `table` and `column` take it along when they go; None for ``OWNED BY NONE``."""

    name: Name
    table: Name | None = None
    column: str | None = None


class SetSchema(Operation, frozen=True, kw_only=True):
    table: Name
    schema: str


class AlterTable(Operation, frozen=True, kw_only=True):
    """An action of ALTER TABLE that changes no schema known here: OWNER, SET STATISTICS, ENABLE ROW LEVEL SECURITY, …

    `action` is PostgreSQL's name of it, in upper case. `partition` is the table that ATTACH PARTITION is given.
    """

    table: Name
    action: str
    partition: Name | None = None


class CommentOn(Operation, frozen=True, kw_only=True):
    """COMMENT ON, ``create_table_comment``, ``drop_table_comment``."""

    kind: str
    table: Name
    column: str | None = None
    comment: str | None = None


# --- rows ------------------------------------------------------------------------------------------------------------


class Insert(Operation, frozen=True, kw_only=True):
    """INSERT, or ``bulk_insert``. `values` are literals written into the columns, where they could be read.

    `reads` are the tables that the rows come from (``INSERT … SELECT``), `asks` those that its conditions alone name.
    """

    table: Name
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    reads: tuple[Name, ...] = ()
    asks: tuple[Name, ...] = ()


class Update(Operation, frozen=True, kw_only=True):
    """`where` says whether there is a WHERE at all; `columns` are those assigned; `values` the literals assigned.

    `reads` are the columns and `tables` the other tables that the new values are made from; `asks` are the tables that
    only say which rows are meant. `bounded`: the WHERE picks rows by key, range, limit or a parameter, which another
    round gives another value, as a batch does. `fixed` are the columns that it fixes to given values, each to one or to
    those of a list: which of them are a key is for the schema to say. `compared` are the columns that a WHERE of
    SQLAlchemy's compares with literals, each with the literal.
    """

    table: Name
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    tables: tuple[Name, ...] = ()
    asks: tuple[Name, ...] = ()
    where: bool = False
    bounded: bool = False
    fixed: tuple[str, ...] = ()
    compared: tuple[tuple[str, str], ...] = ()


class Delete(Operation, frozen=True, kw_only=True):
    """The WHERE, and what it asks, are told as `Update` has it."""

    table: Name
    asks: tuple[Name, ...] = ()
    where: bool = False
    bounded: bool = False
    fixed: tuple[str, ...] = ()
    compared: tuple[tuple[str, str], ...] = ()


class Truncate(Operation, frozen=True, kw_only=True):
    tables: tuple[Name, ...]
    cascade: bool = False


class Execute(Operation, frozen=True, kw_only=True):
    """A statement that leaves the schema and the rows as they are, or whose effect no rule asks for.

    `verb` is its first keywords in upper case: ``SELECT``, ``SET``, ``GRANT``, ``LOCK TABLE``, ``VACUUM FULL``,
    ``REINDEX``, ``REFRESH MATERIALIZED VIEW``, ``COMMIT``, … `tables` are those it names.
    `concurrently` is that of REINDEX, REFRESH and DETACH. `settings` are (name, value) pairs of SET.
    """

    verb: str
    tables: tuple[Name, ...] = ()
    concurrently: bool = False
    settings: tuple[tuple[str, str], ...] = ()


# --- what a revision does beside the database ------------------------------------------------------------------------


class Raise(Operation, frozen=True, kw_only=True):
    """A ``raise`` that ends the function."""

    exception: str
    message: str = ""


class PythonCall(Operation, frozen=True, kw_only=True):
    """A call that rules ask about though it is no directive.

    `call` says which: ``commit``, ``rollback``, ``create_engine`` (of an engine that connects), ``session.add``,
    ``session.flush``, ``session.begin``, ``session.commit``, ``raw-string`` (text handed to a connection without
    ``sa.text``), ``parameters`` (``op.execute(sql, {...})``), ``asks-offline`` (whether SQL is only written out),
    ``reads-result``, ``autocommit`` (the connection is set to commit each statement, which SQLAlchemy allows after a
    commit only).
    """

    call: str
    text: str = ""


class InvalidSQL(Operation, frozen=True, kw_only=True):
    """SQL text that the dialect's own grammar refuses. `verb` and `tables` are what could be told all the same."""

    error: str
    verb: str = ""
    tables: tuple[Name, ...] = ()


class Unread(Operation, frozen=True, kw_only=True):
    """What could not be read: `what` is the source of it, `why` one of a few fixed reasons.

    `tables` are those it is known to touch; `anything` is True when it may have touched any table.
    `verb` is that of an SQL statement, or the directive's name, where known.
    """

    what: str
    why: str
    verb: str = ""
    tables: tuple[Name, ...] = ()
    anything: bool = False
