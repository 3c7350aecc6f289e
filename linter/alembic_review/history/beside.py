"""The base branch of a history, read by the same reader; only what is not as it is here is read again."""

from __future__ import annotations

import os

from alembic_review.history.base import Base, compare
from alembic_review.history.branch import Branch, RealPaths
from alembic_review.history.folder import History, Read
from alembic_review.history.git import contents
from alembic_review.history.project import HistoryFolder
from alembic_review.revision import Revision, Unreadable
from alembic_review.text import content, decoded


def base_of(history: History, branch: Branch, read: Read) -> Base:
    """The base branch of a history; *read* reads those of its revisions that are not as they are here."""
    real = RealPaths()
    shown = {real(file): str(file) for file in history.selection.files}
    here = {real(revision.path): revision for revision in (*history.duplicates, *history.revisions.values())}
    fork = {path: here[path] for path in branch.at_fork if path in here and path not in branch.changed}
    tip = {path: one for path, one in fork.items() if branch.at_tip.get(path) == branch.at_fork[path]}
    of_fork = {path: hash_ for path, hash_ in branch.at_fork.items() if path not in fork}
    of_tip = {path: hash_ for path, hash_ in branch.at_tip.items() if path not in tip}
    data = contents(branch.top, (*of_fork.values(), *of_tip.values()))
    sources: dict[int, bytes] = {}
    known: dict[tuple[str, str], Revision | Unreadable] = {}
    for found, hashes in ((fork, of_fork), (tip, of_tip)):
        for path, hash_ in hashes.items():
            if (path, hash_) not in known:
                known[path, hash_] = read(shown.get(path) or _as_named(path, history.selection.history), data[hash_])
            one = known[path, hash_]
            if isinstance(one, Revision):
                sources[id(one)] = data[hash_]
                found[path] = one

    def text(revision: Revision) -> str:
        source = sources.get(id(revision))
        return decoded(content(revision.path) if source is None else source)

    return compare(
        branch.base,
        history.revisions,
        {revision.id: revision for _, revision in sorted(fork.items())},
        {revision.id: revision for _, revision in sorted(tip.items())},
        {one.path for one in history.unreadable},
        text,
        branch.environment,
    )


def _as_named(path: str, history: HistoryFolder) -> str:
    """A real path by way of the folder that people name."""
    for location in history.version_locations:
        real = os.path.realpath(location)
        if path.startswith(real + os.sep):
            return str(location) + path.removeprefix(real)
    return path
