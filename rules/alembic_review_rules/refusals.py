"""Which rule tells of which refusal, so that every one is told, and none twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from alembic_review.change import Change, Direction, Refusal, Step, once
from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    Condition,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropEnum,
    DropIndex,
    DropObject,
    DropTable,
    Operation,
    Raise,
    RenameConstraint,
    RenameObject,
    RenameTable,
    SetSchema,
)
from alembic_review.rule import Rule
from alembic_review.schema import Origin
from alembic_review.types import Name

ENUMS = "enums"
"""Stands for the rules of that group, which tell apart among themselves what is about enum types and their values."""

_ENUM_ERRORS = (
    "ActiveSqlTransaction",
    "CompileError",
    "DependentObjectsStillExist",
    "DuplicateObject",
    "UndefinedObject",
    "UnsafeNewEnumValueUsage",
    "WrongObjectType",
)

_NOT_THERE = (
    "ConstraintColumnNotFoundError",
    "InvalidSchemaName",
    "UndefinedColumn",
    "UndefinedFunction",
    "UndefinedObject",
    "UndefinedTable",
    "WrongObjectType",
)


def told_of(rule: type[Rule], change: Change) -> Iterator[tuple[Step[Operation], Refusal]]:
    """The refusals that *rule* has to tell of, each with its step; those of a deployment of this revision alone.

    Rules of enums are given all that are about enums, those of a fresh ``upgrade head`` among them.
    Left out is what a ``try`` catches: that which Alembic and SQLAlchemy raise, or behind a savepoint; and what hangs
    on a condition that nobody can tell; and the downgrade of an upgrade that always raises; and what only follows from
    a refusal before it.
    """
    return iter(_told(change).get(ENUMS if rule.group == ENUMS else rule.name, ()))


def stops(change: Change, direction: Direction) -> bool:
    """Whether one way of the revision is sure to stop, which is told of."""
    return any(
        step.direction == direction and step.ran and refusal.alone
        for told in _told(change).values()
        for step, refusal in told
    )


@once
def _told(change: Change) -> Mapping[str, Sequence[tuple[Step[Operation], Refusal]]]:
    """All refusals that are told of, by the rule that does."""
    told: dict[str, list[tuple[Step[Operation], Refusal]]] = {}
    left: set[tuple[Direction, int]] = set()
    kept: set[tuple[Origin | None, str]] = set()
    stops = any(isinstance(step.operation, Raise) and step.ran for step in change.upgrade)
    for step in change.upgrades(Operation) if stops else change.steps(Operation):
        attempt = (step.direction, step.operation.guard)
        assumed = step.outcome.run.assumed
        if attempt in left or any(_is_open(condition, assumed) for condition in step.operation.conditions):
            continue
        for refusal in step.outcome.refusals:
            if is_caught(step.operation, refusal.sent) or _in_the_way(step, refusal) in kept:
                continue
            kept.update(_kept(step, refusal))
            if _may_be_called_otherwise(change, step, refusal):
                continue
            by = teller(change, step, refusal)
            if refusal.alone or by == ENUMS:
                told.setdefault(by, []).append((step, refusal))
            if refusal.alone and step.operation.guarded:
                # The first that fails leaves the ``try``.
                left.add(attempt)
    return told


def _kept(step: Step[Operation], refusal: Refusal) -> Iterator[tuple[Origin | None, str]]:
    """What stays though the operation was to drop it, since it is called otherwise: one of these things.

    A thing is known by what made it, whatever its table is called later, and by its kind. Downgrades find it too,
    though they are only ever run after an upgrade that went through.
    """
    operation = step.operation
    name = refusal.table or getattr(operation, "table", None)
    table = step.before.table(name) if name is not None else None
    if table is None or refusal.error == "DependentObjectsStillExist":
        return
    match operation:
        case DropColumn():
            yield from ((column.origin, "column") for column in table.columns.values())
        case DropIndex():
            yield from ((index.origin, "index") for index in table.indexes.values())
        case DropConstraint(kind=kind):
            for item in table.constraints.values():
                if kind in (None, item.kind.replace(" ", ""), item.kind.removesuffix(" key")):
                    yield item.origin, item.kind


def _in_the_way(step: Step[Operation], refusal: Refusal) -> tuple[Origin | None, str] | None:
    """The thing that is there already, as `_kept` has it."""
    if refusal.table is None or not (refusal.error.startswith("Duplicate") or refusal.kind == "primary key"):
        return None
    constraint = step.before.constraint(refusal.table, refusal.name) if refusal.kind == "constraint" else None
    return refusal.by, constraint.kind if constraint is not None else refusal.kind


def is_refused(change: Change, step: Step[Operation]) -> bool:
    """Whether a rule tells that *step* is refused, so that it comes to nothing."""
    return bool(step.refusals) and id(step) in _refused(change)


@once
def _refused(change: Change) -> frozenset[int]:
    return frozenset([id(step) for told in _told(change).values() for step, refusal in told if refusal.alone])


def _is_open(condition: Condition, assumed: Mapping[str, bool]) -> bool:
    if condition.question == "setting":
        return condition.text not in assumed
    return condition.question in ("unknown", "has-rows") or any(_is_open(part, assumed) for part in condition.parts)


def _may_be_called_otherwise(change: Change, step: Step[Operation], refusal: Refusal) -> bool:
    """Whether a naming convention that could not be read may have named what is looked for, or is in the way."""
    if knows_convention(change) or refusal.by is not None:
        return False
    if isinstance(step.operation, DropConstraint) and step.operation.name is None:
        # No convention gives drop_constraint(None) the name that is meant, but for a primary key.
        return step.operation.kind == "primary"
    table = step.before.table(refusal.table) if refusal.table is not None else None
    named = refusal.kind in ("constraint", "index", "primary key")
    return table is not None and named and any(item.chosen for item in table.constraints.values())


def knows_convention(change: Change) -> bool:
    """Whether it is known how the project's metadata calls constraints that a revision gives no name."""
    environment = change.environment
    return environment is None or environment.naming_convention is not None or environment.has_metadata is False


def is_caught(operation: Operation, sent: bool) -> bool:
    """Whether a ``try`` around the operation lets the revision go on when it fails.

    *sent*: it is the database that refuses it. PostgreSQL then refuses the rest of the transaction too.
    """
    return operation.guarded and (operation.savepoint or not sent)


def in_vain(operation: Operation) -> str:
    """What to add to the message of a refusal that a ``try`` is meant to catch and does not; else nothing."""
    return "; the try does not help, since PostgreSQL then refuses all that follows" if operation.guarded else ""


def went(change: Change, by: Origin, name: str) -> str:
    """What became of a thing that had a name, as people are told it."""
    new = renamed_to(by.operation, name)
    if new is not None:
        what = f'renamed it to "{new}"'
    else:
        what = "dropped it" if isinstance(by.operation, _DROPS) else "dropped or renamed it"
    return f"{change.told(by)} {what}"


_DROPS = (DropColumn, DropConstraint, DropEnum, DropIndex, DropObject, DropTable)


def renamed_to(operation: Operation, name: str) -> Name | None:
    """What an operation calls the thing that had a name, if that is what it does."""
    match operation:
        case RenameTable(table=old, new_name=new) if str(old) == name:
            return Name(new, old.schema)
        case SetSchema(table=old, schema=schema) if str(old) == name:
            return Name(old.name, schema)
        case RenameObject(name=old, new_name=moved) if name in (old.name, str(old)):
            return moved
        case AlterColumn(column=column, new_name=str(new)) if column == name:
            return Name(new)
        case RenameConstraint(name=constraint, new_name=new) if constraint == name:
            return Name(new)
        case _:
            return None


def teller(change: Change, step: Step[Operation], refusal: Refusal) -> str:
    """The name of the one rule that tells of *refusal*, or ENUMS."""
    error, kind = refusal.error, refusal.kind
    match error, kind:
        case _, "call":
            return "string-for-columns" if refusal.message == "string-for-columns" else "ignored-argument"
        case _, "keyword":
            return "ignored-argument"
        case "SyntaxError", "statement":
            return "sql-syntax-error"
        case "InvalidTextRepresentation", "enum value" if _sets_default(step.operation):
            return "default-of-wrong-type"
        case _, "enum" | "enum value" if error in _ENUM_ERRORS:
            return ENUMS
        case _, "constraint" | "index" if not refusal.name:
            return "unnamed-constraint"
        case "DatatypeMismatch", "column":
            return "cast-without-using"
        case "DatatypeMismatch", "default":
            return "default-blocks-cast"
        case "UndefinedTable", "table" if _refers_elsewhere(step.operation, refusal):
            return "foreign-key-before-table"
        case "InvalidTableDefinition", "primary key":
            return "already-there"
    if error.startswith("Duplicate"):
        return "already-there"
    if step.direction == "downgrade" and (error == "DependentObjectsStillExist" or _went_here(change, step, refusal)):
        return "downgrade-out-of-order"
    if (error in _NOT_THERE and kind not in ("type", "foreign key")) or (error, kind) == ("CompileError", "column"):
        return "unknown-column"
    return "refused-operation"


def _sets_default(operation: Operation) -> bool:
    return isinstance(operation, (AddColumn, AlterColumn, CreateTable))


def _refers_elsewhere(operation: Operation, refusal: Refusal) -> bool:
    """Whether it is the other table of a foreign key that is not there."""
    if not isinstance(operation, (AddColumn, AddConstraint, CreateTable)):
        return False
    return refusal.table is not None and refusal.table != operation.table


def _went_here(change: Change, step: Step[Operation], refusal: Refusal) -> bool:
    """Whether what is not there went with something else that this same downgrade dropped."""
    by = refusal.by
    return (
        refusal.error in _NOT_THERE
        and by is not None
        and by.revision == change.revision.id
        and not by.upgrade
        and type(by.operation) is not type(step.operation)
    )


def holds_for(dialect: str, step: Step[Operation], refusal: Refusal) -> bool:
    """Whether that database refuses it too: what the replay knows of names is PostgreSQL's, but for tables and columns.

    To the others, names that differ in case only are one, and a statement that fails ends no transaction.
    """
    if dialect == "postgresql":
        return True
    operation = step.operation
    there: Iterable[str] = ()
    if operation.guarded or not (operation.batch is None or isinstance(operation, _OF_COLUMNS)):
        # A table that a batch copies has all its columns before its indexes are made.
        return False
    if refusal.kind == "table":
        there = (name.name for name in step.before.tables)
    elif refusal.kind == "column" and (table := step.before.table(refusal.table) if refusal.table else None):
        there = table.columns
    else:
        return False
    name = refusal.name.rpartition(".")[2]
    return not any(other != name and other.lower() == name.lower() for other in there)


_OF_COLUMNS = (AddColumn, AlterColumn, DropColumn)
