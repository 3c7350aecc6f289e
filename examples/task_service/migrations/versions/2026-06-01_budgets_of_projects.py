"""budgets of projects

Revision ID: 91be4a6d07f3
Revises: 0c94e7a5d2b8
Create Date: 2026-06-01 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "91be4a6d07f3"
down_revision = "0c94e7a5d2b8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("project", sa.Column("budget", sa.Numeric(12, 2)))


def downgrade() -> None:
    op.drop_column("project", "budget")
