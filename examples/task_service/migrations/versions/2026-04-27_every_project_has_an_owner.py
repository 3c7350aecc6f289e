"""every project has an owner

Revision ID: f3b02d71c8e6
Revises: a56d8ef3902c
Create Date: 2026-04-27 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "f3b02d71c8e6"
down_revision = "a56d8ef3902c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("project", sa.Column("owner_id", sa.Integer(), nullable=False))


def downgrade() -> None:
    op.drop_column("project", "owner_id")
