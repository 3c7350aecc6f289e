"""A folder of revisions, read: each file parsed once, in order, with what could not be read beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from alembic_review.environment import Environment
from alembic_review.history.base import Base
from alembic_review.history.order import Node, Order, arrange
from alembic_review.history.project import Selection
from alembic_review.revision import Revision, Unreadable


class Tree(Protocol):
    """The files of the project that rules may ask for; what they ask is remembered with what they find."""

    def module(self, name: str, base: str) -> str | None: ...

    def text(self, path: str, base: str) -> str | None: ...

    def listing(self, folder: str) -> tuple[str, ...]: ...


class Read(Protocol):
    """Reads one file: `parsing.module.Reader`, or what remembers what it said."""

    def __call__(self, path: str, data: bytes) -> Revision | Unreadable: ...


class History(Struct, frozen=True):
    """One history, read.

    `revisions` are those Alembic would know, by id: of several files with one id the last, the others are
    `duplicates`. `reviewed` holds the paths of the files under review. `invisible` are revisions under review that
    Alembic does not see as it is configured. `tree` are the other files of the project. `environment` reads env.py
    when it is asked for; None where there is none. `base` is the base branch, where only what a branch adds or changes
    is under review.
    """

    selection: Selection
    revisions: Mapping[str, Revision]
    order: Order
    unreadable: tuple[Unreadable, ...]
    duplicates: tuple[Revision, ...]
    invisible: tuple[Revision | Unreadable, ...]
    reviewed: frozenset[str]
    tree: Tree
    environment: Callable[[], Environment | None]
    base: Base | None = None

    @property
    def whole(self) -> bool:
        """Whether the project around the history is under review, and not just some of its files."""
        if self.base is not None:
            return self.base.environment
        return len(self.selection.reviewed) == len(self.selection.files)

    def in_order(self) -> Iterator[Revision]:
        """The revisions, each after all it needs."""
        return (self.revisions[name] for name in self.order.ids)


def load(
    selection: Selection,
    open_file: Callable[[str], bytes],
    read: Read,
    tree: Tree,
    environment: Callable[[], Environment | None] = lambda: None,
) -> History:
    """Read all files of a history; *open_file* gives their bytes, or raises OSError."""
    revisions: dict[str, Revision] = {}
    unreadable: list[Unreadable] = []
    duplicates: list[Revision] = []
    for found in _each(selection.files, open_file, read):
        if isinstance(found, Unreadable):
            unreadable.append(found)
            continue
        if found.id in revisions:
            duplicates.append(revisions[found.id])
        revisions[found.id] = found
    order = arrange(
        Node(revision.id, revision.down_revision, revision.depends_on, revision.branch_labels)
        for revision in revisions.values()
    )
    return History(
        selection,
        revisions,
        order,
        tuple(unreadable),
        tuple(duplicates),
        tuple(_each(selection.invisible, open_file, read)),
        frozenset(str(path) for path in (*selection.reviewed, *selection.invisible)),
        tree,
        cache(environment),
    )


def _each(files: Iterable[Path], open_file: Callable[[str], bytes], read: Read) -> Iterator[Revision | Unreadable]:
    for file in files:
        path = str(file)
        try:
            data = open_file(path)
        except OSError as error:
            yield Unreadable(path, f"the file cannot be read: {error.strerror}")
            continue
        yield read(path, data)
