"""The rules there are: every `Rule` in the packages that the entry points ``alembic_review.rules`` name."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType

from alembic_review.installed import EntryPoint, entry_points
from alembic_review.rule import Rule

GROUP = "alembic_review.rules"


class RuleError(Exception):
    """Rules that cannot be asked: one line that says which package, why, and what to do."""


def load_rules() -> tuple[type[Rule], ...]:
    """All rules, in the order of their groups and names.

    Raises RuleError where an entry point cannot be loaded, two rules have one name, or there is no rule at all: a
    linter without rules must not look like a clean bill.
    """
    found: dict[str, type[Rule]] = {}
    for point in sorted(entry_points(GROUP), key=lambda point: point.name):
        for rule in _rules_of(point):
            other = found.setdefault(rule.name, rule)
            if other is not rule:
                raise RuleError(
                    f'two rules are called "{rule.name}": {other.__module__} and {rule.__module__}; rename one'
                )
    if not found:
        raise RuleError(
            f'no rules are installed: no entry point of the group "{GROUP}" names any; reinstall alembic-review'
        )
    return tuple(sorted(found.values(), key=lambda rule: (rule.group, rule.name)))


def folders_of(rules: Iterable[type[Rule]]) -> list[Path]:
    """The folders that the code of these rules lies in, each package once."""
    files = (sys.modules[rule.__module__.partition(".")[0]].__file__ for rule in rules)
    return sorted({Path(file).parent for file in files if file is not None})


def _rules_of(point: EntryPoint) -> list[type[Rule]]:
    try:
        loaded = point.load()
        if isinstance(loaded, type) and issubclass(loaded, Rule):
            return [loaded]
        if not isinstance(loaded, ModuleType):
            raise TypeError("it is neither a module nor a rule")
        modules = [loaded]
        if hasattr(loaded, "__path__"):
            modules += [import_module(info.name) for info in walk_packages(loaded.__path__, f"{loaded.__name__}.")]
    except Exception as error:
        # Other people's rules run here: whatever goes wrong in them is theirs to hear of.
        raise RuleError(
            f'the rules of the entry point "{point.name}" ({point.value}) cannot be loaded: '
            f"{type(error).__name__}: {error}; mend or uninstall the package"
        ) from error
    return [rule for module in modules for rule in _defined_in(module)]


def _defined_in(module: ModuleType) -> list[type[Rule]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Rule)
        and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
        and not inspect.isabstract(value)
    ]
