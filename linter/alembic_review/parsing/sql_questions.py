"""What SQL expressions are worth without a database: texts that are put together, and questions to the catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from alembic_review.operations import Condition
from alembic_review.parsing import sql_tokens
from alembic_review.parsing import sql_trees as trees
from alembic_review.parsing.libpg_query import NotParsed, SQLError, parse
from alembic_review.parsing.sql_trees import Node
from alembic_review.parsing.values import Query
from alembic_review.types import HOLE, Name

Values = Mapping[str, "str | Query"]
"""What variables are known to hold: a text, or the answer to a question."""


_FORMAT = re.compile(r"%(?:(\d+)\$)?-?(?:\d+|\*)?([sIL%])")
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*")


def tree_of(query: str) -> Node:
    """The tree of an SQL expression; empty where there is none."""
    try:
        statements = parse(f"SELECT {query}")
        value: Node = statements[0]["stmt"]["SelectStmt"]["targetList"][0]["ResTarget"]["val"]
    except (SQLError, NotParsed, LookupError):
        return {}
    return value


def text_of(node: Node, values: Values) -> str:
    """The text that an expression is worth, with a hole for each part that is not known."""
    kind, fields = trees.unwrapped(node)
    if kind == "A_Const":
        value = trees.literal(node)
        return HOLE if value is None else value
    if kind == "TypeCast":
        return text_of(fields.get("arg", {}), values)
    if kind == "ColumnRef":
        held = values.get(trees.column(node) or "") if len(fields["fields"]) == 1 else None
        return held if isinstance(held, str) else HOLE
    if kind == "A_Expr" and trees.words(fields.get("name", ())) == ["||"]:
        return text_of(fields.get("lexpr", {}), values) + text_of(fields.get("rexpr", {}), values)
    if kind == "FuncCall":
        name = trees.words(fields["funcname"])[-1]
        args = [text_of(arg, values) for arg in fields.get("args", ())]
        if name == "format" and args and args[0] != HOLE:
            return _formatted(args[0], args[1:])
        if name == "concat":
            return "".join(args)
        if name in _OF_TEXT and len(args) == 1:
            return _OF_TEXT[name](args[0])
        if name == "chr" and len(args) == 1 and args[0].isdecimal() and 0 < int(args[0]) < 0x80:
            return chr(int(args[0]))
    return HOLE


def _identifier(name: str) -> str:
    if HOLE in name or _PLAIN_NAME.fullmatch(name):
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


_OF_TEXT: dict[str, Callable[[str], str]] = {
    "quote_ident": _identifier,
    "quote_literal": _quoted,
    "quote_nullable": _quoted,
    "lower": str.lower,
    "upper": str.upper,
}
_CONVERSIONS: dict[str, Callable[[str], str]] = {"s": str, "I": _identifier, "L": _quoted}


def _formatted(template: str, args: list[str]) -> str:
    """PostgreSQL's ``format()``."""
    position = 0

    def filled(match: re.Match[str]) -> str:
        nonlocal position
        if match[2] == "%":
            return "%"
        position = int(match[1]) if match[1] else position + 1
        value = args[position - 1] if 0 < position <= len(args) else HOLE
        return _CONVERSIONS[match[2]](value)

    return _FORMAT.sub(filled, template)


# --- questions to the catalogue ---------------------------------------------------------------------------------------


def condition_of(query: Query, next_id: Callable[[], int]) -> Condition:
    """The condition that hangs on the answer to *query*."""
    parts = tuple([condition_of(part, next_id) for part in query.parts])
    return Condition(next_id(), query.question, query.expected, query.table, query.name, query.text, parts)


def question(query: str, values: Values) -> Query:
    """What the truth of an SQL expression means, variables having *values*."""
    text = sql_tokens.folded(query)
    return question_of(tree_of(query), values, text)


def question_of(node: Node, values: Values, text: str) -> Query:
    kind, fields = trees.unwrapped(node)
    if kind == "BoolExpr":
        parts = [question_of(part, values, text) for part in fields["args"]]
        if fields.get("boolop") == "NOT_EXPR":
            return _not(parts[0])
        return Query("any" if fields.get("boolop") == "OR_EXPR" else "all", parts=tuple(parts), text=text)
    if kind == "SubLink":
        return _of_subquery(fields, values, text)
    if kind == "NullTest":
        asked = _is_there(fields["arg"], values, text)
        return asked if fields.get("nulltesttype") == "IS_NOT_NULL" else _not(asked)
    if kind == "BooleanTest" and fields.get("booltesttype") in ("IS_TRUE", "IS_NOT_FALSE"):
        return question_of(fields["arg"], values, text)
    if kind == "BooleanTest" and fields.get("booltesttype") in ("IS_FALSE", "IS_NOT_TRUE"):
        return _not(question_of(fields["arg"], values, text))
    if kind == "A_Expr":
        return _compared(fields, values, text)
    if kind == "ColumnRef":
        held = values.get(trees.column(node) or "")
        if isinstance(held, Query):
            return held
    return Query("unknown", text=text)


def _not(query: Query) -> Query:
    return replace(query, expected=not query.expected)


def _of_subquery(fields: Node, values: Values, text: str) -> Query:
    select = fields["subselect"].get("SelectStmt", {})
    kind = fields.get("subLinkType")
    if kind == "EXISTS_SUBLINK":
        return _exists(select, values, text)
    if kind == "EXPR_SUBLINK":
        return question_of_select(select, values, text) or Query("unknown", text=text)
    if kind == "ANY_SUBLINK" and "testexpr" in fields:
        # 'x' IN (SELECT column_name FROM … WHERE …)
        target = select.get("targetList", [{}])[0].get("ResTarget", {}).get("val", {})
        name, wanted = trees.column(target), text_of(fields["testexpr"], values)
        if name is not None:
            return _exists(select, values, text, {name: wanted})
    return Query("unknown", text=text)


def _is_there(node: Node, values: Values, text: str) -> Query:
    """What it means that a value is not null."""
    kind, fields = trees.unwrapped(node)
    if kind == "FuncCall":
        found = _registered(fields, values)
        if found is not None:
            return found
    if kind == "SubLink" and fields.get("subLinkType") == "EXPR_SUBLINK":
        return _exists(fields["subselect"].get("SelectStmt", {}), values, text)
    if kind == "ColumnRef":
        held = values.get(trees.column(node) or "")
        if isinstance(held, Query):
            return held
    return Query("unknown", text=text)


def _registered(call: Node, values: Values) -> Query | None:
    """``to_regclass('x')`` and its like, which are null where there is no such thing."""
    name = trees.words(call["funcname"])[-1]
    argument = text_of(call.get("args", [{}])[0], values)
    if HOLE in argument:
        return None
    named = trees.name(
        [
            part.text.lower() if part.kind == "word" else part.text.strip('"')
            for part in sql_tokens.tokens(argument)
            if part.text != "."
        ]
    )
    if name == "to_regclass":
        return Query("table", named)
    if name == "to_regtype":
        return Query("enum", named if named.schema else None, named.name)
    if name == "to_regnamespace":
        return Query("schema", None, named.name)
    return None


def _compared(fields: Node, values: Values, text: str) -> Query:
    """``(SELECT count(*) FROM …) = 0``, ``count > 0``."""
    operator = trees.words(fields.get("name", ()))[-1:]
    left, right = fields.get("lexpr", {}), fields.get("rexpr", {})
    number = trees.literal(right)
    asked: Query | None = None
    if "SubLink" in left and left["SubLink"].get("subLinkType") == "EXPR_SUBLINK":
        asked = _exists(left["SubLink"]["subselect"].get("SelectStmt", {}), values, text)
    elif "ColumnRef" in left:
        held = values.get(trees.column(left) or "")
        asked = held if isinstance(held, Query) else None
    if asked is not None and operator:
        comparison = (operator[0], number)
        if comparison in ((">", "0"), (">=", "1"), ("<>", "0"), ("=", "1"), ("=", "true")):
            return asked
        if comparison in (("=", "0"), ("<", "1"), ("<=", "0"), ("=", "false")):
            return _not(asked)
    return Query("unknown", text=text)


def question_of_select(select: Node, values: Values, text: str) -> Query | None:
    """What the first value that a SELECT returns means, where it is not null and not zero."""
    targets = select.get("targetList", ())
    if not targets:
        return None
    value = targets[0]["ResTarget"].get("val", {})
    kind, fields = trees.unwrapped(value)
    if "fromClause" not in select:
        found = _registered(fields, values) if kind == "FuncCall" else question_of(value, values, text)
        return found if found is not None and found.question != "unknown" else None
    if kind == "A_Expr":
        # SELECT count(*) > 0 FROM …
        counted = {"SubLink": {"subLinkType": "EXPR_SUBLINK", "subselect": {"SelectStmt": select}}}
        return _compared(fields | {"lexpr": counted}, values, text)
    found = _exists(select, values, text)
    return found if found.question != "unknown" else None


# By the view or table of the catalogue: the column that holds the name of the thing, and what that thing is.
_CATALOGUE: dict[str, tuple[str, str]] = {
    "pg_enum": ("enumlabel", ""),
    "pg_attribute": ("attname", "column"),
    "columns": ("column_name", "column"),
    "pg_constraint": ("conname", "constraint"),
    "table_constraints": ("constraint_name", "constraint"),
    "referential_constraints": ("constraint_name", "constraint"),
    "key_column_usage": ("constraint_name", "constraint"),
    "constraint_column_usage": ("constraint_name", "constraint"),
    "pg_indexes": ("indexname", "index"),
    "pg_trigger": ("tgname", ""),
    "triggers": ("trigger_name", ""),
    "pg_policies": ("policyname", ""),
    "pg_policy": ("polname", ""),
    "pg_proc": ("proname", ""),
    "routines": ("routine_name", ""),
    "pg_extension": ("extname", ""),
    "pg_publication": ("pubname", ""),
    "pg_roles": ("rolname", ""),
    "pg_type": ("typname", "enum"),
    "tables": ("table_name", "table"),
    "pg_tables": ("tablename", "table"),
    "pg_stat_user_tables": ("relname", "table"),
    "views": ("table_name", "view"),
    "pg_views": ("viewname", "view"),
    "pg_matviews": ("matviewname", "view"),
    "sequences": ("sequence_name", "sequence"),
    "pg_sequences": ("sequencename", "sequence"),
    "pg_class": ("relname", "relation"),
    "schemata": ("schema_name", "schema"),
    "pg_namespace": ("nspname", "schema"),
}
_TABLE_COLUMNS = ("table_name", "tablename", "conrelid", "attrelid", "indrelid", "relname", "tgrelid")
_SCHEMA_COLUMNS = ("table_schema", "schemaname", "nspname", "sequence_schema", "constraint_schema")
_NULLABILITY = ("is_nullable", "attnotnull")
_RELATION_KINDS = {"r": "table", "p": "table", "i": "index", "I": "index", "S": "sequence", "v": "view", "m": "view"}
_SAID_ANYWAY = frozenset(
    [
        "relkind",
        "contype",
        "constraint_type",
        "typtype",
        "typcategory",
        "table_type",
        "table_catalog",
        "constraint_catalog",
        "table_schema",
        "schemaname",
        "nspname",
        "sequence_schema",
        "constraint_schema",
        "connamespace",
        "typnamespace",
        "relnamespace",
        "attnum",
        "attisdropped",
        "enumtypid",
        "conrelid",
        "attrelid",
        "table_name",
        "tablename",
        "relname",
        "typname",
        "routine_schema",
        "pronamespace",
        "tgrelid",
        "tgisinternal",
        "event_object_table",
        "event_object_schema",
        "confrelid",
        "extname",
        "index_schema",
    ]
)


def _exists(select: Node, values: Values, text: str, given: Mapping[str, str] | None = None) -> Query:
    """What it means that a SELECT returns a row."""
    names: list[Name] = []
    for kind, node in trees.inside(select.get("fromClause")):
        if kind == "RangeVar":
            names.append(trees.relation(node))
    if not names:
        return Query("unknown", text=text)
    catalogue = [name.name for name in names if name.schema in (None, "pg_catalog", "information_schema")]
    asked = [name for name in _CATALOGUE if name in catalogue]
    if not asked:
        own = not any(name.schema in ("pg_catalog", "information_schema") for name in names)
        return Query("has-rows" if own and names[0].known else "unknown", names[0] if own else None, text=text)
    facts = dict(given or {})
    known = _gather(select, values, facts)
    column, what = _CATALOGUE[asked[0]]
    name = facts.get(column)
    if not known or name is None or any(HOLE in fact for fact in facts.values()):
        return Query("unknown", text=text)
    if not facts.keys() <= {column, *_TABLE_COLUMNS, *_SCHEMA_COLUMNS, *_NULLABILITY, *_SAID_ANYWAY}:
        return Query("unknown", text=text)
    schema = next((facts[item] for item in _SCHEMA_COLUMNS if item in facts and item != column), None)
    within = None if schema == "public" else schema
    table = next((facts[item] for item in _TABLE_COLUMNS if item in facts and item != column), None)
    on = trees.name(table.replace('"', "").split(".")) if table else None
    if on is not None and on.schema is None:
        on = Name(on.name, within)
    if what == "relation":
        kind = facts.get("relkind", "")
        if kind in _RELATION_KINDS:
            return _of_kind(_RELATION_KINDS[kind], name, within, on, text)
        kinds = ("table", "index", "sequence", "view")
        return Query("any", parts=tuple([_of_kind(item, name, within, None, text) for item in kinds]), text=text)
    if not facts.keys().isdisjoint(_NULLABILITY):
        nullable = facts.get("is_nullable", "NO" if facts.get("attnotnull") == "true" else "YES").upper() == "YES"
        return Query("nullable", on, name, nullable, text=text) if on else Query("unknown", text=text)
    if what == "column" and on is None:
        return Query("unknown", text=text)
    # What the schema cannot be asked still has a name: that of the thing that is looked for.
    return _of_kind(what, name, within, on, text) if what else Query("unknown", on, name, text=text)


def _of_kind(what: str, name: str, schema: str | None, table: Name | None, text: str) -> Query:
    if what in ("table", "view") or (what in ("enum", "sequence") and schema):
        return Query(what, Name(name, schema), name, text=text)  # type: ignore[arg-type]
    return Query(what, table, name, text=text)  # type: ignore[arg-type]


def _gather(select: Node, values: Values, facts: dict[str, str]) -> bool:
    """Collects which columns have which values; whether that is all that the WHERE says."""
    wholly = True
    conditions = [select["whereClause"]] if "whereClause" in select else []
    for kind, node in trees.inside(select.get("fromClause")):
        if kind == "JoinExpr" and "quals" in node:
            conditions.append(node["quals"])
    for condition in conditions:
        for part in trees.conjuncts(condition):
            wholly = _fact(part, values, facts) and wholly
    return wholly


def _fact(condition: Node, values: Values, facts: dict[str, str]) -> bool:
    """Collects what one condition says of a column; whether that is understood, or said anyway."""
    expression = condition.get("A_Expr", {})
    if trees.words(expression.get("name", ()))[-1:] == ["="]:
        sides = expression.get("lexpr", {}), expression.get("rexpr", {})
        for one, other in (sides, sides[::-1]):
            column = _compared_column(one)
            if column is None or column in values:
                continue
            if "SubLink" in other:
                # conrelid = (SELECT oid FROM pg_class WHERE relname = 't')
                return _gather(other["SubLink"]["subselect"].get("SelectStmt", {}), values, facts)
            items = other["List"]["items"] if expression.get("kind") == "AEXPR_IN" else [other]
            value = text_of(items[0], values) if len(items) == 1 else HOLE
            if value != HOLE:
                facts[column] = value
                return True
            if _compared_column(other) is not None:
                # The condition of a join.
                return True
    named = trees.columns(condition)
    return bool(named) and all(column in _SAID_ANYWAY for column in named)


def _compared_column(node: Node) -> str | None:
    """The column in ``typname``, ``typname::text``, ``lower(typname)``."""
    kind, fields = trees.unwrapped(node)
    if kind == "TypeCast":
        return _compared_column(fields.get("arg", {}))
    if kind == "FuncCall" and trees.words(fields["funcname"])[-1:] == ["lower"]:
        return _compared_column(fields.get("args", [{}])[0])
    return trees.column(node)
