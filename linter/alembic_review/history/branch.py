"""What git says of a branch beside its base: values only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alembic_review.records import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
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
