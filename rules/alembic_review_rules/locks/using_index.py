"""The way to a key that stops nobody: an index built concurrently, which the key then takes over."""

from __future__ import annotations

from alembic_review.change import Change
from alembic_review.operations import Constraint, DropConstraint, DropIndex, PrimaryKey, Unique
from alembic_review.types import Name, quoted
from alembic_review_rules.locks.typed import BLOCK, executed, texts


def using_index(change: Change, table: Name, name: str, constraint: Constraint) -> str | None:
    """What to type instead of adding a primary key or unique constraint called *name*; None for any other.

    Where a key of that name is replaced, the new index is built beside the old one: the constraint gives it the name.
    """
    if not isinstance(constraint, (PrimaryKey, Unique)):
        return None
    kind = "PRIMARY KEY" if isinstance(constraint, PrimaryKey) else "UNIQUE"
    schema = f', schema="{table.schema}"' if table.schema else ""
    dropped = {step.operation.name for step in change.upgrades(DropConstraint)}
    gone = {step.operation.name.name for step in change.upgrades(DropIndex) if step.operation.name is not None}
    is_taken = change.before.indexes.get(Name(name, table.schema)) is not None or name in dropped | gone
    index = f"{name}_new" if is_taken else name
    arguments = f'"{index}", "{table.name}", {texts(constraint.columns)}, unique=True{schema}'
    taken = f"ALTER TABLE {table.sql} ADD CONSTRAINT {quoted(name)} {kind} USING INDEX {quoted(index)}"
    return (
        f"In a revision of its own: {BLOCK}op.create_index({arguments}, postgresql_concurrently=True); "
        f"then {executed(taken)}"
    )
