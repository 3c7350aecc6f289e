"""What git says of a branch beside its base, and the paths by which it knows files: values only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct


class Branch(Struct, frozen=True):
    """How the files of one history stand to a base branch.

    `base` is what people call it, `tip` its newest commit, and `fork` the newest one that it has in common with this
    branch. `at_fork` and `at_tip` have the revision files of these commits: the hash of the content by the real path
    that the file would have here. `changed` are the real paths of files here that are not as they are at the fork;
    a file that only moved is none. `environment` says whether env.py is one.
    """

    top: Path
    base: str
    tip: str
    fork: str
    at_fork: Mapping[str, str]
    at_tip: Mapping[str, str]
    changed: frozenset[str]
    environment: bool

    @property
    def key(self) -> str:
        """All that it says beside the content of files that are here."""
        return f"{self.base} {self.tip} {self.fork} {sorted(self.changed)} {self.environment}"


class RealPaths:
    """The real paths of files, many of which lie in one folder."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def __call__(self, file: str | Path) -> str:
        folder, name = os.path.split(file)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        path = os.path.join(self._folders[folder], name)
        return os.path.realpath(path) if os.path.islink(path) else path
