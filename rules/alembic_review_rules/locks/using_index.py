"""The way to a key that stops nobody: an index built concurrently, which the key then takes over."""

from __future__ import annotations

from alembic_review.operations import Constraint, PrimaryKey, Unique
from alembic_review.types import Name, quoted
from alembic_review_rules.locks.typed import BLOCK, executed, texts


def using_index(table: Name, name: str, constraint: Constraint) -> str | None:
    """What to type instead of adding a primary key or unique constraint called *name*; None for any other."""
    if not isinstance(constraint, (PrimaryKey, Unique)):
        return None
    kind = "PRIMARY KEY" if isinstance(constraint, PrimaryKey) else "UNIQUE"
    schema = f', schema="{table.schema}"' if table.schema else ""
    arguments = f'"{name}", "{table.name}", {texts(constraint.columns)}, unique=True{schema}'
    taken = f"ALTER TABLE {table.sql} ADD CONSTRAINT {quoted(name)} {kind} USING INDEX {quoted(name)}"
    return (
        f"In a revision of its own: {BLOCK}op.create_index({arguments}, postgresql_concurrently=True); "
        f"then {executed(taken)}"
    )
