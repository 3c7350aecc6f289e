"""A file that somebody began and left."""

from alembic import op


def upgrade() -> None:
    op.drop_table("comment")
