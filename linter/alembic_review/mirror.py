"""Two schemas held against each other: what is missing, left behind or changed in the second, in people's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from alembic_review import operations as ops
from alembic_review.casts import BUILT_IN
from alembic_review.replay.stored import TRUTHS, takes_from
from alembic_review.schema import (
    RELATIONS,
    Column,
    Constraint,
    Index,
    Key,
    Origin,
    Schema,
    Sequence,
    Table,
)
from alembic_review.types import HOLE, Name, Type, same_type

How = Literal["missing", "left", "changed", "renamed"]


class Difference(Struct, frozen=True):
    """One thing that is not what it was.

    `kind`: ``table``, ``column``, ``index``, ``primary key``, ``unique``, ``foreign key``, ``check``, ``exclude``,
    ``enum``, ``sequence``, ``view``, ``extension``, … `table` is that of a column, index or constraint.
    `what` tells which side of it changed: ``type``, ``nullable``, ``default``, ``identity``, ``computed``,
    ``labels``, ``definition``; empty where it is missing, left or renamed. `was` and `now` are worded for people.
    `origin` is what made the thing that is there, or was.
    """

    how: How
    kind: str
    name: str
    table: Name | None = None
    what: str = ""
    was: str | None = None
    now: str | None = None
    origin: Origin | None = None

    @property
    def made_by(self) -> ops.Operation | None:
        """The operation that made the thing."""
        return self.origin.operation if self.origin else None

    @property
    def thing(self) -> str:
        """The thing as it is told to people."""
        name = f"{self.table}.{self.name}" if self.kind == "column" else self.name
        on = f' of "{self.table}"' if self.table is not None and self.kind not in ("column", "index") else ""
        return f'{in_words(self.kind)} "{name}"{on}'

    @property
    def text(self) -> str:
        """The difference as it is told to people, of a downgrade that makes it."""
        match self.how:
            case "missing":
                return f"does not bring back the {self.thing}"
            case "left":
                return f"leaves the {self.thing}"
            case "renamed":
                return f'{self.thing}: is called "{self.now}" now'
            case _:
                told = f"was {self.was}, is {self.now}" if self.was is not None else "is not what it was"
                return f"{self.thing}: {told}"


def in_sum(found: Iterable[Difference]) -> str:
    """What a downgrade makes of a schema, as it is told to people: what it leaves, what is gone, what is other."""
    every = list(found)
    left, missing = ([f"the {one.thing}" for one in every if one.how == how] for how in ("left", "missing"))
    other = [one.text for one in every if one.how not in ("left", "missing")]
    told = (
        ("leaves ", _joined(left)),
        ("does not bring back ", _joined(missing)),
        ("does not restore ", ", ".join(other)),
    )
    return "; ".join([verb + things for verb, things in told if things])


def _joined(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


_WORDS = {
    "enum": "enum type",
    "unique": "unique constraint",
    "check": "check constraint",
    "exclude": "exclusion constraint",
    "other": "object",
}


def in_words(kind: str) -> str:
    """A kind of thing as it is told to people, such as ``unique constraint`` for ``unique``."""
    return _WORDS.get(kind, kind)


def differences(before: Schema, reverted: Schema) -> Iterator[Difference]:
    """What *reverted* does not have as *before* had it, by kind and name; certain things only.

    The order of columns and comments do not count. It costs what differs, not what there is.
    """
    for name in before.tables.differing(reverted.tables):
        yield from _tables(name, before, reverted)
    for name in before.enums.differing(reverted.enums):
        one, other = before.enums.get(name), reverted.enums.get(name)
        if one is not None and other is not None:
            if _certain(one, other) and None not in (one.labels, other.labels) and one.labels != other.labels:
                was, now = _labels(one.labels), _labels(other.labels)
                yield Difference("changed", "enum", str(name), None, "labels", was, now, other.origin)
        elif one is not None and not one.uncertain:
            yield Difference("missing", "enum", str(name), origin=one.origin)
        elif other is not None and not other.uncertain:
            yield Difference("left", "enum", str(name), origin=other.origin)
    for name in before.sequences.differing(reverted.sequences):
        yield from _sequence(name, before, reverted)
    for key in before.objects.differing(reverted.objects):
        yield from _object(key, before, reverted)


def _certain(*things: Column | Constraint | Index | Table | object) -> bool:
    return not any(getattr(thing, "uncertain", False) for thing in things)


def _labels(labels: tuple[str, ...] | None) -> str:
    return "(" + ", ".join(f"'{label}'" for label in labels or ()) + ")"


def _tables(name: Name, before: Schema, reverted: Schema) -> Iterator[Difference]:
    one, other = before.tables.get(name), reverted.tables.get(name)
    if one is None and other is not None and other.origin is None:
        # A table from before the history, which this revision is the first to touch.
        one = Table(name, None, uncertain=True, complete=False)
    if one is not None and other is not None:
        if reverted.doubted:
            one, other = _without(one, reverted.doubted), _without(other, reverted.doubted)
        if not other.temporary:
            # Of an uncertain table, what is known on both sides can still be compared.
            yield from _columns(one, other)
            yield from _members(one, other, one.constraints, other.constraints, _same_constraint, _constraint_text)
            yield from _members(one, other, one.indexes, other.indexes, _same_index, _index_text)
            if _certain(one, other):
                yield from _attached(one, other)
    elif one is not None and not one.uncertain and not one.temporary:
        yield Difference("missing", "table", str(name), origin=one.origin)
    elif other is not None and not other.uncertain and not other.temporary:
        yield Difference("left", "table", str(name), origin=other.origin)


def _without(table: Table, doubted: frozenset[str]) -> Table:
    """The table without what an operation on an unknown table may have changed."""
    return replace(
        table,
        columns={name: item for name, item in table.columns.items() if name not in doubted},
        constraints={name: item for name, item in table.constraints.items() if name not in doubted},
        indexes={name: item for name, item in table.indexes.items() if name not in doubted},
    )


def _lacks(table: Table, member: str) -> bool:
    """Whether a table surely has no such column, constraint or index."""
    return table.complete or member in table.gone


def _is_left(one: Table, thing: Column | Constraint | Index) -> bool:
    """Whether what *one* does not have was surely not there: what a downgrade makes may be what was."""
    made_by_upgrade = thing.origin is not None and thing.origin.upgrade
    return not thing.uncertain and (made_by_upgrade or _lacks(one, thing.name))


def _columns(one: Table, other: Table) -> Iterator[Difference]:
    if one.columns is other.columns:
        return
    for name in {**one.columns, **other.columns}:
        was, now = one.columns.get(name), other.columns.get(name)
        if was is None:
            if now is not None and _is_left(one, now):
                yield Difference("left", "column", name, one.name, origin=now.origin)
        elif now is None:
            if not was.uncertain and _lacks(other, name):
                yield Difference("missing", "column", name, one.name, origin=was.origin)
        elif was is not now and _certain(was, now):
            yield from _column(one, was, now)


def _column(table: Table, was: Column, now: Column) -> Iterator[Difference]:
    def changed(what: str, old: str, new: str) -> Difference:
        return Difference("changed", "column", was.name, table.name, what, old, new, now.origin)

    if was.type.known and now.type.known and not same_type(was.type, now.type):
        yield changed("type", str(was.type), str(now.type))
    if was.nullable != now.nullable:
        yield changed("nullable", _nullable(was), _nullable(now))
    if was.identity != now.identity:
        yield changed("identity", _identity(was), _identity(now))
    if (was.computed is None) != (now.computed is None):
        yield changed("computed", "computed" if was.computed else "plain", "computed" if now.computed else "plain")
    elif not same_default(was.default, was.type, now.default, now.type):
        yield changed("default", _default(was.default), _default(now.default))


def _nullable(column: Column) -> str:
    return "nullable" if column.nullable else "NOT NULL"


def _identity(column: Column) -> str:
    return "no identity column" if column.identity is None else "an identity column"


def _default(default: ops.Default | None) -> str:
    return "without default" if default is None else f"DEFAULT {default.sql}"


_Member = TypeVar("_Member", Constraint, Index)


def _members(
    one: Table,
    other: Table,
    before: Mapping[str, _Member],
    reverted: Mapping[str, _Member],
    same: Callable[[_Member, _Member], bool],
    told: Callable[[_Member], str],
) -> Iterator[Difference]:
    """The constraints, or the indexes, of a table. One that only has another name now is told as renamed."""
    if before is reverted:
        return
    missing, left = [], []
    for name in {**before, **reverted}:
        was, now = before.get(name), reverted.get(name)
        if was is None:
            if now is not None and _is_left(one, now):
                left.append(now)
        elif now is None:
            if not was.uncertain and _lacks(other, name):
                missing.append(was)
        elif was is not now and _certain(was, now) and not same(was, now):
            yield Difference("changed", _kind(now), name, one.name, "definition", told(was), told(now), now.origin)
    for gone in missing:
        renamed = next((thing for thing in left if _kind(thing) == _kind(gone) and same(gone, thing)), None)
        if renamed is None:
            # Of two that are the same, one is enough.
            alike = (other for other in reverted.values() if _kind(other) == _kind(gone) and _certain(other))
            if not any(same(gone, other) for other in alike):
                yield Difference("missing", _kind(gone), gone.name, one.name, origin=gone.origin)
            continue
        left.remove(renamed)
        if not _is_guessed(gone) and not _is_guessed(renamed):
            yield Difference(
                "renamed", _kind(gone), gone.name, one.name, was=gone.name, now=renamed.name, origin=renamed.origin
            )
    for thing in left:
        # One that may have been dropped may be the same under another name.
        doubted = [item for item in reverted.values() if item.uncertain and item.name in before]
        if not any(_kind(item) == _kind(thing) and item.columns == thing.columns for item in doubted):
            yield Difference("left", _kind(thing), thing.name, one.name, origin=thing.origin)


def _is_guessed(member: Constraint | Index) -> bool:
    return isinstance(member, Constraint) and member.guessed


def _kind(member: Constraint | Index) -> str:
    return member.kind if isinstance(member, Constraint) else "index"


def _same_constraint(one: Constraint, other: Constraint) -> bool:
    was, now = one.definition, other.definition
    if type(was) is not type(now):
        return False
    if isinstance(was, ops.Check) and isinstance(now, ops.Check):
        return _same_expression(was.sql, now.sql)
    if isinstance(was, ops.ForeignKey) and isinstance(now, ops.ForeignKey):
        return (
            was.columns == now.columns
            and was.referred == now.referred
            # The columns of a table from before the history may be unknown on one side.
            and (was.referred_columns == now.referred_columns or not was.referred_columns or not now.referred_columns)
            and _action(was.ondelete) == _action(now.ondelete)
            and _action(was.onupdate) == _action(now.onupdate)
            and (was.deferrable, was.deferred) == (now.deferrable, now.deferred)
            # Nothing takes a validation back, and nobody needs it taken back.
            and (was.not_valid or not now.not_valid)
        )
    return _bare(was) == _bare(now)


def _bare(constraint: ops.Constraint) -> ops.Constraint:
    return replace(constraint, name=None, final=False, place=ops.NOWHERE)


def _action(action: str | None) -> str:
    return (action or "NO ACTION").upper()


def _constraint_text(constraint: Constraint) -> str:
    definition = constraint.definition
    columns = ", ".join(constraint.columns)
    deferred = " DEFERRABLE" * definition.deferrable + " INITIALLY DEFERRED" * definition.deferred
    match definition:
        case ops.PrimaryKey():
            return f"PRIMARY KEY ({columns}){deferred}"
        case ops.Unique():
            return f"UNIQUE ({columns}){deferred}"
        case ops.ForeignKey():
            actions = "".join(
                f" ON {event} {_action(action)}"
                for event, action in (("DELETE", definition.ondelete), ("UPDATE", definition.onupdate))
                if _action(action) != "NO ACTION"
            )
            referred = f"{definition.referred}({', '.join(definition.referred_columns)})"
            not_valid = " NOT VALID" * definition.not_valid
            return f"FOREIGN KEY ({columns}) REFERENCES {referred}{actions}{deferred}{not_valid}"
        case ops.Check():
            return f"CHECK ({definition.sql})"
        case _:
            return f"EXCLUDE ({columns})"


def _same_index(one: Index, other: Index) -> bool:
    was, now = one.definition, other.definition
    return (
        was.unique == now.unique
        and (was.using or "btree").lower() == (now.using or "btree").lower()
        and was.include == now.include
        and was.nulls_not_distinct == now.nulls_not_distinct
        and (was.where is None) == (now.where is None)
        and (was.where is None or _same_expression(was.where, now.where))
        and len(was.elements) == len(now.elements)
        and all(map(_same_element, was.elements, now.elements))
    )


def _same_element(one: ops.IndexElement, other: ops.IndexElement) -> bool:
    if (one.opclass, one.order) != (other.opclass, other.order):
        return False
    if one.collation != other.collation and HOLE not in (one.collation, other.collation):
        return False
    if one.column is not None or other.column is not None:
        return one.column == other.column
    return _same_expression(one.sql, other.sql)


def _index_text(index: Index) -> str:
    definition = index.definition
    keys = ", ".join(map(_element_text, definition.elements))
    using = f" USING {definition.using}" if definition.using and definition.using.lower() != "btree" else ""
    where = f" WHERE {definition.where}" if definition.where else ""
    return f"{'UNIQUE ' * definition.unique}INDEX{using} ({keys}){where}"


def _element_text(element: ops.IndexElement) -> str:
    collation = f'COLLATE "{element.collation}"' if element.collation else ""
    parts = (element.column or f"({element.sql})", collation, element.opclass or "", element.order)
    return " ".join(part for part in parts if part)


def _attached(one: Table, other: Table) -> Iterator[Difference]:
    if one.attached is other.attached:
        return
    for kind, name in {**one.attached, **other.attached}:
        was, now = one.attached.get((kind, name)), other.attached.get((kind, name))
        if was is None:
            if now is not None and not now.uncertain:
                yield Difference("left", kind, name, one.name, origin=now.origin)
        elif now is None and not was.uncertain:
            yield Difference("missing", kind, name, one.name, origin=was.origin)


def _sequence(name: Name, before: Schema, reverted: Schema) -> Iterator[Difference]:
    one, other = before.sequences.get(name), reverted.sequences.get(name)
    if one is not None and other is not None:
        if _certain(one, other) and one.type != other.type:
            yield Difference("changed", "sequence", str(name), one.table, "type", one.type, other.type, other.origin)
        return
    thing, schema = (one, before) if one is not None else (other, reverted)
    if thing is None or thing.uncertain:
        return
    if thing.table is not None and not _is_used(thing, schema, reverted if thing is one else before):
        return
    yield Difference("missing" if thing is one else "left", "sequence", str(name), thing.table, origin=thing.origin)


def _is_used(sequence: Sequence, here: Schema, there: Schema) -> bool:
    """Whether the column that owns a sequence takes its values, and is there without it too.

    Else it comes and goes with its column, which is told of already, or nobody knows whether it is there at all.
    """
    owner = here.column(sequence.table, sequence.column or "") if sequence.table is not None else None
    other = there.column(sequence.table, sequence.column or "") if sequence.table is not None else None
    return owner is not None and other is not None and (owner.identity is not None or takes_from(owner, sequence.name))


def _object(key: Key, before: Schema, reverted: Schema) -> Iterator[Difference]:
    one, other = before.objects.get(key), reverted.objects.get(key)
    if one is not None and other is not None:
        compared = _certain(one, other) and key.kind in (*RELATIONS, "function")
        if compared and not _same_expression(one.definition, other.definition):
            yield Difference("changed", key.kind, str(key.name), what="definition", origin=other.origin)
    elif one is not None and not one.uncertain:
        yield Difference("missing", key.kind, str(key.name), origin=one.origin)
    elif other is not None and not other.uncertain:
        yield Difference("left", key.kind, str(key.name), origin=other.origin)


# --- what is spelled differently and the same ------------------------------------------------------------------------

_TOKEN = re.compile(
    r"'(?:[^']|'')*'|\"[^\"]*\"|::\s*(?:character varying|double precision|[\w.\"]+)(?:\[\])?"
    r"|(?P<unlike>not\s+in\b|(?:<>|!=)(?:\s*all\b)?)|[\w.]+|[^\s\w]",
    re.IGNORECASE,
)
# Words of PostgreSQL's own spelling of an IN list, = ANY (ARRAY[…]), and brackets: they may be there or not.
_SPELLING = frozenset({"(", ")", "[", "]", ",", "=", "any", "array", "in"})


def _same_expression(one: str | None, other: str | None) -> bool:
    """Whether two expressions are made of the same names, literals and operators; unread ones are taken for equal."""
    if one is None or other is None or HOLE in one or HOLE in other:
        return True
    return one == other or _essence(one) == _essence(other)


def _essence(sql: str) -> list[str]:
    return [
        # PostgreSQL keeps NOT IN (…) as <> ALL (ARRAY[…]), and != as <>.
        "<>"
        if match["unlike"]
        else token
        if token[0] == "'"
        else token.strip('"')
        if token[0] == '"'
        else token.lower()
        for match in _TOKEN.finditer(sql)
        if not (token := match[0]).startswith("::") and token.lower() not in _SPELLING
    ]


_CAST = re.compile(
    r"::\s*(?:character varying|double precision|timestamp with(?:out)? time zone|[\w.\"]+)(?:\(\d+\))?(?:\[\])?$"
)


def same_default(one: ops.Default | None, one_type: Type, other: ops.Default | None, other_type: Type) -> bool:
    """Whether two server defaults are one to PostgreSQL, however they are spelled; unread ones are taken for equal."""
    if one is None or other is None:
        return (one is None or _is_null(one)) and (other is None or _is_null(other))
    if not one.known or not other.known:
        return True
    return _settled(one, one_type) == _settled(other, other_type)


def _is_null(default: ops.Default) -> bool:
    # DEFAULT NULL is no default at all: nothing is stored for it.
    return default.sql is not None and _CAST.sub("", default.sql.strip()).lower() == "null"


def _settled(default: ops.Default, type_: Type) -> str:
    """A default as PostgreSQL would show it, near enough to compare two of them."""
    sql = (default.sql or "").strip()
    while sql.startswith("(") and sql.endswith(")") and _closes_last(sql):
        sql = sql[1:-1].strip()
    uncast = _CAST.sub("", sql)
    while uncast.startswith("(") and uncast.endswith(")") and _closes_last(uncast):
        uncast = uncast[1:-1].strip()
    literal = uncast[1:-1].replace("''", "'") if re.fullmatch(r"'(?:[^']|'')*'", uncast) else None
    value = literal if literal is not None else uncast
    if type_.name == "boolean" and not type_.dimensions and value.lower() in TRUTHS:
        return TRUTHS[value.lower()]
    if re.fullmatch(r"-?\d+(\.\d+)?", value.strip()):
        # A number is stored as one, whether it was quoted or not; of text it is the text.
        return (
            value.strip() if type_.name in BUILT_IN and type_.name not in ("text", "varchar", "char") else f"'{value}'"
        )
    if literal is not None:
        return f"'{literal}'"
    return " ".join(_essence(uncast))


def _closes_last(sql: str) -> bool:
    """Whether the first bracket closes with the last one."""
    depth = 0
    for position, letter in enumerate(sql):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return position == len(sql) - 1
    return False
