"""Which folders hold revisions, and which of these are one graph, where no configuration says so."""

from __future__ import annotations

import ast
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

# Where projects are not: other people's code, and copies of one's own.
_PASSED_OVER = frozenset({"__pycache__", "__pypackages__", "build", "dist", "node_modules", "site-packages", "venv"})

# What ScriptDirectory takes for a revision (alembic/script/base.py, _only_source_rev_file).
_REVISION_NAME = re.compile(r"(?!\.#|__init__).*\.py$")

_VARIABLE = re.compile(
    rb"^(revision|down_revision|depends_on|branch_labels)[ \t]*(?::[^=\n]+)?=[ \t]*(\([^)]*\)|\[[^]]*\]|[^\n#]*)",
    re.MULTILINE,
)
_STRING = re.compile(rb"""(["'])(.*?)\1""")


def is_revision_name(name: str) -> bool:
    """Whether Alembic takes a file of that name for a revision."""
    return _REVISION_NAME.match(name) is not None


def folders_below(top: Path) -> Iterator[tuple[Path, list[str]]]:
    """A folder and those below it with the names of their files, both sorted; a project's own folders only.

    Hidden folders, virtual environments, build results and folders that cannot be read are passed over, and symbolic
    links are not followed, so that no loop is entered.
    """
    for folder, folders, names in os.walk(top):
        if "pyvenv.cfg" in names and folder != str(top):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER and not name.startswith("."))
        yield Path(folder), sorted(names)


def has_environment(folder: Path) -> bool:
    """Whether a folder holds an env.py of Alembic's."""
    return b"alembic" in _bytes(folder / "env.py")


class Header(Struct, frozen=True):
    """By which names a revision goes, and which names it refers to: a look at its text, to sort folders by."""

    names: frozenset[str]
    parents: frozenset[str]


def header(file: Path) -> Header | None:
    """What a revision file says of its place in a history; None for a file that does not look like one."""
    found = {
        name: frozenset(text.decode("utf-8", "replace") for _, text in _STRING.findall(value))
        for name, value in _VARIABLE.findall(_bytes(file))
    }
    if b"revision" not in found or b"down_revision" not in found:
        return None
    nothing: frozenset[str] = frozenset()
    return Header(
        found[b"revision"] | found.get(b"branch_labels", nothing),
        found[b"down_revision"] | found.get(b"depends_on", nothing),
    )


def assigns_revision(file: Path) -> bool:
    """Whether a file assigns `revision` at its top level, or is no Python, so that it may be meant to.

    Tests and tools that write revisions hold the text of one in a string, which is all that `header` can see.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What Python thinks of a string in there is of no interest here.
            module = ast.parse(_bytes(file))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    targets = [
        target
        for statement in module.body
        if isinstance(statement, (ast.Assign, ast.AnnAssign))
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
    ]
    return any(isinstance(target, ast.Name) and target.id == "revision" for target in targets)


def candidates(top: Path) -> dict[Path, list[str]]:
    """The folders from `top` down that hold files which Alembic could take for revisions, with the names of these.

    Folders of another environment further down are not among them.
    """
    found: dict[Path, list[str]] = {}
    others: set[Path] = set()
    for folder, names in folders_below(top):
        if folder != top and (folder.parent in others or ("env.py" in names and has_environment(folder))):
            others.add(folder)
        elif revisions := [name for name in names if is_revision_name(name)]:
            found[folder] = revisions
    return found


def headers(folders: Mapping[Path, list[str]]) -> dict[Path, list[Header]]:
    """What the revisions among the files say of their places, by folder; without the folders that have none."""
    return {
        folder: found
        for folder, names in folders.items()
        if (found := [known for name in names if (known := header(folder / name))])
    }


def version_folders(script_location: Path, configured: bool) -> list[tuple[Path, ...]]:
    """The folders that hold the revisions of an environment which does not say where they are, by history.

    With a configuration it is versions/, and what else is below that only if Alembic must have seen it: what it does
    not see is a mistake. Without one, a program knows, and every folder with revisions counts.
    """
    versions = script_location / "versions"
    folders = candidates(versions if configured else script_location)
    folders.pop(script_location, None)
    outermost = folders.pop(versions, None)
    nested = headers(folders)
    if not nested:
        return [(versions,)] if configured or outermost else []

    inside = headers({versions: outermost or []}) | nested
    found = graphs(inside)
    if configured and versions in inside:
        own = next(graph for graph in found if versions in graph)
        return [own if _seen_when_written(own, versions, inside) else (versions,)]
    return found


def graphs(folders: Mapping[Path, list[Header]]) -> list[tuple[Path, ...]]:
    """The folders grouped so that no revision refers to one of another group, as far as names tell.

    A name that several folders have joins none of them: histories side by side often count 001, 002, … alike.
    """
    homes: dict[str, set[Path]] = {}
    for folder, found in folders.items():
        for name in frozenset[str]().union(*(known.names for known in found)):
            homes.setdefault(name, set()).add(folder)

    group = {folder: [folder] for folder in folders}
    for folder, found in folders.items():
        for name in frozenset[str]().union(*(known.parents for known in found)):
            if len(homes.get(name, ())) == 1:
                (home,) = homes[name]
                if group[home] is not group[folder]:
                    joined = group[folder] + group[home]
                    group.update((member, joined) for member in joined)
    return sorted({tuple(sorted(members)) for members in group.values()})


def _seen_when_written(graph: tuple[Path, ...], outermost: Path, folders: Mapping[Path, list[Header]]) -> bool:
    """Whether Alembic must have seen the nested folders of a graph when their revisions were written.

    It puts a revision onto a head that it sees: one that has its parent in a nested folder proves that it saw that
    folder, whereas revisions that all hang on the outermost folder may have got lost.
    """
    nested = frozenset[str]().union(
        *(known.names for folder in graph if folder != outermost for known in folders[folder])
    )
    return any(known.parents & nested for folder in graph for known in folders[folder])


def _bytes(file: Path) -> bytes:
    """The content of a regular file; empty where there is none to be had."""
    try:
        return file.read_bytes() if file.is_file() else b""
    except OSError:
        return b""
