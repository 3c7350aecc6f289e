"""What a step does to tables that others use: the lock it takes on each, and what it does under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from msgspec import UNSET, Struct
from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.change import Change, Settings, Step, once
from alembic_review.config import Config
from alembic_review.proof import LockMode
from alembic_review.schema import Constraint, Origin, words
from alembic_review.types import HOLE, Name
from alembic_review_rules.batches import picks_few
from alembic_review_rules.emptied import emptied
from alembic_review_rules.in_use import is_in_use, shown
from alembic_review_rules.locks.rewrites import reason
from alembic_review_rules.refusals import is_refused

Kind = Literal[
    "index",
    "drop index",
    "foreign key",
    "referred table",
    "check",
    "unique",
    "primary key",
    "exclude",
    "not null",
    "validate",
    "rewrite",
    "drop foreign key",
    "explicit",
    "rows",
    "other",
]

_STOPPED = {
    "ACCESS EXCLUSIVE": "reads and writes of",
    "SHARE ROW EXCLUSIVE": "writes to",
    "SHARE": "writes to",
}


class Work(Struct, frozen=True):
    """One lock on one table in use.

    `doing` says what goes on under it, in words that follow "while". `is_slow` where that takes as long as there are
    rows, else it is an instant. `name` is that of the index, constraint or column it is about, or the statement.
    `mode` is None for what stops nobody by itself.
    """

    kind: Kind
    table: Name
    mode: LockMode | None
    doing: str
    is_slow: bool = False
    name: str = ""

    @property
    def stops(self) -> str:
        """What waits, in words, such as ``writes to "orders"``; empty for nothing."""
        return f"{_STOPPED[self.mode]} {shown(self.table)}" if self.mode in _STOPPED else ""


@once
def works(change: Change, step: Step[ops.Operation], config: Config) -> Sequence[Work]:
    """The locks that *step* takes on tables in use, the strongest first where it takes several on one.

    What is done with the rows of a table that the revision has emptied is an instant, and nothing but a lock. What is
    refused takes none.

    Sources: "Explicit Locking" and "ALTER TABLE" of PostgreSQL's manual, each held against ``pg_locks``.
    """
    if config.dialect != "postgresql" or step.unused or is_refused(change, step) or _is_passed_over(step):
        return ()

    def used(table: Name) -> bool:
        return is_in_use(change, step, table, config)

    def filled(table: Name) -> bool:
        return used(table) and table not in emptied(change, step)

    return [
        work if not work.is_slow or filled(work.table) else replace(work, kind="other", is_slow=False)
        for work in _works(step, Settings.of(config), filled)
        if used(work.table)
    ]


def _is_passed_over(step: Step[ops.Operation]) -> bool:
    """Whether a step whose condition nobody can tell would find nothing to do, so that the condition does not hold."""
    if step.ran is not None:
        return False
    match step.operation:
        case ops.DropIndex(table=Name() as table, name=Name(known=False)):
            there = step.before.table(table)
            return there is not None and there.complete and not there.indexes
        case ops.AddConstraint(table=table, constraint=ops.PrimaryKey(columns=columns)):
            there = step.before.table(table)
            key = there.primary_key if there is not None else None
            return key is not None and key.columns == columns
        case ops.AddConstraint(table=table, constraint=constraint):
            same = step.before.constraint(table, constraint.name or "")
            return same is not None and not same.uncertain
    return bool(step.refusals)


def _works(step: Step[ops.Operation], settings: Settings, filled: Callable[[Name], bool]) -> Iterator[Work]:
    operation = step.operation
    if operation.batch == "always" and (table := getattr(operation, "table", None)) is not None:
        doing = 'every row is copied into a new table, as recreate="always" asks'
        yield Work("rewrite", table, "ACCESS EXCLUSIVE", doing, True)
        copied = step.before.table(table)
        for key, _ in copied.foreign_keys if copied is not None else ():
            yield from _freed(table, key)
        return
    match operation:
        case ops.CreateIndex(concurrently=False, table=table):
            what = _called("index", operation.index.name)
            yield Work("index", table, "SHARE", f"{what} is built", True, operation.index.name or "")
        case ops.DropIndex(concurrently=False, name=Name() as index):
            # Names of which nothing could be read are alike, and not the same.
            owner = (step.before.indexes.get(index) if index.known else None) or operation.table
            if owner is not None:
                doing = f"{_called('index', index.name)} is dropped"
                yield Work("drop index", owner, "ACCESS EXCLUSIVE", doing, name=index.name)
        case ops.AddColumn():
            for work in _added_column(step, operation, settings, filled):
                yield _as_held(operation, work)
        case ops.AlterColumn():
            yield from _altered_column(step, operation, settings)
        case ops.AddConstraint(table=table, constraint=constraint):
            yield from _constraint(step, table, constraint, filled)
        case ops.ValidateConstraint(table=table, name=name):
            doing = f'every row of {shown(table)} is checked by "{name}"'
            yield Work("validate", table, "SHARE UPDATE EXCLUSIVE", doing, True, name)
        case ops.DropConstraint(table=table, name=name):
            doing = f"{_called('constraint', name)} is dropped"
            yield Work("other", table, "ACCESS EXCLUSIVE", doing, name=name or "")
            there = step.before.constraint(table, name or "")
            if there is not None and HOLE not in there.name:
                yield from _freed(table, there)
            yield from _along(step, table)
        case ops.DropColumn(table=table, column=column):
            yield Work("other", table, "ACCESS EXCLUSIVE", f'the column "{column}" is dropped', name=column)
            for effect in step.effects:
                if effect.what == "dropped" and isinstance(effect.thing, Constraint) and effect.table == table:
                    yield from _freed(table, effect.thing)
            yield from _along(step, table)
        case ops.DropTable(table=table):
            dropped = step.before.table(table)
            for key, _ in dropped.foreign_keys if dropped is not None else ():
                yield from _freed(table, key)
            yield from _along(step, table)
        case ops.CreateTable(table=table):
            made = step.after.table(table)
            for key, definition in made.foreign_keys if made is not None else ():
                if definition.referred != table and _is_new(key.origin, operation):
                    doing = f'the table "{table}" is made'
                    yield Work("referred table", definition.referred, "SHARE ROW EXCLUSIVE", doing, name=key.name)
        case ops.RenameTable(table=table) | ops.SetSchema(table=table):
            yield Work("other", table, "ACCESS EXCLUSIVE", f'the table "{table}" gets another name')
        case ops.RenameConstraint(table=table):
            yield Work("other", table, "ACCESS EXCLUSIVE", f'the constraint "{operation.name or ""}" is renamed')
        case ops.AlterTable(table=table, action=action):
            yield from _altered_table(step, table, action, settings)
        case ops.CreateObject(kind="trigger", table=Name() as table):
            yield Work("other", table, "SHARE ROW EXCLUSIVE", "a trigger is made")
        case ops.CreateObject(kind="policy" | "rule", table=Name() as table):
            yield Work("other", table, "ACCESS EXCLUSIVE", f"a {operation.kind} is made")
        case ops.DropObject(kind="trigger" | "policy" | "rule", table=Name() as table):
            yield Work("other", table, "ACCESS EXCLUSIVE", f"a {operation.kind} is dropped")
        case ops.SyncEnumValues(columns=columns):
            for table in dict.fromkeys(table for table, _ in columns):
                doing = f'every row is rewritten: the enum type "{operation.name}" is made anew'
                yield Work("rewrite", table, "ACCESS EXCLUSIVE", doing, True, str(operation.name))
        case ops.Truncate(tables=tables):
            for table in tables:
                yield Work("other", table, "ACCESS EXCLUSIVE", "it is emptied")
        case ops.Update(table=table) if not picks_few(step) or _is_repeated(operation):
            yield Work("rows", table, None, f"rows of {shown(table)} are updated", True)
        case ops.Delete(table=table) if not picks_few(step) or _is_repeated(operation):
            yield Work("rows", table, None, f"rows of {shown(table)} are deleted", True)
        case ops.Insert(table=table, reads=reads) if reads:
            for read in reads:
                yield Work("rows", read, None, f"rows of {shown(read)} are copied into {shown(table)}", True)
        case ops.Execute(tables=tables):
            for table in tables:
                yield from _statement(step, operation, table)


def _is_repeated(operation: ops.Operation) -> bool:
    """Whether it goes on in a loop for as long as there are rows."""
    return any(condition.text == ops.LOOP for condition in operation.conditions)


# --- columns ---------------------------------------------------------------------------------------------------------


def _added_column(
    step: Step[ops.Operation], operation: ops.AddColumn, settings: Settings, filled: Callable[[Name], bool]
) -> Iterator[Work]:
    table, name = operation.table, operation.column.name
    why = reason(step, settings)
    if why is not None:
        yield Work("rewrite", table, "ACCESS EXCLUSIVE", f"every row is rewritten: {why}", True, name)
    else:
        yield Work("other", table, "ACCESS EXCLUSIVE", f'the column "{name}" is added', name=name)
    made = step.after.table(table)
    if made is None:
        return
    for constraint in made.constraints.values():
        if not _is_new(constraint.origin, operation):
            continue
        definition = constraint.definition
        if isinstance(definition, ops.Unique):
            doing = f'the index of the unique column "{name}" is built'
            yield Work("index", table, "ACCESS EXCLUSIVE", doing, True, constraint.name)
        elif (
            isinstance(definition, ops.ForeignKey)
            and (operation.sql is not None or operation.inline_references)
            and operation.column.default is None
        ):
            # In one statement with its column, PostgreSQL has nothing to check: that is NULL in every row.
            yield from _foreign_key(table, constraint.name, definition, slow=False)
        else:
            yield from _constraint(step, table, definition, filled, constraint.name)
    for index in made.indexes.values():
        if _is_new(index.origin, operation):
            yield Work("index", table, "SHARE", f'the index "{index.name}" is built', True, index.name)


def _as_held(operation: ops.AddColumn, work: Work) -> Work:
    """A work of ``add_column`` under the lock of ADD COLUMN itself, which comes first and is held to the COMMIT."""
    weaker = work.table == operation.table and work.mode in ("SHARE", "SHARE ROW EXCLUSIVE")
    return replace(work, mode="ACCESS EXCLUSIVE") if weaker and not operation.autocommit else work


def _altered_column(step: Step[ops.Operation], operation: ops.AlterColumn, settings: Settings) -> Iterator[Work]:
    table, name = operation.table, operation.column
    why = reason(step, settings)
    if why is not None:
        yield Work("rewrite", table, "ACCESS EXCLUSIVE", f"every row is rewritten: {why}", True, name)
    if operation.nullable is False and not _is_not_null(step, operation, settings):
        yield Work("not null", table, "ACCESS EXCLUSIVE", f'every row is checked for NULL in "{name}"', True, name)
    elif why is None and not _only_comments(operation):
        yield Work("other", table, "ACCESS EXCLUSIVE", f'the column "{name}" is altered', name=name)
    if operation.type is not None:
        yield from _rebuilt(step, operation, slow=why is not None)


def _rebuilt(step: Step[ops.Operation], operation: ops.AlterColumn, *, slow: bool) -> Iterator[Work]:
    """ALTER TYPE makes the foreign keys anew that its column is part of, on either side, and looks at both tables."""
    there = step.before.table(operation.table)
    if there is None:
        return
    primary = there.primary_key
    keys = [(there.name, key, definition.columns, definition.referred) for key, definition in there.foreign_keys]
    for referring, key in step.before.foreign_keys_to(there.name):
        if isinstance(key.definition, ops.ForeignKey):
            columns = key.definition.referred_columns or (primary.columns if primary is not None else ())
            keys.append((referring.name, key, columns, referring.name))
    for owner, key, columns, other in keys:
        if operation.column in columns and other != there.name:
            doing = f"{_called('foreign key', key.name)} of {shown(owner)} is made anew"
            if slow:
                doing = f"every row of {shown(there.name)} is rewritten, and {doing}"
            yield Work("drop foreign key", other, "ACCESS EXCLUSIVE", doing, slow, key.name)


def _is_not_null(step: Step[ops.Operation], operation: ops.AlterColumn, settings: Settings) -> bool:
    """Whether the column is NOT NULL already, or a CHECK that was validated proves that it holds no NULL.

    Of a column that the history does not know, it is what the call says of it.
    """
    there, column = step.before.table(operation.table), operation.column
    known = there.columns.get(column) if there is not None else None
    if known is not None and not known.nullable:
        return True
    if (known is None or known.uncertain) and operation.existing_nullable is False:
        return True
    if there is None or settings.postgresql < 12:
        return False
    return any(
        isinstance(constraint.definition, ops.Check)
        and constraint.definition.not_null == column
        and not constraint.definition.not_valid
        for constraint in there.constraints.values()
    )


def _only_comments(operation: ops.AlterColumn) -> bool:
    asked = (operation.new_name, operation.type, operation.nullable)
    set_ = (operation.default, operation.identity)
    return all(one is None for one in asked) and all(one is UNSET for one in set_) and not operation.drop_expression


# --- constraints -----------------------------------------------------------------------------------------------------


def _constraint(
    step: Step[ops.Operation],
    table: Name,
    constraint: ops.Constraint,
    filled: Callable[[Name], bool],
    name: str | None = None,
) -> Iterator[Work]:
    name = name or _name(step, table) or constraint.name or ""
    what = f'"{name}"' if name else "a constraint"
    match constraint:
        case ops.ForeignKey():
            yield from _foreign_key(table, name, constraint, slow=not constraint.not_valid and filled(table))
        case ops.Check():
            if constraint.not_valid:
                yield Work("other", table, "ACCESS EXCLUSIVE", f"{what} is added", name=name)
            else:
                yield Work("check", table, "ACCESS EXCLUSIVE", f"every row is checked by {what}", True, name)
        case ops.PrimaryKey(index=index) | ops.Unique(index=index) if index is not None:
            yield Work("other", table, "ACCESS EXCLUSIVE", f"{what} is added", name=name)
            yield from _made_not_null(step, table, constraint)
        case ops.PrimaryKey():
            doing = f"the index of the primary key {what} is built"
            yield Work("primary key", table, "ACCESS EXCLUSIVE", doing, True, name)
            yield from _made_not_null(step, table, constraint)
        case ops.Unique():
            doing = f"the index of the unique constraint {what} is built"
            yield Work("unique", table, "ACCESS EXCLUSIVE", doing, True, name)
        case ops.Exclude():
            doing = f"the index of the exclusion constraint {what} is built"
            yield Work("exclude", table, "ACCESS EXCLUSIVE", doing, True, name)


def _foreign_key(table: Name, name: str, key: ops.ForeignKey, *, slow: bool) -> Iterator[Work]:
    what = _called("foreign key", name)
    doing = f"every row of {shown(table)} is checked by {what}" if slow else f"{what} is added to {shown(table)}"
    yield Work("foreign key", table, "SHARE ROW EXCLUSIVE", doing, slow, name)
    if key.referred != table:
        yield Work("referred table", key.referred, "SHARE ROW EXCLUSIVE", doing, slow, name)


def _freed(table: Name, constraint: Constraint) -> Iterator[Work]:
    """Dropping a foreign key drops the triggers that it has on the other table."""
    key = constraint.definition
    if isinstance(key, ops.ForeignKey) and key.referred != table:
        doing = f"{_called('foreign key', constraint.name)} of {shown(table)} is dropped"
        yield Work("drop foreign key", key.referred, "ACCESS EXCLUSIVE", doing, name=constraint.name)


def _along(step: Step[ops.Operation], table: Name) -> Iterator[Work]:
    """CASCADE drops the foreign keys of other tables."""
    for effect in step.effects:
        if effect.what == "dropped" and isinstance(effect.thing, Constraint) and effect.table not in (None, table):
            doing = f"{_called('foreign key', effect.name)} of {shown(effect.table)} is dropped along"
            yield Work("drop foreign key", effect.table, "ACCESS EXCLUSIVE", doing, name=effect.name)


def _made_not_null(step: Step[ops.Operation], table: Name, constraint: ops.Constraint) -> Iterator[Work]:
    """The columns that a primary key makes NOT NULL."""
    there = step.before.table(table)
    if there is None or not isinstance(constraint, ops.PrimaryKey):
        return
    index = there.indexes.get(constraint.index or "")
    for name in index.columns if index is not None else constraint.columns:
        column = there.columns.get(name)
        if column is not None and column.nullable and not column.uncertain:
            doing = f'every row is checked for NULL in "{name}", which a primary key makes NOT NULL'
            yield Work("not null", table, "ACCESS EXCLUSIVE", doing, True, name)


def _name(step: Step[ops.Operation], table: Name) -> str | None:
    """The name of the constraint that a step makes, which the database or a convention may have chosen."""
    made = step.after.table(table)
    for constraint in made.constraints.values() if made else ():
        if _is_new(constraint.origin, step.operation):
            return constraint.name
    return None


def _is_new(origin: Origin | None, operation: ops.Operation) -> bool:
    return origin is not None and origin.operation is operation


# --- statements ------------------------------------------------------------------------------------------------------

# The actions of ALTER TABLE that stop neither reads nor writes, and those that stop writes alone ("ALTER TABLE").
_LIGHT = frozenset(
    (
        "ALTER COLUMN RESET",
        "ALTER COLUMN SET",
        "ALTER COLUMN SET STATISTICS",
        "ATTACH PARTITION",
        "CLUSTER ON",
        "RESET",
        "SET",
        "SET WITHOUT CLUSTER",
    )
)
_WRITES = frozenset(("DISABLE TRIGGER", "ENABLE TRIGGER"))


def _altered_table(step: Step[ops.Operation], table: Name, action: str, settings: Settings) -> Iterator[Work]:
    why = reason(step, settings)
    if why is not None:
        yield Work("rewrite", table, "ACCESS EXCLUSIVE", f"every row is rewritten: {why}", True)
    elif action not in _LIGHT:
        mode: LockMode = "SHARE ROW EXCLUSIVE" if action in _WRITES else "ACCESS EXCLUSIVE"
        yield Work("other", table, mode, f"ALTER TABLE … {action} runs")


def _statement(step: Step[ops.Operation], operation: ops.Execute, table: Name) -> Iterator[Work]:
    match operation.verb, operation.concurrently:
        case "LOCK TABLE", _:
            yield Work("explicit", table, _locked_in(operation.sql or ""), "the transaction lasts", name="LOCK TABLE")
        case "VACUUM FULL" | "CLUSTER" as verb, _:
            yield Work("explicit", table, "ACCESS EXCLUSIVE", f"{verb} writes every row anew", True, verb)
        case "REINDEX", False:
            owner = step.before.indexes.get(table) if table.known else None
            what = f'the index "{table}" is' if owner else "its indexes are"
            yield Work("explicit", owner or table, "SHARE", f"{what} built anew", True, "REINDEX")
        case "REFRESH MATERIALIZED VIEW", False:
            yield Work("explicit", table, "ACCESS EXCLUSIVE", "it is made anew", True, "REFRESH MATERIALIZED VIEW")
        case "ALTER TABLE DETACH PARTITION", False:
            yield Work("other", table, "ACCESS EXCLUSIVE", "a partition is detached")


def _locked_in(sql: str) -> LockMode | None:
    """The mode of a LOCK TABLE; None for those that stop neither reads nor writes."""
    said = words(sql)
    if "mode" not in said or {"access", "exclusive"} <= said:
        return "ACCESS EXCLUSIVE"
    if not {"access", "row", "update"} & said:
        # SHARE and EXCLUSIVE; the latter stops nothing that SHARE ROW EXCLUSIVE does not.
        return "SHARE ROW EXCLUSIVE" if "exclusive" in said else "SHARE"
    return "SHARE ROW EXCLUSIVE" if {"share", "row", "exclusive"} <= said else None


def _called(kind: str, name: str | None) -> str:
    """A thing by its name, if it has one that is known."""
    article = "an" if kind[0] in "aeiou" else "a"
    return f'the {kind} "{name}"' if (name or "").strip(HOLE) else f"{article} {kind}"
