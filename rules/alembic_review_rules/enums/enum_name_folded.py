"""Flags enum types that are called otherwise because SQL without quotes is folded to lower case."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.casts import BUILT_IN
from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import (
    AddColumn,
    AddEnumValue,
    AlterColumn,
    CreateTable,
    DropEnum,
    Operation,
    RenameEnumValue,
    RenameObject,
)
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Schema
from alembic_review.types import Name, Type


class EnumNameFolded(Rule):
    """
    SQL that names an enum type with capital letters and without quotes.

    ## Why is this bad?

    PostgreSQL folds names without quotes to lower case, and SQLAlchemy quotes a name that has capitals: `MyEnum` in
    SQL text is the type `myenum`, `sa.Enum(name="MyEnum")` is the type `"MyEnum"`. The statement stops at
    `type "myenum" does not exist`, and with IF EXISTS it does nothing, without a word.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("state", sa.Enum("new", "done", name="JobState")))

    def downgrade():
        op.drop_table("job")
        op.execute('DROP TYPE "JobState"')
    ```

    ## Example

    ```python
    def upgrade():
        op.execute("ALTER TYPE JobState RENAME VALUE 'done' TO 'finished'")

    def downgrade():
        op.execute("ALTER TYPE JobState RENAME VALUE 'finished' TO 'done'")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.execute("ALTER TYPE \\"JobState\\" RENAME VALUE 'done' TO 'finished'")

    def downgrade():
        op.execute("ALTER TYPE \\"JobState\\" RENAME VALUE 'finished' TO 'done'")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("UndefinedObject")

    def check(self, change: Change) -> Iterator[Finding]:
        for step, name, there in self._found(change):
            by_sql = step.operation.sql is not None
            yield self.at(
                change,
                step,
                f'{"SQL without quotes" if by_sql else "this"} means "{name}", and the enum type is called "{there}"',
                f"Write {there.sql}." if by_sql else f'Write name="{there.name}".',
                thing=there,
            )

    def tells_of(self, change: Change) -> Iterator[Step[Operation]]:
        return (step for step, _, _ in self._found(change))

    def _found(self, change: Change) -> Iterator[tuple[Step[Operation], Name, Name]]:
        """Steps with the name they use, and the one that the enum type has."""
        if self.config.dialect != "postgresql":
            return
        for step in change.steps(Operation):
            for name in _named(step.operation):
                there = None if name in step.before.enums else _other_case(step.before, name)
                if there is not None:
                    yield step, name, there


def _other_case(schema: Schema, name: Name) -> Name | None:
    """An enum type whose name differs from *name* by nothing but capital letters."""
    folded, length = str(name).lower(), len(name.name)
    # There may be thousands, and few are as long.
    others = (enum.name for enum in schema.enums.unsorted() if len(enum.name.name) == length)
    return min((other for other in others if other != name and str(other).lower() == folded), key=str, default=None)


def _named(operation: Operation) -> list[Name]:
    match operation:
        case DropEnum(name=name) | AddEnumValue(name=name) | RenameEnumValue(name=name):
            return [name]
        case RenameObject(kind="type", name=name):
            return [name]
        case CreateTable():
            return [name for column in operation.columns for name in _type_name(column.type)]
        case AddColumn():
            return _type_name(operation.column.type)
        case AlterColumn(type=Type() as type_):
            return _type_name(type_)
        case _:
            return []


def _type_name(type_: Type) -> list[Name]:
    """The name that may be meant for an enum type; none for a type of the database's own."""
    if type_.enum is not None and type_.enum.name is not None:
        return [type_.enum.name]
    return [] if type_.schema is None and type_.name in BUILT_IN else [Name(type_.name, type_.schema)]
