"""priority of tasks

Revision ID: e40ab92c7715
Revises: b83d5e07c4f2
Create Date: 2026-02-16 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "e40ab92c7715"
down_revision = "b83d5e07c4f2"
branch_labels = None
depends_on = None


priority = sa.Enum("low", "high", name="task_priority")


def upgrade() -> None:
    # add_column makes no enum type, as create_table does.
    priority.create(op.get_bind())
    op.add_column("task_history", sa.Column("priority", priority))


def downgrade() -> None:
    op.drop_column("task_history", "priority")
    priority.drop(op.get_bind())
