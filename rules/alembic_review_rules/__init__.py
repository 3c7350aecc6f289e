"""The rules that come with alembic-review: a folder per group, a module per rule."""
