"""What the database or Alembic will refuse, or silently not do."""
