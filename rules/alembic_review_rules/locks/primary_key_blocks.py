"""Flags primary keys whose index is built while reads and writes of their table wait."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, AddConstraint, PrimaryKey
from alembic_review.proof import Scans
from alembic_review.rule import Finding, Rule
from alembic_review_rules.locks.using_index import using_index
from alembic_review_rules.locks.works import works


class PrimaryKeyBlocks(Rule):
    """
    A primary key that is added to a table in use.

    ## Why is this bad?

    It is kept by an index, which PostgreSQL builds under an ACCESS EXCLUSIVE lock: nobody reads or writes the table
    while all of it is read and sorted. Columns that may be NULL become NOT NULL, of which not-null-scan tells.

    Left alone are tables that the same upgrade makes or empties, and those that the settings call small. Downgrades are
    not judged.

    ## Given

    ```python
    def upgrade():
        op.create_table("account", sa.Column("number", sa.Integer(), nullable=False))

    def downgrade():
        op.drop_table("account")
    ```

    ## Example

    ```python
    def upgrade():
        op.create_primary_key("pk_account", "account", ["number"])

    def downgrade():
        op.drop_constraint("pk_account", "account", type_="primary")
    ```

    ## Use instead

    Make the columns NOT NULL first (see not-null-scan), and build the index concurrently, in a revision of its own.
    The key then takes it over in an instant:

    ```python
    def upgrade():
        with op.get_context().autocommit_block():
            op.drop_index("pk_account", table_name="account", postgresql_concurrently=True, if_exists=True)
            op.create_index("pk_account", "account", ["number"], unique=True, postgresql_concurrently=True)

    def downgrade():
        with op.get_context().autocommit_block():
            op.drop_index("pk_account", table_name="account", postgresql_concurrently=True, if_exists=True)
    ```

    ```python
    def upgrade():
        op.execute("ALTER TABLE account ADD CONSTRAINT pk_account PRIMARY KEY USING INDEX pk_account")

    def downgrade():
        op.drop_constraint("pk_account", "account", type_="primary")
    ```
    """

    severity = Severity.WARNING
    proof = Scans("account", under="ACCESS EXCLUSIVE")

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.upgrades(AddConstraint, AddColumn):
            for work in works(change, step, self.config):
                if work.kind == "primary key":
                    made = step.after.constraint(work.table, work.name)
                    key = made.definition if made is not None else PrimaryKey()
                    yield self.at(
                        change,
                        step,
                        f"blocks {work.stops} while {work.doing}",
                        using_index(change, work.table, work.name, key),
                        table=work.table,
                        thing=f"{work.table}.{work.name}",
                    )
