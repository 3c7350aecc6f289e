"""The versions of the packages that are installed beside us."""

from __future__ import annotations

import re


def version_of(package: str) -> tuple[int, ...] | None:
    """The version of an installed package, without what follows the numbers; None where it is not there."""
    from importlib.metadata import Distribution

    for found in Distribution.discover(name=package):
        # importlib.metadata.version() takes the package email to read this line.
        written = re.search(r"^Version:\s*(\d+(?:\.\d+)*)", found.read_text("METADATA") or "", re.MULTILINE)
        if written:
            return tuple(map(int, written[1].split(".")))
    return None
