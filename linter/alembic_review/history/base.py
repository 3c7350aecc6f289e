"""The base branch beside a history: what a branch rewrites of it, and what both come to when they are merged."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from alembic_review.history.order import Node, Order, arrange
from alembic_review.operations import (
    Condition,
    Delete,
    Execute,
    Insert,
    Operation,
    Place,
    PythonCall,
    Unread,
    Update,
)
from alembic_review.revision import Revision

How = Literal["deleted", "renumbered", "re-pointed", "edited"]


class Rewritten(Struct, frozen=True):
    """A revision of the base branch that is not what it was: how it `was` there, and how it `is` here.

    Of one that was `deleted` there is none here; of one that was ``renumbered``, the revision in its file.
    """

    how: How
    was: Revision
    is_: Revision | None


class Base(Struct, frozen=True):
    """What a base branch has.

    `name` is what people call it, and `order` is that of the revisions of its newest commit. `new` are the ids that
    only this branch has, `rewritten` are the revisions of both that it changes, and `merged` is the order of what both
    come to when they are merged. `environment` says whether this branch changes env.py.
    """

    name: str
    order: Order
    new: frozenset[str]
    rewritten: tuple[Rewritten, ...]
    merged: Order
    environment: bool


Text = Callable[[Revision], str]
"""Gives the text that a revision was read from, on any of the branches."""


def compare(
    name: str,
    here: Mapping[str, Revision],
    fork: Mapping[str, Revision],
    tip: Mapping[str, Revision],
    broken: Collection[str],
    text: Text,
    environment: bool = False,
) -> Base:
    """Compare revisions *here* with those of the newest commit of a base branch, and those where it was left.

    All are by their ids. What is the same revision here and there may be the same object. *broken* are the paths of
    files that are here and hold no revision that could be read.
    """
    return Base(
        name,
        arrange(map(_node, tip.values())),
        frozenset(here.keys() - tip.keys() - fork.keys()),
        tuple(_rewritten(here, fork, tip, broken, text)),
        arrange(map(_node, _merged(here, fork, tip).values())),
        environment,
    )


def _node(revision: Revision) -> Node:
    return Node(revision.id, revision.down_revision, revision.depends_on, revision.branch_labels)


def _merged(
    here: Mapping[str, Revision], fork: Mapping[str, Revision], tip: Mapping[str, Revision]
) -> dict[str, Revision]:
    """What git's merge of the two would leave: what only one side has changed is as that side has it."""
    merged: dict[str, Revision] = {}
    for name in {**tip, **here}:
        ours, theirs, before = here.get(name), tip.get(name), fork.get(name)
        if ours is None or theirs is None:
            if before is None:
                kept = ours or theirs
                assert kept is not None
                merged[name] = kept
        else:
            merged[name] = theirs if before is not None and _node(before) == _node(ours) else ours
    return merged


def _rewritten(
    here: Mapping[str, Revision],
    fork: Mapping[str, Revision],
    tip: Mapping[str, Revision],
    broken: Collection[str],
    text: Text,
) -> Iterator[Rewritten]:
    at_path = {revision.path: revision for revision in here.values()}
    for name, was in sorted(fork.items()):
        ours, theirs = here.get(name), tip.get(name)
        if theirs is None or ours is was:
            continue
        if ours is None:
            other = at_path.get(was.path)
            if other is not None and other.id not in fork:
                yield Rewritten("renumbered", was, other)
            elif was.path not in broken:
                yield Rewritten("deleted", was, None)
        elif (how := _how(was, ours, text)) and (theirs is was or _how(theirs, ours, text)):
            yield Rewritten(how, was, ours)


def _how(was: Revision, ours: Revision, text: Text) -> How | None:
    """How a revision was changed; None where a database to which it was applied cannot be told from one that has not.

    Comments, names of variables and what ``downgrade()`` does make no difference to it.
    """
    if {*was.down_revision} != {*ours.down_revision} or {*was.depends_on} != {*ours.depends_on}:
        return "re-pointed"
    if _meaning(was.upgrade) != _meaning(ours.upgrade):
        return "edited"
    if not all(map(_is_whole, ours.upgrade or ())) and _code(text(was)) != _code(text(ours)):
        return "edited"
    return None


def _is_whole(operation: Operation) -> bool:
    """Whether an operation says all that is done; of rows, only their SQL does."""
    if isinstance(operation, (Unread, PythonCall)) or operation.partly:
        return False
    return operation.sql is not None or not isinstance(operation, (Execute, Insert, Update, Delete))


def _meaning(upgrade: tuple[Operation, ...] | None) -> object:
    """The operations without the places where they stand, and without comments in their SQL."""
    numbers: dict[object, int] = {}

    def bare(value: object, name: str = "") -> object:
        if isinstance(value, Place):
            return None
        if isinstance(value, Struct):
            counted = "id" if isinstance(value, Condition) else "guard"
            return type(value).__name__, *(
                numbers.setdefault(inner, len(numbers)) if name == counted and inner else bare(inner, name)
                for name in value.__struct_fields__
                for inner in [getattr(value, name)]
            )
        if isinstance(value, tuple):
            return tuple([bare(item) for item in value])
        if isinstance(value, dict):
            return {key: bare(item) for key, item in value.items()}
        if name == "sql" and isinstance(value, str):
            return " ".join(_SQL_COMMENT.sub(" ", value).split())
        return value

    return bare(upgrade or ())


_SQL_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def _code(text: str) -> list[str] | None:
    """What a file does beside comments, imports, docstrings and ``downgrade()``; None where that is no Python."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return sorted(filter(None, map(_done, body)))


def _done(statement: ast.stmt) -> str | None:
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return None
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return None
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        if statement.name == "downgrade":
            return None
        statement.returns = None
        if ast.get_docstring(statement) is not None:
            statement.body = statement.body[1:]
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = [ast.unparse(target) for target in targets]
        if _HEADER.issuperset(names):
            return None
        return f"{names} = {ast.dump(statement.value) if statement.value else None}"
    return ast.dump(statement)


_HEADER = frozenset(("revision", "down_revision", "depends_on", "branch_labels"))
