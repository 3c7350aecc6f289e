"""Revision ids: new ones, and what tells that one was made up."""

from __future__ import annotations

import re
from itertools import pairwise

from alembic_review.digest import digest
from alembic_review.revision import Revision


def fresh(revision: Revision) -> str:
    """An id that this file could have: twelve hexadecimal digits, the same in every run."""
    return digest(f"{revision.path.rpartition('/')[2]} {revision.id}".encode())[:12]


_ONE_WORD = re.compile(r"[0-9a-z]{9,40}")
_ALPHABETS = ("0123456789", "abcdef", "abcdefghijklmnopqrstuvwxyz", "0123456789abcdef")
_SAME, _NEXT, _LAST = 1, 2, 4
_NEIGHBOURS = frozenset(pair for alphabet in _ALPHABETS for pair in pairwise(alphabet + alphabet[0]))
_RELATIONS = {(letter, letter): _SAME for letter in "0123456789abcdefghijklmnopqrstuvwxyz"}
for _first, _second in _NEIGHBOURS:
    _RELATIONS[_first, _second] = _RELATIONS.get((_first, _second), 0) | _NEXT
    _RELATIONS[_second, _first] = _RELATIONS.get((_second, _first), 0) | _LAST

# By how far two letters are apart: what the later one is to the earlier, in even places and in odd places.
_PATTERNS = {
    1: ((_NEXT, _NEXT), (_LAST, _LAST), (_SAME, _SAME)),
    2: ((_NEXT, _NEXT), (_LAST, _LAST), (_NEXT, _LAST), (_LAST, _NEXT), (_SAME, _SAME)),
    3: ((_NEXT, _NEXT), (_SAME, _SAME)),
}
_LEAST, _SHARE = 7, 0.6


def made_up(identifier: str) -> bool:
    """Whether an id counts, or repeats itself, as one that was drawn at random does once in 50,000 times.

    ``a1b2c3d4e5f6``: every second letter follows the one before. Numbers that only repeat themselves, as 000000000012
    does, are left alone: those are counted.
    """
    if not _ONE_WORD.fullmatch(identifier):
        return False
    counted = identifier.isdigit()
    for distance, patterns in _PATTERNS.items():
        found = [_RELATIONS.get(pair, 0) for pair in zip(identifier, identifier[distance:], strict=False)]
        least = max(_LEAST, _SHARE * len(found))
        if len(found) - found.count(0) < least:
            continue
        for even, odd in patterns:
            agreeing = sum(bool(one & even) for one in found[::2]) + sum(bool(one & odd) for one in found[1::2])
            if agreeing >= least and not (counted and even == _SAME):
                return True
    return False
