"""Flags arguments of an Enum that SQLAlchemy passes over."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, AlterColumn, Column, CreateTable, Operation
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.types import Enum, Type


class EnumArgumentIgnored(Rule):
    """
    An argument of an `Enum` that SQLAlchemy passes over without a word.

    ## Why is this bad?

    SQLAlchemy 2.0 takes `sa.Enum(create_type=False)` and emits CREATE TYPE all the same; 2.1 listens, so that one
    file does two things. `checkfirst=` belongs to `.create()` and means nothing inside `Enum()`.
    `postgresql.ENUM(native_enum=False)` is a native type anyway.

    ## Given

    ```python
    def upgrade():
        op.create_table("person", sa.Column("mood", sa.Enum("happy", "sad", name="mood")))

    def downgrade():
        op.drop_table("person")
        op.execute("DROP TYPE mood")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_table("pet", sa.Column("mood", sa.Enum("happy", "sad", name="mood", checkfirst=True)))

    def downgrade():
        op.drop_table("pet")
    ```

    ## Use instead

    ```python
    def upgrade():
        mood = postgresql.ENUM("happy", "sad", name="mood", create_type=False)
        op.create_table("pet", sa.Column("mood", mood))

    def downgrade():
        op.drop_table("pet")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("DuplicateObject", alone=True)

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step in change.steps(CreateTable, AddColumn, AlterColumn):
            for enum, column in _enums(step.operation):
                for keyword in enum.keywords:
                    told = self._told(keyword, enum, step.operation)
                    if told is not None:
                        place = column.place if column is not None else None
                        yield self.at(change, step, *told, place=place, thing=enum.name)

    def _told(self, keyword: str, enum: Enum, operation: Operation) -> tuple[str, str] | None:
        makes = f'CREATE TYPE "{enum.name}" is emitted all the same'
        listens = self.config.sqlalchemy is not None and self.config.sqlalchemy >= (2, 1)
        # The other directives emit no CREATE TYPE whatever the call says.
        emits = isinstance(operation, CreateTable) and operation.by_sqlalchemy
        if keyword == "create_type" and emits and not listens:
            return f"SQLAlchemy before 2.1 ignores create_type=False of sa.Enum: {makes}", "Write postgresql.ENUM(…)."
        if keyword == "checkfirst" and emits:
            return (
                f"checkfirst= inside Enum() is ignored: {makes}",
                "Write postgresql.ENUM(…, create_type=False), and before it .create(op.get_bind(), checkfirst=True).",
            )
        if keyword == "native_enum":
            return "postgresql.ENUM ignores native_enum=False: the type is native", "Write sa.Enum(…)."
        return None


def _enums(operation: Operation) -> list[tuple[Enum, Column | None]]:
    columns: tuple[Column, ...] = ()
    if isinstance(operation, CreateTable):
        columns = operation.columns
    elif isinstance(operation, AddColumn):
        columns = (operation.column,)
    elif isinstance(operation, AlterColumn) and isinstance(operation.type, Type) and operation.type.enum is not None:
        return [(operation.type.enum, None)]
    return [(column.type.enum, column) for column in columns if column.type.enum is not None]
