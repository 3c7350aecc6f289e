"""Flags exclusion constraints whose index is built while reads and writes of their table wait."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddConstraint
from alembic_review.proof import Scans
from alembic_review.rule import Finding, Rule
from alembic_review_rules.locks.works import works


class ExclusionBlocks(Rule):
    """
    An exclusion constraint that is added to a table in use.

    ## Why is this bad?

    It is kept by an index, which PostgreSQL builds under an ACCESS EXCLUSIVE lock: nobody reads or writes the table
    while every row is compared with the others. There is no NOT VALID for it, and it takes over no index that was
    built concurrently.

    Left alone are tables that the same upgrade makes or empties, and those that the settings call small. Downgrades are
    not judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("booking", sa.Column("days", postgresql.DATERANGE()))

    def downgrade():
        op.drop_table("booking")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_exclude_constraint("no_overlap", "booking", ("days", "&&"), using="gist")

    def downgrade():
        op.drop_constraint("no_overlap", "booking")
    ```

    ## Use instead

    Declare it with the table. For a table that is in use there is no way beside running writes: measure how long it
    takes on a copy, choose an hour, give up rather than make everybody wait, and say why:

    ```python
    def upgrade():
        op.execute("SET LOCAL lock_timeout = '5s'")
        # alembic-review: allow[exclusion-blocks] 40,000 rows, half a second on the copy
        op.create_exclude_constraint("no_overlap", "booking", ("days", "&&"), using="gist")

    def downgrade():
        op.drop_constraint("no_overlap", "booking")
    ```
    """

    severity = Severity.WARNING
    proof = Scans("booking", under="ACCESS EXCLUSIVE")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(AddConstraint):
            for work in works(change, step, self.config):
                if work.kind == "exclude":
                    yield self.at(
                        change,
                        step,
                        f"blocks {work.stops} while {work.doing}",
                        "There is no way beside running writes: measure it on a copy, and give up early: "
                        "op.execute(\"SET LOCAL lock_timeout = '5s'\") before it.",
                        table=work.table,
                        thing=f"{work.table}.{work.name}",
                    )
