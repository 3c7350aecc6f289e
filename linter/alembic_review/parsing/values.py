"""What the evaluator knows of a value: plain Python where all is known, and these where it is not."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cache
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from alembic_review.operations import NOWHERE, Place, Question
from alembic_review.parsing.syntax import Class, Function, Lambda
from alembic_review.parsing.ways import Way
from alembic_review.types import HOLE, Name

PARTLY_UNKNOWN = "the text is partly unknown"
"""Why a statement could not be read whose text has holes."""


class Unknown:
    """A value that could not be read, and why: one of a few fixed reasons, so that they can be counted.

    `of` are values that it may be, or was made from, where they are known.
    """

    __slots__ = ("of", "why")

    def __init__(self, why: str, of: tuple[Any, ...] = ()) -> None:
        self.why = why
        self.of = of

    def __repr__(self) -> str:
        return f"Unknown({self.why!r})"


class Piece(Struct, frozen=True):
    """Characters [start, start + length) of a text come from the literal at `way`, from its letter `offset` on."""

    start: int
    length: int
    way: Way
    offset: int


class Text(str):
    """A text that knows which literals it comes from. Holes in it stand for what could not be read."""

    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, value: str, pieces: tuple[Piece, ...]) -> Text:
        text = cls(value)
        text.pieces = pieces
        return text

    def place(self, start: int, end: int, default: Place) -> Place:
        """Where characters [start, end) stand; *default* where they come from no one literal."""
        piece = self.pieces[self.first(start)] if self.pieces else None
        if piece is None or not piece.start <= start < piece.start + piece.length:
            return default
        last = min(end, piece.start + piece.length)
        shift = piece.offset - piece.start
        return Place(piece.way, start + shift, last + shift)

    def first(self, at: int) -> int:
        """The number of the piece that has the letter at *at*, or of the one before."""
        return max(0, bisect_right(self.pieces, at, key=_start_of) - 1)


def _start_of(piece: Piece) -> int:
    return piece.start


def pieces(value: object, shift: int = 0) -> tuple[Piece, ...]:
    """The pieces of a text, moved by *shift* characters."""
    if not isinstance(value, Text):
        return ()
    if not shift:
        return value.pieces
    return tuple([Piece(piece.start + shift, piece.length, piece.way, piece.offset) for piece in value.pieces])


LONGEST = 4_000_000
"""No text or list is made longer than this many letters or items."""

MOST_PIECES = 20_000
"""A text of more pieces does not keep where they come from."""

_WIDE = re.compile(r"[0-9]{6}")


def joined(parts: list[str]) -> str:
    """Texts put together, keeping where each comes from; a hole where they are longer than is kept."""
    if sum(map(len, parts)) > LONGEST:
        return HOLE
    found: list[Piece] = []
    length = 0
    for part in parts:
        found.extend(pieces(part, length))
        length += len(part)
    return Text.of("".join(parts), tuple(found)) if 0 < len(found) <= MOST_PIECES else "".join(parts)


def formatted(value: str | float, shape: str) -> str:
    """The value as an f-string writes it; a hole where that fails, or is wider than anybody means."""
    if _WIDE.search(shape):
        return HOLE
    try:
        return format(value, shape)
    except (ValueError, MemoryError, OverflowError):
        return HOLE


def cut(value: str, start: int, end: int) -> str:
    """Characters [start, end) of a text, keeping where they come from."""
    if not isinstance(value, Text):
        return value[start:end]
    kept = []
    for at in range(value.first(start), len(value.pieces)):
        piece = value.pieces[at]
        if piece.start >= end:
            break
        first, last = max(piece.start, start), min(piece.start + piece.length, end)
        if first < last:
            kept.append(Piece(first - start, last - first, piece.way, piece.offset + first - piece.start))
    return Text.of(str(value)[start:end], tuple(kept))


@cache
def _root(name: str) -> str:
    """The first word of a dotted name; files name the same few things over and over."""
    return name.partition(".")[0]


class Ref(Struct, frozen=True):
    """Something imported, or a builtin, by its dotted name. `base` is the file that a relative name starts from."""

    name: str
    base: str = ""

    @property
    def root(self) -> str:
        return _root(self.name)

    @property
    def leaf(self) -> str:
        return self.name.rpartition(".")[2]


class Member(Struct):
    """An attribute of something that is not plain Python."""

    owner: Any
    name: str


class Made(Struct):
    """What a call returns whose function is not followed: ``sa.Column(…)``, ``table.c.x.in_(…)``, …

    `starred`: further arguments are not known. `discarded`: the call is a statement of its own, so what counts is
    what it does.
    """

    func: Any
    args: list[Any]
    kwargs: dict[str, Any]
    place: Place = NOWHERE
    starred: bool = False
    discarded: bool = False

    @property
    def leaf(self) -> str:
        """The last word of what was called."""
        if isinstance(self.func, Ref):
            return self.func.leaf
        return self.func.name if isinstance(self.func, Member) else ""

    def given(self, position: int, keyword: str, default: Any = None) -> Any:
        """The argument at *position*, or under *keyword*."""
        if position < len(self.args):
            return self.args[position]
        return self.kwargs.get(keyword, default)


class Closure(Struct):
    """A function of a file that is read, with the names it sees.

    `defaults` are what its parameters are where they are not given.
    `under` is which of Python's own decorators it has: ``contextmanager``, ``property``, ``classmethod``, …
    """

    function: Function | Lambda
    frame: Any
    bound: tuple[Any, ...] = ()
    under: str = ""
    defaults: dict[str, Any] = field(default_factory=dict)

    def of(self, cls: ClassValue, instance: InstanceOf | None = None) -> Closure:
        """The function as a method of a class, or of one of its objects."""
        if self.under == "staticmethod" or (instance is None and self.under != "classmethod"):
            return self
        owner = instance if instance is not None and self.under != "classmethod" else cls
        return replace(self, bound=(owner, *self.bound))


class ClassValue(Struct):
    """A class of a file that is read; its attributes are evaluated when asked for."""

    node: Class
    frame: Any
    bases: tuple[Any, ...] = ()
    attributes: dict[str, Any] | None = None


class InstanceOf(Struct):
    """An object of a class of a file that is read. `kwargs` are its attributes, those it was made with among them.

    `made` is the call that made it, where the class leaves it to a base that is not read to take the arguments.
    `opaque`: what it was made with may be anything of it.
    """

    cls: ClassValue
    kwargs: dict[str, Any] = field(default_factory=dict)
    made: Made | None = None
    opaque: bool = False


class Handle(Struct, frozen=True):
    """A way to the database: ``bind``, ``session``, ``context``, ``inspector``, ``dialect``, ``engine``, ``cursor``."""

    kind: str


class Batch(Struct):
    """What ``op.batch_alter_table()`` gives."""

    table: Name
    recreate: str


class Query(Struct, frozen=True):
    """A question to the schema that stands where Python has a truth value.

    `since` is how many operations had been read when it was asked.
    """

    question: Question
    table: Name | None = None
    name: str | None = None
    expected: bool = True
    parts: tuple[Query, ...] = ()
    text: str = ""
    since: int | None = None


class Names(Struct, frozen=True):
    """The names that an inspector lists: ``get_table_names()``, or those of the columns of a table, …

    `since` is how many operations had been read when it was asked for them.
    """

    question: Question
    table: Name | None = None
    since: int | None = None


class Listed(Struct, frozen=True):
    """One of what an inspector lists; its ``["name"]`` is compared with names."""

    names: Names


class OneOf(Struct, frozen=True):
    """A text that is one of a few, and nobody can tell which."""

    texts: tuple[str, ...]

    def agreed(self, answer: Callable[[str], Any]) -> Any:
        """What is so of each of them."""
        first, *others = map(answer, self.texts)
        return first if all(same(first, other) for other in others) else Unknown("which of a few texts it is")


class Result(Struct):
    """What a statement returned. `sql` is its text, `query` what its truth means; None where that is not known."""

    sql: str | None
    place: Place
    query: Query | None = None


class Some(Struct, frozen=True):
    """A collection that has something in it when `query` holds: ``[c for c in columns if c["name"] == "x"]``."""

    query: Query


class Defaults(dict[Any, Any]):
    """A ``defaultdict``. *factory* is what makes the value of a key that is missing."""

    factory: Any = None


class Super(Struct):
    """``super()`` in a method of *cls*, called for *owner*."""

    cls: ClassValue
    owner: InstanceOf | ClassValue


class Globals:
    """``globals()``."""


class FilePath(str):
    """A path that was put together from ``__file__``."""


def text_of(value: Any) -> str | None:
    """A value as part of a text: None where it is nothing that has a text, a hole where it is not known."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None or isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (Unknown, Ref, Made, Member, Result, Listed, Handle, OneOf)):
        return HOLE
    return None


def same(one: Any, other: Any) -> bool:
    """Whether two values are known to be one and the same."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    try:
        return bool(one == other)
    except Exception:
        return False


def hashable(value: Any) -> bool:
    """Whether a value is plain enough for the key of a dict or the item of a set."""
    return isinstance(value, (str, int, float, bool, type(None), Ref, bytes)) or (
        isinstance(value, tuple) and all(map(hashable, value))
    )


def has_unknown(value: Any) -> bool:
    """Whether there is anything in a value that is not known."""
    if isinstance(value, str):
        return HOLE in value
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(has_unknown, value))
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    return isinstance(value, (Unknown, Member, Listed, Names, Result, InstanceOf, OneOf))
