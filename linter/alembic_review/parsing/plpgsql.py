"""What a DO block does: its static statements, those it builds from known texts, and the conditions they hang on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterColumn,
    Condition,
    CreateEnum,
    CreateIndex,
    CreateObject,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropEnum,
    DropIndex,
    DropObject,
    DropTable,
    Execute,
    Operation,
    Place,
    PrimaryKey,
    Raise,
    RenameObject,
    RenameTable,
    Unique,
    Unread,
)
from alembic_review.parsing import sql_tokens
from alembic_review.parsing import sql_trees as trees
from alembic_review.parsing.libpg_query import NotParsed, SQLError, parse_plpgsql
from alembic_review.parsing.sql_questions import Values, condition_of, question, question_of, text_of, tree_of
from alembic_review.parsing.sql_trees import Node
from alembic_review.parsing.values import Query
from alembic_review.types import HOLE

PlaceOf = Callable[[int, int], Place]
Read = Callable[[str, PlaceOf, Callable[[], int]], "list[Operation]"]
ROUNDS = 200
"""How many rounds of a loop over a literal array are followed."""

_EXCEPTION = 21
# elog_level of RAISE EXCEPTION (src/include/utils/elog.h).


def parsed(body: str) -> Node:
    """The outermost block of a DO statement's *body*.

    Raises SQLError, its position in characters of the body, where PL/pgSQL's compiler refuses it, and NotParsed.
    """
    tag = "$body$"
    while tag in body:
        tag = f"{tag[:-1]}_$"
    try:
        functions = parse_plpgsql(f"DO {tag}{body}{tag}")
    except SQLError as error:
        raise SQLError(*_located(error.message, body)) from None
    if not functions:
        raise NotParsed("the PL/pgSQL of a DO block could not be read")
    function: Node = functions[0]["PLpgSQL_function"]
    return function


def check(function: str, body: str) -> None:
    """Raise SQLError for a CREATE FUNCTION whose *body* is no PL/pgSQL; its position is in characters of the body.

    Nothing else is believed: the types and variables that libpg_query does not know may be there.
    """
    try:
        parse_plpgsql(function)
    except NotParsed:
        pass
    except SQLError as error:
        if error.message.startswith("syntax error at "):
            raise SQLError(*_located(error.message, body)) from None


_BEFORE_STATEMENT = frozenset([";", "BEGIN", "THEN", "ELSE", "LOOP"])


def without_unknown_statements(body: str) -> tuple[str, list[tuple[int, int]]]:
    """A *body* with blanks for the holes that stand where statements do, and where those stand."""
    tokens = sql_tokens.tokens(body)
    found: list[tuple[int, int]] = []
    for number, token in enumerate(tokens[1:], 1):
        if token.text.strip(HOLE) or tokens[number - 1].text not in _BEFORE_STATEMENT:
            continue
        after = tokens[number + 1] if number + 1 < len(tokens) else None
        if after is not None and after.text == ";":
            found.append((token.start, after.end))
        elif after is not None and (after.text == "END" or "\n" in body[token.end : after.start]):
            found.append((token.start, token.end))
    for start, end in found:
        body = body[:start] + " " * (end - start) + body[end:]
    return body, found


def _located(message: str, body: str) -> tuple[str, int]:
    text, _, line = message.rpartition(" near line ")
    if not line.isdecimal():
        return message, 0
    start = _line_starts(body)[min(int(line), body.count("\n") + 1) - 1]
    word = re.search(r'"([^"]+)"', text)
    at = body.find(word[1], start) if word else -1
    return text, at if at >= 0 else start


def _line_starts(body: str) -> list[int]:
    return [0, *[match.end() for match in re.finditer("\n", body)]]


def operations(function: Node, body: str, place: PlaceOf, next_id: Callable[[], int], read: Read) -> list[Operation]:
    """What the block does. *place* tells where characters of *body* stand; *read* reads SQL text."""
    values: dict[str, str | Query] = {}
    names: list[str] = []
    for datum in function.get("datums", ()):
        kind, variable = trees.unwrapped(datum)
        names.append(variable.get("refname", ""))
        if kind == "PLpgSQL_var" and "default_val" in variable:
            _assign(values, names[-1], variable["default_val"]["PLpgSQL_expr"]["query"])
    block = _Block(body, place, next_id, read, names)
    block.run([function["action"]], (), values)
    return block.found


class _Block:
    """Walks through the statements of a block."""

    def __init__(self, body: str, place: PlaceOf, next_id: Callable[[], int], read: Read, names: list[str]) -> None:
        self.found: list[Operation] = []
        self._body = body
        self._place = place
        self._next_id = next_id
        self._read = read
        self._names = names
        self._lines = _line_starts(body)
        self._cursor = 0

    def run(
        self, statements: Iterable[Node], conditions: tuple[Condition, ...], values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        """Follows *statements*; gives the conditions under which it goes on behind them, None where it never does."""
        for statement in statements:
            kind, node = trees.unwrapped(statement)
            follow = _FOLLOWED.get(kind.removeprefix("PLpgSQL_stmt_"))
            if follow is None:
                for name in self._assigned(statement):
                    values.pop(name, None)
                continue
            after = follow(self, node, conditions, values)
            if after is None:
                return None
            conditions = after
        return conditions

    # --- control ------------------------------------------------------------------------------------------------

    def _block(
        self, node: Node, conditions: tuple[Condition, ...], values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        start = len(self.found)
        after = self.run(node.get("body", ()), conditions, values)
        if "exceptions" not in node:
            return after
        handlers = [item["PLpgSQL_exception"] for item in node["exceptions"]["PLpgSQL_exception_block"]["exc_list"]]
        caught = {
            _CODES.get(name, name)
            for handler in handlers
            for condition in handler["conditions"]
            for name in [condition["PLpgSQL_condition"].get("condname", "")]
        }
        self.found[start:] = [_guarded(operation, caught, self._next_id) for operation in self.found[start:]]
        for handler in handlers:
            failed = Condition(self._next_id(), "failed")
            inner = dict(values)
            self.run(handler.get("action", ()), (*conditions, failed), inner)
            _join(values, [inner])
        return conditions if after is None else after

    def _if(
        self, node: Node, conditions: tuple[Condition, ...], values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        branches = [(node["cond"], node.get("then_body", ()))]
        for item in node.get("elsif_list", ()):
            branches.append((item["PLpgSQL_if_elsif"]["cond"], item["PLpgSQL_if_elsif"].get("stmts", ())))
        asked = [(self._asked(expression, values), statements) for expression, statements in branches]
        return self._branches(asked, node.get("else_body", ()), conditions, values)

    def _case(
        self, node: Node, conditions: tuple[Condition, ...], values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        asked = []
        for item in node.get("case_when_list", ()):
            when = item["PLpgSQL_case_when"]
            text = _folded(when["expr"])
            asked.append((Condition(self._next_id(), "unknown", text=f"CASE {text}"), when.get("stmts", ())))
        return self._branches(asked, node.get("else_stmts", ()), conditions, values)

    def _branches(
        self,
        asked: list[tuple[Condition, Iterable[Node]]],
        otherwise: Iterable[Node],
        conditions: tuple[Condition, ...],
        values: dict[str, str | Query],
    ) -> tuple[Condition, ...] | None:
        ends: list[tuple[Condition, ...]] = []
        states: list[Mapping[str, str | Query]] = []
        missed = conditions
        for condition, statements in [*asked, (None, otherwise)]:
            inner = dict(values)
            start = missed if condition is None else (*missed, condition)
            end = self.run(statements, start, inner)
            if end is not None:
                ends.append(end)
                states.append(inner)
            if condition is not None:
                missed = (*missed, replace(condition, expected=not condition.expected))
        _join(values, states)
        if len(ends) <= 1:
            return ends[0] if ends else None
        if len(ends) == len(asked) + 1 or all(len(end) == len(conditions) for end in ends):
            return conditions
        # Some branch returned, and more than one goes on.
        return (*conditions, Condition(self._next_id(), "unknown", text="the block has not returned"))

    def _asked(self, expression: Node, values: Values) -> Condition:
        query = expression["PLpgSQL_expr"]["query"]
        return condition_of(question(query, values), self._next_id)

    def _loop(
        self, node: Node, conditions: tuple[Condition, ...], values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        for name in self._assigned(node):
            values.pop(name, None)
        text = next((_folded(node[part]) for part in ("cond", "query") if part in node), "")
        inner = conditions
        if text or "curvar" in node or "expr" in node or not _counts(node):
            inner = (*conditions, Condition(self._next_id(), "unknown", text=f"LOOP {text}".rstrip()))
        self.run(node.get("body", ()), inner, dict(values))
        return conditions

    def _foreach(
        self, node: Node, conditions: tuple[Condition, ...], values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        array = tree_of(node["expr"]["PLpgSQL_expr"]["query"])
        elements = array.get("A_ArrayExpr", {}).get("elements")
        if elements is None or len(elements) > ROUNDS:
            return self._loop(node, conditions, values)
        variable = self._names[node["varno"]]
        for name in self._assigned(node):
            values.pop(name, None)
        for element in elements:
            self.run(node.get("body", ()), conditions, values | {variable: text_of(element, values)})
        return conditions

    def _assigned(self, node: Node) -> set[str]:
        found = set()
        for kind, inner in trees.inside(node):
            if kind == "PLpgSQL_stmt_assign":
                found.add(self._names[inner["varno"]])
            elif kind == "PLpgSQL_diag_item":
                found.add(self._names[inner.get("target", 0)])
            elif "target" in inner:
                found.update(_targets(inner))
        return found

    def _return(
        self, _node: Node, _conditions: tuple[Condition, ...], _values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        return None

    def _raise(
        self, node: Node, conditions: tuple[Condition, ...], _values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        if node.get("elog_level") == _EXCEPTION and not conditions:
            place = self._statement_at(self._line(node), "RAISE")
            self.found.append(Raise(exception="RAISE EXCEPTION", message=node.get("message", ""), place=place))
        # Where it is raised, nothing of the block stays: what follows runs in the other case, whatever is asked.
        return conditions

    # --- statements ---------------------------------------------------------------------------------------------

    def _sql(
        self, node: Node, conditions: tuple[Condition, ...], values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        query = (node.get("sqlstmt") or node["expr"])["PLpgSQL_expr"]["query"]
        self._add(self._read(query, self._places(query, node), self._next_id), conditions)
        asked = question(f"({query})", values) if query[:6].upper() == "SELECT" else Query("unknown")
        values["found"] = asked
        for name in _targets(node):
            values[name] = asked
        return conditions

    def _perform(
        self, node: Node, conditions: tuple[Condition, ...], values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        # The parser has put SELECT where PERFORM stands.
        query = node["expr"]["PLpgSQL_expr"]["query"]
        inner = self._places(query[7:], node)
        self._add(
            self._read(query, lambda start, end: inner(max(start - 7, 0), max(end - 7, 0)), self._next_id), conditions
        )
        values["found"] = question(f"({query})", values)
        return conditions

    def _execute(
        self, node: Node, conditions: tuple[Condition, ...], values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        query = node["query"]["PLpgSQL_expr"]["query"]
        place = self._places(query, node)(0, len(query))
        text = text_of(tree_of(query), values)
        if text.strip(HOLE + " \t\r\n"):
            self._add(self._read(text, lambda start, end: place, self._next_id), conditions)
        else:
            what = f"EXECUTE {_folded(node['query'])}"
            self._add([Unread(what=what, why="the text is unknown", anything=True, place=place, sql=query)], conditions)
        for name in _targets(node):
            values.pop(name, None)
        return conditions

    def _transaction(self, verb: str, node: Node, conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
        place = self._statement_at(self._line(node), verb)
        self._add([Execute(verb=verb, place=place, sql=verb)], conditions)
        return conditions

    def _commit(
        self, node: Node, conditions: tuple[Condition, ...], _values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        return self._transaction("COMMIT", node, conditions)

    def _rollback(
        self, node: Node, conditions: tuple[Condition, ...], _values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        return self._transaction("ROLLBACK", node, conditions)

    def _assignment(
        self, node: Node, conditions: tuple[Condition, ...], values: dict[str, str | Query]
    ) -> tuple[Condition, ...] | None:
        query = node["expr"]["PLpgSQL_expr"]["query"]
        _assign(values, self._names[node["varno"]], re.split(":?=", query, maxsplit=1)[-1])
        return conditions

    def _add(self, operations: list[Operation], conditions: tuple[Condition, ...]) -> None:
        for operation in operations:
            self.found.append(_under(operation, conditions))

    # --- places -------------------------------------------------------------------------------------------------

    def _places(self, query: str, node: Node) -> PlaceOf:
        """Tells where characters of *query* stand, which is a piece of the body."""
        line = self._line(node)
        # The target of SELECT … INTO is blanked out in the query, so that only its beginning need be found.
        for piece in (query, query[:12]):
            for start in (max(self._cursor, line), line):
                at = self._body.find(piece, start)
                if at >= 0:
                    self._cursor = at + len(query)
                    return lambda start, end: self._place(at + start, at + end)
        place = self._statement_at(line)
        return lambda start, end: place

    def _line(self, node: Node) -> int:
        """Where the line of a statement starts."""
        number: int = node.get("lineno", 1)
        return self._lines[min(number, len(self._lines)) - 1]

    def _statement_at(self, line: int, keyword: str = "") -> Place:
        """Where the first statement from *line* on stands, or the first that starts with *keyword*."""
        tokens = sql_tokens.tokens(self._body, line)
        first = next((index for index, token in enumerate(tokens) if token.text == keyword), 0)
        if not tokens:
            return self._place(0, len(self._body))
        end = next((token.start for token in tokens[first + 1 :] if token.text == ";"), tokens[-1].end)
        return self._place(tokens[first].start, end)


_FOLLOWED: dict[
    str,
    Callable[[_Block, Node, tuple[Condition, ...], dict[str, str | Query]], tuple[Condition, ...] | None],
] = {
    "block": _Block._block,
    "if": _Block._if,
    "case": _Block._case,
    "loop": _Block._loop,
    "while": _Block._loop,
    "fori": _Block._loop,
    "fors": _Block._loop,
    "dynfors": _Block._loop,
    "forc": _Block._loop,
    "foreach_a": _Block._foreach,
    "return": _Block._return,
    "raise": _Block._raise,
    "execsql": _Block._sql,
    "call": _Block._sql,
    "perform": _Block._perform,
    "dynexecute": _Block._execute,
    "commit": _Block._commit,
    "rollback": _Block._rollback,
    "assign": _Block._assignment,
}


def _counts(loop: Node) -> bool:
    """Whether a loop runs at least once: LOOP, or FOR over numbers that are known."""
    if "lower" not in loop:
        return True
    bounds = [trees.literal(tree_of(loop[bound]["PLpgSQL_expr"]["query"])) for bound in ("lower", "upper")]
    if not all(bound is not None and bound.lstrip("-").isdecimal() for bound in bounds):
        return False
    low, high = (int(bound or 0) for bound in bounds)
    return low >= high if "reverse" in loop else low <= high


def _targets(node: Node) -> list[str]:
    """The variables that a statement's INTO sets."""
    kind, target = trees.unwrapped(node.get("target", {}))
    if kind == "PLpgSQL_row":
        return [field["name"] for field in target.get("fields", ()) if "name" in field]
    return [target["refname"]] if "refname" in target else []


def _assign(values: dict[str, str | Query], name: str, query: str) -> None:
    expression = tree_of(query)
    text = text_of(expression, values)
    values[name] = text if text != HOLE else question_of(expression, values, sql_tokens.folded(query))


def _join(values: dict[str, str | Query], states: list[Mapping[str, str | Query]]) -> None:
    """Keeps what is so after every one of several ways."""
    for name in set(values).union(*states):
        held = [state.get(name) for state in states]
        if held and held[0] is not None and all(value == held[0] for value in held):
            values[name] = held[0]
        else:
            values.pop(name, None)


def _under(operation: Operation, conditions: tuple[Condition, ...]) -> Operation:
    """An operation under conditions. One that asks for the very thing that is made says no more than IF NOT EXISTS."""
    if conditions and conditions[-1].question == "unknown" and conditions[-1].name:
        last = conditions[-1]
        made = isinstance(operation, CreateObject) and operation.name.name == last.name
        added = isinstance(operation, AddEnumValue) and operation.value == last.name
        dropped = isinstance(operation, DropObject) and operation.name.name == last.name
        if (made or added) and not last.expected:
            operation = replace(operation, if_not_exists=True)
            conditions = conditions[:-1]
        elif dropped and last.expected:
            operation = replace(operation, if_exists=True)
            conditions = conditions[:-1]
    return replace(operation, conditions=conditions + operation.conditions) if conditions else operation


# --- exceptions -------------------------------------------------------------------------------------------------------

# Error codes are conditions by another name (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_CODES = {
    "42710": "duplicate_object",
    "42P07": "duplicate_table",
    "42701": "duplicate_column",
    "42P06": "duplicate_schema",
    "42723": "duplicate_function",
    "42704": "undefined_object",
    "42P01": "undefined_table",
    "42703": "undefined_column",
    "42883": "undefined_function",
    "3F000": "invalid_schema_name",
}
_DUPLICATES: dict[type[Operation], str] = {
    CreateEnum: "duplicate_object",
    AddEnumValue: "duplicate_object",
    CreateTable: "duplicate_table",
    CreateIndex: "duplicate_table",
    AddColumn: "duplicate_column",
}
_DUPLICATE_OBJECTS = {
    "sequence": "duplicate_table",
    "view": "duplicate_table",
    "materialized view": "duplicate_table",
    "schema": "duplicate_schema",
    "function": "duplicate_function",
}
_MISSING: dict[type[Operation], tuple[str, ...]] = {
    DropTable: ("undefined_table",),
    DropColumn: ("undefined_column",),
    DropConstraint: ("undefined_object",),
    DropIndex: ("undefined_object", "undefined_table"),
    DropEnum: ("undefined_object",),
    DropObject: ("undefined_object", "undefined_table", "undefined_function", "invalid_schema_name"),
    RenameTable: ("undefined_table",),
    RenameObject: ("undefined_object", "undefined_table", "undefined_function"),
}


def _guarded(operation: Operation, caught: set[str], next_id: Callable[[], int]) -> Operation:
    """An operation whose errors are caught: one that does nothing where what it makes is there, or drops is not."""
    kind = type(operation)
    everything = "others" in caught
    duplicate = _DUPLICATES.get(kind)
    if isinstance(operation, CreateObject):
        duplicate = _DUPLICATE_OBJECTS.get(operation.kind, "duplicate_object")
    if duplicate is not None and (everything or duplicate in caught):
        flag = "checked" if kind is CreateEnum else "if_not_exists"
        return replace(operation, **{flag: True})
    if kind in _MISSING and (everything or not caught.isdisjoint(_MISSING[kind])):
        return replace(operation, if_exists=True)
    condition: Condition | None = None
    if isinstance(operation, AddConstraint) and operation.constraint.name:
        keyed = isinstance(operation.constraint, (PrimaryKey, Unique))
        if everything or ("duplicate_table" if keyed else "duplicate_object") in caught:
            name = operation.constraint.name
            condition = Condition(next_id(), "constraint", False, operation.table, name)
    elif isinstance(operation, AlterColumn):
        if operation.new_name and "duplicate_column" in caught:
            condition = Condition(next_id(), "column", False, operation.table, operation.new_name)
        elif everything or "undefined_column" in caught:
            condition = Condition(next_id(), "column", True, operation.table, operation.column)
    return replace(operation, conditions=(*operation.conditions, condition)) if condition else operation


def _folded(expression: Node) -> str:
    return sql_tokens.folded(expression["PLpgSQL_expr"]["query"])
