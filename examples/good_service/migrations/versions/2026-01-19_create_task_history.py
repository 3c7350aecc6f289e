"""create task history

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
    op.create_table(
        "task_history",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("traceback", sa.Text()),
    )


def downgrade() -> None:
    op.drop_table("task_history")
