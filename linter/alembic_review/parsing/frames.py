"""Files and functions that are read, and how their blocks end."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from alembic_review.parsing import syntax
from alembic_review.parsing.gathering import Gathered, When
from alembic_review.parsing.values import ClassValue


class Flow(Enum):
    """How a block of statements ended."""

    NEXT = auto()
    RETURN = auto()
    BREAK = auto()
    CONTINUE = auto()
    RAISE = auto()


class Exhausted(Exception):
    """The file does more than is followed."""


TOO_MUCH = (Exhausted, RecursionError, MemoryError)
"""How it shows that a file does, nests or holds more than is followed."""


class Raised(Exception):
    """A ``raise`` that is reached for certain."""


class Source:
    """A Python file that is read: its statements, and what its names are worth once it has been run through."""

    __slots__ = ("dirty", "frame", "path", "stars", "statements")

    def __init__(self, path: str, statements: list[syntax.Statement]) -> None:
        self.path = path
        self.statements = statements
        self.frame: Frame | None = None
        # A star import or the like may have bound any name.
        self.dirty = False
        # The modules outside the tree of which everything was imported.
        self.stars: list[str] = []


class Frame:
    """The names of a function's run, of a class body, or of a file."""

    __slots__ = ("at_yield", "cls", "elsewhere", "function", "names", "parent", "returns", "source", "yields")

    def __init__(self, source: Source, parent: Frame | None, function: str) -> None:
        self.source = source
        self.parent = parent
        self.function = function
        self.names: dict[str, Any] = {}
        # Where the names are bound that a ``global`` or ``nonlocal`` names.
        self.elsewhere: dict[str, Frame] = {}
        # The class whose body this is.
        self.cls: ClassValue | None = None
        # Each with the conditions under which it is reached.
        self.returns: list[tuple[Any, When]] = []
        self.yields: Gathered | None = None
        # What a function under contextlib.contextmanager does where it yields.
        self.at_yield: Callable[[Any], None] | None = None
