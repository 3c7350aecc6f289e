"""Flags names that are longer than the database keeps."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    Constraint,
    CreateIndex,
    CreateTable,
    DropConstraint,
    DropIndex,
    Index,
    Operation,
    Place,
    RenameTable,
)
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review.types import HOLE

_LONGEST = {"postgresql": 63, "mysql": 64, "mariadb": 64}

_REFUSED = "SQLAlchemy refuses it"
_CUT = "the database cuts it off without a word"


class IdentifierTooLong(Rule):
    """
    A name that is longer than the database keeps: 63 bytes in PostgreSQL, 64 characters in MySQL.

    ## Why is this bad?

    Longer names of constraints and indexes SQLAlchemy refuses: `Identifier 'ix_…' exceeds maximum length of 63
    characters`. Those of tables and columns PostgreSQL cuts off with a mere notice, so that two can fall together, and
    the models name something that is not there. A name in `op.f()` SQLAlchemy shortens by itself.

    ## Given

    ```python
    def upgrade():
        op.create_table("user", sa.Column("id", sa.Integer()), sa.Column("mail", sa.Text()))

    def downgrade():
        op.drop_table("user")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_index("ix_user_mail_for_the_search_of_users_by_the_address_they_registered", "user", ["mail"])

    def downgrade():
        op.drop_index("ix_user_mail_for_the_search_of_users_by_the_address_they_registered", "user")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_index("ix_user_mail", "user", ["mail"])

    def downgrade():
        op.drop_index("ix_user_mail", "user")
    ```
    """

    severity = Severity.ERROR
    proof = Fails("IdentifierError")

    def check(self, change: Change) -> Iterator[Finding]:
        longest = _LONGEST.get(self.config.dialect)
        if longest is None:
            return
        for step in change.steps(Operation):
            # PostgreSQL's grammar, which SQL is read with, has cut off its names already.
            if step.operation.sql is not None or step.operation.guarded:
                continue
            for kind, name, effect, place in _names(step.operation):
                size = len(name.encode()) if effect == _CUT and longest == 63 else len(name)
                if size > longest and HOLE not in name:
                    yield self.at(
                        change,
                        step,
                        f'the name of the {kind} "{name}" has {size} letters, {longest} are kept: {effect}',
                        f'Shorten it, as to "{name[: longest - 3]}".',
                        place=place,
                        thing=name,
                    )


def _names(operation: Operation) -> Iterator[tuple[str, str, str, Place]]:
    """The names in an operation: what each names, what becomes of one that is too long, and where it stands."""
    match operation:
        case CreateTable():
            yield "table", operation.table.name, _CUT, operation.place
            for column in operation.columns:
                yield "column", column.name, _CUT, column.place
                yield from _of_constraints(column.constraints)
            yield from _of_constraints(operation.constraints)
            for index in operation.indexes:
                yield from _of_index(index)
        case AddColumn():
            yield "column", operation.column.name, _CUT, operation.column.place
            yield from _of_constraints(operation.column.constraints)
        case AlterColumn(new_name=str(name)):
            yield "column", name, _CUT, operation.place
        case RenameTable():
            yield "table", operation.new_name, _CUT, operation.place
        case AddConstraint():
            yield from _of_constraints((operation.constraint,))
        case CreateIndex():
            yield from _of_index(operation.index)
        case DropConstraint(name=str(name), final=False):
            yield "constraint", name, _REFUSED, operation.place
        case DropIndex(final=False) if operation.name is not None:
            yield "index", operation.name.name, _REFUSED, operation.place


def _of_constraints(constraints: tuple[Constraint, ...]) -> Iterator[tuple[str, str, str, Place]]:
    for constraint in constraints:
        if constraint.name is not None and not constraint.final:
            yield "constraint", constraint.name, _REFUSED, constraint.place


def _of_index(index: Index) -> Iterator[tuple[str, str, str, Place]]:
    if index.name is not None and not index.final:
        yield "index", index.name, _REFUSED, index.place
