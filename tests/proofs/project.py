"""The revisions of a rule's page as a real Alembic project, and what its commands do to a real PostgreSQL."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from alembic_review.database.catalogue import Catalogue, reflect
from alembic_review.types import Name
from tests.proofs import rows

VERSIONS = Name("alembic_version")
ENV = """\
from alembic import context

context.configure(**context.config.attributes)
with context.begin_transaction():
    context.run_migrations()
"""
HEADER = """\
import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql
"""
"""What every revision of a page may take for imported."""

Command = tuple[str, str]
"""A command of Alembic's and the revision it goes to: ``("upgrade", "head")``."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is in a database at one moment: its schema, its rows, the file that each table is stored in, the revisions
    it is at, and the error with which it refuses a query."""

    catalogue: Catalogue
    rows: rows.Held
    files: dict[str, int]
    version: tuple[str, ...]
    refused: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a revision: the tables locked when it has run, those it has read from end to end, and those of
    which every row is locked."""

    sql: str
    locks: frozenset[tuple[str, str]]
    scanned: frozenset[str]
    rows_locked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ran:
    """What commands came to; `error` is that of the first that failed."""

    error: str | None
    message: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A project on its way up, down and up again; what follows a failure is not there.

    `seen` is what was there before, after the upgrade and after the downgrade, if somebody looked.
    """

    upgrade: Ran
    downgrade: Ran | None = None
    again: Ran | None = None
    seen: tuple[Seen, ...] = ()

    @property
    def failure(self) -> str | None:
        """What failed, in words."""
        for name, ran in (("upgrade", self.upgrade), ("downgrade", self.downgrade), ("next upgrade", self.again)):
            if ran is not None and ran.error:
                return f"the {name} fails with {ran.error}: {ran.message.splitlines()[0]}"
        return None


class Database(Protocol):
    """A database, for one trial after the other."""

    engine: sa.Engine

    def wipe(self) -> None:
        """Make it empty, and forget what was set in Alembic's session."""

    def fill(self) -> None:
        """Put two rows into every table that has none."""

    def empty(self) -> None:
        """Take all rows out of all tables, but for Alembic's own."""

    def look(self, query: str = "SELECT 1") -> Seen:
        """What is there now, and what becomes of *query*, which leaves no trace."""

    def noted(
        self, connection: sa.Connection, statements: list[Statement], rows_of: str | None
    ) -> AbstractContextManager[None]:
        """Notes what each statement of *connection* does to others, where the database tells."""


class PostgreSQL:
    """A database of the server, with a session of our own beside that of Alembic."""

    def __init__(self, url: str) -> None:
        self.session = psycopg.connect(url, autocommit=True, prepare_threshold=None)
        self.session.execute("SET lock_timeout = '1s'")
        self.engine = sa.create_engine(re.sub(r"^\w+", "postgresql+psycopg", url))

    def close(self) -> None:
        """End all sessions."""
        self.engine.dispose()
        self.session.close()

    def wipe(self) -> None:
        self.engine.dispose()
        schemas = self.session.execute(
            "SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        ).fetchall()
        for (schema,) in schemas:
            self.session.execute(f"DROP SCHEMA {schema} CASCADE")
        self.session.execute("CREATE SCHEMA public")

    def fill(self) -> None:
        rows.fill(self.session)

    def empty(self) -> None:
        rows.empty(self.session)

    def look(self, query: str = "SELECT 1") -> Seen:
        session = self.session
        files = session.execute(
            "SELECT c.relname, c.relfilenode FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
        ).fetchall()
        versions: list[tuple[str]] = []
        if session.execute("SELECT to_regclass('alembic_version')").fetchone() != (None,):
            versions = session.execute("SELECT version_num FROM alembic_version").fetchall()
        refused = None
        try:
            with session.transaction(force_rollback=True):
                session.execute(query.encode())
        except psycopg.Error as error:
            refused = type(error).__name__
        return Seen(
            reflect(session, ignored=(VERSIONS,)),
            rows.held(session),
            dict(files),
            tuple(sorted(version for (version,) in versions)),
            refused,
        )

    @contextmanager
    def noted(self, connection: sa.Connection, statements: list[Statement], rows_of: str | None) -> Iterator[None]:
        """After each statement: what is locked, seen from our session, and what was scanned, seen from its own."""
        session, observer = connection.connection.driver_connection, self.session
        assert session is not None
        scans: dict[str, int] = {}

        def look(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            locks = observer.execute(
                "SELECT c.relname, upper(ltrim(regexp_replace(rtrim(mode, 'Lock'), '([A-Z])', ' \\1', 'g'))) "
                "FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE l.pid = %s AND l.granted AND c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_'",
                [session.info.backend_pid],
            ).fetchall()
            now = dict(session.execute("SELECT relname, sum(seq_scan) FROM pg_stat_xact_user_tables GROUP BY relname"))
            scanned = frozenset(table for table, number in now.items() if number > scans.get(table, 0))
            scans.clear()
            scans.update(now)
            rows_locked = frozenset({rows_of} if rows_of and rows.all_locked(observer, rows_of) else ())
            statements.append(Statement(statement, frozenset(locks), scanned, rows_locked))

        sa.event.listen(connection, "after_cursor_execute", look)
        yield


class SQLite:
    """A database file of SQLite's, with foreign keys on."""

    def __init__(self, path: Path) -> None:
        self.engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.pool.NullPool)
        self._path = path
        sa.event.listen(self.engine, "connect", lambda driver, _record: driver.execute("PRAGMA foreign_keys=ON"))

    def wipe(self) -> None:
        self._path.unlink(missing_ok=True)

    def fill(self) -> None:
        metadata = sa.MetaData()
        with self.engine.begin() as connection:
            metadata.reflect(connection)
            tables = [table for table in metadata.sorted_tables if table.name != VERSIONS.name]
            for table in tables:
                for row in rows.ROWS:
                    values: dict[str, object] = {}
                    for column in table.columns:
                        # A number is that of the table and the row, or of those that a foreign key refers to.
                        keyed = next((key.column.table for key in column.foreign_keys), table)
                        number = tables.index(keyed) * len(rows.ROWS) + row
                        whole = isinstance(column.type, sa.Integer)
                        values[column.name] = number if whole else f"{table}.{column.name} {row}"
                    connection.execute(table.insert().values(values))

    def empty(self) -> None:
        pass

    def look(self, query: str = "SELECT 1") -> Seen:
        metadata = sa.MetaData()
        held: rows.Held = {}
        with self.engine.connect() as connection:
            metadata.reflect(connection)
            for name, table in metadata.tables.items():
                found = connection.execute(table.select()).mappings()
                held["main", name] = [
                    {key: None if one is None else str(one) for key, one in row.items()} for row in found
                ]
        del held["main", VERSIONS.name]
        return Seen(Catalogue(), held, {}, (), None)

    def noted(
        self, connection: sa.Connection, statements: list[Statement], rows_of: str | None
    ) -> AbstractContextManager[None]:
        return nullcontext()


class Project:
    """An Alembic project in *folder*, with the revisions of *given*, and those of *shown* after them."""

    def __init__(self, folder: Path, given: Sequence[str], shown: Sequence[str]) -> None:
        versions = folder / "versions"
        versions.mkdir(parents=True)
        (folder / "env.py").write_text(ENV)
        ids: list[str] = []
        for number, text in enumerate([*given, *shown], 1):
            own = re.search(r"^revision\b[^=\n]*=\s*[\"'](.+?)[\"']", text, re.MULTILINE)
            name = own[1] if own else f"r{number}"
            header = "" if own else f"{HEADER}\nrevision = {name!r}\ndown_revision = {ids[-1] if ids else None!r}\n\n"
            (versions / f"{number}.py").write_text(header + text)
            ids.append(name)
        self._folder = folder
        self.given, self.shown = ids[: len(given)], ids[len(given) :]
        self.start = self.given[-1] if given else "base"

    @property
    def up(self) -> list[Command]:
        """The commands that apply the revisions shown, one by one."""
        return [("upgrade", name) for name in self.shown]

    @property
    def down(self) -> list[Command]:
        """The commands that take them back, one by one."""
        return [("downgrade", name) for name in reversed([self.start, *self.shown[:-1]])]

    def run(self, database: Database, *commands: Command, rows_of: str | None = None) -> Ran:
        """Run commands, each by itself, until one fails; *rows_of* is a table whose rows may be locked."""
        statements: list[Statement] = []
        error, message = None, ""
        for one in commands:
            with database.engine.connect() as connection, database.noted(connection, statements, rows_of):
                error, message = self._run(one, connection=connection)
            if error is not None:
                break
        return Ran(error, message, tuple(statements))

    def written(self, dialect: str) -> tuple[str, str | None]:
        """What ``alembic upgrade --sql`` writes for the revisions shown, and the error with which it fails."""
        return self._written(("upgrade", f"{self.start}:{self.shown[-1]}"), dialect)

    def taken_back(self, dialect: str) -> tuple[str, str | None]:
        """What ``alembic downgrade --sql`` writes for the revisions shown, and the error with which it fails."""
        return self._written(("downgrade", f"{self.shown[-1]}:{self.start}"), dialect)

    def _written(self, one: Command, dialect: str) -> tuple[str, str | None]:
        output = StringIO()
        error, _message = self._run(one, dialect_name=dialect, output_buffer=output)
        return output.getvalue(), error

    def _run(self, one: Command, **configured: Any) -> tuple[str | None, str]:
        config = Config(attributes=configured)
        config.set_main_option("script_location", str(self._folder))
        config.set_main_option("path_separator", "os")
        name, target = one
        sql = {"sql": True} if "output_buffer" in configured else {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                getattr(command, name)(config, target, **sql)
        except Exception as raised:
            cause = getattr(raised, "orig", None) or raised
            return type(cause).__name__, str(cause)
        return None, ""


def wipe(database: Database, there: Sequence[str]) -> None:
    """Make a database empty, but for what the statements of *there* make."""
    database.wipe()
    with database.engine.begin() as connection:
        for statement in there:
            connection.exec_driver_sql(statement)


def begin(project: Project, database: Database, there: Sequence[str] = (), *, fill: bool) -> None:
    """Apply those given to a database of nothing but what is *there*, each by a command of its own.

    Then the tables have two rows, or none. Raises AssertionError where those given fail.
    """
    wipe(database, there)
    made = project.run(database, *(("upgrade", name) for name in project.given))
    assert made.error is None, f"Given fails: {made.error}: {made.message}"
    (database.fill if fill else database.empty)()


def tried(
    project: Project,
    database: Database,
    up: Sequence[Command],
    down: Sequence[Command],
    look: Callable[[], Sequence[Seen]] = tuple,
    rows_of: str | None = None,
) -> Trial:
    """What becomes of a project on its way up, down and up again; *look* is asked what there is."""
    seen = [*look()]
    upgrade = project.run(database, *up, rows_of=rows_of)
    seen += look()
    if upgrade.error:
        return Trial(upgrade, seen=tuple(seen))
    downgrade = project.run(database, *down)
    seen += look()
    if downgrade.error:
        return Trial(upgrade, downgrade, seen=tuple(seen))
    return Trial(upgrade, downgrade, project.run(database, *up), tuple(seen))
