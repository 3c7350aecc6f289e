"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``; did you mean "x"?`` with the known name most like `name`, or nothing where none is like it."""
    import difflib

    close = difflib.get_close_matches(name.lower().replace("_", "-"), sorted(known), n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else ""
