"""Runs the migrations of the example, on the database of DATABASE_URL or else on that of alembic.ini."""

import os

from alembic import context
from sqlalchemy import create_engine

from models import Base


def include_name(name, type_, parent_names):
    # Celery makes its tables itself.
    return not (type_ == "table" and name.startswith("celery_"))


engine = create_engine(os.environ.get("DATABASE_URL") or context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=include_name,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
