"""Advice about schemas: off unless it is selected."""
