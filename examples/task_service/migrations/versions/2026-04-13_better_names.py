"""better names

Revision ID: a56d8ef3902c
Revises: 18f7b4c25ad0
Create Date: 2026-04-13 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "a56d8ef3902c"
down_revision = "18f7b4c25ad0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("project", "title", new_column_name="name")
    op.rename_table("task_history", "task_run")


def downgrade() -> None:
    op.rename_table("task_run", "task_history")
    op.alter_column("project", "name", new_column_name="title")
