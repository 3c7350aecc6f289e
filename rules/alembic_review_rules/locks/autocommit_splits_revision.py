"""Flags revisions that an autocommit_block() cuts in two, of which a failure leaves one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alembic_review import operations as ops
from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule


class AutocommitSplitsRevision(Rule):
    """
    Operations beside an `autocommit_block()` that cannot be repeated after a failure.

    ## Why is this bad?

    `autocommit_block()` commits what the revision did before it, and commits each statement inside at once. The
    revision is recorded only at its end. When something fails on the way, one half stays in the database and the
    revision counts as not applied: the next try does that half again, and stops at `column "state" of relation
    "orders" already exists`.

    What can be repeated is left alone: `if_not_exists=True` and `if_exists=True`, SET NOT NULL, VALIDATE CONSTRAINT,
    UPDATE and DELETE, and everything that stands behind an `if` which asks the schema. Downgrades are not judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))

    def downgrade():
        op.drop_table("orders")
    ```

    ## Example

    ```python
    def upgrade():
        op.add_column("orders", sa.Column("state", sa.Text()))
        with op.get_context().autocommit_block():
            op.create_index("ix_orders_state", "orders", ["state"], postgresql_concurrently=True)

    def downgrade():
        op.drop_column("orders", "state")
    ```

    ## Use instead

    Best are two revisions, the second with nothing but the block, and one statement in it. Else let every part be
    repeatable:

    ```python
    def upgrade():
        op.add_column("orders", sa.Column("state", sa.Text()), if_not_exists=True)
        with op.get_context().autocommit_block():
            op.drop_index("ix_orders_state", table_name="orders", postgresql_concurrently=True, if_exists=True)
            op.create_index("ix_orders_state", "orders", ["state"], postgresql_concurrently=True)

    def downgrade():
        op.drop_column("orders", "state")
    ```
    """

    severity = Severity.WARNING
    proof = Fails("DuplicateColumn", command="rerun")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        steps = [step for step in change.upgrade if step.ran is not False and _changes(step.operation)]
        block = next((at for at, step in enumerate(steps) if step.operation.autocommit), None)
        if block is None:
            return
        before = next((step for step in steps[:block] if not _is_repeatable(change, step)), None)
        after = next(_after_what_stays(change, steps), None)
        if before is not None:
            yield self.at(
                change,
                steps[block],
                "commits what upgrade() did before, and when the revision fails from here on, its next try does that "
                "again and fails",
                "Make two revisions of it, the second with nothing but the autocommit_block().",
                thing="before",
            )
        elif after is not None:
            yield self.at(
                change,
                after,
                "when the revision fails from here on, what is committed by then stays, and its next try does "
                "that again and fails",
                "Move it to the next revision.",
                thing="after",
            )


def _after_what_stays(change: Change, steps: Sequence[Step[ops.Operation]]) -> Iterator[Step[ops.Operation]]:
    """What comes after a statement that is committed at once and cannot be repeated."""
    for at, step in enumerate(steps):
        if step.operation.autocommit and not _is_repeatable(change, step):
            # Of values of enum types in one block, enum-value-without-guard tells.
            alone = isinstance(step.operation, ops.AddEnumValue)
            yield from (later for later in steps[at + 1 :] if not (alone and later.operation.autocommit))


_NO_CHANGE = (ops.Execute, ops.PythonCall, ops.Raise, ops.CommentOn)
_REPEATABLE = (
    ops.Update,
    ops.Delete,
    ops.Truncate,
    ops.ValidateConstraint,
    ops.AlterTable,
    ops.SyncEnumValues,
    ops.InvalidSQL,
    ops.Unread,
)


def _changes(operation: ops.Operation) -> bool:
    return not isinstance(operation, _NO_CHANGE)


def _is_repeatable(change: Change, step: Step[ops.Operation]) -> bool:
    """Whether doing it twice does the same as doing it once, as far as can be told; what is not known may be."""
    operation = step.operation
    if isinstance(operation, _REPEATABLE) or operation.conditions or operation.guarded:
        return True
    match operation:
        case ops.AlterColumn():
            return operation.new_name is None
        case ops.Insert():
            # What SQL text inserts may leave out what is there.
            return operation.sql is not None
    flags = ("if_exists", "if_not_exists", "checked", "or_replace")
    return any(getattr(operation, flag, False) for flag in flags) or _is_made_way_for(change, step)


def _is_made_way_for(change: Change, step: Step[ops.Operation]) -> bool:
    """Whether what it makes is dropped before, if it is there."""
    made = step.operation
    for other in change.upgrade:
        if other is step:
            return False
        drop = other.operation
        if not getattr(drop, "if_exists", False):
            continue
        match made, drop:
            case ops.CreateIndex(), ops.DropIndex(name=name) if name is not None and name.name == made.index.name:
                return True
            case ops.CreateTable(), ops.DropTable() if made.table == drop.table:
                return True
            case ops.AddConstraint(), ops.DropConstraint() if made.constraint.name == drop.name:
                return True
            case ops.AddColumn(), ops.DropColumn() if made.column.name == drop.column:
                return True
    return False
