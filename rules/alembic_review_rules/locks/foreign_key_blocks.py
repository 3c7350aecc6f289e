"""Flags foreign keys that are checked row by row while writes to both tables wait."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Step
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, AddConstraint, ForeignKey, Operation
from alembic_review.proof import Scans
from alembic_review.rule import Finding, Rule
from alembic_review.types import quoted
from alembic_review_rules.in_use import shown
from alembic_review_rules.locks.typed import executed, texts, validated
from alembic_review_rules.locks.works import Work, works


class ForeignKeyBlocks(Rule):
    """
    A foreign key that is added to a table in use without NOT VALID.

    ## Why is this bad?

    Adding it takes a SHARE ROW EXCLUSIVE lock on both tables, the one that has the key and the one it refers to, and
    keeps it while every row is looked up in the other table: nobody writes to either of them meanwhile. A foreign key
    of a column that `add_column` adds is such a one too, though the column is still empty: Alembic adds it by a
    statement of its own. (With `inline_references=True` it does not, and PostgreSQL has nothing to look up.)

    Left alone are tables that the same upgrade makes or empties, and those that the settings call small. Downgrades are
    not judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("customers", sa.Column("id", sa.Integer(), primary_key=True))
        op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("customer", sa.Integer()))

    def downgrade():
        op.drop_table("orders")
        op.drop_table("customers")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_foreign_key("fk_customer", "orders", "customers", ["customer"], ["id"])

    def downgrade():
        op.drop_constraint("fk_customer", "orders", type_="foreignkey")
    ```

    ## Use instead

    Add it NOT VALID, which takes the locks for an instant and holds for new rows at once. Then, in another
    transaction, validate: that reads all rows, and lets others write.

    ```python
    def upgrade():
        op.create_foreign_key(
            "fk_customer", "orders", "customers", ["customer"], ["id"], postgresql_not_valid=True
        )

    def downgrade():
        op.drop_constraint("fk_customer", "orders", type_="foreignkey")
    ```

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.execute("ALTER TABLE orders VALIDATE CONSTRAINT fk_customer")

    def downgrade():
        pass
    ```
    """

    severity = Severity.WARNING
    proof = Scans("orders", under="SHARE ROW EXCLUSIVE")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(AddConstraint, AddColumn):
            done = list(works(change, step, self.config))
            others = [work for work in done if work.kind == "referred table"]
            for work in done:
                if work.kind == "foreign key" and work.is_slow:
                    also = "".join(
                        f" and {shown(other.table) if other.mode == work.mode else other.stops}" for other in others
                    )
                    yield self.at(
                        change,
                        step,
                        f"blocks {work.stops}{also} while {work.doing}",
                        _not_valid(step, work),
                        table=work.table,
                        thing=f"{work.table}.{work.name}",
                    )


def _not_valid(step: Step[Operation], work: Work) -> str:
    then = f"; then, in the next revision, {validated(work.table, work.name)}"
    constraint = step.after.constraint(work.table, work.name)
    key = constraint.definition if constraint is not None else None
    if step.operation.sql is not None or not isinstance(key, ForeignKey):
        added = f"ALTER TABLE {work.table.sql} ADD CONSTRAINT {quoted(work.name)} FOREIGN KEY … NOT VALID"
        return f"{executed(added)}{then}"
    given = {
        "source_schema": work.table.schema,
        "referent_schema": key.referred.schema,
        "onupdate": key.onupdate,
        "ondelete": key.ondelete,
    }
    arguments = [
        f'"{work.name}", "{work.table.name}", "{key.referred.name}"',
        texts(key.columns),
        texts(key.referred_columns),
        *(f'{name}="{value}"' for name, value in given.items() if value),
        *(["deferrable=True"] if key.deferrable else []),
        *(['initially="DEFERRED"'] if key.deferred else []),
        "postgresql_not_valid=True",
    ]
    instead = "Without the ForeignKey in the column; " if isinstance(step.operation, AddColumn) else ""
    return f"{instead}op.create_foreign_key({', '.join(arguments)}){then}"
