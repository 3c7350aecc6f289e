"""Flags downgrades that leave behind an enum type which was not there before."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change
from alembic_review.diagnostics import Severity
from alembic_review.operations import DropEnum, Raise, RenameObject
from alembic_review.proof import LeavesBehind
from alembic_review.rule import Finding, Rule
from alembic_review.schema import EnumType
from alembic_review.types import Name
from alembic_review_rules.enums.places import declared_at
from alembic_review_rules.enums.typed import dropping, renaming


class EnumLeftBehind(Rule):
    """
    A downgrade that leaves behind an enum type which its upgrade created.

    ## Why is this bad?

    PostgreSQL keeps an enum type when the last column that uses it is dropped, and autogenerate writes no line for
    it. The next upgrade then stops at `type "job_state" already exists`.

    ## Example

    ```python
    def upgrade():
        op.create_table("job", sa.Column("state", sa.Enum("new", "done", name="job_state")))

    def downgrade():
        op.drop_table("job")
    ```

    ## Use instead

    ```python
    def upgrade():
        op.create_table("job", sa.Column("state", sa.Enum("new", "done", name="job_state")))

    def downgrade():
        op.drop_table("job")
        op.execute("DROP TYPE job_state")
    ```
    """

    severity = Severity.ERROR
    proof = LeavesBehind("enum type")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql" or change.revision.downgrade is None:
            return
        if any(step.ran for step in change.downgrades(Raise)):
            return
        before, reverted = change.before.enums, change.reverted.enums
        for name in reverted.differing(before):
            enum = reverted.get(name)
            if enum is None or enum.uncertain or name in before or enum.origin is None or _was_there(change, name):
                continue
            here = enum.made_in == change.revision.id
            if here and not enum.origin.upgrade:
                # What a downgrade makes is what its author knows to have been there.
                continue
            # A type that another revision made has only another name now.
            yield self.at(
                change,
                declared_at(enum.origin.operation, str(name)) if here else "downgrade",
                f'downgrade() leaves the enum type "{name}" behind',
                _help(change, enum),
                direction="upgrade" if here else "downgrade",
                thing=name,
            )


def _help(change: Change, enum: EnumType) -> str:
    gone = (one for one in change.before.enums if one not in change.reverted.enums)
    renamed = next((one for one in gone if change.before.enums[one].origin == enum.origin), None)
    if renamed is not None:
        return f"End downgrade() with {renaming(enum.name, renamed)}."
    drop = dropping(enum)
    for table, column in change.reverted.columns_of_type(enum.name):
        if not (table.uncertain or column.uncertain):
            return f'End downgrade() with the drop of "{table.name}.{column.name}", and then {drop}.'
    return f"End downgrade() with {drop}."


def _was_there(change: Change, name: Name) -> bool:
    """Whether the upgrade renames or drops a type of that name, which the history does not tell of."""
    for step in change.upgrades(DropEnum, RenameObject):
        operation = step.operation
        if isinstance(operation, (DropEnum, RenameObject)) and operation.name == name and not step.unused:
            return name not in step.before.enums
    return False
