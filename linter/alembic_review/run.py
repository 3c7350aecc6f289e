"""One run, from paths to a report; what is just as it was in an earlier run is not reviewed again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from alembic_review import __version__
from alembic_review.config import Config
from alembic_review.diagnostics import Diagnostic, Report, Severity, Span
from alembic_review.digest import digest
from alembic_review.history.cache import Cache
from alembic_review.history.project import Selection, find_histories
from alembic_review.history.tree import ProjectTree
from alembic_review.reporters.printable import printable
from alembic_review.text import content

Review = Callable[[Sequence[tuple[Selection, ProjectTree]], Config, "Cache | None"], "tuple[Report, Iterable[Path]]"]


class RunError(Exception):
    """What keeps a review from being done: a line for each thing, that says what, where, and what to do."""


class Ran(Struct, frozen=True):
    """What a run came to: the report, and a line for each thing that could not be reviewed."""

    report: Report
    problems: tuple[str, ...] = ()


def run(paths: Sequence[Path], config: Config, review: Review, cache: Cache | None, alembic: Path | None = None) -> Ran:
    """Review the histories that *paths* lead to; without paths, that of the working directory.

    *review* does it, and tells the report and the folders of the rules that were asked; it is not called when a
    report of the very same is in the *cache*. *alembic* is an alembic.ini or pyproject.toml to go by. What keeps one
    history from being found keeps no other from being reviewed. Raises RunError where none is found.
    """
    cwd = Path.cwd()
    found = find_histories(paths, alembic, cwd)
    problems = tuple([printable(f"{shown(str(one.path), cwd)}: {one.message}") for one in found.problems])
    if problems and not found.selections:
        raise RunError("\n".join(problems))
    selections: Sequence[Selection] = found.selections
    if config.base is not None:
        selections = _of_this_branch(selections, config.base)
    histories = [(selection, ProjectTree(selection, remembers=cache is not None)) for selection in selections]
    if cache is None:
        return Ran(review(histories, config, None)[0], problems)
    key = _key(selections, config, cwd)
    report = _recalled(cache.report(key), histories)
    if report is None:
        report, folders = review(histories, config, cache)
        cache.keep_report(key, _told(report, histories, folders))
    return Ran(report, problems)


def _of_this_branch(selections: Sequence[Selection], base: str) -> Sequence[Selection]:
    # Only a run that compares branches starts processes.
    from alembic_review.history.git import GitError, narrowed

    try:
        return narrowed(selections, base, os.environ)
    except GitError as error:
        raise RunError(str(error)) from error


def shown(path: str, cwd: Path) -> str:
    """A path as people are told it: from the working directory where it lies below it, with forward slashes."""
    top = str(cwd).rstrip(os.sep) + os.sep
    return os.path.abspath(path).removeprefix(top).replace(os.sep, "/")


def _key(selections: Iterable[Selection], config: Config, cwd: Path) -> str:
    """All that a report hangs on, but for the files that revisions lean on and the rules that are installed."""
    parts = [__version__, sys.version, str(cwd), repr(replace(config, format="", fail_on=None, baseline=None))]
    for folder in sys.path:
        # A package of rules that comes or goes changes the folder it lies in.
        parts.append(f"{folder} {_changed(folder or '.')}")
    for selection in selections:
        branch = selection.branch and selection.branch.key
        parts.append(repr((selection.history, selection.reviewed, selection.invisible, branch)))
        for file in (*selection.files, *selection.invisible):
            try:
                parts.append(f"{file} {digest(content(str(file)))}")
            except OSError as error:
                parts.append(f"{file} {error}")
    return "\n".join(parts)


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _state(folder: str) -> str:
    """What tells whether the code in a folder is still the same: names, sizes and times."""
    found = []
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            stat = os.stat(os.path.join(top, name))
            found.append(f"{top}/{name} {stat.st_size} {stat.st_mtime_ns}")
    return digest("\n".join(found).encode(errors="surrogateescape"))


def _told(report: Report, histories: Sequence[tuple[Selection, ProjectTree]], folders: Iterable[Path]) -> Any:
    return {
        "report": to_builtins(report),
        "asked": [[[*question, answer] for question, answer in tree.asked.items()] for _, tree in histories],
        "rules": [[str(folder), _state(str(folder))] for folder in folders],
    }


def _recalled(kept: Any, histories: Sequence[tuple[Selection, ProjectTree]]) -> Report | None:
    try:
        if any(_state(folder) != state for folder, state in kept["rules"]):
            return None
        for (_, tree), asked in zip(histories, kept["asked"], strict=True):
            if any(tree.answer(kind, name, base) != answer for kind, name, base, answer in asked):
                return None
        told = kept["report"]
        diagnostics = tuple(
            [
                Diagnostic(**{**one, "severity": Severity(one["severity"]), "span": Span(**one["span"])})
                for one in told["diagnostics"]
            ]
        )
        return Report(**{**told, "diagnostics": diagnostics})
    except (KeyError, TypeError, ValueError, OSError):
        return None
