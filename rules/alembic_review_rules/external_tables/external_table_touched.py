"""Flags what is done to tables, indexes and sequences that another system owns."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review import operations as ops
from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.proof import Loses
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name
from alembic_review_rules.external_tables.owners import ALEMBIC, Owner, owner_of
from alembic_review_rules.in_use import version_table

_ROWS = (ops.Insert, ops.Update, ops.Delete, ops.Truncate)
_TABLES = (
    ops.CreateTable,
    ops.DropTable,
    ops.RenameTable,
    ops.SetSchema,
    ops.AlterTable,
    ops.AddColumn,
    ops.DropColumn,
    ops.AlterColumn,
    ops.AddConstraint,
    ops.DropConstraint,
    ops.RenameConstraint,
    ops.ValidateConstraint,
    ops.CreateIndex,
    ops.CommentOn,
)
_OBJECTS = (ops.CreateObject, ops.DropObject, ops.RenameObject)


class ExternalTableTouched(Rule):
    """
    An operation on a table, index or sequence that another system owns.

    ## Why is this bad?

    Celery, APScheduler, PostGIS and others make tables of their own in the same database. Autogenerate finds them
    there and not in the models, and writes `drop_table`: the queue, the results, the reference systems are gone, and
    the other system fails until it makes them again, without what they held. The `create_table` in the downgrade
    makes them again as they were when the revision was generated, which need not be what the system expects now.

    Known are the tables of Alembic itself (under the name that `env.py` gives as `version_table`, too), Celery, kombu,
    celery-beat, APScheduler, procrastinate, Django, PostGIS, TimescaleDB and PostgreSQL. Add others, by name or by
    shell pattern:

    ```toml
    [tool.alembic-review.external-tables]
    names = ["legacy_orders", "audit.event"]
    patterns = ["airbyte_*", "metabase.*"]
    ```

    A table that `include_object` or `include_name` in `env.py` leave out is another system's too, as far as they can
    be read, unless a revision makes it: partitions, say, are kept from autogenerate and made by hand. What this history
    has made itself is its own from then on.

    ## Given

    Celery has made its table:

    ```sql
    CREATE TABLE celery_taskmeta (id integer PRIMARY KEY, task_id varchar(155) UNIQUE, status varchar(50))
    ```

    ## Example

    ```python
    def upgrade():
        op.drop_table("celery_taskmeta")

    def downgrade():
        op.create_table("celery_taskmeta", sa.Column("id", sa.Integer(), primary_key=True))
    ```

    ## Use instead

    Delete the lines, and keep autogenerate from writing them again: in `env.py`, leave the table out with
    `include_object`.

    ```python
    def upgrade():
        pass

    def downgrade():
        pass
    ```
    """

    severity = Severity.ERROR
    proof = Loses("table", "celery_taskmeta")

    def tells_of(self, change: Change) -> Iterator[Step[ops.Operation]]:
        for step, _, _ in self._touched(change):
            yield step

    def check(self, change: Change) -> Iterator[Finding]:
        for step, name, owner in self._touched(change):
            kind = "sequence" if isinstance(step.operation, _OBJECTS) else "table"
            what = f'{kind} "{name}"'
            if isinstance(step.operation, ops.DropIndex):
                kind, index = "index", step.operation.name
                what = f'index "{index or ""}"' + ("" if index in (None, name) else f' of "{name}"')
            yield self.at(
                change,
                step,
                f"{_done(step, name)} the {what}, which belongs to {owner.name}",
                f"Delete this line{_and_then(change, step, name, owner)}.",
                table=name if kind == "table" else None,
                thing=name,
            )

    def _touched(self, change: Change) -> Iterator[tuple[Step[ops.Operation], Name, Owner]]:
        for step in change.steps(*_TABLES, *_ROWS, *_OBJECTS, ops.DropIndex):
            for name in _names(step) if not step.unused else ():
                owner = owner_of(name, self.config.external_tables) or _by_environment(change, step, name)
                if owner is None or (owner.shares_rows and isinstance(step.operation, _ROWS)):
                    continue
                there = step.before.table(name) or step.before.sequences.get(name)
                if there is None or there.origin is None:
                    yield step, name, owner


def _and_then(change: Change, step: Step[ops.Operation], name: Name, owner: Owner) -> str:
    """What else is to be done: what keeps the line from being written again, where it was not written by hand."""
    operation = step.operation
    written = operation.sql is not None or getattr(operation, "if_exists", False)
    if written and isinstance(operation, (ops.DropTable, ops.DropIndex, ops.DropObject)):
        # Autogenerate writes no such line: somebody clears away what a system has left.
        return ", or say that the system is gone: # alembic-review: allow[external-table-touched] reason"
    # Autogenerate asks include_object for tables and what is on them, and never for sequences.
    seen = not (owner.unseen or name.name == version_table(change) or written or isinstance(operation, _OBJECTS))
    leaves_out = change.environment.excludes if change.environment is not None else None
    if not seen or (leaves_out is not None and leaves_out(name)):
        return ""
    return f', and leave "{name}" out with include_object in env.py'


def _by_environment(change: Change, step: Step[ops.Operation], name: Name) -> Owner | None:
    """Another system, where env.py keeps a table from autogenerate and no revision makes it; Alembic for its own."""
    if name.name == version_table(change):
        return ALEMBIC
    leaves_out = change.environment.excludes if change.environment is not None else None
    if leaves_out is None or isinstance(step.operation, (ops.CreateTable, ops.CreateObject)):
        return None
    return Owner("another system, as env.py leaves it out") if leaves_out(name) else None


def _names(step: Step[ops.Operation]) -> tuple[Name, ...]:
    """What an operation changes, of what may be another system's."""
    operation = step.operation
    if isinstance(operation, ops.Truncate):
        return operation.tables
    if isinstance(operation, (*_TABLES, ops.Insert, ops.Update, ops.Delete)):
        return (operation.table,)
    if isinstance(operation, ops.DropIndex):
        table = operation.table or (step.before.indexes.get(operation.name) if operation.name else None)
        return tuple(name for name in (table or operation.name,) if name is not None)
    return (operation.name,) if isinstance(operation, _OBJECTS) and operation.kind == "sequence" else ()


def _done(step: Step[ops.Operation], name: Name) -> str:
    may = step.ran is None or any(_asks_for(condition, name) for condition in step.operation.conditions)
    match step.operation:
        case ops.CreateTable() | ops.CreateObject():
            done = "make"
        case ops.DropTable() | ops.DropObject() | ops.DropIndex():
            done = "drop"
        case ops.Insert() | ops.Update() | ops.Delete() | ops.Truncate():
            return "may change rows of" if may else "changes rows of"
        case _:
            done = "change"
    return f"may {done}" if may else f"{done}s"


def _asks_for(condition: ops.Condition, name: Name) -> bool:
    """Whether it hangs on what the table has, which the history has not made and cannot tell."""
    on = condition.table or Name(condition.name or "")
    return on == name or any(_asks_for(part, name) for part in condition.parts)
