"""The names of rules and groups, which are looked up when somebody names one."""

from __future__ import annotations

from collections.abc import Collection, Iterator


class RuleNames(Collection[str]):
    """The names of all rules and groups that are installed; loading the rules takes a while. Raises Stop as they do."""

    def __init__(self) -> None:
        self._names: frozenset[str] | None = None

    def __contains__(self, name: object) -> bool:
        return name in self._loaded()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._loaded()))

    def __len__(self) -> int:
        return len(self._loaded())

    def _loaded(self) -> frozenset[str]:
        if self._names is None:
            from alembic_review.cli.installed import installed_rules

            self._names = frozenset(name for rule in installed_rules() for name in (rule.name, rule.group))
        return self._names
