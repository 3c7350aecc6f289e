"""One operation, applied to a schema: what becomes of it, what PostgreSQL refuses, and what goes along."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.replay import columns, constraints, enums, indexes, objects, rows, search_path, sequences, tables
from alembic_review.replay.conditions import answered
from alembic_review.replay.draft import Draft
from alembic_review.replay.either import either
from alembic_review.replay.outcome import (
    DEFAULT_PATH,
    UNKNOWN_PATH,
    Command,
    Dependent,
    Effect,
    EnumValue,
    Outcome,
    Refusal,
    Run,
    Settings,
)
from alembic_review.schema import Schema

__all__ = [
    "Command",
    "Dependent",
    "Effect",
    "EnumValue",
    "Outcome",
    "Refusal",
    "Run",
    "Settings",
    "after",
]


def after(schema: Schema, operation: ops.Operation, run: Run, earlier: Sequence[Schema] = ()) -> Outcome:
    """What *operation* makes of *schema*; *earlier* are the schemas before each operation of the function so far.

    After a refusal the replay goes on with the schema that the revision meant: its author has seen it run, so what
    is in its way here is more likely not to be there. Where a condition cannot be told, an operation that would be
    refused is taken not to run, and any other leaves what it would change uncertain.
    """
    ran: bool | None = True
    if operation.conditions:
        run, ran = answered(schema, operation, run, earlier)
        if ran is False:
            return Outcome(schema, run, ran=False)
    draft = Draft(schema, run, operation)
    if run.path != DEFAULT_PATH:
        operation = search_path.locate(draft, operation)
    if operation.autocommit:
        draft.commit()
    if operation.batch == "always":
        tables.recreate(draft, getattr(operation, "table", None))
    for keyword in operation.unfit:
        if keyword.refused:
            draft.refuse("TypeError", f"{keyword.called} takes no {keyword.name}=", "keyword", keyword.name)
    if operation.invalid is not None:
        draft.refuse("TypeError", operation.invalid, "call", "")
    else:
        _apply(draft, operation)
    changed = draft.schema()
    if operation.guarded and draft.refused:
        # The revision goes on where this fails: so it does here.
        return Outcome(schema, run, tuple(draft.refusals), (), ran, operation=operation)
    if ran is None:
        if draft.refused:
            return Outcome(schema, run, ran=None, operation=operation)
        changed = either(schema, changed)
        if draft.run.path != run.path:
            draft.run = replace(draft.run, path=UNKNOWN_PATH, lasting_path=UNKNOWN_PATH)
    return Outcome(changed, draft.run, tuple(draft.refusals), tuple(draft.effects), ran, draft.unused, operation)


def _apply(draft: Draft, operation: ops.Operation) -> None:
    """What the vocabulary means."""
    match operation:
        case ops.AddColumn():
            columns.add(draft, operation)
        case ops.CreateIndex():
            indexes.create(draft, operation)
        case ops.CreateTable():
            tables.create(draft, operation)
        case ops.AlterColumn():
            columns.alter(draft, operation)
        case ops.DropColumn():
            columns.drop(draft, operation)
        case ops.DropIndex():
            indexes.drop(draft, operation)
        case ops.DropTable():
            tables.drop(draft, operation)
        case ops.AddConstraint():
            constraints.add(draft, operation)
        case ops.DropConstraint():
            constraints.drop(draft, operation)
        case ops.Insert():
            known = operation.columns, operation.values, (*operation.reads, *operation.asks)
            rows.write(draft, operation.table, *known, sql=operation.sql)
        case ops.Update():
            known = operation.columns, operation.values, (*operation.tables, *operation.asks)
            rows.write(draft, operation.table, *known, sql=operation.sql, compared=operation.compared)
        case ops.Delete():
            rows.write(draft, operation.table, others=operation.asks, sql=operation.sql, compared=operation.compared)
        case ops.Truncate():
            for name in operation.tables:
                rows.write(draft, name)
        case ops.Execute():
            rows.execute(draft, operation)
        case ops.RenameTable():
            tables.rename(draft, operation)
        case ops.SetSchema():
            tables.set_schema(draft, operation)
        case ops.RenameConstraint():
            constraints.rename(draft, operation)
        case ops.ValidateConstraint():
            constraints.validate(draft, operation)
        case ops.CreateEnum():
            enums.create(draft, operation)
        case ops.DropEnum():
            enums.drop(draft, operation)
        case ops.AddEnumValue():
            enums.add_value(draft, operation)
        case ops.RenameEnumValue():
            enums.rename_value(draft, operation)
        case ops.SyncEnumValues():
            enums.sync_values(draft, operation)
        case ops.CreateObject():
            objects.create(draft, operation)
        case ops.DropObject():
            objects.drop(draft, operation)
        case ops.RenameObject():
            objects.rename(draft, operation)
        case ops.CommentOn():
            columns.comment(draft, operation)
        case ops.OwnSequence():
            sequences.own(draft, operation)
        case ops.AlterTable():
            tables.alter(draft, operation)
        case ops.Raise():
            # What comes after an upgrade that always stops was made in some other way.
            draft.complete = draft.complete and not draft.run.upgrade
        case ops.InvalidSQL():
            draft.refuse("SyntaxError", operation.error, "statement", operation.verb)
        case ops.PythonCall(call="commit" | "session.commit"):
            draft.commit()
        case ops.Unread():
            rows.unread(draft, operation)
