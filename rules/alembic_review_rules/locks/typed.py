"""Code that a help gives to type."""

from __future__ import annotations

from alembic_review.types import Name, quoted

BLOCK = "with op.get_context().autocommit_block(): "


def executed(sql: str) -> str:
    """``op.execute()`` of a statement."""
    quotes = '"' if '"' not in sql else "'" if "'" not in sql else '"""'
    return f"op.execute({quotes}{sql}{quotes})"


def validated(table: Name, name: str) -> str:
    """What reads the rows for a constraint that was added NOT VALID, and lets others read and write."""
    return BLOCK + executed(f"ALTER TABLE {table.sql} VALIDATE CONSTRAINT {quoted(name)}")


def texts(names: tuple[str, ...]) -> str:
    """A list of names, in Python."""
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
