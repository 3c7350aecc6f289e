"""One statement of PostgreSQL's, from its syntax tree to operations."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from alembic_review.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterColumn,
    AlterTable,
    Check,
    Column,
    CommentOn,
    Computed,
    Condition,
    Constraint,
    CreateEnum,
    CreateIndex,
    CreateObject,
    CreateTable,
    Default,
    Delete,
    DropColumn,
    DropConstraint,
    DropEnum,
    DropIndex,
    DropObject,
    DropTable,
    Exclude,
    Execute,
    ForeignKey,
    Identity,
    Index,
    IndexElement,
    Insert,
    InvalidSQL,
    Kind,
    Operation,
    OwnSequence,
    Place,
    PrimaryKey,
    RenameConstraint,
    RenameEnumValue,
    RenameObject,
    RenameTable,
    SetSchema,
    Truncate,
    Unique,
    Unread,
    Update,
    ValidateConstraint,
    key_order,
)
from alembic_review.parsing import plpgsql, sql_tokens
from alembic_review.parsing import sql_trees as trees
from alembic_review.parsing.libpg_query import NotParsed, SQLError, parse
from alembic_review.parsing.sql_sent import Sent, parameters
from alembic_review.parsing.sql_tokens import Token
from alembic_review.parsing.sql_trees import Node
from alembic_review.parsing.values import PARTLY_UNKNOWN
from alembic_review.types import HOLE, UNKNOWN_NAME, Name, is_serial

PlaceOf = Callable[[int, int], Place]
Read = Callable[[str, PlaceOf, Callable[[], int]], "list[Operation]"]

UNKNOWN = "the text is unknown"
TOO_DEEP = "the SQL is nested too deeply"
OTHER_TREE = "the grammar's answer is not as expected"

_OF_WHAT_IS_THERE = re.compile(r"^(CREATE(?: \w+)*?) (?:OR REPLACE|IF NOT EXISTS) ", re.IGNORECASE)


class Source(Struct, frozen=True):
    """A text of SQL; what tells where its characters stand, what gives ids to conditions, and what reads SQL in it."""

    text: str
    place: PlaceOf
    next_id: Callable[[], int]
    read: Read

    def unread(self, tokens: Sequence[Token], why: str) -> Unread:
        """The statement as something that could not be read."""
        start, end = tokens[0].start, tokens[-1].end
        verb = sql_tokens.verb(tokens)
        tables = sql_tokens.tables(tokens)
        return Unread(
            what=sql_tokens.folded(self.text, start, min(end, start + 200)),
            why=why if verb else UNKNOWN,
            verb=verb,
            tables=tables,
            anything=sql_tokens.may_change_tables(verb) and not (tables and all(table.known for table in tables)),
            place=self.place(start, end),
            sql=self.text[start:end],
        )


class Statement:
    """Turns one statement's tree into operations."""

    def __init__(
        self,
        source: Source,
        sent: Sent,
        start: int,
        end: int,
        tokens: list[Token] | None = None,
        partly: bool = False,
    ) -> None:
        self.source = source
        self.text = source.text
        self.sent = sent
        self.start = start
        self.end = end
        self._tokens = tokens
        self._partly = partly
        self.fields: dict[str, Any] = {"place": source.place(start, end), "sql": self.text[start:end]}

    @property
    def tokens(self) -> list[Token]:
        if self._tokens is None:
            self._tokens = sql_tokens.tokens(self.text, self.start, self.end)
        return self._tokens

    def operations(self, statement: Node) -> Iterable[Operation]:
        """What the statement does."""
        kind, node = trees.unwrapped(statement)
        convert = _KINDS.get(kind)
        try:
            return list(convert(self, node)) if convert else [self._execute(node)]
        except RecursionError:
            return [self.source.unread(self.tokens, TOO_DEEP)]
        except (LookupError, TypeError, AttributeError):
            # The grammar of another release of PostgreSQL, whose trees are not what is expected here.
            return [self.source.unread(self.tokens, OTHER_TREE)]

    def _execute(self, node: Node, verb: str | None = None, **more: Any) -> Execute:
        verb = sql_tokens.verb(self.tokens) if verb is None else verb
        return Execute(verb=verb, tables=trees.tables(node), **more, **self.fields)

    # --- pieces of the text -------------------------------------------------------------------------------------

    def _from(self, tokens: Sequence[Token], location: int) -> Sequence[Token]:
        """Those of *tokens* that stand at a location of the tree, or behind it."""
        at = self.sent.location(location)
        return tokens[bisect_left([token.start for token in tokens], at) :]

    def _text(self, tokens: Sequence[Token]) -> str | None:
        """The text of neighbouring tokens, in its normal spelling."""
        if not tokens:
            return None
        # sa.text() takes a colon behind a backslash for a plain one.
        return sql_tokens.folded(self.text, tokens[0].start, tokens[-1].end).replace("\\:", ":")

    def _after(self, tokens: Sequence[Token], keyword: str) -> Sequence[Token]:
        """What follows a keyword that stands in no parentheses."""
        depth = 0
        for index, token in enumerate(tokens):
            if token.text in ("(", "["):
                depth += 1
            elif token.text in (")", "]"):
                depth -= 1
            elif token.text == keyword and token.kind == "word" and not depth:
                return tokens[index + 1 :]
        return ()

    def _enclosed(self, tokens: Sequence[Token]) -> Sequence[Token]:
        """What stands in the first parentheses of *tokens*."""
        for index, token in enumerate(tokens):
            if token.text == "(" and token.kind == "sign":
                return tokens[index + 1 : sql_tokens.matching(tokens, index)]
        return ()

    def _place(self, tokens: Sequence[Token]) -> Place:
        return self.source.place(tokens[0].start, tokens[-1].end) if tokens else self.fields["place"]

    # --- tables -------------------------------------------------------------------------------------------------

    def create_table(self, node: Node) -> Iterator[Operation]:
        node = node.get("base", node)
        elements = node.get("tableElts", [])
        ranges = self._elements(node, len(elements))
        columns: list[Column] = []
        constraints: list[Constraint] = []
        opaque = "inhRelations" in node or "ofTypename" in node
        for element, tokens in zip(elements, ranges, strict=True):
            if "ColumnDef" in element and "typeName" in element["ColumnDef"]:
                columns.append(self._column(element["ColumnDef"], tokens))
            elif "Constraint" in element:
                constraint = self._constraint(element["Constraint"], (), tokens)
                if constraint is not None:
                    constraints.append(constraint)
            else:
                opaque = True
        bound = "partbound" in node
        yield CreateTable(
            table=trees.relation(node["relation"]),
            columns=tuple(columns),
            constraints=tuple(constraints),
            if_not_exists="if_not_exists" in node,
            opaque=opaque,
            temporary=node["relation"].get("relpersistence") == "t",
            partition_of=trees.relation(node["inhRelations"][0]["RangeVar"]) if bound else None,
            partitioned="partspec" in node,
            **self.fields,
        )

    def _elements(self, node: Node, wanted: int) -> list[Sequence[Token]]:
        if not wanted:
            return []
        tokens = self._from(self.tokens, node["relation"].get("location", 0))
        found = sql_tokens.split(self._enclosed(tokens))
        return found if len(found) == wanted else [()] * wanted

    def create_table_as(self, node: Node) -> Iterator[Operation]:
        into = node["into"]
        name = trees.relation(into["rel"])
        if node.get("objtype") == "OBJECT_MATVIEW":
            yield self._view("materialized view", name, node)
        else:
            yield self._made_of_rows(into, "if_not_exists" in node)

    def _made_of_rows(self, into: Node, if_not_exists: bool = False) -> CreateTable:
        return CreateTable(
            table=trees.relation(into["rel"]),
            opaque=True,
            if_not_exists=if_not_exists,
            temporary=into["rel"].get("relpersistence") == "t",
            **self.fields,
        )

    def _column(self, node: Node, tokens: Sequence[Token]) -> Column:
        name = node["colname"]
        found: list[Constraint] = []
        column_type = trees.column_type(node["typeName"])
        values: dict[str, Any] = {}
        if is_serial(column_type):
            values["nullable"] = False
        declared = [item["Constraint"] for item in node.get("constraints", ()) if "Constraint" in item]
        starts = [self.sent.location(item.get("location", 0)) for item in declared]
        for item, start in zip(declared, starts, strict=True):
            end = min([other for other in starts if other > start], default=self.end)
            part = [token for token in tokens if start <= token.start < end]
            kind = item["contype"]
            if kind == "CONSTR_NOTNULL":
                values["nullable"] = False
            elif kind == "CONSTR_DEFAULT":
                values["default"] = self._default(item["raw_expr"], part[1:])
            elif kind == "CONSTR_IDENTITY":
                values.update(nullable=False, identity=Identity(always=item.get("generated_when") == "a"))
            elif kind == "CONSTR_GENERATED":
                expression = self._text(self._enclosed(part))
                values["computed"] = Computed(expression, stored=item.get("generated_kind") == "s")
            elif kind == "CONSTR_ATTR_DEFERRABLE" and found:
                found[-1] = replace(found[-1], deferrable=True)
            elif kind == "CONSTR_ATTR_DEFERRED" and found:
                found[-1] = replace(found[-1], deferrable=True, deferred=True)
            else:
                constraint = self._constraint(item, (name,), part)
                if constraint is None:
                    continue
                if isinstance(constraint, PrimaryKey):
                    values["nullable"] = False
                found.append(constraint)
        # A key without a name or any other property of its own is a property of the column, as in sa.Column().
        plain = {PrimaryKey: "primary_key", Unique: "unique"}
        for constraint in list(found):
            keyword = plain.get(type(constraint))
            if keyword and replace(constraint, place=Place()) == type(constraint)(columns=(name,)):
                values[keyword] = True
                found.remove(constraint)
        return Column(name, column_type, constraints=tuple(found), place=self._place(tokens), **values)

    def _default(self, expression: Node, tokens: Sequence[Token]) -> Default | None:
        # DEFAULT NULL is no default.
        return None if trees.is_null(expression) else Default(self._text(tokens) if tokens else HOLE)

    def _constraint(self, node: Node, columns: tuple[str, ...], tokens: Sequence[Token]) -> Constraint | None:
        """A constraint of a table, or one of the column that *columns* holds; None for what is none."""
        common: dict[str, Any] = {
            "name": node.get("conname"),
            "not_valid": "skip_validation" in node,
            "deferrable": "deferrable" in node,
            "deferred": "initdeferred" in node,
            "place": self._place(tokens),
        }
        keys = tuple(trees.words(node.get("keys", ()))) or columns
        kind = node["contype"]
        if kind == "CONSTR_PRIMARY":
            return PrimaryKey(columns=keys, index=node.get("indexname"), **common)
        if kind == "CONSTR_UNIQUE":
            distinct = "nulls_not_distinct" in node
            return Unique(columns=keys, nulls_not_distinct=distinct, index=node.get("indexname"), **common)
        if kind == "CONSTR_FOREIGN":
            return ForeignKey(
                columns=tuple(trees.words(node.get("fk_attrs", ()))) or columns,
                referred=trees.relation(node["pktable"]),
                referred_columns=tuple(trees.words(node.get("pk_attrs", ()))),
                ondelete=_ACTIONS.get(node.get("fk_del_action", "")),
                onupdate=_ACTIONS.get(node.get("fk_upd_action", "")),
                **common,
            )
        if kind == "CONSTR_CHECK":
            expression = node["raw_expr"]
            test = expression.get("NullTest", {})
            only = trees.column(test.get("arg", {})) if test.get("nulltesttype") == "IS_NOT_NULL" else None
            sql = self._text(self._enclosed(self._after(tokens, "CHECK")))
            return Check(sql=sql, columns=trees.columns(expression), not_null=only, **common)
        if kind == "CONSTR_NOTNULL" and keys:
            # NOT NULL as a constraint of the table (PostgreSQL 18) can be named, and NOT VALID.
            return Check(sql=f"{keys[0]} IS NOT NULL", columns=keys, not_null=keys[0], **common)
        if kind == "CONSTR_EXCLUSION":
            elements = [part["List"]["items"][0]["IndexElem"] for part in node["exclusions"]]
            named = [name for element in elements for name in _element_columns(element)]
            return Exclude(columns=tuple(named), using=node.get("access_method", "gist"), **common)
        return None

    def alter_table(self, node: Node) -> Iterator[Operation]:
        if node.get("objtype") not in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"):
            yield Execute(verb=sql_tokens.verb(self.tokens), **self.fields)
            return
        table = trees.relation(node["relation"])
        fields = self.fields | self._if_there(node, table)
        commands = [item["AlterTableCmd"] for item in node.get("cmds", ())]
        named = self._from(self.tokens, node["relation"].get("location", 0))
        while len(named) > 2 and named[1].text == ".":
            named = named[2:]
        actions: list[Sequence[Token]] = sql_tokens.split(named[1:])
        if len(actions) != len(commands):
            actions = [()] * len(commands)
        for command, tokens in zip(commands, actions, strict=True):
            if len(commands) > 1:
                fields = fields | {"place": self._place(tokens)}
            yield from self._action(table, command, tokens, fields)

    def _if_there(self, node: Node, table: Name) -> dict[str, Any]:
        """The condition of ``IF EXISTS``, for operations that have no such flag themselves."""
        if "missing_ok" not in node:
            return {}
        return {"conditions": (Condition(self.source.next_id(), "table", True, table),)}

    def _action(self, table: Name, node: Node, tokens: Sequence[Token], fields: dict[str, Any]) -> Iterator[Operation]:
        action = node["subtype"]
        name = node.get("name", "")
        definition = node.get("def", {})
        cascade = node.get("behavior") == "DROP_CASCADE"
        missing_ok = "missing_ok" in node
        if action == "AT_AddColumn":
            at = definition["ColumnDef"].get("location", 0)
            column = self._column(definition["ColumnDef"], self._from(tokens, at))
            if not column.type.known:
                # What stands for the type may say more, such as NOT NULL.
                fields = fields | {"partly": ("column",)}
            yield AddColumn(table=table, column=column, if_not_exists=missing_ok, **fields)
        elif action == "AT_DropColumn":
            yield DropColumn(table=table, column=name, if_exists=missing_ok, cascade=cascade, **fields)
        elif action == "AT_AlterColumnType":
            column_type = trees.column_type(definition["ColumnDef"]["typeName"])
            using = self._text(self._after(tokens, "USING")) if "raw_default" in definition["ColumnDef"] else None
            yield AlterColumn(table=table, column=name, type=column_type, using=using, **fields)
        elif action == "AT_ColumnDefault":
            default = self._default(definition, self._after(tokens, "DEFAULT")) if definition else None
            yield AlterColumn(table=table, column=name, default=default, **fields)
        elif action in ("AT_SetNotNull", "AT_DropNotNull"):
            yield AlterColumn(table=table, column=name, nullable=action == "AT_DropNotNull", **fields)
        elif action == "AT_AddIdentity":
            always = definition["Constraint"].get("generated_when") == "a"
            yield AlterColumn(table=table, column=name, identity=Identity(always), **fields)
        elif action == "AT_SetIdentity":
            options = [item["DefElem"] for item in definition["List"]["items"]]
            kinds = [option["arg"] for option in options if option["defname"] == "generated"]
            always = bool(kinds) and kinds[0]["Integer"].get("ival") == ord("a")
            if kinds:
                yield AlterColumn(table=table, column=name, identity=Identity(always), **fields)
            else:
                yield AlterTable(table=table, action="ALTER COLUMN SET", **fields)
        elif action == "AT_DropIdentity":
            yield AlterColumn(table=table, column=name, identity=None, **fields)
        elif action == "AT_DropExpression":
            yield AlterColumn(table=table, column=name, drop_expression=True, **fields)
        elif action == "AT_AddConstraint":
            constraint = self._constraint(definition["Constraint"], (), self._after(tokens, "ADD"))
            if constraint is not None:
                yield AddConstraint(table=table, constraint=constraint, **fields)
        elif action == "AT_DropConstraint":
            yield DropConstraint(table=table, name=name, if_exists=missing_ok, cascade=cascade, **fields)
        elif action == "AT_ValidateConstraint":
            yield ValidateConstraint(table=table, name=name, **fields)
        elif action == "AT_DetachPartition":
            partition = definition["PartitionCmd"]
            yield Execute(
                verb="ALTER TABLE DETACH PARTITION",
                tables=(table, trees.relation(partition["name"])),
                concurrently="concurrent" in partition,
                **fields,
            )
        elif action == "AT_AttachPartition":
            partition = trees.relation(definition["PartitionCmd"]["name"])
            yield AlterTable(table=table, action=_action_name(action), partition=partition, **fields)
        else:
            yield AlterTable(table=table, action=_action_name(action), **fields)

    def rename(self, node: Node) -> Iterator[Operation]:
        kind = node["renameType"]
        new_name = node["newname"]
        if_exists = "missing_ok" in node
        table = trees.relation(node["relation"]) if "relation" in node else Name("")
        if kind == "OBJECT_COLUMN" and node.get("relationType") in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"):
            fields = self.fields | self._if_there(node, table)
            yield AlterColumn(table=table, column=node["subname"], new_name=new_name, **fields)
        elif kind == "OBJECT_TABCONSTRAINT":
            fields = self.fields | self._if_there(node, table)
            yield RenameConstraint(table=table, name=node["subname"], new_name=new_name, **fields)
        elif kind in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"):
            yield RenameTable(table=table, new_name=new_name, if_exists=if_exists, **self.fields)
        elif kind == "OBJECT_INDEX":
            to = Name(new_name, table.schema)
            yield RenameObject(kind="index", name=table, new_name=to, if_exists=if_exists, **self.fields)
        elif kind in _OBJECTS and kind not in _OF_TABLE:
            name = self._renamed(node)
            to = Name(new_name, name.schema)
            yield RenameObject(kind=_OBJECTS[kind], name=name, new_name=to, if_exists=if_exists, **self.fields)
        elif kind in _OF_TABLE:
            old = Name(node["subname"])
            to = Name(new_name)
            yield RenameObject(kind=_OBJECTS[kind], name=old, new_name=to, if_exists=if_exists, **self.fields)
        else:
            yield self._execute(node)

    def _renamed(self, node: Node) -> Name:
        if "relation" in node:
            return trees.relation(node["relation"])
        return trees.object_name(node["object"]) if "object" in node else Name(node.get("subname", ""))

    def set_schema(self, node: Node) -> Iterator[Operation]:
        kind, schema = node["objectType"], node["newschema"]
        if kind in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"):
            table = trees.relation(node["relation"])
            yield SetSchema(table=table, schema=schema, **(self.fields | self._if_there(node, table)))
        elif kind in _OBJECTS:
            name = self._renamed(node)
            to = trees.name([schema, name.name])
            missing_ok = "missing_ok" in node
            yield RenameObject(kind=_OBJECTS[kind], name=name, new_name=to, if_exists=missing_ok, **self.fields)
        else:
            yield self._execute(node)

    def drop(self, node: Node) -> Iterator[Operation]:
        kind = node["removeType"]
        common = self.fields | {"if_exists": "missing_ok" in node, "cascade": node.get("behavior") == "DROP_CASCADE"}
        for item in node["objects"]:
            name = trees.object_name(item)
            if kind in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"):
                yield DropTable(table=name, **common)
            elif kind == "OBJECT_INDEX":
                yield DropIndex(name=name, concurrently="concurrent" in node, **common)
            elif kind == "OBJECT_TYPE":
                yield DropEnum(name=name, **common)
            elif kind in _OF_TABLE:
                *table, own = trees.words(item["List"]["items"])
                yield DropObject(kind=_OBJECTS[kind], name=Name(own), table=trees.name(table), **common)
            else:
                yield DropObject(kind=_OBJECTS.get(kind, "other"), name=name, **common)

    # --- indexes ------------------------------------------------------------------------------------------------

    def create_index(self, node: Node) -> Iterator[Operation]:
        elements = node.get("indexParams", ())
        tokens: Sequence[Token] = ()
        parts: Sequence[Sequence[Token]] = ()
        if "whereClause" in node or any("expr" in element["IndexElem"] for element in elements):
            tokens = self._from(self.tokens, node["relation"].get("location", 0))
            parts = sql_tokens.split(self._enclosed(tokens))
        index = Index(
            node.get("idxname"),
            tuple(
                [
                    self._element(element["IndexElem"], parts[number] if number < len(parts) else ())
                    for number, element in enumerate(elements)
                ]
            ),
            unique="unique" in node,
            where=self._text(self._after(tokens, "WHERE")) if "whereClause" in node else None,
            using=node.get("accessMethod") if node.get("accessMethod") != "btree" else None,
            include=tuple(
                [
                    column
                    for item in node.get("indexIncludingParams", ())
                    for column in _element_columns(item["IndexElem"])
                ]
            ),
            nulls_not_distinct="nulls_not_distinct" in node,
            place=self.fields["place"],
        )
        yield CreateIndex(
            table=trees.relation(node["relation"]),
            index=index,
            concurrently="concurrent" in node,
            if_not_exists="if_not_exists" in node,
            **self.fields,
        )

    def _element(self, node: Node, tokens: Sequence[Token]) -> IndexElement:
        opclass = ".".join(trees.words(node.get("opclass", ()))) or None
        collation = trees.words(node.get("collation", ()))
        nulls = node.get("nulls_ordering")
        order = key_order(
            node.get("ordering") == "SORTBY_DESC",
            None if nulls in (None, "SORTBY_NULLS_DEFAULT") else nulls == "SORTBY_NULLS_FIRST",
        )
        rest = (opclass, collation[-1] if collation else None, order)
        if "expr" not in node:
            return IndexElement(node["name"], None, (node["name"],), *rest)
        sql = None
        if tokens and tokens[0].text == "(":
            sql = self._text(self._enclosed(tokens))
        elif tokens:
            # A call needs no parentheses around it; a class and an order may follow.
            opening = next((index for index, token in enumerate(tokens) if token.text == "("), len(tokens) - 1)
            sql = self._text(tokens[: sql_tokens.matching(tokens, opening) + 1])
        return IndexElement(None, sql, trees.columns(node["expr"]), *rest)

    # --- enums and other objects --------------------------------------------------------------------------------

    def create_enum(self, node: Node) -> Iterator[Operation]:
        labels = tuple(trees.words(node.get("vals", ())))
        known = not any(HOLE in label for label in labels)
        yield CreateEnum(
            name=trees.name(trees.words(node["typeName"])), labels=labels if known else None, **self.fields
        )

    def alter_enum(self, node: Node) -> Iterator[Operation]:
        name = trees.name(trees.words(node["typeName"]))
        value = node.get("newVal", "")
        if "oldVal" in node:
            yield RenameEnumValue(name=name, value=node["oldVal"], new_value=value, **self.fields)
            return
        neighbour = node.get("newValNeighbor")
        after = "newValIsAfter" in node
        yield AddEnumValue(
            name=name,
            value=value,
            before=None if after else neighbour,
            after=neighbour if after else None,
            if_not_exists="skipIfNewValExists" in node,
            **self.fields,
        )

    def _created(self, kind: Kind, name: Name, **more: Any) -> CreateObject:
        return CreateObject(kind=kind, name=name, definition=self._definition(), **more, **self.fields)

    def _definition(self) -> str | None:
        """What a CREATE makes, whatever it says of what is there already."""
        text = self._text(self.tokens)
        return None if text is None else _OF_WHAT_IS_THERE.sub(r"\1 ", text)

    def _view(self, kind: Kind, name: Name, node: Node) -> CreateObject:
        query = node.get("query")
        return self._created(
            kind,
            name,
            if_not_exists="if_not_exists" in node,
            or_replace="replace" in node,
            reads=trees.tables(query),
            columns=trees.columns_read(query),
        )

    def create_object(self, node: Node) -> Iterator[Operation]:
        """Whatever a CREATE makes that is named by one field of its node."""
        kind, name = _made_by(node)
        if kind is None:
            yield self._execute(node)
            return
        yield self._created(
            kind,
            name,
            table=trees.relation(node["relation"]) if "relation" in node else None,
            if_not_exists="if_not_exists" in node,
            or_replace="replace" in node,
        )

    def create_function(self, node: Node) -> Iterator[Operation]:
        """CREATE FUNCTION and PROCEDURE: the body is read when they are made, and runs when they are called."""
        options = {item["DefElem"]["defname"]: item["DefElem"].get("arg", {}) for item in node.get("options", ())}
        texts = trees.words(options.get("as", {}).get("List", {}).get("items", ()))
        language = options.get("language", {}).get("String", {}).get("sval", "").lower()
        written = self.text[self.start : self.end]
        if len(texts) == 1 and HOLE not in written and language in ("plpgsql", "sql"):
            body = texts[0]
            try:
                if language == "sql":
                    parse(body)
                else:
                    plpgsql.check(Sent(written, parameters(written), 0, len(written)).sql, body)
            except NotParsed:
                pass
            except SQLError as error:
                quoted = next((token for token in self.tokens if token.kind == "dollar"), None)
                rest = sql_tokens.tokens(body, error.position)
                at = self._in_body(quoted, body)(rest[0].start, rest[0].end) if rest else self.fields["place"]
                yield InvalidSQL(
                    error=error.message, verb=sql_tokens.verb(self.tokens), **(self.fields | {"place": at})
                )
                return
        yield from self.create_object(node)

    def create_sequence(self, node: Node) -> Iterator[Operation]:
        name = trees.relation(node["sequence"])
        yield self._created("sequence", name, if_not_exists="if_not_exists" in node)
        yield from self._owned(node, name)

    def alter_sequence(self, node: Node) -> Iterator[Operation]:
        owned = list(self._owned(node, trees.relation(node["sequence"])))
        yield from owned or [self._execute(node)]

    def _owned(self, node: Node, name: Name) -> Iterator[Operation]:
        for option in node.get("options", ()):
            if option["DefElem"]["defname"] == "owned_by":
                *table, column = trees.words(option["DefElem"]["arg"]["List"]["items"])
                if table:
                    yield OwnSequence(name=name, table=trees.name(table), column=column, **self.fields)
                else:
                    yield OwnSequence(name=name, **self.fields)

    def create_view(self, node: Node) -> Iterator[Operation]:
        name = trees.relation(node["view"])
        yield self._view("view", name, node)

    def create_trigger(self, node: Node) -> Iterator[Operation]:
        table = trees.relation(node["relation"])
        yield self._created("trigger", Name(node["trigname"]), table=table, or_replace="replace" in node)

    def create_policy(self, node: Node) -> Iterator[Operation]:
        yield self._created("policy", Name(node["policy_name"]), table=trees.relation(node["table"]))

    def create_composite(self, node: Node) -> Iterator[Operation]:
        yield self._created("type", trees.relation(node["typevar"]))

    def create_schema(self, node: Node) -> Iterator[Operation]:
        schema = node.get("schemaname") or node.get("authrole", {}).get("rolename", "")
        yield self._created("schema", Name(schema), if_not_exists="if_not_exists" in node)
        for element in node.get("schemaElts", ()):
            for _, inner in trees.inside(element):
                if "relname" in inner:
                    inner.setdefault("schemaname", schema)
            yield from self.operations(element)

    def drop_role_or_database(self, node: Node) -> Iterator[Operation]:
        if_exists = "missing_ok" in node
        if "dbname" in node:
            yield DropObject(kind="database", name=Name(node["dbname"]), if_exists=if_exists, **self.fields)
            return
        cascade = node.get("behavior") == "DROP_CASCADE"
        kind: Kind = "owned" if self.tokens[1].text == "OWNED" else "other"
        for role in node["roles"]:
            name = Name(role["RoleSpec"].get("rolename", "CURRENT_USER"))
            yield DropObject(kind=kind, name=name, if_exists=if_exists, cascade=cascade, **self.fields)

    def comment(self, node: Node) -> Iterator[Operation]:
        kind = node["objtype"].removeprefix("OBJECT_").replace("TABCONSTRAINT", "CONSTRAINT").lower()
        parts = trees.words(node["object"].get("List", {}).get("items", ()))
        comment = node.get("comment")
        if kind == "column":
            yield CommentOn(kind=kind, table=trees.name(parts[:-1]), column=parts[-1], comment=comment, **self.fields)
        elif kind in ("constraint", "trigger", "rule", "policy"):
            yield CommentOn(kind=kind, table=trees.name(parts[:-1]), comment=comment, **self.fields)
        else:
            yield CommentOn(kind=kind, table=trees.object_name(node["object"]), comment=comment, **self.fields)

    # --- rows ---------------------------------------------------------------------------------------------------

    def insert(self, node: Node) -> Iterator[Operation]:
        yield from self._with(node)
        table = trees.relation(node["relation"])
        source = node.get("selectStmt", {})
        expressions = node.get("withClause")
        own = {item["CommonTableExpr"]["ctename"] for item in (expressions or {}).get("ctes", ())}
        named = [source, expressions] if own.intersection([one.name for one in trees.tables(source)]) else [source]
        reads = trees.tables(named, trees.CONDITIONS)
        yield Insert(
            table=table,
            columns=tuple([item["ResTarget"]["name"] for item in node.get("cols", ())]),
            values=trees.constants(source),
            # A hole that passed for nothing may be one more.
            reads=(*reads, UNKNOWN_NAME) if reads and self._partly else reads,
            asks=tuple([name for name in trees.tables(named) if name not in reads]),
            **self.fields,
        )
        conflict = node.get("onConflictClause", {})
        if "targetList" in conflict:
            yield replace(
                self._update(table, {**conflict, "relation": node["relation"]}, conflict["targetList"]),
                where=True,
                bounded=True,
            )

    def update(self, node: Node) -> Iterator[Operation]:
        yield from self._with(node)
        table = trees.relation(node["relation"])
        yield self._update(table, node, node["targetList"])

    def _update(self, table: Name, node: Node, targets: list[Node]) -> Update:
        assigned = [item["ResTarget"] for item in targets]
        values = [item.get("val") for item in assigned]
        sources = [trees.sources(node), values]
        unread = ("values",) if trees.holds_hole(values) else ()
        reads = tuple([name for name in trees.columns(values) if HOLE not in name])
        tables = trees.tables(sources if reads or unread else values, trees.CONDITIONS)
        named = trees.tables(sources)
        where, partly = self._where(node, table)
        return Update(
            table=table,
            columns=tuple(dict.fromkeys([item["name"] for item in assigned if "name" in item])),
            values=trees.constants(values),
            reads=reads,
            tables=tuple([name for name in tables if name != table]),
            asks=tuple([name for name in named if name != table and name not in tables]),
            where=where,
            bounded=trees.picks_few(node, table),
            fixed=trees.fixed(node, table),
            partly=(*unread, *partly),
            **self.fields,
        )

    def _where(self, node: Node, table: Name) -> tuple[bool, tuple[str, ...]]:
        """Whether an UPDATE or DELETE has a WHERE, and what of that is not known.

        A hole that passed for an alias, or for nothing, may be one.
        """
        alias = node["relation"].get("alias", {}).get("aliasname", "")
        maybe = self._partly or HOLE in alias
        unknown = maybe or ("whereClause" in node and trees.holds_hole(node["whereClause"]))
        return "whereClause" in node or maybe, ("where",) if unknown else ()

    def delete(self, node: Node) -> Iterator[Operation]:
        yield from self._with(node)
        table = trees.relation(node["relation"])
        named = trees.tables([trees.sources(node), node.get("returningList")])
        where, partly = self._where(node, table)
        yield Delete(
            table=table,
            asks=tuple([name for name in named if name != table]),
            where=where,
            bounded=trees.picks_few(node, table),
            fixed=trees.fixed(node, table),
            partly=partly,
            **self.fields,
        )

    def merge(self, node: Node) -> Iterator[Operation]:
        yield from self._with(node)
        table = trees.relation(node["relation"])
        for item in node["mergeWhenClauses"]:
            clause = item["MergeWhenClause"]
            command = clause.get("commandType")
            targets = clause.get("targetList", [])
            if command == "CMD_UPDATE":
                yield replace(
                    self._update(table, {"relation": node["relation"], "fromClause": node["sourceRelation"]}, targets),
                    where=True,
                )
            elif command == "CMD_DELETE":
                yield Delete(table=table, where=True, **self.fields)
            elif command == "CMD_INSERT":
                yield Insert(
                    table=table,
                    columns=tuple([target["ResTarget"]["name"] for target in targets]),
                    values=trees.constants(clause.get("values")),
                    reads=trees.tables(node["sourceRelation"]),
                    **self.fields,
                )

    def _with(self, node: Node) -> Iterator[Operation]:
        """What the common table expressions of a statement change."""
        for item in node.get("withClause", {}).get("ctes", ()):
            kind, query = trees.unwrapped(item["CommonTableExpr"]["ctequery"])
            if kind != "SelectStmt" or "withClause" in query:
                yield from (operation for operation in _KINDS[kind](self, query) if not isinstance(operation, Execute))

    def select(self, node: Node) -> Iterator[Operation]:
        yield from self._with(node)
        # In a UNION, the INTO stands in its leftmost SELECT.
        first = node
        while "larg" in first:
            first = first["larg"]
        if "intoClause" in first:
            yield self._made_of_rows({"rel": first["intoClause"]["rel"]})
            return
        settings = []
        for item in node.get("targetList", ()):
            call = item["ResTarget"].get("val", {}).get("FuncCall", {})
            if trees.words(call.get("funcname", ()))[-1:] == ["set_config"]:
                name, value = (*map(trees.literal, call.get("args", ())[:2]), None, None)[:2]
                if name is not None:
                    settings.append((name, HOLE if value is None else value))
        verb = "VALUES" if "valuesLists" in node else "SELECT"
        yield self._execute(node, verb, settings=tuple(settings))

    def truncate(self, node: Node) -> Iterator[Operation]:
        tables = tuple([trees.relation(item["RangeVar"]) for item in node["relations"]])
        yield Truncate(tables=tables, cascade=node.get("behavior") == "DROP_CASCADE", **self.fields)

    def copy(self, node: Node) -> Iterator[Operation]:
        if "is_from" in node:
            columns = tuple(trees.words(node.get("attlist", ())))
            yield Insert(table=trees.relation(node["relation"]), columns=columns, **self.fields)
        else:
            yield self._execute(node, "COPY")

    # --- the rest -----------------------------------------------------------------------------------------------

    def set_variable(self, node: Node) -> Iterator[Operation]:
        kind = node["kind"]
        name = node.get("name", "")
        values = [_setting(argument) for argument in node.get("args", ())]
        verb = "RESET" if kind in ("VAR_RESET", "VAR_RESET_ALL") else "SET"
        settings = ((name, ", ".join(values)),) if kind == "VAR_SET_VALUE" else ()
        yield Execute(verb=verb, settings=settings, **self.fields)

    def transaction(self, node: Node) -> Iterator[Operation]:
        kind = node["kind"].removeprefix("TRANS_STMT_").replace("START", "BEGIN").replace("_", " ")
        yield Execute(verb=kind, **self.fields)

    def concurrent(self, node: Node) -> Iterator[Operation]:
        """REINDEX and REFRESH MATERIALIZED VIEW."""
        options = [item["DefElem"]["defname"] for item in node.get("params", ())]
        yield self._execute(node, concurrently="concurrent" in node or "concurrently" in options)

    def do_block(self, node: Node) -> Iterator[Operation]:
        arguments = {item["DefElem"]["defname"]: item["DefElem"]["arg"] for item in node["args"]}
        body = arguments.get("as", {}).get("String", {}).get("sval", "")
        language = arguments.get("language", {}).get("String", {}).get("sval", "plpgsql")
        quoted = next((token for token in self.tokens if token.kind in ("dollar", "string")), None)
        if language.lower() != "plpgsql" or body == HOLE:
            yield self._unread_block(f"a DO block in {language}" if body != HOLE else PARTLY_UNKNOWN)
            return
        place = self._in_body(quoted, body)
        readable, unknown = plpgsql.without_unknown_statements(body) if HOLE in body else (body, [])
        try:
            block = plpgsql.parsed(readable)
        except NotParsed as error:
            yield self._unread_block(str(error))
            return
        except SQLError as error:
            if HOLE in body:
                yield self._unread_block(PARTLY_UNKNOWN)
            else:
                rest = sql_tokens.tokens(body, error.position)
                at = place(rest[0].start, rest[0].end) if rest else self.fields["place"]
                tables = sql_tokens.tables(sql_tokens.tokens(body))
                yield InvalidSQL(error=error.message, verb="DO", tables=tables, **(self.fields | {"place": at}))
            return
        yield from plpgsql.operations(block, readable, place, self.source.next_id, self.source.read)
        for start, end in unknown:
            yield Unread(what=body[start:end], why=UNKNOWN, anything=True, place=place(start, end), sql=body[start:end])

    def _in_body(self, quoted: Token | None, body: str) -> PlaceOf:
        """Tells where characters of a quoted body stand."""
        opening = 1
        if quoted is not None and quoted.kind == "dollar":
            opening = quoted.text.index("$", 1) + 1
        # Escapes in a body between apostrophes, and colons escaped for sa.text(), leave no simple way back.
        if quoted is None or self.text[quoted.start + opening : quoted.start + opening + len(body)] != body:
            return lambda start, end: self.fields["place"]
        begin = quoted.start + opening
        return lambda start, end: self.source.place(begin + start, begin + end)

    def _unread_block(self, why: str) -> Unread:
        unread = self.source.unread(self.tokens, why)
        inner = sql_tokens.tables(sql_tokens.tokens(self.text[self.start : self.end].replace("$", " ")))
        return replace(unread, tables=inner, anything=True)


_ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}

_OBJECTS: dict[str, Kind] = {
    "OBJECT_SCHEMA": "schema",
    "OBJECT_SEQUENCE": "sequence",
    "OBJECT_VIEW": "view",
    "OBJECT_MATVIEW": "materialized view",
    "OBJECT_FUNCTION": "function",
    "OBJECT_PROCEDURE": "function",
    "OBJECT_ROUTINE": "function",
    "OBJECT_AGGREGATE": "function",
    "OBJECT_TRIGGER": "trigger",
    "OBJECT_POLICY": "policy",
    "OBJECT_RULE": "rule",
    "OBJECT_EXTENSION": "extension",
    "OBJECT_TYPE": "type",
    "OBJECT_DOMAIN": "domain",
    "OBJECT_DATABASE": "database",
}
_OF_TABLE = frozenset({"OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"})

_NAMED_BY: tuple[tuple[str, Kind], ...] = (
    ("funcname", "function"),
    ("rulename", "rule"),
    ("extname", "extension"),
    ("domainname", "domain"),
    ("dbname", "database"),
    ("typeName", "type"),
    ("defnames", "other"),
    ("pubname", "other"),
    ("subname", "other"),
    ("servername", "other"),
    ("fdwname", "other"),
    ("trigname", "other"),
    ("role", "other"),
    ("tablespacename", "other"),
    ("plname", "other"),
    ("amname", "other"),
)


def _made_by(node: Node) -> tuple[Kind | None, Name]:
    for field, kind in _NAMED_BY:
        if field in node:
            value = node[field]
            name = Name(value) if isinstance(value, str) else trees.name(trees.words(value))
            if field == "defnames":
                kind = {"OBJECT_AGGREGATE": "function", "OBJECT_TYPE": "type"}.get(node.get("kind", ""), kind)  # type: ignore[assignment]
            return kind, name
    return None, Name("")


def _element_columns(element: Node) -> tuple[str, ...]:
    return (element["name"],) if "name" in element else trees.columns(element["expr"])


def _setting(argument: Node) -> str:
    value = trees.literal(argument)
    return value if value is not None else HOLE


_ACTION_NAMES = {
    "AT_ChangeOwner": "OWNER TO",
    "AT_SetStatistics": "ALTER COLUMN SET STATISTICS",
    "AT_SetStorage": "ALTER COLUMN SET STORAGE",
    "AT_SetCompression": "ALTER COLUMN SET COMPRESSION",
    "AT_SetOptions": "ALTER COLUMN SET",
    "AT_ResetOptions": "ALTER COLUMN RESET",
    "AT_SetExpression": "ALTER COLUMN SET EXPRESSION",
    "AT_SetRelOptions": "SET",
    "AT_ResetRelOptions": "RESET",
    "AT_EnableRowSecurity": "ENABLE ROW LEVEL SECURITY",
    "AT_DisableRowSecurity": "DISABLE ROW LEVEL SECURITY",
    "AT_ForceRowSecurity": "FORCE ROW LEVEL SECURITY",
    "AT_NoForceRowSecurity": "NO FORCE ROW LEVEL SECURITY",
    "AT_EnableTrig": "ENABLE TRIGGER",
    "AT_EnableTrigAll": "ENABLE TRIGGER",
    "AT_EnableTrigUser": "ENABLE TRIGGER",
    "AT_EnableAlwaysTrig": "ENABLE TRIGGER",
    "AT_EnableReplicaTrig": "ENABLE TRIGGER",
    "AT_DisableTrig": "DISABLE TRIGGER",
    "AT_DisableTrigAll": "DISABLE TRIGGER",
    "AT_DisableTrigUser": "DISABLE TRIGGER",
    "AT_SetLogged": "SET LOGGED",
    "AT_SetUnLogged": "SET UNLOGGED",
    "AT_SetTableSpace": "SET TABLESPACE",
    "AT_SetAccessMethod": "SET ACCESS METHOD",
    "AT_AddInherit": "INHERIT",
    "AT_DropInherit": "NO INHERIT",
    "AT_ClusterOn": "CLUSTER ON",
    "AT_DropCluster": "SET WITHOUT CLUSTER",
    "AT_AttachPartition": "ATTACH PARTITION",
    "AT_ReplicaIdentity": "REPLICA IDENTITY",
    "AT_AlterConstraint": "ALTER CONSTRAINT",
}


def _action_name(subtype: str) -> str:
    return _ACTION_NAMES.get(subtype) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", subtype.removeprefix("AT_")).upper()


_KINDS: dict[str, Callable[[Statement, Node], Iterable[Operation]]] = {
    "CreateStmt": Statement.create_table,
    "CreateForeignTableStmt": Statement.create_table,
    "CreateTableAsStmt": Statement.create_table_as,
    "AlterTableStmt": Statement.alter_table,
    "RenameStmt": Statement.rename,
    "AlterObjectSchemaStmt": Statement.set_schema,
    "DropStmt": Statement.drop,
    "DropdbStmt": Statement.drop_role_or_database,
    "DropOwnedStmt": Statement.drop_role_or_database,
    "DropRoleStmt": Statement.drop_role_or_database,
    "IndexStmt": Statement.create_index,
    "CreateEnumStmt": Statement.create_enum,
    "AlterEnumStmt": Statement.alter_enum,
    "CreateSeqStmt": Statement.create_sequence,
    "AlterSeqStmt": Statement.alter_sequence,
    "ViewStmt": Statement.create_view,
    "CreateTrigStmt": Statement.create_trigger,
    "CreatePolicyStmt": Statement.create_policy,
    "CompositeTypeStmt": Statement.create_composite,
    "CreateSchemaStmt": Statement.create_schema,
    "CommentStmt": Statement.comment,
    "InsertStmt": Statement.insert,
    "UpdateStmt": Statement.update,
    "DeleteStmt": Statement.delete,
    "MergeStmt": Statement.merge,
    "SelectStmt": Statement.select,
    "TruncateStmt": Statement.truncate,
    "CopyStmt": Statement.copy,
    "VariableSetStmt": Statement.set_variable,
    "TransactionStmt": Statement.transaction,
    "ReindexStmt": Statement.concurrent,
    "RefreshMatViewStmt": Statement.concurrent,
    "DoStmt": Statement.do_block,
    "CreateFunctionStmt": Statement.create_function,
}
_KINDS.update(
    dict.fromkeys(
        [
            "RuleStmt",
            "CreateExtensionStmt",
            "CreateDomainStmt",
            "CreatedbStmt",
            "CreateRangeStmt",
            "DefineStmt",
            "CreateStatsStmt",
            "CreatePublicationStmt",
            "CreateSubscriptionStmt",
            "CreateForeignServerStmt",
            "CreateFdwStmt",
            "CreateEventTrigStmt",
            "CreateRoleStmt",
            "CreateTableSpaceStmt",
            "CreatePLangStmt",
            "CreateAmStmt",
        ],
        Statement.create_object,
    )
)
