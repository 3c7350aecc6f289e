"""``python -m alembic_review``: the command, where its script is not on the path."""

from alembic_review.cli import process

process()
