"""members have a phone number

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
    op.add_column("member", sa.Column("phone_number", sa.String(length=50)))
    op.drop_column("member", "phone")


def downgrade() -> None:
    op.add_column("member", sa.Column("phone", sa.String(length=50)))
    op.drop_column("member", "phone_number")
