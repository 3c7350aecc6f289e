"""The files of a project that its revisions lean on, and what was asked of them."""

from __future__ import annotations

import os
from pathlib import Path

from alembic_review.digest import digest
from alembic_review.history.project import Selection
from alembic_review.text import content, decoded


class ProjectTree:
    """The files that revisions of one history may lean on: those of its project, and no others.

    `asked` is all that was looked for, and what was found: the path of a module, or the hash of a text. As long as
    the same answers are given, what was made of them is still so. A tree that does not remember hashes nothing.
    """

    def __init__(self, selection: Selection, *, remembers: bool = True) -> None:
        history = selection.history
        self._root = history.root
        self._remembers = remembers
        self._starts: list[Path] = []
        for place in (*history.version_locations, history.script_location, history.root):
            for folder in (place, *place.parents) if place is not None else ():
                if folder in self._starts or len(folder.parts) < 2:
                    break
                self._starts.append(folder)
                if os.path.exists(folder / ".git"):
                    break
        self._starts.extend(history.root / part for part in ("src", *history.settings.prepend_sys_path))
        tops = (history.root, history.script_location, *history.version_locations)
        self._tops = [os.path.realpath(top) for top in tops if top is not None]
        self.asked: dict[tuple[str, str, str], str | None] = {}
        self._found: set[str] = set()

    def answer(self, kind: str, name: str, base: str) -> str | None:
        """What a question in `asked` is answered now."""
        if kind == "module":
            return self._search(name, Path(base) if name.startswith(".") else None)
        if kind == "listing":
            return self._hash_of(self._listed(name))
        return self._hash_of(self._read(name, base))

    def module(self, name: str, base: str) -> str | None:
        """The path of the file of a module, by its dotted name and the file that imports it; None outside the tree."""
        folder = str(Path(base).parent) if name.startswith(".") else ""
        key = ("module", name, folder)
        if key not in self.asked:
            self.asked[key] = self._search(name, Path(folder) if folder else None)
        found = self.asked[key]
        if found is not None:
            self._found.add(found)
        return found

    def text(self, path: str, base: str) -> str | None:
        """The text of a file of the tree; None where there is none.

        A relative path starts at *base*'s folder, or, without a base, at that of the project, where Alembic is run.
        """
        text = self._read(path, base)
        if self._remembers:
            self.asked[("text", path, base)] = self._hash_of(text)
        return text

    def digest(self, path: str, base: str) -> str | None:
        """The hash of the text of a file of the tree; None where there is none."""
        key = ("text", path, base)
        if key not in self.asked:
            self.asked[key] = self._hash_of(self._read(path, base))
        return self.asked[key]

    def listing(self, folder: str) -> tuple[str, ...]:
        """The names of the files in a folder of the tree, sorted; none where there is no such folder."""
        names = self._listed(folder)
        if self._remembers:
            self.asked[("listing", folder, "")] = self._hash_of(names)
        return tuple(names.split("\0")) if names else ()

    def _hash_of(self, text: str | None) -> str | None:
        return None if text is None else digest(text.encode(errors="surrogatepass"))

    def _inside(self, whole: str) -> bool:
        return any(whole == top or whole.startswith(top + os.sep) for top in self._tops) or whole in self._found

    def _read(self, path: str, base: str) -> str | None:
        whole = os.path.realpath(os.path.join(os.path.dirname(base) or self._root, path))
        if not self._inside(whole):
            return None
        try:
            return decoded(content(whole))
        except (OSError, UnicodeError, SyntaxError, LookupError):
            return None

    def _listed(self, folder: str) -> str | None:
        whole = os.path.realpath(folder)
        if not self._inside(whole):
            return None
        try:
            return "\0".join(sorted(os.listdir(whole)))
        except OSError:
            return None

    def _search(self, name: str, folder: Path | None) -> str | None:
        parts = [part for part in name.lstrip(".").split(".") if part]
        if folder is not None:
            for _ in range(len(name) - len(name.lstrip(".")) - 1):
                folder = folder.parent
            return self._file(folder.joinpath(*parts))
        for start in self._starts:
            found = self._file(start.joinpath(*parts)) if parts and _is_there(start / parts[0]) else None
            if found is not None:
                return found
        return None

    def _file(self, path: Path) -> str | None:
        for candidate in (path.with_name(path.name + ".py"), path / "__init__.py"):
            if os.path.isfile(candidate):
                return os.path.realpath(candidate)
        return None


def _is_there(path: Path) -> bool:
    return os.path.isdir(path) or os.path.isfile(path.with_name(path.name + ".py"))
