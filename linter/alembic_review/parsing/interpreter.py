"""The evaluator with all the Python that it follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic_review.operations import Operation
from alembic_review.parsing import syntax
from alembic_review.parsing.bodies import names_read
from alembic_review.parsing.builtins import call_builtin, call_method, path_method
from alembic_review.parsing.compound_statements import COMPOUND, both
from alembic_review.parsing.containers import asked_names, builtin_of_gathered, change, method_of_gathered, operated
from alembic_review.parsing.either import Split, either_of, names_either
from alembic_review.parsing.evaluate import LETTERS, Evaluator
from alembic_review.parsing.expressions import EXPRESSIONS
from alembic_review.parsing.frames import Flow, Frame
from alembic_review.parsing.gathering import CHANGES
from alembic_review.parsing.listing import OF_NAMES, of_listed
from alembic_review.parsing.reach import acts
from alembic_review.parsing.simple_statements import SIMPLE
from alembic_review.parsing.values import (
    ClassValue,
    Closure,
    FilePath,
    InstanceOf,
    Listed,
    Made,
    Member,
    Names,
    Ref,
    Some,
    Unknown,
)

_MOST_SPLITS = 3
"""A statement is run for the values of no more names than this, so at most eight times."""


class Interpreter(Evaluator):
    """Knows every kind of statement, expression and call."""

    def value(self, node: syntax.Expression, frame: Frame) -> Any:
        """What an expression is worth."""
        return EXPRESSIONS[type(node)](self, node, frame)

    def block(self, statements: list[syntax.Statement], frame: Frame) -> Flow:
        """Run statements one after the other."""
        for statement in statements:
            self.step()
            if self.site is None:
                self.way = statement.way
            flow = self._run(statement, frame)
            if flow is not Flow.NEXT:
                return flow
        return Flow.NEXT

    def _run(self, statement: syntax.Statement, frame: Frame, splits: int = 0) -> Flow:
        """Run a statement; once for each value of a name in it that is one of a few.

        What the database is told is told once where the value is but a detail of it: a column that is added either
        way, with this default or that one, is added.
        """
        # As long as so little has been done that the same again for each value is still followed.
        may = self._splits and splits < _MOST_SPLITS and self._steps < self._limit >> _MOST_SPLITS
        undecided = self._undecided(statement, frame) if may else None
        if undecided is None:
            return _STATEMENTS[type(statement)](self, statement, frame)
        operations = self.actions.operations
        start, told = len(operations), list[Operation]()
        if isinstance(statement, (syntax.ExpressionStatement, syntax.With)):
            names, conditions = dict(frame.names), self.conditions
            flow, given = self.attributes.apart(lambda: _STATEMENTS[type(statement)](self, statement, frame))
            told = operations[start:]
            if not names_either(told):
                self.attributes.settle(given, given, either_of)
                return flow
            del operations[start:]
            frame.names, self.conditions = names, conditions
        owner, name, split = undecided
        value = owner.names[name]

        def with_value(one: Any) -> Flow:
            self.step()
            owner.names[name] = one
            try:
                return self._run(statement, frame, splits + 1)
            finally:
                if owner is not frame:
                    owner.names[name] = value

        flow = both(self, split.held, lambda: with_value(split.one), lambda: with_value(split.other), frame)
        if told and names_either(operations[start:]):
            # Something else in their names is not known either.
            operations[start:] = told
        return flow

    def _undecided(self, statement: syntax.Statement, frame: Frame) -> tuple[Frame, str, Split] | None:
        """A name in a statement that is one of a few values, and where it is bound."""
        if id(statement) not in self._reads:
            self._reads[id(statement)] = names_read(statement)
        for name in self._reads[id(statement)]:
            at: Frame | None = frame
            while at is not None and name not in at.names:
                at = at.parent
            split = self.split_of(at.names[name]) if at is not None else None
            if at is not None and split is not None:
                return at, name, split
        return None

    def call(self, func: Any, made: Made) -> Any:
        """The value of a call."""
        self.step()
        given = func
        func = self.resolved(func)
        if isinstance(func, Closure):
            return self.follow(func, made.args, made, given)
        if isinstance(func, ClassValue):
            return self._made(func, made, given)
        if isinstance(func, Ref) and func.name.startswith("builtins."):
            found = self.gathered_of(made.args[0]) if made.args else None
            if found is not None:
                return builtin_of_gathered(self, found, func.name[9:], made)
            if func.leaf in ("eval", "exec") or acts(self, made.kwargs.get("key")):
                return self.actions.call(self, func, made)
            return self.new(call_builtin(self, func.name[9:], made))
        if isinstance(func, InstanceOf):
            func = Member(func, "__call__")
        if isinstance(func, Member):
            owner = func.owner
            if isinstance(owner, FilePath):
                path = path_method(owner, func.name, made.args)
                if path is not None:
                    return path
                if func.name in ("open", "read_text", "read_bytes"):
                    opened = Made(Ref("builtins.open"), [owner], {}, made.place)
                    return opened if func.name == "open" else self.text_of_file(opened)
            if isinstance(owner, (str, list, dict, set, frozenset, tuple)):
                self.spend(len(owner) // LETTERS)
                if func.name in CHANGES and isinstance(owner, (list, dict, set)):
                    return change(self, owner, func.name, made)
                found = self.gathered_of(owner)
                if found is not None:
                    return method_of_gathered(self, found, func.name, made)
                if func.name in ("difference", "intersection") and len(made.args) == 1:
                    return operated(self, "-" if func.name == "difference" else "&", owner, made.args[0])
                return self.new(call_method(self, owner, func.name, made))
            if isinstance(owner, InstanceOf):
                method = self.class_attribute(owner.cls, func.name)
                if isinstance(method, Closure):
                    return self.follow(method.of(owner.cls, owner), made.args, made, given)
            elif isinstance(owner, (Listed, Some)) and func.name == "get" and made.args:
                return of_listed(owner, made.args[0])
            elif isinstance(owner, Names) and func.name in OF_NAMES:
                return asked_names(self, owner, func.name, made)
        made.func = func
        return self.actions.call(self, func, made)

    def _made(self, cls: ClassValue, made: Made, given: Any) -> InstanceOf:
        """An object of a class."""
        one = InstanceOf(cls, dict(made.kwargs))
        start, fields = self.class_attribute(cls, "__init__"), self.record(cls)
        if isinstance(start, Closure):
            self.follow(start, [one, *made.args], made, given)
        elif fields is None or made.starred:
            one.made, one.opaque = made, bool(made.args) or made.starred
        else:
            one.kwargs.update(zip(fields, made.args, strict=False))
            for name in fields:
                if name not in one.kwargs:
                    one.kwargs[name] = self._default(self.class_attribute(cls, name))
            after = self.class_attribute(cls, "__post_init__")
            if isinstance(after, Closure):
                self.follow(after, [one], Made(after, [], {}, made.place), after)
        return one

    def _default(self, value: Any) -> Any:
        """What a field is that is not given: ``dataclasses.field(…)`` says how it is made."""
        if value is None or not isinstance(value, Made) or value.leaf != "field":
            return Unknown("a field that is not given") if value is None else value
        factory = value.kwargs.get("default_factory")
        if factory is not None:
            return self.call(factory, Made(factory, [], {}, value.place))
        return value.kwargs.get("default", Unknown("a field that is not given"))


_STATEMENTS: dict[type, Callable[[Evaluator, Any, Frame], Flow]] = {**SIMPLE, **COMPOUND}
