"""The way to a key that stops nobody: an index built concurrently, which the key then takes over."""

from __future__ import annotations

from alembic_review.operations import Constraint, PrimaryKey, Unique
from alembic_review.types import Name


def using_index(table: Name, name: str, constraint: Constraint) -> str | None:
    """What to type instead of adding a primary key or unique constraint called *name*; None for any other."""
    if not isinstance(constraint, (PrimaryKey, Unique)):
        return None
    kind = "PRIMARY KEY" if isinstance(constraint, PrimaryKey) else "UNIQUE"
    columns = ", ".join(f'"{column}"' for column in constraint.columns)
    schema = f', schema="{table.schema}"' if table.schema else ""
    arguments = f'"{name}", "{table.name}", [{columns}], unique=True{schema}, postgresql_concurrently=True'
    return (
        f"In a revision of its own: with op.get_context().autocommit_block(): op.create_index({arguments}); then "
        f'op.execute("ALTER TABLE {table.sql} ADD CONSTRAINT {name} {kind} USING INDEX {name}")'
    )
