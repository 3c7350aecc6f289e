"""archive projects

Revision ID: 5ea1d0b9374f
Revises: 0c94e7a5d2b8
Create Date: 2026-05-25 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "5ea1d0b9374f"
down_revision = "0c94e7a5d2b8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("project", sa.Column("archived_at", sa.DateTime()))


def downgrade() -> None:
    op.drop_column("project", "archived_at")
