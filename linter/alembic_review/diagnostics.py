"""What is told to people: a diagnostic, how grave it is, where it points, and the report it stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from msgspec import Struct, field


class Severity(str, Enum):
    """How grave a finding is; the order of the members is that of gravity, gravest first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the gravest; smaller is graver."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Span(Struct, frozen=True):
    """A stretch of a file: lines and columns counted from 1, in characters; the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(1, 1, 1, 1)
"""Where a finding about a whole file points."""


class Diagnostic(Struct, frozen=True):
    """One finding, complete: reporters need nothing else but the source line.

    `path` is relative to the working directory where it lies below it, with forward slashes.
    `thing` names what the finding is about (``table.column``, a type, an index), stable when lines move:
    a baseline entry is (rule, revision, direction, thing).
    """

    rule: str
    group: str
    severity: Severity
    path: str
    span: Span
    message: str
    help: str | None = None
    revision: str | None = None
    direction: str | None = None
    table: str | None = None
    thing: str | None = None


class Report(Struct, frozen=True):
    """What one run found and did.

    `revisions` counts the revisions read in all `histories`, `reviewed` those of them that rules were shown.
    `read` and `unread` count operations; `unread_reasons` says how many could not be read for which reason.
    `bases` are the branches that were compared with. `rules` are those that were asked, `known` and `judged` the ids
    of the revisions that were read, and of those that were reviewed.
    `dialects` are those that the histories were taken to be for.
    `baseline` counts findings that a baseline leaves out, and `outlived` tells of its entries that no longer apply.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    histories: int = 0
    revisions: int = 0
    reviewed: int = 0
    read: int = 0
    unread: int = 0
    unread_reasons: Mapping[str, int] = field(default_factory=dict)
    bases: Sequence[str] = ()
    rules: Sequence[str] = ()
    known: Sequence[str] = ()
    judged: Sequence[str] = ()
    baseline: int = 0
    outlived: Sequence[str] = ()
    dialects: Sequence[str] = ()
