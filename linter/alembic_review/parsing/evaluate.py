"""What a piece of Python is worth: a small evaluator with plain rules, which runs nothing and imports nothing.

It follows what revisions are made of: names, literals, loops over what is known, branches (decided where they can be,
both ways where not), functions of the same file or of the project's own tree. What it does not follow becomes
`Unknown`, with its reason. What touches the database is handed to `Actions`.

This module has what a run keeps in mind, how it goes through files, functions and classes, and what is true of values.
What each kind of node means is in the modules that build on it, and `Interpreter` puts them together.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from msgspec.structs import replace

from alembic_review.operations import Condition, Operation, Place, place_of
from alembic_review.parsing import syntax
from alembic_review.parsing.attributes import Attributes
from alembic_review.parsing.builtins import path_attribute
from alembic_review.parsing.either import Split, either_of
from alembic_review.parsing.frames import TOO_MUCH, Exhausted, Flow, Frame, Raised, Source
from alembic_review.parsing.gathering import Gathered, Items, When, all_of, further
from alembic_review.parsing.listing import LISTED
from alembic_review.parsing.values import (
    ClassValue,
    Closure,
    Defaults,
    FilePath,
    Globals,
    Handle,
    InstanceOf,
    Listed,
    Made,
    Member,
    Names,
    Query,
    Ref,
    Result,
    Some,
    Super,
    Text,
    Unknown,
    has_unknown,
    pieces,
    same,
)
from alembic_review.types import HOLE

STEPS = 60_000
"""How many statements and calls of one file are followed, loops and helpers included."""

MODULE_STEPS = 6_000
"""The same for the top level of a file of the project that a revision leans on."""

CALL_STEPS = 20_000
"""The same for one call of a function of such a file."""

HEAVIEST = 1_000_000
"""No value is followed that is made of more values than these, its texts counted by `LETTERS`."""

WEIGHT = 20_000_000
"""The values that are used while a file is followed weigh no more than this together."""

LETTERS = 16
"""So many letters of a text weigh as much as a value."""

_WORTH_KEEPING = 64
"""What weighs more than this is weighed once."""

DEPTH = 24
"""How deep calls of functions are followed."""

MOST_VALUES = 4
"""A value that is one of more is not known."""

DATABASE = "alembic.op"
"""The dotted name of Alembic's operations proxy."""

NEVER_FOLLOWED = frozenset(sys.stdlib_module_names) | {"builtins", "alembic", "sqlalchemy"}
"""The roots of modules that are none of the project's."""


class Actions(Protocol):
    """What a call means that is not Python's own: the database's side of a revision."""

    operations: list[Operation]

    def apart(self) -> Actions:
        """The same for the top level of another file, which is none of the revision's doing."""

    def call(self, evaluator: Evaluator, func: Any, made: Made) -> Any:
        """The value of a call; the operations it stands for are added to the evaluator's."""

    def attribute(self, evaluator: Evaluator, owner: Any, name: str) -> Any:
        """The value of an attribute of a handle."""

    def enter(self, evaluator: Evaluator, value: Any) -> Any:
        """What ``with value as`` binds."""

    def leave(self, value: Any) -> None:
        """The block of a ``with`` has ended; *value* is what `enter` gave."""

    def decorated(self, evaluator: Evaluator, decorator: Any, closure: Closure) -> None:
        """A function is defined under a decorator that is not followed."""

    def raised(self, evaluator: Evaluator, place: Place, exception: str, message: str) -> None:
        """A ``raise`` was reached."""

    def lost(self, evaluator: Evaluator, place: Place, why: str) -> None:
        """The rest of a function could not be followed."""


class Evaluator(ABC):
    """Runs through the functions of one revision.

    *find* takes the dotted name of a module and the path of the file that imports it, and gives the file if it lies
    in the project's tree. *dialect* is the name of the database that the revision is read for.
    """

    def __init__(
        self, source: Source, actions: Actions, dialect: str, find: Callable[[Evaluator, str, str], Source | None]
    ) -> None:
        self.source = source
        self.actions = actions
        self.dialect = dialect
        self.conditions: tuple[Condition, ...] = ()
        self.attributes = Attributes()
        self.autocommit = False
        self.guard = 0
        self.savepoint = False
        self.engine = ""
        self.running = False
        self.undefined: dict[str, Place] = {}
        # What is given to an attribute or item of something that is not followed, by the attribute or key.
        self.assigned: dict[str, tuple[Any, Any]] = {}
        self.find = find
        # Where the revision's file has called the code of another file that runs.
        self.site: Place | None = None
        self._steps = 0
        self._limit = STEPS
        self._spent = 0
        # By the number of the value, which is kept so that no other takes it.
        self._weights: dict[int, tuple[Any, int]] = {}
        self._endless: set[int] = set()
        # The functions that are being called, each with the conditions of its call.
        self.stack: list[tuple[Any, When]] = []
        self._ids = 0
        # That of the statement of the revision's file that runs.
        self.way: tuple[int, ...] = ()
        # By the number of the container, which is kept so that no other takes it.
        self._born: dict[int, tuple[Any, When]] = {}
        self._gathered: dict[int, Gathered] = {}
        # By the number of what stands for either value, as above.
        self._splits: dict[int, tuple[Any, Split]] = {}
        # The names that statements read, by the number of a statement: those of the files live as long.
        self._reads: dict[int, tuple[str, ...]] = {}

    @abstractmethod
    def value(self, node: syntax.Expression, frame: Frame) -> Any:
        """What an expression is worth."""

    @abstractmethod
    def block(self, statements: list[syntax.Statement], frame: Frame) -> Flow:
        """Run statements one after the other."""

    @abstractmethod
    def call(self, func: Any, made: Made) -> Any:
        """The value of a call."""

    # --- running ------------------------------------------------------------------------------------------------------

    def module(self, source: Source) -> Frame:
        """The names of a file, run through once."""
        if source.frame is None:
            source.frame = Frame(source, None, "")
            if source is self.source:
                self._top_level(source, source.frame)
            else:
                self._lean_on(source, source.frame)
        return source.frame

    def _top_level(self, source: Source, frame: Frame) -> None:
        way = self.way
        try:
            self.block(source.statements, frame)
        except Raised:
            pass
        finally:
            self.way = way
            self.conditions = ()

    def _lean_on(self, source: Source, frame: Frame) -> None:
        """Run through another file: nothing it does is the revision's, and it is not to stop the revision's reading."""
        actions, site, way, running = self.actions, self.site, self.way, self.running
        state = self.conditions, self.autocommit, self.guard, self.savepoint, self.engine
        steps, limit, spent, stack = self._steps, self._limit, self._spent, self.stack
        if site is None:
            self.site = self.place(())
        self.actions, self.running = actions.apart(), False
        self.conditions, self.autocommit, self.guard, self.savepoint, self.engine = (), False, 0, False, ""
        self._steps, self._limit, self._spent, self.stack = 0, MODULE_STEPS, 0, []
        try:
            self.block(source.statements, frame)
        except (Raised, *TOO_MUCH):
            pass
        finally:
            self.actions, self.site, self.way, self.running = actions, site, way, running
            self.conditions, self.autocommit, self.guard, self.savepoint, self.engine = state
            self._steps, self._limit, self._spent, self.stack = steps, limit, spent, stack

    def run(self, closure: Closure, args: list[Any]) -> None:
        """Run a function of the revision from top to bottom. What another one did is not counted against it."""
        self.running = True
        self._steps = self._spent = 0
        try:
            self.call_closure(closure, args, {})
        except Raised:
            pass
        except TOO_MUCH:
            self.actions.lost(self, self.place(()), "more is done than is followed")
        finally:
            self.running = False
            self.conditions, self.autocommit, self.guard, self.savepoint = (), False, 0, False
            self.site = None

    def place(self, way: tuple[int, ...]) -> Place:
        """The place of a node of the revision's file; for another file's, where that was called."""
        if self.site is not None:
            return self.site
        return place_of(way or (*self.way, 0))

    @property
    def helper(self) -> str | None:
        """The name of the function of another file that runs; None while the revision's own does."""
        return getattr(self.stack[-1][0], "name", "lambda") if self.site is not None and self.stack else None

    def next_id(self) -> int:
        """A number for a condition, unique in this file."""
        self._ids += 1
        return self._ids

    def step(self) -> None:
        """Count one statement, call or round of a loop: no function does more of them than are followed."""
        self._steps += 1
        if self._steps > self._limit:
            raise Exhausted

    def spend(self, weight: int) -> None:
        """Count what is done with values: no function does more of it than is followed."""
        self._spent += weight
        if self._spent > WEIGHT:
            raise Exhausted

    def used(self, value: Any) -> Any:
        """*value*, which is taken from where it has a name, or was made from many: what is done with it is counted.

        Whatever doubles again and again does so by way of a name, so that the rest of the evaluator need not count.
        """
        kind = type(value)
        if kind in _TEXTS:
            weight = len(value) // LETTERS
        elif kind in _HEAVY:
            weight = self._weight(value)
        else:
            return value
        if weight > HEAVIEST:
            raise Exhausted
        self.spend(weight)
        return value

    def _weight(self, value: Any) -> int:
        """Of how many values a value is made, each counted as often as it is there."""
        kept = self._weights.get(id(value))
        if kept is not None:
            return kept[1]
        weight, todo = 0, [value]
        while todo:
            one = todo.pop()
            kind = type(one)
            weight += 1
            if kind in _TEXTS:
                weight += len(one) // LETTERS
            elif kind in _HEAVY:
                known = self._weights.get(id(one))
                if known is not None:
                    weight += known[1]
                else:
                    todo.extend(_parts(one))
            if weight + len(todo) > HEAVIEST:
                raise Exhausted
        if weight > _WORTH_KEEPING:
            self._weights[id(value)] = value, weight
        return weight

    def grown(self, container: Any, item: Any) -> None:
        """*item* was put into a container: it weighs more from now on."""
        kept = self._weights.get(id(container))
        if kept is not None:
            self._weights[id(container)] = container, kept[1] + self._weight(item)

    # --- functions ----------------------------------------------------------------------------------------------------

    def call_closure(
        self,
        closure: Closure,
        args: list[Any],
        kwargs: dict[str, Any],
        place: Place | None = None,
        at_yield: Callable[[Any], None] | None = None,
    ) -> Any:
        """The value of a call of a function of a file that is read; it is run."""
        self.step()
        function = closure.function
        rounds = [when for called, when in self.stack if called is function]
        if len(rounds) > 1 and further(self.conditions, rounds[-1]):
            # It goes on for as long as something that is not known: one more round tells nothing new.
            return Unknown("a recursion over what is not known")
        if len(self.stack) >= DEPTH:
            raise Exhausted
        frame = Frame(closure.frame.source, closure.frame, getattr(function, "name", "lambda"))
        frame.at_yield = at_yield
        self._bind_arguments(closure, [*closure.bound, *args], kwargs, frame)
        outer, site, way = self.conditions, self.site, self.way
        if frame.source is not self.source and site is None:
            self.site = place or self.place(())
        self.stack.append((function, self.conditions))
        try:
            if isinstance(function, syntax.Lambda):
                return self.value(function.body, frame)
            self.block(function.body, frame)
        except Raised:
            if not frame.returns:
                raise
            # It has come back already, on some condition.
            frame.returns.append((Unknown("a result that depends on a condition"), self.conditions))
        finally:
            self.stack.pop()
            self.conditions, self.site, self.way = outer, site, way
        if frame.yields is not None:
            return self.known(frame.yields)
        if not frame.returns:
            return None
        first = frame.returns[0][0]
        if all(same(first, other) for other, _when in frame.returns[1:]):
            return first
        if len(frame.returns) == 2 and isinstance(first, bool) and isinstance(frame.returns[1][0], bool):
            # `for column in columns: if column["name"] == name: return True`, then `return False`.
            when = tuple([one for one in further(frame.returns[0][1], outer) if one.text != LISTED])
            if when:
                query = all_of(when)
                return query if first is True else self.negated(query)
        when = further(frame.returns[0][1], outer)
        if len(frame.returns) == 2 and len(when) == 1:
            return self.one_of(when[0], first, frame.returns[1][0])
        return Unknown("a result that depends on a condition", tuple([value for value, _when in frame.returns]))

    def _bind_arguments(self, closure: Closure, args: list[Any], kwargs: dict[str, Any], frame: Frame) -> None:
        rest, left = list(args), dict(kwargs)
        for param in closure.function.params:
            if param.star == "*":
                frame.names[param.name] = tuple(rest)
                rest = []
            elif param.star == "**":
                frame.names[param.name] = left
                left = {}
            elif rest and not param.keyword_only:
                frame.names[param.name] = rest.pop(0)
            elif param.name in left:
                frame.names[param.name] = left.pop(param.name)
            elif param.name in closure.defaults:
                frame.names[param.name] = closure.defaults[param.name]
            elif param.name == "op":
                # Some projects' script runners hand Alembic's operations to upgrade().
                frame.names[param.name] = Ref(DATABASE)
            else:
                frame.names[param.name] = Unknown("a parameter")

    def follow(self, closure: Closure, args: list[Any], made: Made, given: Any) -> Any:
        """Call a function; one of another file that does more than is followed is one that is not known."""
        if closure.frame.source is self.source or self.site is not None:
            return self.call_closure(closure, args, made.kwargs, made.place)
        function = closure.function
        if id(function) not in self._endless:
            steps, limit = self._steps, self._limit
            self._limit = min(limit, steps + CALL_STEPS)
            try:
                return self.call_closure(closure, args, made.kwargs, made.place)
            except TOO_MUCH:
                self._endless.add(id(function))
            finally:
                self._limit = limit
        name = getattr(function, "name", "lambda")
        made.func = given if isinstance(given, Ref) else Ref(f"{closure.frame.source.path}.{name}")
        return self.actions.call(self, made.func, made)

    def resolved(self, value: Any) -> Any:
        """What a name imported from the project's own tree stands for; any other value as it is."""
        if not isinstance(value, Ref) or value.root in NEVER_FOLLOWED:
            return value
        module, _, name = value.name.rpartition(".")
        if not module and not value.base:
            return value
        if value.name.startswith(".") and not module.strip("."):
            module = value.name[: len(value.name) - len(name)]
        source = self.find(self, module, value.base)
        if source is None:
            return value
        found = self.module(source).names.get(name, value)
        return self.resolved(found) if isinstance(found, Ref) and found != value else found

    # --- truth and conditions -----------------------------------------------------------------------------------------

    def truth(self, value: Any) -> bool | Query:
        """Whether a value is true; a question where that is for the schema or for nobody to say."""
        if isinstance(value, Query):
            return value
        if isinstance(value, Some):
            return value.query
        if isinstance(value, Result):
            return value.query or Query("has-rows", text=value.sql or "")
        if isinstance(value, (Unknown, Made, Member, Listed, Names, InstanceOf)):
            return Query("unknown", text=getattr(value, "why", ""))
        if isinstance(value, Ref):
            if value.name in ("typing.TYPE_CHECKING", "typing_extensions.TYPE_CHECKING"):
                return False
            return Query("unknown", text=value.name)
        if isinstance(value, str) and HOLE in value:
            return True if value.strip(HOLE) else Query("unknown")
        found = self.gathered_of(value)
        if found is not None:
            return found.filled()
        try:
            return bool(value)
        except Exception:
            return Query("unknown")

    def condition(self, query: Query) -> Condition:
        """The condition that what follows hangs on."""
        return Condition(
            self.next_id(),
            query.question,
            query.expected,
            query.table,
            query.name,
            query.text,
            tuple([self.condition(part) for part in query.parts]),
            query.since,
        )

    def negated(self, value: Any) -> Any:
        """``not value``."""
        truth = self.truth(value)
        if isinstance(truth, bool):
            return not truth
        return replace(truth, expected=not truth.expected)

    def one_of(self, held: Condition, one: Any, other: Any) -> Any:
        """What is known of a value that is *one* where a condition holds, and else *other*."""
        if isinstance(one, bool) and isinstance(other, bool) and one is not other and held.question != "unknown":
            return all_of((held,)) if one else self.negated(all_of((held,)))
        value = either_of(one, other)
        count = self._count(one) + self._count(other)
        if value is one or value is other or count > MOST_VALUES:
            return value
        if isinstance(value, str):
            # No other text is to be taken for it.
            value = Text.of(value, pieces(value))
        self._splits[id(value)] = value, Split(held, one, other, count)
        return value

    def _count(self, value: Any) -> int:
        """Of how many values it is one; more than is followed where one is not known."""
        if id(value) in self._splits:
            return self._splits[id(value)][1].count
        if isinstance(value, (list, tuple)):
            plain = self.gathered_of(value) is None and all(isinstance(item, str) for item in value)
        else:
            plain = value is None or isinstance(value, str)
        return 1 if plain and not has_unknown(value) else MOST_VALUES

    def split_of(self, value: Any) -> Split | None:
        """What a value is one of, and on which condition; None where it is known, or not known at all."""
        found = self._splits.get(id(value))
        return None if found is None else found[1]

    # --- what containers hold -----------------------------------------------------------------------------------------

    def items(self, value: Any) -> list[Any] | None:
        """What a loop goes through, where all of it is known."""
        if self.gathered_of(value) is not None:
            return None
        if isinstance(value, (str, list, tuple, range, dict, set, frozenset)):
            self.spend(len(value))
        if isinstance(value, (list, tuple, range)):
            return list(value)
        if isinstance(value, dict):
            return list(value)
        if isinstance(value, (set, frozenset)):
            return sorted(value, key=str)
        if isinstance(value, str) and HOLE not in value:
            return list(value)
        if isinstance(value, ClassValue):
            members = self.enum_members(value)
            return None if members is None else [Member(value, name) for name in _without_aliases(members)]
        if isinstance(value, Made) and isinstance(value.func, Ref) and value.func.name == "builtins.open":
            text = self.text_of_file(value)
            return text.splitlines(keepends=True) if isinstance(text, str) else None
        return None

    def text_of_file(self, opened: Made) -> Any:
        """What a file holds."""
        read = Member(opened, "read")
        return self.actions.call(self, read, Made(read, [], {}, opened.place))

    def read_result(self, value: Any) -> None:
        """Note that the rows of a statement are gone through."""
        if isinstance(value, (Result, Made)):
            self.actions.call(self, Member(value, "__iter__"), Made(Member(value, "__iter__"), [], {}, value.place))

    def gathered_of(self, value: Any) -> Gathered | None:
        """What is known of a container whose items hang on conditions; None for any other value."""
        return self._gathered.get(id(value)) if self._gathered and isinstance(value, (list, dict, set)) else None

    def new(self, value: Any) -> Any:
        """Note under which conditions a container was made: what is added under the same is always there."""
        if self.conditions and isinstance(value, (list, dict, set)) and id(value) not in self._born:
            self._born[id(value)] = (value, self.conditions)
        return value

    def hangs(self, container: Any) -> When:
        """The conditions that hold now, and did not have to when the container was made."""
        if not self.conditions:
            return ()
        return further(self.conditions, self._born[id(container)][1] if id(container) in self._born else ())

    def known(self, found: Gathered) -> Any:
        """The container of *found*, which is known from now on to hang on conditions."""
        self._gathered[id(found.container)] = found
        return found.container

    def gathering(self, container: Any) -> Gathered:
        """What is known of a container that is from now on one whose items hang on conditions."""
        found = self._gathered.get(id(container))
        if found is None:
            found = self._gathered[id(container)] = Gathered(container)
        return found

    def entries(self, value: Any) -> Items | None:
        """What a loop goes through, each item with what it hangs on; None where that is not all of it."""
        found = self.gathered_of(value)
        if found is not None:
            return None if found.open else found.items()
        items = self.items(value)
        return None if items is None else [(item, ()) for item in items]

    # --- attributes and classes ---------------------------------------------------------------------------------------

    def attribute(self, owner: Any, name: str) -> Any:
        """An attribute of a value."""
        if isinstance(owner, Ref):
            found = self.resolved(owner)
            if not isinstance(found, Ref):
                return self.attribute(found, name)
            named = Ref(f"{owner.name}.{name}", owner.base)
            # Most names are those of libraries, and lead nowhere.
            return named if owner.root in NEVER_FOLLOWED else self.resolved(named)
        if isinstance(owner, Handle):
            return self.actions.attribute(self, owner, name)
        if isinstance(owner, Globals):
            if HOLE in name or name == "get":
                return Member(owner, name)
            return self.module(self.source).names.get(name, Unknown("a name that is not defined"))
        if isinstance(owner, Super):
            found = self.inherited(owner.cls, name)
            if isinstance(found, Closure):
                of = owner.owner
                return found.of(of.cls, of) if isinstance(of, InstanceOf) else found.of(of)
            return Member(Unknown("super()"), name) if found is None else found
        if isinstance(owner, ClassValue):
            members = self.enum_members(owner)
            if members is not None and name in members:
                return Member(owner, name)
            if name == "__members__" and members is not None:
                return members
            if name == "__name__":
                return owner.node.name
            found = self.class_attribute(owner, name)
            if isinstance(found, Closure):
                return found.of(owner)
            if isinstance(found, (str, int, list, tuple, dict, Ref)) and not isinstance(found, bool):
                return found
            return Member(owner, name)
        if isinstance(owner, Member) and isinstance(owner.owner, ClassValue) and name in ("value", "name"):
            members = self.enum_members(owner.owner)
            if members is not None and owner.name in members:
                return members[owner.name] if name == "value" else owner.name
        if isinstance(owner, InstanceOf):
            if name in owner.kwargs:
                return owner.kwargs[name]
            found = self.class_attribute(owner.cls, name)
            member = Member(owner, name)
            if isinstance(found, Closure):
                made = Made(member, [], {}, self.place(()))
                return self.follow(found, [owner], made, member) if found.under == "property" else member
            if found is None:
                other = self.class_attribute(owner.cls, "__getattr__")
                if isinstance(other, Closure):
                    return self.call(other, Made(other, [owner, name], {}, self.place(())))
            if found is None:
                return member
            return Unknown("what an object was made with") if owner.opaque else found
        if isinstance(owner, Unknown):
            return Member(owner, name)
        if isinstance(owner, (Member, Made, Result)):
            return self.actions.attribute(self, owner, name)
        if isinstance(owner, FilePath):
            found = path_attribute(owner, name)
            return Member(owner, name) if found is None else found
        return Member(owner, name)

    def plain(self, value: Any) -> Any:
        """A value as its text shows it: what ``str()`` and f-strings put in."""
        if isinstance(value, Member) and isinstance(value.owner, ClassValue):
            members = self.enum_members(value.owner)
            if members is not None and value.name in members:
                return members[value.name]
        if isinstance(value, (list, tuple, dict)) and not has_unknown(value) and self.gathered_of(value) is None:
            return str(value)
        return HOLE if isinstance(value, (list, tuple, dict, set)) else value

    def plain_member(self, value: Any) -> Any:
        """The value of a member of an enum; any other value as it is."""
        return self.plain(value) if isinstance(value, Member) else value

    def class_attribute(self, cls: ClassValue, name: str) -> Any:
        """An attribute of a class of a file that is read; None where it has none."""
        found = self.class_attributes(cls).get(name)
        return self.inherited(cls, name) if found is None else found

    def inherited(self, cls: ClassValue, name: str) -> Any:
        """An attribute of what a class is made from; None where that has none."""
        found = (self.class_attribute(base, name) for base in cls.bases if isinstance(base, ClassValue))
        return next((one for one in found if one is not None), None)

    def class_attributes(self, cls: ClassValue) -> dict[str, Any]:
        """The names that the body of a class binds, in order."""
        if cls.attributes is None:
            cls.attributes = {}
            frame = Frame(cls.frame.source, cls.frame, cls.node.name)
            frame.cls = cls
            outer = self.conditions
            try:
                self.block(cls.node.body, frame)
            except Raised:
                pass
            finally:
                self.conditions = outer
            cls.attributes = frame.names
        return cls.attributes

    def record(self, cls: ClassValue) -> tuple[str, ...] | None:
        """The fields of a dataclass or NamedTuple, in order; None for a class that is none."""
        bases = [self.record(base) for base in cls.bases if isinstance(base, ClassValue)]
        found = next((fields for fields in bases if fields is not None), None)
        named = any(isinstance(base, Ref) and base.leaf == "NamedTuple" for base in cls.bases)
        if named or syntax.decorators(cls.node) & _RECORDS:
            return tuple(dict.fromkeys((*(found or ()), *syntax.fields(cls.node))))
        return found

    def enum_members(self, cls: ClassValue) -> dict[str, Any] | None:
        """The members of a Python enum, name to value; None for a class that is none."""
        if not self._is_enum(cls):
            return None
        return {
            name: value
            for name, value in self.class_attributes(cls).items()
            if not name.startswith("_") and not isinstance(value, (Closure, ClassValue))
        }

    def dialect_impl(self, value: ClassValue | InstanceOf) -> Any:
        """What ``load_dialect_impl()`` of a type of the project gives for this dialect; None where it has none."""
        made = value if isinstance(value, InstanceOf) else InstanceOf(value, {})
        method = self.class_attribute(made.cls, "load_dialect_impl")
        if not isinstance(method, Closure):
            return None
        actions, self.actions = self.actions, self.actions.apart()
        try:
            chosen = self.call_closure(method, [made, Handle("dialect")], {})
        except (Raised, *TOO_MUCH):
            return Unknown("a type that could not be followed")
        finally:
            self.actions = actions
        bases = [base for base in made.cls.bases if isinstance(base, ClassValue)]
        if isinstance(chosen, Unknown) and chosen.why == "super()" and not bases:
            # SQLAlchemy's own gives `impl`.
            return None
        return chosen

    def _is_enum(self, cls: ClassValue) -> bool:
        for base in cls.bases:
            if isinstance(base, Ref) and (base.leaf.endswith("Enum") or base.leaf in ("IntFlag", "Flag")):
                return True
            if isinstance(base, ClassValue) and self._is_enum(base):
                return True
        return False


def _without_aliases(members: dict[str, Any]) -> Iterator[str]:
    """The members that Python counts: one with the value of an earlier one is another name of it."""
    met: set[object] = set()
    for name, value in members.items():
        known = isinstance(value, (str, int)) and HOLE not in str(value)
        if not known or value not in met:
            yield name
        if known:
            met.add(value)


_RECORDS = frozenset(["dataclass", "define", "frozen", "mutable", "attrs"])
"""The decorators that make a constructor of the fields of a class."""

_TEXTS = frozenset([str, Text, FilePath])
_HEAVY = frozenset([list, tuple, dict, Defaults, set, frozenset, Made, Member])


def _parts(value: Any) -> Iterable[Any]:
    """What a value is made of."""
    if isinstance(value, Made):
        return (value.func, *value.args, *value.kwargs.values())
    if isinstance(value, Member):
        return (value.owner,)
    return (*value, *value.values()) if isinstance(value, dict) else value
