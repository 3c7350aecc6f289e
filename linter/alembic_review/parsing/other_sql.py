"""SQL text of other databases than PostgreSQL to operations, as far as sqlglot understands it."""

from __future__ import annotations

import logging
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, SqlglotError

from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterTable,
    Check,
    Column,
    Constraint,
    CreateIndex,
    CreateObject,
    CreateTable,
    Default,
    Delete,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropObject,
    DropTable,
    Execute,
    ForeignKey,
    Index,
    IndexElement,
    Insert,
    Kind,
    Operation,
    Place,
    PrimaryKey,
    RenameTable,
    Truncate,
    Unique,
    Unread,
    Update,
    key_order,
)
from alembic_review.parsing import sql_tokens
from alembic_review.parsing.libpg_query import LARGEST
from alembic_review.parsing.sql_tokens import Token
from alembic_review.parsing.values import PARTLY_UNKNOWN
from alembic_review.types import HOLE, Name, Type, sql_type

# sqlglot warns on standard error of statements it does not know. They are reported as unread.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


# SQLAlchemy's names of dialects, where sqlglot has another.
_DIALECTS = {"mariadb": "mysql", "mssql": "tsql", "postgresql": "postgres", "cockroachdb": "postgres"}


def read(text: str, dialect: str, place: Callable[[int, int], Place]) -> list[Operation]:
    """The operations that *text* is in SQLAlchemy's *dialect*; never raises.

    *place* tells where characters [start, end) of the text stand. What sqlglot does not know becomes `Unread`: that it
    refuses a text says nothing of what the database does.
    """
    try:
        grammar = Dialect.get_or_raise(_DIALECTS.get(dialect, dialect))
    except ValueError:
        grammar = Dialect()
    reader = _Reader(text, dialect, grammar, place)
    return list(reader.operations())


class _Reader:
    """Reads one text."""

    def __init__(self, text: str, dialect: str, grammar: Any, place: Callable[[int, int], Place]) -> None:
        self.text = text
        self.dialect = dialect
        self.grammar = grammar
        self.place = place

    def operations(self) -> Iterator[Operation]:
        # Of the same length, so that places stay what they are.
        sent = _PARAMETER.sub(lambda match: f":{match[1]}".ljust(len(match[0])), self.text)
        ends = {match.end(1) - 1: match.end() for match in _PARAMETER.finditer(self.text)}
        try:
            found = self.grammar.tokenize(sent) if len(sent) <= LARGEST else None
        except SqlglotError:
            found = None
        if found is None:
            tokens = sql_tokens.tokens(self.text[:LARGEST])
            if tokens:
                yield self.unread(tokens)
            return
        pairs = [(self._token(token, ends), token) for token in found]
        starts = [token.start for token, _ in pairs]
        for tokens in sql_tokens.statements([token for token, _ in pairs]):
            inner = pairs[bisect_left(starts, tokens[0].start) : bisect_right(starts, tokens[-1].start)]
            yield from self._statement(tokens, [raw for _, raw in inner], sent)

    def _token(self, raw: Any, ends: dict[int, int]) -> Token:
        start, end = raw.start, ends.get(raw.end + 1, raw.end + 1)
        text = self.text[start:end]
        first = text[:1]
        if raw.token_type.name == "IDENTIFIER":
            kind = "quoted"
        elif first.isalpha() or first == "_" or first >= "\x80":
            kind, text = "word", sql_tokens.upper(text)
        else:
            kind = "number" if first.isdecimal() else "string" if first in ("'", '"') else "sign"
        return Token(kind, text, start, end)

    def _statement(self, tokens: list[Token], raw: list[Any], sent: str) -> Iterator[Operation]:
        start, end = tokens[0].start, tokens[-1].end
        fields: dict[str, Any] = {"place": self.place(start, end), "sql": self.text[start:end]}
        verb = sql_tokens.verb(tokens)
        if verb in _WITH_BODIES:
            # Their bodies are in a language of their own, which sqlglot does not read.
            yield _routine(verb, tokens, fields)
            return
        renamed = _RENAMED.fullmatch(fields["sql"]) if verb == "RENAME" else None
        if renamed is not None:
            yield RenameTable(table=Name(renamed[1].strip("`")), new_name=renamed[2].strip("`"), **fields)
            return
        try:
            parsed = self.grammar.parser(error_level=ErrorLevel.IMMEDIATE).parse(raw, sent)
            trees = [tree for tree in parsed if tree is not None]
            if len(trees) != 1 or (isinstance(trees[0], exp.Command) and verb.partition(" ")[0] in _OF_SCHEMA):
                yield self.unread(tokens)
                return
            yield from list(_Statement(self, fields, verb, trees[0]).operations())
        except (SqlglotError, RecursionError, MemoryError, AttributeError, LookupError, TypeError, ValueError):
            # Beyond its own errors, sqlglot trips over some of what it does not know.
            yield self.unread(tokens)

    def unread(self, tokens: Sequence[Token]) -> Unread:
        start, end = tokens[0].start, tokens[-1].end
        verb = sql_tokens.verb(tokens)
        tables = sql_tokens.tables(tokens)
        known = bool(tables) and all(table.known for table in tables)
        unknown = HOLE in self.text[start:end]
        return Unread(
            what=" ".join(self.text[start : min(end, start + 200)].split()),
            why=PARTLY_UNKNOWN if unknown else f"the SQL parser for {self.dialect} does not know this statement",
            verb=verb,
            tables=tables,
            anything=sql_tokens.may_change_tables(verb) and not known,
            place=self.place(start, end),
            sql=self.text[start:end],
        )


_PARAMETER = re.compile(r"%\((\w+)\)s")
_WITH_BODIES = frozenset(["CREATE TRIGGER", "CREATE PROCEDURE", "CREATE FUNCTION", "CREATE EVENT"])
_OF_SCHEMA = frozenset(["CREATE", "ALTER", "DROP", "RENAME", "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", ""])
_RENAMED = re.compile(r"RENAME\s+TABLE\s+(`?\w+`?)\s+TO\s+(`?\w+`?)", re.IGNORECASE)


def _routine(verb: str, tokens: Sequence[Token], fields: dict[str, Any]) -> Operation:
    kind: Kind = "trigger" if verb == "CREATE TRIGGER" else "function"
    words = [token.text for token in tokens]
    at = words.index(verb.partition(" ")[2]) + 1
    if words[at : at + 3] == ["IF", "NOT", "EXISTS"]:
        at += 3
    name = sql_tokens.identifier(tokens[at]) if at < len(tokens) else HOLE
    tables = sql_tokens.tables(tokens) if kind == "trigger" else ()
    return CreateObject(
        kind=kind,
        name=Name(name),
        table=tables[0] if tables else None,
        if_not_exists="EXISTS" in words[:at],
        or_replace=words[1:3] == ["OR", "REPLACE"],
        definition=" ".join(fields["sql"].split()),
        **fields,
    )


class _Statement:
    """Turns one statement's tree into operations."""

    def __init__(self, reader: _Reader, fields: dict[str, Any], verb: str, tree: Any) -> None:
        self.fields = fields
        self.verb = verb
        self.tree = tree
        self.sql = partial(_sql, reader.grammar)

    def operations(self) -> Iterator[Operation]:
        tree = self.tree
        if isinstance(tree, exp.Create):
            yield from self._create(tree)
        elif isinstance(tree, exp.Alter):
            yield from self._alter(tree)
        elif isinstance(tree, exp.Drop):
            yield from self._drop(tree)
        elif isinstance(tree, exp.TruncateTable):
            yield Truncate(tables=tuple([_name(table) for table in tree.expressions]), **self.fields)
        elif isinstance(tree, exp.Insert):
            source = tree.args.get("expression")
            yield Insert(
                table=_name(tree.this),
                columns=_columns(tree.this) if isinstance(tree.this, exp.Schema) else (),
                values=_literals(source),
                reads=_tables(source),
                **self.fields,
            )
        elif isinstance(tree, exp.Update):
            yield self._update(tree)
        elif isinstance(tree, exp.Delete):
            table = _name(tree.this)
            yield Delete(table=table, **self._where(tree), **self.fields)
        else:
            yield Execute(verb=self.verb, tables=_tables(tree), **self.fields)

    # --- rows ---------------------------------------------------------------------------------------------------

    def _update(self, tree: Any) -> Update:
        table = _name(tree.this)
        values = [item.args.get("expression") for item in tree.expressions]
        return Update(
            table=table,
            columns=tuple([item.this.name for item in tree.expressions]),
            values=tuple(dict.fromkeys([value for item in values for value in _literals(item)])),
            reads=tuple(dict.fromkeys([column.name for item in values for column in _found(item, exp.Column)])),
            tables=tuple([name for name in _tables(tree) if name != table]),
            **self._where(tree),
            **self.fields,
        )

    def _where(self, tree: Any) -> dict[str, Any]:
        where = tree.args.get("where")
        bounded = bool(tree.args.get("limit")) or any(
            condition.this.name in ("id", "rowid") for condition in _found(where, exp.EQ, exp.In, exp.Between)
        )
        picked = {"bounded": bounded, "fixed": _fixed(tree, where)}
        # A hole that passed for an alias may be the WHERE.
        if HOLE in tree.this.alias or any(HOLE in column.name for column in _found(where, exp.Column)):
            return {"where": True, "partly": ("where",), **picked}
        # What is joined picks rows as a WHERE does.
        return {"where": where is not None or bool(tree.this.args.get("joins")), **picked}

    # --- making and dropping ------------------------------------------------------------------------------------

    def _create(self, tree: Any) -> Iterator[Operation]:
        kind = str(tree.args.get("kind") or "").upper()
        if_not_exists = bool(tree.args.get("exists"))
        if kind == "TABLE":
            yield self._create_table(tree, if_not_exists)
        elif kind == "INDEX":
            index = tree.this
            params = index.args.get("params")
            where = params.args.get("where") if params else None
            elements = [self._element(item) for item in (params.args.get("columns") or ())] if params else []
            yield CreateIndex(
                table=_name(index.args.get("table")),
                index=Index(
                    index.name or None,
                    tuple(elements),
                    unique=bool(tree.args.get("unique")),
                    where=self.sql(where.this) if where else None,
                    place=self.fields["place"],
                ),
                if_not_exists=if_not_exists,
                **self.fields,
            )
        else:
            yield CreateObject(
                kind=_KINDS.get(kind, "other"),
                name=_name(tree.this),
                if_not_exists=if_not_exists,
                or_replace=bool(tree.args.get("replace")),
                definition=" ".join(self.fields["sql"].split()),
                **self.fields,
            )

    def _create_table(self, tree: Any, if_not_exists: bool) -> CreateTable:
        table = _name(tree.this)
        columns: list[Column] = []
        constraints: list[Constraint] = []
        indexes: list[Index] = []
        elements = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
        opaque = tree.args.get("expression") is not None or not elements
        for element in elements:
            if isinstance(element, exp.ColumnDef):
                columns.append(self._column(element))
            elif isinstance(element, exp.IndexColumnConstraint):
                indexes.append(self._index(element))
            else:
                found = self._constraints(element)
                constraints.extend(found)
                opaque = opaque or not found
        return CreateTable(
            table=table,
            columns=tuple(columns),
            constraints=tuple(constraints),
            indexes=tuple(indexes),
            if_not_exists=if_not_exists,
            opaque=opaque,
            temporary=bool(list(_found(tree.args.get("properties"), exp.TemporaryProperty))),
            **self.fields,
        )

    def _column(self, tree: Any) -> Column:
        name = tree.name
        values: dict[str, Any] = {}
        constraints: list[Constraint] = []
        for item in tree.args.get("constraints") or ():
            kind = item.args.get("kind")
            if isinstance(kind, exp.NotNullColumnConstraint):
                values["nullable"] = bool(kind.args.get("allow_null"))
            elif isinstance(kind, exp.DefaultColumnConstraint):
                values["default"] = self._default(kind.this)
            elif isinstance(kind, exp.PrimaryKeyColumnConstraint):
                values.update(primary_key=True, nullable=False)
            elif isinstance(kind, exp.UniqueColumnConstraint):
                values["unique"] = True
            elif isinstance(kind, exp.AutoIncrementColumnConstraint):
                values["autoincrement"] = True
            elif isinstance(kind, exp.Reference):
                constraints.append(self._foreign_key((name,), kind, item.name or None))
            elif isinstance(kind, exp.CheckColumnConstraint):
                constraints.append(self._check(kind, item.name or None))
        place = self.fields["place"]
        return Column(name, _type(tree.args.get("kind")), constraints=tuple(constraints), place=place, **values)

    def _default(self, value: Any) -> Default | None:
        return None if isinstance(value, exp.Null) else Default(self.sql(value))

    def _element(self, tree: Any) -> IndexElement:
        key, order = tree, ""
        if isinstance(tree, exp.Ordered):
            key, order = tree.this, key_order(bool(tree.args.get("desc")))
        if isinstance(key, (exp.Column, exp.Identifier)):
            return IndexElement(key.name, columns=(key.name,), order=order)
        named = tuple(dict.fromkeys([column.name for column in _found(key, exp.Column)]))
        if isinstance(key, exp.Anonymous) and not named and all(item.is_int for item in key.expressions):
            # MySQL's name(10): the first characters of a column.
            return IndexElement(key.name, columns=(key.name,), order=order)
        return IndexElement(None, self.sql(key), named, order=order)

    def _index(self, tree: Any) -> Index:
        name = tree.this.name if tree.this else None
        elements = tuple([self._element(item) for item in tree.expressions])
        return Index(name, elements, unique=tree.args.get("kind") == "UNIQUE", place=self.fields["place"])

    def _constraints(self, tree: Any, name: str | None = None) -> list[Constraint]:
        place = self.fields["place"]
        if isinstance(tree, exp.Constraint):
            return [found for item in tree.expressions for found in self._constraints(item, tree.name)]
        if isinstance(tree, exp.PrimaryKey):
            return [PrimaryKey(name=name, columns=_columns(tree), place=place)]
        if isinstance(tree, exp.UniqueColumnConstraint):
            own = tree.this.this.name if tree.this.this else None
            return [Unique(name=name or own, columns=_columns(tree.this), place=place)]
        if isinstance(tree, exp.ForeignKey):
            return [self._foreign_key(_columns(tree), tree.args["reference"], name)]
        if isinstance(tree, exp.CheckColumnConstraint):
            return [self._check(tree, name)]
        return []

    def _foreign_key(self, columns: tuple[str, ...], reference: Any, name: str | None) -> ForeignKey:
        target = reference.this
        options = [str(option).upper() for option in reference.args.get("options") or ()]
        actions = {option[:9]: option[9:].strip() for option in options}
        return ForeignKey(
            name=name,
            columns=columns,
            referred=_name(target),
            referred_columns=_columns(target) if isinstance(target, exp.Schema) else (),
            ondelete=actions.get("ON DELETE"),
            onupdate=actions.get("ON UPDATE"),
            place=self.fields["place"],
        )

    def _check(self, tree: Any, name: str | None) -> Check:
        columns = tuple(dict.fromkeys([column.name for column in _found(tree, exp.Column)]))
        return Check(name=name, sql=self.sql(tree.this), columns=columns, place=self.fields["place"])

    def _drop(self, tree: Any) -> Iterator[Operation]:
        kind = str(tree.args.get("kind") or "").upper()
        common = self.fields | {"if_exists": bool(tree.args.get("exists")), "cascade": bool(tree.args.get("cascade"))}
        # Older releases of sqlglot have one thing in `this` where newer ones have a list.
        for item in tree.args.get("tables") or [tree.this]:
            name = _name(item)
            if kind == "TABLE":
                yield DropTable(table=name, **common)
            elif kind == "INDEX":
                on = tree.args.get("cluster")
                yield DropIndex(name=name, table=_name(on.this) if on else None, **common)
            else:
                yield DropObject(kind=_KINDS.get(kind, "other"), name=name, **common)

    # --- altering -----------------------------------------------------------------------------------------------

    def _alter(self, tree: Any) -> Iterator[Operation]:
        table = _name(tree.this)
        actions = tree.args.get("actions") or ()
        if str(tree.args.get("kind") or "").upper() != "TABLE":
            yield Execute(verb=self.verb, **self.fields)
        elif not actions:
            yield AlterTable(table=table, action="SET", **self.fields)
        for action in actions:
            yield from self._action(table, action)

    def _action(self, table: Name, action: Any) -> Iterator[Operation]:
        if isinstance(action, exp.ColumnDef):
            exists = bool(action.args.get("exists"))
            yield AddColumn(table=table, column=self._column(action), if_not_exists=exists, **self.fields)
        elif isinstance(action, exp.Drop):
            yield from self._dropped(table, action)
        elif isinstance(action, exp.DropPrimaryKey):
            yield DropConstraint(table=table, name=None, kind="primary", **self.fields)
        elif isinstance(action, exp.AddConstraint):
            for item in action.expressions:
                if isinstance(item, exp.IndexColumnConstraint):
                    yield CreateIndex(table=table, index=self._index(item), **self.fields)
                for constraint in self._constraints(item):
                    yield AddConstraint(table=table, constraint=constraint, **self.fields)
        elif isinstance(action, exp.AlterRename):
            yield RenameTable(table=table, new_name=action.this.name, **self.fields)
        elif isinstance(action, exp.RenameColumn):
            new_name = action.args["to"].name
            yield AlterColumn(table=table, column=action.this.name, new_name=new_name, **self.fields)
        elif isinstance(action, exp.ModifyColumn):
            # MODIFY and CHANGE declare the column anew: what they do not say is gone.
            column = self._column(action.this)
            old = action.args.get("rename_from")
            yield AlterColumn(
                table=table,
                column=old.name if old else column.name,
                new_name=column.name if old and old.name != column.name else None,
                type=column.type,
                nullable=column.nullable,
                default=column.default,
                **self.fields,
            )
        elif isinstance(action, exp.AlterColumn):
            yield self._altered(table, action)
        else:
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(action).__name__).upper()
            yield AlterTable(table=table, action=name, **self.fields)

    def _dropped(self, table: Name, action: Any) -> Iterator[Operation]:
        kind = str(action.args.get("kind") or "").upper()
        if_exists = bool(action.args.get("exists"))
        for item in action.args.get("tables") or [action.this]:
            name = item.name
            if kind == "COLUMN":
                yield DropColumn(table=table, column=name, if_exists=if_exists, **self.fields)
            elif kind in ("INDEX", "KEY"):
                yield DropIndex(name=Name(name), table=table, if_exists=if_exists, **self.fields)
            else:
                of = {"FOREIGN KEY": "foreignkey", "CHECK": "check"}.get(kind)
                yield DropConstraint(table=table, name=name, kind=of, if_exists=if_exists, **self.fields)

    def _altered(self, table: Name, action: Any) -> AlterColumn:
        values: dict[str, Any] = {}
        if action.args.get("dtype"):
            values["type"] = _type(action.args["dtype"])
        if action.args.get("allow_null") is not None:
            values["nullable"] = bool(action.args["allow_null"])
        if action.args.get("default") is not None:
            values["default"] = self._default(action.args["default"])
        elif action.args.get("drop"):
            values["default"] = None
        return AlterColumn(table=table, column=action.this.name, **values, **self.fields)


_KINDS: dict[str, Kind] = {
    "VIEW": "view",
    "SCHEMA": "schema",
    "DATABASE": "database",
    "SEQUENCE": "sequence",
    "FUNCTION": "function",
    "PROCEDURE": "function",
    "TRIGGER": "trigger",
    "TYPE": "type",
}


def _sql(grammar: Any, tree: Any) -> str:
    text: str = tree.sql(dialect=grammar)
    return text


def _name(tree: Any) -> Name:
    """The thing that a Table, a Schema, an Identifier or a function's name stands for."""
    while tree is not None and not isinstance(tree, (exp.Table, exp.Identifier, exp.Column)):
        tree = tree.this
    if tree is None:
        return Name(HOLE)
    if isinstance(tree, exp.Table):
        return Name(tree.name, tree.db or None)
    return Name(tree.name)


def _found(tree: Any, *kinds: Any) -> Iterator[Any]:
    return tree.find_all(*kinds) if tree is not None else iter(())


def _fixed(tree: Any, where: Any) -> tuple[str, ...]:
    """The columns that the WHERE of an UPDATE or DELETE fixes to given values, one or a list of them."""
    if where is None:
        return ()
    called = {tree.this.alias_or_name}
    if len(list(_found(tree, exp.Table))) == 1:
        called.add("")
    found: dict[str, None] = {}
    todo = [where.this]
    while todo:
        condition = todo.pop().unnest()
        if isinstance(condition, exp.And):
            todo += (condition.expression, condition.this)
            continue
        if isinstance(condition, exp.EQ):
            sides = [(condition.this, [condition.expression]), (condition.expression, [condition.this])]
        elif isinstance(condition, exp.In) and condition.expressions:
            sides = [(condition.this, condition.expressions)]
        else:
            continue
        for one, values in sides:
            given = not any(value.find(exp.Column, exp.Query) for value in values)
            if isinstance(one, exp.Column) and one.table in called and given:
                found[one.name] = None
    return tuple(found)


def _tables(tree: Any) -> tuple[Name, ...]:
    own = {cte.alias for cte in _found(tree, exp.CTE)}
    found = [Name(table.name, table.db or None) for table in _found(tree, exp.Table) if table.name]
    return tuple(dict.fromkeys([name for name in found if name.schema or name.name not in own]))


def _columns(tree: Any) -> tuple[str, ...]:
    return tuple([item.name for item in tree.expressions])


def _literals(tree: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys([str(literal.this) for literal in _found(tree, exp.Literal)]))


_TYPE_NAMES = {"datetime": "timestamp", "timestamptz": "timestamp with time zone", "tinyint": "smallint"}


def _type(tree: Any) -> Type:
    if tree is None:
        return Type(HOLE, opaque=True)
    kind = tree.this
    name = str(kind.value if hasattr(kind, "value") else kind).lower()
    if name == "userdefined":
        return Type(str(tree.args.get("kind") or HOLE))
    args = [item.this for item in tree.expressions if isinstance(item, exp.DataTypeParam)]
    return sql_type(
        _TYPE_NAMES.get(name, name),
        tuple([int(arg.name) if arg.name.isdecimal() else arg.name for arg in args]),
    )
