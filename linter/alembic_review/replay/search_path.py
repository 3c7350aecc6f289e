"""``search_path``: which schema a name without one means, after SET, ``set_config()`` and RESET."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import fields, replace

from alembic_review import operations as ops
from alembic_review.casts import BUILT_IN
from alembic_review.replay.draft import Draft, plain, touched
from alembic_review.replay.outcome import DEFAULT_PATH, UNKNOWN_PATH, Path
from alembic_review.schema import RELATIONS, Key, Schema, words
from alembic_review.types import HOLE, Enum, Name, Type

_SYSTEM = ("$user", "pg_catalog", "pg_temp")
_WITHOUT_SCHEMA = ("schema", "extension", "database", "owned", "other")
_OBJECTS = (*RELATIONS, "function", "type", "domain")


def follow(draft: Draft, operation: ops.Execute) -> None:
    """A statement that may set the search path."""
    path = _set_to(operation)
    if path is None:
        return
    if not is_local(operation):
        draft.run = replace(draft.run, path=path, lasting_path=path)
    elif not operation.autocommit:
        draft.run = replace(draft.run, path=path)


def lose(draft: Draft, operation: ops.Unread) -> None:
    """A statement that may set the search path, and could not be read."""
    if "search_path" in words(operation.sql or operation.what):
        draft.run = replace(draft.run, path=UNKNOWN_PATH, lasting_path=UNKNOWN_PATH)


def is_local(operation: ops.Operation) -> bool:
    """Whether what is set holds until the end of the transaction only."""
    said = words(operation.sql or "")
    return "local" in said or {"set_config", "true"} <= said


def _set_to(operation: ops.Execute) -> Path | None:
    """The path that is set, None where it stays as it is."""
    given = [value for name, value in operation.settings if name.lower() == "search_path"]
    if given:
        names = [name.strip().strip('"') for name in given[-1].split(",")]
        path = tuple([name for name in names if name and name not in _SYSTEM])
        # Without any schema, nothing can be made.
        return UNKNOWN_PATH if not path or any(HOLE in name for name in path) else path
    said = words(operation.sql or "")
    verb = operation.verb.partition(" ")[0]
    if verb in ("RESET", "DISCARD") and said & {"search_path", "all"}:
        return DEFAULT_PATH
    return DEFAULT_PATH if verb == "SET" and {"search_path", "default"} <= said else None


def locate(draft: Draft, operation: ops.Operation) -> ops.Operation:
    """The operation with every name that has no schema in the one where the path finds it, or makes it.

    Where the path is not known, the table that is found without one may be meant.
    """
    path = draft.run.path
    locator = _Locator(operation, draft.schema(), path)
    located: ops.Operation = locator.moved(operation)
    draft.origin = draft.origin._replace(operation=located)
    if path == UNKNOWN_PATH:
        for name in locator.names:
            table = draft.tables.get(name)
            if table is not None:
                draft.put(table, replace(touched(table), uncertain=True))
    return located


class _Locator:
    """Puts the names of one operation into schemas; `names` are those that had none."""

    def __init__(self, operation: ops.Operation, schema: Schema, path: Path) -> None:
        self._operation = operation
        self._schema = schema
        self._path = path
        self.names: list[Name] = []

    def moved(self, value: Any) -> Any:
        """*value* with the names in it that something is found by."""
        match value:
            case Name():
                return self._found(value)
            case Enum(name=Name() as name):
                by_sqlalchemy = isinstance(self._operation, ops.CreateTable) and self._operation.by_sqlalchemy
                return replace(value, name=self._made(name) if by_sqlalchemy and value.creates else self._found(name))
            case Type(enum=None, schema=None):
                found = self._found(Name(value.name)) if value.known and value.name not in BUILT_IN else None
                return replace(value, schema=found.schema) if found is not None and self._is_there(found) else value
            case ops.Condition() | ops.Place():
                return value
            case Struct():
                changed = {field.name: self._field(value, field.name) for field in fields(value)}
                return replace(value, **{name: new for name, new in changed.items() if new is not getattr(value, name)})
            case tuple() if value:
                items = [self.moved(item) for item in value]
                return value if all(map(lambda one, other: one is other, items, value)) else tuple(items)
            case _:
                return value

    def _field(self, holder: Struct, field: str) -> Any:
        value = getattr(holder, field)
        match holder, field:
            case (ops.CreateTable(temporary=True), "table") | (ops.Column() | ops.Index() | ops.IndexElement(), "name"):
                return value
            case (ops.CreateTable(), "table") | (ops.CreateEnum(), "name"):
                return self._made(value)
            case (ops.CreateObject() | ops.DropObject() | ops.RenameObject(), "name" | "new_name"):
                # The name of a trigger, policy or rule is one of its table.
                if holder.kind in _WITHOUT_SCHEMA or getattr(holder, "table", None) is not None:
                    return value
                if isinstance(holder, ops.CreateObject):
                    return self._made(value)
                if field == "new_name":
                    return value if value.schema else Name(value.name, self._found(holder.name).schema)
                return self._found(value)
            case _:
                return self.moved(value)

    def _made(self, name: Name) -> Name:
        return name if name.schema is not None else self._at(name, self._path[0])

    def _found(self, name: Name) -> Name:
        if name.schema is not None or not name.known or not name.name:
            return name
        temporary = self._schema.tables.get(name)
        if temporary is not None and temporary.temporary:
            return name
        places = [self._at(name, schema) for schema in self._path]
        return next(filter(self._is_there, places), places[0])

    def _at(self, name: Name, schema: str) -> Name:
        self.names.append(name)
        return plain(Name(name.name, schema))

    def _is_there(self, name: Name) -> bool:
        schema = self._schema
        return (
            name in schema.tables
            or name in schema.indexes
            or name in schema.sequences
            or name in schema.enums
            or any(Key(kind, name) in schema.objects for kind in _OBJECTS)
        )
