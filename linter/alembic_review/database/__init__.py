"""A real PostgreSQL: a server to try things on, and what stands in its catalogue."""
