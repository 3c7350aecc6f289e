"""A rule: what it is called, how grave it is, its page, and what it finds in a change, a history, a project."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, TypeVar, overload

from msgspec import Struct

from alembic_review.allowances import Comments
from alembic_review.change import Change, Step, once
from alembic_review.config import Config, Setting
from alembic_review.diagnostics import Severity, Span
from alembic_review.history.folder import History
from alembic_review.operations import Operation, Place
from alembic_review.proof import Proof
from alembic_review.revision import Revision
from alembic_review.types import HOLE

S = TypeVar("S", bound=Step[Operation])


class Finding(Struct, frozen=True):
    """What a rule found, before anybody is told: where it stands is a place in a file, or a span of it."""

    rule: type[Rule]
    path: str
    place: Place | Span
    message: str
    help: str | None = None
    revision: str | None = None
    direction: str | None = None
    table: str | None = None
    thing: str | None = None


class Rule:
    """One rule. Its class name is its name, its package its group, its docstring its page.

    A rule says what it finds through one or more of `check`, `check_history` and `check_comments`; the others stay as
    they are. It is made once for each run, and keeps nothing between calls.
    `proof` is what a real database shows for the Example on its page, and not for the Use instead.
    `settings` are the numbers and texts that ``[tool.alembic-review.rules.<name>]`` may set, with their defaults.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    default_on: ClassVar[bool] = True
    proof: ClassVar[Proof | None] = None
    settings: ClassVar[Mapping[str, Setting]] = {}

    name: ClassVar[str]
    group: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", cls.__name__).lower()
        cls.group = cls.__module__.rpartition(".")[0].rpartition(".")[2]

    def __init__(self, config: Config) -> None:
        self.config = config

    def setting(self, key: str) -> float:
        """One of the numbers among the rule's own `settings`, as the project has it, else its default."""
        value = self._set(key)
        assert not isinstance(value, tuple)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Texts among the rule's own `settings`, as the project has them, else their default."""
        value = self._set(key)
        assert isinstance(value, tuple)
        return value

    def _set(self, key: str) -> Setting:
        return self.config.rules.get(self.name, {}).get(key, self.settings[key])

    def tells_of(self, change: Change) -> Iterator[Step[Operation]]:
        """The steps that it tells of, where other rules would tell of them what is less exact."""
        return iter(())

    def besides(self, change: Change, steps: Iterable[S], *others: type[Rule]) -> Iterator[S]:
        """Those of *steps* that none of the *others* tells of; rules that this run does not ask tell of nothing."""
        told: set[int] | None = None
        for step in steps:
            if told is None:
                asked = [rule for rule in others if self._asks(rule, change)]
                told = {id(other) for rule in asked for other in _told_of(change, rule, self.config)}
            if id(step) not in told:
                yield step

    def _asks(self, rule: type[Rule], change: Change) -> bool:
        config = self.config
        return config.selects(rule.name, rule.group, default=rule.default_on) and not config.ignores(
            change.revision.path, rule.name, rule.group
        )

    @classmethod
    def page(cls) -> str:
        """What the rule is about, in Markdown: its docstring."""
        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def summary(cls) -> str:
        """The first sentence of its page."""
        return cls.page().partition("\n\n")[0].replace("\n", " ")

    def check(self, change: Change) -> Iterator[Finding]:
        """What there is to say of one revision, in its place in the history."""
        return iter(())

    def check_history(self, history: History) -> Iterator[Finding]:
        """What there is to say of a history as a whole."""
        return iter(())

    def check_comments(self, comments: Comments) -> Iterator[Finding]:
        """What there is to say of the comments of one file, when all else has been found."""
        return iter(())

    def at(
        self,
        change: Change,
        where: Step[Operation] | Place | str,
        message: str,
        help: str | None = None,
        *,
        place: Place | None = None,
        direction: str | None = None,
        table: object = None,
        thing: object = None,
    ) -> Finding:
        """A finding in the revision of *change*: at a step, a place, or a part of the file in `Revision.places`.

        *place* points at something more exact than the whole step, such as a column of a new table.
        """
        if isinstance(where, Step):
            if table is None:
                table = getattr(where.operation, "table", None)
            stands = place if place is not None and place.node else where.operation.place
            direction = where.direction
        elif isinstance(where, str):
            stands = change.revision.places.get(where, Place())
            direction = direction or (where if where in ("upgrade", "downgrade") else None)
        else:
            stands = where
        return Finding(
            type(self),
            change.revision.path,
            stands,
            _shown(message),
            _shown(help),
            change.revision.id,
            direction,
            _shown(table),
            _shown(thing),
        )

    def in_environment(self, path: str, place: Place, message: str, help: str | None = None) -> Finding:
        """A finding in an env.py."""
        return Finding(type(self), path, place, message, help)

    def in_file(
        self,
        revision: Revision,
        where: str,
        message: str,
        help: str | None = None,
        *,
        thing: object = None,
    ) -> Finding:
        """A finding of a history, at a part of one revision's file that `Revision.places` names."""
        return Finding(
            type(self),
            revision.path,
            revision.places.get(where, Place()),
            message,
            help,
            revision.id,
            None,
            None,
            str(thing) if thing is not None else None,
        )


@once
def _told_of(change: Change, rule: type[Rule], config: Config) -> Sequence[Step[Operation]]:
    """The steps that a rule tells of, where others would tell of them too."""
    return list(rule(config).tells_of(change))


@overload
def _shown(text: str) -> str: ...
@overload
def _shown(text: object) -> str | None: ...
def _shown(text: object) -> str | None:
    """What could not be read is shown as dots."""
    return None if text is None else str(text).replace(HOLE, "…")
