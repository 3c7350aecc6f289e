"""Every way to the database: `op`, connections, sessions, inspectors, and the tables and types that make themselves."""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from alembic_review.operations import (
    CreateEnum,
    CreateIndex,
    CreateObject,
    CreateTable,
    DropEnum,
    DropIndex,
    DropObject,
    DropTable,
    Execute,
    Insert,
    Operation,
    Place,
    PythonCall,
    Raise,
    Unread,
)
from alembic_review.parsing import columns as of
from alembic_review.parsing import directives, statements
from alembic_review.parsing.builtins import call_method, call_standard, substituted
from alembic_review.parsing.evaluate import DATABASE, NEVER_FOLLOWED, Evaluator
from alembic_review.parsing.frames import Exhausted
from alembic_review.parsing.reach import acts, is_handle
from alembic_review.parsing.values import (
    Batch,
    ClassValue,
    Closure,
    FilePath,
    Globals,
    Handle,
    InstanceOf,
    Listed,
    Made,
    Member,
    Names,
    OneOf,
    Query,
    Ref,
    Result,
    Some,
    Unknown,
)
from alembic_review.types import HOLE, UNKNOWN_NAME, Name

ReadSQL = Callable[[str, Callable[[int, int], Place], Callable[[], int]], list[Operation]]
AskSQL = Callable[[str], "Query | None"]

_EXECUTES = frozenset(["execute", "scalar", "scalars", "exec_driver_sql", "exec", "executemany", "copy_expert"])
_FETCHES = frozenset(
    [
        "fetchall",
        "fetchone",
        "fetchmany",
        "first",
        "one",
        "one_or_none",
        "scalar",
        "scalars",
        "scalar_one",
        "scalar_one_or_none",
        "all",
        "mappings",
        "partitions",
        "yield_per",
        "unique",
        "__iter__",
        "columns",
        "keys",
        "tuples",
    ]
)
_ENGINES = ("create_engine", "engine_from_config")
_CONNECTS = frozenset([*_EXECUTES, "connect", "begin", "raw_connection", "run_callable", "transaction"])
_READS = frozenset(["rowcount", "inserted_primary_key", "lastrowid"])
_COUNTS = frozenset(["count", "get"])
_SAME_SESSION = frozenset(
    ["begin_nested", "begin", "no_autoflush", "connection", "get_bind", "execution_options", "connect"]
)

# What a function that looks for something is called, in helpers that a history's project keeps elsewhere:
# table_exists("x"), has_column("t", "x"), index_exists("t", "ix"), …
_LOOKS = re.compile(
    r"^_?(?:check_|check_if_|is_|does_)?(?:has_|have_)?(?P<what>table|column|index|constraint|fk|foreign_key|enum|type|"
    r"unique_constraint|view|sequence|schema)(?:_has_(?P<inner>column|index|constraint))?(?:_?exists?)?(?:_in_\w+)?$"
)

_LISTS = {
    "get_table_names": "table",
    "get_view_names": "view",
    "get_materialized_view_names": "view",
    "get_schema_names": "schema",
    "get_sequence_names": "sequence",
    "get_columns": "column",
    "get_indexes": "index",
    "get_foreign_keys": "constraint",
    "get_unique_constraints": "constraint",
    "get_check_constraints": "constraint",
    "get_enums": "enum",
}

_IDENTIFIER = re.compile(rf"[\w{HOLE}]+")

# What SQLAlchemy has that is given its name first, and tells it as `.name`.
_NAMED = frozenset(["Column", "column", "mapped_column", "Table", "table", "Index", "Sequence"])

_MOST_SQL = 4_000_000
"""Of more letters of SQL in one file, the rest is not read."""

_OF_MYSQL = ("mysqldb", "pymysql", "mysqlconnector", "mariadbconnector", "cymysql", "aiomysql", "asyncmy", "pyodbc")
# The drivers that SQLAlchemy has for each dialect.
_DRIVERS = {
    "postgresql": ("psycopg2", "psycopg", "asyncpg", "pg8000", "psycopg2cffi"),
    "mysql": _OF_MYSQL,
    "mariadb": _OF_MYSQL,
    "sqlite": ("pysqlite", "aiosqlite", "pysqlcipher", "pysqlite_numeric", "pysqlite_dollar"),
    "oracle": ("cx_oracle", "oracledb"),
    "mssql": ("pyodbc", "pymssql", "aioodbc", "mssqlpython"),
}

# What SQLAlchemy's dialects say of themselves.
_SUPPORTS = {
    "supports_sequences": ("postgresql", "oracle", "mssql"),
    "supports_alter": ("postgresql", "mysql", "oracle", "mssql"),
    "supports_comments": ("postgresql", "mysql", "oracle", "mssql"),
    "supports_native_enum": ("postgresql", "mysql"),
}

_RESOURCES = frozenset(
    [
        "pkgutil.get_data",
        *(f"pkg_resources.resource_{what}" for what in ("filename", "stream", "string")),
        *(
            f"{library}.{name}"
            for library in ("importlib.resources", "importlib_resources")
            for name in ("as_file", "files", "open_binary", "open_text", "path", "read_binary", "read_text")
        ),
    ]
)
"""What finds files by the package that they lie in."""

_HARMLESS = frozenset(["logging", "loguru", "structlog", "warnings", "time", "sys", "os", "gc"])


class Connections:
    """What calls mean for the database; collects the operations of the function that is run."""

    def __init__(
        self,
        read_sql: ReadSQL,
        ask_sql: AskSQL,
        read_file: Callable[[str], str | None],
        wrappers: Mapping[str, str],
    ) -> None:
        self.operations: list[Operation] = []
        self._read_sql = read_sql
        self._ask_sql = ask_sql
        self._read_file = read_file
        self._wrappers = wrappers
        self._sent = 0
        self._batch: int | None = None
        # The tables that are described in full, in order.
        self._tables: list[Made] = []
        # Whether there are engines, and those that have connected.
        self._engines = False
        self._connected: list[Made] = []

    # --- what the evaluator asks ----------------------------------------------------------------------------------

    def apart(self) -> Connections:
        return Connections(self._read_sql, self._ask_sql, self._read_file, self._wrappers)

    def raised(self, evaluator: Evaluator, place: Place, exception: str, message: str) -> None:
        self.add(Raise(exception=exception, message=message, **self.fields(evaluator, place)))

    def lost(self, evaluator: Evaluator, place: Place, why: str) -> None:
        self.add(Unread(what="the rest of the function", why=why, anything=True, **self.fields(evaluator, place)))

    def fields(self, evaluator: Evaluator, place: Place) -> dict[str, Any]:
        """What every operation has that is added now."""
        return {
            "place": place,
            "conditions": evaluator.conditions,
            "autocommit": evaluator.autocommit,
            "guard": evaluator.guard,
            "savepoint": evaluator.savepoint,
            "engine": evaluator.engine,
        }

    def add(self, *operations: Operation) -> None:
        """Take up operations."""
        self.operations.extend(operations)

    def attribute(self, evaluator: Evaluator, owner: Any, name: str) -> Any:
        if isinstance(owner, Handle):
            if owner.kind == "context" and name == "as_sql":
                self.add(PythonCall(call="asks-offline", **self.fields(evaluator, Place())))
            return _handle_attribute(evaluator, owner, name)
        if isinstance(owner, (Made, Member)) and name == "dialect":
            return Handle("dialect")
        if isinstance(owner, Made) and name == "name" and owner.leaf in _NAMED:
            given = owner.given(0, "name")
            return given if isinstance(given, str) else Member(owner, name)
        if isinstance(owner, Made) and name == "schema" and name in owner.kwargs and owner.leaf in _NAMED:
            return owner.kwargs[name]
        if isinstance(owner, Result) and name in _READS:
            self.add(PythonCall(call="reads-result", text=owner.sql or "", **self.fields(evaluator, owner.place)))
        return Member(owner, name)

    def enter(self, evaluator: Evaluator, value: Any) -> Any:
        if isinstance(value, Made):
            if value.leaf == "autocommit_block":
                evaluator.autocommit = True
                return Unknown("a context")
            if isinstance(value.func, Ref) and value.func.name == "builtins.open":
                return value
        if isinstance(value, Batch):
            self._batch = len(self.operations)
        return value

    def decorated(self, evaluator: Evaluator, decorator: Any, closure: Closure) -> None:
        pass

    def leave(self, value: Any) -> None:
        if isinstance(value, Batch):
            self._batch = None

    def call(self, evaluator: Evaluator, func: Any, made: Made) -> Any:
        if self._engines and not (isinstance(func, Ref) and func.root in sys.stdlib_module_names):
            for argument in (*made.args, *made.kwargs.values()):
                # Session(engine), create_all(bind=engine), a function that is not followed.
                self._connects(evaluator, argument)
        if isinstance(func, Ref):
            return self._call_ref(evaluator, func, made)
        if isinstance(func, Member):
            return self._call_member(evaluator, func, made)
        if isinstance(func, Made):
            if func.leaf in ("sessionmaker", "scoped_session"):
                return Handle("session")
            if func.leaf == "partial" and func.args:
                return evaluator.call(
                    func.args[0],
                    Made(func.args[0], [*func.args[1:], *made.args], {**func.kwargs, **made.kwargs}, made.place),
                )
            return self._lost_call(evaluator, made, "a function that is not known") if acts(evaluator, func) else made
        if isinstance(func, Unknown):
            return self._lost_call(evaluator, made, "a function that is not known")
        return Unknown("a call that is not followed")

    # --- functions by their dotted names --------------------------------------------------------------------------

    def _call_ref(self, evaluator: Evaluator, ref: Ref, made: Made) -> Any:
        name = ref.name
        if name.endswith(_ENGINES):
            self._engines = True
        if name.startswith(DATABASE + "."):
            return self._directive(evaluator, name[len(DATABASE) + 1 :], made, None)
        if ref.root == "alembic":
            if name == "alembic.context.execute":
                return self.execute(evaluator, made.given(0, "sql"), made, wrapped=True)
            if name.endswith((".Operations", ".Operations.context")):
                return Ref(DATABASE)
            if ref.leaf == "is_offline_mode":
                self.add(PythonCall(call="asks-offline", **self.fields(evaluator, made.place)))
            return _alembic(name, made)
        wrapped = self._wrappers.get(name) or self._wrappers.get(ref.leaf)
        if wrapped is not None:
            args = [arg for arg in made.args if not is_handle(arg)]
            return self._directive(evaluator, wrapped, Made(ref, args, made.kwargs, made.place), None)
        if ref.root == "sqlalchemy":
            if ref.leaf == "Table" and len(made.args) > 2:
                self._tables.append(made)
            return _sqlalchemy(evaluator, ref, made)
        if name in _RESOURCES and made.args:
            return self._resource(evaluator, ref.leaf, made)
        if name in ("codecs.open", "io.open"):
            return Made(Ref("builtins.open"), made.args, made.kwargs, made.place)
        if ref.root == "builtins":
            if ref.leaf in ("eval", "exec"):
                return self._code(evaluator, made)
            return self._lost_call(evaluator, made, "a function that is handed on")
        if ref.root in sys.stdlib_module_names:
            value = call_standard(evaluator, name, made)
            if value is not None:
                return value
            if acts(evaluator, *made.args, *made.kwargs.values()):
                return self._lost_call(evaluator, made, "a function that is handed on")
            if name.startswith(("pathlib", "importlib", "sqlite3")):
                return made
            return Unknown("a result of the standard library")
        if ref.leaf in ("Session", "sessionmaker") and any(map(is_handle, [*made.args, *made.kwargs.values()])):
            return Handle("session")
        if of.is_type(made) and ref.leaf[:1].isupper() and not any(map(is_handle, made.args)):
            return made
        asked = _looks(ref.leaf, made)
        if asked is not None:
            return self._asked(asked)
        return self._lost_call(evaluator, made, "a function from outside the tree that is read")

    def _code(self, evaluator: Evaluator, made: Made) -> Any:
        text = made.args[0] if made.args else None
        if made.leaf == "eval" and isinstance(text, str) and _IDENTIFIER.fullmatch(text):
            # Alembic's older multidb template: eval("upgrade_%s" % engine_name)()
            return evaluator.attribute(Globals(), text)
        why = "code that is made while it runs"
        self.add(Unread(what=f"{made.leaf}(…)", why=why, anything=True, **self.fields(evaluator, made.place)))
        return Unknown(why)

    def _asked(self, value: Any) -> Any:
        """What a question to the database gives, with when it was asked.

        A batch does nothing before it ends.
        """
        since = len(self.operations) if self._batch is None else self._batch
        match value:
            case Query() | Names():
                return replace(value, since=since)
            case Some(query=query):
                return Some(self._asked(query))
            case Listed(names=names):
                return Listed(self._asked(names))
            case dict():
                return {key: self._asked(item) for key, item in value.items()}
            case _:
                return value

    def _lost_call(self, evaluator: Evaluator, made: Made, why: str) -> Any:
        """A call that is not followed: what it may do to the database is said, where it is handed a way to it."""
        func = made.func
        leaf = made.leaf
        if isinstance(func, Ref) and (func.root in _HARMLESS or leaf in ("getLogger",)):
            return Unknown("a result of the standard library")
        given = [*made.args, *made.kwargs.values(), *(func.of if isinstance(func, Unknown) else ())]
        acting = acts(evaluator, func, *given)
        # A function of the project that is called for what it does may use Alembic's `op` without being handed it.
        unknown = isinstance(func, Unknown) or (isinstance(func, Ref) and leaf[:1].islower())
        named = made.discarded and unknown and evaluator.running
        if acting or named or any(map(is_handle, given)):
            tables, anything = _touched(evaluator, made)
            self.add(
                Unread(
                    what=f"{leaf or 'call'}(…)",
                    why=why,
                    tables=tables,
                    anything=acting or anything,
                    **self.fields(evaluator, made.place),
                )
            )
        return Made(func, made.args, made.kwargs, made.place) if isinstance(func, Ref) else Unknown(why)

    def _directive(self, evaluator: Evaluator, name: str, made: Made, batch: Batch | None) -> Any:
        if name == "get_bind":
            return Handle("bind")
        if name in ("get_context", "migration_context"):
            return Handle("context")
        if name == "batch_alter_table" and batch is None:
            table = of.qualified(evaluator, made.given(0, "table_name"), made.given(1, "schema"))
            recreate = made.given(2, "recreate", "auto")
            return Batch(table, recreate if isinstance(recreate, str) else "auto")
        if name == "run_async":
            return self._handed_over(evaluator, made)
        if name == "invoke":
            why = "an operation that is made by hand"
            self.add(Unread(what="op.invoke(…)", why=why, anything=True, **self.fields(evaluator, made.place)))
            return None
        if name in ("execute", "impl.execute"):
            if len(made.args) > 1:
                self.add(PythonCall(call="parameters", text="op.execute", **self.fields(evaluator, made.place)))
            value = made.given(0, "sqltext")
            self.execute(evaluator, value, made, wrapped=True)
            return None
        if name == "f" or name in directives.OTHERS:
            return made
        operations = directives.read(evaluator, name, made, batch, self.fields(evaluator, made.place))
        if operations is None:
            self.add(
                Unread(
                    what=f"op.{name}",
                    why="a directive that is not known",
                    verb=name,
                    anything=True,
                    **self.fields(evaluator, made.place),
                )
            )
            return Unknown("a directive that is not known")
        self.add(*operations)
        if name == "create_table":
            return Made(Ref("sqlalchemy.Table"), [made.args[0] if made.args else HOLE], made.kwargs, made.place)
        return None

    # --- methods --------------------------------------------------------------------------------------------------

    def _call_member(self, evaluator: Evaluator, member: Member, made: Made) -> Any:
        owner, name = member.owner, member.name
        if isinstance(owner, Batch):
            return self._directive(evaluator, name, made, owner)
        if isinstance(owner, OneOf):
            return owner.agreed(lambda text: call_method(evaluator, text, name, made))
        if isinstance(owner, Globals):
            if name == "get" and made.args:
                return evaluator.attribute(owner, made.args[0] if isinstance(made.args[0], str) else HOLE)
            return self._call_global(evaluator, name, made)
        if _is_of_sqlite3(owner):
            return made
        if name == "cursor" and isinstance(owner, (Handle, Made, Member, Unknown)):
            return Handle("cursor")
        if isinstance(owner, Handle):
            return self._call_handle(evaluator, owner, name, made)
        if isinstance(owner, Result):
            if name in _FETCHES:
                self.add(PythonCall(call="reads-result", text=owner.sql or "", **self.fields(evaluator, owner.place)))
            return Result(owner.sql, owner.place, owner.query)
        if isinstance(owner, Made):
            done = self._call_made(evaluator, owner, name, made)
            if done is not NotImplemented:
                return done
        if isinstance(owner, Member) and owner.name == "metadata" and name in ("create_all", "drop_all"):
            return self._all_tables(evaluator, name, made)
        if isinstance(owner, Member) and owner.name == "__table__":
            return self._table_itself(evaluator, owner, name, made)
        if isinstance(owner, Member) and name in ("create", "drop") and directives.table_of(evaluator, owner).known:
            # metadata.tables["t"].drop(bind)
            return self._table_itself(evaluator, owner, name, made)
        if isinstance(owner, Unknown) and name == "enter_context" and made.args:
            return self.enter(evaluator, made.args[0])
        if isinstance(owner, (Unknown, Member, InstanceOf)):
            if name in _EXECUTES and made.args:
                # "connection" by any name: what is handed SQL executes it.
                return self.execute(evaluator, made.args[0], made, wrapped=False)
            if isinstance(owner, Unknown):
                return self._lost_call(evaluator, made, owner.why) if _handed(evaluator, made) else Unknown(owner.why)
        if acts(evaluator, member, *made.args, *made.kwargs.values()):
            return self._lost_call(evaluator, made, "a function that is not known")
        return made

    def _call_global(self, evaluator: Evaluator, pattern: str, made: Made) -> Any:
        """``globals()["upgrade_%s" % engine_name]()`` of the multidb template: each function that it may mean."""
        prefix = pattern.partition(HOLE)[0]
        for name, value in list(evaluator.module(evaluator.source).names.items()):
            if name.startswith(prefix) and isinstance(value, Closure) and name != prefix.rstrip("_"):
                evaluator.engine = name[len(prefix) :]
                evaluator.call_closure(value, made.args, made.kwargs)
                evaluator.engine = ""
        return None

    def _call_handle(self, evaluator: Evaluator, handle: Handle, name: str, made: Made) -> Any:
        kind = handle.kind
        if kind == "inspector":
            return self._asked(_inspect(evaluator, name, made))
        if kind == "dialect":
            if name == "has_table":
                arguments = [arg for arg in made.args if not is_handle(arg)]
                return self._asked(_asked_table(evaluator, arguments, made))
            if name == "type_descriptor" and made.args:
                return made.args[0]
            return Unknown("what the dialect knows")
        if kind == "context":
            if name == "autocommit_block":
                return Made(Member(handle, name), made.args, made.kwargs, made.place)
            if name in _EXECUTES and made.args:
                return self.execute(evaluator, made.args[0], made, wrapped=False)
            return Unknown("what the migration context knows")
        if name in _EXECUTES and (made.args or made.kwargs):
            value = made.args[0] if made.args else next(iter(made.kwargs.values()))
            raw = name == "exec_driver_sql" or kind == "cursor"
            return self.execute(evaluator, value, made, wrapped=raw, driver=raw, session=kind == "session")
        if kind == "cursor" and name in _FETCHES:
            self.add(PythonCall(call="reads-result", **self.fields(evaluator, made.place)))
            return Result(None, made.place)
        if name == "execution_options" and kind == "bind":
            self._isolated(evaluator, made.kwargs, made.place)
        if name == "begin_nested":
            evaluator.savepoint = True
        if kind == "session" and name in ("begin", "begin_nested"):
            self.add(PythonCall(call="session.begin", **self.fields(evaluator, made.place)))
        if kind == "bind" and name in ("begin", "begin_nested"):
            # What commits or rolls back is not the connection, but a transaction within Alembic's.
            return Handle("transaction")
        if name in _SAME_SESSION:
            return handle if name != "connection" and name != "get_bind" else Handle("bind")
        if name in ("commit", "rollback", "flush", "close", "invalidate"):
            prefix = "session." if kind == "session" else ""
            if name not in ("close", "invalidate") and kind != "transaction":
                self.add(PythonCall(call=prefix + name, **self.fields(evaluator, made.place)))
            return None
        if kind == "session":
            return self._call_session(evaluator, name, made)
        if name == "run_callable" or name == "run_sync":
            return self._handed_over(evaluator, made)
        return Unknown("what the connection knows")

    def _handed_over(self, evaluator: Evaluator, made: Made) -> Any:
        """A function that is handed to a connection, which calls it with itself."""
        func = evaluator.resolved(made.args[0]) if made.args else None
        if isinstance(func, (Closure, Member)):
            return evaluator.call(func, Made(func, [Handle("bind"), *made.args[1:]], made.kwargs, made.place))
        what = f"{func.leaf if isinstance(func, Ref) else made.leaf}(…)"
        why = "a function that is handed to the connection"
        self.add(Unread(what=what, why=why, anything=True, **self.fields(evaluator, made.place)))
        return Unknown(why)

    def _call_session(self, evaluator: Evaluator, name: str, made: Made) -> Any:
        fields = self.fields(evaluator, made.place)
        if name in ("add", "merge", "add_all", "bulk_save_objects", "bulk_insert_mappings"):
            first = made.args[0] if made.args else None
            items = evaluator.items(first) if name in ("add_all", "bulk_save_objects") else [first]
            table = directives.table_of(evaluator, items[0]) if items else UNKNOWN_NAME
            self.add(PythonCall(call="session.add", **fields), Insert(table=table, **fields))
            if name.startswith("bulk"):
                self.add(PythonCall(call="session.flush", **fields))
            return None
        if name == "delete":
            self.add(
                PythonCall(call="session.add", **fields),
                *statements.deleted(directives.table_of(evaluator, made.given(0, "instance")), fields),
            )
            return None
        if name in ("query", "get"):
            return Made(Member(Handle("session"), name), made.args, made.kwargs, made.place)
        return Unknown("what the session knows")

    def _call_made(self, evaluator: Evaluator, owner: Made, name: str, made: Made) -> Any:
        leaf = owner.leaf
        fields = self.fields(evaluator, made.place)
        if name in ("create", "drop") and leaf in ("Enum", "ENUM", "with_variant"):
            return self._enum_itself(evaluator, owner, name, made)
        if name in ("create", "drop") and leaf in ("Table", "Index"):
            return self._table_itself(evaluator, owner, name, made)
        if name in ("append_column", "append_constraint") and leaf == "Table":
            sure = not evaluator.conditions
            owner.args.extend(made.args if sure else [Unknown("a part of the table that depends on a condition")])
            return None
        if name in ("create", "drop") and leaf == "Sequence":
            return self._sequence_itself(evaluator, owner, name, made)
        if name in ("create_all", "drop_all") and leaf in ("MetaData", "declarative_base"):
            return self._all_tables(evaluator, name, made)
        if name in ("substitute", "safe_substitute") and leaf == "Template":
            return substituted(evaluator, owner.args[0], made)
        if name == "readlines" and leaf == "open":
            return evaluator.items(owner) or Unknown("a file that could not be found")
        if name == "read" and leaf == "open":
            return self._text_of_file(owner.given(0, "file"))
        if (leaf == "query" and isinstance(owner.func, Member)) or _starts_with_query(owner):
            if name in ("update", "delete"):
                self.add(*statements.of_query(evaluator, owner, name, made, fields))
                return Unknown("a number of rows")
            if name in _FETCHES or name in _COUNTS:
                self.add(PythonCall(call="reads-result", **fields))
            return Made(Member(owner, name), made.args, made.kwargs, made.place)
        if _engine_of(owner) is not None:
            if name in _CONNECTS:
                self._connects(evaluator, owner)
            if name in _EXECUTES and made.args:
                return self.execute(evaluator, made.args[0], made, wrapped=False)
            return owner
        if name in _EXECUTES and made.args and leaf not in ("select",):
            return self.execute(evaluator, made.args[0], made, wrapped=False)
        return NotImplemented

    def _connects(self, evaluator: Evaluator, value: Any) -> None:
        """An engine that the revision makes is used; by itself ``create_engine`` opens nothing."""
        engine = _engine_of(value)
        if engine is not None and not any(engine is one for one in self._connected):
            self._connected.append(engine)
            self.add(PythonCall(call="create_engine", **self.fields(evaluator, engine.place)))

    def _enum_itself(self, evaluator: Evaluator, owner: Made, name: str, made: Made) -> Any:
        type_ = of.type_of(evaluator, owner)
        if type_.enum is None or type_.enum.name is None:
            return None
        postgres = owner.leaf == "ENUM"
        # sa.Enum looks only when asked to, postgresql.ENUM unless told not to.
        checked = made.given(1, "checkfirst", postgres) is not False and (
            postgres or made.given(1, "checkfirst", False) is not False
        )
        fields = self.fields(evaluator, made.place)
        if name == "create":
            self.add(CreateEnum(name=type_.enum.name, labels=type_.enum.labels, checked=checked, **fields))
        else:
            self.add(DropEnum(name=type_.enum.name, if_exists=checked, **fields))
        return None

    def _sequence_itself(self, evaluator: Evaluator, owner: Made, name: str, made: Made) -> Any:
        fields = self.fields(evaluator, made.place)
        sequence = of.qualified(evaluator, owner.given(0, "name"), owner.kwargs.get("schema"))
        checked = made.given(1, "checkfirst", True) is not False
        if name == "create":
            self.add(CreateObject(kind="sequence", name=sequence, if_not_exists=checked, **fields))
        else:
            self.add(DropObject(kind="sequence", name=sequence, if_exists=checked, **fields))
        return None

    def _table_itself(self, evaluator: Evaluator, owner: Any, name: str, made: Made) -> Any:
        fields = self.fields(evaluator, made.place)
        checked = made.given(1, "checkfirst", False) is True
        if isinstance(owner, Made) and owner.leaf == "Index" and owner.args:
            index = of.index_of(evaluator, owner.given(0, "name"), owner.args[1:], owner)
            if name == "create":
                tables = [directives.table_of(evaluator, arg.owner.owner) for arg in owner.args[1:] if _is_column(arg)]
                table = tables[0] if tables else UNKNOWN_NAME
                self.add(CreateIndex(table=table, index=index, if_not_exists=checked, by_sqlalchemy=True, **fields))
            elif index.name:
                self.add(DropIndex(name=Name(index.name), if_exists=checked, **fields))
            return None
        table = directives.table_of(evaluator, owner)
        if name == "drop":
            self.add(DropTable(table=table, if_exists=checked, **fields))
        elif name == "create":
            self.add(self._made_table(evaluator, owner, table, checked, fields))
        else:
            return Made(Member(owner, name), made.args, made.kwargs, made.place)
        return None

    def _made_table(
        self, evaluator: Evaluator, owner: Any, table: Name, checked: bool, fields: dict[str, Any]
    ) -> Operation:
        if isinstance(owner, Member) and isinstance(owner.owner, ClassValue):
            values = _mapped_columns(evaluator, owner.owner)
            known = True
        else:
            values = owner.args[2:] if isinstance(owner, Made) else []
            known = isinstance(owner, Made) and "autoload_with" not in owner.kwargs
        columns, constraints, indexes, unread = of.members_of(evaluator, values)
        return CreateTable(
            table=table,
            columns=tuple([of.of_table(column, table) for column in columns]),
            constraints=tuple(constraints),
            indexes=tuple(indexes),
            checked=checked,
            by_sqlalchemy=True,
            by_table=True,
            opaque=not known or "columns" in unread,
            **{**fields, "partly": tuple(dict.fromkeys(unread))},
        )

    def _all_tables(self, evaluator: Evaluator, name: str, made: Made) -> Any:
        """``metadata.create_all(bind)``: the tables that this file hangs on a metadata, where they are all here."""
        fields = self.fields(evaluator, made.place)
        tables: list[Operation] = []
        own = made.func.owner if isinstance(made.func, Member) else None
        here = [one for one in self._tables if one.args[1] is own or not isinstance(one.args[1], Made)]
        named = list(evaluator.module(evaluator.source).names.values())
        given = evaluator.items(made.kwargs["tables"]) if "tables" in made.kwargs else None
        for value in [*here, *(one for one in named if one not in here)] if given is None else given:
            if isinstance(value, ClassValue) and isinstance(evaluator.class_attribute(value, "__tablename__"), str):
                owner = Member(value, "__table__")
                tables.append(self._made_table(evaluator, owner, directives.table_of(evaluator, value), True, fields))
            elif isinstance(value, Made) and value.leaf == "Table" and len(value.args) > 2:
                tables.append(self._made_table(evaluator, value, directives.table_of(evaluator, value), True, fields))
        if not tables or name == "drop_all":
            self.add(
                Unread(
                    what=f"metadata.{name}()",
                    why="tables that are defined elsewhere",
                    verb=name,
                    anything=True,
                    **fields,
                )
            )
            return None
        self.add(*tables)
        return None

    def _text_of_file(self, path: Any) -> Any:
        text = self._read_file(str(path)) if isinstance(path, str) and HOLE not in path else None
        return text if text is not None else Unknown("a file that could not be found")

    def _resource(self, evaluator: Evaluator, leaf: str, made: Made) -> Any:
        """A file of a package, or the package's folder: its path, the file opened, or what it holds."""
        if leaf == "as_file":
            return made.args[0]
        folder = _folder_of(evaluator, made.args[0])
        inside = made.args[1:2]
        if folder is None or not all(isinstance(name, str) for name in inside):
            return Unknown("a file that could not be found")
        path = FilePath(posixpath.join(folder, *inside))
        if leaf in ("files", "path", "resource_filename"):
            return path
        opened = Made(Ref("builtins.open"), [path], {}, made.place)
        return opened if leaf in ("open_text", "open_binary", "resource_stream") else self._text_of_file(path)

    # --- SQL ------------------------------------------------------------------------------------------------------

    def _isolated(self, evaluator: Evaluator, options: Any, place: Place) -> None:
        """Options of execution: SQLAlchemy sets no other isolation level once a transaction has begun.

        AUTOCOMMIT is then set for the connection itself, not only for what the call returns.
        """
        if not isinstance(options, dict) or "isolation_level" not in options:
            return
        fields = self.fields(evaluator, place)
        if not any(isinstance(item, PythonCall) and item.call in ("commit", "rollback") for item in self.operations):
            why = "isolation_level= cannot be set while Alembic's transaction goes on"
            self.add(PythonCall(call="execution_options", invalid=why, **fields))
        elif options["isolation_level"] == "AUTOCOMMIT":
            self.add(PythonCall(call="autocommit", **fields))
            evaluator.autocommit = True

    def execute(
        self,
        evaluator: Evaluator,
        value: Any,
        made: Made,
        *,
        wrapped: bool,
        driver: bool = False,
        session: bool = False,
    ) -> Any:
        """Take up what a statement does. *wrapped*: plain text is taken as SQL, as ``op.execute`` does.

        *driver*: the text goes to the driver as it is, without SQLAlchemy's bind parameters.
        """
        self._isolated(evaluator, made.kwargs.get("execution_options"), made.place)
        fields = self.fields(evaluator, made.place)
        if made.leaf in ("scalar", "scalars"):
            self.add(PythonCall(call="reads-result", **fields))
        items = evaluator.items(value) if isinstance(value, (list, tuple)) else None
        if items is not None:
            for item in items:
                self.execute(evaluator, item, made, wrapped=wrapped, driver=driver)
            return None
        if isinstance(value, Made) and value.leaf in _CONSTRUCTS and value.args and _is_described(value.args[0]):
            checked = value.kwargs.get("if_not_exists") is True or value.kwargs.get("if_exists") is True
            verb = "create" if value.leaf.startswith("Create") else "drop"
            self._table_itself(evaluator, value.args[0], verb, Made(made.func, [], {"checkfirst": checked}, made.place))
            return Result(None, made.place)
        text, place, bound = statements.text_of_statement(value, made)
        if text is None:
            operations = statements.read(evaluator, value, fields)
            if operations is None:
                why = value.why if isinstance(value, Unknown) else "a statement that is not known"
                inside = f" in {helper}()" if (helper := evaluator.helper) is not None else ""
                operations = [Unread(what=f"execute(…){inside}", why=why, anything=not _is_query(value), **fields)]
            self.add(*operations)
            return Result(None, made.place)
        if isinstance(value, str) and not wrapped:
            self.add(PythonCall(call="raw-string", text=str(text), **fields))
        given = {*bound, *made.kwargs, *(["*"] if made.starred else [])}
        for argument in (*made.args[1:], *made.kwargs.values()):
            if isinstance(argument, dict):
                given.update(str(key) for key in argument)
            elif not isinstance(argument, (str, int)):
                given.add("*")
        if not driver and not given & {"*", HOLE} and HOLE not in text:
            for match in statements.BIND.finditer(text):
                if match[1] not in given:
                    where = statements.place_of(text, match.start(), match.end(), place)
                    self.add(PythonCall(call="unbound-parameter", text=match[1], **{**fields, "place": where}))
        self._sent += len(text)
        if self._sent > _MOST_SQL:
            raise Exhausted
        read = self._read_sql(
            str(text), lambda start, end: statements.place_of(text, start, end, place), evaluator.next_id
        )
        for operation in read:
            self.add(
                replace(
                    operation,
                    conditions=(*evaluator.conditions, *operation.conditions),
                    autocommit=evaluator.autocommit or operation.autocommit,
                    guard=evaluator.guard,
                    savepoint=evaluator.savepoint,
                    engine=evaluator.engine,
                )
            )
            if isinstance(operation, Execute) and operation.verb == "SAVEPOINT":
                evaluator.savepoint = True
            if isinstance(operation, Execute) and operation.verb == "COMMIT":
                # What follows a COMMIT by hand is no longer in Alembic's transaction.
                evaluator.autocommit = True
        return Result(
            str(text), made.place, self._asked(self._ask_sql(str(text)) if "select" in text[:4000].lower() else None)
        )


def _handle_attribute(evaluator: Evaluator, handle: Handle, name: str) -> Any:
    if name == "dialect":
        return Handle("dialect")
    if name in ("engine", "bind", "connection") and handle.kind != "dialect":
        return Handle("bind")
    if name == "name" and handle.kind in ("dialect", "bind"):
        return evaluator.dialect
    if name in ("driver", "dialect_description") and handle.kind == "dialect":
        drivers = _DRIVERS[evaluator.dialect]
        return OneOf(drivers if name == "driver" else tuple([f"{evaluator.dialect}+{driver}" for driver in drivers]))
    if handle.kind == "dialect" and name in _SUPPORTS and evaluator.dialect != "mariadb":
        # MariaDB does as of a version that SQLAlchemy asks the server for.
        return evaluator.dialect in _SUPPORTS[name]
    if name in ("as_sql",) and handle.kind == "context":
        return False
    if name in ("impl",) and handle.kind == "context":
        return handle
    return Member(handle, name)


def _alembic(name: str, made: Made) -> Any:
    if name == "alembic.context.get_context" or name.endswith(".get_context"):
        return Handle("context")
    if name.endswith(("is_offline_mode", ".as_sql")):
        return False
    if name.endswith((".get_bind", "get_connection")):
        return Handle("bind")
    if name.endswith("get_x_argument"):
        return Unknown("an argument of the command line")
    return made


def _sqlalchemy(evaluator: Evaluator, ref: Ref, made: Made) -> Any:
    leaf = ref.leaf
    first = made.args[0] if made.args else None
    if leaf in ("inspect", "from_engine", "Inspector") and (is_handle(first) or isinstance(first, (Unknown, Member))):
        return Handle("inspector")
    if leaf in ("Session", "sessionmaker", "scoped_session", "AsyncSession"):
        return Handle("session") if leaf != "sessionmaker" else made
    if leaf == "dedent":
        return call_standard(evaluator, "textwrap.dedent", made)
    return made


def _inspect(evaluator: Evaluator, name: str, made: Made) -> Any:
    if name == "has_table":
        return _asked_table(evaluator, made.args, made)
    if name in ("has_index", "has_column"):
        if len(made.args) > 1 and isinstance(made.args[1], str):
            return Query(
                "index" if name == "has_index" else "column", of.qualified(evaluator, made.args[0]), str(made.args[1])
            )
        return Query("unknown")
    if name in ("has_schema", "has_sequence"):
        return Query("unknown")
    table = made.given(0, "table_name")
    kind = _LISTS.get(name)
    if name == "get_pk_constraint" and isinstance(table, str) and HOLE not in table:
        on = of.qualified(evaluator, table, made.given(1, "schema"))
        return {"constrained_columns": Some(Query("primary key", on)), "name": Listed(Names("constraint", on))}
    if kind is None:
        return Unknown("what the inspector knows")
    if kind in ("table", "view", "schema", "sequence", "enum"):
        return Names(kind)  # type: ignore[arg-type]
    if not isinstance(table, str) or HOLE in table:
        return Unknown("what the inspector says of a table that is not known")
    return Names(kind, of.qualified(evaluator, table, made.kwargs.get("schema")))  # type: ignore[arg-type]


def _asked_table(evaluator: Evaluator, arguments: list[Any], made: Made) -> Query:
    first = arguments[0] if arguments else made.kwargs.get("table_name")
    if not isinstance(first, str) or HOLE in first:
        return Query("unknown")
    schema = made.kwargs.get("schema", arguments[1] if len(arguments) > 1 else None)
    return Query("table", of.qualified(evaluator, first, schema))


def _looks(leaf: str, made: Made) -> Query | None:
    """A helper that looks whether something exists, told by its name and the texts it is given."""
    match = _LOOKS.match(leaf)
    if match is None or leaf in ("table", "column", "index", "type", "enum", "schema", "view", "sequence"):
        return None
    if not ("exist" in leaf or "has_" in leaf):
        return None
    texts = [arg for arg in made.args if isinstance(arg, str)]
    texts.extend(value for key, value in made.kwargs.items() if isinstance(value, str) and key not in ("schema",))
    schema = made.kwargs.get("schema")
    if not texts or any(HOLE in text for text in texts):
        return Query("unknown")
    what = match["inner"] or match["what"]
    within = schema if isinstance(schema, str) and schema != "public" else None
    if what in ("table", "view"):
        return Query("table" if what == "table" else "view", Name(texts[0], within), texts[0])
    if what in ("enum", "type"):
        return Query("enum", None, texts[0])
    if what in ("schema", "sequence"):
        return Query(what, None, texts[0])  # type: ignore[arg-type]
    kind = {"column": "column", "index": "index"}.get(what, "constraint")
    if len(texts) == 1:
        return Query(kind, None, texts[0]) if kind == "index" else Query("unknown")  # type: ignore[arg-type]
    return Query(kind, Name(texts[0], within), texts[1])  # type: ignore[arg-type]


def _touched(evaluator: Evaluator, made: Made) -> tuple[tuple[Name, ...], bool]:
    """The tables that a call which is not followed may touch, and whether it may touch any other.

    A function that is called as a directive is has its table where that one has it; of any other, each name may be one.
    """
    args = [arg for arg in made.args if not is_handle(arg)]
    table = directives.table_given(Made(made.func, args, made.kwargs))
    if table is not None:
        args = [table]
    names = tuple([of.qualified(evaluator, arg) for arg in args if isinstance(arg, str) and arg.isidentifier()])
    return names, not names or made.starred or any(map(_may_name, args))


def _may_name(value: Any) -> bool:
    """Whether a value that is not known may be the name of a table."""
    if isinstance(value, Ref):
        return value.root not in NEVER_FOLLOWED
    return isinstance(value, (Unknown, Member)) or (isinstance(value, str) and HOLE in value)


def _is_query(value: Any) -> bool:
    """Whether a statement that could not be read is one of SQLAlchemy's own for rows, and no text of any kind."""
    while isinstance(value, (Made, Member)):
        value = value.func if isinstance(value, Made) else value.owner
    if isinstance(value, Ref):
        return value.root == "sqlalchemy" and value.leaf[:1].islower() and value.leaf != "text"
    return not isinstance(value, Unknown)


def _handed(evaluator: Evaluator, made: Made) -> bool:
    """Whether a call is handed a way to the database, or a function that uses one."""
    given = [*made.args, *made.kwargs.values()]
    return any(map(is_handle, given)) or acts(evaluator, *given)


_CONSTRUCTS = frozenset(["CreateTable", "DropTable", "CreateIndex", "DropIndex"])


def _is_described(value: Any) -> bool:
    return (isinstance(value, Made) and value.leaf in ("Table", "Index", "table")) or (
        isinstance(value, Member) and value.name == "__table__"
    )


def _is_column(value: Any) -> bool:
    return isinstance(value, Member) and isinstance(value.owner, Member)


def _starts_with_query(made: Made) -> bool:
    at: Any = made
    while isinstance(at, Made) and isinstance(at.func, Member):
        if at.func.name == "query":
            return True
        at = at.func.owner
    return False


def _origin(value: Any) -> Any:
    """What the chain of calls of methods begins with that made a value."""
    while isinstance(value, Made) and isinstance(value.func, Member):
        value = value.func.owner
    return value


def _is_of_sqlite3(value: Any) -> bool:
    """Whether a value comes from Python's own driver, which knows other databases than the one that is migrated."""
    origin = _origin(value)
    return isinstance(origin, Made) and isinstance(origin.func, Ref) and origin.func.root == "sqlite3"


def _engine_of(value: Any) -> Made | None:
    """The call that made the engine which *value* is, or comes from."""
    origin = _origin(value)
    return origin if isinstance(origin, Made) and origin.leaf in _ENGINES else None


def _mapped_columns(evaluator: Evaluator, cls: ClassValue) -> list[Any]:
    """The columns and table arguments of a mapped class, those without a name named after their attribute."""
    found: list[Any] = []
    for base in cls.bases:
        if isinstance(base, ClassValue):
            found.extend(_mapped_columns(evaluator, base))
    for name, value in evaluator.class_attributes(cls).items():
        if isinstance(value, Made) and value.leaf in ("Column", "mapped_column"):
            if value.args and isinstance(value.args[0], str):
                found.append(value)
            else:
                found.append(Made(value.func, [name, *value.args], value.kwargs, value.place))
    arguments = evaluator.class_attribute(cls, "__table_args__")
    if isinstance(arguments, tuple):
        found.extend(arg for arg in arguments if isinstance(arg, Made))
    return found


def _folder_of(evaluator: Evaluator, package: Any) -> str | None:
    """The folder of a package, which is given by its name or itself.

    Without an ``__init__.py`` it lies in that of the one around it, and without any below the project's folder.
    """
    if isinstance(package, str):
        package = Ref(str(package))
    if not isinstance(package, Ref) or HOLE in package.name:
        return None
    name, inside = package.name, ""
    while name.strip("."):
        source = evaluator.find(evaluator, name, package.base)
        if source is not None:
            return posixpath.join(posixpath.dirname(source.path), inside)
        name, _, leaf = name.rpartition(".")
        inside = posixpath.join(leaf, inside)
    return None if package.base else inside
