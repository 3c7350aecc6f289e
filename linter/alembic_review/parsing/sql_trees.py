"""PostgreSQL's syntax trees, as libpg_query's JSON has them, asked for names, types, columns and values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from alembic_review.types import HOLE, UNKNOWN_TYPE, Name, Type, sql_type

Node = dict[str, Any]

ANY_NUMBER = 2_046_912_345
"""Sent in the place of a hole where the grammar takes nothing but a number."""


def inside(tree: Any, but: frozenset[str] = frozenset()) -> Iterator[tuple[str, Node]]:
    """Every node of *tree*, itself included, with its kind or the field it stands in, in the order of the text.

    What stands in one of the fields *but* is left out.
    """
    stack: list[tuple[str, Any]] = [("", tree)]
    while stack:
        name, value = stack.pop()
        if name in but:
            continue
        if isinstance(value, dict):
            yield name, value
            stack.extend(reversed(value.items()))
        elif isinstance(value, list):
            stack.extend([(name, item) for item in reversed(value)])


def unwrapped(node: Node) -> tuple[str, Node]:
    """A node's kind and its fields."""
    for kind, fields in node.items():
        return kind, fields
    return "", {}


def words(strings: Iterable[Node]) -> list[str]:
    """The texts of a list of String nodes."""
    return [item["String"].get("sval", "") for item in strings if "String" in item]


def name(parts: list[str]) -> Name:
    """The thing that a dotted name means; ``public`` is the schema that is meant without one."""
    if len(parts) < 2:
        return Name(parts[0] if parts else "")
    return Name(parts[-1], None if parts[-2] == "public" else parts[-2])


def relation(range_var: Node) -> Name:
    """The table, view, index or sequence that a RangeVar names."""
    schema = range_var.get("schemaname")
    return Name(range_var.get("relname", ""), None if schema == "public" else schema)


def object_name(node: Node) -> Name:
    """The thing that a statement such as DROP or COMMENT names, in whichever way its kind is named."""
    kind, fields = unwrapped(node)
    if kind == "String":
        return Name(fields.get("sval", ""))
    if kind == "List":
        return name(words(fields.get("items", ())))
    return name(words(fields.get("names") or fields.get("objname") or ()))


CONDITIONS = frozenset(["whereClause", "havingClause", "quals"])
"""The fields of statements and joins that say which rows are meant."""


def tables(tree: Any, but: frozenset[str] = frozenset()) -> tuple[Name, ...]:
    """The tables that a statement names anywhere but in the fields *but*, without the common table expressions."""
    found: dict[Name, None] = {}
    own: set[str] = set()
    for kind, node in inside(tree, but):
        if "relname" in node:
            found[relation(node)] = None
        elif kind == "CommonTableExpr":
            own.add(node["ctename"])
    return tuple([table for table in found if table.schema or table.name not in own])


def column(node: Node) -> str | None:
    """The column that an expression is, if it is nothing but one."""
    reference = node.get("ColumnRef")
    if reference is None:
        return None
    parts = words(reference["fields"])
    return parts[-1] if parts and "String" in reference["fields"][-1] else None


def columns(tree: Any) -> tuple[str, ...]:
    """The columns that an expression names, each once, in the order of the text; none of a row that is new."""
    found: dict[str, None] = {}
    for kind, node in inside(tree):
        if kind == "ColumnRef":
            named = column({"ColumnRef": node})
            if named is not None and _qualifier({"ColumnRef": node}) != "excluded":
                found[named] = None
    return tuple(found)


def columns_read(query: Any) -> tuple[str, ...]:
    """The columns of tables that a query surely names: what may be a name that the query itself gives is not one."""
    own = {node["ctename"] for kind, node in inside(query) if kind == "CommonTableExpr"}
    scanned: set[str] = set()
    given: set[str] = set()
    for kind, node in inside(query):
        if "relname" in node and node["relname"] not in own:
            scanned.add(node.get("alias", {}).get("aliasname", node["relname"]))
        if kind == "alias":
            given.update([node["aliasname"], *words(node.get("colnames", ()))])
        elif kind == "CommonTableExpr":
            given.update([*words(node.get("aliascolnames", ())), *_outputs(node)])
        elif kind == "RangeSubselect":
            given.update(_outputs(node))
        for clause in ("sortClause", "groupClause"):
            # ORDER BY x means an output called x before it means a column.
            given.update(set(_outputs(node.get("targetList"))).intersection(columns(node.get(clause))))
    found: dict[str, None] = {}
    for kind, node in inside(query):
        if kind == "ColumnRef":
            reference = {"ColumnRef": node}
            named, of = column(reference), _qualifier(reference)
            if named is not None and (of in scanned if of else named not in given | scanned):
                found[named] = None
        elif kind == "JoinExpr":
            found.update(dict.fromkeys(words(node.get("usingClause", ()))))
    return tuple(found)


def _outputs(tree: Any) -> Iterator[str]:
    """The names that queries give what they return."""
    return (node["name"] for kind, node in inside(tree) if kind == "ResTarget" and "name" in node)


def literal(node: Node) -> str | None:
    """The value of an expression that is a constant, casts of it included; None for NULL and for all else."""
    while "TypeCast" in node:
        node = node["TypeCast"].get("arg", {})
    constant = node.get("A_Const")
    if constant is None or constant.get("isnull"):
        return None
    if "sval" in constant:
        return str(constant["sval"].get("sval", ""))
    if "ival" in constant:
        return str(constant["ival"].get("ival", 0))
    if "fval" in constant:
        return str(constant["fval"].get("fval", "0"))
    if "boolval" in constant:
        return "true" if constant["boolval"].get("boolval") else "false"
    return None


# The fields of an expression, or of a query, whose values are its own.
_WORTH = {
    "A_ArrayExpr": ("elements",),
    "CaseExpr": ("args", "defresult"),
    "CaseWhen": ("result",),
    "CoalesceExpr": ("args",),
    "CollateClause": ("arg",),
    "List": ("items",),
    "MinMaxExpr": ("args",),
    "MultiAssignRef": ("source",),
    "ResTarget": ("val",),
    "RowExpr": ("args",),
    "SelectStmt": ("valuesLists", "targetList"),
    "SubLink": ("subselect",),
    "TypeCast": ("arg",),
}
_TESTS = frozenset(["EXISTS_SUBLINK", "ANY_SUBLINK", "ALL_SUBLINK"])


def constants(tree: Any) -> tuple[str, ...]:
    """The constants that an expression, or one of several, may be worth; not those that it only works with."""
    found: dict[str, None] = {}
    stack = [tree]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(reversed(value))
            continue
        kind, node = unwrapped(value or {})
        if kind == "A_Const":
            constant = literal(value)
            if constant is not None:
                found[constant] = None
        elif kind == "A_Expr" and node.get("kind") == "AEXPR_NULLIF":
            stack.append(node["lexpr"])
        elif node.get("subLinkType") not in _TESTS:
            if kind == "SelectStmt" and "larg" in node:  # A UNION of two.
                stack.extend([{kind: node["rarg"]}, {kind: node["larg"]}])
            stack.extend([node[field] for field in reversed(_WORTH.get(kind, ())) if field in node])
    return tuple(found)


def is_null(node: Node) -> bool:
    """Whether an expression is the constant NULL."""
    while "TypeCast" in node:
        node = node["TypeCast"].get("arg", {})
    return bool(node.get("A_Const", {}).get("isnull"))


def holds_hole(tree: Any) -> bool:
    """Whether something in a tree could not be known."""
    return any(isinstance(value, str) and HOLE in value for _, node in inside(tree) for value in node.values())


# Bits of an interval's modifier (src/include/utils/datetime.h), by the fields they stand for.
_INTERVAL_FIELDS = {
    4: "year",
    2: "month",
    8: "day",
    1024: "hour",
    2048: "minute",
    4096: "second",
    6: "year to month",
    1032: "day to hour",
    3080: "day to minute",
    7176: "day to second",
    3072: "hour to minute",
    7168: "hour to second",
    6144: "minute to second",
}


def column_type(type_name: Node) -> Type:
    """The type that a TypeName means. Words in modifiers are in upper case, as in ``geometry(POINT,4326)``."""
    parts = words(type_name.get("names", ()))
    args = [_modifier(node) for node in type_name.get("typmods", ())]
    dimensions = len(type_name.get("arrayBounds", ()))
    name = parts[-1] if parts else HOLE
    schema = parts[-2] if len(parts) > 1 else None
    if name == "interval" and args:
        mask, *precision = args
        fields = _INTERVAL_FIELDS.get(mask) if isinstance(mask, int) else None
        args = [fields, *precision] if fields else precision
    elif name == "char" and schema is None:
        # Only the quoted name comes without its schema: the one-byte type of the catalogues.
        return Type('"char"', (), dimensions)
    if name == HOLE:
        return UNKNOWN_TYPE
    return sql_type(name, tuple(args), dimensions, schema)


def _modifier(node: Node) -> int | str:
    value = literal(node)
    if value is None:
        return (column(node) or HOLE).upper()
    if value == str(ANY_NUMBER):
        return HOLE
    return int(value) if value.lstrip("-").isdecimal() else value.upper()


# --- which rows -------------------------------------------------------------------------------------------------------

_KEYS = frozenset(["id", "ctid", "rowid", "oid", "pk", "uuid", "uid", "guid"])
_RANGES = frozenset(["AEXPR_BETWEEN", "AEXPR_BETWEEN_SYM"])
# IS DISTINCT FROM and NULLIF have the operator "=" too.
_EQUAL = frozenset(["AEXPR_OP", "AEXPR_OP_ANY", "AEXPR_IN"])


def keys_of(table: Name) -> frozenset[str]:
    """What the columns are called that tell one row of a table from the others."""
    return _KEYS | {f"{table.name}_id", f"{table.name.removesuffix('s')}_id", f"{table.name}_uuid"}


def picks_few(statement: Node, table: Name) -> bool:
    """Whether an UPDATE or DELETE picks rows by key, range or limit, as one step of a batch does."""
    where = statement.get("whereClause")
    if where is None:
        return False
    if any("limitCount" in node or kind == "CurrentOfExpr" for kind, node in inside(sources(statement))):
        return True
    own = _own(statement, table)
    keys = keys_of(table)
    limits = 0
    for condition in conjuncts(where):
        if "ColumnRef" in condition and HOLE in (column(condition) or ""):
            return True
        expression = condition.get("A_Expr")
        if expression is None:
            continue
        sides = expression.get("lexpr", {}), expression.get("rexpr", {})
        operator = words(expression.get("name", ()))[-1:]
        for one, other in (sides, sides[::-1]):
            if _is_equal(expression) and column(one) is not None and _is_parameter(other):
                return True
            if column(one) not in keys or not _is_given(other, own):
                continue
            if _is_equal(expression) or expression.get("kind") in _RANGES:
                return True
            if operator and operator[0] in ("<", ">", "<=", ">="):
                limits += 1
    return limits > 1


def fixed(statement: Node, table: Name) -> tuple[str, ...]:
    """The columns that the WHERE of an UPDATE or DELETE of *table* fixes to given values, one or a list of them."""
    found: dict[str, None] = {}
    own = _own(statement, table)
    called = {statement["relation"].get("alias", {}).get("aliasname", table.name)}
    if "fromClause" not in statement and "usingClause" not in statement:
        called.add("")
    for condition in conjuncts(statement.get("whereClause", {})):
        expression = condition.get("A_Expr", {})
        if _is_equal(expression):
            sides = expression.get("lexpr", {}), expression.get("rexpr", {})
            for one, other in (sides, sides[::-1]):
                named = column(one)
                if named is not None and _qualifier(one) in called and _is_given(other, own):
                    found[named] = None
    return tuple(found)


def sources(statement: Node) -> Node:
    """What an UPDATE or DELETE takes its rows from."""
    parts = ("withClause", "fromClause", "usingClause", "whereClause")
    return {part: statement[part] for part in parts if part in statement}


def _own(statement: Node, table: Name) -> set[str]:
    """What the statement calls the tables it is made of."""
    own = {table.name, statement["relation"].get("alias", {}).get("aliasname", "")}
    for kind, node in inside(sources(statement)):
        if "relname" in node:
            own.add(node["relname"])
        if "aliasname" in node:
            own.add(node["aliasname"])
        if kind == "CommonTableExpr":
            own.add(node["ctename"])
    return own


def _is_equal(expression: Node) -> bool:
    return expression.get("kind") in _EQUAL and words(expression.get("name", ()))[-1:] == ["="]


def _qualifier(node: Node) -> str:
    """The table that a column is said to be of; empty where it is not said."""
    parts = words(node["ColumnRef"]["fields"])
    return parts[-2] if len(parts) > 1 else ""


def conjuncts(condition: Node) -> Iterator[Node]:
    """The conditions that must all hold for one to hold."""
    both = condition.get("BoolExpr")
    if both is not None and both.get("boolop") == "AND_EXPR":
        for part in both["args"]:
            yield from conjuncts(part)
    else:
        yield condition


def _is_parameter(value: Node) -> bool:
    """Whether a value is handed in for one execution of the statement after the other."""
    return "ParamRef" in value or "ParamRef" in value.get("TypeCast", {}).get("arg", {})


def _is_given(value: Any, own: set[str]) -> bool:
    """Whether a value comes from outside of the statement: a constant, a parameter, a variable of a loop."""
    for kind, node in inside(value):
        if kind == "SubLink":
            return False
        if kind == "ColumnRef":
            parts = words(node["fields"])
            if len(parts) < 2 or parts[-2] in own:
                return False
    return True
