"""How like names are to one another, and which was probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def resemblance(one: str, other: str) -> float:
    """From 0 to 1, as ``difflib.SequenceMatcher.ratio`` has it."""
    # Imported here and below since most runs find no name that wants another.
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one, other).ratio()


def nearest(name: str, known: Iterable[str], *, least: float, count: int = 1) -> list[str]:
    """At most `count` of the known names, most like first, each at least so like `name`."""
    from difflib import get_close_matches

    return get_close_matches(name, list(known), n=count, cutoff=least)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``; did you mean "x"?`` with the known name most like `name`, or nothing where none is like it."""
    close = nearest(name.lower().replace("_", "-"), sorted(known), least=0.5)
    return f'; did you mean "{close[0]}"?' if close else ""
