"""What a rule is shown: one revision in its place, with the schema before it, after it, and after going back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, wraps
from itertools import chain
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from alembic_review.environment import Environment
from alembic_review.mirror import Difference, differences
from alembic_review.operations import (
    Condition,
    Delete,
    Execute,
    Insert,
    Operation,
    PythonCall,
    Raise,
    Truncate,
    Update,
)
from alembic_review.replay import Dependent, Effect, Outcome, Refusal, Run, Settings, after
from alembic_review.revision import Revision
from alembic_review.schema import Origin, Schema, Table
from alembic_review.types import Name

__all__ = [
    "Change",
    "Clash",
    "Dependent",
    "Difference",
    "Direction",
    "Effect",
    "Refusal",
    "Run",
    "Settings",
    "Step",
    "once",
]

Direction = Literal["upgrade", "downgrade"]
O = TypeVar("O", bound=Operation, covariant=True)  # noqa: E741
K = TypeVar("K", bound=Operation)
P = ParamSpec("P")
T = TypeVar("T")


class Step(Struct, Generic[O], frozen=True):
    """One operation of a revision, on the schema as it finds it."""

    operation: O
    direction: Direction
    before: Schema
    outcome: Outcome

    @property
    def after(self) -> Schema:
        """The schema it leaves."""
        return self.outcome.schema

    @property
    def ran(self) -> bool | None:
        """Whether its conditions hold; None where that cannot be told."""
        return self.outcome.ran

    @property
    def unused(self) -> bool:
        """Whether it finds nothing to do: IF EXISTS of what is not there, IF NOT EXISTS of what is."""
        return self.outcome.unused

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What goes along with it."""
        return self.outcome.effects

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What is refused when this revision is deployed by a command of its own."""
        return tuple(refusal for refusal in self.outcome.refusals if refusal.alone)

    @property
    def fresh_refusals(self) -> tuple[Refusal, ...]:
        """What is refused when one command applies the whole history."""
        return tuple(refusal for refusal in self.outcome.refusals if refusal.fresh)


class Clash(Struct, frozen=True):
    """A revision of a branch that does not go with what `others`, on the other branches of a merge, have done.

    `change` is that revision, after the others.
    """

    change: Change
    others: frozenset[str]


class Makers(Struct, frozen=True):
    """Which revisions of a history may make a table, `revisions`, and which of the tables one makes for sure, `surely`.

    `line` gives a revision with all that it needs.
    """

    revisions: Mapping[Name, frozenset[str]]
    surely: frozenset[Name]
    line: Callable[[str], AbstractSet[str]]

    def after(self, revision: str, table: Name) -> str | None:
        """The revision that makes a table, where that is sure and none can have made it when *revision* runs."""
        makers = self.revisions.get(table)
        if makers is None or table not in self.surely:
            return None
        return min(makers) if all(one != revision and revision in self.line(one) for one in makers) else None


class Change:
    """One revision in its place in the history.

    *before* is the schema it is applied to: that which its ancestors make, before a merge those of all its branches.
    *run* is the `run` of the change before it, or a new `Run`.
    Of a revision with several engines, only the operations of *engine* are seen.
    *environment* is what the env.py says, where there is one that is read.
    *clashes* tell which revisions of the branches that it joins do not go together, *makers* which revisions of the
    whole history make a table.

    Nothing is replayed before it is asked for.
    """

    def __init__(
        self,
        revision: Revision,
        before: Schema,
        run: Run,
        engine: str = "",
        environment: Environment | None = None,
        clashes: tuple[Clash, ...] = (),
        makers: Makers | None = None,
    ) -> None:
        self.revision = revision
        self.before = before
        self.engine = engine
        self.environment = environment
        self.clashes = clashes
        self.makers = makers
        self._run = run.next(revision.id)
        # What `once` was answered, with what the question was about: that keeps the ids in the keys from other objects.
        self._answers: dict[tuple[object, ...], tuple[Any, object]] = {}

    @cached_property
    def upgrade(self) -> tuple[Step[Operation], ...]:
        """The steps of ``upgrade()``, in order, those that do not run among them."""
        ways = (self._of_engine(self.revision.upgrade), self._of_engine(self.revision.downgrade))
        run = _assuming(ways, self._run)
        return self._steps(self.revision.upgrade or (), "upgrade", self.before, run)

    @cached_property
    def downgrade(self) -> tuple[Step[Operation], ...]:
        """The steps of ``downgrade()``, from where the upgrade ends."""
        run = self.run.next(self.revision.id, upgrade=False)
        return self._steps(self.revision.downgrade or (), "downgrade", self.after, run)

    def _steps(
        self, operations: tuple[Operation, ...], direction: Direction, schema: Schema, run: Run
    ) -> tuple[Step[Operation], ...]:
        steps = []
        earlier: list[Schema] = []
        left: set[int] = set()
        run = _meant(self._of_engine(operations), run)
        for operation in operations:
            earlier.append(schema)
            if operation.engine and operation.engine != self.engine:
                continue
            if operation.guard in left:
                outcome = Outcome(schema, run, ran=False)
            else:
                outcome = after(schema, operation, run, earlier)
            if operation.guard and not all(refusal.sent for refusal in outcome.refusals):
                # The rest of the ``try`` is passed over.
                left.add(operation.guard)
            steps.append(Step(outcome.operation or operation, direction, schema, outcome))
            schema, run = outcome.schema, outcome.run
            if outcome.ran and isinstance(operation, Raise):
                break
        return tuple(steps)

    def _of_engine(self, operations: tuple[Operation, ...] | None) -> list[Operation]:
        return [item for item in operations or () if not item.engine or item.engine == self.engine]

    @property
    def after(self) -> Schema:
        """The schema after the upgrade."""
        return self.upgrade[-1].after if self.upgrade else self.before

    @property
    def reverted(self) -> Schema:
        """The schema after the upgrade and the downgrade."""
        return self.downgrade[-1].after if self.downgrade else self.after

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """What the downgrade does not bring back as it was, or leaves behind; certain things only."""
        # A table that the upgrade dropped was there before it, also where the history does not know it.
        there = {effect.name for step in self.upgrade for effect in step.effects if effect.what == "assumed"}
        return tuple(
            difference
            for difference in differences(self.before, self.reverted)
            if not (difference.how == "left" and difference.kind == "table" and difference.name in there)
        )

    @property
    def run(self) -> Run:
        """What the next change goes on with."""
        return self.upgrade[-1].outcome.run if self.upgrade else self._run

    @cached_property
    def _upgrades_by_kind(self) -> _ByKind:
        return _by_kind(self.upgrade)

    @cached_property
    def _downgrades_by_kind(self) -> _ByKind:
        return _by_kind(self.downgrade)

    def upgrades(self, *kinds: type[K]) -> Iterator[Step[K]]:
        """The steps of ``upgrade()`` that are of these kinds of operation and may run."""
        return iter(_of(self.upgrade, self._upgrades_by_kind, kinds))

    def downgrades(self, *kinds: type[K]) -> Iterator[Step[K]]:
        """The steps of ``downgrade()`` that are of these kinds of operation and may run."""
        return iter(_of(self.downgrade, self._downgrades_by_kind, kinds))

    def steps(self, *kinds: type[K]) -> Iterator[Step[K]]:
        """The steps of both ways that are of these kinds of operation and may run."""
        return chain(self.upgrades(*kinds), self.downgrades(*kinds))

    def tables(self) -> Iterator[Table]:
        """The tables that the upgrade makes or changes, as it leaves them, by their names."""
        for name in self.after.tables.differing(self.before.tables):
            table = self.after.tables.get(name)
            if table is not None:
                yield table

    def made_here(self, table: Name, step: Step[Operation]) -> bool:
        """Whether *table*, as *step* finds it, was made by this same revision on the same way."""
        there = step.before.table(table)
        origin = there.origin if there else None
        upgrade = step.direction == "upgrade"
        return origin is not None and origin.revision == self.revision.id and origin.upgrade == upgrade

    def told(self, origin: Origin | None) -> str:
        """Who made or dropped something, in people's words."""
        if origin is None:
            return "something before this history"
        if origin.revision != self.revision.id:
            return f"revision {origin.revision}"
        return "this upgrade()" if origin.upgrade else "this downgrade()"


def once(question: Callable[Concatenate[Change, P], T]) -> Callable[Concatenate[Change, P], T]:
    """A question about a change that several rules ask, and that is answered once for the same objects."""

    @wraps(question)
    def answer(change: Change, /, *about: P.args, **named: P.kwargs) -> T:
        key = (question, *map(id, about))
        known = change._answers.get(key)
        if known is None:
            known = change._answers[key] = question(change, *about, **named), about
        found: T = known[0]
        return found

    return answer


_ASIDE = (Execute, Insert, Update, Delete, Truncate, PythonCall, Raise)


def _meant(operations: list[Operation], run: Run) -> Run:
    """The run, with what nobody can tell taken to hold where all that is done hangs on it.

    ``if already_done(): return`` at the head of a function makes all of it conditional; what it does is judged as if
    it did it.
    """
    common = _common(operations)
    answers = {
        item.id: item.expected
        for item in common
        if item.question in ("unknown", "has-rows") or (item.question == "setting" and item.text not in run.assumed)
    }
    return replace(run, answers=answers) if answers else run


def _assuming(ways: Iterable[list[Operation]], run: Run) -> Run:
    """The run, with the settings taken to be as all that is done on both ways wants them.

    ``if not settings.uses_postgresql: return`` at the head of both functions passes the revision over on some
    databases; the history is that of those which have it, and the first such revision says which they are.
    """
    there = [{(item.text, item.expected) for item in _common(way) if item.question == "setting"} for way in ways]
    assumed = {text: on for text, on in set.intersection(*there) if text not in run.assumed}
    return replace(run, assumed={**run.assumed, **assumed}) if assumed else run


def _common(operations: list[Operation]) -> AbstractSet[Condition]:
    """The conditions that all that is done hangs on."""
    common: set[Condition] = set()
    done = [operation for operation in operations if not isinstance(operation, _ASIDE)]
    for number, operation in enumerate(done):
        if not operation.conditions:
            return frozenset()
        common = common.intersection(operation.conditions) if number else set(operation.conditions)
    return common


_ByKind = dict[type, list[Step[Operation]]]


def _by_kind(steps: tuple[Step[Operation], ...]) -> _ByKind:
    """The steps that may run, by the class of the operation and by all that it derives from: every rule asks."""
    found: _ByKind = {}
    for step in steps:
        if step.outcome.ran is not False:
            for kind in type(step.operation).__mro__:
                found.setdefault(kind, []).append(step)
    return found


def _of(steps: tuple[Step[Operation], ...], by_kind: _ByKind, kinds: tuple[type[K], ...]) -> Sequence[Step[K]]:
    present = [kind for kind in kinds if kind in by_kind]
    if not present:
        return ()
    if len(present) == 1:
        return by_kind[present[0]]  # type: ignore[return-value]
    return [step for step in steps if isinstance(step.operation, kinds) and step.outcome.ran is not False]  # type: ignore[misc]
