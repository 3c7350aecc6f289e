"""priority of tasks

Revision ID: e40ab92c7715
Revises: 29c7f18ea6d4
Create Date: 2026-02-16 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "e40ab92c7715"
down_revision = "29c7f18ea6d4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task_history", sa.Column("priority", sa.Enum("low", "high", name="task_priority")))


def downgrade() -> None:
    op.drop_column("task_history", "priority")
