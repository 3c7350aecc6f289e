#!/usr/bin/env python3
"""The replayed schema of real revisions, held against that of a real PostgreSQL which has run them.

    python tools/compare_schema.py FOLDER [--every] [--stub MODULE …] [--path FOLDER …] [--show N]

FOLDER holds the revision files of one history. They are run by Alembic, each by a command of its own, with an env.py of
ours that knows nothing but the naming convention we have read; `--stub` lets them import a module, and all below it,
that is not installed: whatever they take from it does nothing. `--path` is where Python looks for what they import.
Then tables, columns, types, nullability, defaults, constraints, indexes, enum types, sequences and other things are
compared with what the replay says is there: at the end, or with `--every` after each revision. Expressions are
compared as the server writes them.

The server is one of our own, or that at `--server URL`. Exits with 1 where a revision fails, which ends the run: what
is there by then is compared all the same.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.machinery
import re
import sys
import tempfile
import traceback
import types
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig

from alembic_review import operations as ops
from alembic_review.change import Change
from alembic_review.config import Config
from alembic_review.database import catalogue
from alembic_review.database.server import running_server
from alembic_review.history.folder import History, load
from alembic_review.history.project import find_histories
from alembic_review.history.tree import ProjectTree
from alembic_review.naming import NO_CONVENTION
from alembic_review.parsing.module import Reader
from alembic_review.review import changes
from alembic_review.schema import Column, Constraint, Index, Schema, Table
from alembic_review.text import content
from alembic_review.types import HOLE, Name, Type, sql_type

VERSIONS = Name("alembic_version")
ENV = """\
from alembic import context

given = context.config.attributes
context.configure(connection=given["connection"], target_metadata=given["metadata"])
with context.begin_transaction():
    context.run_migrations()
"""

Facts = dict[str, dict[Hashable, object]]
"""What is there: a value for each thing, by kind and by what names it."""


# --- the real one ----------------------------------------------------------------------------------------------------


class Stub(types.ModuleType):
    """A module, and anything in it: it can be imported from, called and inherited, does nothing, and is false."""

    __path__: Sequence[str] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(f"{self.__name__}.{name}")

    def __call__(self, *_arguments: object, **_keywords: object) -> Any:
        return self

    def __mro_entries__(self, _bases: object) -> tuple[type, ...]:
        return (object,)

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[object]:
        return iter(())


class Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules named, and what is below them, wherever nothing else does."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def find_spec(self, name: str, *_rest: object) -> importlib.machinery.ModuleSpec | None:
        if any(name == stub or name.startswith(f"{stub}.") for stub in self._names):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return Stub(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class Database:
    """A database that Alembic's commands are run on."""

    def __init__(self, url: str, folders: Sequence[Path], script_location: Path, convention: Mapping[str, str]) -> None:
        (script_location / "env.py").write_text(ENV)
        self.session = psycopg.connect(url, autocommit=True, prepare_threshold=None)
        self._engine = sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
        self._metadata = sa.MetaData(naming_convention=dict(convention))
        self._config = AlembicConfig()
        self._config.set_main_option("script_location", str(script_location))
        self._config.set_main_option("path_separator", "newline")
        self._config.set_main_option("version_locations", "\n".join(map(str, folders)))

    def upgrade(self, target: str) -> None:
        """Run ``alembic upgrade``. Raises what the revisions raise."""
        with self._engine.connect() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._config.attributes.update(connection=connection, metadata=self._metadata)
            command.upgrade(self._config, target)

    def close(self) -> None:
        """End all sessions."""
        self._engine.dispose()
        self.session.close()


# --- both, in the same words -----------------------------------------------------------------------------------------


def real_facts(there: catalogue.Catalogue) -> Facts:
    """What stands in a catalogue."""
    facts: Facts = defaultdict(dict)
    for name, table in there.tables.items():
        facts["table"][name] = True
        for column, one in table.columns.items():
            key = (name, column)
            facts["column"][key] = True
            facts["type"][key] = _type_text(one.type)
            facts["nullable"][key] = one.nullable
            facts["default"][key] = (one.default, one.identity, one.computed)
        for constraint, it in table.constraints.items():
            facts["constraint"][name, constraint] = (
                it.kind,
                it.columns if it.kind != "check" else it.definition.removesuffix(" NOT VALID"),
                it.referred,
                it.referred_columns,
                _actions(it.definition),
                it.valid,
            )
        for index, its in table.indexes.items():
            facts["index"][name, index] = (
                its.unique,
                its.using,
                its.elements,
                its.orders,
                its.include,
                its.where,
            )
        for kind, attached in table.attached:
            facts[kind][name, attached] = True
    for name, labels in there.enums.items():
        facts["enum type"][name] = labels
    for name, sequence in there.sequences.items():
        facts["sequence"][name] = (sequence.definition.split(" START")[0][3:], sequence.table, sequence.column)
    for name, view in there.views.items():
        facts["view"][name] = view.materialized
    for kind, name in there.objects:
        facts[kind][name] = True
    return facts


def _actions(definition: str) -> tuple[str, ...]:
    return tuple(sorted(re.findall(r"ON (?:DELETE|UPDATE) (?:CASCADE|RESTRICT|SET NULL|SET DEFAULT)", definition)))


_TYPE = re.compile(r"(?P<name>[^(\[]*?)(?:\((?P<arguments>[^)]*)\))?(?P<tail> with(?:out)? time zone)?(?P<array>\[\])?")


def _type_text(text: str) -> str:
    """A type in the words of ``format_type``, in ours."""
    match = _TYPE.fullmatch(text)
    if match is None:
        return text
    arguments = [part.strip() for part in (match["arguments"] or "").split(",") if part]
    return str(
        sql_type(
            f"{match['name']}{match['tail'] or ''}".replace('"', "").removeprefix("public."),
            tuple(int(part) if part.lstrip("-").isdecimal() else part for part in arguments),
            int(bool(match["array"])),
        )
    )


class Replayed:
    """What the replay says is there, its expressions as *session*'s server writes them."""

    def __init__(self, schema: Schema, session: psycopg.Connection[Any]) -> None:
        self.facts: Facts = defaultdict(dict)
        self.uncertain: set[tuple[str, Hashable]] = set()
        self._session = session
        for name, table in schema.tables.items():
            if name != VERSIONS and not table.temporary:
                self._table(name, table)
        for name, enum in schema.enums.items():
            self._add("enum type", name, enum.labels, enum.uncertain)
        for name, sequence in schema.sequences.items():
            self._add("sequence", name, (sequence.type, sequence.table, sequence.column), sequence.uncertain)
        for key, thing in schema.objects.items():
            materialized = key.kind == "materialized view"
            value = materialized if key.kind in ("view", "materialized view") else True
            self._add("view" if materialized else key.kind, key.name, value, thing.uncertain)

    def _add(self, kind: str, key: Hashable, value: object, uncertain: bool) -> None:
        self.facts[kind][key] = value
        if uncertain:
            self.uncertain.add((kind, key))

    def _table(self, name: Name, table: Table) -> None:
        self._add("table", name, True, table.uncertain)
        for column in table.columns.values():
            key = (name, column.name)
            self._add("column", key, True, column.uncertain)
            self._add("type", key, _replayed_type(column.type), column.uncertain)
            self._add("nullable", key, column.nullable, column.uncertain)
            identity = None
            if column.identity is not None:
                identity = "always" if column.identity.always else "by default"
            default = None
            if column.default is not None:
                default = self._default(name, column.name, column.default.sql)
            computed = None
            if column.computed is not None:
                computed = self._computed(name, column)
            self._add("default", key, (default, identity, computed), column.uncertain)
        for constraint in table.constraints.values():
            self._add("constraint", (name, constraint.name), self._constraint(name, constraint), constraint.uncertain)
        for index in table.indexes.values():
            self._add("index", (name, index.name), self._index(name, index), index.uncertain)
        for (kind, attached), thing in table.attached.items():
            self._add(kind, (name, attached), True, thing.uncertain)

    def _constraint(self, table: Name, constraint: Constraint) -> object:
        match constraint.definition:
            case ops.ForeignKey() as key:
                actions = []
                for event, action in (("DELETE", key.ondelete), ("UPDATE", key.onupdate)):
                    if action and action.upper() != "NO ACTION":
                        actions.append(f"ON {event} {action.upper()}")
                return (
                    "foreign key",
                    key.columns,
                    key.referred,
                    key.referred_columns,
                    tuple(sorted(actions)),
                    not key.not_valid,
                )
            case ops.Check() as check:
                return ("check", self._check(table, check.sql), None, (), (), not check.not_valid)
            case _:
                return (constraint.kind, constraint.columns, None, (), (), True)

    def _index(self, table: Name, index: Index) -> object:
        definition = index.definition
        elements = tuple(one.column or self._element(table, one.sql) for one in definition.elements)
        where = None if definition.where is None else self._where(table, definition.where)
        orders = tuple(_order(one) for one in definition.elements)
        return (definition.unique, (definition.using or "btree").lower(), elements, orders, definition.include, where)

    # An expression is given to the server, read as it writes it, and taken back.

    def _default(self, table: Name, column: str, sql: str | None) -> str | None:
        return self._asked(
            sql,
            f"ALTER TABLE {_sql(table)} ALTER {_sql(Name(column))} SET DEFAULT {sql}",
            "SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a "
            "ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = %s::regclass AND a.attname = %s",
            (_sql(table), column),
        )

    def _check(self, table: Name, sql: str | None) -> str | None:
        return self._asked(
            sql,
            f"ALTER TABLE {_sql(table)} ADD CONSTRAINT asked CHECK ({sql})",
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND conname = 'asked'",
            (_sql(table),),
        )

    def _computed(self, table: Name, column: Column) -> str | None:
        sql = column.computed.sql if column.computed else None
        return self._asked(
            sql,
            f"ALTER TABLE {_sql(table)} ADD asked {column.type} GENERATED ALWAYS AS ({sql}) STORED",
            "SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a "
            "ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = %s::regclass AND a.attname = 'asked'",
            (_sql(table),),
        )

    def _element(self, table: Name, sql: str | None) -> str | None:
        question = (
            "SELECT coalesce(a.attname::text, pg_get_indexdef(i.indexrelid, 1, false)) FROM pg_index i "
            "LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = nullif(i.indkey[0], 0) "
            "WHERE i.indrelid = %s::regclass AND i.indexrelid::regclass::text ~ 'asked$'"
        )
        return self._asked(sql, f"CREATE INDEX asked ON {_sql(table)} (({sql}))", question, (_sql(table),))

    def _where(self, table: Name, sql: str) -> str | None:
        return self._asked(
            sql,
            f"CREATE INDEX asked ON {_sql(table)} ((1)) WHERE {sql}",
            "SELECT pg_get_expr(indpred, indrelid) FROM pg_index "
            "WHERE indrelid = %s::regclass AND indexrelid::regclass::text ~ 'asked$'",
            (_sql(table),),
        )

    def _asked(self, sql: str | None, statement: str, question: str, about: tuple[str, ...]) -> str | None:
        if sql is None or HOLE in sql:
            return HOLE
        try:
            with self._session.transaction(force_rollback=True):
                self._session.execute("SET LOCAL search_path TO public")
                self._session.execute(statement.encode())
                answer = self._session.execute(question, about).fetchone()
                return answer[0] if answer else None
        except psycopg.Error as error:
            return f"{sql}: {str(error).splitlines()[0]}"


def _order(element: ops.IndexElement) -> str:
    collation = f'COLLATE "{element.collation}"' if element.collation else None
    return " ".join(part for part in (collation, element.opclass, element.order) if part)


def _replayed_type(type_: Type) -> str:
    if type_.enum and type_.enum.name:
        return f"{type_.enum.name}{'[]' * min(type_.dimensions, 1)}"
    return HOLE if not type_.known else str(type_)


def _sql(name: Name) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in (name.schema, name.name) if part)


# --- held against each other -----------------------------------------------------------------------------------------


@dataclass
class Comparison:
    """How much is equal, and what is not, by its cause."""

    equal: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    differences: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, when: str, real: Facts, ours: Replayed, why: Callable[[Hashable], str | None]) -> None:
        """Compare all there is; *why* tells of a thing what there was that could not be read of its table."""
        for kind in sorted({*real, *ours.facts}):
            one, other = real.get(kind, {}), ours.facts.get(kind, {})
            keys = {*one, *other}
            if kind in ("type", "nullable", "default"):
                # A column that is not there is told once.
                keys = {*one} & {*other}
            for key in sorted(keys, key=str):
                self.total[kind] += 1
                if key in one and key in other and one[key] == other[key]:
                    self.equal[kind] += 1
                    continue
                cause = (
                    "missing in the replay"
                    if key not in other
                    else "not there"
                    if key not in one
                    else "not read"
                    if HOLE in str(other[key])
                    else "other"
                )
                if (kind, key) in ours.uncertain:
                    cause += ", uncertain"
                elif reason := why(key):
                    cause += f", {reason}"
                text = f"{when} {_told(key)}"
                if key in one and key in other:
                    text += f"\n          real: {one[key]}\n          ours: {other[key]}"
                self.differences[kind, cause].append(text)

    def report(self, show: int) -> None:
        """Print it."""
        for kind in sorted(self.total):
            print(f"{kind:14} {self.equal[kind]:7} / {self.total[kind]:7}  {self.equal[kind] / self.total[kind]:8.3%}")
        equal, total = self.equal.total(), self.total.total()
        print(f"{'all':14} {equal:7} / {total:7}  {equal / total if total else 1:8.3%}")
        for (kind, cause), texts in sorted(self.differences.items(), key=lambda item: -len(item[1])):
            print(f"  {len(texts):5}  {kind}: {cause}")
            for text in texts[:show]:
                print(f"        {text}")


def _told(key: Hashable) -> str:
    return str(key) if isinstance(key, Name) or not isinstance(key, tuple) else ".".join(map(str, key))


def unread(history: History) -> Callable[[Hashable], str | None]:
    """Tells why something of a table could not be read, if so."""
    reasons: dict[Name, str] = {}
    for revision in history.revisions.values():
        for operation in revision.upgrade or ():
            if isinstance(operation, ops.Unread):
                reasons.update(dict.fromkeys(operation.tables, f"unread: {operation.why}"))

    def why(key: Hashable) -> str | None:
        table = key if isinstance(key, Name) else key[0] if isinstance(key, tuple) else None
        return reasons.get(table) if isinstance(table, Name) else None

    return why


def joined(done: Sequence[Change]) -> Schema:
    """The schema of a database that these revisions were applied to, also where they are branches not merged yet."""
    last = done[-1]
    heads = {change.revision.id for change in done}
    for change in done:
        heads.difference_update(change.revision.down_revision, change.revision.depends_on)
    if heads == {last.revision.id}:
        return last.after
    step = done[0]
    for change in done[1:]:
        step = Change(change.revision, step.after, step.run)
    return step.after


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", action="store_true", help="compare after every revision")
    parser.add_argument("--stub", nargs="+", default=[], metavar="MODULE")
    parser.add_argument("--path", nargs="+", default=[], metavar="FOLDER")
    parser.add_argument("--server", metavar="URL")
    parser.add_argument("--sql", default="", help="what has to be there before the first revision")
    parser.add_argument("--show", type=int, default=3, metavar="N", help="show N differences of each cause")
    options = parser.parse_args()

    sys.path[:0] = options.path
    sys.meta_path.append(Stubs(options.stub))
    found = find_histories([options.folder], None, Path.cwd())
    if not found.selections:
        parser.error(f"no revisions in {options.folder}")
    selection = found.selections[0]
    tree = ProjectTree(selection)
    with running_server(options.server) as server, tempfile.TemporaryDirectory() as scratch:
        config = Config(postgresql=server.version)
        reader = Reader(tree, config.dialect, config.wrappers)
        script = selection.history.script_location
        env = script / "env.py" if script is not None and (script / "env.py").is_file() else None
        environment = None if env is None else reader.environment(str(env), env.read_bytes())
        history = load(selection, content, reader.read, tree, lambda: environment)
        convention = (environment and environment.naming_convention) or NO_CONVENTION
        folders = list(dict.fromkeys(path.parent for path in selection.files))
        with server.database() as url:
            database = Database(url, folders, Path(scratch), {**NO_CONVENTION, **convention})
            try:
                return compare(history, config, database, options)
            finally:
                database.close()


def compare(history: History, config: Config, database: Database, options: argparse.Namespace) -> int:
    """Go through a history on both sides."""
    comparison = Comparison()
    why = unread(history)
    done: list[Change] = []
    failed = 0

    def look() -> None:
        real = real_facts(catalogue.reflect(database.session, ignored=(VERSIONS,)))
        comparison.add(done[-1].revision.id, real, Replayed(joined(done), database.session), why)

    if options.sql:
        database.session.execute(options.sql)
    for change in changes(history, config):
        try:
            database.upgrade(change.revision.id)
        except Exception as error:
            failed = 1
            print(f"{change.revision.path} fails: {type(error).__name__}: {str(error).splitlines()[0]}")
            traceback.print_exc(limit=-2)
            break
        done.append(change)
        if options.every:
            look()
    if done and not options.every:
        look()
    comparison.report(options.show)
    return failed


if __name__ == "__main__":
    sys.exit(main())
