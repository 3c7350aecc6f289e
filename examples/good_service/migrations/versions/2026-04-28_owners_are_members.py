"""owners are members

Revision ID: 0c94e7a5d2b8
Revises: f3b02d71c8e6
Create Date: 2026-04-28 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0c94e7a5d2b8"
down_revision = "f3b02d71c8e6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE project VALIDATE CONSTRAINT project_owner_id_fkey")


def downgrade() -> None:
    pass
