"""totals

Revision ID: 0c94e7a5d2b8
Revises: f3b02d71c8e6
Create Date: 2026-05-11 09:00:00
"""

import sqlalchemy as sa
from alembic import op
from company_tools import rebuild_totals

revision = "0c94e7a5d2b8"
down_revision = "f3b02d71c8e6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE VIEW project_total AS SELECT count(*) AS members FROM member")
    rebuild_totals(op.get_bind())


def downgrade() -> None:
    pass
