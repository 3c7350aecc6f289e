"""create projects and members

Revision ID: 6f1c0a2d9b31
Revises:
Create Date: 2026-01-05 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "6f1c0a2d9b31"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("title", sa.String(length=200), nullable=False),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "project_id", sa.Integer(), sa.ForeignKey("project.id", name="member_project_id_fkey"), nullable=False
        ),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.Enum("owner", "editor", "viewer", name="member_role"), nullable=False),
        sa.Column("phone", sa.String(length=50)),
    )


def downgrade() -> None:
    op.drop_table("member")
    op.drop_table("project")
    # PostgreSQL keeps an enum type when its last column goes.
    op.execute("DROP TYPE member_role")
