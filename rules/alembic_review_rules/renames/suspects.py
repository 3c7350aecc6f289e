"""Drops and additions of one upgrade that look like a rename: matched one to one, best first, with the reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from alembic_review.change import Change, Step
from alembic_review.mirror import same_default
from alembic_review.nearest import resemblance
from alembic_review.operations import (
    AddColumn,
    CreateTable,
    Delete,
    DropColumn,
    DropTable,
    Operation,
    Truncate,
    Unread,
    Update,
)
from alembic_review.schema import Column, Schema, Table
from alembic_review.types import UNKNOWN_NAME, Name, Type, same_type
from alembic_review_rules.renames.swaps import (
    existing_column,
    existing_table,
    fills_table,
    is_new,
    may_write,
    referred_by,
)

# What each likeness of two columns counts, of 1 in all. The type decides most: a rename does not change it.
_SAME_TYPE = 0.40
_LIKE_TYPE = 0.25
_NAME = 0.35
_NULLABLE = 0.10
_POSITION = 0.10
_DEFAULT = 0.05

# Names less like each other than this do not speak of the same thing.
_LEAST_NAME = 0.5

# fmt: off
# Words that tell what sort of value a column holds, and not whose.
_COMMON_WORDS = frozenset(
    {
        "at", "by", "code", "count", "data", "date", "end", "first", "flag", "from", "has", "hash", "id", "ids", "in",
        "info", "is", "key", "last", "max", "min", "name", "new", "num", "number", "of", "old", "on", "ref", "start",
        "status", "str", "text", "time", "to", "total", "ts", "type", "url", "uuid", "value"
    }
)
# Columns that tables have whatever they are about.
_COMMON_COLUMNS = frozenset(
    {
        "id", "uuid", "name", "description", "created", "created_at", "created_on", "create_date", "updated",
        "updated_at", "updated_on", "update_date", "modified_at", "deleted_at", "deleted"
    }
)
# fmt: on
# Types that a column can be given without its values meaning something else.
_FAMILIES = tuple(
    map(
        frozenset,
        (
            ("text", "varchar", "char"),
            ("smallint", "integer", "bigint"),
            ("real", "double precision", "numeric"),
            ("timestamp", "timestamp with time zone"),
            ("json", "jsonb"),
        ),
    )
)


class Suspect(Struct, frozen=True):
    """A drop and an addition that look like a rename to `new`. `score` is from 0 to 1; `reasons` speak for it.

    `column` is None where the table itself is dropped. `rest` is what a rename alone leaves to be done: further
    arguments of the ``alter_column`` of a column, further steps in people's words for a table.
    """

    dropped: Step[Operation]
    table: Name
    column: str | None
    new: str
    score: float
    reasons: str
    rest: str


def suspected_columns(change: Change, threshold: float) -> list[Suspect]:
    """The columns that an upgrade may have meant to rename, where it drops one and adds one like it.

    A new column that the upgrade fills is no suspect, nor one of a table that it empties: whoever wrote that knows
    what becomes of the values.
    """
    drops = [step for step in change.upgrades(DropColumn) if existing_column(change, step)]
    found = []
    for table in dict.fromkeys(step.operation.table for step in drops):
        dropped = [step for step in drops if step.operation.table == table]
        added = [step for step in change.upgrades(AddColumn) if step.operation.table == table and not step.unused]
        likely = [
            Suspect(old, table, old.operation.column, new.operation.column.name, *likeness)
            for place, old in enumerate(dropped)
            for other, new in enumerate(added)
            if (likeness := _likeness(change, old, new, _in_place(place, len(dropped), other, len(added)))) is not None
        ]
        found += [suspect for suspect in _matched(likely, threshold) if not _settles(change, table, suspect.new)]
    return found


def suspected_tables(change: Change, threshold: float) -> list[Suspect]:
    """The tables that an upgrade may have meant to rename, where it drops one and makes one like it.

    The score is the share of equal columns; those that tables have whatever they are about count a quarter. A new
    table that is filled is no suspect.
    """
    likely = []
    for step in change.upgrades(DropTable):
        old = _old_table(change, step)
        if old is None or not existing_table(change, step):
            continue
        for new in _new_tables(change):
            likeness = _shared(old, new)
            if likeness is not None and fills_table(change.upgrade, {new.name}, {step.operation.table}) is False:
                likely.append(Suspect(step, step.operation.table, None, str(new.name), *likeness))
    return _matched(likely, threshold)


def _matched(likely: Sequence[Suspect], threshold: float) -> list[Suspect]:
    """One to one, best first. What is as much like one thing as like another is split or merged, and no rename."""
    found: list[Suspect] = []
    for suspect in sorted(likely, key=lambda suspect: -suspect.score):
        if suspect.score < threshold or any(_shares(suspect, other) for other in found):
            continue
        rivals = (other for other in likely if other is not suspect and _shares(suspect, other))
        if not any(rival.score == suspect.score for rival in rivals if not any(_shares(rival, one) for one in found)):
            found.append(suspect)
    return found


def _shares(one: Suspect, other: Suspect) -> bool:
    return one.dropped is other.dropped or one.new == other.new


# --- columns ----------------------------------------------------------------------------------------------------------


def _likeness(
    change: Change, dropped: Step[DropColumn], added: Step[AddColumn], same_position: bool | None
) -> tuple[float, str, str] | None:
    """How much two columns are like one, in what, and in what not; None where they are plainly different things."""
    table = dropped.operation.table
    before, old = _old_column(change, dropped)
    new = change.after.column(table, added.operation.column.name)
    if old is None or new is None or new.name == old.name or not is_new(change, new):
        return None
    referred = referred_by(before, table, old.name)
    if referred != referred_by(change.after, table, new.name):
        return None
    same_type_, like_type = same_type(old.type, new.type), _is_like(old.type, new.type)
    names = name_likeness(old.name, new.name)
    if not (same_type_ or like_type) or (names < _LEAST_NAME and referred is None):
        return None
    same_null = old.nullable == new.nullable
    same_default_ = same_default(old.default, old.type, new.default, new.type)
    score = _SAME_TYPE if same_type_ else _LIKE_TYPE
    score += _NAME * max(names, _LEAST_NAME) + _NULLABLE * same_null + _DEFAULT * same_default_
    score = score / (1 - _POSITION) if same_position is None else score + _POSITION * same_position
    same = [word for word, holds in (("type", same_type_), ("nullability", same_null)) if holds]
    if same_default_ and old.default is not None:
        same.append("default")
    like = [word for word, holds in (("type", not same_type_), ("name", names >= _LEAST_NAME)) if holds]
    reasons = [f"same {_joined(same)}" if same else "", f"similar {_joined(like)}" if like else ""]
    reasons += [f'both refer to "{referred}"' if referred else "", "same position" if same_position else ""]
    differs = (
        (not same_type_, "type_=…"),
        (not same_null, f"nullable={new.nullable}"),
        (not same_default_, "server_default=…" if new.default is not None else "server_default=None"),
    )
    rest = "".join([f", {argument}" for holds, argument in differs if holds])
    return round(score, 2), ", ".join(filter(None, reasons)), rest


def _in_place(place: int, dropped: int, other: int, added: int) -> bool | None:
    """Whether two columns have the same place among those that go and those that come.

    None of one that goes and one that comes: there the place says nothing.
    """
    return None if dropped == added == 1 else dropped == added and place == other


def _old_column(change: Change, dropped: Step[DropColumn]) -> tuple[Schema, Column | None]:
    """A dropped column as the history has it, else as the downgrade makes it again; and the schema it is in."""
    table, name = dropped.operation.table, dropped.operation.column
    known = change.before.column(table, name)
    if known is not None:
        return change.before, known
    return change.reverted, change.reverted.column(table, name)


def _settles(change: Change, table: Name, column: str) -> bool:
    """Whether the upgrade gives a new column values, or leaves none to give it, as far as can be told."""
    for step in change.upgrade:
        if step.ran is False:
            continue
        match step.operation:
            case Update() as update if update.table in (table, UNKNOWN_NAME):
                if column in update.columns or not update.columns:
                    return True
            case Delete(where=False) as delete if delete.table == table:
                return True
            case Truncate() as truncate if table in truncate.tables:
                return True
            case Unread() as unread if may_write(unread, {table}):
                return True
    return False


def _is_like(one: Type, other: Type) -> bool:
    return one.dimensions == other.dimensions and any({one.name, other.name} <= family for family in _FAMILIES)


def _joined(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def name_likeness(one: str, other: str) -> float:
    """How much two names say the same, from 0 to 1: the share of their words that are in both, or nearly so."""
    words, others = _words(one), _words(other)
    all_weight = sum(map(_weight, (*words, *others)))
    matched, pairs = 0.0, 0
    for word in words:
        best = max(others, key=lambda other: _alike(word, other), default="")
        likeness = _alike(word, best)
        if likeness >= 0.75:
            others.remove(best)
            pairs += 1
            matched += (_weight(word) + _weight(best)) * likeness
    share = matched / all_weight if all_weight else 0.0
    # What only has words more than the other says the same more exactly.
    return max(share, 0.7) if pairs and pairs in (len(words), len(_words(other))) else share


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+", name)]


def _weight(word: str) -> float:
    return 0.25 if word in _COMMON_WORDS else 1.0


def _alike(one: str, other: str) -> float:
    if one != other and min(len(one), len(other)) >= 3 and (one.startswith(other) or other.startswith(one)):
        return 0.9
    return resemblance(one, other)


# --- tables -----------------------------------------------------------------------------------------------------------


def _old_table(change: Change, dropped: Step[DropTable]) -> Table | None:
    """A dropped table as the history has it, else as the downgrade makes it again."""
    name = dropped.operation.table
    known = dropped.before.table(name)
    return known if known is not None and known.columns else change.reverted.table(name)


def _new_tables(change: Change) -> Iterator[Table]:
    for step in change.upgrades(CreateTable):
        table = change.after.table(step.operation.table)
        if table is not None and is_new(change, table) and table.name not in change.before.tables:
            yield table


def _shared(old: Table, new: Table) -> tuple[float, str, str] | None:
    """The share of columns that two tables have in common, and what makes one table the other.

    None where that would be so of any two tables.
    """
    equal = [
        name
        for name, column in old.columns.items()
        if (other := new.columns.get(name)) is not None and same_type(column.type, other.type)
    ]
    every = {**old.columns, **new.columns}
    telling = [name for name in equal if name not in _COMMON_COLUMNS]
    alike = name_likeness(old.name.name, new.name.name) >= _LEAST_NAME
    if len(telling) < (1 if alike else 2):
        return None
    score = sum(map(_column_weight, equal)) / sum(map(_column_weight, every))
    reasons = f"{len(equal)} of {len(every)} columns are equal" + ", similar name" * alike
    return round(score, 2), reasons, _steps(old, new, set(equal))


def _steps(old: Table, new: Table, equal: set[str]) -> str:
    """What makes the columns of one table those of the other."""
    steps = (
        ("add", [name for name in new.columns if name not in old.columns]),
        ("drop", [name for name in old.columns if name not in new.columns]),
        ("change the type of", [name for name in old.columns if name in new.columns and name not in equal]),
    )
    return ", ".join([does + " " + ", ".join([f'"{name}"' for name in names]) for does, names in steps if names])


def _column_weight(name: str) -> float:
    return 0.25 if name in _COMMON_COLUMNS else 1.0
