"""What a piece of Python is worth: a small evaluator with plain rules, which runs nothing and imports nothing.

It follows what revisions are made of: names, literals, loops over what is known, branches (decided where they can be,
both ways where not), functions of the same file or of the project's own tree. What it does not follow becomes
`Unknown`, with its reason. What touches the database is handed to `Actions`.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Protocol

from msgspec.structs import replace

from alembic_review.operations import Condition, Place
from alembic_review.parsing import syntax
from alembic_review.parsing.builtins import (
    BUILTINS,
    call_builtin,
    call_method,
    operate,
    path_attribute,
    path_method,
)
from alembic_review.parsing.gathering import CHANGES, Gathered, Items, When, adds, all_of, gathered, put
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
    Piece,
    Query,
    Ref,
    Result,
    Some,
    Text,
    Unknown,
    cut,
    formatted,
    joined,
    text_of,
)
from alembic_review.types import HOLE, Name

STEPS = 60_000
"""How many statements and calls of one file are followed, loops and helpers included."""

MODULE_STEPS = 6_000
"""The same for the top level of a file of the project that a revision leans on."""

CALL_STEPS = 20_000
"""The same for one call of a function of such a file."""

DEPTH = 24
"""How deep calls of functions are followed."""

DATABASE = "alembic.op"
"""The dotted name of Alembic's operations proxy."""


class Flow(Enum):
    """How a block of statements ended."""

    NEXT = auto()
    RETURN = auto()
    BREAK = auto()
    CONTINUE = auto()
    RAISE = auto()


class Exhausted(Exception):
    """The file does more than is followed."""


class Raised(Exception):
    """A ``raise`` that is reached for certain."""


class Source:
    """A Python file that is read: its statements, and what its names are worth once it has been run through."""

    __slots__ = ("dirty", "frame", "path", "statements")

    def __init__(self, path: str, statements: list[syntax.Statement]) -> None:
        self.path = path
        self.statements = statements
        self.frame: Frame | None = None
        # A star import or the like may have bound any name.
        self.dirty = False


class Frame:
    """The names of a function's run, of a class body, or of a file."""

    __slots__ = ("at_yield", "function", "names", "parent", "returns", "source", "yields")

    def __init__(self, source: Source, parent: Frame | None, function: str) -> None:
        self.source = source
        self.parent = parent
        self.function = function
        self.names: dict[str, Any] = {}
        # Each with the conditions under which it is reached.
        self.returns: list[tuple[Any, When]] = []
        self.yields: Gathered | None = None
        # What a function under contextlib.contextmanager does where it yields.
        self.at_yield: Callable[[Any], None] | None = None


class Actions(Protocol):
    """What a call means that is not Python's own: the database's side of a revision."""

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

    def raised(self, evaluator: Evaluator, place: Place, exception: str, message: str) -> None:
        """A ``raise`` was reached."""

    def lost(self, evaluator: Evaluator, place: Place, why: str) -> None:
        """The rest of a function could not be followed."""


class Evaluator:
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
        self.autocommit = False
        self.guard = 0
        self.savepoint = False
        self.engine = ""
        self.running = False
        self.undefined: dict[str, Place] = {}
        # What is given to an attribute of something that is not followed, by the attribute.
        self.assigned: dict[str, tuple[Any, Any]] = {}
        self._find = find
        self._site: Place | None = None
        self._steps = 0
        self._limit = STEPS
        self._endless: set[int] = set()
        # The functions that are being called, each with the conditions of its call.
        self._stack: list[tuple[Any, When]] = []
        self._ids = 0
        self._way: tuple[int, ...] = ()
        # By the number of the container, which is kept so that no other takes it.
        self._born: dict[int, tuple[Any, When]] = {}
        self._gathered: dict[int, Gathered] = {}

    # --- running --------------------------------------------------------------------------------------------------

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
        way = self._way
        try:
            self.block(source.statements, frame)
        except Raised:
            pass
        finally:
            self._way = way
            self.conditions = ()

    def _lean_on(self, source: Source, frame: Frame) -> None:
        """Run through another file: nothing it does is the revision's, and it is not to stop the revision's reading."""
        actions, site, way, running = self.actions, self._site, self._way, self.running
        state = self.conditions, self.autocommit, self.guard, self.savepoint, self.engine
        steps, limit, stack = self._steps, self._limit, self._stack
        if site is None:
            self._site = self.place(())
        self.actions, self.running = actions.apart(), False
        self.conditions, self.autocommit, self.guard, self.savepoint, self.engine = (), False, 0, False, ""
        self._steps, self._limit, self._stack = 0, MODULE_STEPS, []
        try:
            self.block(source.statements, frame)
        except (Raised, Exhausted, RecursionError):
            pass
        finally:
            self.actions, self._site, self._way, self.running = actions, site, way, running
            self.conditions, self.autocommit, self.guard, self.savepoint, self.engine = state
            self._steps, self._limit, self._stack = steps, limit, stack

    def run(self, closure: Closure, args: list[Any]) -> None:
        """Run a function of the revision from top to bottom."""
        self.running = True
        try:
            self.call_closure(closure, args, {})
        except Raised:
            pass
        except (Exhausted, RecursionError):
            self.actions.lost(self, self.place(()), "more is done than is followed")
        finally:
            self.running = False
            self.conditions, self.autocommit, self.guard, self.savepoint = (), False, 0, False
            self._site = None

    def place(self, way: tuple[int, ...]) -> Place:
        """The place of a node of the revision's file; for another file's, where that was called."""
        if self._site is not None:
            return self._site
        return Place(way or (*self._way, 0))

    def next_id(self) -> int:
        """A number for a condition, unique in this file."""
        self._ids += 1
        return self._ids

    def _step(self) -> None:
        self._steps += 1
        if self._steps > self._limit:
            raise Exhausted

    def block(self, statements: list[syntax.Statement], frame: Frame) -> Flow:
        """Run statements one after the other."""
        for statement in statements:
            self._step()
            if self._site is None:
                self._way = statement.way
            flow = _RUN[type(statement)](self, statement, frame)
            if flow is not Flow.NEXT:
                return flow
        return Flow.NEXT

    def _expression(self, statement: syntax.ExpressionStatement, frame: Frame) -> Flow:
        if isinstance(statement.value, syntax.Call):
            self._called(statement.value, frame, discarded=True)
        else:
            self.value(statement.value, frame)
        return Flow.NEXT

    def _assign(self, statement: syntax.Assign, frame: Frame) -> Flow:
        value = self.value(statement.value, frame)
        for target in statement.targets:
            self.bind(target, value, frame)
        return Flow.NEXT

    def _augmented(self, statement: syntax.AugmentedAssign, frame: Frame) -> Flow:
        old = self.value(statement.target, frame)
        new = self.value(statement.value, frame)
        method = None
        if isinstance(old, list) and statement.operator == "+":
            method = "extend"
        elif isinstance(old, (set, dict)) and statement.operator == "|":
            method = "update"
        if method is not None:
            self._change(old, method, Made(Member(old, method), [new], {}))
            return Flow.NEXT
        self.bind(statement.target, self._operated(statement.operator, old, new), frame)
        return Flow.NEXT

    def bind(self, target: syntax.Expression, value: Any, frame: Frame) -> None:
        """Give *value* to a target of an assignment."""
        if isinstance(target, syntax.Name):
            frame.names[target.id] = value
        elif isinstance(target, syntax.Display):
            self._unpack(target, value, frame)
        elif isinstance(target, syntax.Subscript):
            owner = self.value(target.value, frame)
            key = self.value(target.index, frame)
            if isinstance(owner, dict):
                self._put(owner, key, value)
            elif isinstance(owner, list) and isinstance(key, int) and -len(owner) <= key < len(owner):
                sure = not self._hangs(owner) or _same(owner[key], value)
                owner[key] = value if sure else Unknown("a value that depends on a condition")
        elif isinstance(target, syntax.Attribute):
            owner = self.value(target.value, frame)
            if isinstance(owner, (InstanceOf, Made)):
                owner.kwargs[target.name] = value
            elif isinstance(owner, (Member, Ref)):
                self.assigned[target.name] = owner, value
        elif isinstance(target, syntax.Starred):
            self.bind(target.value, value, frame)

    def _unpack(self, target: syntax.Display, value: Any, frame: Frame) -> None:
        items = list(value) if isinstance(value, (list, tuple, str)) and self.gathered_of(value) is None else None
        count = len(target.items)
        if items is not None and any(isinstance(item, syntax.Starred) for item in target.items):
            star = next(index for index, item in enumerate(target.items) if isinstance(item, syntax.Starred))
            after = count - star - 1
            if len(items) >= count - 1:
                items = [*items[:star], items[star : len(items) - after], *items[len(items) - after :]]
        if items is None or len(items) != count:
            items = [Unknown("an unpacked value that is not known")] * count
        for item, part in zip(target.items, items, strict=True):
            self.bind(item, part, frame)

    def _return(self, statement: syntax.Return, frame: Frame) -> Flow:
        frame.returns.append((self.value(statement.value, frame) if statement.value else None, self.conditions))
        return Flow.RETURN

    def _raise(self, statement: syntax.Raise, frame: Frame) -> Flow:
        value = self.value(statement.value, frame) if statement.value else Unknown("a raise of what was caught")
        name, message = "", ""
        if isinstance(value, Made):
            name = value.leaf
            given = value.given(0, "message")
            message = given if isinstance(given, str) else ""
        elif isinstance(value, Ref):
            name = value.leaf
        elif isinstance(value, (ClassValue, InstanceOf)):
            name = (value.cls if isinstance(value, InstanceOf) else value).node.name
        self.actions.raised(self, self.place(()), name, message)
        raise Raised

    def _flow(self, statement: syntax.Flow, _frame: Frame) -> Flow:
        return {"pass": Flow.NEXT, "break": Flow.BREAK, "continue": Flow.CONTINUE}[statement.keyword]

    def _other(self, _statement: syntax.Other, _frame: Frame) -> Flow:
        return Flow.NEXT

    def _import(self, statement: syntax.Import, frame: Frame) -> Flow:
        for name, bound in statement.names:
            frame.names[bound or name.partition(".")[0]] = Ref(name if bound else name.partition(".")[0])
        return Flow.NEXT

    def _import_from(self, statement: syntax.ImportFrom, frame: Frame) -> Flow:
        prefix = "." * statement.level + statement.module
        base = frame.source.path if statement.level else ""
        if statement.names is None:
            frame.source.dirty = True
            module = self._find(self, prefix, frame.source.path if statement.level else "")
            if module is not None and module is not frame.source:
                frame.names.update(self.module(module).names)
            return Flow.NEXT
        for name, bound in statement.names:
            dot = "" if prefix.endswith(".") or not prefix else "."
            frame.names[bound or name] = Ref(f"{prefix}{dot}{name}", base)
        return Flow.NEXT

    def _function(self, statement: syntax.Function, frame: Frame) -> Flow:
        closure = Closure(statement, frame)
        for decorator in reversed(statement.decorators):
            made = self._decorated(self.resolved(self.value(decorator, frame)), closure)
            closure = made if isinstance(made, Closure) else closure
        frame.names[statement.name] = closure
        return Flow.NEXT

    def _decorated(self, decorator: Any, closure: Closure) -> Any:
        """What a decorator of the project makes of a function; others are taken to leave it as it is."""
        if isinstance(decorator, Made) and decorator.leaf == "contextmanager":
            return closure
        if isinstance(decorator, Ref) and decorator.leaf in ("contextmanager", "asynccontextmanager"):
            return Closure(closure.function, closure.frame, closure.bound, manages=True)
        return self.call_closure(decorator, [closure], {}) if isinstance(decorator, Closure) else closure

    def _class(self, statement: syntax.Class, frame: Frame) -> Flow:
        bases = tuple([self.value(base, frame) for base in statement.bases])
        frame.names[statement.name] = ClassValue(statement, frame, bases)
        return Flow.NEXT

    # --- branches and loops ---------------------------------------------------------------------------------------

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

    def _if(self, statement: syntax.If, frame: Frame) -> Flow:
        return self._either(
            self.truth(self.value(statement.test, frame)),
            lambda: self.block(statement.body, frame),
            lambda: self.block(statement.orelse, frame),
            frame,
        )

    def _match(self, statement: syntax.Match, frame: Frame) -> Flow:
        return self._cases(self.value(statement.subject, frame), list(statement.cases), frame)

    def _cases(self, subject: Any, cases: list[syntax.Case], frame: Frame) -> Flow:
        if not cases:
            return Flow.NEXT
        case = cases[0]
        if case.name is not None:
            frame.names[case.name] = subject
        truth: bool | Query
        if case.values is None:
            truth = Query("unknown", text="a pattern that is not followed")
        elif not case.values:
            truth = True
        else:
            equal = [self.truth(self._compared("==", subject, self.value(value, frame))) for value in case.values]
            asked = tuple([one for one in equal if isinstance(one, Query)])
            truth = True if True in equal else Query("any", parts=asked) if asked else False
        if case.guard is not None and truth is not False:
            guard = self.truth(self.value(case.guard, frame))
            if isinstance(truth, bool) or guard is False:
                truth = guard
            elif isinstance(guard, Query):
                truth = Query("all", parts=(truth, guard))
        return self._either(
            truth, lambda: self.block(case.body, frame), lambda: self._cases(subject, cases[1:], frame), frame
        )

    def _either(self, truth: bool | Query, body: Callable[[], Flow], orelse: Callable[[], Flow], frame: Frame) -> Flow:
        """One of two blocks, or both on opposite conditions."""
        if isinstance(truth, bool):
            return body() if truth else orelse()
        held = self.condition(truth)
        missed = replace(held, expected=not held.expected)
        before, outer = dict(frame.names), self.conditions
        one = self._branch(body, (*outer, held))
        names = frame.names
        frame.names = before
        other = self._branch(orelse, (*outer, missed))
        self.conditions = outer
        if one is not Flow.NEXT and other is not Flow.NEXT:
            return one if one is other else Flow.RETURN
        if one is not Flow.NEXT:
            # What follows is only reached when the branch that leaves was not taken.
            self.conditions = (*outer, missed)
        elif other is not Flow.NEXT:
            frame.names = names
            self.conditions = (*outer, held)
        else:
            frame.names = _merged(names, frame.names)
        return Flow.NEXT

    def _branch(self, body: Callable[[], Flow], conditions: tuple[Condition, ...]) -> Flow:
        self.conditions = conditions
        try:
            return body()
        except Raised:
            return Flow.RAISE

    def _for(self, statement: syntax.For, frame: Frame) -> Flow:
        iterable = self.value(statement.iterable, frame)
        items = self.items(iterable)
        if items is None:
            found = self.gathered_of(iterable)
            if found is not None:
                self._for_each(statement, found, frame)
            else:
                self._read_result(iterable)
                self._once(statement.body, statement.target, iterable, frame)
            unbroken: bool | Query = True
            if _breaks(statement.body):
                unbroken = Query("unknown", text="a loop that is not broken off")
            return self._either(unbroken, lambda: self.block(statement.orelse, frame), lambda: Flow.NEXT, frame)
        start, returns = self.conditions, _returns_from(statement.body)
        for item in items:
            self._step()
            self.bind(statement.target, item, frame)
            outer = self.conditions
            flow = self.block(statement.body, frame)
            if flow in (Flow.RETURN, Flow.RAISE):
                return flow
            if not returns:
                self.conditions = outer
            elif len(self.conditions) > len(start) + _MANY_ROUNDS:
                self.conditions = (*start, self.condition(Query("unknown", text="a loop that may have returned")))
            if flow is Flow.BREAK:
                return Flow.NEXT
        return self.block(statement.orelse, frame)

    def _for_each(self, statement: syntax.For, found: Gathered, frame: Frame) -> None:
        """A loop over items that hang on conditions: the body for each, on what the item hangs on."""
        outer = self.conditions
        for item, when in found.items():
            self._step()
            self.bind(statement.target, item, frame)
            self.conditions = (*outer, *_further(when, outer))
            before = dict(frame.names)
            self._branch(lambda: self.block(statement.body, frame), self.conditions)
            if when:
                frame.names = _merged(before, frame.names)
            self.conditions = outer
        if found.open:
            self._once(statement.body, statement.target, Unknown("an item of what is not known"), frame)

    def _once(
        self, body: list[syntax.Statement], target: syntax.Expression | None, iterable: Any, frame: Frame
    ) -> Flow:
        """A loop over what is not known: its body once, on the condition that there is something."""
        outer, before, returns = self.conditions, dict(frame.names), len(frame.returns)
        for name in _rebound(body) & frame.names.keys():
            # What one round gives a name is what the next one finds.
            frame.names[name] = Unknown("a value that changes in a loop")
        item: Any = Listed(iterable) if isinstance(iterable, Names) else Unknown("an item of what is not known")
        if target is not None:
            self.bind(target, item, frame)
        text = _LISTED if isinstance(iterable, Names) else "a loop over what is not known"
        within = self.condition(Query("unknown", text=text))
        flow = self._branch(lambda: self.block(body, frame), (*outer, within))
        left, self.conditions = _further(self.conditions, outer), outer
        if flow is Flow.RETURN:
            self.conditions = (*outer, replace(within, expected=False))
        elif flow is Flow.NEXT and _returns_from(body):
            self.conditions = (*outer, *[one for one in left if one is not within])
        if len(frame.returns) > returns and self.conditions == outer:
            # What follows is only reached where no round has returned.
            self.conditions = (*outer, self.condition(Query("unknown", text="a loop that may have returned")))
        frame.names = _merged(before, frame.names)
        return Flow.NEXT

    def _while(self, statement: syntax.While, frame: Frame) -> Flow:
        truth = self.truth(self.value(statement.test, frame))
        if truth is False:
            return Flow.NEXT
        return self._once(statement.body, None, None, frame)

    def _with(self, statement: syntax.With, frame: Frame) -> Flow:
        return self._entered(list(statement.items), statement.body, frame)

    def _entered(
        self,
        items: list[tuple[syntax.Expression, syntax.Expression | None]],
        body: list[syntax.Statement],
        frame: Frame,
    ) -> Flow:
        if not items:
            return self.block(body, frame)
        expression, target = items[0]
        manager = self._manager(expression, frame)
        if manager is not None:
            return self._managed(manager, target, items[1:], body, frame)
        autocommit = self.autocommit
        made = self.value(expression, frame)
        own = self._own_method(made, "__enter__")
        value = self.call_closure(own, [made], {}) if own is not None else self.actions.enter(self, made)
        if target is not None:
            self.bind(target, value, frame)
        try:
            return self._entered(items[1:], body, frame)
        finally:
            self.autocommit = autocommit
            self.actions.leave(value)
            leave = self._own_method(made, "__exit__")
            if leave is not None:
                self.call_closure(leave, [made, None, None, None], {})

    def _own_method(self, value: Any, name: str) -> Closure | None:
        method = self.class_attribute(value.cls, name) if isinstance(value, InstanceOf) else None
        return method if isinstance(method, Closure) else None

    def _manager(self, expression: syntax.Expression, frame: Frame) -> tuple[Closure, syntax.Call] | None:
        """The function under contextlib.contextmanager that an expression calls."""
        if not isinstance(expression, syntax.Call) or not _is_dotted(expression.func):
            return None
        func = self.resolved(self.value(expression.func, frame))
        return (func, expression) if isinstance(func, Closure) and func.manages else None

    def _managed(
        self,
        manager: tuple[Closure, syntax.Call],
        target: syntax.Expression | None,
        items: list[tuple[syntax.Expression, syntax.Expression | None]],
        body: list[syntax.Statement],
        frame: Frame,
    ) -> Flow:
        """The block of a ``with`` runs where the function yields."""
        closure, node = manager
        made = self._arguments(closure, node, frame)
        site, way, flows = self._site, self._way, [Flow.NEXT]

        def block(value: Any) -> None:
            inner_site, inner_way = self._site, self._way
            self._site, self._way = site, way
            if target is not None:
                self.bind(target, value, frame)
            try:
                flows.append(self._entered(items, body, frame))
            finally:
                self._site, self._way = inner_site, inner_way

        self.call_closure(closure, made.args, made.kwargs, made.place, at_yield=block)
        # It has not yielded as far as it could be followed.
        return flows[-1] if len(flows) > 1 else self._entered(items, body, frame)

    def _try(self, statement: syntax.Try, frame: Frame) -> Flow:
        outer, guard = self.conditions, self.guard
        flow = Flow.NEXT
        raised = False
        before = dict(frame.names)
        if any(map(_goes_on, statement.handlers)):
            self.guard = self.next_id()
        try:
            flow = self.block(statement.body, frame)
        except Raised:
            raised = True
        finally:
            self.guard = guard
        if not raised:
            self.conditions = outer if flow is Flow.NEXT else self.conditions
            failed = self.condition(Query("failed"))
            names, kept = frame.names, self.conditions
            for handler in statement.handlers:
                # What the guarded statements bind may be bound already.
                frame.names = {**names, **before}
                if handler.name:
                    frame.names[handler.name] = Unknown("an exception")
                caught = handler.body
                self._branch(lambda block=caught: self.block(block, frame), (*outer, failed))  # type: ignore[misc]
            frame.names, self.conditions = names, kept
            if flow is Flow.NEXT:
                flow = self.block(statement.orelse, frame)
        elif statement.handlers:
            self.conditions = outer
            flow = self.block(statement.handlers[0].body, frame)
            raised = False
        ended = self.block(statement.final, frame)
        if ended is not Flow.NEXT:
            return ended
        if raised:
            raise Raised
        return flow

    def items(self, value: Any) -> list[Any] | None:
        """What a loop goes through, where all of it is known."""
        if self.gathered_of(value) is not None:
            return None
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
            return None if members is None else [Member(value, name) for name in members]
        if isinstance(value, Made) and isinstance(value.func, Ref) and value.func.name == "builtins.open":
            text = self._text(value)
            return text.splitlines(keepends=True) if isinstance(text, str) else None
        return None

    def _text(self, opened: Made) -> Any:
        """What a file holds."""
        read = Member(opened, "read")
        return self.actions.call(self, read, Made(read, [], {}, opened.place))

    def _read_result(self, value: Any) -> None:
        if isinstance(value, (Result, Made)):
            self.actions.call(self, Member(value, "__iter__"), Made(Member(value, "__iter__"), [], {}, value.place))

    # --- calls ----------------------------------------------------------------------------------------------------

    def call_closure(
        self,
        closure: Closure,
        args: list[Any],
        kwargs: dict[str, Any],
        place: Place | None = None,
        at_yield: Callable[[Any], None] | None = None,
    ) -> Any:
        """The value of a call of a function of a file that is read; it is run."""
        self._step()
        function = closure.function
        rounds = [when for called, when in self._stack if called is function]
        if len(rounds) > 1 and _further(self.conditions, rounds[-1]):
            # It goes on for as long as something that is not known: one more round tells nothing new.
            return Unknown("a recursion over what is not known")
        if len(self._stack) >= DEPTH:
            raise Exhausted
        frame = Frame(closure.frame.source, closure.frame, getattr(function, "name", "lambda"))
        frame.at_yield = at_yield
        self._bind_arguments(function.params, [*closure.bound, *args], kwargs, frame)
        outer, site, way = self.conditions, self._site, self._way
        if frame.source is not self.source and site is None:
            self._site = place or self.place(())
        self._stack.append((function, self.conditions))
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
            self._stack.pop()
            self.conditions, self._site, self._way = outer, site, way
        if frame.yields is not None:
            return self._known(frame.yields)
        if not frame.returns:
            return None
        first = frame.returns[0][0]
        if all(_same(first, other) for other, _when in frame.returns[1:]):
            return first
        if len(frame.returns) == 2 and isinstance(first, bool) and isinstance(frame.returns[1][0], bool):
            # `for column in columns: if column["name"] == name: return True`, then `return False`.
            when = tuple([one for one in _further(frame.returns[0][1], outer) if one.text != _LISTED])
            if when:
                query = all_of(when)
                return query if first is True else self.negated(query)
        return Unknown("a result that depends on a condition")

    def _bind_arguments(
        self, params: tuple[syntax.Parameter, ...], args: list[Any], kwargs: dict[str, Any], frame: Frame
    ) -> None:
        rest, left = list(args), dict(kwargs)
        for param in params:
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
            elif param.default is not None:
                frame.names[param.name] = self.value(param.default, frame.parent or frame)
            elif param.name == "op":
                # Some projects' script runners hand Alembic's operations to upgrade().
                frame.names[param.name] = Ref(DATABASE)
            else:
                frame.names[param.name] = Unknown("a parameter")

    def call(self, func: Any, made: Made) -> Any:
        """The value of a call."""
        self._step()
        given = func
        func = self.resolved(func)
        if isinstance(func, Closure):
            return self._follow(func, made.args, made, given)
        if isinstance(func, ClassValue):
            made_of = InstanceOf(func, dict(made.kwargs))
            start = self.class_attribute(func, "__init__")
            if isinstance(start, Closure):
                self._follow(start, [made_of, *made.args], made, given)
            return made_of
        if isinstance(func, Ref) and func.name.startswith("builtins."):
            found = self.gathered_of(made.args[0]) if made.args else None
            if found is not None:
                return self._builtin(found, func.name[9:], made)
            return self._new(call_builtin(self, func.name[9:], made))
        if isinstance(func, Member):
            owner = func.owner
            if isinstance(owner, FilePath):
                path = path_method(owner, func.name, made.args)
                if path is not None:
                    return path
                if func.name in ("open", "read_text", "read_bytes"):
                    opened = Made(Ref("builtins.open"), [owner], {}, made.place)
                    return opened if func.name == "open" else self._text(opened)
            if isinstance(owner, (str, list, dict, set, frozenset, tuple)):
                if func.name in CHANGES and isinstance(owner, (list, dict, set)):
                    return self._change(owner, func.name, made)
                found = self.gathered_of(owner)
                if found is not None:
                    return self._method(found, func.name, made)
                if func.name in ("difference", "intersection") and len(made.args) == 1:
                    return self._operated("-" if func.name == "difference" else "&", owner, made.args[0])
                return self._new(call_method(self, owner, func.name, made))
            if isinstance(owner, InstanceOf):
                method = self.class_attribute(owner.cls, func.name)
                if isinstance(method, Closure):
                    return self._follow(method, [owner, *made.args], made, given)
            elif isinstance(owner, (Listed, Some)) and func.name == "get" and made.args:
                return _of_listed(owner, made.args[0])
            elif isinstance(owner, Names) and func.name in _OF_NAMES:
                return self._asked_names(owner, func.name, made)
            elif isinstance(owner, ClassValue):
                method = self.class_attribute(owner, func.name)
                if isinstance(method, Closure):
                    bound = [] if _is_static(method) else [owner]
                    return self._follow(method, [*bound, *made.args], made, given)
        made.func = func
        return self.actions.call(self, func, made)

    def _follow(self, closure: Closure, args: list[Any], made: Made, given: Any) -> Any:
        """Call a function; one of another file that does more than is followed is one that is not known."""
        if closure.frame.source is self.source or self._site is not None:
            return self.call_closure(closure, args, made.kwargs, made.place)
        function = closure.function
        if id(function) not in self._endless:
            steps, limit = self._steps, self._limit
            self._limit = min(limit, steps + CALL_STEPS)
            try:
                return self.call_closure(closure, args, made.kwargs, made.place)
            except (Exhausted, RecursionError):
                self._endless.add(id(function))
            finally:
                self._limit = limit
        name = getattr(function, "name", "lambda")
        made.func = given if isinstance(given, Ref) else Ref(f"{closure.frame.source.path}.{name}")
        return self.actions.call(self, made.func, made)

    def resolved(self, value: Any) -> Any:
        """What a name imported from the project's own tree stands for; any other value as it is."""
        if not isinstance(value, Ref) or value.root in _NEVER_FOLLOWED:
            return value
        module, _, name = value.name.rpartition(".")
        if not module and not value.base:
            return value
        if value.name.startswith(".") and not module.strip("."):
            module = value.name[: len(value.name) - len(name)]
        source = self._find(self, module, value.base)
        if source is None:
            return value
        found = self.module(source).names.get(name, value)
        return self.resolved(found) if isinstance(found, Ref) and found != value else found

    # --- what is filled on conditions -----------------------------------------------------------------------------

    def gathered_of(self, value: Any) -> Gathered | None:
        """What is known of a container whose items hang on conditions; None for any other value."""
        return self._gathered.get(id(value)) if self._gathered and isinstance(value, (list, dict, set)) else None

    def _new(self, value: Any) -> Any:
        """Note under which conditions a container was made: what is added under the same is always there."""
        if self.conditions and isinstance(value, (list, dict, set)) and id(value) not in self._born:
            self._born[id(value)] = (value, self.conditions)
        return value

    def _hangs(self, container: Any) -> When:
        """The conditions that hold now, and did not have to when the container was made."""
        if not self.conditions:
            return ()
        return _further(self.conditions, self._born[id(container)][1] if id(container) in self._born else ())

    def _known(self, found: Gathered) -> Any:
        self._gathered[id(found.container)] = found
        return found.container

    def _gathering(self, container: Any) -> Gathered:
        found = self._gathered.get(id(container))
        if found is None:
            found = self._gathered[id(container)] = Gathered(container)
        return found

    def _entries(self, value: Any) -> Items | None:
        """What a loop goes through, each item with what it hangs on; None where that is not all of it."""
        found = self.gathered_of(value)
        if found is not None:
            return None if found.open else found.items()
        items = self.items(value)
        return None if items is None else [(item, ()) for item in items]

    def _put(self, owner: dict[Any, Any], key: Any, value: Any) -> None:
        hangs = self._hangs(owner)
        if not _hashable(key):
            self._gathering(owner).open = True
        elif not hangs and self.gathered_of(owner) is None:
            owner[key] = value
        else:
            put(self._gathering(owner), (key, value), hangs)

    def _change(self, owner: Any, name: str, made: Made) -> Any:
        """A method that changes a container: what it adds hangs on the conditions of the moment."""
        hangs = self._hangs(owner)
        if not adds(name):
            if not hangs and self.gathered_of(owner) is None:
                return call_method(self, owner, name, made)
            self._gathering(owner).take(self.condition(Query("unknown", text="an item may have been taken out")))
            key = made.args[0] if made.args else None
            sure = isinstance(owner, dict) and _hashable(key) and key in owner
            return owner[key] if sure else Unknown("an item of what is not known")
        if name == "setdefault" and isinstance(owner, dict) and made.args:
            key, default = made.args[0], made.given(1, "default")
            if _hashable(key) and key in owner:
                return owner[key]
            self._put(owner, key, default)
            return default
        items: Items | None = []
        if name in ("append", "add"):
            items = [(arg, ()) for arg in made.args]
        elif name == "insert":
            items = [(arg, ()) for arg in made.args[1:]]
        elif isinstance(owner, dict):
            items = self._pairs(made)
        else:
            for arg in made.args:
                more = self._entries(arg)
                items = None if items is None or more is None else [*items, *more]
        found = self.gathered_of(owner)
        if items is None:
            self._gathering(owner).open = True
            return None
        if found is None and not hangs and not any(when for _item, when in items):
            if name == "insert":
                return call_method(self, owner, name, made)
            found = Gathered(owner)
        elif found is None:
            found = self._gathering(owner)
        for item, when in items:
            self._step()
            put(found, item, (*hangs, *_further(when, hangs)))
        return None

    def _pairs(self, made: Made) -> Items | None:
        items: Items = [(pair, ()) for pair in made.kwargs.items()]
        for arg in made.args:
            found = self.gathered_of(arg)
            if not isinstance(arg, dict) or (found is not None and found.open):
                return None
            items.extend(found.pairs() if found is not None else [(pair, ()) for pair in arg.items()])
        return items

    def _method(self, found: Gathered, name: str, made: Made) -> Any:
        container = found.container
        if isinstance(container, dict):
            if name in ("items", "keys", "values"):
                which = {"keys": 0, "values": 1}.get(name)
                items = [(pair if which is None else pair[which], when) for pair, when in found.pairs()]
                return self._known(gathered(items, list, open_=found.open))
            if name == "get" and made.args and _hashable(made.args[0]) and made.args[0] in container:
                sure = made.args[0] not in found.whens
                return container[made.args[0]] if sure else Unknown("a value that depends on a condition")
        if name == "copy":
            return self._known(gathered(self._of(found), type(container), open_=found.open))
        if name in ("difference", "intersection") and len(made.args) == 1:
            return self._operated("-" if name == "difference" else "&", container, made.args[0])
        return Unknown("a method of what is filled on conditions")

    def _of(self, found: Gathered) -> Items:
        return found.pairs() if isinstance(found.container, dict) else found.items()

    def _builtin(self, found: Gathered, name: str, made: Made) -> Any:
        if name in ("list", "tuple", "sorted", "reversed", "iter"):
            return self._known(gathered(found.items(), list, open_=found.open))
        if name in ("set", "frozenset"):
            return self._known(gathered(found.items(), set, open_=found.open))
        if name == "dict":
            return self._known(gathered(self._of(found), dict, open_=found.open))
        if name == "enumerate":
            items = [((Unknown("a number"), item), when) for item, when in found.items()]
            return self._known(gathered(items, list, open_=found.open))
        if name in ("len", "bool"):
            filled = found.filled()
            return Some(filled) if isinstance(filled, Query) else filled if name == "bool" else Unknown("a length")
        if name == "isinstance":
            return call_builtin(self, name, made)
        return Unknown("a builtin on what is filled on conditions")

    def _asked_names(self, names: Names, name: str, made: Made) -> Any:
        """A method of what an inspector lists, as a list, a set or a dict of names."""
        if name in ("keys", "copy") or not made.args:
            return names
        if name == "get":
            return _of_names(names, made.args[0])
        items = self.items(made.args[0])
        if items is None or not all(isinstance(item, str) for item in items):
            return Unknown("a method on what is not known")
        parts = tuple([_question(names, item) for item in items])
        if name == "isdisjoint":
            return self.negated(Query("any", parts=parts))
        return Query("all", parts=parts) if name == "issuperset" else Some(Query("any", parts=parts))

    def _operated(self, operator: str, left: Any, right: Any) -> Any:
        """The value of ``left operator right``, which may hang on conditions."""
        if operator in ("-", "&") and isinstance(left, (set, frozenset, list)) and isinstance(right, Names):
            entries = self._entries(left)
            if entries is not None and all(isinstance(item, str) for item, _when in entries):
                asked = [(item, when, _question(right, item)) for item, when in entries]
                items: Items = [
                    (item, (*when, self.condition(query if operator == "&" else self.negated(query))))
                    for item, when, query in asked
                ]
                return self._known(gathered(items, set))
        if self.gathered_of(left) is None and self.gathered_of(right) is None:
            return operate(operator, left, right)
        one, other = self._entries(left), self._entries(right)
        if one is not None and other is not None:
            if operator == "+" and isinstance(left, list):
                return self._known(gathered([*one, *other], list))
            if operator == "|" and isinstance(left, set):
                return self._known(gathered([*one, *other], set))
            if operator in ("-", "&") and isinstance(left, set) and not any(when for _item, when in other):
                kept = {item for item, _when in other}
                return self._known(gathered([part for part in one if (part[0] in kept) == (operator == "&")], set))
        return Unknown("a sum of what is filled on conditions")

    # --- classes --------------------------------------------------------------------------------------------------

    def class_attribute(self, cls: ClassValue, name: str) -> Any:
        """An attribute of a class of a file that is read; None where it has none."""
        found = self.class_attributes(cls).get(name)
        if found is None:
            for base in cls.bases:
                if isinstance(base, ClassValue):
                    found = self.class_attribute(base, name)
                    if found is not None:
                        break
        return found

    def class_attributes(self, cls: ClassValue) -> dict[str, Any]:
        """The names that the body of a class binds, in order."""
        if cls.attributes is None:
            cls.attributes = {}
            frame = Frame(cls.frame.source, cls.frame, cls.node.name)
            outer = self.conditions
            try:
                self.block(cls.node.body, frame)
            except Raised:
                pass
            finally:
                self.conditions = outer
            cls.attributes = frame.names
        return cls.attributes

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
        except (Raised, Exhausted, RecursionError):
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

    # --- expressions ----------------------------------------------------------------------------------------------

    def value(self, node: syntax.Expression, frame: Frame) -> Any:
        """What an expression is worth."""
        return _VALUE[type(node)](self, node, frame)

    def _constant(self, node: syntax.Constant, _frame: Frame) -> Any:
        return node.value

    def _string(self, node: syntax.String, frame: Frame) -> Any:
        if frame.source is not self.source:
            return node.value
        return Text.of(node.value, (Piece(0, len(node.value), node.way, 0),))

    def _formatted(self, node: syntax.FormattedString, frame: Frame) -> Any:
        parts: list[str] = []
        offset = 0
        for part in node.parts:
            if isinstance(part, str):
                if frame.source is self.source:
                    parts.append(Text.of(part, (Piece(0, len(part), node.way, offset),)))
                else:
                    parts.append(part)
                offset += len(part)
                continue
            expression, conversion, shape = part
            value = self.value(expression, frame)
            text: str | None
            if conversion == "r" and isinstance(value, str):
                text = repr(str(value))
            elif shape and isinstance(value, (str, int, float)) and "\0" not in shape:
                text = formatted(value, shape)
            else:
                text = text_of(self.plain(value))
            parts.append(HOLE if text is None else text)
        return joined(parts)

    def plain(self, value: Any) -> Any:
        """A value as its text shows it: what ``str()`` and f-strings put in."""
        if isinstance(value, Member) and isinstance(value.owner, ClassValue):
            members = self.enum_members(value.owner)
            if members is not None and value.name in members:
                return members[value.name]
        if isinstance(value, (list, tuple, dict)) and not _has_unknown(value) and self.gathered_of(value) is None:
            return str(value)
        return HOLE if isinstance(value, (list, tuple, dict, set)) else value

    def _name(self, node: syntax.Name, frame: Frame) -> Any:
        at: Frame | None = frame
        while at is not None:
            if node.id in at.names:
                value = at.names[node.id]
                if isinstance(value, Ref) and value.root not in _NEVER_FOLLOWED:
                    found = self.resolved(value)
                    return value if isinstance(found, (Closure, ClassValue)) else found
                return value
            at = at.parent
        if node.id in BUILTINS:
            return Ref(f"builtins.{node.id}")
        if node.id in ("__file__",):
            return frame.source.path
        if node.id == "__name__":
            return "__main__"
        if not frame.source.dirty and frame.source is self.source:
            self.undefined.setdefault(node.id, self.place(()))
        return Unknown("a name that is not defined")

    def _attribute(self, node: syntax.Attribute, frame: Frame) -> Any:
        return self.attribute(self.value(node.value, frame), node.name)

    def attribute(self, owner: Any, name: str) -> Any:
        """An attribute of a value."""
        if isinstance(owner, Ref):
            found = self.resolved(owner)
            if not isinstance(found, Ref):
                return self.attribute(found, name)
            named = Ref(f"{owner.name}.{name}", owner.base)
            # Most names are those of libraries, and lead nowhere.
            return named if owner.root in _NEVER_FOLLOWED else self.resolved(named)
        if isinstance(owner, Handle):
            return self.actions.attribute(self, owner, name)
        if isinstance(owner, ClassValue):
            members = self.enum_members(owner)
            if members is not None and name in members:
                return Member(owner, name)
            if name == "__members__" and members is not None:
                return members
            if name == "__name__":
                return owner.node.name
            found = self.class_attribute(owner, name)
            if isinstance(found, (str, int, list, tuple, dict, Closure)) and not isinstance(found, bool):
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
            return Member(owner, name) if found is None or isinstance(found, Closure) else found
        if isinstance(owner, Unknown):
            return Member(owner, name)
        if isinstance(owner, (Member, Made, Result)):
            return self.actions.attribute(self, owner, name)
        if isinstance(owner, FilePath):
            found = path_attribute(owner, name)
            return Member(owner, name) if found is None else found
        return Member(owner, name)

    def _call(self, node: syntax.Call, frame: Frame) -> Any:
        return self._called(node, frame, discarded=False)

    def _called(self, node: syntax.Call, frame: Frame, *, discarded: bool) -> Any:
        func = self.value(node.func, frame)
        made = self._arguments(func, node, frame)
        if isinstance(func, Ref) and func.name == "builtins.globals":
            return Globals()
        made.discarded = discarded
        return self.call(func, made)

    def _yield(self, node: syntax.Yield, frame: Frame) -> Any:
        value = self.value(node.value, frame) if node.value is not None else None
        if frame.at_yield is not None:
            frame.at_yield(value)
            return None
        if frame.yields is None:
            frame.yields = Gathered([])
        entries = self._entries(value) if node.each else [(value, ())]
        if entries is None:
            frame.yields.open = True
        since = self._stack[-1][1] if self._stack else ()
        for item, when in entries or ():
            put(frame.yields, item, (*_further(self.conditions, since), *when))
        return Unknown("what a generator is sent")

    def _arguments(self, func: Any, node: syntax.Call, frame: Frame) -> Made:
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        starred = False
        for argument in node.args:
            value = self.value(argument.value, frame)
            if argument.star == "*":
                items = self.items(value)
                if items is None:
                    starred = True
                    args.append(Unknown("a starred argument that is not known"))
                else:
                    args.extend(items)
            elif argument.star == "**":
                if isinstance(value, dict):
                    kwargs.update({key: item for key, item in value.items() if isinstance(key, str)})
                    starred = starred or self.gathered_of(value) is not None
                else:
                    starred = True
            elif argument.keyword is not None:
                kwargs[argument.keyword] = value
            else:
                args.append(value)
        return Made(func, args, kwargs, self.place(node.way), starred)

    def _sequence(self, node: syntax.Display, frame: Frame) -> Any:
        items: list[Any] = []
        for item in node.items:
            if isinstance(item, syntax.Starred):
                value = self.value(item.value, frame)
                known = self.items(value)
                if known is None:
                    items.append(Unknown("a starred item that is not known"))
                else:
                    items.extend(known)
            else:
                items.append(self.value(item, frame))
        if node.kind is set:
            return self._new(set(items) if all(_hashable(item) for item in items) else items)
        return tuple(items) if node.kind is tuple else self._new(items)

    def _dict(self, node: syntax.Dict, frame: Frame) -> Any:
        found: dict[Any, Any] = {}
        for key, value in node.items:
            worth = self.value(value, frame)
            if key is None:
                found.update(worth if isinstance(worth, dict) else {HOLE: worth})
                continue
            name = self.value(key, frame)
            if isinstance(name, Member) or not _hashable(name):
                # A column of a table as a key: SQLAlchemy's values({t.c.x: 1}).
                name = name.name if isinstance(name, Member) else HOLE
            found[name] = worth
        return self._new(found)

    def _binary(self, node: syntax.Binary, frame: Frame) -> Any:
        return self._operated(node.operator, self.value(node.left, frame), self.value(node.right, frame))

    def _boolean(self, node: syntax.Boolean, frame: Frame) -> Any:
        left = self.value(node.left, frame)
        truth = self.truth(left)
        if isinstance(truth, bool):
            if truth == (node.operator == "or"):
                return left
            return self.value(node.right, frame)
        right = self.value(node.right, frame)
        other = self.truth(right)
        if isinstance(other, bool):
            if other == (node.operator == "or"):
                # `x or True` is true whatever x is; `x or "default"` is not known to be the default.
                return right if isinstance(right, bool) else Unknown("a value that depends on a condition")
            return truth if isinstance(right, bool) else left
        return Query("any" if node.operator == "or" else "all", parts=(truth, other))

    def _compare(self, node: syntax.Compare, frame: Frame) -> Any:
        left = self.value(node.left, frame)
        result: Any = True
        for operator, expression in node.rest:
            right = self.value(expression, frame)
            result = self._compared(operator, left, right)
            if result is False:
                return False
            left = right
        return result if len(node.rest) == 1 or isinstance(result, bool) else Query("unknown")

    def _compared(self, operator: str, left: Any, right: Any) -> Any:
        if operator in ("in", "not in"):
            found = self._contains(left, right)
            if operator == "not in":
                return self.negated(found)
            return found
        left, right = self.plain_member(left), self.plain_member(right)
        if self.gathered_of(left) is not None or self.gathered_of(right) is not None:
            return Query("unknown")
        if isinstance(left, (Member, Made)) and operator in ("==", "!=", "<", "<=", ">", ">="):
            # A condition of SQLAlchemy's: table.c.x == 1.
            return Made(Ref(f"operator.{operator}"), [left, right], {})
        if isinstance(left, Listed) or isinstance(right, Listed):
            names, other = (left.names, right) if isinstance(left, Listed) else (right.names, left)
            if operator in ("==", "!=") and isinstance(other, str):
                query = _question(names, other)
                return query if operator == "==" else self.negated(query)
            return Query("unknown")
        asked = left if isinstance(left, (Result, Some, Query)) else None
        if asked is not None:
            return self._compared_query(operator, asked, right)
        if _has_unknown(left) or _has_unknown(right):
            return Query("unknown", text=getattr(left, "why", "") or getattr(right, "why", ""))
        if isinstance(left, (Ref, Made, Handle)) or isinstance(right, (Ref, Made, Handle)):
            sure = _is_something(left if right is None else right)
            if operator in ("is", "is not") and (left is None or right is None) and sure:
                return operator == "is not"
            return Query("unknown")
        try:
            return _COMPARISONS[operator](left, right)
        except (TypeError, KeyError, ValueError):
            return Query("unknown")

    def plain_member(self, value: Any) -> Any:
        """The value of a member of an enum; any other value as it is."""
        return self.plain(value) if isinstance(value, Member) else value

    def _compared_query(self, operator: str, asked: Any, right: Any) -> Any:
        truth = self.truth(asked)
        if isinstance(truth, bool):
            return truth
        if right is None or right is False or right == 0:
            if operator in ("is", "=="):
                return self.negated(truth)
            if operator in ("is not", "!=", ">"):
                return truth
        if right is True and operator in ("is", "=="):
            return truth
        return Query("unknown")

    def _contains(self, item: Any, container: Any) -> Any:
        if isinstance(item, Member):
            item = self.plain(item)
        if isinstance(container, Names):
            return _question(container, item) if isinstance(item, str) else Query("unknown")
        found = self.gathered_of(container)
        if found is not None:
            return Query("unknown") if _has_unknown(item) else found.has(item)
        if isinstance(item, Listed) and isinstance(container, (list, tuple, set, frozenset, dict)):
            parts = [_question(item.names, name) for name in container if isinstance(name, str)]
            return Query("any", parts=tuple(parts)) if parts else False
        if _has_unknown(item) or _has_unknown(container):
            if isinstance(container, (list, tuple, dict, set)) and _hashable(item):
                try:
                    if item in container:
                        return True
                except TypeError:
                    pass
            return Query("unknown")
        try:
            return item in container
        except TypeError:
            return Query("unknown")

    def negated(self, value: Any) -> Any:
        """``not value``."""
        truth = self.truth(value)
        if isinstance(truth, bool):
            return not truth
        return replace(truth, expected=not truth.expected)

    def _unary(self, node: syntax.Unary, frame: Frame) -> Any:
        value = self.value(node.value, frame)
        if node.operator == "not":
            return self.negated(value)
        if isinstance(value, (int, float)):
            return -value if node.operator == "-" else value
        return Made(Ref(f"operator.{node.operator or 'invert'}"), [value], {})

    def _conditional(self, node: syntax.Conditional, frame: Frame) -> Any:
        truth = self.truth(self.value(node.test, frame))
        if isinstance(truth, bool):
            return self.value(node.body if truth else node.orelse, frame)
        return _either_of(self.value(node.body, frame), self.value(node.orelse, frame))

    def _subscript(self, node: syntax.Subscript, frame: Frame) -> Any:
        owner = self.value(node.value, frame)
        if isinstance(node.index, syntax.Slice):
            bounds = [
                self.value(bound, frame) if bound is not None else None
                for bound in (node.index.lower, node.index.upper, node.index.step)
            ]
            if isinstance(owner, (str, list, tuple)) and all(b is None or isinstance(b, int) for b in bounds):
                return owner[slice(*bounds)]
            return Unknown("a slice of what is not known")
        key = self.value(node.index, frame)
        if isinstance(owner, Globals):
            if isinstance(key, str) and HOLE not in key:
                return self.module(self.source).names.get(key, Unknown("a name that is not defined"))
            return Member(owner, key if isinstance(key, str) else HOLE)
        if isinstance(owner, (Listed, Some)):
            return _of_listed(owner, key)
        if isinstance(owner, Names):
            return _of_names(owner, key)
        if isinstance(key, Member):
            key = self.plain(key)
        if isinstance(owner, Defaults) and not (_hashable(key) and key in owner):
            made = self.call(owner.factory, Made(owner.factory, [], {})) if owner.factory is not None else None
            self._put(owner, key, made)
            return made
        if isinstance(owner, list) and self.gathered_of(owner) is not None:
            return Unknown("an item of what is not known")
        if isinstance(owner, (dict, list, tuple, str)) and _hashable(key):
            try:
                return owner[key]
            except (KeyError, IndexError, TypeError):
                return Unknown("a key that is not known")
        if isinstance(owner, ClassValue):
            members = self.enum_members(owner)
            if members is not None and key in members:
                return Member(owner, str(key))
        if isinstance(owner, (Member, Made)) and isinstance(key, str):
            # table.c["name"], metadata.tables["name"]
            return Member(owner, key)
        if isinstance(owner, Result):
            return owner
        return Unknown("an item of what is not known")

    def _slice(self, _node: syntax.Slice, _frame: Frame) -> Any:
        return Unknown("a slice of what is not known")

    def _lambda(self, node: syntax.Lambda, frame: Frame) -> Any:
        return Closure(node, frame)

    def _comprehension(self, node: syntax.Comprehension, frame: Frame) -> Any:
        inner = Frame(frame.source, frame, frame.function)
        found: Items = []
        special = self._comprehend(node, 0, inner, (), found)
        if special is not None:
            return special
        kind = node.kind
        if kind is dict:
            found = [(pair, when) for pair, when in found if _hashable(pair[0])]
        if any(when for _item, when in found):
            return self._known(gathered(found, kind if kind in (dict, set) else list))
        items = [item for item, _when in found]
        if kind is dict:
            return self._new(dict(items))
        if kind is set and all(_hashable(item) for item in items):
            return self._new(set(items))
        return self._new(items)

    def _comprehend(self, node: syntax.Comprehension, depth: int, frame: Frame, when: When, found: Items) -> Any:
        generator = node.generators[depth]
        iterable = self.value(generator.iterable, frame)
        if isinstance(iterable, Names):
            return self._comprehend_names(node, generator, iterable, frame)
        items = self._entries(iterable)
        if items is None:
            self._read_result(iterable)
            return Unknown("a comprehension over what is not known")
        for item, hangs in items:
            self._step()
            self.bind(generator.target, item, frame)
            tests = [self.truth(self.value(test, frame)) for test in generator.conditions]
            if False in tests:
                continue
            asked = [self.condition(test) for test in tests if not isinstance(test, bool)]
            under = (*when, *hangs, *asked)
            if depth + 1 < len(node.generators):
                special = self._comprehend(node, depth + 1, frame, under, found)
                if special is not None:
                    return special
            elif node.key is not None:
                found.append(((self.value(node.key, frame), self.value(node.element, frame)), under))
            else:
                found.append((self.value(node.element, frame), under))
        return None

    def _comprehend_names(
        self, node: syntax.Comprehension, generator: syntax.Generator, names: Names, frame: Frame
    ) -> Any:
        """``[c["name"] for c in inspector.get_columns(t)]`` and its kin."""
        self.bind(generator.target, Listed(names), frame)
        tests = [self.truth(self.value(test, frame)) for test in generator.conditions]
        queries = [test for test in tests if isinstance(test, Query) and test.question != "unknown"]
        if len(queries) == 1 and len(tests) == 1:
            return Some(queries[0])
        if tests:
            return Unknown("a comprehension with a condition that is not known")
        element = self.value(node.key if node.key is not None else node.element, frame)
        if isinstance(element, Listed):
            return names
        if isinstance(element, Query):
            return Some(element)
        return Unknown("a comprehension over what the database has")

    def _walrus(self, node: syntax.Walrus, frame: Frame) -> Any:
        value = self.value(node.value, frame)
        self.bind(node.target, value, frame)
        return value

    def _starred(self, node: syntax.Starred, frame: Frame) -> Any:
        return self.value(node.value, frame)

    def _opaque(self, node: syntax.Opaque, _frame: Frame) -> Any:
        return Unknown(f"an expression of the kind {node.kind}")


_LISTED = "a loop over what the database lists"

# What follows a loop hangs on so many of its rounds; on more, it hangs on the loop.
_MANY_ROUNDS = 30

_NEVER_FOLLOWED = frozenset(sys.stdlib_module_names) | {"builtins", "alembic", "sqlalchemy"}

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "is": lambda left, right: left is right or left == right,
    "is not": lambda left, right: left is not right and left != right,
}

_RUN: dict[type, Callable[[Evaluator, Any, Frame], Flow]] = {
    syntax.ExpressionStatement: Evaluator._expression,
    syntax.Assign: Evaluator._assign,
    syntax.AugmentedAssign: Evaluator._augmented,
    syntax.Return: Evaluator._return,
    syntax.Raise: Evaluator._raise,
    syntax.Flow: Evaluator._flow,
    syntax.Other: Evaluator._other,
    syntax.Import: Evaluator._import,
    syntax.ImportFrom: Evaluator._import_from,
    syntax.Function: Evaluator._function,
    syntax.Class: Evaluator._class,
    syntax.If: Evaluator._if,
    syntax.For: Evaluator._for,
    syntax.While: Evaluator._while,
    syntax.With: Evaluator._with,
    syntax.Try: Evaluator._try,
    syntax.Match: Evaluator._match,
}

_VALUE: dict[type, Callable[[Evaluator, Any, Frame], Any]] = {
    syntax.Constant: Evaluator._constant,
    syntax.String: Evaluator._string,
    syntax.FormattedString: Evaluator._formatted,
    syntax.Name: Evaluator._name,
    syntax.Attribute: Evaluator._attribute,
    syntax.Call: Evaluator._call,
    syntax.Display: Evaluator._sequence,
    syntax.Dict: Evaluator._dict,
    syntax.Binary: Evaluator._binary,
    syntax.Boolean: Evaluator._boolean,
    syntax.Compare: Evaluator._compare,
    syntax.Unary: Evaluator._unary,
    syntax.Conditional: Evaluator._conditional,
    syntax.Subscript: Evaluator._subscript,
    syntax.Slice: Evaluator._slice,
    syntax.Lambda: Evaluator._lambda,
    syntax.Comprehension: Evaluator._comprehension,
    syntax.Walrus: Evaluator._walrus,
    syntax.Yield: Evaluator._yield,
    syntax.Starred: Evaluator._starred,
    syntax.Opaque: Evaluator._opaque,
}


def _question(names: Names, name: str) -> Query:
    if HOLE in name:
        return Query("unknown")
    if names.question == "table":
        return Query("table", Name(name), since=names.since)
    return Query(names.question, names.table, name, since=names.since)


_OF_NAMES = frozenset(["get", "keys", "copy", "intersection", "isdisjoint", "issuperset"])


def _of_names(names: Names, key: Any) -> Any:
    """One of what an inspector lists, by its name."""
    return Some(_question(names, key)) if isinstance(key, str) else Unknown("what the database has")


def _of_listed(found: Listed | Some, key: Any) -> Any:
    """What an inspector tells of one of what it lists, or of a column that was looked for by its name."""
    if isinstance(found, Listed):
        if key == "nullable":
            return Unknown("the nullability that the database has")
        return found if key in ("name", "column_names", 0) else Unknown("what the database has")
    query = found.query
    if key == 0:
        return found
    if query.question == "column" and query.expected and key == "nullable":
        return replace(query, question="nullable")
    if query.question == "column" and query.expected and key == "type":
        return Some(replace(query, question="type"))
    return Unknown("what the database has")


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    found = dict(one)
    for name, value in other.items():
        found[name] = _either_of(found[name], value) if name in found else value
    return found


def _either_of(one: Any, other: Any) -> Any:
    """What is known of a value that is one or the other.

    Of two texts, the words that both begin and end with; of two statements that go on from one, that one.
    """
    if _same(one, other):
        return one
    if isinstance(one, Made) and isinstance(other, Made):
        chain, begun = _chain(one), {id(step) for step in _chain(other)}
        return next((step for step in chain if id(step) in begun), Unknown("a value that depends on a condition"))
    if isinstance(one, str) and isinstance(other, str):
        if not one or not other:
            there = one or other
            return f"{' ' if there[:1].isspace() else ''}{HOLE}{' ' if there[-1:].isspace() else ''}"
        shorter = min(len(one), len(other))
        start = next((at for at in range(shorter) if one[at] != other[at]), shorter)
        start = max(one.rfind(" ", 0, start), one.rfind("\n", 0, start)) + 1
        tail = shorter - start
        end = next((at for at in range(tail) if one[-1 - at] != other[-1 - at]), tail)
        ends = [at for at in (one.find(" ", len(one) - end), one.find("\n", len(one) - end)) if at >= 0]
        if one[:start].strip():
            return joined([cut(one, 0, start), HOLE, cut(one, min(ends), len(one)) if ends else ""])
    return Unknown("a value that depends on a condition")


def _breaks(body: list[syntax.Statement], keywords: tuple[str, ...] = ("break",)) -> bool:
    """Whether a loop with this body may be broken off, or what else of `Flow` the keywords name."""
    for statement in body:
        if isinstance(statement, syntax.Flow):
            if statement.keyword in keywords:
                return True
        elif not isinstance(statement, (syntax.Scope, syntax.For, syntax.While)) and any(
            _breaks(block, keywords) for block in _blocks(statement)
        ):
            return True
    return False


def _returns_from(body: list[syntax.Statement]) -> bool:
    """Whether a loop with this body is left by nothing but a ``return``: what follows hangs on there being none."""
    return _has_return(body) and not _breaks(body, ("break", "continue"))


def _has_return(body: list[syntax.Statement]) -> bool:
    return any(
        isinstance(statement, syntax.Return)
        or (not isinstance(statement, syntax.Scope) and any(map(_has_return, _blocks(statement))))
        for statement in body
    )


def _blocks(statement: syntax.Statement) -> list[list[syntax.Statement]]:
    parts = (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
    return [*[getattr(statement, name, []) for name in ("body", "orelse", "final")], *[part.body for part in parts]]


def _chain(made: Made) -> list[Made]:
    """A call of a method of a call of a method …, from the last one to the first."""
    found = [made]
    while isinstance(found[-1].func, Member) and isinstance(found[-1].func.owner, Made):
        found.append(found[-1].func.owner)
    return found


def _is_something(value: Any) -> bool:
    """Whether it cannot be None; what a function that is not followed gives may be."""
    return not isinstance(value, Made) or (
        isinstance(value.func, Ref) and (value.func.root == "sqlalchemy" or value.leaf[:1].isupper())
    )


def _is_dotted(node: syntax.Expression) -> bool:
    while isinstance(node, syntax.Attribute):
        node = node.value
    return isinstance(node, syntax.Name)


def _is_static(method: Closure) -> bool:
    decorators = getattr(method.function, "decorators", ())
    return any(isinstance(one, syntax.Name) and one.id == "staticmethod" for one in decorators)


def _further(conditions: When, known: When) -> When:
    """The conditions that are not among those known."""
    if not known:
        return conditions
    there = {(one.id, one.expected) for one in known}
    return tuple([one for one in conditions if (one.id, one.expected) not in there])


def _rebound(body: list[syntax.Statement]) -> set[str]:
    """The names that some statements give a new value."""
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, (syntax.Assign, syntax.AugmentedAssign)):
            targets = statement.targets if isinstance(statement, syntax.Assign) else (statement.target,)
            found.update(target.id for target in targets if isinstance(target, syntax.Name))
        elif not isinstance(statement, syntax.Scope):
            for block in ("body", "orelse", "final"):
                found |= _rebound(getattr(statement, block, []))
            for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                found |= _rebound(part.body)
    return found


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    try:
        return bool(one == other)
    except Exception:
        return False


def _goes_on(handler: syntax.Handler) -> bool:
    """Whether it takes what the database raises, and does not raise in its turn."""
    own = {"Exception", "BaseException"}
    takes = not handler.types or any(name in own or not hasattr(builtins, name) for name in handler.types)
    return takes and not (handler.body and isinstance(handler.body[-1], syntax.Raise))


def _hashable(value: Any) -> bool:
    return isinstance(value, (str, int, float, bool, type(None), Ref, bytes)) or (
        isinstance(value, tuple) and all(map(_hashable, value))
    )


def _has_unknown(value: Any) -> bool:
    if isinstance(value, str):
        return HOLE in value
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(_has_unknown, value))
    if isinstance(value, dict):
        return any(map(_has_unknown, value.values()))
    return isinstance(value, (Unknown, Member, Listed, Names, Result, InstanceOf))
