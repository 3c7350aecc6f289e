"""Runs the migrations of the example: nothing here is special."""

from alembic import context
from sqlalchemy import create_engine

config = context.config
target_metadata = None


def include_name(name, type_, parent_names):
    return not (type_ == "table" and name.startswith("celery_"))


engine = create_engine(config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=target_metadata, include_name=include_name)
    with context.begin_transaction():
        context.run_migrations()
