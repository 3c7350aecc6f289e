"""How an enum type is dropped, in one line to type."""

from __future__ import annotations

from alembic_review.schema import EnumType


def drop_call(enum: EnumType) -> str:
    """The call that drops *enum*.

    A type that SQLAlchemy made is dropped by it too: that does nothing on databases which have no such types.
    """
    made = enum.made_by
    if made is None or made.sql is not None:
        return f"op.execute({f'DROP TYPE {enum.name.sql}'!r})"
    schema = f', schema="{enum.name.schema}"' if enum.name.schema else ""
    return f'sa.Enum(name="{enum.name.name}"{schema}).drop(op.get_bind(), checkfirst=True)'
