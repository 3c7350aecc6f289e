"""Rows that are changed by a revision."""
