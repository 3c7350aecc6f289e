"""find the history of a task

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
    # Writes go on while the index is built, which takes no transaction around it.
    with op.get_context().autocommit_block():
        op.create_index("ix_task_history_task_id", "task_history", ["task_id"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_task_history_task_id", "task_history", postgresql_concurrently=True)
