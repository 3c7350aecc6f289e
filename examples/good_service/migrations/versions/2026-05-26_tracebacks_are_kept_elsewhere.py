"""tracebacks are kept elsewhere

Revision ID: d27c6f80b15e
Revises: 0c94e7a5d2b8
Create Date: 2026-05-26 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "d27c6f80b15e"
down_revision = "0c94e7a5d2b8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("task_history", "traceback")  # alembic-review: allow[dropped-column] in Sentry since April


def downgrade() -> None:
    op.add_column("task_history", sa.Column("traceback", sa.Text()))
