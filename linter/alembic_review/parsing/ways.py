"""The way to a node, and how the blocks of compound statements are numbered in it."""

Way = tuple[int, ...]

BODY, ORELSE, FINALLY, HANDLERS = 0, 1, 2, 3
"""Handlers count on from their number: the second ``except`` is 4."""
