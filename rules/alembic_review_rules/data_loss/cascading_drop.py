"""Flags DROP … CASCADE, which takes along whatever stands on the thing."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Effect, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import (
    DropColumn,
    DropConstraint,
    DropEnum,
    DropIndex,
    DropObject,
    DropTable,
    Operation,
)
from alembic_review.proof import Loses
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Attached, Column, Constraint, Index, Made, Object, Schema
from alembic_review_rules.data_loss.along import HOLDING, cascaded, listed

_DROPS = (DropTable, DropColumn, DropConstraint, DropIndex, DropEnum, DropObject)


class CascadingDrop(Rule):
    """
    A `DROP … CASCADE`, which drops along whatever stands on the thing.

    ## Why is this bad?

    PostgreSQL refuses to drop what others stand on, and says what that is. With `CASCADE` it drops all of it without
    a word: the foreign keys to a table, the views of a column, and for a type, a domain or an extension the columns
    that have it, in whatever table, with all they hold.

    Where the history tells what goes along, the message names it. Where it tells that nothing does, there is nothing
    to say; a database that has things which no revision made can still lose them. Nor is there where what goes holds no
    data, such as foreign keys, and the same function makes all of it again.

    ## Given

    ```python
    def upgrade():
        op.execute("CREATE TYPE mood AS ENUM ('good', 'bad')")
        op.create_table(
            "diary",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("mood", postgresql.ENUM("good", "bad", name="mood", create_type=False)),
        )

    def downgrade():
        op.drop_table("diary")
        op.execute("DROP TYPE mood")
    ```

    ## Example

    ```python
    def upgrade():
        op.execute("DROP TYPE mood CASCADE")

    def downgrade():
        op.execute("CREATE TYPE mood AS ENUM ('good', 'bad')")
        op.add_column("diary", sa.Column("mood", postgresql.ENUM("good", "bad", name="mood", create_type=False)))
    ```

    ## Use instead

    Take what stands on it away yourself, each thing by a line of its own, and drop it without `CASCADE`:

    ```python
    def upgrade():
        op.alter_column("diary", "mood", type_=sa.Text(), postgresql_using="mood::text")
        op.execute("DROP TYPE mood")

    def downgrade():
        op.execute("CREATE TYPE mood AS ENUM ('good', 'bad')")
        op.alter_column(
            "diary",
            "mood",
            type_=postgresql.ENUM("good", "bad", name="mood", create_type=False),
            postgresql_using="mood::mood",
        )
    ```
    """

    severity = Severity.ERROR
    proof = Loses("column", "diary.mood")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.steps(*_DROPS):
            operation = step.operation
            if not getattr(operation, "cascade", False) or step.unused:
                continue
            kind, name, thing = _dropped(step)
            along = [effect for effect in cascaded(step) if not _is_new(change, step, effect)]
            known = thing is not None and (step.before.complete or _made_here(change, step, thing))
            if not along and (known or step.direction == "downgrade"):
                continue
            if along and all(_is_made_again(change, step, effect) for effect in along):
                continue
            what = listed(along) if along else "whatever in the database stands on it"
            yield self.at(
                change,
                step,
                f'{"drops" if step.ran else "may drop"} the {kind} "{name}" and, by CASCADE, {what}',
                "Leave out CASCADE, and drop what stands on it by lines of its own.",
                thing=name,
            )


def _dropped(step: Step[Operation]) -> tuple[str, str, Made | None]:
    """The kind and name of what is dropped, and the thing, where it is known."""
    schema = step.before
    match step.operation:
        case DropTable(table=table):
            return "table", str(table), schema.table(table)
        case DropColumn(table=table, column=column):
            return "column", f"{table}.{column}", schema.column(table, column)
        case DropConstraint(table=table, name=name):
            return "constraint", str(name), schema.constraint(table, name) if name else None
        case DropIndex(name=index):
            return "index", str(index), schema.index(index) if index else None
        case DropEnum(name=enum):
            return "enum type" if enum in schema.enums else "type", str(enum), schema.enums.get(enum)
        case DropObject(kind="sequence", name=name):
            return "sequence", str(name), schema.sequences.get(name)
        case DropObject(kind=kind, name=name):
            return kind, str(name), schema.object(kind, name)
        case _:
            raise NotImplementedError(step.operation)


def _is_new(change: Change, step: Step[Operation], effect: Effect) -> bool:
    """Whether nobody can miss what goes: this way made it, or a downgrade takes back what holds nothing."""
    if effect.thing is None:
        return False
    taken_back = step.direction == "downgrade" and effect.thing.made_in == change.revision.id
    return _made_here(change, step, effect.thing) or (
        taken_back and effect.kind not in HOLDING and not _stands(change.before, effect)
    )


def _is_made_again(change: Change, step: Step[Operation], effect: Effect) -> bool:
    """Whether a thing that holds no data of its own stands again, or is of no use, when the function has ended."""
    return _stands(change.after if step.direction == "upgrade" else change.reverted, effect)


def _stands(schema: Schema, effect: Effect) -> bool:
    there = schema.table(effect.table) if effect.table is not None else None
    match effect.thing:
        case Constraint():
            return there is not None and effect.name in there.constraints
        case Index():
            return there is not None and effect.name in there.indexes
        case Attached(kind=kind):
            return there is not None and (kind, effect.name) in there.attached
        case Column(type=type_) if effect.kind == "default":
            column = there.columns.get(effect.name) if there is not None else None
            return column is None or column.default is not None or column.type != type_
        case Object(kind="view" | "function" as kind, name=name):
            return schema.object(kind, name) is not None
        case _:
            return False


def _made_here(change: Change, step: Step[Operation], thing: Made) -> bool:
    """Whether this revision made a thing on the same way, so that nobody can miss it."""
    origin = thing.origin
    upgrade = step.direction == "upgrade"
    return origin is not None and origin.revision == change.revision.id and origin.upgrade == upgrade
