"""Flags declarations of an enum type with other labels than it has, which change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, AddEnumValue, AlterColumn, CreateEnum, CreateTable, Operation, Place
from alembic_review.proof import ChangesNothing
from alembic_review.rule import Finding, Rule
from alembic_review.types import Name, Type
from alembic_review_rules.enums.typed import adding


class EnumLabelsIgnored(Rule):
    """
    An enum type that is declared with other labels than it has, where that changes nothing.

    ## Why is this bad?

    `op.alter_column(type_=sa.Enum(…))` with the same type name emits `ALTER COLUMN … TYPE job_state`, which succeeds
    and leaves the labels as they are. So does `.create(checkfirst=True)` of a type that is there. The application
    then fails at its first row with the new value.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("state", sa.Enum("new", "done", name="job_state")))

    def downgrade():
        op.drop_table("job")
        op.execute("DROP TYPE job_state")
    ```

    ## Example

    ```python
    def upgrade():
        op.alter_column("job", "state", type_=sa.Enum("new", "done", "paused", name="job_state"))

    def downgrade():
        pass
    ```

    ## Use instead

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE job_state ADD VALUE IF NOT EXISTS 'paused'")

    def downgrade():
        pass
    ```
    """

    severity = Severity.ERROR
    proof = ChangesNothing()

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step in change.steps(CreateTable, AddColumn, AlterColumn, CreateEnum):
            end = change.after if step.direction == "upgrade" else change.reverted
            for declared, place in _declared(step):
                there, at_end = step.before.enums.get(declared.name), end.enums.get(declared.name)
                if there is None or there.uncertain or there.labels is None:
                    continue
                kept = at_end.labels if at_end is not None and at_end.labels is not None else there.labels
                missing = [label for label in declared.labels if label not in {*there.labels, *kept}]
                further = [label for label in there.labels if label in kept and label not in declared.labels]
                if not isinstance(step.operation, (AlterColumn, CreateEnum)):
                    # A column of a type may well be declared with fewer labels.
                    further = []
                if step.direction == "downgrade":
                    # What the upgrade has added to the type is for enum-value-kept to tell of.
                    added = {item.operation.value for item in change.upgrades(AddEnumValue)}
                    further = [label for label in further if label not in added]
                told = [f"with {_quoted(missing)}, which it does not get"] * bool(missing)
                told += [f"without {_quoted(further)}, which it keeps"] * bool(further)
                if told:
                    yield self.at(
                        change,
                        step,
                        f'declares the enum type "{declared.name}" {", and ".join(told)}',
                        f"Write {adding(declared.name, (*there.labels, *kept), declared.labels)}."
                        if missing
                        else "Make a new type, cast the columns to it, and drop the old one.",
                        place=place,
                        thing=declared.name,
                    )


class _Declared(NamedTuple):
    name: Name
    labels: tuple[str, ...]


def _declared(step: Step[Operation]) -> Iterator[tuple[_Declared, Place]]:
    """What the step declares of enum types that it does not make."""
    operation = step.operation
    if isinstance(operation, CreateEnum):
        if step.unused and operation.labels is not None:
            yield _Declared(operation.name, operation.labels), operation.place
    elif isinstance(operation, AlterColumn):
        column = step.before.column(operation.table, operation.column)
        declared = _labelled(operation.type)
        if declared is not None and column is not None and column.enum == declared.name:
            yield declared, operation.place
    elif isinstance(operation, (CreateTable, AddColumn)):
        refused = {refusal.name for refusal in step.fresh_refusals}
        for column_ in operation.columns if isinstance(operation, CreateTable) else (operation.column,):
            declared = _labelled(column_.type)
            if declared is not None and str(declared.name) not in refused:
                yield declared, column_.place


def _labelled(type_: Type | None) -> _Declared | None:
    enum = type_.enum if type_ is not None else None
    if enum is None or enum.name is None or not enum.labels:
        return None
    return _Declared(enum.name, enum.labels)


def _quoted(labels: list[str]) -> str:
    return ", ".join(f'"{label}"' for label in labels)
