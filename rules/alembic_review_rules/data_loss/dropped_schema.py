"""Flags DROP SCHEMA, DROP DATABASE and DROP OWNED."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import DropObject
from alembic_review.proof import Breaks
from alembic_review.rule import Finding, Rule

_WHAT = {
    "schema": 'drops the schema "{}"',
    "database": 'drops the database "{}" and everything in it',
    "owned": 'drops everything in the database that the role "{}" owns',
}


class DroppedSchema(Rule):
    """
    A `DROP SCHEMA`, `DROP DATABASE` or `DROP OWNED`.

    ## Why is this bad?

    A schema is more than its tables: grants, search paths, functions and other systems count on its name, and
    `DROP SCHEMA … CASCADE`, `DROP DATABASE` and `DROP OWNED` take everything in it along without naming anything.
    (`DROP DATABASE` cannot run inside a transaction either, so that a revision only can in an `autocommit_block()`.)

    A schema that this revision makes itself may go again, in its upgrade or its downgrade.

    ## Given

    ```python
    def upgrade():
        op.execute("CREATE SCHEMA reporting")

    def downgrade():
        op.execute("DROP SCHEMA reporting")
    ```

    ## Example

    ```python
    def upgrade():
        op.execute("DROP SCHEMA reporting")

    def downgrade():
        op.execute("CREATE SCHEMA reporting")
    ```

    ## Use instead

    Make sure that nothing in it is used, take a backup, drop it without CASCADE, and say why:

    ```python
    def upgrade():
        # alembic-review: allow[dropped-schema] empty since the reports moved in 2026-03
        op.execute("DROP SCHEMA reporting")

    def downgrade():
        op.execute("CREATE SCHEMA reporting")
    ```
    """

    severity = Severity.WARNING
    proof = Breaks("SELECT 'reporting'::regnamespace", "InvalidSchemaName")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.steps(DropObject):
            kind, name = step.operation.kind, step.operation.name
            if kind not in _WHAT or step.unused:
                continue
            there = step.before.object(kind, name)
            if there is not None and there.made_in == change.revision.id:
                continue
            what = _WHAT[kind].format(name)
            yield self.at(
                change,
                step,
                f"may {what.replace('drops', 'drop', 1)}" if step.ran is None else what,
                "Take a backup, and say why: # alembic-review: allow[dropped-schema] reason",
                thing=name,
            )
