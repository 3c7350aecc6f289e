"""members have a full name

Revision ID: 7d15c3fb0e98
Revises: e40ab92c7715
Create Date: 2026-03-02 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "7d15c3fb0e98"
down_revision = "e40ab92c7715"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member", sa.Column("full_name", sa.String(length=100), nullable=False, server_default=""))
    op.drop_column("member", "name")


def downgrade() -> None:
    op.add_column("member", sa.Column("name", sa.String(length=100), nullable=False, server_default=""))
    op.drop_column("member", "full_name")
