"""members have a nickname

Revision ID: b83d5e07c4f2
Revises: 6f1c0a2d9b31
Create Date: 2026-01-19 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b83d5e07c4f2"
down_revision = "6f1c0a2d9b31"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member", sa.Column("nickname", sa.String(length=50)))


def downgrade() -> None:
    op.drop_column("member", "nickname")
