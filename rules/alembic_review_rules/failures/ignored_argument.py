"""Flags arguments that Alembic drops without a word, or does not take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from alembic_review.change import Change
from alembic_review.config import Version
from alembic_review.diagnostics import Severity
from alembic_review.operations import AddColumn, CreateTable, DropColumn, DropConstraint, Keyword, Operation
from alembic_review.proof import ChangesNothing
from alembic_review.rule import Finding, Rule
from alembic_review_rules.refusals import told_of


class IgnoredArgument(Rule):
    """
    An argument that Alembic drops without a word, or does not take at all.

    ## Why is this bad?

    `op.alter_column` and `op.drop_column` take any keyword, for the sake of dialects. One that no dialect knows is
    dropped: `op.alter_column("job", "state", default="new")` sends no SQL at all, and succeeds. Elsewhere SQLAlchemy
    takes what stands before the first underscore for the name of a dialect. `on_delete="CASCADE"` is an argument for
    the dialect "on", which there is not: the foreign key is made without ON DELETE, and all there is to see of it is a
    warning. An argument without an underscore, such as `concurrently=True`, and one that the dialect does not have,
    such as `postgresql_concurently=True`, stop the revision with an error when it is run; so does a `sa.Column`
    without a name, or in the place of a name.

    What may be meant for a dialect that comes with another package is not flagged. Arguments that came late to Alembic,
    such as the `if_not_exists=` of `op.add_column` with 1.16, are flagged for a version that does not have them yet:
    the one that the setting `alembic` names, else the one that is installed.

    ## Given

    ```python
    def upgrade():
        op.create_table("job", sa.Column("state", sa.Text()))

    def downgrade():
        op.drop_table("job")
    ```

    ## Example

    ```python
    def upgrade():
        op.alter_column("job", "state", default="new")

    def downgrade():
        op.alter_column("job", "state", default=None)
    ```

    ## Use instead

    ```python
    def upgrade():
        op.alter_column("job", "state", server_default="new")

    def downgrade():
        op.alter_column("job", "state", server_default=None)
    ```
    """

    severity = Severity.ERROR
    proof = ChangesNothing()

    def check(self, change: Change) -> Iterator[Finding]:
        for step in change.steps(Operation):
            for keyword in step.operation.unfit:
                if not keyword.refused:
                    yield self.at(
                        change,
                        step,
                        f"{keyword.called} drops the argument {keyword.name}=",
                        _help(keyword),
                        place=keyword.place,
                        thing=keyword.name,
                    )
            late = _late(step.operation)
            if late is not None and self.config.alembic is not None and self.config.alembic < late.since:
                version = ".".join(map(str, self.config.alembic))
                does = "takes no" if late.refused else "drops the argument"
                since = ".".join(map(str, late.since))
                yield self.at(
                    change,
                    step,
                    f"{late.called} of Alembic {version} {does} {late.name}=, which came with {since}",
                    f"Require alembic>={since}.",
                    thing=late.name,
                )
        for step, refusal in told_of(type(self), change):
            unfit = next((keyword for keyword in step.operation.unfit if keyword.name == refusal.name), None)
            yield self.at(
                change,
                step,
                f"Alembic refuses this call: {refusal.message}",
                _help(unfit) if unfit else None,
                place=unfit.place if unfit else None,
                thing=refusal.name or None,
            )


class _Late(NamedTuple):
    """A keyword of a directive that is younger than the oldest Alembic we know."""

    called: str
    name: str
    since: Version
    refused: bool = True


def _late(operation: Operation) -> _Late | None:
    match operation:
        case AddColumn(inline_references=True):
            return _Late("add_column()", "inline_references", (1, 18, 2))
        case AddColumn(if_not_exists=True, sql=None):
            return _Late("add_column()", "if_not_exists", (1, 16))
        case DropColumn(if_exists=True, sql=None):
            return _Late("drop_column()", "if_exists", (1, 16), refused=False)
        case DropConstraint(if_exists=True, sql=None):
            return _Late("drop_constraint()", "if_exists", (1, 16))
        case CreateTable(if_not_exists=True, sql=None, by_table=False):
            return _Late("create_table()", "if_not_exists", (1, 13, 3), refused=False)
    return None


def _help(keyword: Keyword) -> str:
    return f"Write {keyword.meant}=." if keyword.meant else f"Remove {keyword.name}=."
