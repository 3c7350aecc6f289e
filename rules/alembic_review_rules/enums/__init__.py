"""Enum types of PostgreSQL, which outlive their columns."""
