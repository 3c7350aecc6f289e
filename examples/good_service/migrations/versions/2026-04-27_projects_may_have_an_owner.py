"""projects may have an owner

Revision ID: f3b02d71c8e6
Revises: 7d15c3fb0e98
Create Date: 2026-04-27 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "f3b02d71c8e6"
down_revision = "7d15c3fb0e98"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("project", sa.Column("owner_id", sa.Integer()))
    # NOT VALID: rows that are there are looked at in the next revision, without a lock that others wait for.
    op.create_foreign_key("project_owner_id_fkey", "project", "member", ["owner_id"], ["id"], postgresql_not_valid=True)


def downgrade() -> None:
    op.drop_constraint("project_owner_id_fkey", "project")
    op.drop_column("project", "owner_id")
