"""Flags what the database refuses for reasons of its own."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_review.change import Change, Refusal
from alembic_review.diagnostics import Severity
from alembic_review.operations import CreateTable, Operation, Place
from alembic_review.proof import Fails
from alembic_review.rule import Finding, Rule
from alembic_review_rules.refusals import in_vain, told_of


class RefusedOperation(Rule):
    """
    An operation that the database refuses, for a reason that no other rule is about.

    ## Why is this bad?

    The deployment stops there, and what the revision did is rolled back. It is mostly something that others stand on:
    a table or column that a foreign key or a view needs, a foreign key between columns of types that cannot be
    compared, or to columns that are not unique.

    ## Given

    ```python
    def upgrade():
        op.create_table("team", sa.Column("id", sa.Integer(), primary_key=True))
        op.create_table("player", sa.Column("team_id", sa.Integer(), sa.ForeignKey("team.id")))

    def downgrade():
        op.drop_table("player")
        op.drop_table("team")
    ```

    ## Example

    ```python
    def upgrade():
        op.drop_table("team")

    def downgrade():
        op.create_table("team", sa.Column("id", sa.Integer(), primary_key=True))
    ```

    ## Use instead

    ```python
    def upgrade():
        op.drop_constraint("player_team_id_fkey", "player", type_="foreignkey")
        op.drop_table("team")

    def downgrade():
        op.create_table("team", sa.Column("id", sa.Integer(), primary_key=True))
        op.create_foreign_key("player_team_id_fkey", "player", "team", ["team_id"], ["id"])
    ```
    """

    severity = Severity.ERROR
    proof = Fails("DependentObjectsStillExist")

    def check(self, change: Change) -> Iterator[Finding]:
        if self.config.dialect != "postgresql":
            return
        for step, refusal in told_of(type(self), change):
            yield self.at(
                change,
                step,
                f"the database refuses this: {refusal.message}{_because(refusal)}{in_vain(step.operation)}",
                _help(step.operation, refusal),
                place=_place(step.operation, refusal),
                table=refusal.table,
                thing=refusal.name or refusal.table,
            )


def _because(refusal: Refusal) -> str:
    named = [
        f'the {dependent.kind} "{dependent.name}"' + (f' of "{dependent.table}"' if dependent.table else "")
        for dependent in refusal.dependents
    ]
    return f": {', '.join(sorted(named))}" if named else ""


# Types of other databases, with what SQLAlchemy calls them everywhere, and PostgreSQL.
_EVERYWHERE = {
    **dict.fromkeys(("datetime", "datetime2", "smalldatetime"), ("DateTime", "timestamp")),
    **dict.fromkeys(("tinyint", "year"), ("SmallInteger", "smallint")),
    **dict.fromkeys(("tinytext", "mediumtext", "longtext", "clob", "nclob"), ("Text", "text")),
    **dict.fromkeys(("blob", "tinyblob", "mediumblob", "longblob", "binary", "varbinary"), ("LargeBinary", "bytea")),
    "double": ("Double", "double precision"),
    "mediumint": ("Integer", "integer"),
    "nvarchar": ("String", "varchar"),
    "number": ("Numeric", "numeric"),
    "uniqueidentifier": ("Uuid", "uuid"),
}


def _help(operation: Operation, refusal: Refusal) -> str | None:
    """What to write in place of a type that only other databases have."""
    names = _EVERYWHERE.get(refusal.name) if refusal.kind == "type" else None
    if names is None:
        return None
    if operation.sql is not None:
        return f"Write {names[1]}."
    return f"Write sa.{names[0]}(): {refusal.name} is what another database calls it."


def _place(operation: Operation, refusal: Refusal) -> Place | None:
    """Where a new table declares what is refused: the column of a type, the foreign key."""
    if not isinstance(operation, CreateTable):
        return None
    typed = (column.place for column in operation.columns if column.type.name == refusal.name)
    keys = (key.place for key in operation.constraints if key.name == refusal.name)
    return next(typed if refusal.kind == "type" else keys, None)
