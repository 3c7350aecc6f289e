"""What goes along with a drop: what is its own, unannounced, and what only CASCADE takes."""

from __future__ import annotations

from collections.abc import Iterable

from alembic_review.change import Effect, Step
from alembic_review.operations import DropColumn, DropTable, Operation
from alembic_review.schema import Constraint, Index

_MANY = 5
HOLDING = ("table", "column")


def own(step: Step[Operation]) -> list[Effect]:
    """The constraints and indexes that a drop takes along by itself."""
    return [
        effect
        for effect in step.effects
        if effect.what == "dropped" and effect.kind != "sequence" and not _needs_cascade(step.operation, effect)
    ]


def cascaded(step: Step[Operation]) -> list[Effect]:
    """What a drop takes along that PostgreSQL would refuse to drop without CASCADE."""
    return [effect for effect in step.effects if effect.what == "dropped" and _needs_cascade(step.operation, effect)]


def _needs_cascade(operation: Operation, effect: Effect) -> bool:
    thing = effect.thing
    match operation:
        case DropTable(table=table):
            # Its own sequences and its partitions have it for their table.
            return not (effect.kind in ("sequence", "table") and effect.table == table)
        case DropColumn(table=table, column=column) if effect.table == table:
            its_own = isinstance(thing, Constraint) and column in thing.columns
            return not (its_own or isinstance(thing, Index) or effect.kind == "sequence")
        case _:
            return True


def listed(effects: Iterable[Effect]) -> str:
    """The things by kind and name, those that hold rows first, and the first few of many."""
    told = [_told(effect) for effect in sorted(effects, key=lambda effect: effect.kind not in HOLDING)]
    if len(told) > _MANY:
        told = [*told[: _MANY - 1], f"{len(told) - _MANY + 1} more things"]
    return " and ".join(filter(None, (", ".join(told[:-1]), *told[-1:])))


def _told(effect: Effect) -> str:
    kind = "enum type" if effect.kind == "enum" else effect.kind
    if effect.table is None:
        return f'the {kind} "{effect.name}"'
    if effect.kind == "default":
        return f'the default of "{effect.table}.{effect.name}"'
    if effect.kind == "column":
        return f'the column "{effect.table}.{effect.name}"'
    return f'the {kind} "{effect.name}" of "{effect.table}"'


def surely(step: Step[Operation]) -> bool:
    """Whether a drop runs and finds something to drop, as far as is known."""
    operation = step.operation
    if step.ran is None:
        return False
    if not getattr(operation, "if_exists", False):
        return True
    match operation:
        case DropTable(table=table):
            there = step.before.table(table)
            return there is not None and not there.uncertain
        case DropColumn(table=table, column=name):
            column = step.before.column(table, name)
            return column is not None and not column.uncertain
        case _:
            return False
