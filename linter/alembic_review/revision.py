"""One revision file, read."""

from __future__ import annotations

from msgspec import Struct, field

from alembic_review.operations import Operation, Place


class Header(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the docstring of a revision says of itself; None for a line that is not there. `more` are all others."""

    message: str | None = None
    revision: str | None = None
    revises: tuple[str, ...] | None = None
    create_date: str | None = None
    more: str = ""


class Import(Struct, frozen=True, gc=False, omit_defaults=True):
    """An import of the file: the dotted name of what is imported, where it stands, and whether in a function.

    `path` is the file of the project that it comes from, None where it comes from elsewhere.
    """

    name: str
    place: Place
    function: str | None = None
    path: str | None = None


class Undefined(Struct, frozen=True, gc=False, omit_defaults=True):
    """A name that a function uses and nothing in the file defines."""

    name: str
    place: Place


class Allow(Struct, frozen=True, gc=False, omit_defaults=True):
    """A comment ``# alembic-review: allow[names] reason``; `line` is where it stands, `lines` what it covers.

    `lines` is a half-open range of line numbers from 1; None for the whole file. A comment that is meant for us and
    says something else has no `names`, and what it says for its `reason`.
    """

    names: tuple[str, ...]
    reason: str
    line: int
    column: int
    end_column: int
    lines: tuple[int, int] | None


class Lean(Struct, frozen=True, gc=False, omit_defaults=True):
    """Another file that was looked for to read this one: a module by its dotted name from the file `base`, or a path.

    `path` is where it was found, None where it was not. `name` is empty for a file that is no module. `hash` is that
    of its content, for whoever remembers what was read.
    """

    name: str
    base: str
    path: str | None
    hash: str | None = None


class Revision(Struct, frozen=True, omit_defaults=True):
    """A revision: its place in the history, and the operations of both ways.

    `upgrade` and `downgrade` are None where the file has no such function. `places` says where the parts stand that
    findings point at: the variables, ``upgrade``, ``downgrade``, ``docstring``, and the lines ``Revision ID`` and
    ``Revises`` of the docstring. `idle` are those of the two functions that hold no statement which does anything, with
    what their docstrings and comments say, line by line. `leans` are other files that were looked for to read this one.
    """

    path: str
    id: str
    down_revision: tuple[str, ...] = ()
    branch_labels: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    header: Header = Header()
    upgrade: tuple[Operation, ...] | None = None
    downgrade: tuple[Operation, ...] | None = None
    imports: tuple[Import, ...] = ()
    undefined: tuple[Undefined, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)
    idle: dict[str, str] = field(default_factory=dict)
    leans: tuple[Lean, ...] = ()

    @property
    def is_merge(self) -> bool:
        """Whether it joins branches."""
        return len(self.down_revision) > 1


class Unreadable(Struct, frozen=True, omit_defaults=True):
    """A file that is no revision, though it lies where revisions are looked for.

    `line` and `column` count from 1, where the reason has a place of its own. `id` is what it seems to assign to
    `revision`: empty where it does not, None where that cannot be told.
    """

    path: str
    reason: str
    line: int = 1
    column: int = 1
    id: str | None = None
