"""Flags enum types without a name."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, AlterColumn, CreateTable, Operation, Place
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name, Type


class EnumUnnamed(Rule):
    """
    An `Enum` of strings without a name.

    ## Why is this bad?

    The type is a thing of its own in PostgreSQL and needs a name. SQLAlchemy stops before it emits anything:
    `PostgreSQL ENUM type requires a name`. An `Enum` of a Python class takes the name of the class.

    ## Example

    ```python
    def upgrade():
        op.create_table("person", sa.Column("mood", sa.Enum("happy", "sad")))

    def downgrade():
        op.drop_table("person")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table("person", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))

    def downgrade():
        op.drop_table("person")
        op.execute("DROP TYPE mood")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("CompileError")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step in change.steps(CreateTable, AddColumn, AlterColumn):
            for table, column, type_, place in _types(step.operation):
                if type_.enum is not None and type_.enum.name is None:
                    yield self.at(
                        change,
                        step,
                        f'the Enum of the column "{table}.{column}" has no name',
                        _help(step, f"{table.name}_{column}", type_.enum.labels or ()),
                        place=place,
                        thing=f"{table}.{column}",
                    )


def _help(step: Step[Operation], name: str, labels: tuple[str, ...]) -> str:
    if len(labels) == 1 and Name(labels[0]) in step.before.enums:
        return f'"{labels[0]}" is taken for a label: write name="{labels[0]}".'
    if isinstance(step.operation, CreateTable):
        return f'Add name="{name}".'
    # Alembic makes no type for a column that is added or altered.
    arguments = ", ".join(f'"{argument}"' for argument in labels)
    return f'Add name="{name}", and make the type before: sa.Enum({arguments}, name="{name}").create(op.get_bind()).'


def _types(operation: Operation) -> list[tuple[Name, str, Type, Place]]:
    match operation:
        case CreateTable(table=table):
            return [(table, column.name, column.type, column.place) for column in operation.columns]
        case AddColumn(table=table, column=column):
            return [(table, column.name, column.type, column.place)]
        case AlterColumn(table=table, column=name, type=Type() as type_):
            return [(table, name, type_, operation.place)]
        case _:
            return []
