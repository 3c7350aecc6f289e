"""Branches, loops, ``with`` and ``try``: which of their blocks run, and on which conditions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from alembic_review.operations import LOOP, Condition
from alembic_review.parsing import syntax
from alembic_review.parsing.attributes import Given
from alembic_review.parsing.binding import bind
from alembic_review.parsing.bodies import breaks, goes_on, rebound, returns_from
from alembic_review.parsing.comparisons import compared
from alembic_review.parsing.either import either_of, merged
from alembic_review.parsing.evaluate import NEVER_FOLLOWED, Evaluator
from alembic_review.parsing.expressions import arguments
from alembic_review.parsing.frames import Flow, Frame, Raised
from alembic_review.parsing.gathering import Gathered, further
from alembic_review.parsing.listing import LISTED
from alembic_review.parsing.values import ClassValue, Closure, InstanceOf, Listed, Names, Query, Ref, Unknown, same

# What follows a loop hangs on so many of its rounds; on more, it hangs on the loop.
_MANY_ROUNDS = 30


def _if(evaluator: Evaluator, statement: syntax.If, frame: Frame) -> Flow:
    return _either(
        evaluator,
        _asked(evaluator, statement.test, frame),
        lambda: evaluator.block(statement.body, frame),
        lambda: evaluator.block(statement.orelse, frame),
        frame,
    )


def _asked(evaluator: Evaluator, test: syntax.Expression, frame: Frame) -> bool | Query:
    """What a test comes to; where nobody can tell, a setting of the project's own is known again by its name."""
    truth = evaluator.truth(evaluator.value(test, frame))
    if isinstance(truth, bool) or truth.question != "unknown":
        return truth
    expected = True
    while isinstance(test, syntax.Unary) and test.operator == "not":
        test, expected = test.value, not expected
    name = _imported_name(test, frame)
    return Query("setting", expected=expected, text=name) if name is not None else truth


def _imported_name(node: syntax.Expression, frame: Frame) -> str | None:
    """The full name of what is taken from a module of the project, by its attributes alone."""
    if isinstance(node, syntax.Attribute):
        owner = _imported_name(node.value, frame)
        return f"{owner}.{node.name}" if owner is not None else None
    if not isinstance(node, syntax.Name):
        return None
    at: Frame | None = frame.elsewhere.get(node.id, frame)
    while at is not None and node.id not in at.names:
        at = at.parent
    value = at.names[node.id] if at is not None else None
    if not isinstance(value, Ref) or value.root in NEVER_FOLLOWED or value.base:
        return None
    return value.name


def _match(evaluator: Evaluator, statement: syntax.Match, frame: Frame) -> Flow:
    return _cases(evaluator, evaluator.value(statement.subject, frame), list(statement.cases), frame)


def _cases(evaluator: Evaluator, subject: Any, cases: list[syntax.Case], frame: Frame) -> Flow:
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
        equal = [
            evaluator.truth(compared(evaluator, "==", subject, evaluator.value(value, frame))) for value in case.values
        ]
        asked = tuple([one for one in equal if isinstance(one, Query)])
        truth = True if True in equal else Query("any", parts=asked) if asked else False
    if case.guard is not None and truth is not False:
        guard = evaluator.truth(evaluator.value(case.guard, frame))
        if isinstance(truth, bool) or guard is False:
            truth = guard
        elif isinstance(guard, Query):
            truth = Query("all", parts=(truth, guard))
    return _either(
        evaluator,
        truth,
        lambda: evaluator.block(case.body, frame),
        lambda: _cases(evaluator, subject, cases[1:], frame),
        frame,
    )


def _either(
    evaluator: Evaluator, truth: bool | Query, body: Callable[[], Flow], orelse: Callable[[], Flow], frame: Frame
) -> Flow:
    """One of two blocks, or both on opposite conditions."""
    if isinstance(truth, bool):
        return body() if truth else orelse()
    return both(evaluator, evaluator.condition(truth), body, orelse, frame)


def both(
    evaluator: Evaluator, held: Condition, body: Callable[[], Flow], orelse: Callable[[], Flow], frame: Frame
) -> Flow:
    """Two blocks, one where a condition holds and one where it does not; one of them where that is settled."""
    settled = next((one.expected == held.expected for one in evaluator.conditions if one.id == held.id), None)
    if settled is not None:
        return body() if settled else orelse()
    missed = replace(held, expected=not held.expected)
    before, outer = dict(frame.names), evaluator.conditions
    one, given = _branch(evaluator, body, (*outer, held))
    names = frame.names
    frame.names = before
    other, given_else = _branch(evaluator, orelse, (*outer, missed))
    evaluator.conditions = outer
    either = partial(evaluator.one_of, held)
    # What follows, in whatever function, is only reached from a branch that does not raise.
    evaluator.attributes.settle(
        given_else if one is Flow.RAISE else given,
        given if other is Flow.RAISE else given_else,
        either,
    )
    if one is not Flow.NEXT and other is not Flow.NEXT:
        return one if one is other else Flow.RETURN
    if one is not Flow.NEXT:
        # What follows is only reached when the branch that leaves was not taken.
        evaluator.conditions = (*outer, missed)
    elif other is not Flow.NEXT:
        frame.names = names
        evaluator.conditions = (*outer, held)
    else:
        frame.names = merged(names, frame.names, either)
    return Flow.NEXT


def _branch(evaluator: Evaluator, body: Callable[[], Flow], conditions: tuple[Condition, ...]) -> tuple[Flow, Given]:
    """How a block that may not run ends, and what it would have given attributes."""
    evaluator.conditions = conditions

    def branch() -> Flow:
        try:
            return body()
        except Raised:
            return Flow.RAISE

    return evaluator.attributes.apart(branch)


def _for(evaluator: Evaluator, statement: syntax.For, frame: Frame) -> Flow:
    iterable = evaluator.value(statement.iterable, frame)
    items = evaluator.items(iterable)
    if items is None:
        found = evaluator.gathered_of(iterable)
        if found is not None:
            _for_each(evaluator, statement, found, frame)
        else:
            evaluator.read_result(iterable)
            _once(evaluator, statement.body, statement.target, iterable, frame)
        unbroken: bool | Query = True
        if breaks(statement.body):
            unbroken = Query("unknown", text="a loop that is not broken off")
        return _either(evaluator, unbroken, lambda: evaluator.block(statement.orelse, frame), lambda: Flow.NEXT, frame)
    start, returns = evaluator.conditions, returns_from(statement.body)
    for item in items:
        evaluator.step()
        bind(evaluator, statement.target, item, frame)
        outer = evaluator.conditions
        flow = evaluator.block(statement.body, frame)
        if flow in (Flow.RETURN, Flow.RAISE):
            return flow
        if not returns:
            evaluator.conditions = outer
        elif len(evaluator.conditions) > len(start) + _MANY_ROUNDS:
            evaluator.conditions = (*start, evaluator.condition(Query("unknown", text="a loop that may have returned")))
        if flow is Flow.BREAK:
            return Flow.NEXT
    return evaluator.block(statement.orelse, frame)


def _for_each(evaluator: Evaluator, statement: syntax.For, found: Gathered, frame: Frame) -> None:
    """A loop over items that hang on conditions: the body for each, on what the item hangs on."""
    outer = evaluator.conditions
    for item, when in found.items():
        evaluator.step()
        bind(evaluator, statement.target, item, frame)
        evaluator.conditions = (*outer, *further(when, outer))
        before = dict(frame.names)
        _, given = _branch(evaluator, lambda: evaluator.block(statement.body, frame), evaluator.conditions)
        evaluator.attributes.settle(given, {} if when else given, either_of)
        if when:
            frame.names = merged(before, frame.names)
        evaluator.conditions = outer
    if found.open:
        _once(evaluator, statement.body, statement.target, Unknown("an item of what is not known"), frame)


def _after_rounds(before: Any, after: Any) -> Any:
    """What is known of a value that each round of a loop may give anew."""
    return before if same(before, after) else Unknown("a value that changes in a loop")


def _once(
    evaluator: Evaluator, body: list[syntax.Statement], target: syntax.Expression | None, iterable: Any, frame: Frame
) -> Flow:
    """A loop over what is not known: its body once, on the condition that there is something."""
    outer, before, returns = evaluator.conditions, dict(frame.names), len(frame.returns)
    for name in rebound(body) & frame.names.keys():
        # What one round gives a name is what the next one finds.
        frame.names[name] = Unknown("a value that changes in a loop")
    item: Any = Listed(iterable) if isinstance(iterable, Names) else Unknown("an item of what is not known")
    if target is not None:
        bind(evaluator, target, item, frame)
    text = LISTED if isinstance(iterable, Names) else LOOP
    within = evaluator.condition(Query("unknown", text=text))
    flow, given = _branch(evaluator, lambda: evaluator.block(body, frame), (*outer, within))
    evaluator.attributes.settle(given, {}, _after_rounds)
    left, evaluator.conditions = further(evaluator.conditions, outer), outer
    if flow is Flow.RETURN:
        evaluator.conditions = (*outer, replace(within, expected=False))
    elif flow is Flow.NEXT and returns_from(body):
        evaluator.conditions = (*outer, *[one for one in left if one is not within])
    if len(frame.returns) > returns and evaluator.conditions == outer:
        # What follows is only reached where no round has returned.
        evaluator.conditions = (*outer, evaluator.condition(Query("unknown", text="a loop that may have returned")))
    frame.names = merged(before, frame.names)
    return Flow.NEXT


def _while(evaluator: Evaluator, statement: syntax.While, frame: Frame) -> Flow:
    truth, given = evaluator.attributes.apart(lambda: evaluator.truth(evaluator.value(statement.test, frame)))
    if truth is False:
        evaluator.attributes.settle(given, given, either_of)
        return Flow.NEXT
    # The test is evaluated before each round.
    evaluator.attributes.settle(given, {}, _after_rounds)
    return _once(evaluator, statement.body, None, None, frame)


def _with(evaluator: Evaluator, statement: syntax.With, frame: Frame) -> Flow:
    return _entered(evaluator, list(statement.items), statement.body, frame)


def _entered(
    evaluator: Evaluator,
    items: list[tuple[syntax.Expression, syntax.Expression | None]],
    body: list[syntax.Statement],
    frame: Frame,
) -> Flow:
    if not items:
        return evaluator.block(body, frame)
    expression, target = items[0]
    manager = _manager(evaluator, expression, frame)
    if manager is not None:
        return _managed(evaluator, manager, target, items[1:], body, frame)
    autocommit = evaluator.autocommit
    made = evaluator.value(expression, frame)
    own = _own_method(evaluator, made, "__enter__")
    value = evaluator.call_closure(own, [made], {}) if own is not None else evaluator.actions.enter(evaluator, made)
    if target is not None:
        bind(evaluator, target, value, frame)
    try:
        return _entered(evaluator, items[1:], body, frame)
    finally:
        evaluator.autocommit = autocommit
        evaluator.actions.leave(value)
        leave = _own_method(evaluator, made, "__exit__")
        if leave is not None:
            evaluator.call_closure(leave, [made, None, None, None], {})


def _own_method(evaluator: Evaluator, value: Any, name: str) -> Closure | None:
    method = evaluator.class_attribute(value.cls, name) if isinstance(value, InstanceOf) else None
    return method if isinstance(method, Closure) else None


def _manager(evaluator: Evaluator, expression: syntax.Expression, frame: Frame) -> tuple[Closure, syntax.Call] | None:
    """The function under contextlib.contextmanager that an expression calls."""
    if not isinstance(expression, syntax.Call) or not _is_dotted(expression.func):
        return None
    func = evaluator.resolved(evaluator.value(expression.func, frame))
    return (func, expression) if isinstance(func, Closure) and func.under == "contextmanager" else None


def _managed(
    evaluator: Evaluator,
    manager: tuple[Closure, syntax.Call],
    target: syntax.Expression | None,
    items: list[tuple[syntax.Expression, syntax.Expression | None]],
    body: list[syntax.Statement],
    frame: Frame,
) -> Flow:
    """The block of a ``with`` runs where the function yields."""
    closure, node = manager
    made = arguments(evaluator, closure, node, frame)
    site, way, flows = evaluator.site, evaluator.way, [Flow.NEXT]

    def block(value: Any) -> None:
        inner_site, inner_way = evaluator.site, evaluator.way
        evaluator.site, evaluator.way = site, way
        if target is not None:
            bind(evaluator, target, value, frame)
        try:
            flows.append(_entered(evaluator, items, body, frame))
        finally:
            evaluator.site, evaluator.way = inner_site, inner_way

    evaluator.call_closure(closure, made.args, made.kwargs, made.place, at_yield=block)
    # It has not yielded as far as it could be followed.
    return flows[-1] if len(flows) > 1 else _entered(evaluator, items, body, frame)


def _try(evaluator: Evaluator, statement: syntax.Try, frame: Frame) -> Flow:
    outer, guard = evaluator.conditions, evaluator.guard
    flow = Flow.NEXT
    raised = False
    before = dict(frame.names)
    if any(map(goes_on, statement.handlers)):
        evaluator.guard = evaluator.next_id()
    try:
        flow = evaluator.block(statement.body, frame)
    except Raised:
        raised = True
    finally:
        evaluator.guard = guard
    if not raised:
        evaluator.conditions = outer if flow is Flow.NEXT else evaluator.conditions
        failed = evaluator.condition(Query("failed"))
        names, kept = frame.names, evaluator.conditions
        caught: list[dict[str, Any]] = []
        for handler in statement.handlers:
            # Each of the guarded statements may have run, or not.
            frame.names = merged(names, before)
            if handler.name:
                frame.names[handler.name] = Unknown("an exception")
            block = handler.body
            ended, given = _branch(evaluator, lambda block=block: evaluator.block(block, frame), (*outer, failed))  # type: ignore[misc]
            evaluator.attributes.settle(given, {}, either_of)
            if ended is Flow.NEXT:
                caught.append(frame.names)
        frame.names, evaluator.conditions = names, kept
        if flow is Flow.NEXT:
            flow = evaluator.block(statement.orelse, frame)
        if flow is Flow.NEXT:
            imported = _imported(frame.names)
            for other in caught:
                frame.names = {**merged(frame.names, other), **imported}
        elif caught:
            # What follows is only reached where it failed.
            flow, frame.names, evaluator.conditions = Flow.NEXT, caught[0], (*outer, failed)
    elif statement.handlers:
        evaluator.conditions = outer
        flow = evaluator.block(statement.handlers[0].body, frame)
        raised = False
    ended = evaluator.block(statement.final, frame)
    if ended is not Flow.NEXT:
        return ended
    if raised:
        raise Raised
    return flow


def _imported(names: dict[str, Any]) -> dict[str, Any]:
    """Names of what can be called: ``except ImportError`` has something in their place for another environment."""
    return {name: value for name, value in names.items() if isinstance(value, (Ref, Closure, ClassValue))}


def _is_dotted(node: syntax.Expression) -> bool:
    while isinstance(node, syntax.Attribute):
        node = node.value
    return isinstance(node, syntax.Name)


COMPOUND: dict[type, Callable[[Evaluator, Any, Frame], Flow]] = {
    syntax.If: _if,
    syntax.For: _for,
    syntax.While: _while,
    syntax.With: _with,
    syntax.Try: _try,
    syntax.Match: _match,
}
