"""what autogenerate made of celery's results

Revision ID: 29c7f18ea6d4
Revises: b83d5e07c4f2
Create Date: 2026-02-02 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "29c7f18ea6d4"
down_revision = "b83d5e07c4f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("celery_taskmeta")


def downgrade() -> None:
    op.create_table(
        "celery_taskmeta",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("task_id", sa.String(length=155), unique=True),
        sa.Column("status", sa.String(length=50)),
        sa.Column("result", sa.LargeBinary()),
        sa.Column("date_done", sa.DateTime()),
        sa.Column("traceback", sa.Text()),
    )
