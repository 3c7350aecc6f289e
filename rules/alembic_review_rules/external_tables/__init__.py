"""Tables that are not Alembic's to touch."""
