"""Code that a help about enum types gives to type."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_review.schema import EnumType
from alembic_review.types import Name, quoted
from alembic_review_rules.locks.typed import BLOCK, executed


def dropping(enum: EnumType) -> str:
    """What drops *enum*.

    A type that SQLAlchemy made is dropped by it too: that does nothing on databases which have no such types.
    """
    made = enum.made_by
    if made is None or made.sql is not None:
        return f"op.execute({f'DROP TYPE {enum.name.sql}'!r})"
    schema = f', schema="{enum.name.schema}"' if enum.name.schema else ""
    return f'sa.Enum(name="{enum.name.name}"{schema}).drop(op.get_bind(), checkfirst=True)'


def renaming(name: Name, new: Name) -> str:
    """What gives an enum type another name, in the same schema."""
    return executed(f"ALTER TYPE {name.sql} RENAME TO {quoted(new.name)}")


def adding(name: Name, old: Sequence[str], new: Sequence[str]) -> str:
    """What adds the labels of *new* that *old* lacks, each in its place, and commits them, so that they can be used."""
    first, *others = [_value(label, at, old, new) for at, label in enumerate(new) if label not in old]
    more = f", and the same for {', '.join(others)}" if others else ""
    return BLOCK + executed(f"ALTER TYPE {name.sql} ADD VALUE IF NOT EXISTS {first}") + more


def _value(label: str, at: int, old: Sequence[str], new: Sequence[str]) -> str:
    following = next((other for other in new[at:] if other in old), None)
    return _literal(label) if following is None else f"{_literal(label)} BEFORE {_literal(following)}"


def _literal(label: str) -> str:
    return "'" + label.replace("'", "''") + "'"
