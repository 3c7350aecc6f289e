"""What a project has settled: `[tool.alembic-review]` of a pyproject.toml, or an alembic-review.toml."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from alembic_review.choices import DIALECTS, FAIL_ON, FORMATS, SELECT_WORDS
from alembic_review.diagnostics import Severity
from alembic_review.nearest import did_you_mean

LEVELS = tuple(severity.value for severity in Severity)

Version = tuple[int, ...]

Setting = float | tuple[str, ...]
"""What a rule may have set for itself: a number, or texts."""


class ConfigError(Exception):
    """Settings that cannot be followed: one line that says which, where, and what would be right."""


class Selection(Struct, frozen=True):
    """Which rules to ask, by names of rules and groups; one layer, as a file or a command line gives it.

    As with ruff: where `select` is given, it replaces all layers before; where it is None, `ignore` takes from what
    they left. What names a rule counts more than what names its group, and that more than the SELECT_WORDS; between
    equals, `ignore` wins.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()

    def decides(self, rule: str, group: str, *, default: bool, before: bool) -> bool:
        """Whether the rule is on, which was on or off `before`, and is on or off by `default`."""
        select = self.select or ()
        for name in (rule, group):
            if name in self.ignore:
                return False
            if name in select:
                return True
        return before if self.select is None else "all" in select or ("default" in select and default)


class ExternalTables(Struct, frozen=True):
    """Tables that another system owns, beside those that are known to: ``name`` or ``schema.name``.

    `patterns` are shell patterns of such names: ``*``, ``?``, ``[abc]``.
    """

    names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


class Config(Struct, frozen=True):
    """The settings of one run.

    `file` is where they stand; relative paths in it start from its folder.
    `says_dialect` is whether the dialect is said, and not only assumed.
    `selections` are layers, each upon the one before. `fail_on` is the least grave level that fails a run, None for
    no level. `wrappers` maps the dotted name of a function to the directive of Alembic that it stands for.
    `postgresql`, `sqlalchemy` and `alembic` are the versions to judge for, None where nothing is said; a review then
    takes the SQLAlchemy and the Alembic that are installed.
    `small_tables` never have rows enough for a lock to matter. Revisions up to `start_after` are not judged, and with
    a `base`, only what this branch adds to that branch or changes is: empty for the branch that the CI service names.
    `baseline` is a file of findings that are not told.
    `severity` maps rules and groups to levels. `per_file_ignores` maps shell patterns of paths or file names to rules
    and groups. `file_name_pattern` is a regular expression that the name of a revision's file has to match whole.
    `rules` maps rules to settings of their own, which `Rule.settings` names.
    """

    file: Path | None = None
    selections: tuple[Selection, ...] = ()
    external_tables: ExternalTables = ExternalTables()
    dialect: str = "postgresql"
    says_dialect: bool = False
    fail_on: Severity | None = Severity.WARNING
    format: str = "full"
    wrappers: Mapping[str, str] = field(default_factory=dict)
    postgresql: Version | None = None
    sqlalchemy: Version | None = None
    alembic: Version | None = None
    small_tables: tuple[str, ...] = ()
    base: str | None = None
    start_after: str | None = None
    severity: Mapping[str, Severity] = field(default_factory=dict)
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    file_name_pattern: str | None = None
    rules: Mapping[str, Mapping[str, Setting]] = field(default_factory=dict)
    baseline: Path | None = None

    def selecting(self, selection: Selection) -> Config:
        """The same with one more layer of selection, as the command line adds it."""
        return replace(self, selections=(*self.selections, selection))

    def selects(self, rule: str, group: str, *, default: bool) -> bool:
        """Whether a rule is to be asked, which is on or off by `default`."""
        on = default
        for selection in self.selections:
            on = selection.decides(rule, group, default=default, before=on)
        return on

    def severity_of(self, rule: str, group: str, *, default: Severity) -> Severity:
        """The level of a rule's findings: the rule's own setting, else its group's, else `default`."""
        return self.severity.get(rule) or self.severity.get(group) or default

    def ignores(self, file: str, rule: str, group: str) -> bool:
        """Whether `per_file_ignores` leave out this rule for this file; a relative path starts where we run."""
        if not self.per_file_ignores:
            return False
        path = Path(file).resolve()
        root = self.file.parent.resolve() if self.file else Path.cwd()
        shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        return any(
            (rule in names or group in names) and (fnmatch(shown, pattern) or fnmatch(path.name, pattern))
            for pattern, names in self.per_file_ignores.items()
        )


def level(name: str) -> Severity | None:
    """What one of FAIL_ON stands for."""
    return None if name == "never" else Severity(name)


def check_names(names: Iterable[str], known: Collection[str], where: str, words: Collection[str] = ()) -> None:
    """Raises ConfigError for the first of the names that is no rule, no group and none of the `words`.

    `where` begins its line. What is known is asked only when there is a name to look up.
    """
    for name in names:
        if name not in words and name not in known:
            raise ConfigError(f'{where}: no rule or group is called "{name}"{did_you_mean(name, [*known, *words])}')


def check_settings(config: Config, known: Mapping[str, Mapping[str, Setting]]) -> None:
    """Raises ConfigError where `rules` name what is not *known*: all rules, and the settings of each.

    A setting is of the kind that its default is; one whose default lies between 0 and 1 does so too.
    """
    where = f"{_shown(config.file)}: rules" if config.file else "rules"
    for rule, settings in config.rules.items():
        if rule not in known:
            raise ConfigError(f'{where}: no rule is called "{rule}"{did_you_mean(rule, known)}')
        for key, value in settings.items():
            if key not in known[rule]:
                hint = did_you_mean(key, known[rule])
                raise ConfigError(f'{where}.{rule}: no setting is called "{key}"{hint}')
            if isinstance(value, tuple) != isinstance(known[rule][key], tuple):
                kind = _NUMBER if isinstance(value, tuple) else _TEXTS
                raise ConfigError(f"{where}.{rule}.{key} has to be {kind}")
            default = known[rule][key]
            if isinstance(default, float) and 0 < default < 1 and isinstance(value, float) and not 0 <= value <= 1:
                raise ConfigError(f"{where}.{rule}.{key} has to lie between 0 and 1, as {default} does")


def check_wrappers(config: Config, directives: Collection[str]) -> None:
    """Raises ConfigError where a wrapper is said to stand for what is none of Alembic's *directives*."""
    where = f"{_shown(config.file)}: wrappers" if config.file else "wrappers"
    for function, directive in config.wrappers.items():
        if directive not in directives:
            hint = did_you_mean(directive, directives)
            raise ConfigError(f'{where}.{function}: no directive of Alembic is called "{directive}"{hint}')


def nearest(targets: Sequence[Path], names: Collection[str]) -> Config:
    """The settings of the nearest file that has some; else the defaults.

    Looked for upwards from the deepest folder that all targets lie in (without any: the present one), to the root of
    the repository. In one folder, alembic-review.toml goes before pyproject.toml; a pyproject.toml without
    `[tool.alembic-review]` is passed by. `names` are all rules and groups that there are.
    Raises ConfigError as `load` does.
    """
    start = _common_folder(targets)
    for folder in (start, *start.parents):
        # os.path, because a folder that may not be looked into has nothing for us.
        for name in ("alembic-review.toml", _SHARED):
            file = folder / name
            section = _section(file) if os.path.isfile(file) else None
            if section is not None:
                return _config(file, section, names)
        if os.path.exists(folder / ".git"):
            break
    return Config()


def _common_folder(targets: Sequence[Path]) -> Path:
    folders = [target if os.path.isdir(target) else target.parent for target in map(Path.absolute, targets)]
    try:
        return Path(os.path.commonpath(folders)).resolve()
    except ValueError:  # There are none, or they are on several drives.
        return Path.cwd()


def load(file: Path, names: Collection[str]) -> Config:
    """The settings of one file; `names` are all rules and groups that there are.

    Raises ConfigError where the file cannot be read, or says something that has no meaning.
    """
    section = _section(file)
    if section is None:
        raise ConfigError(f"{_shown(file)}: there is no [tool.alembic-review] in it")
    return _config(file, section, names)


def loads(text: str, names: Collection[str]) -> Config:
    """The settings of a text, as an alembic-review.toml has it. Raises ConfigError as `load` does."""
    file = Path("alembic-review.toml")
    return _config(file, _parsed(file, text), names)


_SHARED = "pyproject.toml"

_NUMBER = "a number, as in 0.8"
_TEXTS = 'a list of texts, as in ["a", "b"]'

_KEYS = (
    "alembic",
    "base",
    "baseline",
    "dialect",
    "external-tables",
    "fail-on",
    "file-name",
    "format",
    "ignore",
    "per-file-ignores",
    "postgresql",
    "rules",
    "select",
    "severity",
    "small-tables",
    "sqlalchemy",
    "start-after",
    "unread",
    "wrappers",
)


def _section(file: Path) -> object:
    """What a file has for us: all of it, or the `[tool.alembic-review]` of a pyproject.toml, None where it has none."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{_shown(file)}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{_shown(file)}: is not UTF-8, as TOML has to be") from None
    if file.name == _SHARED and "alembic-review" not in text and "alembic_review" not in text:
        return None  # Not worth parsing.

    document = _parsed(file, text)
    tool = document.get("tool", {})
    tools = tool if isinstance(tool, dict) else {}
    if file.name != _SHARED:
        if "alembic-review" in tools:
            raise ConfigError(f"{_shown(file)}: leave [tool.alembic-review] out; the settings stand by themselves here")
        return document
    if "alembic_review" in tools:
        raise ConfigError(f"{_shown(file)}: tool.alembic_review has to be called tool.alembic-review")
    return tools.get("alembic-review")


def _parsed(file: Path, text: str) -> dict[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document: dict[str, object] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{_shown(file)}: is not TOML: {error}") from None
    return document


def _config(file: Path, section: object, names: Collection[str]) -> Config:
    settings = _Table(_shown(file), ("tool", "alembic-review") if file.name == _SHARED else (), section, _KEYS)
    external = settings.table("external-tables", ("names", "patterns"))
    ignores = settings.table("per-file-ignores")
    wrappers = settings.table("wrappers")
    levels = settings.table("severity")
    rules = settings.table("rules")
    check_names(levels.values, names, levels.where)
    severity = {name: Severity(text) for name in levels.values if (text := levels.choice(name, LEVELS))}
    if unread := settings.choice("unread", LEVELS):
        severity.setdefault("unread-operation", Severity(unread))
    default = Config()
    fail_on = settings.choice("fail-on", FAIL_ON)
    return Config(
        file=file,
        selections=(Selection(settings.names("select", names, SELECT_WORDS), settings.names("ignore", names) or ()),),
        external_tables=ExternalTables(external.texts("names") or (), external.texts("patterns") or ()),
        dialect=settings.choice("dialect", DIALECTS) or default.dialect,
        says_dialect=settings.choice("dialect", DIALECTS) is not None,
        fail_on=level(fail_on) if fail_on else default.fail_on,
        format=settings.choice("format", FORMATS) or default.format,
        wrappers={function: directive for function in wrappers.values if (directive := wrappers.text(function))},
        postgresql=settings.version("postgresql"),
        sqlalchemy=settings.version("sqlalchemy"),
        alembic=settings.version("alembic"),
        small_tables=settings.texts("small-tables") or (),
        base=settings.text_or_true("base"),
        start_after=settings.text("start-after"),
        severity=severity,
        per_file_ignores={pattern: ignores.names(pattern, names) or () for pattern in ignores.values},
        file_name_pattern=settings.table("file-name", ("pattern",)).pattern("pattern"),
        rules={rule: rules.table(rule).settings() for rule in rules.values},
        baseline=settings.path("baseline", file.parent),
    )


class _Table:
    """A table of a settings file. What it is asked for is None where the file says nothing of it.

    Everything raises ConfigError, with the file and the way to the place, for what has no meaning.
    """

    def __init__(self, file: str, way: tuple[str, ...], value: object, keys: Collection[str] | None = None) -> None:
        """`keys` are those that have a meaning; None where all have."""
        self._file = file
        self._way = way
        self.where = f"{file}: {'.'.join(way)}" if way else file
        if not isinstance(value, dict):
            raise ConfigError(f"{self.where} has to be a table")
        self.values: dict[str, object] = value
        for key in value:
            if keys is not None and key not in keys:
                raise ConfigError(f'{self.where}: no setting is called "{key}"{did_you_mean(key, keys)}')

    def table(self, key: str, keys: Collection[str] | None = None) -> _Table:
        return _Table(self._file, (*self._way, key), self.values.get(key, {}), keys)

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        example = f', as in "{value}"' if isinstance(value, (int, float)) else ""
        raise ConfigError(f"{self._at(key)} has to be text in quotes{example}")

    def text_or_true(self, key: str) -> str | None:
        """The text; empty for `true`, and None for `false`."""
        value = self.values.get(key)
        if isinstance(value, bool):
            return "" if value else None
        if value == "":
            raise ConfigError(f"{self._at(key)} has to be true, or text that is not empty")
        return self.text(key)

    def texts(self, key: str) -> tuple[str, ...] | None:
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ConfigError(f"{self._at(key)} has to be {_TEXTS}")

    def names(self, key: str, known: Collection[str], words: Collection[str] = ()) -> tuple[str, ...] | None:
        names = self.texts(key)
        check_names(names or (), known, self._at(key), words)
        return names

    def choice(self, key: str, choices: Collection[str]) -> str | None:
        value = self.text(key)
        if value is not None and value not in choices:
            listed = ", ".join(choices)
            raise ConfigError(f'{self._at(key)}: "{value}" is none of {listed}{did_you_mean(value, choices)}')
        return value

    def version(self, key: str) -> Version | None:
        value = self.text(key)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})*", value):
            raise ConfigError(f'{self._at(key)}: "{value}" is no version, as "15" and "2.0" are')
        return tuple(int(part) for part in value.split("."))

    def pattern(self, key: str) -> str | None:
        value = self.text(key)
        try:
            re.compile(value or "")
        except re.error as error:
            raise ConfigError(f'{self._at(key)}: "{value}" is no regular expression: {error}') from None
        return value

    def settings(self) -> Mapping[str, Setting]:
        found: dict[str, Setting] = {}
        for key, value in self.values.items():
            if isinstance(value, list):
                found[key] = self.texts(key) or ()
            elif isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ConfigError(f"{self._at(key)} has to be {_NUMBER}, or {_TEXTS}")
            else:
                found[key] = float(value)
        return found

    def path(self, key: str, folder: Path) -> Path | None:
        value = self.text(key)
        return None if value is None else folder / value

    def _at(self, key: str) -> str:
        return f"{self._file}: {'.'.join((*self._way, key))}"


def _shown(file: Path) -> str:
    """The path as it is shortest from here."""
    here = Path.cwd()
    return file.relative_to(here).as_posix() if file.is_relative_to(here) else str(file)
