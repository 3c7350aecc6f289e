"""Flags names of constraints that the project's naming convention prefixes once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.naming import CannotNameError, Named, conventional_name
from alembic_review.operations import AddColumn, AddConstraint, CreateTable, ForeignKey, Operation
from alembic_review.rule import Finding, Rule
from alembic_review.schema import Constraint
from alembic_review.types import HOLE, Name

_KINDS = {"check": "ck", "foreign key": "fk", "primary key": "pk", "unique": "uq"}
_GIVEN = "\N{SUBSTITUTE}"


class NamingConventionDoubled(Rule):
    """
    A constraint whose name has the prefix of the naming convention already, which prefixes it once more.

    ## Why is this bad?

    With a `naming_convention` that has `"ck": "ck_%(table_name)s_%(constraint_name)s"`, a name in a revision is only
    the last part of the name: `op.create_check_constraint("ck_orders_price", "orders", …)` makes
    `ck_orders_ck_orders_price`. The models, the downgrade and SQL by hand look for `ck_orders_price`, and there is no
    such constraint.

    It is told where `target_metadata` in `env.py` has a naming convention that could be read and is made from given
    names. Names in `op.f()` and in SQL are final, and are left alone.

    ## Example

    With that convention:

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("price", sa.Integer()))
        op.create_check_constraint("ck_orders_price", "orders", "price > 0")

    def downgrade():
        op.drop_table("orders")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table("orders", sa.Column("price", sa.Integer()))
        op.create_check_constraint(op.f("ck_orders_price"), "orders", "price > 0")

    def downgrade():
        op.drop_table("orders")
    ```
    """

    severity = Severity.WARNING

    def check(self, change: Change) -> Iterator[Finding]:
        convention = change.environment.naming_convention if change.environment is not None else None
        for step in change.steps(AddConstraint, CreateTable, AddColumn) if convention else ():
            for constraint, table in _made(step):
                given = constraint.definition.name or ""
                prefix = _prefix(constraint, table, convention or {})
                if prefix and given.startswith(prefix) and given != prefix:
                    yield self.at(
                        change,
                        step,
                        f'makes the constraint "{given}" as "{constraint.name}": the naming convention of '
                        "target_metadata prefixes what is prefixed already",
                        f'Say that the name is final: op.f("{given}").',
                        place=constraint.definition.place,
                        table=table,
                        thing=f"{table}.{constraint.name}",
                    )


def _made(step: Step[Operation]) -> Iterator[tuple[Constraint, Name]]:
    """The constraints that a step makes under a name that is given and that a convention may change."""
    operation = step.operation
    table = (
        step.after.table(operation.table) if isinstance(operation, (AddColumn, AddConstraint, CreateTable)) else None
    )
    if table is None or operation.sql is not None:
        return
    for constraint in table.constraints.values():
        given = constraint.definition
        if constraint.origin is None or constraint.origin.operation is not operation:
            continue
        if given.name is not None and not given.final and HOLE not in given.name:
            yield constraint, table.name


def _prefix(constraint: Constraint, table: Name, convention: Mapping[str, str]) -> str:
    """What the convention puts before a given name; empty for nothing."""
    definition = constraint.definition
    foreign = definition if isinstance(definition, ForeignKey) else None
    named = Named(
        _KINDS.get(constraint.kind, ""),
        table.name,
        table.schema,
        constraint.columns,
        _GIVEN,
        foreign.referred.name if foreign else "",
        foreign.referred_columns if foreign else (),
    )
    try:
        whole = conventional_name(named, convention)
    except CannotNameError:
        return ""
    before, given, _ = (whole or "").partition(_GIVEN)
    return before if given and HOLE not in before else ""
