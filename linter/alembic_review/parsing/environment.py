"""env.py to an `Environment`: read with the evaluator that revisions are read with, and not run either."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from alembic_review.environment import Environment, Event, EventKind
from alembic_review.operations import Place
from alembic_review.parsing import syntax
from alembic_review.parsing.connections import Connections
from alembic_review.parsing.evaluate import Evaluator
from alembic_review.parsing.frames import TOO_MUCH, Raised, Source
from alembic_review.parsing.interpreter import Interpreter
from alembic_review.parsing.tree import NotPython, parsed
from alembic_review.parsing.values import ClassValue, Closure, InstanceOf, Made, Member, Query, Ref, Unknown
from alembic_review.text import decoded
from alembic_review.types import HOLE, Name

_CONTEXT = "alembic.context."
_KEYS_OFF = re.compile(r"pragma\s+foreign_keys\s*=\s*(?:off|0|false|no)\b", re.IGNORECASE)


def read(path: str, data: bytes, dialect: str, find: Callable[[Evaluator, str, str], Source | None]) -> Environment:
    """What the env.py at *path* says; an empty `Environment` where it cannot be read.

    *find* gives the file of a module of the project, as for revisions.
    """
    try:
        text = decoded(data)
        source = Source(path, syntax.statements(parsed(text)))
    except (UnicodeError, SyntaxError, LookupError, RecursionError, MemoryError, NotPython):
        return Environment(path)
    actions = _Watched()
    packages: dict[str, None] = {}

    def noting(evaluator: Evaluator, name: str, base: str) -> Source | None:
        found = find(evaluator, name, base)
        if found is not None and found.path.endswith("/__init__.py"):
            packages[found.path] = None
        return found

    evaluator = Interpreter(source, actions, dialect, noting)
    # What an env.py does stands at its top level.
    evaluator.running = True
    try:
        frame = evaluator.module(source)
        for name in _imported(source.statements):
            noting(evaluator, name, path if name.startswith(".") else "")
    except TOO_MUCH:
        return Environment(path)
    said = {*actions.said, *_texts_in(list(evaluator.assigned.items()))}
    names = frame.names
    metadata = actions.configured.get("target_metadata", names.get("target_metadata", Unknown("not given")))
    filters = [
        value
        for value in (actions.configured.get("include_object"), actions.configured.get("include_name"))
        if value is not None
    ]
    return Environment(
        path=path,
        events=tuple(actions.events),
        options={name: _plain(value) for name, value in actions.configured.items()},
        more_options=actions.more_options,
        naming_convention=_convention(evaluator, metadata),
        has_metadata=_has_metadata(metadata),
        filters=bool(filters),
        # Rules ask of the same tables over and over, and each answer is a run of the project's function.
        excludes=cache(lambda table: _excluded(evaluator, actions, table)),
        lock_timeout=any("lock_timeout" in one for one in said),
        foreign_keys_off=any(map(_KEYS_OFF.search, said)),
        autocommits=any("AUTOCOMMIT" in one for one in said),
        opens_connection=actions.connects,
        metadata_packages=tuple(packages),
        places={**_assigned(source.statements, "target_metadata"), **actions.places},
    )


def _imported(statements: list[syntax.Statement]) -> Iterator[str]:
    """The names of what an env.py imports at its top level, for what importing it does; not those of libraries."""
    for statement in statements:
        if isinstance(statement, syntax.Import):
            names = [name for name, _bound in statement.names]
        elif isinstance(statement, syntax.ImportFrom):
            module = "." * statement.level + statement.module
            dot = "" if module.endswith(".") else "."
            names = [module, *(f"{module}{dot}{name}" for name, _bound in statement.names or ())]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] not in LIBRARIES and name.strip("."))


LIBRARIES = frozenset((*sys.stdlib_module_names, "alembic", "sqlalchemy"))
"""The packages that are no part of any project."""


class _Watched(Connections):
    """Notes what an env.py does with the migration context and with connections, in order."""

    def __init__(self) -> None:
        super().__init__(lambda _text, _place, _id: [], lambda _text: None, lambda _path: None, {})
        self.events: list[Event] = []
        self.configured: dict[str, Any] = {}
        self.more_options = False
        self.places: dict[str, Place] = {}
        self.connects = False
        # The texts that anything is given, but for what is logged: SQL, and options under whatever name.
        self.said: set[str] = set()
        self._overheard: set[int] = set()
        self._inside = 0

    def decorated(self, evaluator: Evaluator, decorator: Any, closure: Closure) -> None:
        if isinstance(decorator, Made) and decorator.leaf == "listens_for":
            self._overhear(evaluator, closure)

    def _overhear(self, evaluator: Evaluator, closure: Closure) -> None:
        """Note what a function says that something else calls, at a time of its own."""
        if id(closure.function) in self._overheard:
            return
        self._overheard.add(id(closure.function))
        listener = _Watched()
        listener.said, listener._overheard = self.said, self._overheard
        evaluator.actions = listener
        try:
            evaluator.call_closure(closure, [], {})
        except (Raised, *TOO_MUCH):
            pass
        finally:
            evaluator.actions = self

    def call(self, evaluator: Evaluator, func: Any, made: Made) -> Any:
        if made.leaf not in _LOGS:
            self.said.update(_texts_in(made))
        if isinstance(func, Ref) and func.name.startswith(_CONTEXT):
            return self._context(evaluator, func.name[len(_CONTEXT) :], made)
        if isinstance(func, Ref) and func.name in ("asyncio.run", "asyncio.get_event_loop", "re.compile"):
            return made
        if isinstance(func, Member) and func.name in ("run_sync", "run_callable", "run_until_complete"):
            # An asynchronous env.py hands its function to the connection.
            handed = evaluator.resolved(made.args[0]) if made.args else None
            if isinstance(handed, Closure):
                return evaluator.call_closure(handed, [made, *made.args[1:]], made.kwargs, made.place)
            return made
        if isinstance(func, Member) and func.name == "connect":
            self.connects = True
        matched = _matched(func, made)
        if matched is not None:
            return matched
        if made.leaf == "create_all":
            self._note(evaluator, "create_all", made.place)
            return None
        if isinstance(func, Member) and func.name in ("execute", "exec_driver_sql", "scalar"):
            given = made.args[0] if made.args else None
            if isinstance(given, Made) and given.args:
                given = given.args[0]
            self._note(evaluator, "execute", made.place, str(given) if isinstance(given, str) else "")
            return Unknown("a result")
        if isinstance(func, Member) and func.name in ("commit", "begin"):
            if func.name == "commit":
                self._note(evaluator, "commit", made.place)
            return made
        if isinstance(func, Member) and isinstance(func.owner, Ref) and func.owner.name == "alembic.context":
            return self._context(evaluator, func.name, made)
        for handed in map(evaluator.resolved, (*made.args, *made.kwargs.values())):
            if isinstance(handed, Closure):
                self._overhear(evaluator, handed)
        return super().call(evaluator, func, made)

    def _context(self, evaluator: Evaluator, name: str, made: Made) -> Any:
        if name == "configure":
            self._note(evaluator, "configure", made.place)
            self.places["configure"] = made.place
            self.configured.update(made.kwargs)
            self.more_options = self.more_options or made.starred
            return None
        if name == "begin_transaction":
            return made
        if name == "run_migrations":
            self._note(evaluator, "run_migrations", made.place)
            return None
        if name in ("is_offline_mode",):
            return False
        return super().call(evaluator, Ref(_CONTEXT + name), made)

    def enter(self, evaluator: Evaluator, value: Any) -> Any:
        if isinstance(value, Made) and value.leaf == "begin_transaction":
            self._note(evaluator, "begin_transaction", value.place)
            self._inside += 1
            return value
        return super().enter(evaluator, value)

    def leave(self, value: Any) -> None:
        if isinstance(value, Made) and value.leaf == "begin_transaction":
            self._inside -= 1

    def _note(self, evaluator: Evaluator, kind: EventKind, place: Place, text: str = "") -> None:
        when = frozenset([condition.id for condition in evaluator.conditions])
        self.events.append(Event(kind, place, self._inside > 0, text, when))


_LOGS = frozenset(["debug", "info", "warn", "warning", "error", "exception", "critical", "log"])


def _texts_in(value: Any, depth: int = 6) -> Iterator[str]:
    """The texts that a call is given, by whatever way, with those that its owner was given."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Ref):
        yield value.leaf
    elif depth == 0:
        return
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _texts_in(item, depth - 1)
    elif isinstance(value, dict):
        yield from _texts_in([*value, *value.values()], depth)
    elif isinstance(value, Made):
        owner = value.func.owner if isinstance(value.func, Member) else None
        yield from _texts_in([owner, *value.args, *value.kwargs, *value.kwargs.values()], depth)


# Patterns that take no time to speak of on a name: those of strangers are not to be trusted.
_REPEATS = re.compile(r"[*+?{]")
_SLOW = re.compile(r"\)[*+?{]|\\[1-9]|\(\?")
_MOST_REPEATS = 3


def _matched(func: Any, made: Made) -> bool | None:
    """Whether a regular expression, or a shell pattern, matches a name; None where it is no such question."""
    how, given = "", list(made.args)
    if isinstance(func, Member) and isinstance(func.owner, Made) and isinstance(func.owner.func, Ref):
        how, given = f"{func.owner.func.name}.{func.name}", [*func.owner.args, *given]
    elif isinstance(func, Ref):
        how = func.name
    if len(given) != 2 or made.kwargs or not all(isinstance(item, str) and HOLE not in item for item in given):
        return None
    if how in ("fnmatch.fnmatch", "fnmatch.fnmatchcase"):
        return fnmatchcase(given[0], given[1])
    ask = _QUESTIONS.get(how)
    pattern, text = given
    if ask is None or len(_REPEATS.findall(pattern)) > _MOST_REPEATS or _SLOW.search(pattern):
        return None
    try:
        return ask(str(pattern), str(text)) is not None
    except (re.error, RecursionError):
        return None


_QUESTIONS: Mapping[str, Callable[[str, str], object]] = {
    f"re.{start}{name}": ask
    for start in ("", "compile.")
    for name, ask in (("match", re.match), ("search", re.search), ("fullmatch", re.fullmatch))
}


def _plain(value: Any) -> object:
    if isinstance(value, (str, bool, int, type(None))):
        return value if not isinstance(value, str) else str(value)
    return type(value).__name__


def _has_metadata(value: Any) -> bool | None:
    if value is None:
        return False
    if isinstance(value, (Unknown, Query)):
        return None
    return not (isinstance(value, list) and not value)


def _convention(evaluator: Evaluator, metadata: Any) -> Mapping[str, str] | None:
    """The naming convention of a metadata: ``MetaData(naming_convention=…)``, ``Base.metadata``, or set afterwards."""
    metadata = evaluator.resolved(metadata)
    owner, given = evaluator.assigned.get("naming_convention", (None, None))
    if owner is not None and owner == metadata:
        return _texts(evaluator.resolved(given))
    if isinstance(metadata, Member) and metadata.name == "metadata":
        owner = evaluator.resolved(metadata.owner)
        if isinstance(owner, ClassValue):
            metadata = evaluator.class_attribute(owner, "metadata")
        elif isinstance(owner, Made):
            # declarative_base(metadata=…), SQLAlchemy(metadata=…)
            metadata = evaluator.resolved(owner.kwargs.get("metadata"))
    if not isinstance(metadata, Made) or metadata.leaf != "MetaData":
        return None
    if "naming_convention" not in metadata.kwargs and len(metadata.args) < 4:
        return {}
    return _texts(evaluator.resolved(metadata.kwargs.get("naming_convention")))


def _texts(given: Any) -> Mapping[str, str] | None:
    if not isinstance(given, dict):
        return None
    found = {str(key): str(value) for key, value in given.items() if isinstance(key, str) and isinstance(value, str)}
    return found if len(found) == len(given) and not any(HOLE in value for value in found.values()) else None


def _excluded(evaluator: Evaluator, actions: _Watched, table: Name) -> bool | None:
    """Whether a function that env.py hands to ``configure`` leaves a table out."""
    answers: list[bool | None] = []
    # As Alembic's AutogenContext.run_name_filters and run_object_filters call them.
    parents = {"schema_name": table.schema, "schema_qualified_table_name": str(table)}
    there = Made(Ref("sqlalchemy.Table"), [table.name], {"schema": table.schema})
    questions: list[tuple[str, list[Any]]] = [
        ("include_name", [table.name, "table", parents]),
        ("include_object", [there, table.name, "table", True, None]),
    ]
    if table.schema is not None:
        questions.append(("include_name", [table.schema, "schema", {}]))
    for option, arguments in questions:
        function = evaluator.resolved(actions.configured.get(option))
        if function is None:
            if actions.more_options and option not in actions.configured:
                answers.append(None)
            continue
        if isinstance(function, InstanceOf):
            function = Member(function, "__call__")
        try:
            kept = evaluator.truth(evaluator.call(function, Made(function, arguments, {})))
        except (Raised, *TOO_MUCH):
            kept = Query("unknown")
        answers.append(None if isinstance(kept, Query) else not kept)
    if True in answers:
        return True
    return None if None in answers else False


def _assigned(statements: list[syntax.Statement], name: str) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for statement in statements:
        if isinstance(statement, syntax.Assign):
            for target in statement.targets:
                if isinstance(target, syntax.Name) and target.id == name:
                    found[name] = Place((*statement.way, 0))
    return found
