"""notes become comments

Revision ID: c92e60d4a1b7
Revises: 7d15c3fb0e98
Create Date: 2026-03-16 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "c92e60d4a1b7"
down_revision = "7d15c3fb0e98"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.drop_table("note")


def downgrade() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.drop_table("comment")
