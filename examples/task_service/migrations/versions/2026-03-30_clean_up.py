"""clean up

Revision ID: 18f7b4c25ad0
Revises: c92e60d4a1b7
Create Date: 2026-03-30 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "18f7b4c25ad0"
down_revision = "c92e60d4a1b7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("scratch")
    op.drop_column("task_history", "traceback")


def downgrade() -> None:
    op.add_column("task_history", sa.Column("traceback", sa.Text()))
    op.create_table("scratch", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("payload", sa.JSON()))
