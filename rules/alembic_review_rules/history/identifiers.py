"""Revision ids: new ones, and what tells that one was made up."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import cycle, pairwise

from alembic_review.revision import Revision


def fresh(revision: Revision) -> str:
    """An id that this file could have: twelve hexadecimal digits, the same in every run."""
    return hashlib.sha256(f"{revision.path.rpartition('/')[2]} {revision.id}".encode()).hexdigest()[:12]


_ONE_WORD = re.compile(r"[0-9a-z]{9,40}")
_ALPHABETS = ("0123456789", "abcdef", "abcdefghijklmnopqrstuvwxyz", "0123456789abcdef")
_FOLLOWS = frozenset(pair for alphabet in _ALPHABETS for pair in pairwise(alphabet + alphabet[0]))
# How far apart, and the step from a letter to that one: in even places, in odd places.
_PATTERNS = (
    *((1, 1, 1), (1, -1, -1), (1, 0, 0)),
    *((2, 1, 1), (2, -1, -1), (2, 1, -1), (2, -1, 1), (2, 0, 0)),
    *((3, 1, 1), (3, 0, 0)),
)
_LEAST, _SHARE = 7, 0.6


def made_up(identifier: str) -> bool:
    """Whether an id counts, or repeats itself, as one that was drawn at random does once in 50,000 times.

    ``a1b2c3d4e5f6``: every second letter follows the one before. Numbers that only repeat themselves, as 000000000012
    does, are left alone: those are counted.
    """
    if not _ONE_WORD.fullmatch(identifier):
        return False
    return any(
        _agreeing(identifier, distance, steps) >= max(_LEAST, _SHARE * (len(identifier) - distance))
        for distance, *steps in _PATTERNS
        if any(steps) or not identifier.isdigit()
    )


def _agreeing(identifier: str, distance: int, steps: Sequence[int]) -> int:
    """How many letters are what the pattern makes of the one so far before them: the same, the next, the last."""
    return sum(
        first == second if not step else (first, second) in _FOLLOWS if step > 0 else (second, first) in _FOLLOWS
        for first, second, step in zip(identifier, identifier[distance:], cycle(steps), strict=False)
    )
