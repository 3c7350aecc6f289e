"""Where the revisions and env.py are: from paths and configurations to histories."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from alembic_review.history.branch import Branch
from alembic_review.history.configuration import ProjectError as ProjectError
from alembic_review.history.configuration import Settings as Settings
from alembic_review.history.configuration import is_configuration, read, read_folder
from alembic_review.history.layout import (
    assigns_revision,
    candidates,
    folders_below,
    graphs,
    has_environment,
    header,
    headers,
    is_revision_name,
    version_folders,
)

_PROJECT_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")


class HistoryFolder(Struct, frozen=True):
    """One Alembic history, a graph of its own: the environment, and the folders that hold its revisions.

    `root` is the project's folder: that of the configuration, else the one that was searched. `script_location` is
    the folder of env.py; None where revisions were found without any. Paths are absolute, symbolic links kept.
    """

    root: Path
    settings: Settings
    script_location: Path | None
    version_locations: tuple[Path, ...]

    def files(self) -> tuple[Path, ...]:
        """The files that Alembic's ScriptDirectory takes for revisions, each once, in the order in which it loads them.

        Those that it would refuse are among them; what is wrong with them is seen when they are read.
        Raises ProjectError where a folder cannot be read. One that does not exist holds no revision yet.
        """
        return tuple(self.by_place().values())

    def by_place(self) -> dict[str, Path]:
        """`files()` by their place, which is the same for all ways to a file: folder without links, and name."""
        found: dict[str, Path] = {}
        targets: set[str] = set()
        for location in self.version_locations:
            if not os.path.lexists(location):
                continue
            for folder, folders, names in os.walk(location, onerror=_refuse):
                if self.settings.recursive:
                    folders[:] = sorted(name for name in folders if not name.endswith("__pycache__"))
                else:
                    folders.clear()
                here, real = Path(folder), os.path.realpath(folder)
                for name in sorted(names):
                    path, place = here / name, f"{real}{os.sep}{name}"
                    target = os.path.realpath(path) if path.is_symlink() else place
                    if is_revision_name(target.rpartition(os.sep)[2]) and target not in targets:
                        targets.add(target)
                        found[place] = path
        return found


class Selection(Struct, frozen=True):
    """A history, all of its `files`, and those of them that are under review.

    `invisible` are revision files under review that Alembic does not see as the history is configured: in a nested
    folder without `recursive_version_locations`, or in one of the environment that `version_locations` does not list.
    `branch` is what git says of the files, where only what a branch adds or changes is under review.
    """

    history: HistoryFolder
    files: tuple[Path, ...]
    reviewed: tuple[Path, ...]
    invisible: tuple[Path, ...]
    branch: Branch | None = None


class Found(Struct, frozen=True):
    """The histories that paths led to, each once, and what kept others from being found."""

    selections: tuple[Selection, ...]
    problems: tuple[ProjectError, ...]


def find_histories(paths: Sequence[Path], config: Path | None, cwd: Path) -> Found:
    """The histories of `paths`: project folders, script locations, folders of revisions, revision files.

    A folder is judged by the environment that it is part of, else by its own configuration, else by all
    configurations below it and every env.py that none of them claims, and at last by the revision files below it.
    A file is judged by the history that it is part of; one that no history takes for a revision is left out, since
    pre-commit hands over all that changed. Without paths, `cwd` is the folder. `config` is an alembic.ini or
    pyproject.toml to go by, instead of those that lie around: without paths, all of its histories are meant.

    Nothing is raised: what went wrong is in the answer, beside the histories that could be found.
    """
    search = _Search(cwd)
    wanted = sorted({Path(os.path.normpath(cwd / path)) for path in paths})
    if config is not None and not search.attempt(search.go_by, Path(os.path.normpath(cwd / config))):
        return search.found()
    if not paths:
        search.attempt(search.take_folder if config is None else search.take_given, cwd)
    folders = [path for path in wanted if _is_folder(path)]
    for folder in folders:
        search.attempt(search.take_folder, folder)
    for file in sorted({*wanted}.difference(folders)):
        search.attempt(search.take_file, file)
    return search.found()


class _Search:
    """What is known so far: histories, their files, and which of these are under review."""

    def __init__(self, cwd: Path) -> None:
        self._cwd = cwd
        self._searched = [cwd]
        self._given: list[HistoryFolder] | None = None
        self._histories: dict[object, HistoryFolder] = {}
        self._configured: dict[Path, list[HistoryFolder]] = {}
        self._unplaced: dict[Path, Settings] = {}
        self._around: dict[Path, list[HistoryFolder]] = {}
        self._files: dict[HistoryFolder, dict[str, Path]] = {}
        self._invisible: dict[HistoryFolder, dict[str, Path]] = {}
        self._reviewed: dict[HistoryFolder, set[str]] = {}
        self._real_folders: dict[Path, str] = {}
        self._problems: dict[str, ProjectError] = {}

    def attempt(self, step: Callable[[Path], None], path: Path) -> bool:
        """Take a step; what a person should hear of it is kept as a problem, and the answer is False."""
        try:
            step(path)
        except ProjectError as error:
            self._note(error)
        except OSError as error:
            self._note(ProjectError(path, f"cannot be read: {error.strerror}"))
        else:
            return True
        return False

    def _note(self, error: ProjectError) -> None:
        self._problems.setdefault(str(error), error)

    def found(self) -> Found:
        selections = []
        for history, reviewed in self._reviewed.items():
            files, invisible = self._revisions(history), self._unseen(history)
            selections.append(
                Selection(
                    history,
                    tuple(files.values()),
                    tuple(path for key, path in files.items() if key in reviewed),
                    tuple(path for key, path in invisible.items() if key in reviewed),
                )
            )
        selections.sort(key=lambda selection: selection.history.version_locations)
        return Found(tuple(selections), tuple(self._problems.values()))

    # What is under review.

    def go_by(self, file: Path) -> None:
        """Know of no other histories than those of one configuration."""
        self._given = []
        if not file.is_file():
            raise ProjectError(file, "there is no such file; name an alembic.ini or a pyproject.toml")
        sections = read(file)
        if not sections:
            raise ProjectError(file, "does not configure Alembic; write [alembic], or [tool.alembic] in pyproject.toml")
        folder = file.parent
        self._given = self._placed(sections, folder)
        if not self._given:
            environments = (
                below for below, names in folders_below(folder) if "env.py" in names and has_environment(below)
            )
            self._given = [history for below in environments for history in self._of_environment(below, folder)]
        if not self._given:
            raise self._without_place(folder)

    def take_given(self, _: Path) -> None:
        for history in self._given or ():
            self._review(history)

    def take_folder(self, folder: Path) -> None:
        around = self._surrounding(folder) if self._given is None else self._given
        if not around:
            for history in self._below(folder):
                self._review(history)
            return

        real = self._real(folder)
        taken = False
        for history in around:
            inside = {key for key in (*self._revisions(history), *self._unseen(history)) if _within(key, real)}
            if inside or any(_within(self._real(location), real) for location in history.version_locations):
                self._reviewed.setdefault(history, set()).update(inside)
                taken = True
        if not taken:
            raise ProjectError(folder, "holds no revisions of the history that it belongs to; name a folder that does")

    def take_file(self, file: Path) -> None:
        try:
            os.lstat(file)
        except (FileNotFoundError, NotADirectoryError):
            raise ProjectError(file, "there is no such file or folder; check the name") from None
        if not is_revision_name(file.name):
            return
        around = self._surrounding(file.parent) if self._given is None else self._given
        key = self._key(file)
        histories = list(dict.fromkeys([*self._reviewed, *around]))
        owner = next((history for history in histories if key in self._revisions(history)), None)
        if owner is None:
            owner = next((history for history in histories if key in self._unseen(history)), None)
        if owner is None and not around and self._given is None and header(file):
            owner = HistoryFolder(self._root(file.parent), Settings(), None, (file.parent,))
        if owner is not None and owner.script_location is None and not assigns_revision(file):
            return  # A folder that only its revisions make one of a history may hold other modules.
        if owner is not None:
            owner = self._one(owner)
            self._reviewed.setdefault(owner, set()).add(key)

    def _review(self, history: HistoryFolder) -> None:
        keys = (*self._revisions(history), *self._unseen(history))
        self._reviewed.setdefault(history, set()).update(keys)

    # Which histories there are.

    def _surrounding(self, folder: Path) -> list[HistoryFolder]:
        """The histories that a folder is part of."""
        if folder not in self._around:
            self._around[folder] = self._climb(folder)
        return self._around[folder]

    def _climb(self, folder: Path) -> list[HistoryFolder]:
        """Look upwards for the configuration of a folder, and be content with the nearest env.py without one."""
        environment: Path | None = None
        for above in (folder, *folder.parents):
            if environment is None and has_environment(above):
                environment = above
            owning = [history for history in self._at(above) if self._covers(history, folder, environment)]
            if owning:
                return owning
            if (above / ".git").exists():
                break
        return self._of_environment(environment, self._root(environment)) if environment else []

    def _covers(self, history: HistoryFolder, folder: Path, environment: Path | None) -> bool:
        """Whether a folder is part of a configured history; an `environment` nearer to the folder comes first."""
        real = self._real(folder)
        bound = self._real(environment) if environment else os.sep
        if history.script_location is not None:
            script_location = self._real(history.script_location)
            if script_location == bound or (not environment and _within(real, script_location)):
                return True
        locations = [self._real(location) for location in history.version_locations]
        return any(_within(real, location) and _within(location, bound) for location in locations)

    def _below(self, folder: Path) -> list[HistoryFolder]:
        """The histories of a project's folder, or of a folder of projects."""
        found = list(self._at(folder))
        if found:
            return found
        self._searched.append(folder)

        configurations: list[Path] = []
        environments: list[Path] = []
        for below, names in folders_below(folder):
            if any(is_configuration(name) for name in names):
                configurations.append(below)
            if "env.py" in names and has_environment(below):
                environments.append(below)
        sound = self._gather(found, self._at, configurations)
        claimed = {self._real(history.script_location) for history in found if history.script_location}
        # The configuration of the others may lie above the folder.
        others = [environment for environment in environments if self._real(environment) not in claimed]
        sound &= self._gather(found, self._surrounding, others)
        if found or not sound:
            return list(dict.fromkeys(found))
        if folder in self._unplaced:
            raise self._without_place(folder)
        found += [
            self._one(HistoryFolder(folder, Settings(), None, graph)) for graph in graphs(headers(candidates(folder)))
        ]
        if not found:
            raise ProjectError(
                folder,
                "holds no Alembic history (alembic.ini, [tool.alembic], env.py, revisions); name the folder of one",
            )
        return found

    def _gather(
        self, found: list[HistoryFolder], ask: Callable[[Path], list[HistoryFolder]], folders: Iterable[Path]
    ) -> bool:
        """Add what there is in some folders; whether nothing was wrong with any of them."""
        failed = [folder for folder in folders if not self.attempt(lambda at: found.extend(ask(at)), folder)]
        return not failed

    def _at(self, folder: Path) -> list[HistoryFolder]:
        """The histories that the configurations in a folder place."""
        if folder not in self._configured:
            names = [name for name in _names(folder) if is_configuration(name)]
            self._configured[folder] = self._placed(read_folder(folder, names), folder) if names else []
        return self._configured[folder]

    def _placed(self, sections: Iterable[Settings], folder: Path) -> list[HistoryFolder]:
        """The histories of sections that say where they are; one that leaves it to a program is kept for its env.py."""
        placed: list[HistoryFolder] = []
        for settings in sections:
            script_location = self._script_location(settings, folder)
            if script_location is None:
                self._unplaced.setdefault(folder, settings)
            else:
                placed += self._of_settings(settings, folder, script_location)
        return placed

    def _without_place(self, folder: Path) -> ProjectError:
        settings = self._unplaced[folder]
        return ProjectError(
            settings.configuration or folder,
            f"[{settings.section}] has no script_location, and no env.py with revisions lies below it; set it",
        )

    def _of_environment(self, environment: Path, root: Path) -> list[HistoryFolder]:
        """The histories of an env.py to which no configuration leads, with the settings of one that leaves it out."""
        for above in (environment, *environment.parents):
            if above in self._unplaced:
                return self._of_settings(self._unplaced[above], above, environment, complete=False)
        return self._of_settings(Settings(), root, environment, complete=False)

    def _of_settings(
        self, settings: Settings, root: Path, script_location: Path, complete: bool = True
    ) -> list[HistoryFolder]:
        if settings.version_locations:
            bases = _bases(settings, root, self._cwd)
            places = (next(iter(_resolved(at, bases)), root / at) for at in settings.version_locations)
            found = [tuple(dict.fromkeys(places))]
            if not any(map(os.path.lexists, found[0])):
                named = " ".join(settings.version_locations)
                raise ProjectError(
                    settings.configuration or root,
                    f"[{settings.section}] version_locations = {named}: there is no such folder; correct it",
                )
        elif settings.tells_folders:
            found = [(script_location / "versions",)]
        else:
            found = version_folders(script_location, configured=complete)
        return [self._one(HistoryFolder(root, settings, script_location, locations)) for locations in found]

    def _script_location(self, settings: Settings, folder: Path) -> Path | None:
        """The folder of env.py; None where a program knows it."""
        location = settings.script_location
        if location is None:
            return folder if (folder / "env.py").is_file() else None
        places = _resolved(location, _bases(settings, folder, self._cwd))
        if not places and _is_resource(location):
            tail = os.sep + _plain(location)
            places = [
                below for below, names in folders_below(folder) if "env.py" in names and str(below).endswith(tail)
            ]
        known = [place for place in places if (place / "env.py").is_file()]
        if not known and not settings.version_locations and not any(map(_may_hold_revisions, places)):
            wrong = "neither env.py nor revisions lie there" if places else "there is no such folder"
            raise ProjectError(
                settings.configuration or folder,
                f"[{settings.section}] script_location = {location}: {wrong}; correct it, or run alembic init",
            )
        return (known or places)[0]

    def _one(self, history: HistoryFolder) -> HistoryFolder:
        """The history itself, or the one that was found first under the same folders."""
        script_location = self._real(history.script_location) if history.script_location else None
        key = (script_location, *(self._real(location) for location in history.version_locations))
        return self._histories.setdefault(key, history)

    # Files, by a key that is the same for all ways to a file.

    def _revisions(self, history: HistoryFolder) -> dict[str, Path]:
        if history not in self._files:
            self._files[history] = {}
            try:
                self._files[history] = history.by_place()
            except ProjectError as error:
                self._note(error)
        return self._files[history]

    def _unseen(self, history: HistoryFolder) -> dict[str, Path]:
        """The revision files about a configured history in folders that neither it nor another one sees."""
        if history not in self._invisible:
            found: dict[str, Path] = {}
            self._invisible[history] = found
            if history.settings.configuration is not None:
                known = [*map(self._revisions, self._histories.values()), *self._invisible.values()]
                seen = {place.rpartition(os.sep)[0] for files in known for place in files}
                tops = [*filter(None, [history.script_location]), *history.version_locations]
                folders = {folder: names for top in tops for folder, names in candidates(top).items()}
                for folder, names in folders.items():
                    if self._real(folder) not in seen:
                        files = (folder / name for name in names)
                        found.update((self._key(file), file) for file in files if header(file))
        return self._invisible[history]

    def _key(self, file: Path) -> str:
        return f"{self._real(file.parent)}{os.sep}{file.name}"

    def _real(self, folder: Path) -> str:
        if folder not in self._real_folders:
            self._real_folders[folder] = os.path.realpath(folder)
        return self._real_folders[folder]

    def _root(self, folder: Path) -> Path:
        """The project around a folder that no configuration is about."""
        for above in (folder, *folder.parents):
            if any((above / marker).exists() for marker in _PROJECT_MARKERS):
                return above
        return next((searched for searched in self._searched if searched in folder.parents), folder)


def _refuse(error: OSError) -> None:
    raise ProjectError(Path(error.filename), f"cannot be read: {error.strerror}")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _may_hold_revisions(folder: Path) -> bool:
    return os.path.lexists(folder / "versions") or bool(headers(candidates(folder)))


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _is_resource(location: str) -> bool:
    """Whether a location is package:folder (alembic/util/pyfiles.py, coerce_resource_to_filename)."""
    return ":" in location and not Path(location).is_absolute()


def _plain(location: str) -> str:
    """The path that a location is, or that it has where its package is."""
    if not _is_resource(location):
        return location
    package, *rest = location.split(":")
    return str(Path(*package.split("."), *rest))


def _resolved(location: str, bases: Iterable[Path]) -> list[Path]:
    """The folders that a location may mean, likeliest first; packages are looked for, not imported."""
    places = dict.fromkeys(Path(os.path.normpath(base / _plain(location))) for base in bases)
    return [place for place in places if place.is_dir()]


def _bases(settings: Settings, folder: Path, cwd: Path) -> list[Path]:
    """What a relative location may start from.

    To Alembic that is where it is run, and `prepend_sys_path` for packages: mostly the folder of the configuration,
    else one above it, up to the repository's.
    """
    bases = [folder, *(folder / entry for entry in settings.prepend_sys_path), folder / "src"]
    for above in (folder, *folder.parents):
        bases.append(above)
        if (above / ".git").exists():
            break
    return [*bases, cwd]
