"""Notes downgrades that refuse on purpose."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import Raise
from alembic_review.rule import Finding, Rule


class IrreversibleDowngrade(Rule):
    """
    A downgrade that refuses on purpose.

    ## Why is this bad?

    It is not bad: a clear refusal is better than a downgrade that does half of the work. It is worth knowing before
    the release, since from this revision on the only way back is a backup or a new revision.

    ## Example

    ```python
    def upgrade():
        op.drop_column("account", "legacy_hash")

    def downgrade():
        raise NotImplementedError("the hashes are gone")
    ```

    ## Given

    ```python
    def upgrade():
        op.create_table("account", sa.Column("id", sa.Integer()), sa.Column("legacy_hash", sa.Text()))

    def downgrade():
        op.drop_table("account")
    ```

    ## Use instead

    Where the schema can be brought back, though not the data, bring it back:

    ```python
    def upgrade():
        op.drop_column("account", "legacy_hash")

    def downgrade():
        op.add_column("account", sa.Column("legacy_hash", sa.Text()))
    ```
    """

    severity = Severity.INFO

    def check(self, change: Change) -> Iterator[Finding]:
        if any(step.ran for step in change.upgrades(Raise)):
            # There is no way to this revision, so that none back is needed.
            return
        for step in change.downgrades(Raise):
            if step.ran:
                raised = step.operation
                why = f": {raised.message}" if raised.message else ""
                yield self.at(change, step, f"downgrade() refuses with {raised.exception}{why}")
