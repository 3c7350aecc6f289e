"""What alembic.ini and the [tool.alembic] of pyproject.toml say, read as Alembic reads them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from alembic_review.text import content

_T = TypeVar("_T")

# A pyproject.toml that nowhere says so is not worth parsing. alembic-review has a table of its own there.
_TOOL_ALEMBIC = re.compile(rb"^[^#\n]*\btool\s*\.\s*alembic\b(?!-)|^\s*alembic\s*[.=]", re.MULTILINE)

_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}


class ProjectError(Exception):
    """What keeps a history from being found: the path it is about, and one line that says what and what to do."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class Settings(Struct, frozen=True):
    """The options of one section, as written but for ``%(here)s`` and ``%%``; with nothing configured, the defaults.

    `configuration` is the file that has the section; `file_template` and `timezone` are None where they are not set.
    `tells_folders` is whether anything is said about where revisions are but for `script_location`: by itself, that
    does not make revisions in nested folders a mistake, since programs set the rest. `dialect` is that of
    `sqlalchemy.url`, as it is written.
    `deprecations` are the lines that Alembic would warn with.
    """

    configuration: Path | None = None
    section: str = "alembic"
    script_location: str | None = None
    version_locations: tuple[str, ...] = ()
    recursive: bool = False
    prepend_sys_path: tuple[str, ...] = ()
    file_template: str | None = None
    truncate_slug_length: int = 40
    timezone: str | None = None
    tells_folders: bool = False
    dialect: str | None = None
    deprecations: tuple[str, ...] = ()


def is_configuration(name: str) -> bool:
    """Whether a file of that name may configure Alembic: pyproject.toml, or an ini file with alembic in its name."""
    return name == "pyproject.toml" or ("alembic" in name.lower() and name.endswith((".ini", ".cfg")))


def read_folder(folder: Path, names: Iterable[str]) -> list[Settings]:
    """The sections of all configurations among the `names` in `folder`, those of alembic.ini first.

    Raises ProjectError where a file cannot be read or understood.
    """
    inis = sorted((name for name in names if is_configuration(name) and name != "pyproject.toml"), key=_plain_first)
    found = [settings for name in inis for settings in read(folder / name)]
    return found or read(folder / "pyproject.toml")


def read(file: Path) -> list[Settings]:
    """The sections of one configuration that are a history each; none where it does not configure Alembic.

    An ini file is read with the pyproject.toml beside it, and a pyproject.toml with the alembic.ini beside it: what
    both define is the ini file's. A section is a history if it names a `script_location` or `version_locations` of
    its own (``alembic -n``); without any, [alembic] is one. Raises ProjectError.
    """
    ini = file.with_name("alembic.ini") if file.name == "pyproject.toml" else file
    toml = file.with_name("pyproject.toml")
    table = _table(toml)
    if file == ini or ini.is_file():
        sections = _sections(ini)
        if sections:
            return [_settings(_Options(ini, section, values, toml, table)) for section, values in sections.items()]
    return [_settings(_Options(ini, "alembic", {}, toml, table))] if table else []


def _plain_first(name: str) -> tuple[bool, str]:
    return name != "alembic.ini", name


def _read_text(file: Path) -> str:
    try:
        return content(str(file)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(file, f"not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise ProjectError(file, f"cannot be read: {error.strerror}") from None


def _table(toml: Path) -> Mapping[str, Any]:
    try:
        raw = content(str(toml))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return {}
    except OSError as error:
        raise ProjectError(toml, f"cannot be read: {error.strerror}") from None
    if not _TOOL_ALEMBIC.search(raw):
        return {}

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        table = tomllib.loads(_read_text(toml)).get("tool", {}).get("alembic", {})
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProjectError(toml, f"not TOML: {error}; correct it") from None
    if not isinstance(table, dict):
        raise ProjectError(toml, "tool.alembic is not a table; write [tool.alembic]")
    return table


def _sections(ini: Path) -> dict[str, Mapping[str, str]]:
    """The sections of an ini file that are a history each; an option is interpolated when it is asked for."""
    import configparser

    # A percent sign in the path must not start an interpolation.
    parser = configparser.ConfigParser({"here": ini.absolute().parent.as_posix().replace("%", "%%")})
    try:
        parser.read_string(_read_text(ini))
    except configparser.MissingSectionHeaderError as error:
        raise ProjectError(ini, f"line {error.lineno}: an option before the first [section]; correct it") from None
    except configparser.DuplicateSectionError as error:
        raise ProjectError(ini, f"line {error.lineno}: [{error.section}] is there twice; remove one") from None
    except configparser.DuplicateOptionError as error:
        raise ProjectError(ini, f"line {error.lineno}: {error.option} is there twice; remove one") from None
    except configparser.ParsingError as error:
        raise ProjectError(ini, f"line {error.errors[0][0]}: not an option of an ini file; correct it") from None

    def own(section: str, name: str) -> bool:
        value = parser.get(section, name, raw=True, fallback=None)
        return value is not None and value != parser.defaults().get(name)

    named = [name for name in parser.sections() if own(name, "script_location") or own(name, "version_locations")]
    if not named and parser.has_section("alembic"):
        named = ["alembic"]
    if not named and "script_location" in parser.defaults():
        named = [parser.default_section]
    return {section: parser[section] for section in named}


class _Options:
    """The options of a section: those of the ini file, else those of the table of pyproject.toml."""

    def __init__(
        self, ini: Path, section: str, values: Mapping[str, str], toml: Path, table: Mapping[str, Any]
    ) -> None:
        self.ini, self.section, self.values = ini, section, values
        self.toml, self.table = toml, table
        self.deprecations: list[str] = []

    def has(self, name: str) -> bool:
        return name in self.values or name in self.table

    def text(self, name: str) -> str | None:
        if name in self.values:
            return self._interpolated(name) or None
        return self._formatted(name, self._typed(name, str, "a string")) or None

    def number(self, name: str) -> int | None:
        value = None if name in self.values else self.table.get(name)
        if isinstance(value, int):
            return value
        text = self.text(name)
        try:
            return int(text) if text else None
        except ValueError:
            raise self._error(name, f'"{text}" is not a number; write one') from None

    def flag(self, name: str) -> bool:
        if name in self.values:
            return self._interpolated(name) == "true"
        return bool(self._typed(name, bool, "true or false"))

    def many(self, name: str, keys: tuple[str, ...], legacy: str) -> tuple[str, ...]:
        """A list: in an ini file it is split by the separator that one of `keys` names, else by `legacy`."""
        text = self._interpolated(name) if name in self.values else ""
        if text:
            parts = self._separator(name, keys, legacy).split(text)
        else:
            items = self._typed(name, list, "a list of strings") or []
            if not all(isinstance(item, str) for item in items):
                raise self._error(name, "not a list of strings; write one")
            parts = [self._formatted(name, item) or "" for item in items]
        return tuple(stripped for part in parts if (stripped := part.strip()))

    def dialect(self) -> str | None:
        """What stands before the driver in `sqlalchemy.url`, which may be filled in by programs."""
        import configparser

        try:
            url = self.values.get("sqlalchemy.url") or self.table.get("sqlalchemy.url")
        except configparser.InterpolationError:
            return None
        written = re.match(r"(\w+)(?:\+\w+)?://", url) if isinstance(url, str) else None
        return written[1] if written else None

    def _separator(self, name: str, keys: tuple[str, ...], legacy: str) -> re.Pattern[str]:
        key = next((key for key in keys if key in self.values), None)
        if key is None:
            self.deprecations.append(f"{name} is split on spaces, since path_separator is not set; set it")
            return re.compile(legacy)
        if key != "path_separator":
            self.deprecations.append(f"{key} is deprecated; rename it path_separator")
        value = self._interpolated(key)
        if value not in _SEPARATORS:
            raise self._error(key, f'"{value}" is not a separator; write os, space, newline, : or ;')
        return re.compile(re.escape(_SEPARATORS[value]))

    def _interpolated(self, name: str) -> str:
        import configparser

        try:
            return self.values[name]
        except configparser.InterpolationMissingOptionError as error:
            what = f'nothing defines "%({error.reference})s"'
        except configparser.InterpolationError:
            what = "a percent sign that stands for nothing"
        raise self._error(name, f"{what}; write %% for a percent sign")

    def _formatted(self, name: str, text: str | None) -> str | None:
        if text is None:
            return None
        try:
            return text % {"here": self.toml.absolute().parent.as_posix()}
        except KeyError as error:
            what = f'nothing defines "%({error.args[0]})s"'
        except (ValueError, TypeError):
            what = "a percent sign that stands for nothing"
        raise self._error(name, f"{what}; write %% for a percent sign")

    def _typed(self, name: str, kind: type[_T], called: str) -> _T | None:
        value = self.table.get(name)
        if value is not None and not isinstance(value, kind):
            raise self._error(name, f"not {called}; write one")
        return value

    def _error(self, name: str, message: str) -> ProjectError:
        if name in self.values:
            return ProjectError(self.ini, f"[{self.section}] {name}: {message}")
        return ProjectError(self.toml, f"[tool.alembic] {name}: {message}")


def _settings(options: _Options) -> Settings:
    template = options.text("file_template")
    version_locations = options.many(
        "version_locations", ("path_separator", "version_path_separator"), legacy=r"[,\s]+"
    )
    return Settings(
        configuration=options.ini if options.values else options.toml,
        section=options.section,
        script_location=options.text("script_location"),
        version_locations=version_locations,
        recursive=options.flag("recursive_version_locations"),
        prepend_sys_path=options.many("prepend_sys_path", ("path_separator",), legacy=r"[,:\s]+"),
        file_template=template,
        truncate_slug_length=options.number("truncate_slug_length") or 40,
        timezone=options.text("timezone"),
        tells_folders=(
            bool(version_locations) or options.has("recursive_version_locations") or "/" in (template or "")
        ),
        dialect=options.dialect(),
        deprecations=tuple(options.deprecations),
    )
